"""The pages for setting up mail programs, and where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from posthouse.database import Database
from posthouse.directory import Memberships, Organisation, open_organisation
from posthouse.protocols.autodiscover import Offer
from posthouse.servers.http import Doorkeeper, Route

from . import autoconfig, autodiscover, exchange_web_services
from .health import Health


@dataclass
class WebServer:
    database: Database
    doorkeeper: Doorkeeper
    offer: Callable[[], Offer]
    """What the hub offers and where; known once every service listens."""
    memberships: Memberships = field(default_factory=Memberships)
    _organisation: Organisation | None = None

    async def organisation(self) -> Organisation:
        if self._organisation is None:
            self._organisation = await open_organisation(self.database)
        return self._organisation

    def routes(self) -> list[Route]:
        return [
            Route("/autodiscover/autodiscover.xml", autodiscover.Pox(self).page),
            Route("/autodiscover/healthcheck.htm", Health(self).page),
            Route("/mapi/healthcheck.htm", Health(self, mapi=True).page),
            Route("/ews/healthcheck.htm", Health(self, mapi=True).page),
            Route("/autodiscover/autodiscover.json/", autodiscover.Json(self).page),
            Route("/mail/config-v1.1.xml", autoconfig.Autoconfig(self).page),
            Route("/.well-known/autoconfig/mail/config-v1.1.xml", autoconfig.Autoconfig(self).page),
            Route("/apple.mobileconfig", autoconfig.Profile(self).page),
            Route("/autodiscover/autodiscover.svc/", exchange_web_services.refuse),
            Route("/ews/", exchange_web_services.refuse),
            Route("/oab/", exchange_web_services.no_address_book),
        ]
