"""Autoconfig, which Thunderbird, Evolution, K-9 and others ask for: `clientConfig` version 1.1.

Every way in is listed, the best first; a client takes the first one that it can use.
"""

from __future__ import annotations

from posthouse.protocols.markup import escape

from .services import Offer, Security, Service

CONTENT_TYPE = "text/xml; charset=utf-8"


def format_config(offer: Offer, domain: str) -> bytes:
    """`%EMAILADDRESS%` is the client's to fill in, so that one document is for everybody."""
    servers = "".join(_server(offer.hostname, service) for service in offer.services)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<clientConfig version="1.1"><emailProvider id="{escape(domain)}"><domain>{escape(domain)}</domain>'
        f"<displayName>{escape(domain)}</displayName><displayShortName>{escape(domain)}</displayShortName>"
        f"{servers}</emailProvider></clientConfig>\n"
    ).encode()


def _server(hostname: str, service: Service) -> str:
    element = "outgoingServer" if service.protocol == "smtp" else "incomingServer"
    security = "SSL" if service.security is Security.TLS else "STARTTLS"
    return (
        f'<{element} type="{service.protocol}"><hostname>{escape(hostname)}</hostname><port>{service.port}</port>'
        f"<socketType>{security}</socketType><authentication>password-cleartext</authentication>"
        f"<username>%EMAILADDRESS%</username></{element}>"
    )
