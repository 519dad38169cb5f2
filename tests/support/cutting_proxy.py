"""A way to a server on which connections break as a test wants them to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class CuttingProxy:
    """Passes bytes on. `cut_answers`: the next so many connections are cut when the server begins to answer what comes
    from now on: it has got the request, and its client hears nothing. `cut`: one was."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.cut_answers = 0
        self.cut = asyncio.Event()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        asked = asyncio.Event()

        async def forward() -> None:
            while data := await reader.read(65536):
                if self.cut_answers:
                    asked.set()
                to_server.write(data)
            to_server.close()

        async def back() -> None:
            while data := await from_server.read(65536):
                if asked.is_set() and self.cut_answers:
                    self.cut_answers -= 1
                    writer.transport.abort()
                    self.cut.set()
                    return
                writer.write(data)
            writer.close()

        with contextlib.suppress(OSError):
            await asyncio.gather(forward(), back())

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def cutting_proxy(port: int) -> AsyncIterator[CuttingProxy]:
    proxy = CuttingProxy(port)
    await proxy.start()
    try:
        yield proxy
    finally:
        proxy.close()
