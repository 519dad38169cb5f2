"""COPY and MOVE, also by UID – RFC 9051 §6.4.7, §6.4.8, RFC 6851, RFC 4315 §3 (COPYUID), RFC 5257 §4.6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ranges import Ranges, count, numbers
from posthouse.model.refusals import FolderNotFound, MessageGone
from posthouse.model.rights import FLAG_RIGHTS, Right
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.copy import Copy, Move
from posthouse.protocols.imap.sequence import format_ranges
from posthouse.store import messages
from posthouse.store.annotations import Readers, carried
from posthouse.store.messages import Copied
from posthouse.store.transfer import transfer

from ..limits import bounded, require_few
from ..owned import TO_MOVE, note_own, require_all
from ..places import Place, Places
from ..progress import UnderWay
from ..replies import COMPLETED, Done
from ..selected import Selected
from ..view import span_count

if TYPE_CHECKING:
    from ..session import Session


async def copy(session: Session, command: Copy, by_uid: bool) -> Done:
    """All of them or none, also of those that are too many (RFC 9738 §3.1)."""
    copied = await _place(session, command, by_uid)
    return copied if isinstance(copied, Done) else Done(code=_copyuid(copied))


async def move(session: Session, command: Move, by_uid: bool) -> Done:
    """COPYUID comes before the EXPUNGEs, which every command's end announces (RFC 6851 §4.3)."""
    session.folder.require_some(TO_MOVE)
    moved = await _place(session, command, by_uid)
    if isinstance(moved, Done):
        return moved
    session.connection.untagged(b"OK", "", _copyuid(moved))
    return Done(tells_modseq=True)


async def _place(session: Session, command: Copy | Move, by_uid: bool) -> Copied | Done:
    selected = await session.loaded(command.messages, by_uid)
    spans, cut = selected.spans(command.messages, by_uid), 0
    if isinstance(command, Move):
        spans, cut = bounded(session, spans)
    else:
        require_few(session, spans, session.server.capabilities.save_limit)
    ranges = selected.view.uid_ranges(spans)
    least = 0 if by_uid else span_count(spans)
    order = _Order(isinstance(command, Move), selected, ranges, least, session.store.now())
    try:
        with UnderWay(session):
            place, copied = await session.write(_all_of, session.places, command.mailbox, order)
    except FolderNotFound as refusal:
        return Done(str(refusal), codes.TRYCREATE, b"NO")
    session.cut = cut
    session.on_placed(place, numbers(copied.target))
    return copied if copied.source else COMPLETED


@dataclass(frozen=True, slots=True)
class _Order:
    moves: bool
    source: Selected
    uids: Ranges
    least: int
    now: int


def _all_of(tx: Transaction, places: Places, name: str, order: _Order) -> tuple[Place, Copied]:
    """`MessageGone`, and nothing done, when there are fewer than `least`: who names messages by number means all of
    them (RFC 2180 §4.4)."""
    target = places.find(tx, name).require(Right.INSERT)
    if order.moves:
        require_all(tx, order.source, order.uids, TO_MOVE)
    readers = carried(places.account, target.rights)
    copied = (_within if _keeps_all(order, target) else _between)(tx, order, target, readers)
    if count(copied.source) < order.least:
        raise MessageGone
    note_own(tx, places, target, copied.target)
    return target, copied


def _keeps_all(order: _Order, target: Place) -> bool:
    """Within one account, with every flag."""
    return target.account == order.source.account and target.rights & FLAG_RIGHTS == FLAG_RIGHTS


def _within(tx: Transaction, order: _Order, target: Place, readers: Readers) -> Copied:
    place = messages.move if order.moves else messages.copy
    return place(tx, target.account, order.source.folder, order.uids, target.folder.id, order.now, readers)


def _between(tx: Transaction, order: _Order, target: Place, readers: Readers) -> Copied:
    source, there = (order.source.account, order.source.folder), (target.account, target.folder.id)
    rights, moves = target.rights, order.moves
    return transfer(tx, source, order.uids, there, order.now, rights=rights, readers=readers, moves=moves)


def _copyuid(copied: Copied) -> bytes:
    """Both in ascending order, so that the two sets pair up."""
    return codes.copyuid(copied.uid_validity, format_ranges(copied.source), format_ranges(copied.target))
