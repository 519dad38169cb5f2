"""Operations on whether messages are read, and other marks – [MS-OXCROPS] 2.2.6.8 to 2.2.6.11."""

from __future__ import annotations

from typing import Annotated, ClassVar

from posthouse.protocols.mapi.enumerations import Flags
from posthouse.protocols.mapi.fields import MID, U8, U32, Bool8, Counted16, Maybe, exactly
from posthouse.protocols.mapi.structures import Structure, structure

from .base import OfLogon, On, RopRequest, RopResponse, rop

CLIENT_DATA = 24
"""Bytes."""


class MessageStatusFlags(Flags):
    """[MS-OXCMSG] 2.2.1.8."""

    msRemoteDownload = 0x1000
    msInConflict = 0x0800
    msRemoteDelete = 0x2000


@rop(0x20)
class RopSetMessageStatusRequest(RopRequest):
    """2.2.6.8."""

    message_id: MID
    message_status_flags: Annotated[MessageStatusFlags, U32]
    message_status_mask: Annotated[MessageStatusFlags, U32]
    """Which of them to set."""


@rop(0x20)
class RopSetMessageStatusResponse(RopResponse):
    """Also of RopGetMessageStatus."""

    message_status_flags: Annotated[MessageStatusFlags, U32]
    """Before."""


@rop(0x1F)
class RopGetMessageStatusRequest(RopRequest):
    """2.2.6.9. Its response is that of RopSetMessageStatus, RopId and all (R20004)."""

    RESPONSE_ID: ClassVar[int] = RopSetMessageStatusResponse.ROP_ID

    message_id: MID


class ReadFlags(Flags):
    """[MS-OXCMSG] 2.2.3.10.1. rfDefault is 0; rfReserved, 0x0A, is ignored."""

    rfSuppressReceipt = 0x01
    rfClearReadFlag = 0x04
    rfGenerateReceiptOnly = 0x10
    rfClearNotifyRead = 0x20
    rfClearNotifyUnread = 0x40


@rop(0x66)
class RopSetReadFlagsRequest(RopRequest):
    """2.2.6.10."""

    want_asynchronous: Bool8
    read_flags: Annotated[ReadFlags, U8]
    message_ids: Counted16[MID]


@rop(0x66, on=On.ALWAYS)
class RopSetReadFlagsResponse(RopResponse):
    partial_completion: Bool8 = False


@rop(0x11)
class RopSetMessageReadFlagRequest(RopRequest):
    """2.2.6.11. Behind LogonId stands ResponseHandleIndex."""

    input_handle_index: U8
    read_flags: Annotated[ReadFlags, U8]
    client_data: Annotated[Annotated[bytes, exactly(CLIENT_DATA)] | None, OfLogon(public=True)] = None
    """Comes back in the response."""


@structure
class ReadStatus(Structure):
    """What has changed in public folders."""

    logon_id: U8
    client_data: Annotated[bytes, exactly(CLIENT_DATA)]


@rop(0x11)
class RopSetMessageReadFlagResponse(RopResponse):
    changed: Maybe[ReadStatus] = None
    """ReadStatusChanged, and of what; never in a private mailbox."""
