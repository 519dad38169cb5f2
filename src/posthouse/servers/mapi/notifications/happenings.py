"""From what has changed in the store to what has happened in a mailbox.

That a message was moved, two changes of the store tell together: as many came to one folder as went, with the very next
change, from another. A copy has the content and the date of a message that was there before. Where more has happened
since than these tell, what was moved is told as deleted and created.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq
from posthouse.servers.mapi.special_folders import shown_parent
from posthouse.store.blobs import Blobs
from posthouse.store.folders import ROOT, Folder
from posthouse.store.news import AccountNews, AccountState, Departed, FolderNews, find_original
from posthouse.store.objects import ASSOCIATED, DELETED_ASSOCIATED, StoredMessage
from posthouse.store.search_folders import begun_searches, search_folders

from .arrivals import arrival_of, may_be_new_mail
from .events import Event, Kind

MOST = 500
"""Events of messages that are told at once, and of folders: of more, the last ones."""


class _At(NamedTuple):
    """When, and what."""

    modseq: ModSeq
    event: Event


def events_of(
    tx: Transaction,
    blobs: Blobs,
    account: AccountId,
    since: AccountState,
    news: AccountNews,
    copied: Mapping[FolderId, FolderId],
) -> list[Event]:
    """What happened to messages in the order of the changes, then what happened to folders. `copied`: new folders that
    are copies, and of which."""
    moved = _Moves(news)
    found = list(moved.events)
    for one in news.folders:
        if one.now is not None:
            found += _messages(_Place(tx, blobs, account, one.now, since), one, moved)
    found.sort(key=lambda at: at.modseq)
    searches = search_folders(tx, account)
    folders: list[Event] = []
    for one in news.folders:
        original = since.folders.get(copied.get(one.now.id, ROOT)) if one.now is not None else None
        folders += _folder(one, original, counts=one.now is None or one.now.id not in searches)
    folders += [Event(Kind.SEARCH_COMPLETED, folder) for folder in begun_searches(tx, account, since.modseq)]
    return [at.event for at in found[-MOST:]] + folders[-MOST:]


class _Moves:
    """Which messages of all folders were moved."""

    def __init__(self, news: AccountNews) -> None:
        self.events: list[_At] = []
        self.ids: set[MessageId] = set()
        """Of what is told of so, old ones and new ones."""
        arrived = _by_change(news)
        for one in news.folders:
            for modseq, group in groupby(one.departed, key=lambda gone: gone.modseq):
                self._pair(one, arrived.get(ModSeq(modseq - 1), []), list(group))

    def _pair(self, source: FolderNews, arrived: list[StoredMessage], departed: list[Departed]) -> None:
        assert source.now is not None
        if len(arrived) != len(departed):
            return
        for new, old in zip(arrived, departed, strict=True):
            event = Event(Kind.OBJECT_MOVED, new.folder, new.id, old_folder=source.now.id, old_message=old.id)
            self.events.append(_At(old.modseq, event))
            self.ids.update((new.id, old.id))


def _by_change(news: AccountNews) -> dict[ModSeq, list[StoredMessage]]:
    found: dict[ModSeq, list[StoredMessage]] = {}
    for one in news.folders:
        for row in one.arrived:
            found.setdefault(row.modseq, []).append(row)
    return found


class _Place(NamedTuple):
    """A folder, and what must be known to judge what came there."""

    tx: Transaction
    blobs: Blobs
    account: AccountId
    folder: Folder
    since: AccountState


def _messages(place: _Place, news: FolderNews, moved: _Moves) -> Iterator[_At]:
    folder = place.folder.id
    arrived = {row.id for row in news.arrived}
    first = news.before.next_uid if news.before is not None else 0
    rewritten = {gone.id for gone in news.departed if gone.id in arrived}
    for row in news.arrived:
        if row.id in rewritten:
            yield _At(row.modseq, Event(Kind.OBJECT_MODIFIED, folder, row.id))
        elif row.id not in moved.ids:
            yield from (_At(row.modseq, event) for event in _arrived(place, row))
    for row in news.changed:
        yield _At(row.modseq, Event(Kind.OBJECT_MODIFIED, folder, row.id))
    for gone in news.departed:
        if gone.uid < first and gone.id not in rewritten and gone.id not in moved.ids:
            yield _At(gone.modseq, Event(Kind.OBJECT_DELETED, folder, gone.id))
    for row in news.asides:
        kind = _kind_of_aside(row, place.since)
        if kind is not None:
            yield _At(row.modseq, Event(kind, folder, row.id))
    for number in news.lost:
        yield _At(place.folder.highest_modseq, Event(Kind.OBJECT_DELETED, folder, number))


def _arrived(place: _Place, row: StoredMessage) -> Iterator[Event]:
    tx, account, folder = place.tx, place.account, place.folder.id
    original = find_original(tx, account, row, place.since.next_id)
    if original is not None:
        old_folder, old_message = original
        yield Event(Kind.OBJECT_COPIED, folder, row.id, old_folder=old_folder, old_message=old_message)
        return
    if may_be_new_mail(place.folder, row):
        arrival = arrival_of(tx, place.blobs, account, row)
        if arrival is not None:
            yield Event(Kind.NEW_MAIL, folder, row.id, arrival=arrival)
    yield Event(Kind.OBJECT_CREATED, folder, row.id)


def _kind_of_aside(row: StoredMessage, since: AccountState) -> Kind | None:
    """None: of a message of the contents that was deleted it is told already."""
    if row.state == ASSOCIATED:
        return Kind.OBJECT_CREATED if row.id >= since.next_id else Kind.OBJECT_MODIFIED
    return Kind.OBJECT_DELETED if row.state == DELETED_ASSOCIATED else None


def _folder(news: FolderNews, original: Folder | None, *, counts: bool) -> Iterator[Event]:
    """`original`: of which it is a copy. `counts`: it has messages of its own."""
    before, now = news.before, news.now
    if now is None:
        if before is not None:
            yield Event(Kind.OBJECT_DELETED, before.id, parent=shown_parent(before.parent))
        return
    if before is None and original is None:
        yield Event(Kind.OBJECT_CREATED, now.id, parent=shown_parent(now.parent))
    elif before is None and original is not None:
        yield _carried(Kind.OBJECT_COPIED, now, original)
    elif before is not None and before.parent != now.parent:
        yield _carried(Kind.OBJECT_MOVED, now, before)
    if news.other or _is_modified(before, now):
        yield Event(Kind.OBJECT_MODIFIED, now.id, counts=(now.total, now.unseen) if counts else None)


def _carried(kind: Kind, now: Folder, before: Folder) -> Event:
    parents = shown_parent(now.parent), shown_parent(before.parent)
    return Event(kind, now.id, parent=parents[0], old_folder=before.id, old_parent=parents[1])


def _is_modified(before: Folder | None, now: Folder) -> bool:
    """Of itself, or in what it has (a folder that has just come has no messages, or says how many)."""
    if before is None:
        return now.total > 0
    if before.parent == now.parent and before.modseq != now.modseq:
        return True
    return (before.total, before.unseen) != (now.total, now.unseen)
