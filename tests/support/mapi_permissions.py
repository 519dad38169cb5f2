"""Permissions for tests of MAPI: lists that are read and changed with few words."""

from __future__ import annotations

from typing import Any, NamedTuple

from mapi_session import dn_of
from mapi_tables import TableSession

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
)

ID, NAME, ENTRY, RIGHTS = (
    *(tags.PidTagMemberId, tags.PidTagMemberName),
    *(tags.PidTagEntryId, tags.PidTagMemberRights),
)
NOTHING = MemberRights(0)
PLAIN_TABLE, PLAINLY = PermissionsTableFlags(0), ModifyPermissionsFlags(0)


class Listed(NamedTuple):
    id: int
    name: str
    entry_id: bytes
    rights: MemberRights


class PermissionSession(TableSession):
    def permissions(self, folder: int, flags: PermissionsTableFlags = PLAIN_TABLE) -> int:
        """A table of an open folder's permissions; its slot."""
        slot = self.slot()
        self.get(RopGetPermissionsTableRequest(0, folder, slot, flags), RopGetPermissionsTableResponse)
        return self.set_columns(slot, ID, NAME, ENTRY, RIGHTS)

    def members(self, folder: int, flags: PermissionsTableFlags = PLAIN_TABLE) -> list[Listed]:
        rows = self.rows(self.permissions(folder, flags))
        return [Listed(*row[:3], MemberRights(row[3])) for row in rows]

    def member(self, folder: int, name: str, flags: PermissionsTableFlags = PLAIN_TABLE) -> Listed:
        return next(one for one in self.members(folder, flags) if one.name == name)

    def modify(self, folder: int, *changes: PermissionData, flags: ModifyPermissionsFlags = PLAINLY) -> int:
        """The ReturnValue."""
        return self.error(RopModifyPermissionsRequest(0, folder, flags, changes))

    def entry_id(self, name: str) -> bytes:
        return AddressBookEntryId(dn_of(self.hub, name)).format()

    def adding(self, name: str, rights: MemberRights) -> PermissionData:
        return change(PermissionDataFlags.ADD_ROW, {ENTRY: self.entry_id(name), RIGHTS: int(rights)})


def change(what: PermissionDataFlags, values: dict[PropertyTag, Any]) -> PermissionData:
    return PermissionData(what, tuple(TaggedValue(*value) for value in values.items()))


def modifying(member: int, rights: MemberRights) -> PermissionData:
    return change(PermissionDataFlags.MODIFY_ROW, {ID: member, RIGHTS: int(rights)})


def removing(member: int) -> PermissionData:
    return change(PermissionDataFlags.REMOVE_ROW, {ID: member})
