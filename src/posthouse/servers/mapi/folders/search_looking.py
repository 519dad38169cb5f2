"""One look of some searches at a mailbox: what has changed since the last one is judged, and nothing but that."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from posthouse.database import Transaction
from posthouse.model.flags import Flag
from posthouse.model.ids import AccountId, FolderId, MessageId
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
from posthouse.store.listing import MAX_CHANGES as FEW_CHANGES
from posthouse.store.listing import Listing, changed_ids, scan_columns
from posthouse.store.objects import find_message
from posthouse.store.search_folders import Search, load_search, search_folders

from .facts import all_below
from .folder import OpenFolder
from .search_known import NOWHERE, Found, Known, Place

MOST, SCOPE = 100, 1_000_000
"""Searches that are followed only because somebody wants to hear of the whole mailbox, and messages that these look
into in all."""
MAX_CHANGES = 5_000
"""Messages of a folder that changed since; of more it is better to judge all anew."""


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


class Room:
    """For messages to be judged."""

    def __init__(self, most: int | None = None, *, in_pieces: bool = False) -> None:
        """`most` None: for any number. `in_pieces`: some of a search, if there is no room for all that it has to
        judge."""
        self.left, self._in_pieces = most, in_pieces

    def take(self, wanted: int, whole: int) -> int:
        """Of this number, out of so many of a whole search: how many may be judged now."""
        if self.left is None:
            return wanted
        count = min(wanted, self.left) if self._in_pieces or whole <= self.left else 0
        self.left -= count
        return count


def look(tx: Transaction, logon: Logon, people: People, searches: Iterable[Known], room: Room) -> None:
    """For all of these, which know what they look for. What has changed is judged in any case; what nobody has looked
    at yet, as far as there is room."""
    now, scopes = highest_modseq(tx, logon.mailbox.account), Scopes(tx, logon)
    for known in searches:
        assert known.wanted is not None
        _look(tx, _Work(logon, people, known.wanted, known), list(scopes.of(known.search)), room)
        known.modseq = now


def _look(tx: Transaction, work: _Work, scope: Sequence[Folder], room: Room) -> None:
    known = work.known
    for folder in known.folders.keys() - {folder.id for folder in scope}:
        known.leave(folder)
    for one in scope:
        _catch_up(tx, work, one)
    whole = known.waiting
    for number, place in known.folders.items():
        if place.waiting:
            count = room.take(place.waiting, whole)
            whole -= count
            _judge_waiting(tx, work, number, place, count)


def _catch_up(tx: Transaction, work: _Work, folder: Folder) -> None:
    place, now = work.known.folders.setdefault(folder.id, Place()), folder.highest_modseq
    if place.modseq == now:
        return
    most = max(FEW_CHANGES, min(folder.total // 4, MAX_CHANGES))
    news = changed_ids(tx, Listing(work.account, folder.id), place.modseq, most) if place.modseq else None
    if news is None:
        place.modseq, place.waiting, place.ids = now, folder.total, None
        if not folder.total:
            _judge(tx, work, folder.id, None)
        return
    came, gone = news
    for number in gone:
        work.known.put(folder.id, MessageId(number), None)
    if came:
        _judge(tx, work, folder.id, sorted(came))
    place.modseq = now  # not before: if something fails, the next look finds it


def _judge_waiting(tx: Transaction, work: _Work, folder: FolderId, place: Place, count: int) -> None:
    """So many of them, beginning with the newest."""
    if count == place.waiting and place.ids is None:
        _judge(tx, work, folder, None)
        place.waiting = 0
    elif count:
        if place.ids is None:
            place.ids = array("q", (row[0] for row in scan_columns(tx, Listing(work.account, folder), ("id",))))
            _forget_missing(work.known, folder, place.found.keys() - set(place.ids))
        _judge(tx, work, folder, place.ids[-count:])
        del place.ids[-count:]
        place.waiting = len(place.ids)


def _judge(tx: Transaction, work: _Work, folder: FolderId, ids: Sequence[int] | None) -> None:
    """Of these messages, or of all that the folder has."""
    source = ContentsSource(OpenFolder(work.logon, folder), work.people, ContentsTableFlags(0))
    restriction, known = work.wanted.restriction, work.known
    missing = set(known.folders[folder].found if ids is None else ids)
    for number, row in source.candidates(tx, work.wanted, ids):
        if restriction is not None and matches(restriction, row):
            known.put(folder, MessageId(number), row.value(tags.PidTagRead) is True)
            missing.discard(number)
    _forget_missing(known, folder, missing)


def _forget_missing(known: Known, folder: FolderId, messages: Iterable[int]) -> None:
    for number in tuple(messages):
        known.put(folder, MessageId(number), None)


def other_searches(tx: Transaction, logon: Logon, known: Collection[FolderId]) -> list[tuple[FolderId, Search]]:
    """All but those that are known, beginning with those that look into the fewest messages, as long as these are not
    very many in all."""
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
    few = [(folder, search) for (_, folder, search), total in zip(sized, totals, strict=True) if total <= SCOPE]
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
