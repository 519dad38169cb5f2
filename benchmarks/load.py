"""The load: conversations of ready-made bytes, in a process of their own.

A session is steps; a step is what to say and the bytes whose arrival ends the wait for the answer (a session's first
step says nothing: it waits for the greeting). Many clients run at once in one event loop, which looks at nothing but
the end of what arrives, so that the load generator is not the bottleneck; what it used itself is told with each figure.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import signal
import ssl
import time
import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

import uvloop

Step = tuple[bytes, bytes]
Session = Iterable[Step]
Work = Callable[[Callable[[], None]], Awaitable[Any]]
"""Gets ready, calls what it is given, which waits for the start, and works."""
Prepare = Callable[[Iterator[int]], Work]
"""Makes a load of messages with these numbers, which no other load has."""

PATIENCE = 300.0
_TAIL = 1000
_refused = re.compile(rb"(?:^|\n)(?:[45]\d\d[ -]|t (?:NO|BAD) |-ERR |\* BYE (?!Logging|logging))").search


class Refused(Exception):
    """The server says no, or nothing: a figure from this would be worth nothing."""


class Talk(asyncio.Protocol):
    """One connection; `say` goes through steps on it."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._steps: Iterator[Step] = iter(())
        self._said = self._until = self._tail = b""
        self._done: asyncio.Future[None] | None = None
        self._deflater: Any = None
        self._inflater: Any = None

    def compress(self) -> None:
        """From here on, both ways (RFC 4978)."""
        self._deflater, self._inflater = zlib.compressobj(1, zlib.DEFLATED, -15), zlib.decompressobj(-15)

    @staticmethod
    async def open(port: int, tls: ssl.SSLContext | None = None) -> Talk:
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Talk, "127.0.0.1", port, ssl=tls))[1]

    async def say(self, steps: Session) -> None:
        self._steps = iter(steps)
        self._done = asyncio.get_running_loop().create_future()
        if self._transport.is_closing():
            raise Refused("the connection is closed")
        self._next()
        if self._tail:  # the greeting may be there already
            self.data_received(b"")
        await self._done

    def close(self) -> None:
        self._transport.close()

    def _next(self) -> None:
        step = next(self._steps, None)
        if step is None:
            self._end(None)
            return
        self._said, self._until = step
        if self._said:
            self._transport.write(self._said if self._deflater is None else self._deflated(self._said))

    def _deflated(self, data: bytes) -> bytes:
        return bytes(self._deflater.compress(data) + self._deflater.flush(zlib.Z_SYNC_FLUSH))

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._inflater is not None:
            data = self._inflater.decompress(data)
        tail = self._tail = data[-_TAIL:] if len(data) >= _TAIL else (self._tail + data)[-_TAIL:]
        if self._done is None:
            return
        if self._until in tail:
            self._tail = b""
            self._next()
        elif len(data) < _TAIL and _refused(tail):
            self._end(Refused(f"{self._said[:80]!r}: {tail!r}"))

    def connection_lost(self, error: BaseException | None) -> None:
        self._end(Refused(f"{self._said[:80]!r}: closed after {self._tail!r}"))

    def _end(self, error: Exception | None) -> None:
        done, self._done = self._done, None
        if done is None or done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


def connections(port: int, clients: Iterable[Iterable[Session]]) -> Work:
    """So many clients at once, each with its sessions one after the other, each session on a connection of its own."""

    async def client(sessions: Iterable[Session]) -> None:
        for session in sessions:
            talk = await Talk.open(port)
            await talk.say(session)
            talk.close()

    async def work(start: Callable[[], None]) -> None:
        start()
        await asyncio.gather(*map(client, clients))

    return work


def conversations(
    port: int, prelude: list[Step] | Callable[[int], list[Step]], clients: list[Session], *, compressed: bool = False
) -> Work:
    """So many clients at once, each on one connection; what they say before the `prelude`'s end is not measured.
    `compressed`: the prelude ends with COMPRESS DEFLATE."""

    async def work(start: Callable[[], None]) -> None:
        talks = [await Talk.open(port) for _ in clients]
        for number, talk in enumerate(talks):
            await talk.say(prelude(number) if callable(prelude) else prelude)
            if compressed:
                talk.compress()
        start()
        await asyncio.gather(*(talk.say(steps) for talk, steps in zip(talks, clients, strict=True)))
        for talk in talks:
            talk.close()

    return work


class Load:
    """Prepares in a process of its own, then works when it is told to."""

    _numbers = count(1_000_000, 1_000_000)

    def __init__(self, prepare: Prepare) -> None:
        """`prepare` is called in the other process."""
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(prepare, count(next(self._numbers)), theirs))
        self._process.start()
        theirs.close()
        self._answer()

    def go(self) -> tuple[float, float, Any]:
        """Seconds it took, CPU of the load itself, and what the work gave."""
        self._pipe.send("go")
        try:
            seconds, own, result = self._answer()
        finally:
            self.end()
        return seconds, own, result

    def end(self) -> None:
        self._process.kill()
        self._process.join()

    def _answer(self) -> Any:
        try:
            answer = self._pipe.recv()
        except EOFError:
            raise Refused("the load generator ended") from None
        if isinstance(answer, BaseException):
            raise answer
        return answer


def _run(prepare: Prepare, numbers: Iterator[int], pipe: Connection) -> None:
    began = (0.0, 0.0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def start() -> None:
        nonlocal began
        pipe.send("ready")
        pipe.recv()
        began = time.perf_counter(), time.process_time()

    async def run() -> Any:
        async with asyncio.timeout(PATIENCE):
            return await prepare(numbers)(start)

    try:
        result = uvloop.run(run())
        pipe.send((time.perf_counter() - began[0], time.process_time() - began[1], result))
    except (Exception, KeyboardInterrupt) as error:
        pipe.send(Refused(f"{type(error).__name__}: {error}"))
