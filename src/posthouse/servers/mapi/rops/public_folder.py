"""Operations about public folders – [MS-OXCSTOR] 3.2.5.6, 3.2.5.7."""

from __future__ import annotations

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.store import (
    RopGetOwningServersRequest,
    RopGetOwningServersResponse,
    RopPublicFolderIsGhostedRequest,
    RopPublicFolderIsGhostedResponse,
    Servers,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.folder import visible

from .logon import logon_of
from .objects import folder_number
from .processor import Call, Handler


class PublicFolderRops:
    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopGetOwningServersRequest: get_owning_servers,
            RopPublicFolderIsGhostedRequest: public_folder_is_ghosted,
        }


async def get_owning_servers(call: Call, rop: RopGetOwningServersRequest) -> bytes:
    """3.2.5.6: of public folders alone (R892); all of them are here."""
    logon = logon_of(call, rop)
    if not logon.mailbox.is_public:
        raise RopError(ErrorCode.ecNotSupported)
    await logon.store.read(visible, logon, folder_number(rop.folder_id))
    servers = (logon.mailbox.dn.encode("ascii", "replace"),)
    return RopGetOwningServersResponse(rop.handle_index, Servers(len(servers), servers)).format()


async def public_folder_is_ghosted(call: Call, rop: RopPublicFolderIsGhostedRequest) -> bytes:
    """3.2.5.7: what is here is never elsewhere."""
    logon = logon_of(call, rop)
    if logon.mailbox.is_public:
        await logon.store.read(visible, logon, folder_number(rop.folder_id))
    return RopPublicFolderIsGhostedResponse(rop.handle_index).format()
