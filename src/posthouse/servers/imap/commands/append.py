"""APPEND – RFC 9051 §6.3.12, RFC 3502 (MULTIAPPEND), RFC 4315 (APPENDUID), RFC 4469 (CATENATE), RFC 5257 §4.7
(ANNOTATE).

Nothing is kept unless the whole command came, and then all of it in one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import FolderNotFound
from posthouse.model.rights import Right, permitted_flags
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.events import MessageStart
from posthouse.store.content import add_content
from posthouse.store.messages import NewMessage, Placed, append_all

from ..annotations import annotate_new
from ..composing import GRACIOUS, Arrived, Unacceptable, find_room, receive_all
from ..owned import note_own
from ..places import Place, Places
from ..progress import UnderWay
from ..replies import Done

if TYPE_CHECKING:
    from ..session import Session


async def append(session: Session, event: MessageStart) -> Done:
    grace = session.server.settings.quota_grace
    try:
        room = await session.store.read(find_room, session.places, event.append.mailbox, grace)
        arrived = await receive_all(session, event, room)
        with UnderWay(session):
            place, placed = await session.write(_append_all, session.places, arrived, session.store.now(), grace)
    except FolderNotFound as refusal:
        return Done(str(refusal), codes.TRYCREATE, b"NO")
    except Unacceptable as unacceptable:
        return unacceptable.done
    session.on_placed(place, [one.uid for one in placed])
    uids = from_numbers([one.uid for one in placed])
    return Done(code=codes.appenduid(placed[0].uid_validity, uids))


def _append_all(
    tx: Transaction, places: Places, arrived: list[Arrived], now: int, grace: int
) -> tuple[Place, list[Placed]]:
    place = places.find(tx, arrived[0].append.mailbox).require(Right.INSERT)
    forgiven = grace if place.folder.role in GRACIOUS else 0
    new = [new_message(tx, place, one, now) for one in arrived]
    placed = append_all(tx, place.account, place.folder.id, new, now, grace=forgiven)
    note_own(tx, places, place, from_numbers([one.uid for one in placed]))
    for one, its_place in zip(arrived, placed, strict=True):
        annotate_new(tx, place, its_place, places.account, one.append.annotations)
    return place, placed


def new_message(tx: Transaction, place: Place, arrived: Arrived, now: int) -> NewMessage:
    """With the flags that it may have there."""
    command, content = arrived.append, arrived.content
    received = now if command.date is None else int(command.date.timestamp())
    return NewMessage(add_content(tx, content), content.size, received, permitted_flags(command.flags, place.rights))
