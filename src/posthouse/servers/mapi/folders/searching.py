"""What search folders find. A search is done when somebody looks, and what it found is remembered: the next look sees
what has changed since, by the change counter, and judges nothing but that.

A static search is done once, and kept in the store.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Collection, Iterable
from contextlib import AsyncExitStack, suppress
from time import thread_time
from typing import TypeVar

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.restriction_texts import tags_of
from posthouse.protocols.mapi.restrictions import Direction, SortOrder
from posthouse.protocols.mapi.rops.folder import SearchRequestFlags
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.people import People
from posthouse.servers.mapi.tables.selection import Wanted
from posthouse.store.accounts import highest_modseq
from posthouse.store.search_folders import Search, keep_found, load_search

from .criteria import restriction_of
from .search_known import Found, Known
from .search_looking import Room, is_followed, look, other_searches, still_found

T = TypeVar("T")

REMEMBERED = 500_000
"""Messages, of all searches of a worker: those that were looked at longest ago are forgotten first."""
PIECE = AT_ONCE = 5_000
"""Messages that are judged in one go when nobody waits, and while somebody does."""
PAUSE, EFFORT = 3, 60.0
"""How many times as long as that took is paused then; seconds of CPU after which it is given up."""
_WITH_READ_STATE = (SortOrder(tags.PidTagRead, Direction.ASCENDING),)
"""Of each message that a search looks at, it is asked whether it is read."""


_Whose = tuple[AccountId, AccountId, FolderId]
"""Who looks, in which mailbox, into which folder: rights differ."""


def _whose(logon: Logon, folder: FolderId) -> _Whose:
    return logon.access.account, logon.mailbox.account, folder


class Searches:
    """Of one worker."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._unhurried = asyncio.Lock()
        """One such look at a time."""
        self._known: OrderedDict[_Whose, Known] = OrderedDict()
        self._folders: dict[tuple[AccountId, AccountId], set[FolderId]] = {}
        """The same, by who looks into which mailbox."""

    async def found(self, logon: Logon, folder: FolderId) -> list[Found]:
        """By folders; nothing when it looks for nothing yet, or is no search folder any more."""
        search = await logon.store.read(load_search, logon.mailbox.account, folder)
        if search is None or not is_followed(search):
            self._drop(_whose(logon, folder))
            return await logon.store.scan(still_found, logon, search.found or ()) if search is not None else []
        known = self._of(_whose(logon, folder), search)
        async with known.lock:
            await self._look(logon, [known])
            known.running = False
        self._forget()
        return known.all()

    async def look(self, logon: Logon, folders: Iterable[FolderId]) -> set[FolderId]:
        """For all that search there, at once; what takes long is left (`look_unhurried`). Which of them are static."""
        account, searches, static = logon.mailbox.account, list[Known](), set[FolderId]()
        for folder in sorted(folders):  # in order: others may do the same
            search = await logon.store.read(load_search, account, folder)
            if search is not None and is_followed(search):
                searches.append(self._of(_whose(logon, folder), search))
            elif search is not None and search.found is not None:
                static.add(folder)
        async with AsyncExitStack() as locks:
            for known in searches:
                await locks.enter_async_context(known.lock)
            await self._look(logon, searches, Room(AT_ONCE))
        self._forget()
        return static

    async def look_unhurried(self, logon: Logon, folders: Iterable[FolderId]) -> None:
        """What takes long: in pieces, so that others have most of the machine. Nothing else is forgotten for it."""
        left = EFFORT
        for folder in folders:
            while left > 0 and (known := self.known(logon, folder)) is not None and not known.is_complete:
                async with self._unhurried:
                    async with known.lock:
                        took = await self._look(logon, [known], Room(PIECE, in_pieces=True))
                    await asyncio.sleep(PAUSE * took)
                left -= took
                if self._total() > REMEMBERED:
                    self._drop(_whose(logon, folder))
                    return

    async def take_up(self, logon: Logon) -> None:
        """Also those which nobody has begun or looked at here: somebody wants to hear of the whole mailbox."""
        known = tuple(self.remembered(logon))
        for folder, search in await logon.store.scan(other_searches, logon, known):
            self._of(_whose(logon, folder), search)

    def known(self, logon: Logon, folder: FolderId) -> Known | None:
        """What it had found when somebody last looked; None: nobody has, or it is not remembered."""
        return self._known.get(_whose(logon, folder))

    def remembered(self, logon: Logon) -> Collection[FolderId]:
        """Folders whose searches somebody has begun, taken up or looked at, as this client would look."""
        return self._folders.get((logon.access.account, logon.mailbox.account), ())

    async def begin(self, logon: Logon, folder: FolderId, search: Search) -> None:
        """A static one is done at once, and never again."""
        if SearchRequestFlags.STATIC_SEARCH not in SearchRequestFlags(search.flags):
            self._of(_whose(logon, folder), search).running = True
            return
        known = Known(search)
        await self._look(logon, [known])
        ids = sorted(one.message for one in known.all())
        await logon.store.write(keep_found, logon.mailbox.account, folder, search, ids)

    def stop(self, logon: Logon, folder: FolderId) -> None:
        """It is as good as done: whoever looks finds all that there is."""
        known = self._known.get(_whose(logon, folder))
        if known is not None:
            known.running = False

    async def finish(self, logon: Logon, folder: FolderId, search: Search) -> bool:
        """Whether it was still to be done for who has begun it; then it is now."""
        known = self._known.get(_whose(logon, folder))
        if known is None or known.search.modseq != search.modseq or not known.running:
            return False
        await self.found(logon, folder)
        return True

    def _of(self, whose: _Whose, search: Search) -> Known:
        known = self._known.get(whose)
        if known is None or known.search.modseq != search.modseq:
            known = self._known[whose] = Known(search) if known is None else known.anew(search)
            self._folders.setdefault(whose[:2], set()).add(whose[2])
        self._known.move_to_end(whose)
        return known

    def _forget(self) -> None:
        total = self._total()
        while total > REMEMBERED and len(self._known) > 1:
            total -= self._drop(next(iter(self._known)))

    def _total(self) -> int:
        return sum(map(len, self._known.values()))

    def _drop(self, whose: _Whose) -> int:
        """How many messages it had found."""
        known = self._known.pop(whose, None)
        if known is None:
            return 0
        folders = self._folders[whose[:2]]
        folders.remove(whose[2])
        if not folders:
            del self._folders[whose[:2]]
        return len(known)

    async def _look(self, logon: Logon, searches: Iterable[Known], room: Room | None = None) -> float:
        """At what is new since the last time. Seconds of CPU."""
        now = await logon.store.read(highest_modseq, logon.mailbox.account)
        # rights of others may come and go without a change
        owner = logon.mailbox.owner
        behind = [known for known in searches if known.modseq != now or not owner or not known.is_complete]
        for known in behind:
            if known.wanted is None:
                known.wanted = await _wanted(logon, known.search)
        if not behind:
            return 0.0
        return await _to_its_end(logon.store.scan(_look, logon, self._people, behind, room or Room()))


async def _to_its_end(scan: Awaitable[T]) -> T:
    """Also for whoever is cancelled: a thread works on what they hold locked."""
    scanning = asyncio.ensure_future(scan)
    try:
        return await asyncio.shield(scanning)
    except asyncio.CancelledError:
        while not scanning.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([scanning])
        if not scanning.cancelled():
            scanning.exception()  # of no interest any more
        raise


def _look(tx: Transaction, logon: Logon, people: People, searches: Iterable[Known], room: Room) -> float:
    begun = thread_time()
    look(tx, logon, people, searches, room)
    return thread_time() - begun


async def _wanted(logon: Logon, search: Search) -> Wanted:
    restriction = restriction_of(search)
    ids = sorted({tag.id for tag in tags_of(restriction)})
    keys = dict(zip(ids, await logon.names.keys_of(ids), strict=True))
    names = {number: key for number, key in keys.items() if key is not None}
    return Wanted(_WITH_READ_STATE, restriction=restriction, names=names)
