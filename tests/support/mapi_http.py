"""A client of MAPI over HTTP that says exactly what a test wants it to say, and no more."""

from __future__ import annotations

import http.client
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from posthouse.protocols.mapi.transport import ResponseStream, parse_response_stream

GUID = "{E2EA6C1C-E61B-49E9-9CFB-38184F907552}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def code(self) -> int:
        return int(self.headers["X-ResponseCode"])

    @property
    def stream(self) -> ResponseStream:
        return parse_response_stream(self.raw)

    @property
    def body(self) -> bytes:
        return self.stream.body

    @property
    def cookies(self) -> dict[str, str]:
        """Names and values alone."""
        pairs = (field.partition(";")[0].partition("=") for field in self.headers.get_all("Set-Cookie") or [])
        return {name: value for name, _, value in pairs}


class MapiClient:
    """One connection. Keeps the cookies it is given, as a client must."""

    def __init__(self, port: int, path: str, who: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.connection: http.client.HTTPConnection
        if tls is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        else:
            self.connection = http.client.HTTPSConnection("localhost", port, timeout=30, context=tls)
        self.path, self.who = path, who
        self.cookies: dict[str, str] = {}
        self._numbers = count(1)

    def again(self) -> MapiClient:
        """Another connection of the same client, with the same cookies."""
        other = MapiClient.__new__(MapiClient)
        other.__dict__.update(self.__dict__)
        kind, tls = type(self.connection), getattr(self.connection, "_context", None)
        options: dict[str, Any] = {"context": tls} if tls is not None else {}
        other.connection = kind(self.connection.host, self.connection.port, timeout=30, **options)
        other.cookies = dict(self.cookies)
        return other

    def begin(
        self,
        type: str,
        body: bytes = b"",
        *,
        method: str = "POST",
        path: str = "",
        headers: Mapping[str, str | None] | None = None,
    ) -> http.client.HTTPResponse:
        """Send a request; the response's head has been read. A header that is None is left out."""
        fields: dict[str, str | None] = {
            "X-RequestType": type,
            "X-RequestId": f"{GUID}:{next(self._numbers)}",
            "X-ClientInfo": "{2EF33C39-49C8-421C-B876-CDF7F2AC3AA0}:123",
            "X-ClientApplication": "Outlook/15.0.4815.1002",
            "Content-Type": "application/mapi-http",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()) or None,
            "Authorization": "Basic " + b64encode(self.who.encode()).decode(),
            **(headers or {}),
        }
        sent = {name: value for name, value in fields.items() if value is not None}
        self.connection.request(method, path or self.path, body, sent)
        return self.connection.getresponse()

    def post(self, type: str, body: bytes = b"", **options: Any) -> Answer:
        """Send a request and read its whole answer; its cookies are the client's from now on."""
        return self.finish(self.begin(type, body, **options))

    def finish(self, response: http.client.HTTPResponse) -> Answer:
        answer = Answer(response.status, response.headers, response.read())
        self.cookies.update(answer.cookies)
        return answer

    def close(self) -> None:
        self.connection.close()
