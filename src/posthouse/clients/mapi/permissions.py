"""Who may do what with a folder – [MS-OXCPERM] 3.1.4.

async with mailbox.address_book() as book:
    [found] = await book.resolve("bob@example.org")
await calendar.permissions.grant(found.person, EDITOR)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.rops.permission import (
    MemberRights,
    ModifyPermissionsFlags,
    PermissionData,
    PermissionDataFlags,
    PermissionsTableFlags,
    RopGetPermissionsTableRequest,
    RopGetPermissionsTableResponse,
    RopModifyPermissionsRequest,
    RopModifyPermissionsResponse,
)

from .address_book import Person
from .names import Link
from .refs import Ref
from .table import open_table

NONE: Final = MemberRights.FOLDER_VISIBLE
"""The folder can be seen, and nothing in it. This and what follows are Outlook's levels."""
REVIEWER: Final = NONE | MemberRights.READ_ANY
CONTRIBUTOR: Final = NONE | MemberRights.CREATE
AUTHOR: Final = REVIEWER | CONTRIBUTOR | MemberRights.EDIT_OWNED | MemberRights.DELETE_OWNED
EDITOR: Final = AUTHOR | MemberRights.EDIT_ANY | MemberRights.DELETE_ANY
PUBLISHING_EDITOR: Final = EDITOR | MemberRights.CREATE_SUBFOLDER
OWNER: Final = PUBLISHING_EDITOR | MemberRights.FOLDER_OWNER | MemberRights.FOLDER_CONTACT

DEFAULT, ANONYMOUS = 0, -1
"""Members of every list: whom it does not name, and who has not logged in."""
_COLUMNS = tags.PidTagMemberId, tags.PidTagMemberName, tags.PidTagMemberRights


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    """In this list; `DEFAULT`, `ANONYMOUS`, or somebody's."""
    name: str
    rights: MemberRights


class Permissions:
    """The list of an open folder, which its owners change."""

    def __init__(self, link: Link, folder: Ref) -> None:
        self._link, self._folder = link, folder

    async def all(self) -> list[Member]:
        """Also the two that are in every list."""
        table = await open_table(
            self._link,
            self._folder,
            lambda of, at: RopGetPermissionsTableRequest(0, of, at, PermissionsTableFlags.INCLUDE_FREE_BUSY),
            RopGetPermissionsTableResponse,
        )
        with table:
            await table.columns(*_COLUMNS)
            return [Member(id, name or "", MemberRights(rights)) async for id, name, rights in table.rows()]

    async def grant(self, person: Person, rights: MemberRights) -> None:
        """In place of what they had."""
        entry_id = AddressBookEntryId(person.legacy_dn).format()
        told = {tags.PidTagEntryId: entry_id, tags.PidTagMemberRights: int(rights)}
        await self._modify(PermissionDataFlags.ADD_ROW, told)

    async def change(self, member: int, rights: MemberRights) -> None:
        """Of one who is in the list, by their id there."""
        told = {tags.PidTagMemberId: member, tags.PidTagMemberRights: int(rights)}
        await self._modify(PermissionDataFlags.MODIFY_ROW, told)

    async def remove(self, member: int) -> None:
        """They have what `DEFAULT` has."""
        await self._modify(PermissionDataFlags.REMOVE_ROW, {tags.PidTagMemberId: member})

    async def _modify(self, what: PermissionDataFlags, values: Mapping[PropertyTag, Any]) -> None:
        data = PermissionData(what, tuple(TaggedValue(tag, value) for tag, value in values.items()))
        flags = ModifyPermissionsFlags.INCLUDE_FREE_BUSY
        await self._link.session.get(
            lambda at: RopModifyPermissionsRequest(0, at(self._folder), flags, (data,)), RopModifyPermissionsResponse
        )
