"""Documents for everybody: they tell what the hub offers, and nothing about anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posthouse.directory import is_ours, parse_address
from posthouse.directory.errors import BadAddress
from posthouse.net.http import Exchange, Response
from posthouse.protocols.autodiscover import autoconfig, profile

if TYPE_CHECKING:
    from .server import WebServer

PREFIXES = ("autoconfig.", "autodiscover.", "mail.")
"""Of host names that stand for a domain."""


@dataclass
class Autoconfig:
    """The domain is the address's in the query, or that of the host name asked: `autoconfig.example.org`."""

    server: WebServer

    async def page(self, exchange: Exchange) -> Response:
        domain = self._asked(exchange)
        if not domain or not await self.server.database.read(is_ours, domain):
            return Response.text(404, "The domain is not ours\n")
        return Response(200, autoconfig.format_config(self.server.offer(), domain), autoconfig.CONTENT_TYPE)

    def _asked(self, exchange: Exchange) -> str:
        address = exchange.request.arguments().get("emailaddress", "")
        if address:
            return address.rpartition("@")[2]
        host = (exchange.request.headers.get("host") or "").rpartition("]")[2].partition(":")[0].lower()
        return next((host.removeprefix(prefix) for prefix in PREFIXES if host.startswith(prefix)), host)


@dataclass
class Profile:
    """`/apple.mobileconfig?email=alice@example.org`, as a file to install."""

    server: WebServer

    async def page(self, exchange: Exchange) -> Response:
        try:
            address = parse_address(exchange.request.arguments().get("email", ""))
        except BadAddress:
            return Response.text(400, "Say for whom: ?email=alice@example.org\n")
        if not await self.server.database.read(is_ours, address.domain):
            return Response.text(404, "The domain is not ours\n")
        document = profile.format_profile(self.server.offer(), str(address))
        if document is None:
            return Response.text(404, "There is no service that a device could use\n")
        name = ("Content-Disposition", 'attachment; filename="mail.mobileconfig"')
        return Response(200, document, profile.CONTENT_TYPE, (name,))
