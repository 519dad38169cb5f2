"""SUBSCRIBE and UNSUBSCRIBE – RFC 9051 §6.3.7, §6.3.8. A subscription may be to a name that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.subscribe import Subscribe
from posthouse.store.folders import SEPARATOR
from posthouse.store.folders import subscribe as add_subscription
from posthouse.store.folders import unsubscribe as remove_subscription

from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def subscribe(session: Session, command: Subscribe) -> Done:
    path = command.mailbox.removesuffix(SEPARATOR)
    if command.subscribed:
        await session.write(add_subscription, session.account, path)
    else:
        await session.write(remove_subscription, session.account, path)
    return COMPLETED
