"""What is told of a search folder to who has registered for it: messages that it finds, no longer finds, or that have
changed there – [MS-OXCNOTIF] R119, R179 –, and how many there are then.

Like a table, it looks when its client comes for news or waits. A search that nobody asks about is not done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from struct import pack

from posthouse.model.ids import FolderId, MessageId
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.rops.notification_data import (
    NotificationData,
    ObjectCreated,
    ObjectDeleted,
    ObjectModified,
)
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.servers.mapi.folders.searching import Found
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.news import News

from .events import WHOLE
from .subscription import NOTIFY, Rights, Told

MOST = 500
"""Messages of which something is told at once."""
FOUND, COUNTED = Kind.S | Kind.M, Kind.OBJECT_MODIFIED | Kind.T | Kind.U
Finds = Mapping[MessageId, Found]


class SearchNews:
    def __init__(self, logon: Logon, news: News, folder: FolderId, types: int) -> None:
        self.logon = logon
        self._news, self._folder, self._types = news, folder, types
        self._head = b""
        self._known: Finds = {}
        """What the client knows it to have found."""
        self._changed: set[MessageId] = set()

    async def begin(self, handle: int) -> None:
        """What it finds now is known; news comes under this handle."""
        self._head = pack("<BIB", NOTIFY, handle, self.logon.logon_id)
        self._known = await self._find()

    async def _find(self) -> Finds:
        return {one.message: one for one in await self.logon.searches.found(self.logon, self._folder)}

    def on_events(self, told: Sequence[Told], rights: Rights) -> None:
        about = {one.event.message for one in told if one.event.message != WHOLE}
        if about:
            self._changed |= about & self._known.keys()
            self._news.expect(self)

    def close(self) -> None:
        self._news.dismiss(self)

    async def tell(self) -> None:
        found = await self._find()
        known, changed = self._known, self._changed
        self._known, self._changed = found, set()
        told: list[NotificationData] = [*islice(self._data(known, found, changed), MOST)]
        if self._types & Kind.OBJECT_MODIFIED and _counts(known) != _counts(found):
            told.append(ObjectModified(COUNTED, _id(self._folder), None, (), *_counts(found)))
        for one in told:
            self._news.notify(self._head + one.format())

    def _data(self, known: Finds, found: Finds, changed: set[MessageId]) -> Iterator[NotificationData]:
        parent = _id(self._folder)
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
