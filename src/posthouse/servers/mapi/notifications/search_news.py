"""What is told of search folders: messages that they find, no longer find, or that have changed there – [MS-OXCNOTIF]
R119, R179 –, and how many there are then.

To who has registered for one, and to who has registered for the mailbox: of those that somebody has begun or looked at,
and of others that look into few messages. Like a table, it looks when its client comes for news or waits, once for all
searches, and where something has changed. A search that nobody asks about is not done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from itertools import islice
from struct import pack
from typing import NamedTuple

from posthouse.model.ids import FolderId, MessageId
from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.rops.notification_data import (
    NotificationData,
    ObjectCreated,
    ObjectDeleted,
    ObjectModified,
)
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.servers.mapi.folders.search_looking import Found
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.news import News
from posthouse.store.search_folders import load_search

from .events import WHOLE
from .subscription import NOTIFY, Told

MOST = 500
"""Messages of which something is told at once."""
LARGE = 5_000
"""Messages: searches that find more are not followed for who has registered for the mailbox."""
TYPES = Kind.OBJECT_CREATED | Kind.OBJECT_DELETED | Kind.OBJECT_MODIFIED
FOUND, COUNTED = Kind.S | Kind.M, Kind.OBJECT_MODIFIED | Kind.T | Kind.U
Finds = Mapping[MessageId, Found]


class _Heard(NamedTuple):
    """What a client knows a search to have found."""

    turn: int | None
    finds: Finds


class SearchNews:
    __slots__ = ("_begun", "_changed", "_folder", "_head", "_known", "_logon", "_news", "_types")

    def __init__(self, logon: Logon, news: News, folder: FolderId | None, types: int) -> None:
        """`folder` None: of the mailbox."""
        self._logon, self._news, self._folder, self._types = logon, news, folder, types
        self._head = b""
        self._known: dict[FolderId, _Heard] = {}
        self._changed: Set[MessageId] = frozenset()
        self._begun: Set[FolderId] = frozenset()
        """Those that look for something else now."""

    async def begin(self, handle: int) -> None:
        """What they find now is known; news comes under this handle."""
        self._head = pack("<BIB", NOTIFY, handle, self._logon.logon_id)
        if self._folder is None:
            await self._logon.searches.take_up(self._logon)
        self._known = await self._look(self._folders())

    def _folders(self) -> Collection[FolderId]:
        return self._logon.searches.remembered(self._logon) if self._folder is None else (self._folder,)

    async def _look(self, folders: Collection[FolderId]) -> dict[FolderId, _Heard]:
        folders = sorted(folders)
        await self._logon.searches.look(self._logon, folders)
        return {folder: await self._found(folder) for folder in folders}

    async def _found(self, folder: FolderId) -> _Heard:
        """The same as before when nothing has changed."""
        searches, before = self._logon.searches, self._known.get(folder)
        known = searches.known(self._logon, folder)
        if known is not None and before is not None and known.turn == before.turn:
            return before
        if known is not None and self._folder is None and len(known) > LARGE:
            return _Heard(known.turn, {})
        found = await searches.found(self._logon, folder)
        known = searches.known(self._logon, folder)
        return _Heard(None if known is None else known.turn, {one.message: one for one in found})

    async def _is_there(self, folder: FolderId) -> bool:
        return await self._logon.store.read(load_search, self._logon.mailbox.account, folder) is not None

    async def _may_look(self, folder: FolderId) -> bool:
        """A guest may have had the right to, and lost it."""
        logon = self._logon
        return logon.mailbox.owner or bool(await logon.store.read(logon.rights_on, folder) & Right.READ)

    def on_events(self, told: Sequence[Told]) -> None:
        about = {one.event.message for one in told if one.event.message != WHOLE} if self._folders() else set()
        begun = {one.event.folder for one in told if one.event.kind is Kind.SEARCH_COMPLETED}
        self._begun |= begun if self._folder is None else begun & {self._folder}
        self._changed |= {message for known in self._known.values() for message in about & known.finds.keys()}
        if about or self._begun:
            self._news.expect(self)

    def close(self) -> None:
        self._news.dismiss(self)

    async def tell(self) -> None:
        changed, begun = self._changed, self._begun
        self._changed, self._begun = frozenset(), frozenset()
        after = await self._look({*self._folders(), *begun})
        for folder, now in after.items():
            before = self._known.get(folder)
            if before is None or (before is now and changed.isdisjoint(now.finds)):
                continue
            if (now.finds or await self._is_there(folder)) and await self._may_look(folder):
                for one in self._news_of(folder, before.finds, now.finds, changed):
                    self._news.notify(self._head + one.format())
        self._known = after

    def _news_of(
        self, folder: FolderId, known: Finds, found: Finds, changed: Set[MessageId]
    ) -> Iterator[NotificationData]:
        yield from islice(self._messages(_id(folder), known, found, changed), MOST)
        if self._types & Kind.OBJECT_MODIFIED and _counts(known) != _counts(found):
            yield ObjectModified(COUNTED, _id(folder), None, (), *_counts(found))

    def _messages(
        self, parent: ObjectId, known: Finds, found: Finds, changed: Set[MessageId]
    ) -> Iterator[NotificationData]:
        if self._types & Kind.OBJECT_DELETED:
            for gone in sorted(known.keys() - found.keys()):
                yield ObjectDeleted(Kind.OBJECT_DELETED | FOUND, _id(known[gone].folder), _id(gone), parent)
        if self._types & Kind.OBJECT_CREATED:
            for new in sorted(found.keys() - known.keys()):
                yield ObjectCreated(Kind.OBJECT_CREATED | FOUND, _id(found[new].folder), _id(new), parent)
        if self._types & Kind.OBJECT_MODIFIED:
            for one in sorted(changed & known.keys() & found.keys()):
                yield ObjectModified(Kind.OBJECT_MODIFIED | FOUND, _id(found[one].folder), _id(one))


def _counts(found: Finds) -> tuple[int, int]:
    """All messages, and those that are not read."""
    return len(found), sum(not one.seen for one in found.values())


def _id(number: int) -> ObjectId:
    return ObjectId(OWN_REPLICA, number)
