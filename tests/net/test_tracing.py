"""`posthouse trace` sees what a session says, from another process, without its secrets."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from posthouse.net.connect import connect, connect_unix
from posthouse.net.errors import CannotConnect
from posthouse.net.stream import Stream
from posthouse.net.tracing import TraceServer, follow
from posthouse.observe.transcript import Tracer, Wanted


async def session(stream: Stream) -> None:
    stream.write(b"* OK ready\r\n")
    while data := await stream.receive():
        stream.identify("alice@example.org")
        stream.write(b"a OK " + data.split(b" ")[1] + b"\r\n")


@pytest.mark.parametrize("depth", [1, 30])
def test_a_session_is_followed(run: Any, loopback: Any, tmp_path: Path, depth: int) -> None:
    """By account: from its greeting on; in whichever worker; also where the folder's path is long."""

    async def conversation() -> None:
        folder = tmp_path.joinpath(*["deep"] * depth)
        tracer = Tracer()
        workers = [TraceServer(tracer, folder / "w0.trace"), TraceServer(Tracer(), folder / "w1.trace")]
        for worker in workers:
            await worker.start()
        lines = follow(folder, Wanted(account="alice@example.org"))
        first = asyncio.ensure_future(anext(lines))
        async with asyncio.timeout(30):
            while not tracer.active:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        async with loopback.server(session, tracer=tracer) as (_, port):
            client = await connect("127.0.0.1", port)
            assert await client.receive() == b"* OK ready\r\n"
            client.write(b"a LOGIN alice secret\r\n")
            assert await client.receive() == b"a OK LOGIN\r\n"
            client.close()
            seen = [await first, await anext(lines), await anext(lines)]
        assert [line.split(": ", 1)[1] for line in seen] == ["* OK ready", "a LOGIN [redacted]", "a OK LOGIN"]
        for worker in workers:
            await worker.close()
        with pytest.raises(StopAsyncIteration):
            await anext(lines)
        assert not tracer.active
        with pytest.raises(CannotConnect, match="no hub runs here"):
            await anext(follow(folder, Wanted()))

    run(conversation())


@pytest.mark.parametrize("request_line", [b"rubbish\n", b"[]\n", b"x" * 5000, b"{\n"])
def test_a_wrong_request_is_hung_up_on(run: Any, tmp_path: Path, request_line: bytes) -> None:
    """And asks for nothing."""

    async def conversation() -> None:
        tracer = Tracer()
        worker = TraceServer(tracer, tmp_path / "w0.trace")
        await worker.start()
        client = await connect_unix(tmp_path / "w0.trace")
        client.write(request_line)
        assert await client.receive() == b""
        assert not tracer.active
        client.close()
        await worker.close()

    run(conversation())
