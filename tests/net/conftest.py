"""Real loopback connections on uvloop: `run(coroutine)`, and pairs of streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvloop

from posthouse.net.connect import connect
from posthouse.net.gate import Gate
from posthouse.net.listeners import Server, open_sockets
from posthouse.net.stream import Stream


@pytest.fixture
def run() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """A coroutine to its end, on the product's event loop."""
    return lambda coroutine: uvloop.run(asyncio.wait_for(coroutine, 60))


class Loopback:
    """Opens connections whose both ends a test holds."""

    @asynccontextmanager
    async def pair(self) -> AsyncIterator[tuple[Stream, Stream]]:
        """The server's end and the client's."""
        arrived: asyncio.Queue[Stream] = asyncio.Queue()
        done = asyncio.Event()

        async def session(stream: Stream) -> None:
            arrived.put_nowait(stream)
            await done.wait()

        async with self.server(session) as (server, port):
            client = await connect("127.0.0.1", port)
            try:
                yield await arrived.get(), client
            finally:
                done.set()
                client.abort()
                await server.close(5)

    @asynccontextmanager
    async def server(self, session: Any, **options: Any) -> AsyncIterator[tuple[Server, int]]:
        """A server and its port."""
        server = Server("test", session, gate=options.pop("gate", Gate()), **options)
        await server.listen(open_sockets(["127.0.0.1:0"]))
        try:
            yield server, server.addresses[0].port
        finally:
            await server.close(5)


@pytest.fixture
def loopback() -> Loopback:
    return Loopback()


class Authority:
    """A certificate authority and what it has signed, as files."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.folder = folder
        self.ca_file = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(str(self.ca_file))

    def issue(self, *names: str, file: str = "server", **options: str) -> tuple[Path, Path]:
        """Certificate and key."""
        issued = self.ca.issue_cert(*names, **options)
        certificate, key = self.folder / f"{file}.pem", self.folder / f"{file}.key"
        certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(key))
        return certificate, key


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)
