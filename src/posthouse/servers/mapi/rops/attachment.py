"""Attachments of an open message, and messages within them – [MS-OXCMSG] 3.2.5.12 to 3.2.5.16, 3.2.5.18."""

from __future__ import annotations

import secrets

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Attachment, Message, set_value
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.attachment import (
    AttachmentOpenMode,
    RopCreateAttachmentRequest,
    RopCreateAttachmentResponse,
    RopDeleteAttachmentRequest,
    RopDeleteAttachmentResponse,
    RopGetValidAttachmentsRequest,
    RopGetValidAttachmentsResponse,
    RopOpenAttachmentRequest,
    RopOpenAttachmentResponse,
    RopOpenEmbeddedMessageRequest,
    RopOpenEmbeddedMessageResponse,
    RopSaveChangesAttachmentRequest,
    RopSaveChangesAttachmentResponse,
)
from posthouse.protocols.mapi.rops.message import MessageOpenMode
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.messages.attachment import EMBEDDED, OpenAttachment, copy_attachment, copy_message
from posthouse.servers.mapi.messages.message import Mode, OpenMessage, initial_properties
from posthouse.servers.mapi.messages.nesting import require_depth
from posthouse.servers.mapi.messages.opening import told
from posthouse.servers.mapi.messages.reading import ReadMessage

from .message import TOGETHER, message_codec, message_of
from .processor import Call, Handler

OPENED = 15
"""Bytes of a response before what is told of the message."""
NO_PLACE = 0xFFFFFFFF - (1 << 32)
"""PidTagRenderingPosition: not within the text."""
WITHIN = Right.READ | Right.WRITE


class AttachmentRops:
    """They need nothing of the worker's."""

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopOpenAttachmentRequest: open_attachment,
            RopCreateAttachmentRequest: create_attachment,
            RopDeleteAttachmentRequest: delete_attachment,
            RopSaveChangesAttachmentRequest: save_changes_attachment,
            RopOpenEmbeddedMessageRequest: open_embedded_message,
            RopGetValidAttachmentsRequest: get_valid_attachments,
        }


async def open_attachment(call: Call, rop: RopOpenAttachmentRequest) -> bytes:
    """3.2.5.12."""
    message = message_of(call, rop)
    found = message.attachment(rop.attachment_id)
    mode = message.mode if rop.open_attachment_flags is not AttachmentOpenMode.READ_ONLY else Mode.READ_ONLY
    if rop.open_attachment_flags is AttachmentOpenMode.READ_WRITE:
        message.require_writable()
    call.put(rop.output_handle_index, OpenAttachment(message, copy_attachment(found), mode))
    return RopOpenAttachmentResponse(rop.output_handle_index).format()


async def create_attachment(call: Call, rop: RopCreateAttachmentRequest) -> bytes:
    """3.2.5.13."""
    message = message_of(call, rop)
    message.require_writable()
    attachment = Attachment(message.next_attachment())
    now = file_time(message.logon.store.clock())
    for tag, value in (
        (tags.PidTagAttachMethod, 0),
        (tags.PidTagRenderingPosition, NO_PLACE),
        (tags.PidTagAttachmentFlags, 0),
        (tags.PidTagAttachmentLinkId, 0),
        (tags.PidTagAttachAdditionalInformation, b""),  # 2.2.2.21
        (tags.PidTagCreationTime, now),
        (tags.PidTagLastModificationTime, now),
    ):
        set_value(attachment.properties, tag, value)
    call.put(rop.output_handle_index, OpenAttachment(message, attachment, Mode.READ_WRITE))
    return RopCreateAttachmentResponse(rop.output_handle_index, attachment.number).format()


async def delete_attachment(call: Call, rop: RopDeleteAttachmentRequest) -> bytes:
    """3.2.5.15."""
    message = message_of(call, rop)
    message.require_writable()
    message.remove_attachment(rop.attachment_id)
    return RopDeleteAttachmentResponse(rop.handle_index).format()


async def save_changes_attachment(call: Call, rop: RopSaveChangesAttachmentRequest) -> bytes:
    """3.2.5.14. The index behind LogonId is of the message."""
    attachment = attachment_of(call, rop, ErrorCode.ecNotSupported)
    if rop.save_flags & TOGETHER == TOGETHER:
        raise RopError(ErrorCode.ecNotSupported)
    attachment.require_writable()
    attachment.message.require_writable()
    if attachment.spoilt:
        raise RopError(ErrorCode.ecError)  # R1639
    await attachment.settle()
    attachment.save()
    return RopSaveChangesAttachmentResponse(rop.handle_index).format()


async def open_embedded_message(call: Call, rop: RopOpenEmbeddedMessageRequest) -> bytes:
    """3.2.5.16. One for reading can be changed where the attachment can, as in Exchange since 2010 (2.2.3.16.1, note
    17)."""
    attachment = attachment_of(call, rop, ErrorCode.ecNullObject)
    codec = message_codec(rop.code_page_id)
    inner = attachment.attachment.embedded
    if inner is None:
        if rop.open_mode_flags is not MessageOpenMode.CREATE:
            raise RopError(ErrorCode.ecNotFound)
        attachment.require_writable()
        require_depth(attachment.message)
        inner = Message(
            initial_properties(attachment.logon, call.session.language, rop.code_page_id, secrets.token_bytes(16))
        )
        set_value(attachment.attachment.properties, tags.PidTagAttachMethod, EMBEDDED)
    writes = rop.open_mode_flags in (MessageOpenMode.READ_WRITE, MessageOpenMode.CREATE)
    if writes:
        attachment.require_writable()
    read = ReadMessage(copy_message(inner), None)
    message = OpenMessage(attachment.logon, read, attachment.mode, WITHIN, within=attachment)
    message.codec = codec
    opened = await told(message, call.room - OPENED)
    response = RopOpenEmbeddedMessageResponse(rop.output_handle_index, 0, ObjectId(OWN_REPLICA, 0), opened).format()
    call.require(len(response))
    call.put(rop.output_handle_index, message)
    return response


async def get_valid_attachments(call: Call, rop: RopGetValidAttachmentsRequest) -> bytes:
    """3.2.5.18."""
    numbers = [one.number for one in message_of(call, rop).tree.attachments]
    return RopGetValidAttachmentsResponse(rop.handle_index, tuple(numbers)).format()


def attachment_of(call: Call, rop: RopRequest, otherwise: ErrorCode) -> OpenAttachment:
    found = call.object(rop)
    if not isinstance(found, OpenAttachment):
        raise RopError(otherwise)
    return found
