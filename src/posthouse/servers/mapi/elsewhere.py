"""Session contexts of other workers: the kernel gives a connection to any worker, but a context is in one.

Each worker listens at a Unix socket that only the hub may use. Who gets a request for a context of another worker has
checked the credentials, and hands it on there with the name of the account; the answer goes back as it comes.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from posthouse.directory import Login
from posthouse.net.connect import connect_unix
from posthouse.net.errors import CannotConnect
from posthouse.net.http import Exchange, HttpLimits, Response, serve_http
from posthouse.net.http.relay import relay
from posthouse.net.listeners import Server, open_unix_socket
from posthouse.net.stream import Stream
from posthouse.observe.logs import Logger

Answer = Callable[[Exchange, Login], Awaitable[Response | None]]
"""An endpoint's, for an account that is known."""
LOGIN = "posthouse-login"
"""The header field with the account; from anybody but us it means nothing."""
LIMITS = HttpLimits()


class Elsewhere:
    """The way to the other workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def answer(self, exchange: Exchange, login: Login, worker: str, body: bytes) -> bool:
        """False: there is no such worker."""
        try:
            stream = await connect_unix(socket_of(self._folder, worker))
        except CannotConnect:
            return False
        named = b64encode(json.dumps(asdict(login)).encode()).decode()
        await relay(exchange, body, [(LOGIN, named)], stream)
        return True


def socket_of(folder: Path, worker: str) -> Path:
    return folder / f"{worker}.mapi"


class FromElsewhere:
    """Requests that the other workers hand on."""

    def __init__(self, folder: Path, worker: str) -> None:
        self._path = socket_of(folder, worker)
        self._log = Logger("mapi")
        self._server = Server("mapi-inner", self._session)
        self._endpoints: Mapping[str, Answer] = {}

    def serve(self, endpoints: Mapping[str, Answer]) -> None:
        """By their paths, from now on."""
        self._endpoints = endpoints

    async def start(self) -> None:
        await self._server.listen([open_unix_socket(self._path)])

    async def close(self, grace: float) -> None:
        await self._server.close(grace)
        self._path.unlink(missing_ok=True)

    async def _session(self, stream: Stream) -> None:
        await serve_http(stream, self._page, LIMITS, self._log)

    async def _page(self, exchange: Exchange) -> Response | None:
        endpoint = self._endpoints.get(exchange.request.path.lower().rstrip("/"))
        named = exchange.request.headers.get(LOGIN)
        if endpoint is None or named is None:
            return Response.text(404, "There is nothing here\n")
        return await endpoint(exchange, Login(**json.loads(b64decode(named))))
