"""The store as the rooms above meet it: its doors, its blobs, its hints, and the sweeping behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Concatenate, ParamSpec, TypeVar

from posthouse.database import Database, Transaction
from posthouse.database.hints import Hints
from posthouse.database.migrations import Room
from posthouse.model.ids import AccountId, ContentId
from posthouse.store.blobs import Blobs, Buffer
from posthouse.store.content import blob_names, is_sweeping_paused, locate_content, sweep
from posthouse.store.deletion import purge_deleted
from posthouse.store.intake import Intake
from posthouse.store.readers import ReaderDoors
from posthouse.store.shares import Shares

P = ParamSpec("P")
T = TypeVar("T")

ROOM = Room("store", __package__)

ORPHAN_SECONDS = 86_400
"""A blob that no row names is garbage at this age: until then its message may still be on its way in."""
RECOVERABLE_SECONDS = 14 * 86_400
"""What a MAPI client has deleted can be recovered for so long."""


@dataclass
class Store:
    """One for a worker. Operations are the functions of this room, run through the doors:

    await store.write(append, account, folder, new, now)
    """

    database: Database
    blobs: Blobs
    hints: Hints
    clock: Callable[[], float] = time.time
    reader: AccountId | None = None
    """Whose read state public folders have, and whose share of the scans is used; None: nobody's."""
    _shares: Shares = field(default_factory=Shares, repr=False)

    def __post_init__(self) -> None:
        doors: Database | ReaderDoors = self.database
        if self.reader is not None:
            doors = ReaderDoors(self.database, self.reader, self._shares.of(self.reader))
        self.read, self.scan, self._write = doors.read, doors.scan, doors.write
        self.database.on_commit = self.hints.publish

    def as_seen_by(self, reader: AccountId) -> Store:
        """The same store, for whoever works in the name of this account."""
        return replace(self, reader=reader)

    async def write(self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns when it is on disk; by then the hints of the change are published too."""
        return await self._write(fn, *args, **kwargs)

    def now(self) -> int:
        """Seconds since 1970."""
        return int(self.clock())

    async def open_blob(self, name: str) -> Buffer:
        """Where it must be fetched first, the loop does not wait for it."""
        if self.blobs.is_near(name):
            return self.blobs.open(name)
        return await asyncio.to_thread(self.blobs.open, name)

    async def open_content(self, content: ContentId) -> Buffer:
        """All bytes of a message, as `content.open_content` gives them to whom it doesn't matter how long it takes."""
        blob, body = await self.read(locate_content, content)
        return await self.open_blob(blob) if blob else body

    def intake(self, limit: int = 0) -> Intake:
        """For one message on its way in."""
        return Intake(self.blobs, limit)

    def subscribe(self, account: AccountId, listener: Callable[..., None]) -> Callable[[], None]:
        return self.hints.subscribe(account, listener)

    async def sweep(self) -> int:
        """Delete contents that nobody has any more, with their blobs; how many were looked at."""
        await self.write(purge_deleted, self.now() - RECOVERABLE_SECONDS)
        looked_at, blobs = await self.write(sweep, self.now())
        await asyncio.to_thread(self._remove, blobs)
        return looked_at

    async def sweep_blobs(self) -> int:
        """Delete blobs that no row names and that are too old to be on their way in; how many. For once a day: it looks
        at every blob."""
        before = self.clock() - ORPHAN_SECONDS
        if await self.read(is_sweeping_paused, self.now()):
            return 0
        old = await asyncio.to_thread(lambda: [name for name, sealed in self.blobs.names() if sealed < before])
        named = await self.scan(blob_names)
        orphans = [name for name in old if name not in named]
        await asyncio.to_thread(self._remove, orphans)
        return len(orphans) + await asyncio.to_thread(self.blobs.remove_unfinished, before)

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            self.blobs.remove(name)

    def close(self) -> None:
        self.hints.close()
        self.database.close()
