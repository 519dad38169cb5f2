"""HTTP/1.1, the client's side: one connection, one request at a time, bodies whole or piece by piece (RFC 9112)."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import h11

from posthouse.net.connect import connect
from posthouse.net.errors import CannotConnect, ConnectionLost, StreamError
from posthouse.net.stream import Stream

from .messages import Headers

CONNECT_SECONDS = 15.0
MAX_PIECES = 1_000_000


class BadUrl(ValueError):
    """Not one that this client can ask."""


class Url(NamedTuple):
    host: str
    port: int
    target: str
    """Path and query."""
    secure: bool

    @classmethod
    def parse(cls, text: str) -> Url:
        """`https://host[:port]/path?query`. BadUrl."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise BadUrl(text) from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadUrl(text)
        secure = parts.scheme == "https"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.hostname, port or (443 if secure else 80), target, secure)

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


class Response(NamedTuple):
    """Its head; the body is read from the connection."""

    status: int
    headers: Headers


class HttpConnection:
    """Opened when it is first needed, and again when the server has closed it. StreamError when it cannot go on: then
    nobody knows whether the request was done, and only who sent it can say whether to send it again (RFC 9110 §9.2.2).
    """

    def __init__(
        self,
        url: Url,
        context: ssl.SSLContext | None,
        *,
        address: tuple[str, int] | None = None,
        seconds: float = 60.0,
    ) -> None:
        """`url`: of which the server counts. `address`: host and port to connect to in place of its own. `seconds`: for
        the server to answer, and between two pieces."""
        self._url, self._context, self._address, self._seconds = url, context, address, seconds
        self._stream: Stream | None = None
        self._h11 = h11.Connection(h11.CLIENT)

    async def ask(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> Response:
        """Send a request, and read the head of its response. What was left of the one before is lost."""
        if self._h11.our_state is not h11.IDLE:
            self.abort()
        stream = await self._open()
        fields = [("Host", self._url.authority), *headers, ("Content-Length", str(len(body)))]
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields]
        request = h11.Request(method=method.encode(), target=target.encode("ascii", "replace"), headers=raw)
        for part in (request, h11.Data(body), h11.EndOfMessage()):
            stream.write(self._h11.send(part) or b"")
        stream.flush()
        while True:
            event = await self._event()
            if isinstance(event, h11.Response):
                return Response(
                    event.status_code, Headers((bytes(name), bytes(value)) for name, value in event.headers)
                )
            if not isinstance(event, h11.InformationalResponse):
                raise ConnectionLost("the server has ended the connection")

    async def pieces(self) -> AsyncIterator[bytes]:
        """Of the body, as they come. Read to its end, the connection is ready for another request."""
        for _ in range(MAX_PIECES):
            event = await self._event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                break
        self._end()

    async def body(self, limit: int) -> bytes:
        """All of it; StreamError when it is longer."""
        found: list[bytes] = []
        size = 0
        async for piece in self.pieces():
            size += len(piece)
            if size > limit:
                self.abort()
                raise StreamError("a longer response than anybody needs")
            found.append(piece)
        return b"".join(found)

    def abort(self) -> None:
        """At once; what is under way is lost."""
        if self._stream is not None:
            self._stream.abort()
            self._stream = None

    async def _open(self) -> Stream:
        if self._stream is None or self._stream.closed:  # the server need not keep a connection (RFC 9112 §9.5)
            url = self._url
            if url.secure and self._context is None:
                raise CannotConnect("a secure server, and no context for TLS")
            stream = await connect(*(self._address or (url.host, url.port)), seconds=CONNECT_SECONDS)
            if url.secure and self._context is not None:
                most = min(self._seconds, CONNECT_SECONDS)
                await stream.start_tls(self._context, server_hostname=url.host, implicit=True, seconds=most)
            self._stream, self._h11 = stream, h11.Connection(h11.CLIENT)
        return self._stream

    async def _event(self) -> h11.Event:
        stream = self._stream
        if stream is None:
            raise ConnectionLost("there is no connection")
        while True:
            try:
                event = self._h11.next_event()
                if event is h11.NEED_DATA:
                    stream.set_deadline(self._seconds)
                    self._h11.receive_data(await stream.receive())
                    continue
            except h11.RemoteProtocolError as error:
                self.abort()
                raise ConnectionLost("not an answer of HTTP") from error
            return event  # type: ignore[return-value]

    def _end(self) -> None:
        if self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE:
            self._h11.start_next_cycle()
        else:
            self.abort()
