"""A connection: one request after the other, each answered before the next is read.

Invariants
- A head has at most HEAD bytes and comes within `head_seconds`, a body within `body_seconds`; between requests a client
  may be silent for `idle_seconds`. Nothing of a body is read before the page asks for it.
- What is not HTTP is answered with 400 (or h11's better number) and ends the connection, and so is a request with both
  Content-Length and Transfer-Encoding, on whose end two readers may differ (RFC 9112 §6.1).
- Whoever still sends when the connection ends can read our answer first.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic

import h11

from posthouse.net.errors import StreamError
from posthouse.net.stream import Stream
from posthouse.observe.logs import Logger
from posthouse.observe.metrics import Counter

from .exchange import BodyTooLarge, Exchange, Page
from .messages import Request, Response

HEAD = 64 * 1024
DISCARD = 1024 * 1024
"""Bytes of a body that nobody wanted, read so that the connection can be used again."""

REQUESTS = Counter("posthouse_http_requests_total", "HTTP requests answered.", ("class",))
_ANSWERED = {number: REQUESTS.labels(f"{number}xx") for number in range(1, 6)}


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Seconds that a client may take."""

    idle_seconds: float = 300.0
    head_seconds: float = 30.0
    body_seconds: float = 60.0


async def serve_http(stream: Stream, page: Page, limits: HttpLimits, log: Logger) -> None:
    """The whole connection; whoever has accepted it closes it."""
    await _Connection(stream, page, limits, log).run()


class _Connection:
    def __init__(self, stream: Stream, page: Page, limits: HttpLimits, log: Logger) -> None:
        self._stream, self._page, self._limits = stream, page, limits
        self._log = log.bind(peer=str(stream.peer))
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD)

    async def run(self) -> None:
        try:
            if not await self._serve():
                return
        except h11.RemoteProtocolError as error:
            await self._refuse(error)
        if not self._stream.closed:
            await self._stream.finish()

    async def _serve(self) -> bool:
        """All requests; whether there was a last answer, which the client shall be able to read."""
        while (request := await self._request()) is not None:
            exchange = Exchange(self._stream, self._h11, request, self._limits.body_seconds)
            await self._answer(exchange)
            if not await self._another(exchange):
                return True
        return False

    async def _request(self) -> Request | None:
        """None when no more will come, or the hub stops."""
        stream, connection = self._stream, self._h11
        stream.set_deadline(self._limits.idle_seconds)
        begun = bool(connection.trailing_data[0])
        if begun or stream.pending:
            await asyncio.sleep(0)  # everybody else's turn: a stranger may send thousands of requests at once
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                data = await stream.receive_or_nudge()
                if data is None:
                    if stream.draining:
                        return None
                    continue
                if not begun:
                    begun = True
                    stream.set_deadline(self._limits.head_seconds)
                connection.receive_data(data)
            elif isinstance(event, h11.Request):
                return self._checked(event)
            else:
                return None

    def _checked(self, event: h11.Request) -> Request:
        request = Request.of(event.method, event.target, event.headers)
        if "transfer-encoding" in request.headers and "content-length" in request.headers:
            raise h11.RemoteProtocolError("both Content-Length and Transfer-Encoding")
        return request

    async def _answer(self, exchange: Exchange) -> None:
        began = monotonic()
        try:
            response = await self._page(exchange)
        except (StreamError, h11.RemoteProtocolError):
            raise
        except BodyTooLarge:
            response = Response.text(413, "The request is too large\n", ("Connection", "close"))
        except Exception as error:  # our fault: the client hears so, if it hasn't heard anything else yet
            self._log.error("failed", error, path=exchange.request.path)
            if exchange.status:
                raise StreamError("an answer could not be finished") from error
            response = Response.text(500, "Internal error\n")
        if response is not None:
            await exchange.respond(response)
        _ANSWERED[exchange.status // 100].inc()
        if self._log.debugging:
            self._log.debug(
                "request",
                method=exchange.request.method,
                path=exchange.request.path,
                status=exchange.status,
                ms=round((monotonic() - began) * 1000, 3),
            )

    async def _another(self, exchange: Exchange) -> bool:
        """Make ready for the next request, if there may be one."""
        connection = self._h11
        if connection.our_state is h11.MUST_CLOSE or self._stream.draining:
            return False
        if connection.their_state is h11.SEND_BODY and not await exchange.discard(DISCARD):
            return False
        if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
            return False
        connection.start_next_cycle()
        return True

    async def _refuse(self, error: h11.RemoteProtocolError) -> None:
        """Say why, if an answer is still possible."""
        self._log.debug("not HTTP", reason=str(error))
        if self._h11.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        body = b"This is not a request that HTTP/1.1 knows\n"
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Connection", "close")]
        head = h11.Response(status_code=error.error_status_hint, headers=headers)
        for event in (head, h11.Data(body), h11.EndOfMessage()):
            self._stream.write(self._h11.send(event) or b"")
        _ANSWERED[4].inc()
