"""Messages and folders go away as MAPI clients let them: softly, so that they can be recovered for a while, or for
good.

What was deleted softly stands aside: gone for every other protocol, out of the counters and the quota. Many messages
are one change, and cost a few statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq, Uid
from posthouse.model.ranges import Ranges, count, from_numbers
from posthouse.model.refusals import FolderNotFound
from posthouse.store.folders import Folder, delete_folder, forget_deleted_folder, load_folder
from posthouse.store.messages import MAX_UID, remove
from posthouse.store.never_here import has_room, note_keys_never_here, note_never_here
from posthouse.store.object_changes import take_change, touch_folder
from posthouse.store.objects import ASSOCIATED, DELETED, DELETED_ASSOCIATED, StoredMessage
from posthouse.store.spans import over, spans

SQL = Queries(__package__, "deletion.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")

EVERY_UID: Ranges = ((1, MAX_UID),)
EVERY_ID: Ranges = ((1, (1 << 63) - 1),)


class Chosen(NamedTuple):
    """Messages of one folder."""

    uids: Ranges = ()
    """Of its contents."""
    asides: Ranges = ()
    """Ids of those beside its contents; what is not there is passed over."""
    deleted: bool = False
    """Also those that were deleted before."""


def choose(tx: Transaction, account: AccountId, folder: FolderId, messages: Iterable[MessageId]) -> Chosen:
    """By their ids: whatever of these is in the folder."""
    ids = from_numbers(sorted(set(messages)))
    found = [row[0] for span in spans(ids) for row in tx.all(over(SQL.uids_of, span), (account, folder, *span))]
    return Chosen(from_numbers(sorted(found)), ids, deleted=True)


def folders_of(tx: Transaction, account: AccountId, messages: Iterable[MessageId]) -> dict[FolderId, list[MessageId]]:
    """Where these are, of those that are in some folder's contents."""
    ids = from_numbers(sorted(set(messages)))
    found: dict[FolderId, list[MessageId]] = {}
    for span in spans(ids):
        for folder, message in tx.all(over(SQL.folders_of, span), (account, *span)):
            found.setdefault(folder, []).append(message)
    return found


def choose_all(*, associated: bool) -> Chosen:
    """All of a folder's contents, with or without what clients keep beside them."""
    return Chosen(EVERY_UID, EVERY_ID if associated else ())


def choose_one(row: StoredMessage) -> Chosen:
    if row.uid is not None:
        return Chosen(((row.uid, row.uid),))
    return Chosen((), ((row.id, row.id),), deleted=True)


def delete_softly(tx: Transaction, account: AccountId, folder: FolderId, chosen: Chosen, now: int) -> int:
    """How many there were; for those that were deleted before nothing is left to do."""
    modseq = take_change(tx, account)
    gone = 0
    for span in spans(chosen.uids):
        gone += tx.run(over(SQL.set_aside, span), (DELETED, modseq, now, now, account, folder, *span))
    if gone:
        remove(tx, account, folder, chosen.uids, keep_objects=True)
        modseq = take_change(tx, account)
    for span in spans(chosen.asides):
        values = (DELETED_ASSOCIATED, modseq, now, now, account, folder, *span, ASSOCIATED)
        gone += tx.run(over(SQL.delete_associated, span), values)
    if gone:
        touch_folder(tx, account, folder, modseq)
    return gone


def delete_for_good(tx: Transaction, account: AccountId, folder: FolderId, chosen: Chosen) -> int:
    """How many there were."""
    gone = count(remove(tx, account, folder, chosen.uids)) if chosen.uids else 0
    aside = _forget_asides(tx, account, folder, chosen.asides, DELETED_ASSOCIATED if chosen.deleted else ASSOCIATED)
    if aside:
        touch_folder(tx, account, folder, take_change(tx, account))
    return gone + aside


def _forget_asides(tx: Transaction, account: AccountId, folder: FolderId, ids: Ranges, last_state: int) -> int:
    gone = 0
    for span in spans(ids):
        which = (account, folder, *span, last_state)
        _note_gone(tx, account, folder, tx.all(over(SQL.asides_to_go, span), which))
        tx.run(over(SQL.release_asides, span), which)
        tx.run(over(SQL.forget_objects, span), (account, *which))
        gone += tx.run(over(SQL.forget_asides, span), which)
    return gone


def _note_gone(tx: Transaction, account: AccountId, folder: FolderId, rows: Sequence[tuple[Any, ...]]) -> None:
    """No client brings them again. Those that were among the contents have tombstones."""
    ids = from_numbers(sorted(message for message, state, _ in rows if state != DELETED))
    keys = [bytes(key) for _, _, key in rows if key is not None]
    if (ids or keys) and has_room(tx, account, folder):
        tx.one(ACCOUNTS.lock, (account,))
        note_never_here(tx, account, folder, ids)
        note_keys_never_here(tx, account, folder, keys)


class DeletedFolder(NamedTuple):
    """As it was, but that its messages stand aside."""

    folder: Folder
    deleted: int
    """When; seconds since 1970."""


def delete_folder_softly(tx: Transaction, account: AccountId, folder: FolderId, now: int) -> None:
    """With its messages. `FolderInUse` for INBOX and while there are folders below it."""
    victim = load_folder(tx, account, folder)
    delete_softly(tx, account, folder, choose_all(associated=True), now)
    modseq = delete_folder(tx, account, folder, keep_objects=True)
    row = (account, folder, victim.parent, victim.name, victim.uid_validity, modseq, now)
    tx.run(SQL.insert_folder, row)


def load_deleted_folder(tx: Transaction, account: AccountId, folder: FolderId) -> DeletedFolder:
    """`FolderNotFound`, also when it was not deleted."""
    row = tx.one(SQL.folder, (account, folder))
    if row is None:
        raise FolderNotFound
    return _deleted(row)


def deleted_folders(tx: Transaction, account: AccountId, parent: FolderId) -> list[DeletedFolder]:
    """Those that were directly below a folder, which may itself be deleted; by their names."""
    return [_deleted(row) for row in tx.all(SQL.folders_below, (account, parent))]


def _deleted(row: tuple[Any, ...]) -> DeletedFolder:
    number, parent, name, uid_validity, modseq, deleted = row
    folder = Folder(number, parent, name, None, uid_validity, Uid(1), 0, 0, 0, 0, ModSeq(modseq), ModSeq(modseq), 1)
    return DeletedFolder(folder, deleted)


def purge_deleted(tx: Transaction, before: int, limit: int = 500) -> int:
    """Messages that were deleted before that time can no longer be recovered; how many there were. Folders neither."""
    rows = tx.all(SQL.old_asides, (before, limit))
    for account, folder, message in sorted(rows):
        _forget_asides(tx, account, folder, ((message, message),), DELETED_ASSOCIATED)
    for account, folder in tx.all(SQL.old_folders, (before, limit)):
        forget_deleted_folder(tx, account, folder)
    return len(rows)
