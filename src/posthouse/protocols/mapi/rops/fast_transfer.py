"""Operations that carry objects as streams – [MS-OXCROPS] 2.2.12, [MS-OXCFXICS] 2.2.3.1."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.compositions import Items, When
from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.fields import MID, U8, U16, U32, Bytes16, Counted16, Tag

from .base import On, RopRequest, RopResponse, rop

SERVER_CHOOSES = 0xBABE
"""Instead of the size of a buffer: the server chooses, up to a maximum that follows."""
SERVER_BUSY = 0x480
"""ecServerBusy."""


class SendOptions(Flags):
    """[MS-OXCFXICS] 2.2.3.1.1.1.1. ForUpload is UNICODE and USE_CPID together."""

    UNICODE = 0x01
    USE_CPID = 0x02
    RECOVER_MODE = 0x04
    FORCE_UNICODE = 0x08
    PARTIAL_ITEM = 0x10


class TransferStatus(Choice):
    """[MS-OXCFXICS] 2.2.3.1.1.5.2."""

    ERROR = 0
    PARTIAL = 1
    NO_ROOM = 2
    DONE = 3


class SourceOperation(Choice):
    """[MS-OXCFXICS] 2.2.3.1.2.1.1."""

    COPY_TO = 1
    COPY_PROPERTIES = 2
    COPY_MESSAGES = 3
    COPY_FOLDER = 4


class DestinationCopyFlags(Flags):
    """[MS-OXCFXICS] 2.2.3.1.2.1.1."""

    MOVE = 0x01


@rop(0x53)
class RopFastTransferDestinationConfigureRequest(RopRequest):
    """2.2.12.1."""

    output_handle_index: U8
    source_operation: Annotated[SourceOperation, U8]
    copy_flags: Annotated[DestinationCopyFlags, U8]


@rop(0x53)
class RopFastTransferDestinationConfigureResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x54)
class RopFastTransferDestinationPutBufferRequest(RopRequest):
    """2.2.12.2."""

    transfer_data: Bytes16


@rop(0x54, on=On.ALWAYS)
class RopFastTransferDestinationPutBufferResponse(RopResponse):
    transfer_status: Annotated[TransferStatus, U16] = TransferStatus.ERROR
    in_progress_count: U16 = 0
    total_step_count: U16 = 0
    reserved: U8 = 0
    buffer_used_size: U16 = 0


@rop(0x9D)
class RopFastTransferDestinationPutBufferExtendedRequest(RopRequest):
    """2.2.12.3."""

    transfer_data: Bytes16


@rop(0x9D, on=On.ALWAYS)
class RopFastTransferDestinationPutBufferExtendedResponse(RopResponse):
    transfer_status: Annotated[TransferStatus, U16] = TransferStatus.ERROR
    in_progress_count: U32 = 0
    total_step_count: U32 = 0
    reserved: U8 = 0
    buffer_used_size: U16 = 0


def _server_chooses(rop: RopFastTransferSourceGetBufferRequest) -> bool:
    return rop.buffer_size == SERVER_CHOOSES


@rop(0x4E)
class RopFastTransferSourceGetBufferRequest(RopRequest):
    """2.2.12.4."""

    buffer_size: U16
    maximum_buffer_size: Annotated[U16 | None, When(_server_chooses)] = None


@rop(0x4E, on=On.ALWAYS)
class RopFastTransferSourceGetBufferResponse(RopResponse):
    transfer_status: Annotated[TransferStatus, U16] = TransferStatus.ERROR
    in_progress_count: U16 = 0
    total_step_count: U16 = 0
    reserved: U8 = 0
    transfer_buffer: Bytes16 = b""


@rop(0x4E, on=SERVER_BUSY)
class RopFastTransferSourceGetBufferBusyResponse(RopResponse):
    transfer_status: Annotated[TransferStatus, U16] = TransferStatus.ERROR
    in_progress_count: U16 = 0
    total_step_count: U16 = 0
    reserved: U8 = 0
    transfer_buffer_size: U16 = 0
    backoff_time: U32 = 0
    """Milliseconds."""


class FolderCopyFlags(Flags):
    """[MS-OXCFXICS] 2.2.3.1.1.4.1."""

    MOVE = 0x01
    COPY_SUBFOLDERS = 0x10


@rop(0x4C)
class RopFastTransferSourceCopyFolderRequest(RopRequest):
    """2.2.12.5."""

    output_handle_index: U8
    copy_flags: Annotated[FolderCopyFlags, U8]
    send_options: Annotated[SendOptions, U8]


@rop(0x4C)
class RopFastTransferSourceCopyFolderResponse(RopResponse):
    """Nothing but the prefix."""


class MessagesCopyFlags(Flags):
    """[MS-OXCFXICS] 2.2.3.1.1.3.1."""

    MOVE = 0x01
    BEST_BODY = 0x10
    SEND_ENTRY_ID = 0x20


@rop(0x4B)
class RopFastTransferSourceCopyMessagesRequest(RopRequest):
    """2.2.12.6."""

    output_handle_index: U8
    message_ids: Counted16[MID]
    copy_flags: Annotated[MessagesCopyFlags, U8]
    send_options: Annotated[SendOptions, U8]


@rop(0x4B)
class RopFastTransferSourceCopyMessagesResponse(RopResponse):
    """Nothing but the prefix."""


class CopyToFlags(Flags):
    """[MS-OXCFXICS] 2.2.3.1.1.1.1."""

    MOVE = 0x0001
    BEST_BODY = 0x2000


@rop(0x4D)
class RopFastTransferSourceCopyToRequest(RopRequest):
    """2.2.12.7."""

    output_handle_index: U8
    level: U8
    """Not 0: without the messages within the message."""
    copy_flags: Annotated[CopyToFlags, U32]
    send_options: Annotated[SendOptions, U8]
    property_tags: Counted16[Tag]
    """Of what is left out."""


@rop(0x4D)
class RopFastTransferSourceCopyToResponse(RopResponse):
    """Nothing but the prefix."""


class PropertiesCopyFlags(Flags):
    """[MS-OXCFXICS] 2.2.3.1.1.2.1."""

    MOVE = 0x01


@rop(0x69)
class RopFastTransferSourceCopyPropertiesRequest(RopRequest):
    """2.2.12.8."""

    output_handle_index: U8
    level: U8
    copy_flags: Annotated[PropertiesCopyFlags, U8]
    send_options: Annotated[SendOptions, U8]
    property_tags: Counted16[Tag]
    """Of what is wanted."""


@rop(0x69)
class RopFastTransferSourceCopyPropertiesResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x86)
class RopTellVersionRequest(RopRequest):
    """2.2.12.9."""

    version: Annotated[tuple[U16, ...], Items(3)]
    """Of the server at the other end."""


@rop(0x86)
class RopTellVersionResponse(RopResponse):
    """Nothing but the prefix."""
