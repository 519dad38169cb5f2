"""Apple's configuration profile: one tap sets up Mail on iOS and macOS. The device asks for the password itself."""

from __future__ import annotations

import plistlib
from uuid import NAMESPACE_DNS, uuid5

from .services import Offer, Service

CONTENT_TYPE = "application/x-apple-aspen-config"


def format_profile(offer: Offer, address: str) -> bytes | None:
    """None when there is nothing to read mail by, or nothing to send by. The same address has the same profile: it
    replaces the one that was installed before."""
    services = {service.protocol: service for service in offer.best()}
    incoming, outgoing = services.get("imap") or services.get("pop3"), services.get("smtp")
    if incoming is None or outgoing is None:
        return None
    number = str(uuid5(NAMESPACE_DNS, f"profile.{address.lower()}")).upper()
    account = {
        "PayloadType": "com.apple.mail.managed",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{offer.hostname}.mail.{number}",
        "PayloadUUID": str(uuid5(NAMESPACE_DNS, f"account.{address.lower()}")).upper(),
        "PayloadDisplayName": address,
        "EmailAccountDescription": address,
        "EmailAddress": address,
        "EmailAccountType": "EmailTypeIMAP" if incoming.protocol == "imap" else "EmailTypePOP",
        **_server("Incoming", offer.hostname, incoming, address),
        **_server("Outgoing", offer.hostname, outgoing, address),
        "OutgoingPasswordSameAsIncomingPassword": True,
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"{offer.hostname}.{number}",
            "PayloadUUID": number,
            "PayloadDisplayName": f"Mail for {address}",
            "PayloadOrganization": offer.hostname,
            "PayloadContent": [account],
        }
    )


def _server(direction: str, hostname: str, service: Service, address: str) -> dict[str, object]:
    """`UseSSL` means either kind of TLS: the device finds out which."""
    prefix = f"{direction}MailServer"
    return {
        f"{prefix}Authentication": "EmailAuthPassword",
        f"{prefix}HostName": hostname,
        f"{prefix}PortNumber": service.port,
        f"{prefix}UseSSL": True,
        f"{prefix}Username": address,
    }
