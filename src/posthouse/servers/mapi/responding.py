"""Responses of an endpoint – [MS-OXCMAPIHTTP] 2.2.2.2, 3.2.5.2: whole when the work is quick, else with PROCESSING now,
PENDING while it lasts, and DONE with the body at the end.
"""

from __future__ import annotations

import asyncio
from html import escape
from time import monotonic, time
from wsgiref.handlers import format_date_time

from posthouse.directory import Login
from posthouse.net.http import Exchange, Response
from posthouse.protocols.mapi import transport
from posthouse.protocols.mapi.transport import ResponseCode, format_done

from .contexts import Context, S
from .head import Manner

IMMEDIATELY = 0.05
"""Seconds for work to be done before the client hears that it is under way."""
LAST_SECONDS = 10.0
"""For work under way when the hub stops."""


class Responder:
    """One for an endpoint."""

    def __init__(self, path: str, session: float, keep_alive: float) -> None:
        """Seconds: a session lives so long without a request, and a client that waits hears so often that it does."""
        self._path, self._keep_alive = path, keep_alive
        self._manner = Manner(path, int(session * 1000), int(keep_alive * 1000))

    def failed(
        self, exchange: Exchange, code: ResponseCode, text: str, login: Login, context: Context[S] | None
    ) -> Response:
        headers = self._manner.headers(exchange.request, code, context)
        return Response(200, diagnosis(code, text, self._path, login), transport.FAILURE_TYPE, headers)

    async def deliver(
        self,
        exchange: Exchange,
        login: Login,
        context: Context[S],
        work: asyncio.Task[bytes],
        *,
        give_up: bool = False,
    ) -> Response | None:
        """The response, or None when it was sent in pieces. `give_up`: the work is to wait for something, so that the
        client hears at once that it does, and the hub does not wait when it stops."""
        began = monotonic(), time()
        if await exchange.wait(work, 0 if give_up else IMMEDIATELY):
            if (code := outcome(work)) is not ResponseCode.SUCCESS:
                return self.failed(exchange, code, "", login, context)
            return self.whole(exchange, context, began, work.result())
        headers = (("Content-Type", transport.CONTENT_TYPE), *self._success(exchange, context))
        await exchange.start(200, headers)
        await exchange.send(transport.PROCESSING)
        while not await exchange.wait(work, self._keep_alive):
            if exchange.draining:
                await asyncio.wait([work], timeout=0 if give_up else LAST_SECONDS)
                break
            await exchange.send(transport.PENDING)
        await exchange.send(self._end(login, work, began))
        await exchange.finish()
        return None

    def _end(self, login: Login, work: asyncio.Task[bytes], began: tuple[float, float]) -> bytes:
        """DONE, or a failure after all (R2229 to R2232)."""
        if (code := outcome(work)) is ResponseCode.SUCCESS:
            return format_done(times(began), work.result())
        headers = [("X-ResponseCode", str(int(code))), ("Content-Type", transport.FAILURE_TYPE), *times(began)]
        return format_done(headers, diagnosis(code, "", self._path, login))

    def _success(self, exchange: Exchange, context: Context[S] | None) -> tuple[tuple[str, str], ...]:
        return self._manner.headers(exchange.request, ResponseCode.SUCCESS, context)

    def whole(
        self, exchange: Exchange, context: Context[S] | None, began: tuple[float, float], body: bytes
    ) -> Response:
        """What is ready at once comes as what is not does, as from Exchange (R1235 would allow a length)."""
        stream = transport.PROCESSING + format_done(times(began), body)
        return Response(200, stream, transport.CONTENT_TYPE, self._success(exchange, context), is_chunked=True)


def outcome(work: asyncio.Task[bytes]) -> ResponseCode:
    if not work.done():
        return ResponseCode.ENDPOINT_SHUTTING_DOWN
    if work.cancelled():
        return ResponseCode.CONTEXT_NOT_FOUND
    return ResponseCode.UNKNOWN_FAILURE if work.exception() else ResponseCode.SUCCESS


def times(began: tuple[float, float]) -> list[tuple[str, str]]:
    """2.2.3.3.9, 2.2.3.3.10. `began`: by the clock that only counts, and by the one on the wall."""
    counting, wall = began
    return [("X-ElapsedTime", str(int((monotonic() - counting) * 1000))), ("X-StartTime", format_date_time(wall))]


def diagnosis(code: ResponseCode, text: str, path: str, login: Login) -> bytes:
    """For people: also for one who opens the endpoint in a browser."""
    return (
        "<html><head><title>MAPI over HTTP</title></head><body>"
        f"<p>MAPI over HTTP: {escape(path)}<br>User: {escape(login.address)}</p>"
        f"<p>{escape(code.text)} ({int(code)})<br>{escape(text or code.text)}</p></body></html>\n"
    ).encode("utf-8", "replace")
