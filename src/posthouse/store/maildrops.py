"""A maildrop is one POP3 session's at a time – RFC 1939 §4: its lock, between all workers.

    locks = open_maildrops(store)                   # one a worker
    lock = await locks.take(account, "w0/17")       # or InUse
    await lock.prolong()                            # now and then: cheap
    await lock.release()

On SQLite all workers are on one machine: the lock is the kernel's, on one byte of a file, and ends with its process. On
PostgreSQL it is a row with an end in time, which a living session puts off.
"""

from __future__ import annotations

import fcntl
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from posthouse.database.sqlite import SqliteDatabase
from posthouse.model.ids import AccountId
from posthouse.model.refusals import InUse, Refusal
from posthouse.store.accounts import lock_maildrop, unlock_maildrop
from posthouse.store.store import Store

LEASE = 120
"""Seconds for which a row locks: so long a worker's death is felt."""


class LockLost(Exception):
    """The maildrop is another session's: ours was out of touch for longer than its lock held."""


class MaildropLock(Protocol):
    async def prolong(self) -> None:
        """Hold it for longer, where that is needed. `LockLost` if it is too late."""

    async def release(self) -> None: ...


class Maildrops(Protocol):
    async def take(self, account: AccountId, holder: str) -> MaildropLock:
        """`InUse` while another session has it. `holder` is a name that nobody else has."""

    def close(self) -> None: ...


def open_maildrops(store: Store) -> Maildrops:
    database = store.database
    if isinstance(database, SqliteDatabase) and hasattr(fcntl, "F_OFD_SETLK"):
        return KernelLocks(database.path.with_name(database.path.name + "-maildrops"))
    return RowLocks(store)


class KernelLocks:
    """Of an open file description: they exclude other workers, and not ourselves, so who has which is kept too."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._ours: set[AccountId] = set()

    async def take(self, account: AccountId, holder: str) -> MaildropLock:
        if account in self._ours:
            raise InUse
        try:
            self._set(account, fcntl.F_WRLCK)
        except BlockingIOError:
            raise InUse from None
        self._ours.add(account)
        return _KernelLock(self, account)

    def release(self, account: AccountId) -> None:
        if account in self._ours:
            self._ours.discard(account)
            self._set(account, fcntl.F_UNLCK)

    def _set(self, account: AccountId, kind: int) -> None:
        """`struct flock` for one byte, at the account's number."""
        fcntl.fcntl(self._fd, fcntl.F_OFD_SETLK, struct.pack("hhqqi0q", kind, os.SEEK_SET, account, 1, 0))

    def close(self) -> None:
        os.close(self._fd)


@dataclass(frozen=True)
class _KernelLock:
    locks: KernelLocks
    account: AccountId

    async def prolong(self) -> None:
        """It holds as long as we live."""

    async def release(self) -> None:
        self.locks.release(self.account)


@dataclass(frozen=True)
class RowLocks:
    store: Store

    async def take(self, account: AccountId, holder: str) -> MaildropLock:
        now = self.store.now()
        await self.store.write(lock_maildrop, account, holder, now, LEASE)
        return _RowLock(self.store, account, holder, now + LEASE)

    def close(self) -> None:
        """Nothing is held but rows."""


@dataclass
class _RowLock:
    store: Store
    account: AccountId
    holder: str
    until: int

    async def prolong(self) -> None:
        now = self.store.now()
        if self.until - now >= LEASE / 2:
            return
        try:
            await self.store.write(lock_maildrop, self.account, self.holder, now, LEASE)
        except InUse:
            raise LockLost("another session has the maildrop") from None
        except Refusal:  # the store is away: what is left of the time still counts
            return
        self.until = now + LEASE

    async def release(self) -> None:
        await self.store.write(unlock_maildrop, self.account, self.holder)
