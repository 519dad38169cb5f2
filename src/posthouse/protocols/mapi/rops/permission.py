"""Operations on the permissions of a folder – [MS-OXCROPS] 2.2.10, [MS-OXCPERM] 2.2."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.fields import U8, Counted16, Value
from posthouse.protocols.mapi.structures import Structure, structure

from .base import RopRequest, RopResponse, rop


class ModifyPermissionsFlags(Flags):
    """[MS-OXCPERM] 2.2.2."""

    REPLACE_ROWS = 0x01
    INCLUDE_FREE_BUSY = 0x02


class PermissionDataFlags(Choice):
    """[MS-OXCPERM] 2.2.2.1."""

    ADD_ROW = 0x01
    MODIFY_ROW = 0x02
    REMOVE_ROW = 0x04


@structure
class PermissionData(Structure):
    """2.2.10.1.1.1."""

    permission_data_flags: Annotated[PermissionDataFlags, U8]
    property_values: Counted16[Value]


@rop(0x40)
class RopModifyPermissionsRequest(RopRequest):
    """2.2.10.1."""

    modify_flags: Annotated[ModifyPermissionsFlags, U8]
    permissions_data: Counted16[PermissionData]


@rop(0x40)
class RopModifyPermissionsResponse(RopResponse):
    """Nothing but the prefix."""


class MemberRights(Flags):
    """PidTagMemberRights, [MS-OXCPERM] 2.2.7."""

    READ_ANY = 0x0001
    CREATE = 0x0002
    EDIT_OWNED = 0x0008
    DELETE_OWNED = 0x0010
    EDIT_ANY = 0x0020
    DELETE_ANY = 0x0040
    CREATE_SUBFOLDER = 0x0080
    FOLDER_OWNER = 0x0100
    FOLDER_CONTACT = 0x0200
    FOLDER_VISIBLE = 0x0400
    FREE_BUSY_SIMPLE = 0x0800
    FREE_BUSY_DETAILED = 0x1000


class PermissionsTableFlags(Flags):
    """[MS-OXCPERM] 2.2.1."""

    INCLUDE_FREE_BUSY = 0x02


@rop(0x3E)
class RopGetPermissionsTableRequest(RopRequest):
    """2.2.10.2."""

    output_handle_index: U8
    table_flags: Annotated[PermissionsTableFlags, U8] = PermissionsTableFlags(0)


@rop(0x3E)
class RopGetPermissionsTableResponse(RopResponse):
    """Nothing but the prefix."""
