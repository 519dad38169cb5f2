"""Operations on folders – [MS-OXCFOLD] 3.2.5.1 to 3.2.5.3, 3.2.5.9 to 3.2.5.12."""

from __future__ import annotations

from collections.abc import Sequence

from posthouse.database import Transaction
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    FolderOpenFlags,
    RopCreateFolderRequest,
    RopCreateFolderResponse,
    RopDeleteFolderRequest,
    RopDeleteFolderResponse,
    RopDeleteMessagesRequest,
    RopDeleteMessagesResponse,
    RopEmptyFolderRequest,
    RopEmptyFolderResponse,
    RopHardDeleteMessagesAndSubfoldersRequest,
    RopHardDeleteMessagesAndSubfoldersResponse,
    RopHardDeleteMessagesRequest,
    RopHardDeleteMessagesResponse,
    RopOpenFolderRequest,
    RopOpenFolderResponse,
)
from posthouse.servers.mapi.errors import RopError
from posthouse.servers.mapi.folders.creating import create, new_folder
from posthouse.servers.mapi.folders.deleting import Way, delete, emptying
from posthouse.servers.mapi.folders.deleting import delete_messages as delete_chosen
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.folders.pieces import Piece
from posthouse.servers.mapi.going import Step
from posthouse.servers.mapi.messages.receipts import Receipts

from .objects import as_folder, folder_number, logon_through, private_folder
from .partial import Answer, in_pieces, in_steps, partly, steps_of
from .processor import Call, Handler

CREATED = 15
"""Bytes of a response that tells a folder's id, and that it is new."""


class FolderRops:
    """One for a worker."""

    def __init__(self, receipts: Receipts) -> None:
        self._receipts = receipts

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopOpenFolderRequest: open_folder,
            RopCreateFolderRequest: create_folder,
            RopDeleteFolderRequest: delete_folder,
            RopEmptyFolderRequest: empty_folder,
            RopHardDeleteMessagesAndSubfoldersRequest: hard_delete_messages_and_subfolders,
            RopDeleteMessagesRequest: self.delete_messages,
            RopHardDeleteMessagesRequest: self.hard_delete_messages,
        }

    async def delete_messages(self, call: Call, rop: RopDeleteMessagesRequest) -> bytes:
        """3.2.5.11."""
        return await in_steps(call, rop, RopDeleteMessagesResponse, self._steps(call, rop, hard=False))

    async def hard_delete_messages(self, call: Call, rop: RopHardDeleteMessagesRequest) -> bytes:
        """3.2.5.12."""
        return await in_steps(call, rop, RopHardDeleteMessagesResponse, self._steps(call, rop, hard=True))

    def _steps(
        self, call: Call, rop: RopDeleteMessagesRequest | RopHardDeleteMessagesRequest, *, hard: bool
    ) -> list[Step]:
        folder = as_folder(call.object(rop))
        store = folder.logon.store

        async def work(ids: Sequence[ObjectId]) -> bool:
            found = await store.scan(self._receipts.of_unread, folder, ids) if rop.notify_non_read else {}

            def write(tx: Transaction) -> bool:
                for place, receipts in found.items():
                    self._receipts.settle(tx, folder.logon, place, receipts, send=True)
                return delete_chosen(tx, folder, ids, Way(hard, store.now()))

            return await store.write(write)

        return steps_of(rop, work)


async def open_folder(call: Call, rop: RopOpenFolderRequest) -> bytes:
    """3.2.5.1. A folder is never elsewhere, and rules are asked for by other operations."""
    logon, number = logon_through(call.object(rop)), folder_number(rop.folder_id)
    try:
        opened = OpenFolder(logon, number)
        await logon.store.read(opened.facts)
    except RopError:
        if FolderOpenFlags.OPEN_SOFT_DELETED not in rop.open_mode_flags or not logon.mailbox.owner:
            raise
        opened = OpenFolder(logon, number, deleted=True)
        await logon.store.read(opened.facts)
    call.put(rop.output_handle_index, opened)
    return RopOpenFolderResponse(rop.response_index, has_rules=False).format()


async def create_folder(call: Call, rop: RopCreateFolderRequest) -> bytes:
    """3.2.5.2."""
    call.require(CREATED)
    parent = as_folder(call.object(rop))
    new = new_folder(
        rop.folder_type,
        call.session.text(rop.display_name),
        call.session.text(rop.comment),
        open_existing=rop.open_existing,
        moment=parent.logon.store.clock(),
    )
    number = await parent.logon.store.write(create, parent, new)
    call.put(rop.output_handle_index, OpenFolder(parent.logon, number))
    return RopCreateFolderResponse(rop.response_index, ObjectId(OWN_REPLICA, number)).format()


async def delete_folder(call: Call, rop: RopDeleteFolderRequest) -> bytes:
    """3.2.5.3. Bits that nobody knows are passed over, as Exchange does (note 15)."""

    async def work() -> bool:
        logon = as_folder(call.object(rop)).logon
        flags = rop.delete_folder_flags
        way = Way(DeleteFolderFlags.DELETE_HARD_DELETE in flags, logon.store.now())
        return await logon.store.write(delete, logon, folder_number(rop.folder_id), flags, way)

    return await partly(call, rop, RopDeleteFolderResponse, work)


async def empty_folder(call: Call, rop: RopEmptyFolderRequest) -> bytes:
    """3.2.5.9."""
    return await _empty(call, rop, RopEmptyFolderResponse, hard=False)


async def hard_delete_messages_and_subfolders(call: Call, rop: RopHardDeleteMessagesAndSubfoldersRequest) -> bytes:
    """3.2.5.10."""
    return await _empty(call, rop, RopHardDeleteMessagesAndSubfoldersResponse, hard=True)


async def _empty(
    call: Call, rop: RopEmptyFolderRequest | RopHardDeleteMessagesAndSubfoldersRequest, response: Answer, *, hard: bool
) -> bytes:
    folder = private_folder(call.object(rop))  # R97501001, R98301001
    store = folder.logon.store
    way = Way(hard, store.now())

    def pieces(tx: Transaction, most: int) -> list[Piece]:
        return emptying(tx, folder, most, associated=rop.want_delete_associated, way=way)

    return await in_pieces(call, rop, response, store, pieces, want_asynchronous=rop.want_asynchronous)
