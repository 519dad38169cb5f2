"""Operations on the receive folder table – [MS-OXCSTOR] 3.2.5.2 to 3.2.5.4."""

from __future__ import annotations

from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.store import (
    RopGetReceiveFolderRequest,
    RopGetReceiveFolderResponse,
    RopGetReceiveFolderTableRequest,
    RopGetReceiveFolderTableResponse,
    RopSetReceiveFolderRequest,
    RopSetReceiveFolderResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.receiving import checked_class, entries, receiver_of, set_receiver
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.receive_folders import NOWHERE

from .logon import private_logon_of
from .objects import folder_number
from .processor import Call, Handler


class ReceivingRops:
    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopGetReceiveFolderRequest: get_receive_folder,
            RopSetReceiveFolderRequest: set_receive_folder,
            RopGetReceiveFolderTableRequest: get_receive_folder_table,
        }


async def get_receive_folder(call: Call, rop: RopGetReceiveFolderRequest) -> bytes:
    """3.2.5.2: the longest entry of which the class is a subclass."""
    logon = private_logon_of(call, rop)
    wanted, mailbox = checked_class(rop.message_class), logon.mailbox
    table = await logon.store.read(entries, mailbox)
    explicit, folder = receiver_of(table, wanted, mailbox.folders[Special.INBOX])
    found = ObjectId(OWN_REPLICA, folder)
    return RopGetReceiveFolderResponse(rop.handle_index, found, explicit.encode("ascii")).format()


async def set_receive_folder(call: Call, rop: RopSetReceiveFolderRequest) -> bytes:
    """3.2.5.3."""
    logon = private_logon_of(call, rop)
    message_class = checked_class(rop.message_class)
    folder = folder_number(rop.folder_id) if rop.folder_id.number else NOWHERE
    await logon.store.write(set_receiver, logon.mailbox, message_class, folder, logon.store.now())
    return RopSetReceiveFolderResponse(rop.handle_index).format()


async def get_receive_folder_table(call: Call, rop: RopGetReceiveFolderTableRequest) -> bytes:
    """3.2.5.4: all rows; there is always one, for the empty class, but for strangers."""
    logon = private_logon_of(call, rop)
    table = await logon.store.read(entries, logon.mailbox)
    if not table:
        raise RopError(ErrorCode.ecNoReceiveFolder)
    rows = tuple(
        (ObjectId(OWN_REPLICA, folder).number, name.encode("ascii"), file_time(changed))
        for name, (folder, changed) in table.items()
    )
    return RopGetReceiveFolderTableResponse(rop.handle_index, rows).format()
