"""What TNEF says of a message goes into the message – [MS-OXCMAIL] 2.2.3.9.

Headers say who wrote to whom and when, for others on the way know of them; TNEF says what the message is. What a sender
has no business to set (read state, flags, what a server computes) is left out. A message within has no header: there
TNEF says that as well.
"""

from __future__ import annotations

from posthouse.model.refusals import BadSyntax

from .. import tags
from ..objects import Attachment, Key, Message, Properties, Recipient, set_value, value_of
from ..property_names import PropertyName
from ..property_values import PropertyTag, PropertyType
from .address_book import EMPTY
from .attachments import BY_VALUE, EMBEDDED_MESSAGE, new_attachment
from .bodies import PLAIN, native_body
from .content_classes import NOTE
from .file_names import safe_name
from .header_in import recipient_properties
from .people import RECIPIENT, SENDER, SENT_REPRESENTING, person_of, person_properties
from .subjects import split_subject
from .tnef import Tnef, TnefAttachment, parse_tnef

KINDS = (b"application/ms-tnef", b"application/vnd.ms-tnef")

_ENVELOPE = range(0x0001, 0x0C00)
_CONTENT = range(0x1000, 0x3000)
_PERSONAL = range(0x3A00, 0x3C00)
_OF_CLASS = range(0x6800, 0x7C00)
"""Ids that travel, as [MS-OXPROPS] 1.3.3 divides them."""
BODIES = (tags.PidTagBody, tags.PidTagHtml, tags.PidTagRtfCompressed, tags.PidTagNativeBody, tags.PidTagRtfInSync)
_WINS = frozenset(
    tag.id for tag in (tags.PidTagImportance, tags.PidTagPriority, tags.PidTagSensitivity, tags.PidTagConversationTopic)
)
"""Besides what no header told."""
_LEFT_OUT = frozenset(
    (
        *(0x003B, *range(0x003F, 0x0047), *range(0x0051, 0x0054), 0x0064, 0x0065, *range(0x0075, 0x0079)),
        *(tag.id for tag in (tags.PidTagMessageClass, tags.PidTagSubject, tags.PidTagSubjectPrefix)),
        *(tag.id for tag in (tags.PidTagClientSubmitTime, tags.PidTagTransportMessageHeaders, *BODIES)),
        *(tag.id for tag in (tags.PidTagIconIndex, tags.PidTagLastVerbExecuted, tags.PidTagLastVerbExecutionTime)),
        *(tag.id for tag in (tags.PidTagFlagStatus, tags.PidTagFollowupIcon)),
    )
)
_CLASSES = (
    *("ipm.note", "ipm.schedule.", "ipm.appointment", "ipm.contact", "ipm.distlist", "ipm.task", "ipm.activity"),
    *("ipm.stickynote", "ipm.post", "ipm.recall", "ipm.outlook.recall", "ipm.document.", "report.ipm."),
)
_NO_CLASSES = ("ipm.note.smime", "ipm.note.rules.")


def read_tnef(data: bytes) -> Tnef | None:
    """None when it is none, or damaged."""
    try:
        return parse_tnef(data)
    except BadSyntax:
        return None


def correlates(found: Tnef, correlator: str) -> bool:
    """Whether it belongs to the message whose X-MS-TNEF-Correlator this is: mail may have been put together anew."""
    key: bytes | None = value_of(found.properties, tags.PidTagTnefCorrelationKey)
    return not key or not correlator or key.rstrip(b"\0").decode("latin-1").strip() == correlator.strip()


def merge_tnef(found: Tnef, message: Message) -> None:
    """Its attachments are appended to those of the message."""
    properties = message.properties
    for key, typed in found.properties.items():
        if travels(key) and (key not in properties or key in _WINS):
            properties[key] = typed
    _merge_bodies(found, properties)
    _set_class(found, properties)
    _set_subject(found, properties)
    for attachment in found.attachments:
        message.attachments.append(_attachment(attachment, len(message.attachments)))


def travels(key: Key) -> bool:
    """Whether it is the message's, and not a mailbox's, a header's or a body's."""
    if isinstance(key, PropertyName):
        return True
    if key in _LEFT_OUT:
        return False
    return key in _ENVELOPE or key in _CONTENT or key in _PERSONAL or key in _OF_CLASS


def _merge_bodies(found: Tnef, properties: Properties) -> None:
    """The richer form is in TNEF; a plain text is in the message as well, and counts unless it is made of TNEF's."""
    told = [tag for tag in BODIES if value_of(found.properties, tag) is not None]
    is_plain = value_of(found.properties, tags.PidTagNativeBody) == PLAIN
    for tag in told:
        if tag != tags.PidTagBody or is_plain or value_of(properties, tag) is None:
            set_value(properties, tag, value_of(found.properties, tag))
    if found.body and value_of(properties, tags.PidTagBody) is None:
        set_value(properties, tags.PidTagBody, found.body)
    if value_of(found.properties, tags.PidTagHtml) is not None:
        code_page = value_of(found.properties, tags.PidTagInternetCodepage)
        set_value(properties, tags.PidTagInternetCodepage, code_page or 0)
    if tags.PidTagNativeBody not in told:
        properties.pop(tags.PidTagNativeBody.id, None)
        set_value(properties, tags.PidTagNativeBody, native_body(properties))


def _set_class(found: Tnef, properties: Properties) -> None:
    told = value_of(found.properties, tags.PidTagMessageClass) or found.message_class
    lowered = told.lower()
    if lowered.startswith(_CLASSES) and not lowered.startswith(_NO_CLASSES):
        set_value(properties, tags.PidTagMessageClass, told[:255])


def _set_subject(found: Tnef, properties: Properties) -> None:
    subject = value_of(found.properties, tags.PidTagSubject) or found.subject
    if subject:
        prefix, normalized = split_subject(subject)
        set_value(properties, tags.PidTagSubject, prefix + normalized)
        set_value(properties, tags.PidTagSubjectPrefix, prefix)
        set_value(properties, tags.PidTagNormalizedSubject, normalized)


# Attachments
_DESCRIBED = frozenset((*range(0x3701, 0x3720), 0x3001, 0x3007, 0x3008, *range(0x7FF9, 0x8000)))


def _attachment(found: TnefAttachment, number: int) -> Attachment:
    told = found.properties
    name = _first(told, tags.PidTagAttachLongFilename, tags.PidTagAttachFilename) or found.title
    kind = _first(told, tags.PidTagAttachMimeTag)
    data = value_of(told, tags.PidTagAttachDataBinary, found.data)
    attachment = new_attachment(number, None if found.embedded else data, safe_name(name), kind)
    for key, typed in told.items():
        if (isinstance(key, PropertyName) or key in _DESCRIBED) and typed.type != PropertyType.NULL:
            attachment.properties[key] = typed
    if found.embedded:
        attachment.embedded = _within(found.embedded)
        set_value(attachment.properties, tags.PidTagAttachMethod, EMBEDDED_MESSAGE)
    elif value_of(attachment.properties, tags.PidTagAttachMethod) == EMBEDDED_MESSAGE:
        set_value(attachment.properties, tags.PidTagAttachMethod, BY_VALUE)
    return attachment


def _within(found: Tnef) -> Message:
    message = Message()
    properties = message.properties
    set_value(properties, tags.PidTagMessageClass, NOTE)
    merge_tnef(found, message)
    for role in (SENDER, SENT_REPRESENTING):
        if person := person_of(role, found.properties, EMPTY):
            properties.update(person_properties(role, person))
    for tag in (tags.PidTagClientSubmitTime, tags.PidTagMessageDeliveryTime):
        if (when := value_of(found.properties, tag)) is not None:
            set_value(properties, tag, when)
    for row in found.recipients:
        if person := person_of(RECIPIENT, row, EMPTY):
            kind, number = value_of(row, tags.PidTagRecipientType, 1) & 0xF, len(message.recipients)
            message.recipients.append(Recipient(number, recipient_properties(person, kind, number)))
    return message


def _first(properties: Properties, *wanted: PropertyTag) -> str:
    return next((value for tag in wanted if (value := value_of(properties, tag))), "")
