"""What is told of search folders: messages that they find, no longer find, or that have changed there – [MS-OXCNOTIF]
R119, R179 –, and how many there are then.

To who has registered for one, and to who has registered for the mailbox. Like a table, it looks when its client comes
for news or waits, once for all searches, and where something has changed: what that costs depends on how much it is,
not on how much there is. Searches that look into very much are begun while nobody waits (`Searches.look_unhurried`);
how many messages they find is told when they are done, and from then on what changes. A search that nobody asks about
is not done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from struct import pack
from typing import NamedTuple

from posthouse.model.ids import FolderId, MessageId
from posthouse.model.rights import Right
from posthouse.observe.logs import Logger
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.rops.notification_data import (
    NotificationData,
    ObjectCreated,
    ObjectDeleted,
    ObjectModified,
)
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.servers.mapi.folders.search_known import Difference, Found, Known
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.news import News
from posthouse.store.search_folders import load_search

from .events import WHOLE
from .subscription import NOTIFY, Told

MOST = 500
"""Messages of which something is told at once."""
MAX_CHANGED = 5_000
"""Messages of the mailbox of which it is known that they have changed, until the client comes."""
TYPES = Kind.OBJECT_CREATED | Kind.OBJECT_DELETED | Kind.OBJECT_MODIFIED
FOUND, COUNTED = Kind.S | Kind.M, Kind.OBJECT_MODIFIED | Kind.T | Kind.U
Where = tuple[FolderId, MessageId]
Finds = Mapping[MessageId, Found]
NOTHING: Finds = {}

log = Logger("mapi")


class _Heard(NamedTuple):
    """What a client knows of a search."""

    turn: int
    counts: tuple[int, int]
    """Messages, and those of them that are not read."""
    static: Finds = NOTHING
    """What a static one has found."""


class _New(NamedTuple):
    """What it does not know yet."""

    folder: FolderId
    differences: Sequence[Difference]
    changed: Sequence[Found]
    """What was found before, and is."""
    counts: tuple[int, int] | None
    """None: they are the same."""
    is_empty: bool


class SearchNews:
    __slots__ = (
        *("_awaited", "_begun", "_changed", "_folder", "_given_up", "_head"),
        *("_heard", "_logon", "_news", "_types", "_unhurried"),
    )

    def __init__(self, logon: Logon, news: News, folder: FolderId | None, types: int) -> None:
        """`folder` None: of the mailbox."""
        self._logon, self._news, self._folder, self._types = logon, news, folder, types
        self._head = b""
        self._heard: dict[FolderId, _Heard] = {}
        self._changed: set[Where] = set()
        self._begun: Set[FolderId] = frozenset()
        """Those that look for something else now."""
        self._awaited: set[FolderId] = set()
        """Those that take long."""
        self._given_up: set[FolderId] = set()
        """Those that take too long."""
        self._unhurried: asyncio.Task[None] | None = None

    async def begin(self, handle: int) -> None:
        """What they find now is known; news comes under this handle."""
        self._head = pack("<BIB", NOTIFY, handle, self._logon.logon_id)
        if self._folder is None:
            await self._logon.searches.take_up(self._logon)
        await self._look(self._folders())

    def _folders(self) -> Collection[FolderId]:
        return self._logon.searches.remembered(self._logon) if self._folder is None else (self._folder,)

    async def _look(self, folders: Collection[FolderId]) -> list[_New]:
        """What is new there; then it is known."""
        searches, found, left = self._logon.searches, list[_New](), set[FolderId]()
        before, changed = self._heard, self._changed
        self._heard, self._changed = {}, set()
        static = await searches.look(self._logon, folders)
        # nothing else is done until all others are compared
        for folder in sorted(set(folders) - static):
            known, heard = searches.known(self._logon, folder), before.get(folder)
            if known is None:
                continue
            if known.is_complete:
                self._heard[folder] = _Heard(known.turn, known.counts)
                found += self._compared(known, folder, heard, changed)
                self._given_up.discard(folder)
                continue
            left.add(folder)
            if heard is not None:
                self._heard[folder] = heard
        self._awaited = left
        self._go_on()
        for folder in sorted(static):
            finds = {one.message: one for one in await searches.found(self._logon, folder)}
            self._heard[folder] = now = _of_static(finds)
            if (heard := before.get(folder)) is not None:
                there = [finds[message] for _, message in changed if message in finds]
                found.append(_new(folder, _between(heard.static, finds), there, heard, now))
        return found

    def _compared(self, known: Known, folder: FolderId, before: _Heard | None, changed: Set[Where]) -> Iterator[_New]:
        now = self._heard[folder]
        if before is not None:
            there = [one for where in changed if (one := known.find(*where)) is not None]
            yield _new(folder, list(known.since(before.turn)), there, before, now)
        elif folder in self._awaited:
            yield _New(folder, (), (), now.counts, not known.total)

    def _go_on(self) -> None:
        """With what takes long."""
        folders = sorted(self._awaited - self._given_up)
        if folders and self._unhurried is None:
            self._unhurried = asyncio.create_task(self._look_unhurried(folders))

    async def _look_unhurried(self, folders: Sequence[FolderId]) -> None:
        try:
            await self._logon.searches.look_unhurried(self._logon, folders)
            self._given_up.update(folders)  # but for those that are done
            self._news.expect(self)
        except Exception as error:
            log.error("search not followed", error, account=self._logon.mailbox.account)
        finally:
            self._unhurried = None

    async def _is_there(self, folder: FolderId) -> bool:
        return await self._logon.store.read(load_search, self._logon.mailbox.account, folder) is not None

    async def _may_look(self, folder: FolderId) -> bool:
        """A guest may have had the right to, and lost it."""
        logon = self._logon
        return logon.mailbox.owner or bool(await logon.store.read(logon.rights_on, folder) & Right.READ)

    def on_events(self, told: Sequence[Told]) -> None:
        about = {(one.event.folder, one.event.message) for one in told if one.event.message != WHOLE}
        begun = {one.event.folder for one in told if one.event.kind is Kind.SEARCH_COMPLETED}
        self._begun |= begun if self._folder is None else begun & {self._folder}
        if not self._folders():
            about.clear()
        self._note_changed(about)
        if about or self._begun:
            self._news.expect(self)

    def _note_changed(self, about: Iterable[Where]) -> None:
        self._changed.update(islice(about, max(0, MAX_CHANGED - len(self._changed))))

    def close(self) -> None:
        self._news.dismiss(self)
        if self._unhurried is not None:
            self._unhurried.cancel()

    async def tell(self) -> None:
        heard, changed, begun, awaited = self._heard, self._changed, self._begun, self._awaited
        self._begun = frozenset()
        try:
            found = [new for new in await self._look({*self._folders(), *begun}) if await self._is_told(new)]
        except BaseException:  # also of a client that waits no longer: it hears of all this when it comes again
            self._heard, self._begun, self._awaited = heard, begun | self._begun, awaited | self._awaited
            self._note_changed(changed)
            raise
        for new in found:
            for one in self._news_of(new):
                self._news.notify(self._head + one.format())

    async def _is_told(self, new: _New) -> bool:
        if not (new.differences or new.changed or new.counts):
            return False
        return (not new.is_empty or await self._is_there(new.folder)) and await self._may_look(new.folder)

    def _news_of(self, new: _New) -> Iterator[NotificationData]:
        yield from islice(self._messages(new), MOST)
        if self._types & Kind.OBJECT_MODIFIED and new.counts is not None:
            yield ObjectModified(COUNTED, _id(new.folder), None, (), *new.counts)

    def _messages(self, new: _New) -> Iterator[NotificationData]:
        parent = _id(new.folder)
        if self._types & Kind.OBJECT_DELETED:
            for one in _sorted(one.before for one in new.differences if one.after is None):
                yield ObjectDeleted(Kind.OBJECT_DELETED | FOUND, _id(one.folder), _id(one.message), parent)
        if self._types & Kind.OBJECT_CREATED:
            for one in _sorted(one.after for one in new.differences if one.before is None):
                yield ObjectCreated(Kind.OBJECT_CREATED | FOUND, _id(one.folder), _id(one.message), parent)
        if self._types & Kind.OBJECT_MODIFIED:
            for one in _sorted(new.changed):
                yield ObjectModified(Kind.OBJECT_MODIFIED | FOUND, _id(one.folder), _id(one.message))


def _new(
    folder: FolderId, differences: Sequence[Difference], there: Iterable[Found], before: _Heard, now: _Heard
) -> _New:
    """`there`: what has changed and is found."""
    came = {one.after.message for one in differences if one.before is None and one.after is not None}
    counts = None if now.counts == before.counts else now.counts
    return _New(folder, differences, [one for one in there if one.message not in came], counts, now.counts == (0, 0))


def _of_static(finds: Finds) -> _Heard:
    return _Heard(0, (len(finds), sum(not one.seen for one in finds.values())), finds)


def _between(before: Finds, after: Finds) -> list[Difference]:
    return [Difference(before.get(one), after.get(one)) for one in before.keys() ^ after.keys()]


def _sorted(found: Iterable[Found | None]) -> list[Found]:
    return sorted((one for one in found if one is not None), key=lambda one: one.message)


def _id(number: int) -> ObjectId:
    return ObjectId(OWN_REPLICA, number)
