"""Tables of messages of several folders: what a search folder has found, and conversations – [MS-OXCFOLD] 3.2.5.14."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from posthouse.database import Transaction
from posthouse.model.ids import FolderId
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.matching import Matchable
from posthouse.protocols.mapi.object_row import ObjectRow
from posthouse.protocols.mapi.objects import Key, Properties, set_value
from posthouse.servers.mapi.identity import object_id
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.store.accounts import highest_modseq
from posthouse.store.folders import Folder, all_folders
from posthouse.store.listing import Listed, Listing, listed
from posthouse.store.objects import DELETED

from .columns import TableColumns
from .contents import MessagesSource, ordered
from .message_rows import LEAF
from .selection import Selected, Wanted


class GatheredSource(MessagesSource):
    async def folders_of(self, keys: Sequence[int]) -> dict[int, FolderId]:
        """In which these messages are, as far as they are there."""
        found = await self.logon.store.scan(self._listed, keys)
        return {number: one.row.folder for number, one in found.items()}

    async def version(self) -> Any:
        """Rights of a guest come and go without a change."""
        found = await self.logon.store.read(highest_modseq, self.listing.account)
        return found if self.logon.mailbox.owner else object()


class SearchSource(GatheredSource):
    """Messages that a search folder has found, wherever they are (R1172)."""

    _gone: frozenset[int] = frozenset()
    """What a static search goes on showing that is nowhere any more: nothing is known of it but that it was there."""

    async def _found(self) -> list[int]:
        await self.logon.store.read(self.opened.require, Right.READ)
        found = await self.logon.searches.found(self.logon, self.listing.folder)
        self._gone = frozenset(one.message for one in found if one.is_gone)
        return [one.message for one in found]

    async def count(self) -> int:
        return len(await self._found())

    async def select(self, wanted: Wanted) -> Selected:
        return await self.logon.store.scan(self.select_in, ordered(wanted), await self._found())

    def candidates(self, tx: Transaction, wanted: Wanted, ids: Sequence[int] | None) -> Iterator[tuple[int, Matchable]]:
        """A static search goes on showing what was deleted since."""
        left = set(ids or ())
        for number, row in super().candidates(tx, wanted, ids):
            left.discard(number)
            yield number, row
        if left:
            for number, row in self.candidates_of(tx, self.listing._replace(state=DELETED), wanted, sorted(left)):
                left.discard(number)
                yield number, row
        for number in sorted(left & self._gone):
            yield number, ObjectRow(_of_gone(number), wanted.names)

    async def rows(self, keys: Sequence[int], wanted: Collection[Key]) -> Mapping[int, Properties]:
        found = await super().rows(keys, wanted)
        return {**{key: _of_gone(key) for key in keys if key in self._gone}, **found}

    async def written(self, keys: Sequence[int], columns: TableColumns) -> Mapping[int, bytes]:
        found = await super().written(keys, columns)
        return {**{key: columns.format(_of_gone(key)) for key in keys if key in self._gone}, **found}

    def _listed(self, tx: Transaction, ids: Sequence[int]) -> Mapping[Any, Listed]:
        found = super()._listed(tx, ids)
        left = sorted(set(ids) - found.keys())
        return {**found, **listed(tx, self.listing.account, DELETED, left)} if left else found


def _of_gone(number: int) -> Properties:
    """A row of a message that is nowhere any more."""
    found: Properties = {}
    for tag, value in (
        (tags.PidTagMid, object_id(number)),
        (tags.PidTagInstID, object_id(number)),
        (tags.PidTagInstanceNum, 0),
        (tags.PidTagRowType, LEAF),
    ):
        set_value(found, tag, value)
    return found


class ConversationsSource(GatheredSource):
    """All messages of the mailbox that the client may read, or those of one public folder: it asks for those of one
    conversation (R1023)."""

    must_find = True

    async def count(self) -> int:
        return await self.logon.store.read(lambda tx: sum(folder.total for folder in self._readable(tx)))

    async def select(self, wanted: Wanted) -> Selected:
        return await self.logon.store.scan(self.select_in, ordered(wanted), None)

    def candidates(self, tx: Transaction, wanted: Wanted, ids: Sequence[int] | None) -> Iterable[tuple[int, Matchable]]:
        if ids is not None:
            return super().candidates(tx, wanted, ids)
        listings = [Listing(self.listing.account, folder.id) for folder in self._readable(tx)]
        return chain.from_iterable(self.candidates_of(tx, listing, wanted, None) for listing in listings)

    def _readable(self, tx: Transaction) -> list[Folder]:
        if self.opened.folder != own_folder(Special.ROOT):
            return [self.opened.require(tx, Right.READ).folder]
        filled = [folder for folder in all_folders(tx, self.listing.account) if folder.total]
        return [folder for folder in filled if self.logon.rights_on(tx, folder.id) & Right.READ]
