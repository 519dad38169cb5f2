"""REPLACE and UID REPLACE – RFC 8508: an APPEND and the removal of one message, in one transaction.

The new message is announced in an untagged OK [APPENDUID], before the EXPUNGE (§4.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId, Uid
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import FolderNotFound, MessageGone, MessageNotFound
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.events import MessageStart
from posthouse.protocols.imap.sequence import SequenceSet
from posthouse.store.folders import find_folder
from posthouse.store.messages import Placed
from posthouse.store.messages import replace as replace_message
from posthouse.store.reading import rows

from ..composing import Arrived, Room, Unacceptable, find_room, receive_all
from ..replies import Done
from .append import new_message

if TYPE_CHECKING:
    from ..session import Session


async def replace(session: Session, event: MessageStart) -> Done:
    return await _replace(session, event, by_uid=False)


async def uid_replace(session: Session, event: MessageStart) -> Done:
    return await _replace(session, event, by_uid=True)


async def _replace(session: Session, event: MessageStart, by_uid: bool) -> Done:
    session.folder.require_writable()
    uid = await _old(session, event.append.replaces or SequenceSet(()), by_uid)
    folder, account = session.folder.folder, session.account
    try:
        room = await session.store.read(_find_room, account, folder, uid, event.append.mailbox)
        (arrived,) = await receive_all(session, event, room)
        placed = await session.store.write(_place, account, folder, uid, arrived, session.store.now())
    except FolderNotFound as refusal:
        return Done(str(refusal), codes.TRYCREATE, b"NO")
    except MessageNotFound:
        raise MessageGone from None
    except Unacceptable as unacceptable:
        return unacceptable.done
    code = codes.appenduid(placed.uid_validity, from_numbers([placed.uid]))
    session.connection.untagged(b"OK", "Replacement message ready", code)
    return Done()


async def _old(session: Session, message: SequenceSet, by_uid: bool) -> Uid:
    selected = await session.loaded(message, by_uid)
    ranges = selected.view.uid_ranges(selected.spans(message, by_uid))
    if not ranges:
        raise MessageNotFound
    return Uid(ranges[0][0])


def _find_room(tx: Transaction, account: AccountId, source: FolderId, uid: Uid, path: str) -> Room:
    found = rows(tx, account, source, uid, uid, ("size",), 1)
    if not found:
        raise MessageNotFound
    return find_room(tx, account, path, 0, freed=found[0][0])


def _place(tx: Transaction, account: AccountId, source: FolderId, uid: Uid, arrived: Arrived, now: int) -> Placed:
    folder = find_folder(tx, account, arrived.append.mailbox)
    return replace_message(tx, account, source, uid, folder.id, new_message(tx, arrived, now), now)
