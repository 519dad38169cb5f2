"""What clients are told about the hub."""

from __future__ import annotations

from collections.abc import Mapping

from posthouse.config import Settings
from posthouse.protocols.autodiscover import Offer, Security, Service
from posthouse.protocols.autodiscover.services import Protocol

HTTPS = 443
SERVICES: dict[str, tuple[Protocol, Security]] = {
    "imaps": ("imap", Security.TLS),
    "imap": ("imap", Security.STARTTLS),
    "pop3s": ("pop3", Security.TLS),
    "pop3": ("pop3", Security.STARTTLS),
    "submissions": ("smtp", Security.TLS),
    "submission": ("smtp", Security.STARTTLS),
}
"""RFC 8314 §3: TLS from the first byte is better than STARTTLS."""


def offer(settings: Settings, ports: Mapping[str, int]) -> Offer:
    """`ports`: of the services that listen, by their names in `[listen]`."""
    services = [Service(protocol, ports[name], how) for name, (protocol, how) in SERVICES.items() if name in ports]
    url = settings.http.url.rstrip("/") or _url(settings.name, ports)
    return Offer(settings.name, url, tuple(services), settings.mapi.enabled)


def _url(hostname: str, ports: Mapping[str, int]) -> str:
    port = ports.get("https", HTTPS)
    return f"https://{hostname}" if port == HTTPS else f"https://{hostname}:{port}"
