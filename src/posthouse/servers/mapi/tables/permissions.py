"""Tables of permissions: whom a folder's list names, and with which rights – [MS-OXCPERM] 2.2.1, 3.2.5.2."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from posthouse.database import Transaction
from posthouse.directory import Kind, principal_by_id
from posthouse.directory.organisation import organisation
from posthouse.model.ids import AccountId
from posthouse.model.rights import Right, on_calendar
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.objects import Key, Properties, set_value
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.permission import PermissionsTableFlags
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.folders.member_rights import member_rights
from posthouse.servers.mapi.folders.permissions import ANONYMOUS_ID, read_members
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.store.rights import ANONYMOUS, ANYONE

from .source import Kind as TableKind
from .source import SmallSource

GROUP = 1
"""DT_DISTLIST in an entry id."""


class Row(NamedTuple):
    name: str
    entry_id: bytes
    rights: Right


class PermissionsSource(SmallSource):
    kind = TableKind.OTHERS

    def __init__(self, opened: OpenFolder, flags: PermissionsTableFlags) -> None:
        super().__init__(opened.logon)
        self._opened, self.folder = opened, opened.folder
        self._free_busy = PermissionsTableFlags.INCLUDE_FREE_BUSY in flags

    async def version(self) -> Any:
        return await self.logon.store.read(self._find_version)

    def _find_version(self, tx: Transaction) -> Any:
        """Who may see the folder may see the list."""
        if not self.logon.rights_on(tx, self._opened.folder) & Right.LOOKUP:
            raise RopError(ErrorCode.ecAccessDenied)
        return self._opened.facts(tx).folder.modseq

    async def load(self) -> Mapping[int, Row]:
        return await self.logon.store.read(self._load)

    def _load(self, tx: Transaction) -> Mapping[int, Row]:
        found: dict[int, Row] = {}
        is_calendar = self._opened.folder == own_folder(Special.CALENDAR)
        for principal, member in read_members(tx, self._opened.account, self._opened.folder).items():
            who = _who(tx, principal)
            if who is not None:
                has_defaults = is_calendar and principal != ANONYMOUS
                found[principal] = Row(*who, on_calendar(member.rights) if has_defaults else member.rights)
        return found

    def properties(self, key: int, one: Row, wanted: Collection[Key]) -> Properties:
        found: Properties = {}
        for tag, value in (
            (tags.PidTagEntryId, one.entry_id),
            (tags.PidTagMemberId, ANONYMOUS_ID if key == ANONYMOUS else key),
            (tags.PidTagMemberName, one.name),
            (tags.PidTagMemberRights, int(member_rights(one.rights, free_busy=self._free_busy))),
        ):
            set_value(found, tag, value)
        return found

    def columns(self) -> Sequence[PropertyTag]:
        return (tags.PidTagEntryId, tags.PidTagMemberId, tags.PidTagMemberName, tags.PidTagMemberRights)


def _who(tx: Transaction, principal: AccountId) -> tuple[str, bytes] | None:
    """Name and entry id; None: nobody any more."""
    if principal in (ANYONE, ANONYMOUS):
        return ("Anonymous" if principal == ANONYMOUS else ""), b""
    person, book = principal_by_id(tx, principal), organisation(tx)
    if person is None or book is None:
        return None
    return person.name, AddressBookEntryId(book.dn_of(person.id), GROUP if person.kind is Kind.GROUP else 0).format()
