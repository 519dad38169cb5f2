"""The MAPI client library at a hub of a test: it knows where names lead, and whom to trust."""

from __future__ import annotations

from hubs import DOMAIN, PASSWORD, Hub

from posthouse.clients.mapi import Mailbox, Network, connect
from posthouse.testing import MailHub


def network_of(hub: Hub) -> Network:
    """As DNS would tell it: at the domain's own name there is nobody."""
    there = "127.0.0.1", hub.ports["https"]
    return Network(
        hub.authority.context,
        {DOMAIN: ("127.0.0.1", 1), f"autodiscover.{DOMAIN}": there, "mail.example.org": there},
        resolver=None,
    )


def network_of_mail_hub(hub: MailHub) -> Network:
    """Of one whose host name is that of the domain."""
    return Network(hub.client_context(), {DOMAIN: ("127.0.0.1", hub.https.port)}, resolver=None)


async def mailbox_of(hub: Hub, who: str) -> Mailbox:
    """By address and password alone."""
    return await connect(who, PASSWORD, network=network_of(hub))
