"""Objects as streams, for tests of MAPI: a session that reads them and puts them elsewhere."""

from __future__ import annotations

from mapi_sync import SyncSession

from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.fast_transfer import (
    CopyToFlags,
    DestinationCopyFlags,
    FolderCopyFlags,
    MessagesCopyFlags,
    PropertiesCopyFlags,
    RopFastTransferDestinationConfigureRequest,
    RopFastTransferDestinationConfigureResponse,
    RopFastTransferDestinationPutBufferRequest,
    RopFastTransferDestinationPutBufferResponse,
    RopFastTransferSourceCopyFolderRequest,
    RopFastTransferSourceCopyFolderResponse,
    RopFastTransferSourceCopyMessagesRequest,
    RopFastTransferSourceCopyMessagesResponse,
    RopFastTransferSourceCopyPropertiesRequest,
    RopFastTransferSourceCopyPropertiesResponse,
    RopFastTransferSourceCopyToRequest,
    RopFastTransferSourceCopyToResponse,
    SendOptions,
    SourceOperation,
)

UNICODE = SendOptions.UNICODE
NONE = CopyToFlags(0)
NO_FLAGS = DestinationCopyFlags(0)


class Carrier(SyncSession):
    """A client that copies objects by streams."""

    def copied_to(self, source: int, *without: PropertyTag, level: int = 0, flags: CopyToFlags = NONE) -> bytes:
        rop = RopFastTransferSourceCopyToRequest(0, source, self.slot(), level, flags, UNICODE, without)
        self.get(rop, RopFastTransferSourceCopyToResponse)
        return self.stream(rop.output_handle_index)

    def copied_properties(self, source: int, *wanted: PropertyTag, level: int = 0, flags: int = 0) -> bytes:
        slot, copy_flags = self.slot(), PropertiesCopyFlags(flags)
        rop = RopFastTransferSourceCopyPropertiesRequest(0, source, slot, level, copy_flags, UNICODE, wanted)
        self.get(rop, RopFastTransferSourceCopyPropertiesResponse)
        return self.stream(slot)

    def copied_messages(self, folder: int, *ids: ObjectId, flags: int = 0, send: SendOptions = UNICODE) -> bytes:
        slot = self.slot()
        rop = RopFastTransferSourceCopyMessagesRequest(0, folder, slot, ids, MessagesCopyFlags(flags), send)
        self.get(rop, RopFastTransferSourceCopyMessagesResponse)
        return self.stream(slot)

    def copied_folder(self, folder: int, flags: int = 0) -> bytes:
        slot = self.slot()
        rop = RopFastTransferSourceCopyFolderRequest(0, folder, slot, FolderCopyFlags(flags), UNICODE)
        self.get(rop, RopFastTransferSourceCopyFolderResponse)
        return self.stream(slot)

    def destination(self, target: int, operation: SourceOperation = SourceOperation.COPY_TO) -> int:
        slot = self.slot()
        rop = RopFastTransferDestinationConfigureRequest(0, target, slot, operation, NO_FLAGS)
        self.get(rop, RopFastTransferDestinationConfigureResponse)
        return slot

    def put(
        self, target: int, data: bytes, operation: SourceOperation = SourceOperation.COPY_TO, size: int = 0
    ) -> None:
        slot, size = self.destination(target, operation), size or 0x3000
        for at in range(0, len(data), size):
            part = data[at : at + size]
            rop = RopFastTransferDestinationPutBufferRequest(0, slot, part)
            done = self.get(rop, RopFastTransferDestinationPutBufferResponse)
            assert (done.buffer_used_size, done.reserved) == (len(part), 0)
            assert (done.in_progress_count, done.total_step_count) == (0, 1)
        self.release(slot)
