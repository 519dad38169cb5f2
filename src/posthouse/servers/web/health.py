"""Where load balancers look whether Exchange is well: a page for each protocol, as since Exchange 2013, for anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posthouse.net.http import Exchange, Response

if TYPE_CHECKING:
    from .server import WebServer


@dataclass
class Health:
    server: WebServer
    mapi: bool = False
    """It is asked for MAPI, which may be switched off, or for web services, which are there beside it."""

    async def page(self, exchange: Exchange) -> Response:
        offer = self.server.offer()
        if exchange.draining or (self.mapi and not offer.mapi):
            return Response.text(503, "Not here, not now\n")
        return Response(200, f"200 OK<br/>{offer.hostname}".encode(), "text/html")
