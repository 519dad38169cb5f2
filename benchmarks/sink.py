"""A next hop that takes all mail and forgets it: what mail is relayed to."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
from typing import Any

import uvloop


class _Session(asyncio.Protocol):
    """Enough of SMTP for a courier that sends well-formed commands."""

    def __init__(self, count: Any) -> None:
        self._count, self._rest, self._in_data = count, b"", False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._rest += data
        answers: list[bytes] = []
        while True:
            end = self._rest.find(b"\r\n.\r\n" if self._in_data else b"\r\n")
            if end < 0:
                break
            if self._in_data:
                self._rest, self._in_data = self._rest[end + 5 :], False
                with self._count.get_lock():
                    self._count.value += 1
                answers.append(b"250 2.0.0 taken\r\n")
            else:
                line, self._rest = self._rest[:end], self._rest[end + 2 :]
                answers.append(self._answer(line[:4].upper()))
        if answers:
            self._transport.write(b"".join(answers))

    def _answer(self, verb: bytes) -> bytes:
        if verb == b"EHLO":
            return b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
        if verb == b"DATA":
            self._in_data = True
            return b"354 go ahead\r\n"
        return b"221 2.0.0 bye\r\n" if verb == b"QUIT" else b"250 2.0.0 ok\r\n"


class Sink:
    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self._count = context.Value("q", 0)
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = listener.getsockname()[1]
        self._process = context.Process(target=_serve, args=(listener, self._count), daemon=True)
        self._process.start()
        listener.close()

    @property
    def count(self) -> int:
        """Messages taken so far."""
        return int(self._count.value)

    def close(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(listener: socket.socket, count: Any) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Session(count), sock=listener)
        await server.serve_forever()

    uvloop.run(serve())
