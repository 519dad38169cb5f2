"""What has happened in an account since somebody last looked, message by message, for those who tell clients of it.

Whoever asks keeps the state of the last look: the counters, and the folders as they were. What came, changed and went
is found by the change counter and by UIDs, and no folder is read through. Of very much at once only a part is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq, Uid
from posthouse.model.ranges import clip, normalise
from posthouse.store.folders import Folder, all_folders, changed_folders, count_folders
from posthouse.store.objects import ASSOCIATED, StoredMessage, aside_row, contents_row

SQL = Queries(__package__, "news.sql")
MESSAGES = Queries(__package__, "messages.sql")

MOST = 500
"""Messages of one folder that are told of, of those that came, changed or went."""
MAX_PASSES = 100
"""Ranges of changed messages that are read one by one."""
MAX_ALIKE = 20


Associated = Mapping[FolderId, frozenset[MessageId]]
"""Messages that are associated with folders: of those that go for good no trace is left."""
NONE: frozenset[MessageId] = frozenset()


class AccountState(NamedTuple):
    """As it was at some moment."""

    modseq: ModSeq
    next_id: int
    """What came later has this id or a higher one, but for what a client has named."""
    folders: Mapping[FolderId, Folder]
    associated: Associated


class Departed(NamedTuple):
    """A message that went away."""

    modseq: ModSeq
    uid: Uid
    id: MessageId


@dataclass(frozen=True, slots=True)
class FolderNews:
    """Of one folder; messages by their UIDs, asides by their ids."""

    before: Folder | None
    """None: it is new."""
    now: Folder | None
    """None: it is gone, and of its messages nothing is told."""
    arrived: list[StoredMessage] = field(default_factory=list)
    changed: list[StoredMessage] = field(default_factory=list)
    departed: list[Departed] = field(default_factory=list)
    asides: list[StoredMessage] = field(default_factory=list)
    """Those that came or have changed, and those that were deleted softly."""
    lost: list[MessageId] = field(default_factory=list)
    """Associated messages that were deleted for good."""
    other: bool = False
    """Something else has changed: beside the contents, and what it was is not to be seen any more."""


class AccountNews(NamedTuple):
    state: AccountState
    folders: list[FolderNews]


def account_state(tx: Transaction, account: AccountId) -> AccountState:
    """Of an account that is not there: nothing, and nothing will ever happen in it."""
    modseq, next_id = tx.one(SQL.counters, (account,)) or (0, 0)
    folders = {folder.id: folder for folder in all_folders(tx, account)}
    associated: dict[FolderId, set[MessageId]] = {}
    for folder, message in tx.all(SQL.associated, (account, ASSOCIATED)):
        associated.setdefault(folder, set()).add(message)
    return AccountState(ModSeq(modseq), next_id, folders, {key: frozenset(ids) for key, ids in associated.items()})


def news_since(tx: Transaction, account: AccountId, since: AccountState) -> AccountNews | None:
    """None: nothing has happened."""
    modseq, next_id = tx.one(SQL.counters, (account,)) or (0, 0)
    if modseq == since.modseq:
        return None
    changed = changed_folders(tx, account, since.modseq)
    folders = {**since.folders, **{folder.id: folder for folder in changed}}
    gone = _gone(tx, account, folders)
    for number in gone:
        del folders[number]
    news = [_look_into(tx, account, since, folder) for folder in changed]
    news += [FolderNews(since.folders[number], None) for number in gone]
    return AccountNews(AccountState(ModSeq(modseq), next_id, folders, _associated(since.associated, news)), news)


def _associated(before: Associated, news: list[FolderNews]) -> Associated:
    """What there is after that."""
    after = dict(before)
    for one in news:
        if one.now is None and one.before is not None:
            after.pop(one.before.id, None)
        elif one.now is not None and (one.asides or one.lost):
            there = {row.id for row in one.asides if row.state == ASSOCIATED}
            gone = {row.id for row in one.asides if row.state != ASSOCIATED}.union(one.lost)
            after[one.now.id] = (after.get(one.now.id, NONE) | there) - gone
    return after


def _gone(tx: Transaction, account: AccountId, folders: Mapping[FolderId, Folder]) -> list[FolderId]:
    if count_folders(tx, account) == len(folders):
        return []
    there = {row[0] for row in tx.all(SQL.folder_ids, (account,))}
    return [number for number in folders if number not in there]


def _look_into(tx: Transaction, account: AccountId, since: AccountState, now: Folder) -> FolderNews:
    before = since.folders.get(now.id)
    if now.highest_modseq <= since.modseq:
        return FolderNews(before, now)
    where = account, now.id
    first = before.next_uid if before is not None else 1
    arrived = [contents_row(row) for row in tx.all(SQL.arrived, (*where, first, MOST))]
    changed = _changed(tx, *where, since.modseq, first - 1)
    departed = [Departed(*row) for row in tx.all(SQL.departed, (*where, since.modseq, MOST))]
    rows = [row.modseq for row in (*arrived, *changed)]
    latest = max([*rows, *(one.modseq for one in departed)], default=0)
    if latest == now.highest_modseq:
        return FolderNews(before, now, arrived, changed, departed)
    asides = [
        aside_row(row) for row in tx.all(SQL.asides, (*where, since.modseq, MOST))
    ]  # they were the last to change
    lost = _lost(tx, *where, since.associated.get(now.id, NONE) - {row.id for row in asides})
    other = before is not None and not asides and not lost
    return FolderNews(before, now, arrived, changed, departed, asides, lost, other)


def _lost(tx: Transaction, account: AccountId, folder: FolderId, known: Set[MessageId]) -> list[MessageId]:
    """Those of them that are not there any more."""
    there = {row[0] for row in tx.all(SQL.associated_here, (account, folder, ASSOCIATED))} if known else NONE
    return sorted(known - there)


def _changed(tx: Transaction, account: AccountId, folder: FolderId, since: ModSeq, last: int) -> list[StoredMessage]:
    """Up to this UID. None after so many changes that it is no longer noted where they were."""
    state = tx.one(MESSAGES.folder_state, (account, folder))
    if last < 1 or state is None or since < state[2]:
        return []
    noted = clip(normalise(tx.all(MESSAGES.noted_changes, (account, folder, since))), 1, last)
    if len(noted) > MAX_PASSES:
        noted = ((noted[0][0], noted[-1][1]),)
    found: list[StoredMessage] = []
    for low, high in noted:
        left = MOST - len(found)
        if left > 0:
            found += map(contents_row, tx.all(SQL.changed, (account, folder, low, high, since, left)))
    return found


def find_original(
    tx: Transaction, account: AccountId, copy: StoredMessage, before: int
) -> tuple[FolderId, MessageId] | None:
    """Where a message is that this one may be a copy of: of its content and date, with a lower id than `before`."""
    found = tx.all(SQL.alike, (copy.content, account, copy.internal_date, MAX_ALIKE))
    earlier = [(folder, message) for folder, message in found if message < before]
    return max(earlier, key=lambda one: one[1], default=None)
