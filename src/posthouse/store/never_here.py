"""What a client has deleted, or will not use, although it was never in a folder – [MS-OXCFXICS] 3.2.5.9.4.5,
3.2.5.9.4.8.

It is not to come back when another client brings it. So are folders that went for good, and of messages what their
tombstones do not tell: associated ones, and those that another replica has named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ranges import Ranges, from_numbers, normalise

SQL = Queries(__package__, "never_here.sql")

OF_FOLDERS = FolderId(0)
"""In place of a folder: folders, wherever they would have been."""
OWN = b""
"""The replica of the mailbox itself; others have their GUID."""
GID = 22
"""Bytes of a name that a replica has given: its GUID and a counter."""
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


def note_keys_never_here(tx: Transaction, account: AccountId, folder: FolderId, keys: Iterable[bytes]) -> None:
    """Names that other replicas have given; what is no GID can come from nowhere (R2219)."""
    counters: dict[bytes, set[int]] = defaultdict(set)
    for key in keys:
        if len(key) == GID:
            counters[key[:16]].add(counter_of_key(key))
    for replica, found in counters.items():
        note_never_here(tx, account, folder, from_numbers(sorted(found)), replica)


def counter_of_key(key: bytes) -> int:
    return int.from_bytes(key[16:], "big")


def has_room(tx: Transaction, account: AccountId, folder: FolderId) -> bool:
    """For what a client wants to be noted."""
    [(count,)] = tx.all(SQL.count, (account, folder))
    return bool(count < MOST)


def is_never_here(tx: Transaction, account: AccountId, folder: FolderId, counter: int, replica: bytes = OWN) -> bool:
    return tx.one(SQL.find, (account, folder, replica, counter, counter)) is not None


def forget_never_here(tx: Transaction, account: AccountId, folder: FolderId) -> None:
    """Of a folder that goes away."""
    tx.run(SQL.forget_folder, (account, folder))
