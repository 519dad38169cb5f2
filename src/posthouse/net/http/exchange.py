"""One request and its answer.

A page is a coroutine that gets the exchange. It returns a whole response, or None when it has answered by `start`,
`send` and `finish`. It reads the body itself, when it knows who asks and how much it is willing to read:

    async def page(exchange: Exchange) -> Response | None:
        body = await exchange.body(64 * 1024)
        return Response.text(200, "done\n")
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http.client import responses
from time import time
from typing import Any, TypeAlias
from wsgiref.handlers import format_date_time

import h11

from posthouse.net.errors import ConnectionLost
from posthouse.net.stream import Stream

from .messages import Request, Response

PIECES = 16_384
"""Of a body, at most: each costs far more than its bytes."""
READ_AHEAD = 64 * 1024
"""Bytes that may come while a request waits for its answer."""

HeaderFields: TypeAlias = Sequence[tuple[str, str]]


class BodyTooLarge(Exception):
    """More than the page wants to read: 413."""


class Exchange:
    """What a page sees of a connection."""

    __slots__ = ("_connection", "_reading", "_stream", "body_seconds", "fields", "request", "status")

    def __init__(self, stream: Stream, connection: h11.Connection, request: Request, body_seconds: float) -> None:
        self._stream, self._connection = stream, connection
        self.request = request
        self.body_seconds = body_seconds
        self._reading = False
        self.fields: list[tuple[str, str]] = []
        """Of the answer, whatever it will be, besides its own."""
        self.status = 0
        """Of the answer; 0 until it has begun."""

    @property
    def peer(self) -> str:
        """The address of whoever is connected."""
        return self._stream.peer.host

    @property
    def stream(self) -> Stream:
        return self._stream

    @property
    def draining(self) -> bool:
        """The hub stops: answer soon."""
        return self._stream.draining

    # the request's body

    async def body(self, limit: int) -> bytes:
        """All of it. Raises BodyTooLarge, and TimedOut when it comes too slowly."""
        length = self.request.headers.get("content-length")
        if length is not None and int(length) > limit:
            raise BodyTooLarge
        pieces: list[bytes] = []
        size = 0
        while (data := await self._piece()) is not None:
            size += len(data)
            pieces.append(data)
            if size > limit or len(pieces) > PIECES:
                raise BodyTooLarge
        return b"".join(pieces)

    async def discard(self, limit: int) -> bool:
        """Read what the page left of the body, so that another request can follow; False if that is too much."""
        if self._connection.they_are_waiting_for_100_continue:
            return False  # they may or may not send it (RFC 9110 §10.1.1)
        for _ in range(PIECES):
            data = await self._piece()
            if data is None:
                return True
            limit -= len(data)
            if limit < 0:
                break
        return False

    async def _piece(self) -> bytes | None:
        """None after the last. The deadline is for all of them."""
        connection, stream = self._connection, self._stream
        if not self._reading:
            self._reading = True
            stream.set_deadline(self.body_seconds)
            if connection.they_are_waiting_for_100_continue:
                stream.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        while connection.their_state is h11.SEND_BODY:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await stream.receive())
            elif isinstance(event, h11.Data):
                return bytes(event.data)
        return None

    # the response

    async def respond(self, response: Response) -> None:
        """All at once."""
        headers = [("Content-Type", response.content_type), *response.headers]
        if not response.is_chunked:
            headers.append(("Content-Length", str(len(response.body))))
        self._head(response.status, headers)
        if self.request.method != "HEAD" and response.body:
            self._write(h11.Data(response.body))
        await self.finish()

    async def start(self, status: int, headers: HeaderFields) -> None:
        """A response whose length is not known: in chunks."""
        self._head(status, headers)
        self._stream.flush()

    async def send(self, data: bytes) -> None:
        """A chunk, on its way at once."""
        self._write(h11.Data(data))
        self._stream.flush()
        await self._stream.drain()

    async def finish(self) -> None:
        self._write(h11.EndOfMessage())
        await self._stream.drain()

    def _head(self, status: int, headers: HeaderFields) -> None:
        self.status = status
        fields = [("Date", format_date_time(time())), *headers, *self.fields]
        if self._stream.draining:
            fields.append(("Connection", "close"))
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields]
        self._write(h11.Response(status_code=status, headers=raw, reason=responses.get(status, "").encode()))

    def _write(self, event: h11.Event) -> None:
        self._stream.write(self._connection.send(event) or b"")

    # waiting

    async def wait(self, work: asyncio.Future[Any], seconds: float) -> bool:
        """Whether `work` is done within that time; sooner False when the hub stops. Raises ConnectionLost when the
        client hangs up meanwhile; the work itself goes on."""
        stream, over, ahead = self._stream, False, 0

        def wake(_: object = None) -> None:
            stream.nudge()

        def end() -> None:
            nonlocal over
            over = True
            wake()

        timer = asyncio.get_running_loop().call_later(seconds, end)
        work.add_done_callback(wake)
        stream.set_deadline(None)
        try:
            while not (work.done() or over or stream.draining):
                data = await stream.receive_or_nudge()
                if data is None:
                    continue
                ahead += len(data)
                if not data or ahead > READ_AHEAD:
                    raise ConnectionLost("the client did not wait for the answer")
                self._connection.receive_data(data)
        finally:
            timer.cancel()
            work.remove_done_callback(wake)
        return work.done()


Page: TypeAlias = Callable[[Exchange], Awaitable[Response | None]]
