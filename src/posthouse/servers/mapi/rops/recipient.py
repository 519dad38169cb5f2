"""Recipients of an open message – [MS-OXCMSG] 3.2.5.4 to 3.2.5.6."""

from __future__ import annotations

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.objects import Recipient
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.recipient import (
    ReadRecipientRow,
    RopModifyRecipientsRequest,
    RopModifyRecipientsResponse,
    RopReadRecipientsRequest,
    RopReadRecipientsResponse,
    RopRemoveAllRecipientsRequest,
    RopRemoveAllRecipientsResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.messages.opening import MAX_ROWS, UTF_16
from posthouse.servers.mapi.messages.recipients import ColumnKeys, format_recipient, parse_recipient, recipient_type

from .message import message_of
from .processor import Call, Handler

HEAD = 7
"""Bytes of a response before its rows."""


class RecipientRops:
    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopRemoveAllRecipientsRequest: remove_all_recipients,
            RopModifyRecipientsRequest: modify_recipients,
            RopReadRecipientsRequest: read_recipients,
        }


async def remove_all_recipients(call: Call, rop: RopRemoveAllRecipientsRequest) -> bytes:
    """3.2.5.4: also of a message that has none."""
    message = message_of(call, rop)
    message.require_writable()
    for recipient in list(message.tree.recipients):
        message.remove_recipient(recipient.row_id)
    return RopRemoveAllRecipientsResponse(rop.handle_index).format()


async def modify_recipients(call: Call, rop: RopModifyRecipientsRequest) -> bytes:
    """3.2.5.5: all rows or none."""
    message = message_of(call, rop)
    message.require_writable()
    keys = await message.logon.names.keys_of([tag.id for tag in rop.recipient_columns])
    columns = ColumnKeys(rop.recipient_columns, keys)
    codec = message.codec or call.session.codec
    new: dict[int, Recipient | None] = {}
    for row in rop.recipient_rows:
        made = None
        if row.recipient_row is not None:
            try:
                made = parse_recipient(row.row_id, row.recipient_type, row.recipient_row, columns, codec)
            except BadSyntax:
                raise RopError(ErrorCode.ecInvalidParameter) from None
        new[row.row_id] = made
    message.require_room(new)
    for row_id, recipient in new.items():
        if recipient is None:
            message.remove_recipient(row_id)
        else:
            message.put_recipient(recipient)
    return RopModifyRecipientsResponse(rop.handle_index).format()


async def read_recipients(call: Call, rop: RopReadRecipientsRequest) -> bytes:
    """3.2.5.6: from the one with this id on, as many as fit; from 0, all."""
    message = message_of(call, rop)
    recipients, columns = message.tree.recipients, message.recipient_columns
    begin = next((place for place, one in enumerate(recipients) if one.row_id == rop.row_id), None)
    if begin is None and rop.row_id == 0:
        begin = 0
    if begin is None or not recipients:
        raise RopError(ErrorCode.ecNotFound)
    rows: list[ReadRecipientRow] = []
    left = call.room - HEAD
    for recipient in recipients[begin : begin + MAX_ROWS]:
        kind = recipient_type(recipient)
        row = ReadRecipientRow(recipient.row_id, kind, UTF_16, 0, format_recipient(recipient, columns))
        left -= len(row.format())
        if left < 0:
            break
        rows.append(row)
    if not rows:
        raise RopError(ErrorCode.ecBufferTooSmall)
    return RopReadRecipientsResponse(rop.handle_index, tuple(rows)).format()
