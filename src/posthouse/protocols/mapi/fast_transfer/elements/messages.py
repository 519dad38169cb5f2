"""Messages and what is in them – [MS-OXCFXICS] 2.2.4.3.1, 2.2.4.3.4, 2.2.4.3.10, 2.2.4.3.12, 2.2.4.3.16, 2.2.4.3.17,
2.2.4.3.23."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from struct import unpack

from ...identifiers import ObjectId
from ...objects import Attachment, Message, Recipient
from ...property_values import PropertyTag
from ...tags import (
    PidTagAttachDataObject,
    PidTagAttachNumber,
    PidTagMessageAttachments,
    PidTagMessageRecipients,
    PidTagMessageSize,
    PidTagMessageSizeExtended,
    PidTagMessageStatus,
    PidTagMid,
    PidTagRead,
    PidTagRowid,
)
from ..markers import Marker, MetaTagEcWarning, MetaTagFXDelProp, Structure
from ..pieces import Piece, binary, marker, number, object_id
from ..structures import ExtendedErrorInfo
from ..writer import Writer


@dataclass(frozen=True, slots=True)
class Children:
    """Which of a message's are sent (3.2.5.10)."""

    recipients: bool = True
    attachments: bool = True
    announced: bool = True
    """The client is told before each list to drop its own. Not where nothing is filtered."""


ANNOUNCED = Children()
NO_CHILDREN = Children(recipients=False, attachments=False)
UNFILTERED = Children(announced=False)
"""Of embedded messages too: no filter reaches them (R2272)."""


@dataclass(frozen=True, slots=True)
class ListedMessage:
    mid: ObjectId
    message: Message | None
    """None: the client may not see it (R1167)."""
    associated: bool = False
    warning: int | None = None


def message_list(writer: Writer, messages: Iterable[ListedMessage | ExtendedErrorInfo]) -> Iterator[Piece]:
    """An error stands where its message would."""
    for listed in messages:
        if isinstance(listed, ExtendedErrorInfo):
            yield from error_info(listed)
            continue
        if listed.warning is not None:
            yield number(MetaTagEcWarning, listed.warning)
        if listed.message is not None:
            yield marker(Marker.START_FAI_MSG if listed.associated else Marker.START_MESSAGE)
            yield object_id(PidTagMid, listed.mid)
            yield from message_content(writer, listed.message, UNFILTERED)
            yield marker(Marker.END_MESSAGE)


_OF_A_STORE = (PidTagMessageSize.id, PidTagMessageSizeExtended.id, PidTagMessageStatus.id, PidTagRead.id)
"""Of messages within messages too: a client that finds them there gives up the folder."""


def message_content(writer: Writer, message: Message, children: Children) -> Iterator[Piece]:
    yield from writer.properties(message.properties, _OF_A_STORE)
    yield from message_children(writer, message.recipients, message.attachments, children)


def message_children(
    writer: Writer, recipients: Iterable[Recipient], attachments: Iterable[Attachment], children: Children
) -> Iterator[Piece]:
    if children.recipients:
        if children.announced:
            yield deleted(PidTagMessageRecipients)
        for one in recipients:
            yield from recipient(writer, one)
    if children.attachments:
        if children.announced:
            yield deleted(PidTagMessageAttachments)
        for part in attachments:
            yield from attachment(writer, part)


def recipient(writer: Writer, one: Recipient) -> list[Piece]:
    properties = writer.properties(one.properties, (PidTagRowid.id,))
    return [marker(Marker.START_RECIP), number(PidTagRowid, one.row_id), *properties, marker(Marker.END_TO_RECIP)]


def attachment(writer: Writer, part: Attachment) -> Iterator[Piece]:
    yield marker(Marker.NEW_ATTACH)
    yield number(PidTagAttachNumber, part.number)
    yield from attachment_content(writer, part)
    yield marker(Marker.END_ATTACH)


def attachment_content(writer: Writer, part: Attachment) -> Iterator[Piece]:
    """A message within stands for PidTagAttachDataObject."""
    embedded = part.embedded
    without = (PidTagAttachNumber.id,) if embedded is None else (PidTagAttachNumber.id, PidTagAttachDataObject.id)
    yield from writer.properties(part.properties, without)
    if embedded is not None:
        yield marker(Marker.START_EMBED)
        yield from message_content(writer, embedded, UNFILTERED)
        yield marker(Marker.END_EMBED)


def deleted(subobjects: PropertyTag) -> Piece:
    return number(MetaTagFXDelProp, unpack("<I", subobjects.format())[0])


def error_info(error: ExtendedErrorInfo) -> Iterator[Piece]:
    """2.2.4.3.4: only with SendOptions.RECOVER_MODE (R1074)."""
    yield marker(Marker.FX_ERROR_INFO)
    yield binary(Structure, error.format())
