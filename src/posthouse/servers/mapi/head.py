"""The header fields of a request and of its response – [MS-OXCMAPIHTTP] 2.2.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from posthouse.net.http import Request
from posthouse.protocols.http import parse_cookies
from posthouse.protocols.mapi.transport import CONTENT_TYPE, ResponseCode, Version, parse_application

from .contexts import Context, worker_of

CONTEXT, SEQUENCE = "MapiContext", "MapiSequence"
"""Names of the cookies: Exchange's, for those who look."""
SERVER = "Exchange/15.00.0847.4040"
"""Clients take what is older for a server without MAPI over HTTP."""
ECHOED = ("X-RequestType", "X-RequestId", "X-ClientInfo")
MAX_ECHOED = 256


class Failure(Exception):
    """The request is not taken: a code of its own, and a page that says why."""

    def __init__(self, code: ResponseCode, text: str = "") -> None:
        super().__init__(text or code.text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Head:
    """What the transport needs of a request."""

    type: str
    id: str
    client: Version | None
    context: str
    """The context's name; empty when there is no such cookie."""
    sequence: str | None

    @classmethod
    def of(cls, request: Request) -> Head:
        """Raises Failure for what is missing or wrong. Only what the protocol cannot do without is asked for: scripts
        and tools send little more."""
        if request.method != "POST":
            raise Failure(ResponseCode.INVALID_VERB, f"{request.method} is not how this is asked")
        headers = request.headers
        for name in ("X-RequestType", "X-RequestId", "Content-Type"):
            if not headers.get(name):
                raise Failure(ResponseCode.MISSING_HEADER, f"{name} is missing")
        if CONTENT_TYPE not in (headers.get("Content-Type") or "").lower():
            raise Failure(ResponseCode.INVALID_HEADER, f"Content-Type must be {CONTENT_TYPE}")
        for name in ECHOED:
            if len(headers.get(name) or "") > MAX_ECHOED:
                raise Failure(ResponseCode.INVALID_HEADER, f"{name} is too long")
        cookies = parse_cookies(headers.all("Cookie"))
        return cls(
            headers.get("X-RequestType") or "",
            headers.get("X-RequestId") or "",
            parse_application(headers.get("X-ClientApplication") or ""),
            cookies.get(CONTEXT, ""),
            cookies.get(SEQUENCE),
        )

    def named(self) -> str:
        """The name of the context that the request must be in."""
        if not self.context:
            raise Failure(ResponseCode.MISSING_COOKIE, "There is no session context cookie")
        if worker_of(self.context) is None:
            raise Failure(ResponseCode.INVALID_CONTEXT_COOKIE, "This is not a session context cookie")
        return self.context


@dataclass(frozen=True, slots=True)
class Manner:
    """How an endpoint answers: where its cookies belong, and what it tells of its timers."""

    path: str
    expiration: int
    """Milliseconds, as the next."""
    pending_period: int

    def headers(
        self, request: Request, code: ResponseCode, context: Context[Any] | None = None
    ) -> tuple[tuple[str, str], ...]:
        """Every response has all of them (2.2.2.2), failures too."""
        echoed = [(name, value) for name in ECHOED if (value := request.headers.get(name)) and len(value) <= MAX_ECHOED]
        own = [
            ("X-ResponseCode", str(int(code))),
            ("X-PendingPeriod", str(self.pending_period)),
            ("X-ExpirationInfo", str(self.expiration)),
            ("X-ServerApplication", SERVER),
            ("Cache-Control", "private"),
        ]
        return (*echoed, *own, *(self._cookies(context) if context is not None else ()))

    def _cookies(self, context: Context[Any]) -> list[tuple[str, str]]:
        where = f"path={self.path}; secure; httponly"
        return [
            ("Set-Cookie", f"{CONTEXT}={context.name}; {where}"),
            ("Set-Cookie", f"{SEQUENCE}={context.sequence}; {where}"),
        ]
