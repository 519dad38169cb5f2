"""What a hub offers, as every kind of document tells it in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Protocol = Literal["imap", "pop3", "smtp"]


class Security(Enum):
    TLS = "TLS from the first byte"
    STARTTLS = "TLS after STARTTLS or STLS"


@dataclass(frozen=True, slots=True)
class Service:
    protocol: Protocol
    port: int
    security: Security


@dataclass(frozen=True, slots=True)
class Offer:
    hostname: str
    url: str
    """How clients reach our HTTPS: `https://mail.example.org`, without a slash at the end."""
    services: tuple[Service, ...] = ()
    """The best of each protocol first."""
    mapi: bool = False
    """MAPI over HTTP is switched on."""

    def best(self) -> list[Service]:
        """One of each protocol."""
        found: dict[str, Service] = {}
        for service in self.services:
            found.setdefault(service.protocol, service)
        return list(found.values())
