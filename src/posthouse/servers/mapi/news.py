"""News for the client of one session: it waits for them, and fetches them with its next Execute – [MS-OXCNOTIF] 3.1.4,
3.1.5.5 to 3.1.5.7.

News of messages and folders is queued as it is told. News of tables is made when the client comes for it or waits, so
that a table which nobody looks at costs nothing. The queue is bounded: of a client that does not fetch its news for
long the older half is forgotten, and of its tables it is told that they have changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from struct import pack
from typing import Protocol

from posthouse.protocols.mapi.rops.notification_data import NotificationFlags, TableEventType, TableModified
from posthouse.protocols.mapi.rops.transport import RopPending

from .errors import ErrorCode, RopError

MAX_NEWS = 1_000
MAX_BYTES = 256 * 1024
"""Of all news that waits to be fetched."""
MAX_LISTENERS = 1_000
"""Subscriptions and tables of which news is told."""
PENDING = RopPending(0).format()
"""There is one index for all: contexts are not linked."""


_TABLE_CHANGED = TableModified(NotificationFlags.TABLE_MODIFIED, TableEventType.TABLE_CHANGED).format()
_HEAD = 6
"""Bytes of a RopNotify before its data: whose it is."""


class Watched(Protocol):
    """A mailbox of which this client is told what happens."""

    async def look(self) -> None:
        """What has happened until now is told now."""


class Teller(Protocol):
    """Who has something to say, and says it when the client comes."""

    async def tell(self) -> None: ...


class News:
    """One session's. Many sessions do nothing for hours, so that it takes little while there is none."""

    __slots__ = (
        *("_queue", "_size", "_tellers", "_watched", "_woken"),
        *("at_work", "is_executing", "tells_own"),
    )

    def __init__(self) -> None:
        self.at_work = asyncio.Lock()
        """Held by whoever works on the session's objects: an Execute, or who tells of tables while the client waits."""
        self.is_executing = False
        """What happens now may be the client's own doing."""
        self.tells_own = False
        """Somebody must know which it is."""
        self._queue: list[bytes] = []
        self._size = 0
        self._tellers: dict[Teller, None] = {}
        self._watched: dict[Watched, int] = {}
        """How often each."""
        self._woken: asyncio.Future[None] | None = None
        """For who waits."""

    @asynccontextmanager
    async def executing(self) -> AsyncIterator[None]:
        """Around an Execute."""
        async with self.at_work:
            if self.tells_own:
                await self._look_at_watched()
            self.is_executing = True
            try:
                yield
            finally:
                self.is_executing = False

    # what is listened to
    def watch(self, mailbox: Watched) -> None:
        """Once more. ecTooManyOpenObjects."""
        if sum(self._watched.values()) >= MAX_LISTENERS:
            raise RopError(ErrorCode.ecTooManyOpenObjects)
        self._watched[mailbox] = self._watched.get(mailbox, 0) + 1

    def unwatch(self, mailbox: Watched) -> None:
        self._watched[mailbox] -= 1
        if not self._watched[mailbox]:
            del self._watched[mailbox]

    # what comes
    def notify(self, notification: bytes) -> None:
        """A RopNotify."""
        self._queue.append(notification)
        self._size += len(notification)
        if len(self._queue) > MAX_NEWS or self._size > MAX_BYTES:
            self._shorten()
        self._wake()

    def expect(self, teller: Teller) -> None:
        """It has something to say."""
        self._tellers[teller] = None
        self._wake()

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def dismiss(self, teller: Teller) -> None:
        """Nobody wants to hear it any more."""
        self._tellers.pop(teller, None)

    def forget(self, handle: int) -> None:
        """A client that has let go of something does not know its handle any more."""
        if self._queue:
            known = pack("<I", handle)
            self._put([one for one in self._queue if one[1:5] != known])

    def _shorten(self) -> None:
        tables = {one[:_HEAD]: one[:_HEAD] + _TABLE_CHANGED for one in self._queue if _is_of_table(one)}
        others = [one for one in self._queue if not _is_of_table(one)]
        self._put([*others[len(others) // 2 :], *tables.values()])

    def _put(self, queue: list[bytes]) -> None:
        self._queue = queue
        self._size = sum(map(len, queue))

    # the client comes
    async def look(self) -> None:
        """For what no hint has come of, and for what is told only now. Whoever calls has `at_work`."""
        await self._look_at_watched()
        await self._ask_tellers()

    async def _look_at_watched(self) -> None:
        for mailbox in tuple(self._watched):
            await mailbox.look()

    async def _ask_tellers(self) -> None:
        for teller in tuple(self._tellers):
            self.dismiss(teller)
            try:
                await teller.tell()
            except BaseException:
                self.expect(teller)
                raise

    def fetch(self, room: int) -> bytes:
        """The notifications that fit, and RopPending when there are more (R453902)."""
        out, taken = bytearray(), 0
        for one in self._queue:
            if len(out) + len(one) + len(PENDING) > room:
                break
            out += one
            taken += 1
        if taken:
            self._put(self._queue[taken:])
        if self._queue and len(out) + len(PENDING) <= room:
            out += PENDING
        return bytes(out)

    async def wait(self, seconds: float) -> bool:
        """False: nothing came in that time."""
        try:
            async with asyncio.timeout(seconds):
                async with self.at_work:
                    await self.look()
                while not self._queue:
                    await self._until_woken()
                    if not self._queue:
                        async with self.at_work:
                            await self._ask_tellers()
        except TimeoutError:
            return False
        return True

    async def _until_woken(self) -> None:
        if self._queue or self._tellers:
            return
        self._woken = woken = asyncio.get_running_loop().create_future()
        try:
            await woken
        finally:
            if self._woken is woken:  # nobody else waits by now
                self._woken = None


def _is_of_table(notification: bytes) -> bool:
    flags = int.from_bytes(notification[_HEAD : _HEAD + 2], "little")
    return bool(flags & NotificationFlags.TABLE_MODIFIED)
