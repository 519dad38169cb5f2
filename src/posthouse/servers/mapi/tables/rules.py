"""Tables of a folder's rules – [MS-OXORULE] 2.2.2, 3.2.5.3."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from posthouse.database import Transaction
from posthouse.model.rights import Right
from posthouse.protocols.mapi.objects import Key, Properties
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rules import TAGS
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.folders.rules import rule_properties
from posthouse.store.rules import rules_of

from .source import Kind, SmallSource


class RulesSource(SmallSource):
    kind = Kind.RULES

    def __init__(self, opened: OpenFolder) -> None:
        super().__init__(opened.logon)
        self._opened, self.folder = opened, opened.folder

    async def version(self) -> Any:
        return await self.logon.store.read(self._find_version)

    def _find_version(self, tx: Transaction) -> Any:
        return self._opened.require(tx, Right.ADMINISTER).folder.modseq

    async def load(self) -> Mapping[int, Properties]:
        return await self.logon.store.read(self._load)

    def _load(self, tx: Transaction) -> Mapping[int, Properties]:
        return {rule.id: rule_properties(rule) for rule in rules_of(tx, self._opened.account, self._opened.folder)}

    def properties(self, key: int, one: Properties, wanted: Collection[Key]) -> Properties:
        return one

    def columns(self) -> Sequence[PropertyTag]:
        return TAGS
