"""Which messages of public folders somebody has read, as a set of changes – [MS-OXCSTOR] 2.2.1.12, 2.2.1.13.

In a mailbox clients keep such sets for themselves; nothing follows from them. What has been read in a public folder
that is here its messages tell themselves, on a transaction of their reader (`readers`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from posthouse.database import Queries, Transaction
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import LimitReached
from posthouse.store.flags import change_flags

SQL = Queries(__package__, "read_sets.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")

MAX_READ_SETS = 500
"""Of one mailbox."""


class ReadSet(NamedTuple):
    replica: UUID
    """Of the public store."""
    changes: bytes
    """As the client sent it."""


def load_read_set(tx: Transaction, account: AccountId, folder: bytes) -> ReadSet | None:
    """`folder`: its key, the same in every store."""
    row = tx.one(SQL.find, (account, folder))
    return None if row is None else ReadSet(UUID(bytes=bytes(row[0])), bytes(row[1]))


def folders_with_read_sets(tx: Transaction, account: AccountId, replica: UUID) -> list[bytes]:
    """The keys of those of one public store."""
    return [bytes(row[0]) for row in tx.all(SQL.of_replica, (account, replica.bytes))]


def save_read_set(tx: Transaction, account: AccountId, folder: bytes, read: ReadSet, now: int) -> None:
    """In place of what was there; `LimitReached`."""
    tx.one(ACCOUNTS.lock, (account,))
    ((others,),) = tx.all(SQL.count_others, (account, folder))
    if others >= MAX_READ_SETS:
        raise LimitReached("The mailbox keeps the read messages of too many folders")
    tx.run(SQL.put, (account, folder, read.replica.bytes, read.changes, now))


def read_changes(tx: Transaction, account: AccountId, folder: FolderId) -> list[ModSeq]:
    """The last changes of a folder's messages that are marked as read, in no order."""
    return [ModSeq(row[0]) for row in tx.iterate(SQL.read_of_folder, (account, folder))]


def set_read_changes(tx: Transaction, account: AccountId, folder: FolderId, is_read: Callable[[ModSeq], bool]) -> None:
    """Mark the messages as read whose last changes are, and all others as not read."""
    read: list[int] = []
    unread: list[int] = []
    tx.one(ACCOUNTS.lock, (account,))
    for uid, change, flags in tx.iterate(SQL.states, (account, folder)):
        wanted = is_read(change)
        if wanted != bool(flags & Flag.SEEN):
            (read if wanted else unread).append(uid)
    for how, uids in ((How.ADD, read), (How.REMOVE, unread)):
        if uids:
            change_flags(tx, account, folder, from_numbers(uids), FlagChange(how, Flags(Flag.SEEN)))
