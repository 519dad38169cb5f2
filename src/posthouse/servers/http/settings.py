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
    kerberos_keytab: str = ""
    """File with the keys of `HTTP/host@REALM`, `host` as in `url`: clients with a ticket of Kerberos log in without a
    password (needs the extra `posthouse[kerberos]`). Empty: passwords only."""
    kerberos_realms: tuple[str, ...] = ()
    """Whose tickets count: "EXAMPLE.ORG", where `alice@EXAMPLE.ORG` is the account `alice@example.org`, or
    "AD.EXAMPLE.ORG=example.org" for a realm whose name is not the accounts' domain."""
    idle_timeout: float = 300.0
    """A connection may be silent for so long between two requests."""
    request_timeout: float = 60.0
    """A request's head, and then its body, must have come within this time."""

    def __post_init__(self) -> None:
        if self.url and not self.url.startswith("https://"):
            raise ValueError(f"url: begins with https://, not {self.url!r}")
        for one in self.proxies:
            ipaddress.ip_network(one, strict=False)
        for realm, domain in self.realms.items():
            if not realm or not domain or "@" in realm + domain:
                raise ValueError(f'kerberos_realms: "REALM" or "REALM=domain", not {realm!r} with {domain!r}')
        if bool(self.kerberos_keytab) != bool(self.kerberos_realms):
            raise ValueError("kerberos_keytab and kerberos_realms: both or neither")

    @property
    def realms(self) -> dict[str, str]:
        """Name of a realm → domain of its accounts."""
        pairs = (one.partition("=") for one in self.kerberos_realms)
        return {realm: domain if equals else realm.lower() for realm, equals, domain in pairs}

    @property
    def limits(self) -> HttpLimits:
        return HttpLimits(self.idle_timeout, self.request_timeout, self.request_timeout)
