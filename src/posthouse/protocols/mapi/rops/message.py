"""Operations on messages – [MS-OXCROPS] 2.2.6.1 to 2.2.6.3, 2.2.6.7, [MS-OXCMSG] 2.2.3."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.fields import FID, MID, U8, U16, Bool8, Counted8, Counted16, Maybe, Tag, TypedString
from posthouse.protocols.mapi.structures import Structure, structure

from .base import RopRequest, RopResponse, rop
from .recipient import OpenRecipientRow

LOGON_CODE_PAGE = 0x0FFF
"""A CodePageId: that of the logon."""
OF_THE_LOGON = (LOGON_CODE_PAGE, 0)
"""0 is that of the folder ([MS-OXCMSG] 2.2.1.4), which has no other."""


class MessageOpenMode(Choice):
    """[MS-OXCMSG] 2.2.3.1.1."""

    READ_ONLY = 0
    READ_WRITE = 1
    CREATE = 2
    """Only of embedded messages."""
    BEST_ACCESS = 3
    OPEN_SOFT_DELETED = 4


@structure
class OpenedMessage(Structure):
    """What is told of a message that was opened."""

    has_named_properties: Bool8
    subject_prefix: TypedString
    normalized_subject: TypedString
    recipient_count: U16
    recipient_columns: Counted16[Tag]
    recipient_rows: Counted8[OpenRecipientRow]
    """Maybe fewer than there are recipients."""


@rop(0x03)
class RopOpenMessageRequest(RopRequest):
    """2.2.6.1."""

    output_handle_index: U8
    code_page_id: U16
    folder_id: FID
    open_mode_flags: Annotated[MessageOpenMode, U8]
    message_id: MID


@rop(0x03)
class RopOpenMessageResponse(RopResponse):
    message: OpenedMessage


@rop(0x06)
class RopCreateMessageRequest(RopRequest):
    """2.2.6.2."""

    output_handle_index: U8
    code_page_id: U16
    folder_id: FID
    associated_flag: Bool8


@rop(0x06)
class RopCreateMessageResponse(RopResponse):
    message_id: Maybe[MID] = None
    """HasMessageId, and it; otherwise RopSaveChangesMessage will tell it."""


class SaveFlags(Flags):
    """[MS-OXCMSG] 2.2.3.3.1."""

    KEEP_OPEN_READ_ONLY = 0x01
    KEEP_OPEN_READ_WRITE = 0x02
    FORCE_SAVE = 0x04


@rop(0x0C)
class RopSaveChangesMessageRequest(RopRequest):
    """2.2.6.3. Behind LogonId stands ResponseHandleIndex."""

    input_handle_index: U8
    save_flags: Annotated[SaveFlags, U8]


@rop(0x0C)
class RopSaveChangesMessageResponse(RopResponse):
    input_handle_index: U8
    message_id: MID


@rop(0x10)
class RopReloadCachedInformationRequest(RopRequest):
    """2.2.6.7."""

    reserved: U16 = 0


@rop(0x10)
class RopReloadCachedInformationResponse(RopResponse):
    message: OpenedMessage
