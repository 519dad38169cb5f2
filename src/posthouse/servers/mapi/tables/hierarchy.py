"""Tables of folders – [MS-OXCFOLD] 2.2.1.13, 3.2.5.13, [MS-OXCTABL] 2.2.1."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Key, Properties, set_value
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.folder import HierarchyTableFlags
from posthouse.servers.mapi.folders.facts import FolderFacts, deleted_facts, descendants
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.folders.properties import COMPUTED, UNTIL_SET, folder_properties
from posthouse.servers.mapi.identity import object_id
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.special_folders import stored_parent
from posthouse.store.accounts import highest_modseq
from posthouse.store.deletion import deleted_folders
from posthouse.store.objects import count_all_asides

from .source import Kind, SmallSource

LEAF = 1
"""PidTagRowType TBL_LEAF_ROW."""
_COUNTS = frozenset((tags.PidTagContentCount.id, tags.PidTagContentUnreadCount.id))
Row = tuple[int, FolderFacts]
"""With how deep below the folder it is; 0: directly."""


class HierarchySource(SmallSource):
    kind = Kind.HIERARCHY

    def __init__(self, opened: OpenFolder, flags: HierarchyTableFlags) -> None:
        super().__init__(opened.logon)
        self._opened, self._flags, self.folder = opened, flags, opened.folder
        self.is_deep = HierarchyTableFlags.DEPTH in flags
        self.counted: dict[int, tuple[int, int]] = {}
        """Of search folders: how many messages their rows have told, and how many that are not read."""

    async def version(self) -> Any:
        """Rights of a guest come and go without a change."""
        found = await self.logon.store.read(self._find_version)
        return found if self.logon.mailbox.owner else object()

    def _find_version(self, tx: Transaction) -> Any:
        self._opened.facts(tx)
        return highest_modseq(tx, self._opened.account)

    async def load(self) -> Mapping[int, Row]:
        return await self.logon.store.scan(self._load)

    def _load(self, tx: Transaction) -> Mapping[int, Row]:
        if HierarchyTableFlags.SOFT_DELETES in self._flags:
            found = _deleted(tx, self.logon, self._opened.folder, deep=self.is_deep)
        else:
            below = descendants(tx, self._opened.account, self._opened.folder, self.logon.text_key)
            found = _visible(tx, self.logon, below)
        return {facts.folder.id: (depth, facts) for depth, facts in found if self.is_deep or not depth}

    async def rows(self, keys: Sequence[int], wanted: Collection[Key]) -> Mapping[int, Properties]:
        """What is in a search folder is looked for when it is asked for."""
        found = await super().rows(keys, wanted)
        if not _COUNTS.isdisjoint(wanted):
            known = await self._all()
            for key, properties in found.items():
                if key in known and known[key][1].is_search:
                    total, unread = self.counted[key] = await self._count(key)
                    set_value(properties, tags.PidTagContentCount, total)
                    set_value(properties, tags.PidTagContentUnreadCount, unread)
        return found

    async def _count(self, key: int) -> tuple[int, int]:
        messages = await self.logon.searches.found(self.logon, FolderId(key))
        return len(messages), sum(not one.seen for one in messages)

    async def recount(self) -> set[int]:
        """Search folders that have found something else since their rows were read."""
        if not self.counted:
            return set()
        there = await self._all()
        self.counted = {key: told for key, told in self.counted.items() if key in there}
        return {key for key, told in self.counted.items() if await self._count(key) != told}

    def properties(self, key: int, one: Row, wanted: Collection[Key]) -> Properties:
        depth, facts = one
        found = folder_properties(self.logon.mailbox, facts, wanted)
        for tag, value in (
            (tags.PidTagDepth, depth),
            (tags.PidTagInstID, object_id(key)),
            (tags.PidTagInstanceNum, 0),
            (tags.PidTagRowType, LEAF),
            (tags.PidTagInstanceKey, key.to_bytes(8, "little") + bytes(4)),
        ):
            set_value(found, tag, value)
        return found

    def columns(self) -> Sequence[PropertyTag]:
        of_rows = (tags.PidTagDepth, tags.PidTagInstID, tags.PidTagInstanceNum, tags.PidTagRowType)
        return (*COMPUTED, *UNTIL_SET, *of_rows, tags.PidTagInstanceKey, tags.PidTagComment)


def _visible(tx: Transaction, logon: Logon, below: Sequence[Row]) -> list[Row]:
    """Those that this client may know of, with what it may do there."""
    asides = count_all_asides(tx, logon.mailbox.account)
    rights = {facts.folder.id: logon.rights_on(tx, facts.folder.id) for _, facts in below}
    found = [(depth - 1, facts) for depth, facts in below if rights[facts.folder.id] & Right.LOOKUP]
    above = {facts.parent for _, facts in found}

    def shown(facts: FolderFacts) -> FolderFacts:
        number = facts.folder.id
        seen = facts.has_subfolders and number in above
        return replace(facts, rights=rights[number], asides=asides.get(number, {}), has_subfolders=seen)

    return [(depth, shown(facts)) for depth, facts in found]


def _deleted(tx: Transaction, logon: Logon, folder: FolderId, *, deep: bool) -> list[Row]:
    """Those of the owner who can have them back."""
    account: AccountId = logon.mailbox.account
    if not logon.mailbox.owner:
        return []
    found: list[Row] = []
    waiting = [(0, one.folder.id) for one in reversed(deleted_folders(tx, account, stored_parent(folder)))]
    while waiting:
        depth, number = waiting.pop()
        found.append((depth, deleted_facts(tx, account, number)))
        if deep:
            waiting += [(depth + 1, one.folder.id) for one in reversed(deleted_folders(tx, account, number))]
    return found
