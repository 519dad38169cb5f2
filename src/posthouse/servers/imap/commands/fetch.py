"""FETCH and UID FETCH – RFC 9051 §6.4.5, §6.4.9."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.message.decode import UnknownEncoding
from posthouse.model.refusals import MessageGone
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.fetch import Fetch
from posthouse.protocols.imap.fetch import Attribute

from ..fetching.plan import make_plan, with_item
from ..fetching.stream import Sender
from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def fetch(session: Session, command: Fetch, by_uid: bool) -> Done:
    selected = await session.loaded(command.messages, by_uid)
    items = with_item(command.items, Attribute.UID, first=True) if by_uid else command.items
    sender = Sender(session.store, session.connection, selected, make_plan(items))
    try:
        await sender.send(selected.spans(command.messages, by_uid))
    except UnknownEncoding:
        return Done("The encoding of a part is not known", codes.UNKNOWN_CTE, b"NO")
    if sender.missing and not by_uid:
        raise MessageGone
    return COMPLETED
