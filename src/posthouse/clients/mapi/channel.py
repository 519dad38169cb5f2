"""Requests of one session context at one endpoint – [MS-OXCMAPIHTTP] 3.1.

A request whose connection broke is sent again as it was: the server knows it by its X-RequestId and its cookies, and
does nothing twice. When it says that this request is not the next one, it has done it and takes its response for
delivered: then, and when it knows the context no more, only another session helps (3.1.7).

One request at a time; beside it, on a connection of its own, one that waits.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Final
from uuid import uuid4

from posthouse.model.refusals import BadSyntax
from posthouse.net.errors import StreamError
from posthouse.net.http.client import HttpConnection, Url
from posthouse.protocols.http import parse_cookies
from posthouse.protocols.mapi.transport import CONTENT_TYPE, ResponseCode, ResponseStream, parse_response_stream

from .errors import BadResponse, LoginRefused, RequestFailed, Unreachable
from .network import Login, Network

CLIENT: Final = "Posthouse/16.0.0.0"
"""X-ClientApplication. Servers tell clients from 15.0 on what older ones did not understand."""
ATTEMPTS = 3
PAUSE = 0.2
"""Seconds, before the second repetition."""
BODY = 64 * 1024 * 1024
"""Bytes of a response: up to 96 buffers of 32 KB each, or an address book."""


class ContextGone(Exception):
    """The server does not know the session context (any more), or not where in it we are."""

    def __init__(self, *, certainly: bool) -> None:
        """`certainly`: the request was not done."""
        super().__init__()
        self.certainly = certainly


class Channel:
    def __init__(self, url: str, login: Login, network: Network) -> None:
        self._url, self._login = Url.parse(url), login
        self._connection, self._beside = network.connection(self._url), network.connection(self._url)
        self._lock = asyncio.Lock()
        self._guid, self._numbers = str(uuid4()).upper(), count(1)
        self.cookies: dict[str, str] = {}
        self.in_step = True
        """False: of the last request nobody has read the response, so the sequence is not known either."""

    async def request(self, kind: str, body: bytes) -> bytes:
        """One that works in the context, or makes it. Raises ContextGone, RequestFailed, LoginRefused, Unreachable."""
        async with self._lock:
            self.in_step = False
            answer = await self._repeated(self._connection, kind, body, keep_cookies=True)
            self.in_step = True
            return answer

    async def wait(self, kind: str, body: bytes) -> bytes:
        """One that may take minutes, beside the others: NotificationWait, PING."""
        return await self._repeated(self._beside, kind, body, keep_cookies=False)

    async def _repeated(self, connection: HttpConnection, kind: str, body: bytes, *, keep_cookies: bool) -> bytes:
        headers = self._headers(kind)
        for attempt in range(ATTEMPTS):
            if attempt > 1:
                await asyncio.sleep(PAUSE)
            try:
                return await self._once(connection, kind, headers, body, keep_cookies=keep_cookies)
            except StreamError as error:
                connection.abort()
                why = error
            except RequestFailed as failure:
                lost = failure.code == ResponseCode.INVALID_SEQUENCE and attempt > 0 and keep_cookies
                if failure.code != ResponseCode.CONTEXT_NOT_FOUND and not lost:
                    raise
                raise ContextGone(certainly=attempt == 0) from failure
        raise Unreachable(f"{self._url.authority}: {why}")

    async def _once(
        self, connection: HttpConnection, kind: str, headers: list[tuple[str, str]], body: bytes, *, keep_cookies: bool
    ) -> bytes:
        response = await connection.ask("POST", self._url.target, headers, body)
        if response.status == 401:
            connection.abort()
            raise LoginRefused(f"{self._url.host} does not accept the password of {self._login.name}")
        if response.status != 200:
            raise StreamError(f"status {response.status}")
        raw = await connection.body(BODY)
        if keep_cookies:
            self.cookies.update(parse_cookies(one.partition(";")[0] for one in response.headers.all("Set-Cookie")))
        _check(response.headers.get("X-ResponseCode"), kind)
        stream = _stream(raw)
        _check(stream.headers.get("x-responsecode", "0"), kind)  # it may fail after it has begun (R2229)
        return stream.body

    def _headers(self, kind: str) -> list[tuple[str, str]]:
        number = next(self._numbers)
        headers = [
            ("Content-Type", CONTENT_TYPE),
            ("X-RequestType", kind),
            ("X-RequestId", f"{{{self._guid}}}:{number}"),
            ("X-ClientInfo", f"{{{self._guid}}}:{number}"),
            ("X-ClientApplication", CLIENT),
            self._login.header(),
        ]
        if self.cookies:
            headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        return headers

    def close(self) -> None:
        self._connection.abort()
        self._beside.abort()


def _check(code: str | None, kind: str) -> None:
    if code is None or not code.strip().isdecimal():
        raise BadResponse("this is no server of MAPI over HTTP: it tells no X-ResponseCode")
    if number := int(code[:9]):
        raise RequestFailed(number, kind)


def _stream(raw: bytes) -> ResponseStream:
    try:
        return parse_response_stream(raw)
    except BadSyntax as error:
        raise BadResponse(f"a response without {error.expected}") from None
