"""Operations on streams – [MS-OXCROPS] 2.2.9, [MS-OXCPRPT] 2.2.14 to 2.2.26."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.compositions import When
from posthouse.protocols.mapi.enumerations import Choice
from posthouse.protocols.mapi.fields import I64, U8, U16, U32, U64, Bytes16, Tag

from .base import NULL_DESTINATION, On, RopRequest, RopResponse, rop

MORE_THAN_64_KB = 0xBABE
"""Instead of a number of bytes: another, of 32 bits, follows."""


class StreamOpenMode(Choice):
    """[MS-OXCPRPT] 2.2.14.1."""

    READ_ONLY = 0
    READ_WRITE = 1
    CREATE = 2
    BEST_ACCESS = 3


@rop(0x2B)
class RopOpenStreamRequest(RopRequest):
    """2.2.9.1."""

    output_handle_index: U8
    property_tag: Tag
    open_mode_flags: Annotated[StreamOpenMode, U8]


@rop(0x2B)
class RopOpenStreamResponse(RopResponse):
    stream_size: U32


def _is_more(rop: RopReadStreamRequest) -> bool:
    return rop.byte_count == MORE_THAN_64_KB


@rop(0x2C)
class RopReadStreamRequest(RopRequest):
    """2.2.9.2."""

    byte_count: U16
    maximum_byte_count: Annotated[U32 | None, When(_is_more)] = None


@rop(0x2C, on=On.ALWAYS)
class RopReadStreamResponse(RopResponse):
    data: Bytes16 = b""


@rop(0x2D)
class RopWriteStreamRequest(RopRequest):
    """2.2.9.3."""

    data: Bytes16


@rop(0x2D, on=On.ALWAYS)
class RopWriteStreamResponse(RopResponse):
    written_size: U16 = 0


@rop(0xA3)
class RopWriteStreamExtendedRequest(RopRequest):
    """2.2.9.4."""

    data: Bytes16


@rop(0xA3, on=On.ALWAYS)
class RopWriteStreamExtendedResponse(RopResponse):
    written_size: U32 = 0


@rop(0x5D)
class RopCommitStreamRequest(RopRequest):
    """2.2.9.5."""


@rop(0x5D)
class RopCommitStreamResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x5E)
class RopGetStreamSizeRequest(RopRequest):
    """2.2.9.6."""


@rop(0x5E)
class RopGetStreamSizeResponse(RopResponse):
    stream_size: U32


@rop(0x2F)
class RopSetStreamSizeRequest(RopRequest):
    """2.2.9.7."""

    stream_size: U64


@rop(0x2F)
class RopSetStreamSizeResponse(RopResponse):
    """Nothing but the prefix."""


class SeekOrigin(Choice):
    """[MS-OXCPRPT] 2.2.21.1."""

    BEGINNING = 0
    CURRENT = 1
    END = 2


@rop(0x2E)
class RopSeekStreamRequest(RopRequest):
    """2.2.9.8."""

    origin: Annotated[SeekOrigin, U8]
    offset: I64


@rop(0x2E)
class RopSeekStreamResponse(RopResponse):
    new_position: U64


@rop(0x3A)
class RopCopyToStreamRequest(RopRequest):
    """2.2.9.9. The handle index behind LogonId is that of the source."""

    dest_handle_index: U8
    byte_count: U64


@rop(0x3A, on=On.ALWAYS)
class RopCopyToStreamResponse(RopResponse):
    read_byte_count: U64 = 0
    written_byte_count: U64 = 0


@rop(0x3A, on=NULL_DESTINATION)
class RopCopyToStreamNullDestinationResponse(RopResponse):
    dest_handle_index: U32 = 0
    read_byte_count: U64 = 0
    written_byte_count: U64 = 0


@rop(0x5B)
class RopLockRegionStreamRequest(RopRequest):
    """2.2.9.10."""

    region_offset: U64
    region_size: U64
    lock_flags: U32
    """1: others may still read."""


@rop(0x5B)
class RopLockRegionStreamResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x5C)
class RopUnlockRegionStreamRequest(RopRequest):
    """2.2.9.11."""

    region_offset: U64
    region_size: U64
    lock_flags: U32


@rop(0x5C)
class RopUnlockRegionStreamResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x90)
class RopWriteAndCommitStreamRequest(RopRequest):
    """2.2.9.12."""

    data: Bytes16


@rop(0x90, on=On.ALWAYS)
class RopWriteAndCommitStreamResponse(RopResponse):
    written_size: U16 = 0


@rop(0x3B)
class RopCloneStreamRequest(RopRequest):
    """2.2.9.13."""

    output_handle_index: U8


@rop(0x3B)
class RopCloneStreamResponse(RopResponse):
    """Nothing but the prefix."""
