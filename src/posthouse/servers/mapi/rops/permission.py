"""Operations on who may do what with a folder – [MS-OXCPERM] 3.2.5.2, 3.2.5.3."""

from __future__ import annotations

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.permission import (
    ModifyPermissionsFlags,
    PermissionsTableFlags,
    RopGetPermissionsTableRequest,
    RopGetPermissionsTableResponse,
    RopModifyPermissionsRequest,
    RopModifyPermissionsResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.permissions import modify_permissions
from posthouse.servers.mapi.tables.permissions import PermissionsSource
from posthouse.servers.mapi.tables.table import Table

from .objects import as_folder
from .processor import Call, Handler


class PermissionRops:
    """They need nothing of the worker's."""

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopGetPermissionsTableRequest: get_permissions_table,
            RopModifyPermissionsRequest: modify,
        }


async def get_permissions_table(call: Call, rop: RopGetPermissionsTableRequest) -> bytes:
    """3.2.5.2. Who may not see the list hears that when they ask for rows (R2007)."""
    folder = as_folder(call.object(rop))
    if rop.table_flags & ~sum(PermissionsTableFlags):
        raise RopError(ErrorCode.ecInvalidParameter)
    source = PermissionsSource(folder, rop.table_flags)
    call.put(rop.output_handle_index, Table(source, call.session.codec))
    return RopGetPermissionsTableResponse(rop.output_handle_index).format()


async def modify(call: Call, rop: RopModifyPermissionsRequest) -> bytes:
    """3.2.5.3."""
    folder = as_folder(call.object(rop))
    if rop.modify_flags & ~sum(ModifyPermissionsFlags):
        raise RopError(ErrorCode.ecInvalidParameter)
    await folder.logon.store.write(modify_permissions, folder, rop.modify_flags, rop.permissions_data)
    return RopModifyPermissionsResponse(rop.handle_index).format()
