"""What search folders find. A search is done when somebody looks, and what it found is remembered: the next look sees
what has changed since, by the change counter, and judges nothing but that.

A static search is done once, and kept in the store.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.flags import Flag
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq
from posthouse.model.refusals import FolderNotFound, MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.matching import matches
from posthouse.protocols.mapi.restriction_texts import tags_of
from posthouse.protocols.mapi.restrictions import Direction, SortOrder
from posthouse.protocols.mapi.rops.folder import ContentsTableFlags, SearchRequestFlags
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.people import People
from posthouse.servers.mapi.tables.contents import ContentsSource
from posthouse.servers.mapi.tables.selection import Wanted
from posthouse.store.accounts import highest_modseq
from posthouse.store.folders import all_folders
from posthouse.store.listing import Listing, changed_ids, version_of
from posthouse.store.objects import find_message
from posthouse.store.search_folders import Search, keep_found, load_search, search_folders

from .criteria import restriction_of
from .facts import all_below
from .folder import OpenFolder

REMEMBERED = 500_000
"""Messages, of all searches of a worker: those that were looked at longest ago are forgotten first."""


NEVER = ModSeq(0)
NOWHERE = FolderId(0)
_WITH_READ_STATE = (SortOrder(tags.PidTagRead, Direction.ASCENDING),)
"""Of each message that a search looks at, it is asked whether it is read."""


class Found(NamedTuple):
    """A message that a search has found."""

    folder: FolderId
    """`NOWHERE`: it was there when a static search found it."""
    message: MessageId
    seen: bool


@dataclass(slots=True)
class _Folder:
    modseq: ModSeq = NEVER
    """Up to which it was looked at."""
    found: dict[MessageId, bool] = field(default_factory=dict)
    """Whether each is read."""


@dataclass(slots=True)
class _Known:
    """What a search has found so far."""

    search: ModSeq
    modseq: ModSeq = NEVER
    """Of the account, when somebody last looked."""
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


_Whose = tuple[AccountId, AccountId, FolderId]
"""Who looks, in which mailbox, into which folder: rights differ."""


def _whose(logon: Logon, folder: FolderId) -> _Whose:
    return logon.access.account, logon.mailbox.account, folder


class Searches:
    """Of one worker."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._known: OrderedDict[_Whose, _Known] = OrderedDict()
        self._folders: dict[tuple[AccountId, AccountId], set[FolderId]] = {}
        """The same, by who looks into which mailbox."""

    async def found(self, logon: Logon, folder: FolderId) -> list[Found]:
        """By folders; nothing when it looks for nothing yet, or is no search folder any more."""
        search = await logon.store.read(load_search, logon.mailbox.account, folder)
        whose = _whose(logon, folder)
        if search is None or not search.restriction or search.found is not None:
            self._drop(whose)
            return await logon.store.scan(_static, logon, search.found or ()) if search is not None else []
        known = self._of(whose, search)
        async with known.lock:
            await self._look(logon, search, known)
            known.running = False
        self._forget()
        return known.all()

    def remembered(self, logon: Logon) -> Collection[FolderId]:
        """Folders whose searches somebody has begun or looked at, as this client would look."""
        return self._folders.get((logon.access.account, logon.mailbox.account), ())

    async def begin(self, logon: Logon, folder: FolderId, search: Search) -> None:
        """A static one is done at once, and never again."""
        if SearchRequestFlags.STATIC_SEARCH not in SearchRequestFlags(search.flags):
            self._of(_whose(logon, folder), search).running = True
            return
        known = _Known(search.modseq)
        await self._look(logon, search, known)
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
        if known is None or known.search != search.modseq or not known.running:
            return False
        await self.found(logon, folder)
        return True

    def _of(self, whose: _Whose, search: Search) -> _Known:
        known = self._known.get(whose)
        if known is None or known.search != search.modseq:
            known = self._known[whose] = _Known(search.modseq)
            self._folders.setdefault(whose[:2], set()).add(whose[2])
        self._known.move_to_end(whose)
        return known

    def _forget(self) -> None:
        total = sum(map(len, self._known.values()))
        while total > REMEMBERED and len(self._known) > 1:
            total -= self._drop(next(iter(self._known)))

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

    async def _look(self, logon: Logon, search: Search, known: _Known) -> None:
        """What is new since the last time."""
        now = await logon.store.read(highest_modseq, logon.mailbox.account)
        if known.modseq == now and logon.mailbox.owner:  # rights of others may come and go without a change
            return
        restriction = restriction_of(search)
        ids = sorted({tag.id for tag in tags_of(restriction)})
        keys = dict(zip(ids, await logon.names.keys_of(ids), strict=True))
        names = {number: key for number, key in keys.items() if key is not None}
        wanted = Wanted(_WITH_READ_STATE, restriction=restriction, names=names)
        await logon.store.scan(_look, _Work(logon, self._people, search, wanted, known))


@dataclass(frozen=True, slots=True)
class _Work:
    logon: Logon
    people: People
    search: Search
    wanted: Wanted
    known: _Known

    @property
    def account(self) -> AccountId:
        return self.logon.mailbox.account


def _look(tx: Transaction, work: _Work) -> None:
    now = highest_modseq(tx, work.account)
    scope, known = _scope(tx, work.logon, work.search), work.known.folders
    for folder in [folder for folder in known if folder not in scope]:
        del known[folder]
    for folder in scope:
        _look_into(tx, work, folder, known.setdefault(folder, _Folder()))
    work.known.modseq = now


def _scope(tx: Transaction, logon: Logon, search: Search) -> list[FolderId]:
    """Folders that this client may read; no search looks into another one."""
    account, wanted = logon.mailbox.account, dict.fromkeys(search.scope)
    if SearchRequestFlags.RECURSIVE_SEARCH in SearchRequestFlags(search.flags):
        wanted |= dict.fromkeys([below for one in search.scope for below in all_below(tx, account, one)])
    there = {folder.id for folder in all_folders(tx, account)} - search_folders(tx, account)
    return [one for one in wanted if one in there and logon.rights_on(tx, one) & Right.READ]


def _look_into(tx: Transaction, work: _Work, folder: FolderId, known: _Folder) -> None:
    listing = Listing(work.account, folder)
    now = version_of(tx, work.account, folder)
    news = changed_ids(tx, listing, known.modseq) if known.modseq and now is not None else None
    if news is None:
        known.found.clear()
        _judge(tx, work, folder, known, None)
    else:
        came, gone = news
        for number in came | gone:
            known.found.pop(MessageId(number), None)
        _judge(tx, work, folder, known, sorted(came))
    known.modseq = now or NEVER


def _judge(tx: Transaction, work: _Work, folder: FolderId, known: _Folder, ids: Sequence[int] | None) -> None:
    """Of these messages, or of all that the folder has."""
    source = ContentsSource(OpenFolder(work.logon, folder), work.people, ContentsTableFlags(0))
    restriction = work.wanted.restriction
    for number, row in source.candidates(tx, work.wanted, ids):
        if restriction is not None and matches(restriction, row):
            known.found[MessageId(number)] = row.value(tags.PidTagRead) is True


def _static(tx: Transaction, logon: Logon, ids: Sequence[MessageId]) -> list[Found]:
    """Also what was deleted since, softly or for good: nothing that happens later changes what was found (R1094). A
    guest sees what they may read now, where it is."""
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
