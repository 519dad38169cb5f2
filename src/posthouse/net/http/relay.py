"""A request handed on to another server of ours, and its answer handed back as it comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import h11

from posthouse.net.errors import StreamError
from posthouse.net.stream import Stream

from .exchange import Exchange
from .messages import Response

BETWEEN = ("connection", "keep-alive", "transfer-encoding", "content-length", "expect", "date", "upgrade")
"""Header fields that are about one connection only (RFC 9110 §7.6.1), or that everybody makes for themselves."""
SECONDS = 3600.0
LAST_SECONDS = 10.0
"""For the other server's answer when the hub stops."""


async def relay(exchange: Exchange, body: bytes, headers: Sequence[tuple[str, str]], to: Stream) -> None:
    """`headers`, names in lower case, take the place of those of the request. `to` is the relay's, and is closed at
    the end. Raises StreamError when either side goes away."""
    try:
        await _Relay(exchange, to).run(body, headers)
    finally:
        to.abort()


class _Relay:
    def __init__(self, exchange: Exchange, to: Stream) -> None:
        self._exchange, self._to = exchange, to
        self._h11 = h11.Connection(h11.CLIENT)

    async def run(self, body: bytes, headers: Sequence[tuple[str, str]]) -> None:
        self._ask(body, headers)
        head = await self._event()
        if not isinstance(head, h11.Response):
            raise StreamError("no response from the other server")
        fields = [(name.decode(), value.decode("latin-1")) for name, value in head.headers]
        kept = [(name, value) for name, value in fields if name not in BETWEEN]
        if any(name == "content-length" for name, _ in fields):
            await self._whole(head.status_code, kept)
        else:
            await self._pieces(head.status_code, kept)

    def _ask(self, body: bytes, headers: Sequence[tuple[str, str]]) -> None:
        request = self._exchange.request
        ours = {*BETWEEN, *(name for name, _ in headers)}
        fields = [(name, value) for name, value in request.headers.items() if name not in ours]
        fields += [*headers, ("content-length", str(len(body))), ("connection", "close")]
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields]
        for event in (
            h11.Request(method=request.method, target=request.target.encode("latin-1"), headers=raw),
            h11.Data(body),
            h11.EndOfMessage(),
        ):
            self._to.write(self._h11.send(event) or b"")

    async def _whole(self, status: int, headers: list[tuple[str, str]]) -> None:
        pieces = []
        while isinstance(event := await self._event(), h11.Data):
            pieces.append(bytes(event.data))
        others = tuple((name, value) for name, value in headers if name != "content-type")
        content_type = next((value for name, value in headers if name == "content-type"), "text/plain")
        await self._exchange.respond(Response(status, b"".join(pieces), content_type, others))

    async def _pieces(self, status: int, headers: list[tuple[str, str]]) -> None:
        await self._exchange.start(status, headers)
        while isinstance(event := await self._event(), h11.Data):
            await self._exchange.send(bytes(event.data))
        await self._exchange.finish()

    async def _event(self) -> h11.Event:
        while True:
            event = self._h11.next_event()
            if event is h11.NEED_DATA:
                self._h11.receive_data(await self._receive())
            else:
                return event  # type: ignore[return-value]

    async def _receive(self) -> bytes:
        receiving = asyncio.ensure_future(self._to.receive())
        try:
            while not await self._exchange.wait(receiving, SECONDS):
                if self._exchange.draining:  # so does the other server
                    await asyncio.wait([receiving], timeout=LAST_SECONDS)
                    break
            if not receiving.done():
                raise StreamError("the other server does not answer")
            return receiving.result()
        finally:
            receiving.cancel()
            with contextlib.suppress(asyncio.CancelledError, StreamError):
                await receiving
