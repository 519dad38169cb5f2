"""REPLACE and UID REPLACE – RFC 8508: an APPEND and the removal of one message, in one transaction.

The new message is announced in an untagged OK [APPENDUID], before the EXPUNGE (§4.3). It has the annotations that come
with it, and of the old one's none (§3.1).
"""

from __future__ import annotations

from dataclasses import replace as replace_room
from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import Uid
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import FolderNotFound, MessageGone, MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.events import MessageStart
from posthouse.protocols.imap.sequence import SequenceSet
from posthouse.store.messages import Placed, Where
from posthouse.store.messages import replace as replace_message
from posthouse.store.reading import rows

from ..annotations import annotate_new
from ..composing import Arrived, Room, Unacceptable, find_room, receive_all
from ..owned import TO_MOVE, note_own, require_all
from ..places import Place, Places
from ..replies import Done
from ..selected import Selected
from .append import new_message

if TYPE_CHECKING:
    from ..session import Session


async def replace(session: Session, event: MessageStart) -> Done:
    return await _replace(session, event, by_uid=False)


async def uid_replace(session: Session, event: MessageStart) -> Done:
    return await _replace(session, event, by_uid=True)


async def _replace(session: Session, event: MessageStart, by_uid: bool) -> Done:
    selected = session.folder
    selected.require_some(TO_MOVE)
    uid = await _old(session, event.append.replaces or SequenceSet(()), by_uid)
    try:
        where = selected.account, selected.folder
        room = await session.store.read(_find_room, session.places, where, uid, event.append.mailbox)
        (arrived,) = await receive_all(session, event, room)
        place, placed = await session.write(_place, session.places, selected, uid, arrived, session.store.now())
    except FolderNotFound as refusal:
        return Done(str(refusal), codes.TRYCREATE, b"NO")
    except MessageNotFound:
        raise MessageGone from None
    except Unacceptable as unacceptable:
        return unacceptable.done
    session.on_placed(place, [placed.uid])
    code = codes.appenduid(placed.uid_validity, from_numbers([placed.uid]))
    session.connection.untagged(b"OK", "Replacement message ready", code)
    return Done()


async def _old(session: Session, message: SequenceSet, by_uid: bool) -> Uid:
    selected = await session.loaded(message, by_uid)
    ranges = selected.view.uid_ranges(selected.spans(message, by_uid))
    if not ranges:
        raise MessageNotFound
    return Uid(ranges[0][0])


def _find_room(tx: Transaction, places: Places, source: Where, uid: Uid, name: str) -> Room:
    found = rows(tx, *source, uid, uid, ("size",), 1)
    if not found:
        raise MessageNotFound
    room = find_room(tx, places, name, 0, freed=found[0][0])
    return room if places.find(tx, name).account == source[0] else replace_room(room, freed=0)


def _place(
    tx: Transaction, places: Places, selected: Selected, uid: Uid, arrived: Arrived, now: int
) -> tuple[Place, Placed]:
    require_all(tx, selected, ((uid, uid),), TO_MOVE)
    place = places.find(tx, arrived.append.mailbox).require(Right.INSERT)
    source, target = (selected.account, selected.folder), (place.account, place.folder.id)
    placed = replace_message(tx, source, uid, target, new_message(tx, place, arrived, now), now)
    note_own(tx, places, place, ((placed.uid, placed.uid),))
    annotate_new(tx, place, placed, places.account, arrived.append.annotations)
    return place, placed
