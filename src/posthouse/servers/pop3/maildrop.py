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
from posthouse.model.ranges import Ranges, from_numbers
from posthouse.store.blobs import Buffer
from posthouse.store.flags import change_flags
from posthouse.store.folders import INBOX, load_folder
from posthouse.store.maildrops import MaildropLock, Maildrops
from posthouse.store.messages import remove
from posthouse.store.reading import rows
from posthouse.store.store import Store

FEW = 1000
"""Up to so many messages are listed in place, more in a thread."""
PIECE = 10_000
MAX_UID = 0xFFFFFFFF

SEEN = FlagChange(How.ADD, Flags(Flag.SEEN))


@dataclass
class Maildrop:
    store: Store
    account: AccountId
    lock: MaildropLock
    uid_validity: UidValidity
    uids: array[int]
    sizes: array[int]
    deleted: set[int] = field(default_factory=set)
    """Message numbers, from 1."""
    retrieved: set[int] = field(default_factory=set)

    @classmethod
    async def open(cls, store: Store, locks: Maildrops, account: AccountId, holder: str) -> Maildrop:
        """Locked, then read; `InUse` when another session has it."""
        lock = await locks.take(account, holder)
        try:
            inbox = await store.read(load_folder, account, INBOX)
            uids, sizes = await (store.read if inbox.total <= FEW else store.scan)(_listing, account)
        except BaseException:
            await lock.release()
            raise
        return cls(store, account, lock, inbox.uid_validity, uids, sizes)

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
        found = await self.store.read(_locate, self.account, self.uids[number - 1])
        if found is None:
            return None
        blob, body = found
        return await self.store.open_blob(blob) if blob else body

    async def update(self, *, mark_seen: bool) -> bool:
        """The UPDATE state: remove what is marked. False when some of it was gone already."""
        seen = self.retrieved - self.deleted if mark_seen else set[int]()
        if not self.deleted and not seen:
            return True
        return await self.store.write(_update, self.account, self._uids(self.deleted), self._uids(seen))

    def _uids(self, numbers: set[int]) -> Ranges:
        return from_numbers(sorted(self.uids[number - 1] for number in numbers))


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


def _locate(tx: Transaction, account: AccountId, uid: int) -> tuple[str, bytes] | None:
    """The name of its blob, or its bytes."""
    found = rows(tx, account, INBOX, uid, uid, ("blob", "body"), 1)
    if not found:
        return None
    blob, body = found[0]
    return blob or "", bytes(body or b"")


def _update(tx: Transaction, account: AccountId, doomed: Ranges, seen: Ranges) -> bool:
    gone = remove(tx, account, INBOX, doomed) if doomed else doomed
    if seen:
        change_flags(tx, account, INBOX, seen, SEEN)
    return _count(gone) == _count(doomed)


def _count(ranges: Ranges) -> int:
    return sum(high - low + 1 for low, high in ranges)
