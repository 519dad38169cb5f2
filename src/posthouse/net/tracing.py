"""Transcripts for another process: `posthouse trace` asks every worker through its Unix socket.

The asker sends one line of JSON that says what is wanted, and gets lines of text until it hangs up. An asker that does
not keep up loses lines, and is told how many; sessions never wait for it.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, fields
from pathlib import Path

from posthouse.observe.transcript import Tracer, Wanted

from .connect import connect_unix
from .errors import CannotConnect, StreamError
from .listeners import Server, open_unix_socket
from .stream import Stream

REQUEST_MAX = 4096
REQUEST_SECONDS = 10.0
LINES_KEPT = 10_000


class TraceServer:
    """One worker's end."""

    def __init__(self, tracer: Tracer, path: Path) -> None:
        self._tracer = tracer
        self._path = path
        self._server = Server("trace", self._session)

    async def start(self) -> None:
        await self._server.listen([open_unix_socket(self._path)])

    async def close(self) -> None:
        await self._server.close(0)
        self._path.unlink(missing_ok=True)

    async def _session(self, stream: Stream) -> None:
        wanted = await _request(stream)
        if wanted is None:
            return
        lost = 0

        def show(line: str) -> None:
            nonlocal lost
            if stream.congested:
                lost += 1
                return
            if lost:
                stream.write(b"... %d lines lost: tracing is slower than the mail\n" % lost)
                lost = 0
            stream.write(line.encode("utf-8", "backslashreplace") + b"\n")
            stream.nudge()

        stream.set_deadline(None)
        number = self._tracer.start(wanted, show)
        try:
            while await stream.receive_or_nudge() != b"" and not stream.draining:
                pass
        finally:
            self._tracer.stop(number)


async def _request(stream: Stream) -> Wanted | None:
    stream.set_deadline(REQUEST_SECONDS)
    line = b""
    while not line.endswith(b"\n"):
        data = await stream.receive()
        line += data
        if not data or len(line) > REQUEST_MAX:
            return None
    try:
        asked = json.loads(line)
        return Wanted(**{field.name: str(asked.get(field.name, "")) for field in fields(Wanted)})
    except (ValueError, AttributeError):
        return None


async def follow(folder: Path, wanted: Wanted) -> AsyncIterator[str]:
    """The lines of all workers whose sockets are in `folder`, until they end. CannotConnect when there is none."""
    streams = []
    for path in _sockets(folder):
        try:
            streams.append(await connect_unix(path))
        except CannotConnect:
            continue  # left by a worker that was killed
    if not streams:
        raise CannotConnect("no hub runs here")
    lines: asyncio.Queue[str | None] = asyncio.Queue(LINES_KEPT)
    readers = [asyncio.create_task(_read(stream, wanted, lines)) for stream in streams]
    try:
        running = len(readers)
        while running:
            line = await lines.get()
            if line is None:
                running -= 1
            else:
                yield line
    finally:
        for reader, stream in zip(readers, streams, strict=True):
            reader.cancel()
            stream.abort()


def _sockets(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.trace"))


async def _read(stream: Stream, wanted: Wanted, lines: asyncio.Queue[str | None]) -> None:
    rest = b""
    stream.write(json.dumps(asdict(wanted)).encode() + b"\n")
    try:
        while data := await stream.receive():
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                await lines.put(line.decode("utf-8", "replace"))
    except StreamError:
        pass  # the worker was killed: the others go on
    await lines.put(None)
