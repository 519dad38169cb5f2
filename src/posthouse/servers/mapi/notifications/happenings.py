"""From what has changed in the store to what has happened in a mailbox.

That a message was moved, two changes of the store tell together: as many came to one folder as went, with the very next
change, from another. A copy has the content of a message that was there before. Where more has happened since than
these tell, what was moved is told as deleted and created.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, MessageId, ModSeq
from posthouse.servers.mapi.special_folders import shown_parent
from posthouse.store.blobs import Blobs
from posthouse.store.folders import Folder
from posthouse.store.news import AccountNews, AccountState, Departed, FolderNews, find_alike
from posthouse.store.objects import ASSOCIATED, DELETED_ASSOCIATED, StoredMessage
from posthouse.store.search_folders import load_search

from .arrivals import arrival_of, may_be_new_mail
from .events import Event, Kind


class _At(NamedTuple):
    """When, and what."""

    modseq: ModSeq
    event: Event


def events_of(tx: Transaction, blobs: Blobs, account: AccountId, since: AccountState, news: AccountNews) -> list[Event]:
    """What happened to messages in the order of the changes, then what happened to folders."""
    moved = _Moves(news)
    found = list(moved.events)
    for one in news.folders:
        if one.now is not None:
            found += _messages(_Place(tx, blobs, account, one.now, since), one, moved)
    found.sort(key=lambda at: at.modseq)
    events = [at.event for at in found]
    for one in news.folders:
        events += _folder(tx, account, since, one)
    return events


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


def _arrived(place: _Place, row: StoredMessage) -> Iterator[Event]:
    tx, account, folder = place.tx, place.account, place.folder.id
    original = find_alike(tx, account, row.content, place.since.next_id)
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


def _folder(tx: Transaction, account: AccountId, since: AccountState, news: FolderNews) -> Iterator[Event]:
    before, now = news.before, news.now
    if now is None:
        if before is not None:
            yield Event(Kind.OBJECT_DELETED, before.id, parent=shown_parent(before.parent))
        return
    if before is None:
        yield Event(Kind.OBJECT_CREATED, now.id, parent=shown_parent(now.parent))
    elif before.parent != now.parent:
        parents = shown_parent(now.parent), shown_parent(before.parent)
        yield Event(Kind.OBJECT_MOVED, now.id, parent=parents[0], old_folder=now.id, old_parent=parents[1])
    search = load_search(tx, account, now.id) if now.hidden and now.highest_modseq > since.modseq else None
    if search is not None and search.restriction and search.modseq > since.modseq:
        yield Event(Kind.SEARCH_COMPLETED, now.id)
    if _is_modified(before, now):
        yield Event(Kind.OBJECT_MODIFIED, now.id, counts=None if search is not None else (now.total, now.unseen))


def _is_modified(before: Folder | None, now: Folder) -> bool:
    """Of itself, or in what it has (a folder that has just come has no messages, or says how many)."""
    if before is None:
        return now.total > 0
    if before.parent == now.parent and before.modseq != now.modseq:
        return True
    return (before.total, before.unseen) != (now.total, now.unseen)
