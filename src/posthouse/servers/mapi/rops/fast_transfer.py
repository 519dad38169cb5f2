"""Operations that carry objects as streams – [MS-OXCFXICS] 3.2.5.8."""

from __future__ import annotations

from dataclasses import replace

from posthouse.database import Transaction
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.rights import Right
from posthouse.protocols.mapi.fast_transfer.chunker import Chunk
from posthouse.protocols.mapi.fast_transfer.writer import SendOptions
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.fast_transfer import (
    SERVER_CHOOSES,
    CopyToFlags,
    FolderCopyFlags,
    MessagesCopyFlags,
    PropertiesCopyFlags,
    RopFastTransferSourceCopyFolderRequest,
    RopFastTransferSourceCopyFolderResponse,
    RopFastTransferSourceCopyMessagesRequest,
    RopFastTransferSourceCopyMessagesResponse,
    RopFastTransferSourceCopyPropertiesRequest,
    RopFastTransferSourceCopyPropertiesResponse,
    RopFastTransferSourceCopyToRequest,
    RopFastTransferSourceCopyToResponse,
    RopFastTransferSourceGetBufferRequest,
    RopFastTransferSourceGetBufferResponse,
    RopTellVersionRequest,
    RopTellVersionResponse,
    TransferStatus,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.fast_transfer.destination import Upload
from posthouse.servers.mapi.fast_transfer.source import (
    Source,
    from_attachment,
    from_folder,
    from_message,
    from_messages,
    from_top_folder,
)
from posthouse.servers.mapi.folders.deleting import whereabouts
from posthouse.servers.mapi.folders.folder import OpenFolder, require
from posthouse.servers.mapi.identity import own_counter
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.messages.attachment import OpenAttachment
from posthouse.servers.mapi.messages.message import OpenMessage
from posthouse.servers.mapi.people import People
from posthouse.servers.mapi.properties.selection import Selection
from posthouse.servers.mapi.rops.copying import copied_object
from posthouse.servers.mapi.session import ServerObject
from posthouse.servers.mapi.synchronization.download import Download, Make
from posthouse.servers.mapi.values import columns_of

from .objects import as_folder
from .processor import Call, Handler, More

HEAD = 15
"""Bytes of a response before its part of the stream."""
LEAST = 8 * 1024
"""Bytes of room for which another buffer is worth while."""
MOST = 0xFFFF
COPY_TO = CopyToFlags.BEST_BODY | 0x60E
COPY_PROPERTIES = PropertiesCopyFlags.MOVE | 0xE
COPY_MESSAGES = MessagesCopyFlags.MOVE | MessagesCopyFlags.BEST_BODY | MessagesCopyFlags.SEND_ENTRY_ID | 0x6
"""Not 8, which no client may set (R498), and which nobody has to ignore as those two (R496, R497)."""
COPY_FOLDER = FolderCopyFlags.MOVE | FolderCopyFlags.COPY_SUBFOLDERS | 0xE
SEND_OPTIONS = 0x7F
"""Bits that there are, with those that are ignored."""


class FastTransferRops:
    """One for a worker."""

    def __init__(self, people: People) -> None:
        self._people = people

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopFastTransferSourceCopyToRequest: self.source_copy_to,
            RopFastTransferSourceCopyPropertiesRequest: self.source_copy_properties,
            RopFastTransferSourceCopyMessagesRequest: self.source_copy_messages,
            RopFastTransferSourceCopyFolderRequest: self.source_copy_folder,
            RopFastTransferSourceGetBufferRequest: source_get_buffer,
            RopTellVersionRequest: tell_version,
        }

    async def source_copy_to(self, call: Call, rop: RopFastTransferSourceCopyToRequest) -> bytes:
        """3.2.5.8.1.1."""
        require_known(rop.copy_flags, COPY_TO)
        columns = await columns_of(copied_object(call, rop).logon.names, rop.property_tags)
        chosen = Selection(None, columns.wanted, sub_objects=not rop.level)
        await self._copy(call, rop, chosen)
        return RopFastTransferSourceCopyToResponse(rop.output_handle_index).format()

    async def source_copy_properties(self, call: Call, rop: RopFastTransferSourceCopyPropertiesRequest) -> bytes:
        """3.2.5.8.1.2."""
        require_known(rop.copy_flags, COPY_PROPERTIES)
        columns = await columns_of(copied_object(call, rop).logon.names, rop.property_tags)
        moves = PropertiesCopyFlags.MOVE in rop.copy_flags
        await self._copy(call, rop, Selection(columns.wanted, sub_objects=not rop.level, moves=moves))
        return RopFastTransferSourceCopyPropertiesResponse(rop.output_handle_index).format()

    async def _copy(self, call: Call, rop: _CopyTo, chosen: Selection) -> None:
        source = copied_object(call, rop)
        if isinstance(source, OpenMessage):
            make = await from_message(source, chosen)
        elif isinstance(source, OpenAttachment):
            make = await from_attachment(source, replace(chosen, sub_objects=True))
        else:
            await source.logon.store.read(_require_readable, source)
            carrier = self._source(rop, source, moves=chosen.moves)
            make = from_folder(carrier, source, chosen)
        put_download(call, rop, source.logon, make)

    async def source_copy_messages(self, call: Call, rop: RopFastTransferSourceCopyMessagesRequest) -> bytes:
        """3.2.5.8.1.3."""
        require_known(rop.copy_flags, COPY_MESSAGES)
        folder, flags = as_folder(call.object(rop)), rop.copy_flags
        moves, versions = MessagesCopyFlags.MOVE in flags, MessagesCopyFlags.SEND_ENTRY_ID in flags
        source = self._source(rop, folder, moves=moves, versions=versions)

        def find(tx: Transaction) -> list[tuple[MessageId, FolderId]]:
            places = whereabouts(tx, folder.logon, folder.facts(tx), rop.message_ids, Right.READ)
            found = {message: place for place, messages in places.items() for message in messages}
            wanted = [MessageId(own_counter(one) or 0) for one in rop.message_ids]
            return [(number, found.get(number, FolderId(0))) for number in wanted]

        make = from_messages(source, await folder.logon.store.read(find))
        put_download(call, rop, folder.logon, make)
        return RopFastTransferSourceCopyMessagesResponse(rop.output_handle_index).format()

    async def source_copy_folder(self, call: Call, rop: RopFastTransferSourceCopyFolderRequest) -> bytes:
        """3.2.5.8.1.4: what is moved takes all below it along (R3481); otherwise the flag is ignored, as Exchange does
        since 2010 (R3793)."""
        require_known(rop.copy_flags, COPY_FOLDER)
        folder = as_folder(call.object(rop))
        await folder.logon.store.read(_require_readable, folder)
        recursive = bool(rop.copy_flags & (FolderCopyFlags.MOVE | FolderCopyFlags.COPY_SUBFOLDERS))
        make = from_top_folder(self._source(rop, folder), folder, recursive=recursive)
        put_download(call, rop, folder.logon, make)
        return RopFastTransferSourceCopyFolderResponse(rop.output_handle_index).format()

    def _source(self, rop: _Copy, folder: OpenFolder, *, moves: bool = False, versions: bool = False) -> Source:
        recovers = SendOptions.RECOVER_MODE in SendOptions(int(rop.send_options))
        return Source(folder.logon, self._people, moves, versions, recovers, folder.deleted)


_CopyTo = RopFastTransferSourceCopyToRequest | RopFastTransferSourceCopyPropertiesRequest
_Copy = _CopyTo | RopFastTransferSourceCopyMessagesRequest | RopFastTransferSourceCopyFolderRequest


def require_known(flags: int, known: int) -> None:
    """ecInvalidParameter for bits that the document does not have (R2096, R2101 and the like)."""
    if int(flags) & ~int(known):
        raise RopError(ErrorCode.ecInvalidParameter)


def _require_readable(tx: Transaction, folder: OpenFolder) -> None:
    """Also when it was deleted, and opened as such."""
    require(folder.facts(tx), Right.READ)


def put_download(call: Call, rop: _Copy, logon: Logon, make: Make) -> None:
    require_known(rop.send_options, SEND_OPTIONS)
    download = Download(logon, call.session, SendOptions(int(rop.send_options) & 0x1F))
    download.make = make
    call.put(rop.output_handle_index, download)


async def source_get_buffer(call: Call, rop: RopFastTransferSourceGetBufferRequest) -> bytes | More:
    """3.2.5.8.1.5. A buffer for which nothing is small enough is an error, and the end: NoRoom is no answer of Exchange
    since 2010 (R3150001)."""
    found = call.object(rop)
    if not isinstance(found, Download):
        raise RopError(ErrorCode.ecNotSupported)
    wanted = rop.maximum_buffer_size if rop.buffer_size == SERVER_CHOOSES else rop.buffer_size
    room = min(wanted if wanted is not None else MOST, call.room - HEAD, MOST)
    if rop.buffer_size != SERVER_CHOOSES and rop.buffer_size > call.room - HEAD:
        call.require(HEAD + rop.buffer_size)
    chunk = await found.take(max(room, 0), call.ahead if rop.buffer_size == SERVER_CHOOSES else 0)
    if int(chunk.status) == TransferStatus.PARTIAL and not chunk.data:
        call.require(HEAD + LEAST)  # then it is asked again, with more room
        found.fail(RopError(ErrorCode.ecBufferTooSmall))
    response = _response(rop, chunk)
    if int(chunk.status) != TransferStatus.PARTIAL or rop.buffer_size != SERVER_CHOOSES:
        return response
    return More(response, rop, HEAD + LEAST)


def _response(rop: RopFastTransferSourceGetBufferRequest, chunk: Chunk) -> bytes:
    return RopFastTransferSourceGetBufferResponse(
        rop.handle_index,
        TransferStatus(int(chunk.status)),
        chunk.in_progress,
        chunk.total,
        0,
        chunk.data,
    ).format()


async def tell_version(call: Call, rop: RopTellVersionRequest) -> bytes:
    """3.2.5.8.1.6: of another server, whose streams are no different."""
    found: ServerObject = call.object(rop)
    if not isinstance(found, Download | Upload):
        raise RopError(ErrorCode.ecNotSupported)
    return RopTellVersionResponse(rop.handle_index).format()
