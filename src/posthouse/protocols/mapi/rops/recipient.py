"""Operations on the recipients of a message – [MS-OXCROPS] 2.2.6.4 to 2.2.6.6, [MS-OXCMSG] 2.2.3.4 to 2.2.3.6."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.compositions import SizeOrNone
from posthouse.protocols.mapi.enumerations import Flags
from posthouse.protocols.mapi.fields import U8, U16, U32, Counted8, Counted16, Sized16, Tag
from posthouse.protocols.mapi.recipients import RecipientRow
from posthouse.protocols.mapi.structures import Structure, structure

from .base import RopRequest, RopResponse, rop


class RecipientType(Flags):
    """[MS-OXCMSG] 2.2.3.1.2: one of the first three, and maybe one of the others."""

    TO = 0x01
    CC = 0x02
    BCC = 0x03
    FAILED_BEFORE = 0x10
    """The message is sent again to those who did not get it."""
    SUCCEEDED_BEFORE = 0x80


@structure
class OpenRecipientRow(Structure):
    """2.2.6.1.2.1."""

    recipient_type: Annotated[RecipientType, U8]
    code_page_id: U16
    reserved: U16
    recipient_row: Sized16[RecipientRow]


@structure
class ReadRecipientRow(Structure):
    """2.2.6.6.2.1."""

    row_id: U32
    recipient_type: Annotated[RecipientType, U8]
    code_page_id: U16
    reserved: U16
    recipient_row: Sized16[RecipientRow]


@structure
class ModifyRecipientRow(Structure):
    """2.2.6.5.1.1."""

    row_id: U32
    recipient_type: Annotated[RecipientType, U8]
    recipient_row: Annotated[RecipientRow | None, SizeOrNone("H")] = None
    """None: this recipient is deleted."""


@rop(0x0D)
class RopRemoveAllRecipientsRequest(RopRequest):
    """2.2.6.4."""

    reserved: U32 = 0


@rop(0x0D)
class RopRemoveAllRecipientsResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x0E)
class RopModifyRecipientsRequest(RopRequest):
    """2.2.6.5."""

    recipient_columns: Counted16[Tag]
    recipient_rows: Counted16[ModifyRecipientRow]


@rop(0x0E)
class RopModifyRecipientsResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x0F)
class RopReadRecipientsRequest(RopRequest):
    """2.2.6.6."""

    row_id: U32
    """Of the first."""
    reserved: U16 = 0


@rop(0x0F)
class RopReadRecipientsResponse(RopResponse):
    recipient_rows: Counted8[ReadRecipientRow]
    """Their columns are those that were told when the message was opened."""
