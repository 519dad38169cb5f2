"""What a client has deleted, or will not use, although it was never in a folder – [MS-OXCFXICS] 3.2.5.9.4.5,
3.2.5.9.4.8.

It is not to come back when another client brings it. So are folders that went for good; messages have tombstones.
"""

from __future__ import annotations

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ranges import Ranges, normalise

SQL = Queries(__package__, "never_here.sql")

OF_FOLDERS = FolderId(0)
"""In place of a folder: folders, wherever they would have been."""
OWN = b""
"""The replica of the mailbox itself; others have their GUID."""
MOST = 10_000
"""Ranges in one place."""


def note_never_here(
    tx: Transaction, account: AccountId, folder: FolderId, ranges: Ranges, replica: bytes = OWN
) -> None:
    """Counters of a replica; ranges that touch each other become one (3.1.5.5)."""
    where = (account, folder, replica)
    for low, high in ranges:
        touched = tx.all(SQL.touched, (*where, high + 1, low - 1))
        tx.many(SQL.forget, [(*where, known) for known, _ in touched])
        [joined] = normalise([(low, high), *touched])
        tx.run(SQL.insert, (*where, *joined))


def has_room(tx: Transaction, account: AccountId, folder: FolderId) -> bool:
    """For what a client wants to be noted."""
    [(count,)] = tx.all(SQL.count, (account, folder))
    return bool(count < MOST)


def is_never_here(tx: Transaction, account: AccountId, folder: FolderId, counter: int, replica: bytes = OWN) -> bool:
    return tx.one(SQL.find, (account, folder, replica, counter, counter)) is not None


def forget_never_here(tx: Transaction, account: AccountId, folder: FolderId) -> None:
    """Of a folder that goes away."""
    tx.run(SQL.forget_folder, (account, folder))
