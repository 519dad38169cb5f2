"""The maildrop of a session – RFC 1939 §4 to §6: the INBOX as it was at login, locked against other POP3 sessions.

Sizes and UIDs are arrays of a few bytes a message; a message's bytes are read when they are asked for. Nothing is
deleted before QUIT, and then all of it in one transaction.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from posthouse.database import Transaction
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, UidValidity
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import InUse, Refusal
from posthouse.store.accounts import lock_maildrop, unlock_maildrop
from posthouse.store.blobs import Buffer
from posthouse.store.content import open_content
from posthouse.store.flags import change_flags
from posthouse.store.folders import INBOX, load_folder
from posthouse.store.messages import remove
from posthouse.store.reading import rows
from posthouse.store.store import Store

LEASE = 120
"""Seconds for which the lock is taken: so long a worker's death is felt. It is prolonged while the session lives."""
FEW = 1000
"""Up to so many messages are listed in place, more in a thread."""
PIECE = 10_000
MAX_UID = 0xFFFFFFFF

SEEN = FlagChange(How.ADD, Flags(Flag.SEEN))


class LockLost(Exception):
    """The maildrop is another session's: ours was out of touch for longer than its lock held."""


@dataclass
class Maildrop:
    store: Store
    account: AccountId
    holder: str
    uid_validity: UidValidity
    uids: array[int]
    sizes: array[int]
    locked_until: int
    deleted: set[int] = field(default_factory=set)
    """Message numbers, from 1."""
    retrieved: set[int] = field(default_factory=set)

    @classmethod
    async def open(cls, store: Store, account: AccountId, holder: str) -> Maildrop:
        """Locked, then read; `InUse` when another session has it."""
        now = store.now()
        await store.write(lock_maildrop, account, holder, now, LEASE)
        try:
            inbox = await store.read(load_folder, account, INBOX)
            uids, sizes = await (store.read if inbox.total <= FEW else store.scan)(_listing, account)
        except BaseException:
            await store.write(unlock_maildrop, account, holder)
            raise
        return cls(store, account, holder, inbox.uid_validity, uids, sizes, now + LEASE)

    def __len__(self) -> int:
        return len(self.uids)

    def has(self, number: int) -> bool:
        return number <= len(self.uids) and number not in self.deleted

    def left(self) -> Iterator[int]:
        """Numbers of the messages that are not marked as deleted."""
        deleted = self.deleted
        return (number for number in range(1, len(self.uids) + 1) if number not in deleted)

    def size(self, number: int) -> int:
        return self.sizes[number - 1]

    def totals(self) -> tuple[int, int]:
        gone = sum(self.sizes[number - 1] for number in self.deleted)
        return len(self.uids) - len(self.deleted), sum(self.sizes) - gone

    def unique_id(self, number: int) -> bytes:
        """The same for ever: UIDVALIDITY and UID are never used again, and come along in backups."""
        return b"%08x%08x" % (self.uid_validity, self.uids[number - 1])

    async def message(self, number: int) -> Buffer | None:
        """Its bytes; None when another client has expunged it meanwhile."""
        return await self.store.read(_message, self.store, self.account, self.uids[number - 1])

    async def prolong(self) -> None:
        """Hold the lock for longer, when half of its time is over. `LockLost` if it was too late."""
        now = self.store.now()
        if self.locked_until - now >= LEASE / 2:
            return
        try:
            await self.store.write(lock_maildrop, self.account, self.holder, now, LEASE)
        except InUse:
            raise LockLost("another session has the maildrop") from None
        except Refusal:  # the store is away: what is left of the time still counts
            return
        self.locked_until = now + LEASE

    async def update(self, *, mark_seen: bool) -> bool:
        """The UPDATE state: remove what is marked, unlock. False when some of it was gone already."""
        doomed = from_numbers(sorted(self.uids[number - 1] for number in self.deleted))
        seen = from_numbers(sorted(self.uids[number - 1] for number in self.retrieved - self.deleted))
        return await self.store.write(_update, self, doomed, seen if mark_seen else ())

    async def release(self) -> None:
        """Without UPDATE: the connection was lost."""
        await self.store.write(unlock_maildrop, self.account, self.holder)


def _listing(tx: Transaction, account: AccountId) -> tuple[array[int], array[int]]:
    """UID and size of every message."""
    uids, sizes, low = array("I"), array("Q"), 1
    while piece := rows(tx, account, INBOX, low, MAX_UID, ("uid", "size"), PIECE):
        uids.extend([row[0] for row in piece])
        sizes.extend([row[1] for row in piece])
        low = uids[-1] + 1
        if len(piece) < PIECE:
            break
    return uids, sizes


def _message(tx: Transaction, store: Store, account: AccountId, uid: int) -> Buffer | None:
    found = rows(tx, account, INBOX, uid, uid, ("content_id", "body"), 1)
    if not found:
        return None
    content, body = found[0]
    return open_content(tx, store.blobs, content) if body is None else bytes(body)


def _update(
    tx: Transaction, drop: Maildrop, doomed: tuple[tuple[int, int], ...], seen: tuple[tuple[int, int], ...]
) -> bool:
    gone = remove(tx, drop.account, INBOX, doomed) if doomed else doomed
    if seen:
        change_flags(tx, drop.account, INBOX, seen, SEEN)
    unlock_maildrop(tx, drop.account, drop.holder)
    return sum(high - low + 1 for low, high in gone) == len(drop.deleted)
