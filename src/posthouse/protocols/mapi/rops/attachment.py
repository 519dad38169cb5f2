"""Operations on attachments – [MS-OXCROPS] 2.2.6.12 to 2.2.6.18, [MS-OXCMSG] 2.2.3.12 to 2.2.3.17."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.fields import I32, MID, U8, U16, U32, Counted16

from .base import RopRequest, RopResponse, rop
from .message import MessageOpenMode, OpenedMessage, SaveFlags


class AttachmentOpenMode(Choice):
    """[MS-OXCMSG] 2.2.3.12.1."""

    READ_ONLY = 0
    READ_WRITE = 1
    BEST_ACCESS = 3


@rop(0x22)
class RopOpenAttachmentRequest(RopRequest):
    """2.2.6.12."""

    output_handle_index: U8
    open_attachment_flags: Annotated[AttachmentOpenMode, U8]
    attachment_id: U32


@rop(0x22)
class RopOpenAttachmentResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x23)
class RopCreateAttachmentRequest(RopRequest):
    """2.2.6.13."""

    output_handle_index: U8


@rop(0x23)
class RopCreateAttachmentResponse(RopResponse):
    attachment_id: U32


@rop(0x24)
class RopDeleteAttachmentRequest(RopRequest):
    """2.2.6.14."""

    attachment_id: U32


@rop(0x24)
class RopDeleteAttachmentResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x25)
class RopSaveChangesAttachmentRequest(RopRequest):
    """2.2.6.15. Behind LogonId stands ResponseHandleIndex."""

    input_handle_index: U8
    save_flags: Annotated[SaveFlags, U8]


@rop(0x25)
class RopSaveChangesAttachmentResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x46)
class RopOpenEmbeddedMessageRequest(RopRequest):
    """2.2.6.16."""

    output_handle_index: U8
    code_page_id: U16
    open_mode_flags: Annotated[MessageOpenMode, U8]


@rop(0x46)
class RopOpenEmbeddedMessageResponse(RopResponse):
    reserved: U8
    message_id: MID
    message: OpenedMessage


class AttachmentTableFlags(Flags):
    """[MS-OXCMSG] 2.2.3.17.1. Standard is 0."""

    UNICODE = 0x40


@rop(0x21)
class RopGetAttachmentTableRequest(RopRequest):
    """2.2.6.17."""

    output_handle_index: U8
    table_flags: Annotated[AttachmentTableFlags, U8] = AttachmentTableFlags(0)


@rop(0x21)
class RopGetAttachmentTableResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x52)
class RopGetValidAttachmentsRequest(RopRequest):
    """2.2.6.18."""


@rop(0x52)
class RopGetValidAttachmentsResponse(RopResponse):
    attachment_ids: Counted16[I32]
