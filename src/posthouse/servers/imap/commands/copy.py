"""COPY and MOVE, also by UID – RFC 9051 §6.4.7, §6.4.8, RFC 6851, RFC 4315 §3 (COPYUID)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ranges import Ranges, count
from posthouse.model.refusals import FolderNotFound, MessageGone
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.copy import Copy, Move
from posthouse.protocols.imap.sequence import format_ranges
from posthouse.store import messages
from posthouse.store.folders import find_folder
from posthouse.store.messages import Copied

from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def copy(session: Session, command: Copy, by_uid: bool) -> Done:
    """All of them or none."""
    copied = await _place(session, command, by_uid)
    return copied if isinstance(copied, Done) else Done(code=_copyuid(copied))


async def move(session: Session, command: Move, by_uid: bool) -> Done:
    """COPYUID comes before the EXPUNGEs, which every command's end announces (RFC 6851 §4.3)."""
    session.folder.require_writable()
    moved = await _place(session, command, by_uid)
    if isinstance(moved, Done):
        return moved
    session.connection.untagged(b"OK", "", _copyuid(moved))
    return COMPLETED


async def _place(session: Session, command: Copy | Move, by_uid: bool) -> Copied | Done:
    selected = await session.loaded(command.messages, by_uid)
    spans = selected.spans(command.messages, by_uid)
    ranges = selected.view.uid_ranges(spans)
    least = 0 if by_uid else sum(stop - start for start, stop in spans)
    place = messages.move if isinstance(command, Move) else messages.copy
    where = (selected.account, selected.folder)
    try:
        copied = await session.store.write(_all_of, place, *where, ranges, least, command.mailbox, session.store.now())
    except FolderNotFound as refusal:
        return Done(str(refusal), codes.TRYCREATE, b"NO")
    return copied if copied.source else COMPLETED


def _all_of(
    tx: Transaction,
    place: Callable[..., Copied],
    account: AccountId,
    source: FolderId,
    uids: Ranges,
    least: int,
    path: str,
    now: int,
) -> Copied:
    """`MessageGone`, and nothing done, when there are fewer than `least`: who names messages by number means all of
    them (RFC 2180 §4.4)."""
    copied = place(tx, account, source, uids, find_folder(tx, account, path).id, now)
    if count(copied.source) < least:
        raise MessageGone
    return copied


def _copyuid(copied: Copied) -> bytes:
    """Both in ascending order, so that the two sets pair up."""
    return codes.copyuid(copied.uid_validity, format_ranges(copied.source), format_ranges(copied.target))
