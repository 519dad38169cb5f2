"""A message whose nature only TNEF can tell: a text, and beside it all the rest in winmail.dat – [MS-OXCMAIL] 2.1.3.

    mixed( plain, winmail.dat )

Who does not read TNEF sees the text alone, and no attachment: hence only who is said to read it gets it.
"""

from __future__ import annotations

from .. import named_tags, tags
from ..named_tags import PS_INTERNET_HEADERS
from ..objects import Attachment, Key, Message, Properties, set_value, value_of
from ..property_names import PropertyName
from ..property_rows import Typed
from ..property_values import PropertyType
from . import entities
from .attachments import EMBEDDED_MESSAGE
from .bodies import HTML, PLAIN, native_body, rtf_body
from .entities import Entity
from .file_names import short_name
from .header_in import recipient_properties
from .header_out import BCC, Writing, message_id, subject_of
from .people import RECIPIENT, SENDER, SENT_REPRESENTING, Person, Role, person_of, person_properties
from .tnef import MAX_ATTACHMENTS, MAX_DEPTH, MAX_PROPERTIES, MAX_RECIPIENTS, Tnef, TnefAttachment
from .tnef_in import KINDS, travels
from .tnef_writer import can_be_written, format_tnef

_OWN_FORMAT = 0x00020000
"""PidTagSendInternetEncoding: the recipient has a format of MIME, which its other bits tell."""


def wants_tnef(message: Properties, recipient: Properties) -> bool:
    """What the message says of everybody counts, then what the recipient says ([MS-OXCMAIL] 2.1.3). A client that does
    not say that its message needs TNEF gets none ([MS-OXOMSG] 2.2.1.66): that somebody could read it is no reason."""
    told: bool | None = value_of(message, tags.PidTagSendRichInfo)
    if told is not None:
        return told
    if not value_of(message, named_tags.PidLidUseTnef) or value_of(recipient, tags.PidTagSendRichInfo) is False:
        return False
    return not value_of(recipient, tags.PidTagSendInternetEncoding, 0) & _OWN_FORMAT


def with_tnef(message: Message, plain: Entity, writing: Writing) -> Entity | None:
    """`plain`: its text. None when it has more, or more within each other, than a reader would look at."""
    correlator = message_id(message.properties, writing)
    found = tnef_of(message, writing)
    if not _is_readable(found, 1):
        return None
    set_value(found.properties, tags.PidTagTnefCorrelationKey, correlator.encode("ascii") + b"\0")
    file = entities.binary(KINDS[0].decode("ascii"), format_tnef(found), "winmail.dat", "attachment")
    mixed = entities.multipart("mixed", [plain, file], writing.seed)
    return Entity([("X-MS-TNEF-Correlator", correlator), *mixed.fields], mixed.body)


def _is_readable(found: Tnef, depth: int) -> bool:
    """Of the message's properties the key that it is known by is still to come."""
    few = len(found.properties) < MAX_PROPERTIES and len(found.attachments) <= MAX_ATTACHMENTS
    within = [one.embedded for one in found.attachments if one.embedded is not None]
    return few and depth <= MAX_DEPTH and all(_is_readable(one, depth + 1) for one in within)


def tnef_of(message: Message, writing: Writing) -> Tnef:
    """What of it is for others."""
    own = message.properties
    properties = {key: typed for key, typed in own.items() if _goes(key, typed)}
    set_value(properties, tags.PidTagSubject, subject_of(own))
    set_value(properties, tags.PidTagMessageClass, value_of(own, tags.PidTagMessageClass, ""))
    properties.update(_body(own))
    attachments = [_attachment(one, writing) for one in message.attachments]
    return Tnef(value_of(own, tags.PidTagMessageClass, ""), properties=properties, attachments=attachments)


def _goes(key: Key, typed: Typed) -> bool:
    """Fields of a client's own are in the header."""
    in_header = isinstance(key, PropertyName) and key.guid == PS_INTERNET_HEADERS
    return travels(key) and not in_header and can_be_written(typed)


def _body(own: Properties) -> Properties:
    """The best form ([MS-OXCMAIL] 2.1.3.3.2), which for a plain text is RTF as well."""
    native = native_body(own)
    found: Properties = {}
    if native == HTML:
        wanted = [tags.PidTagHtml, tags.PidTagInternetCodepage]
    else:
        wanted = [tags.PidTagBody] if native == PLAIN else [tags.PidTagBody, tags.PidTagRtfInSync]
        if (rtf := rtf_body(own)) is not None:
            set_value(found, tags.PidTagRtfCompressed, rtf)
    found |= {tag.id: own[tag.id] for tag in wanted if value_of(own, tag) is not None}
    set_value(found, tags.PidTagNativeBody, native)
    return found


# Attachments
_ELSEWHERE = frozenset((tags.PidTagAttachDataBinary.id, tags.PidTagAttachNumber.id, tags.PidTagAttachSize.id))


def _attachment(attachment: Attachment, writing: Writing) -> TnefAttachment:
    own = attachment.properties
    found = TnefAttachment(short_name(value_of(own, tags.PidTagAttachLongFilename) or ""))
    found.properties = {key: typed for key, typed in own.items() if key not in _ELSEWHERE and can_be_written(typed)}
    content = own.get(tags.PidTagAttachDataBinary.id)
    if value_of(own, tags.PidTagAttachMethod) == EMBEDDED_MESSAGE:
        found.embedded = None if attachment.embedded is None else _within(attachment.embedded, writing)
    elif content is not None and content.type == PropertyType.OBJECT and can_be_written(content):
        found.properties[tags.PidTagAttachDataBinary.id] = content
    else:
        found.data = value_of(own, tags.PidTagAttachDataBinary, b"")
    return found


def _within(message: Message, writing: Writing) -> Tnef:
    """It has no header: who sent it to whom, and when, is in it as well. Who was hidden stays hidden."""
    found, own = tnef_of(message, writing), message.properties
    for role in (SENDER, SENT_REPRESENTING):
        if person := _abroad(role, own, writing):
            found.properties.update(person_properties(role, person))
    for tag in (tags.PidTagClientSubmitTime, tags.PidTagMessageDeliveryTime):
        if (when := value_of(own, tag)) is not None:
            set_value(found.properties, tag, when)
    for recipient in message.recipients[:MAX_RECIPIENTS]:
        kind = value_of(recipient.properties, tags.PidTagRecipientType, 1) & 0xF
        person = _abroad(RECIPIENT, recipient.properties, writing)
        if person and (kind != BCC or writing.with_bcc):
            found.recipients.append(recipient_properties(person, kind, len(found.recipients)))
    return found


def _abroad(role: Role, properties: Properties, writing: Writing) -> Person | None:
    """By the SMTP address, as nobody else knows our address book."""
    person = person_of(role, properties, writing.book)
    return None if person is None else person._replace(entry=None)
