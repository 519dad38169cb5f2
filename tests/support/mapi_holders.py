"""Something with properties, for tests of what is the same for all that has some."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any, cast

from posthouse.model.ids import AccountId
from posthouse.protocols.mapi.objects import Key, Properties
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.memory import Memory


class Holder(PropertyHolder):
    def __init__(self) -> None:
        super().__init__(cast("Any", SimpleNamespace(logon_id=0, memory=Memory(0).of(AccountId(1)))))
        self.properties: Properties = {}

    async def read(self, wanted: Collection[Key] | None) -> Properties:
        return dict(self.properties)

    async def change(self, new: Properties, gone: Collection[Key]) -> Mapping[Key, ErrorCode]:
        self.properties.update(new)
        return {}
