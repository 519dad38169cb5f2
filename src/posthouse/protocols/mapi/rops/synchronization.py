"""Operations of synchronization: what is sent to the client – [MS-OXCROPS] 2.2.13, [MS-OXCFXICS] 2.2.3.2.

What the client sends is in `synchronization_upload.py`, the stream itself comes by RopFastTransferSourceGetBuffer.
"""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.fields import (
    U8,
    U16,
    U32,
    Bytes32,
    Counted16,
    Counted32,
    Guid,
    LongTerm,
    Restriction16,
    Sized16,
    Tag,
)
from posthouse.protocols.mapi.structures import Fixed, Structure, structure

from .base import RopRequest, RopResponse, rop
from .fast_transfer import SendOptions

_COUNTER = Fixed("6s", lambda raw: int.from_bytes(raw, "big"), lambda number: number.to_bytes(6, "big"))


class SynchronizationType(Choice):
    """[MS-OXCFXICS] 2.2.3.2.1.1.1."""

    CONTENTS = 0x01
    HIERARCHY = 0x02


class SynchronizationFlags(Flags):
    """[MS-OXCFXICS] 2.2.3.2.1.1.1."""

    UNICODE = 0x0001
    NO_DELETIONS = 0x0002
    IGNORE_NO_LONGER_IN_SCOPE = 0x0004
    READ_STATE = 0x0008
    FAI = 0x0010
    NORMAL = 0x0020
    ONLY_SPECIFIED_PROPERTIES = 0x0080
    NO_FOREIGN_IDENTIFIERS = 0x0100
    RESERVED = 0x1000
    BEST_BODY = 0x2000
    IGNORE_SPECIFIED_ON_FAI = 0x4000
    PROGRESS = 0x8000


class SynchronizationExtraFlags(Flags):
    """[MS-OXCFXICS] 2.2.3.2.1.1.1."""

    EID = 0x01
    MESSAGE_SIZE = 0x02
    CN = 0x04
    ORDER_BY_DELIVERY_TIME = 0x08


@rop(0x70)
class RopSynchronizationConfigureRequest(RopRequest):
    """2.2.13.1."""

    output_handle_index: U8
    synchronization_type: Annotated[SynchronizationType, U8]
    send_options: Annotated[SendOptions, U8]
    synchronization_flags: Annotated[SynchronizationFlags, U16]
    restriction: Restriction16
    synchronization_extra_flags: Annotated[SynchronizationExtraFlags, U32]
    property_tags: Counted16[Tag]
    """Of what is left out, or with ONLY_SPECIFIED_PROPERTIES of what is wanted."""


@rop(0x70)
class RopSynchronizationConfigureResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x75)
class RopSynchronizationUploadStateStreamBeginRequest(RopRequest):
    """2.2.13.9."""

    state_property: Tag
    transfer_buffer_size: U32
    """Of all that will come."""


@rop(0x75)
class RopSynchronizationUploadStateStreamBeginResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x76)
class RopSynchronizationUploadStateStreamContinueRequest(RopRequest):
    """2.2.13.10."""

    stream_data: Bytes32


@rop(0x76)
class RopSynchronizationUploadStateStreamContinueResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x77)
class RopSynchronizationUploadStateStreamEndRequest(RopRequest):
    """2.2.13.11."""


@rop(0x77)
class RopSynchronizationUploadStateStreamEndResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x82)
class RopSynchronizationGetTransferStateRequest(RopRequest):
    """2.2.13.8."""

    output_handle_index: U8


@rop(0x82)
class RopSynchronizationGetTransferStateResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x7F)
class RopGetLocalReplicaIdsRequest(RopRequest):
    """2.2.13.13."""

    id_count: U32


@rop(0x7F)
class RopGetLocalReplicaIdsResponse(RopResponse):
    repl_guid: Guid
    global_count: Annotated[int, _COUNTER]
    """The first."""


@structure
class LongTermIdRange(Structure):
    """2.2.13.12.1.1, with both ends."""

    min_long_term_id: LongTerm
    max_long_term_id: LongTerm


@rop(0x93)
class RopSetLocalReplicaMidsetDeletedRequest(RopRequest):
    """2.2.13.12."""

    long_term_id_ranges: Sized16[Counted32[LongTermIdRange]]


@rop(0x93)
class RopSetLocalReplicaMidsetDeletedResponse(RopResponse):
    """Nothing but the prefix."""
