"""One look of some searches at a mailbox: what has changed since the last one is judged, and nothing but that."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.flags import Flag
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq
from posthouse.model.refusals import FolderNotFound, MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.matching import matches
from posthouse.protocols.mapi.rops.folder import ContentsTableFlags, SearchRequestFlags
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.people import People
from posthouse.servers.mapi.tables.contents import ContentsSource
from posthouse.servers.mapi.tables.selection import Wanted
from posthouse.store.accounts import highest_modseq
from posthouse.store.folders import Folder, all_folders
from posthouse.store.listing import Listing, changed_ids
from posthouse.store.objects import find_message
from posthouse.store.search_folders import Search, load_search, search_folders

from .facts import all_below
from .folder import OpenFolder

NEVER = ModSeq(0)
NOWHERE = FolderId(0)
AT_ONCE, MOST = 5_000, 100
"""Messages that searches may look into only because somebody wants to hear of the whole mailbox, and such searches."""


class Found(NamedTuple):
    """A message that a search has found."""

    folder: FolderId
    """`NOWHERE`: it was there when a static search found it."""
    message: MessageId
    seen: bool

    @property
    def is_gone(self) -> bool:
        return self.folder == NOWHERE


@dataclass(slots=True)
class _Folder:
    modseq: ModSeq = NEVER
    """Up to which it was looked at."""
    found: dict[MessageId, bool] = field(default_factory=dict)
    """Whether each is read."""


@dataclass(slots=True)
class Known:
    """What a search has found so far."""

    search: Search
    wanted: Wanted | None = None
    """What it looks for; None: nobody has looked yet."""
    modseq: ModSeq = NEVER
    """Of the account, when somebody last looked."""
    turn: int = 0
    """Another one when something was found, or no longer is, or has changed."""
    running: bool = False
    """Begun here, and nobody has looked yet."""
    folders: dict[FolderId, _Folder] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def all(self) -> list[Found]:
        return [
            Found(folder, message, seen)
            for folder, known in self.folders.items()
            for message, seen in known.found.items()
        ]

    def __len__(self) -> int:
        return sum(len(known.found) for known in self.folders.values())


class Scopes:
    """Which folders searches of a mailbox look into, as its tree is now."""

    def __init__(self, tx: Transaction, logon: Logon) -> None:
        self._tx, self._logon = tx, logon
        account = logon.mailbox.account
        there, searches = all_folders(tx, account), search_folders(tx, account)
        self._folders = {folder.id: folder for folder in there if folder.id not in searches}
        self._below: dict[FolderId, list[FolderId]] = {}

    def of(self, search: Search) -> Iterator[Folder]:
        """Those that this client may read; no search looks into another one."""
        wanted = dict.fromkeys(search.scope)
        if SearchRequestFlags.RECURSIVE_SEARCH in SearchRequestFlags(search.flags):
            wanted |= dict.fromkeys([below for one in search.scope for below in self._all_below(one)])
        for one in wanted:
            if one in self._folders and self._logon.rights_on(self._tx, one) & Right.READ:
                yield self._folders[one]

    def _all_below(self, folder: FolderId) -> list[FolderId]:
        if folder not in self._below:
            self._below[folder] = all_below(self._tx, self._logon.mailbox.account, folder)
        return self._below[folder]


@dataclass(frozen=True, slots=True)
class _Work:
    logon: Logon
    people: People
    wanted: Wanted
    known: Known

    @property
    def account(self) -> AccountId:
        return self.logon.mailbox.account


def look(tx: Transaction, logon: Logon, people: People, searches: Iterable[Known]) -> None:
    """For all of these, which know what they look for."""
    now, scopes = highest_modseq(tx, logon.mailbox.account), Scopes(tx, logon)
    for known in searches:
        assert known.wanted is not None
        _look(tx, _Work(logon, people, known.wanted, known), list(scopes.of(known.search)))
        known.modseq = now


def _look(tx: Transaction, work: _Work, scope: Sequence[Folder]) -> None:
    known = work.known
    gone = known.folders.keys() - {folder.id for folder in scope}
    for folder in gone:
        del known.folders[folder]
    changed = [_look_into(tx, work, folder) for folder in scope]
    if gone or any(changed):
        known.turn += 1


def _look_into(tx: Transaction, work: _Work, folder: Folder) -> bool:
    """Whether something was judged, or has gone."""
    known, now = work.known.folders.setdefault(folder.id, _Folder()), folder.highest_modseq
    if known.modseq == now:
        return False
    news = changed_ids(tx, Listing(work.account, folder.id), known.modseq) if known.modseq else None
    known.modseq = now
    if news is None:
        known.found.clear()
        _judge(tx, work, folder.id, known, None)
        return True
    came, gone = news
    for number in came | gone:
        known.found.pop(MessageId(number), None)
    if came:
        _judge(tx, work, folder.id, known, sorted(came))
    return bool(came or gone)


def _judge(tx: Transaction, work: _Work, folder: FolderId, known: _Folder, ids: Sequence[int] | None) -> None:
    """Of these messages, or of all that the folder has."""
    source = ContentsSource(OpenFolder(work.logon, folder), work.people, ContentsTableFlags(0))
    restriction = work.wanted.restriction
    for number, row in source.candidates(tx, work.wanted, ids):
        if restriction is not None and matches(restriction, row):
            known.found[MessageId(number)] = row.value(tags.PidTagRead) is True


def small_searches(tx: Transaction, logon: Logon, known: Collection[FolderId]) -> list[tuple[FolderId, Search]]:
    """All but those that are known, beginning with those that look into the fewest messages, as long as these are not
    too many in all."""
    account = logon.mailbox.account
    others = search_folders(tx, account) - set(known)
    if not others:
        return []
    scopes = Scopes(tx, logon)
    sized: list[tuple[int, FolderId, Search]] = []
    for folder in others:
        search = load_search(tx, account, folder)
        if search is not None and is_followed(search):
            sized.append((sum(one.total for one in scopes.of(search)), folder, search))
    sized.sort(key=lambda one: one[:2])
    totals = accumulate(size for size, _, _ in sized)
    few = [(folder, search) for (_, folder, search), total in zip(sized, totals, strict=True) if total <= AT_ONCE]
    return few[:MOST]


def is_followed(search: Search) -> bool:
    """It looks for something, and not once and for all."""
    return bool(search.restriction) and search.found is None


def still_found(tx: Transaction, logon: Logon, ids: Sequence[MessageId]) -> list[Found]:
    """Of a static search, also what was deleted since, softly or for good: nothing that happens later changes what was
    found (R1094). A guest sees what they may read now, where it is."""
    account = logon.mailbox.account
    found: list[Found] = []
    may_read: dict[FolderId, bool] = {}
    for message in ids:
        try:
            row = find_message(tx, account, message)
            if row.folder not in may_read:
                may_read[row.folder] = bool(logon.rights_on(tx, row.folder) & Right.READ)
        except (MessageNotFound, FolderNotFound):
            if logon.mailbox.owner:
                found.append(Found(NOWHERE, message, seen=True))
            continue
        if may_read[row.folder]:
            found.append(Found(row.folder, row.id, bool(row.flags & Flag.SEEN)))
    return found
