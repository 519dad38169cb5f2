"""Messages that a client has moved – [MS-OXCFXICS] 3.2.5.9.4.4."""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.refusals import MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi.fast_transfer.predecessors import Order, PredecessorChangeList, Xid
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.folder import require
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.owned import needed_to_make, rights_on_message
from posthouse.store.accounts import lock_account
from posthouse.store.creators import note_creator
from posthouse.store.flags import tell_read_state
from posthouse.store.messages import move
from posthouse.store.object_changes import move_aside, renumber_message, set_keys
from posthouse.store.objects import Keys, StoredMessage

from .absent import has_gone
from .collector import Collector, checked_number, known_predecessors, message_of_key, missing, number_of_key
from .folder_imports import folder_of_key
from .imports import change_key, follow


@dataclass(frozen=True, slots=True)
class Moved:
    source_folder: bytes
    """Its source key."""
    source_key: bytes
    target_key: bytes
    change: Xid
    """The move itself, R869."""
    predecessors: PredecessorChangeList
    """Of the message before it, R858."""


def import_move(tx: Transaction, collector: Collector, moved: Moved, now: int) -> bool:
    """The client has chosen the id that the message has from now on. Whether its version is the client's, or a later
    one; otherwise the client has changed it before, and has still to bring that (R875, R876)."""
    logon, account = collector.logon, collector.logon.mailbox.account
    require(collector.facts(tx), Right.INSERT)
    lock_account(tx, account)
    row = _source(tx, collector, moved)
    _require_new(tx, collector, moved.target_key)
    known, last = known_predecessors(tx, account, logon.identity, row), change_key(tx, logon, row)
    after = _carried(tx, logon, row, collector.folder.folder, moved.target_key, now)
    source_key = None if number_of_key(logon.identity, moved.target_key) else moved.target_key
    order = known.compare(moved.predecessors)
    is_current = order in (Order.SAME, Order.NEWER)
    both = known.merge(moved.predecessors).with_change(moved.change)
    keys = Keys(source_key, moved.change.format(), both.format())
    set_keys(tx, account, after, keys if is_current else Keys(source_key, last, known.format()))
    collector.note(after.change_number, associated=after.is_associated)
    if order is Order.NEWER:
        follow(tx, collector, after.id, both, now)  # the client has an older version, and gets this one
    elif after.uid is not None and row.modseq != row.change_number:
        tell_read_state(tx, account, after.folder, after.uid)  # of which it may not have heard
    return is_current


def _source(tx: Transaction, collector: Collector, moved: Moved) -> StoredMessage:
    """What is to be moved, if this client may do that."""
    logon = collector.logon
    try:
        row = message_of_key(tx, logon, moved.source_key)
    except MessageNotFound:
        raise RopError(ErrorCode.ecNotFound) from None
    if not logon.rights_on(tx, row.folder) & Right.LOOKUP:
        raise RopError(ErrorCode.ecNotFound)
    if row.is_deleted or row.folder != folder_of_key(tx, collector, moved.source_folder):
        raise RopError(ErrorCode.ecSyncObjectDeleted)
    needed = Right.READ | Right.DELETE_MESSAGES
    if needed & ~rights_on_message(tx, logon, logon.rights_on(tx, row.folder), row):
        raise RopError(ErrorCode.ecAccessDenied)
    require(collector.facts(tx), needed_to_make(associated=row.is_associated))
    return row


def _require_new(tx: Transaction, collector: Collector, key: bytes) -> None:
    """ecInvalidParameter for a name that a message has or had, were it the one that is moved (R1891, R1892)."""
    logon = collector.logon
    checked_number(tx, logon, key)
    if missing(tx, logon, key) is not None or has_gone(tx, logon, collector.folder.folder, key):
        raise RopError(ErrorCode.ecInvalidParameter)


def _carried(
    tx: Transaction, logon: Logon, row: StoredMessage, target: FolderId, key: bytes, now: int
) -> StoredMessage:
    account, chosen = logon.mailbox.account, checked_number(tx, logon, key)
    number = MessageId(chosen) if chosen else None
    if row.uid is None:
        return move_aside(tx, account, row, target, number)
    copied = move(tx, account, row.folder, ((row.uid, row.uid),), target, now)
    if logon.creator:
        note_creator(tx, account, target, copied.target, logon.creator)
    return renumber_message(tx, account, target, copied.target[0][0], number)
