"""What an administrator may set for HTTP."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from posthouse.net.http import HttpLimits


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """The `https` and `http` services: set-up of mail programs, MAPI. Durations in seconds."""

    url: str = ""
    """How clients reach the hub's HTTPS, when they do so through a proxy: `https://mail.example.org`. Empty: the
    hostname, with the port of the `https` service."""
    proxies: tuple[str, ...] = ()
    """Addresses and networks of reverse proxies: what they say in X-Forwarded-For and X-Forwarded-Proto is believed."""
    idle_timeout: float = 300.0
    """A connection may be silent for so long between two requests."""
    request_timeout: float = 60.0
    """A request's head, and then its body, must have come within this time."""

    def __post_init__(self) -> None:
        if self.url and not self.url.startswith("https://"):
            raise ValueError(f"url: begins with https://, not {self.url!r}")
        for one in self.proxies:
            ipaddress.ip_network(one, strict=False)

    @property
    def limits(self) -> HttpLimits:
        return HttpLimits(self.idle_timeout, self.request_timeout, self.request_timeout)
