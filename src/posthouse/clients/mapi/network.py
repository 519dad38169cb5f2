"""How servers are reached, and who asks."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from posthouse.net.http.client import HttpConnection, Url
from posthouse.net.resolver import Resolver
from posthouse.observe.secret import Secret


def _nobody(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Network:
    """As it is by default; tests and split networks say more."""

    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    """Which certificates are trusted."""
    hosts: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Host and port to connect to in place of a name's own: the certificate must still be for that name."""
    seconds: float = 60.0
    """For a server to say something: while it works it says so at least every 30 seconds ([MS-OXCMAPIHTTP]
    2.2.7)."""
    resolver: Resolver | None = field(default_factory=Resolver)
    """For SRV records; None: they are not asked for."""
    trusted: Callable[[str], bool] = _nobody
    """Whether a host outside the domain of the address may be asked, with the password, when it was told without TLS
    (by a redirect or by DNS): anybody on the way can tell so. Outlook asks its user."""

    def connection(self, url: Url) -> HttpConnection:
        return HttpConnection(url, self.context, address=self.hosts.get(url.host), seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Login:
    """RFC 7617."""

    name: str
    password: Secret

    def header(self) -> tuple[str, str]:
        text = f"{self.name}:{self.password.reveal()}"
        return "Authorization", "Basic " + b64encode(text.encode()).decode("ascii")
