"""A message as bytes → the same as MAPI has it – [MS-OXCMAIL] 2.2.

Nothing makes it fail: what is not understood is an attachment, and when all else fails the message is one itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from posthouse.message.charsets import guess_text
from posthouse.message.dates import parse_date
from posthouse.message.decode import IDENTITY
from posthouse.message.derive import message_id_of
from posthouse.message.entity import Entity, Fields, Walker, gather
from posthouse.message.headers import header_end, unfold
from posthouse.message.limits import MAX_HEADER, MAX_SUBJECT
from posthouse.message.source import Data, Source, source_of
from posthouse.message.words import decode_header

from .. import named_tags, tags
from ..entry_ids import format_entry_list
from ..named_tags import PS_INTERNET_HEADERS
from ..objects import Attachment, Message, Properties, Recipient, set_value
from ..property_names import PropertyName
from ..property_rows import Typed
from ..property_values import PropertyType
from .address_book import EMPTY, AddressBook
from .attachments import attachment_of, embedded, hide_shown, new_attachment
from .essentials import Told, essentials
from .header_table import read_rows
from .people import READ_RECEIPT, RECIPIENT, Person, display_list, entry_id_of, person_properties, read_people
from .reports import TOLD_ELSEWHERE, read_report
from .shape import NOTE, Node, body_of, class_of, is_encrypted, is_report, is_signed, node_of
from .signed import keep_encrypted, keep_signed
from .texts import UTF_8, content_of, html_of, plain_of

MAX_EMBEDDED = 20
"""Messages within each other; what is deeper is an attachment as it is."""
MAX_FALLBACK = 64 * 1024
"""Bytes shown of a message that cannot be converted."""

PLAIN, HTML = 1, 3
"""PidTagNativeBody ([MS-OXCMSG] 2.2.1.58.2)."""
_UNMODIFIED, _HAS_ATTACHMENTS = 2, 0x10


@dataclass(frozen=True, slots=True)
class _Conversion:
    """What stays the same for a message and those within it."""

    source: Source
    book: AddressBook


def from_mime(data: Data, book: AddressBook = EMPTY, delivered: float | None = None) -> Message:
    """`delivered`: when it came, in seconds since 1970; None: when it says so itself. PidTagMessageFlags has what the
    message tells alone; that it was read, and other flags, are in `flags`."""
    try:
        return _from_mime(data, book, delivered, 0)
    except Exception:  # a message that cannot be shown must be there nevertheless
        return _fallback(bytes(data[:]), delivered)


def _from_mime(data: Data, book: AddressBook, delivered: float | None, depth: int) -> Message:
    source = source_of(data)
    size = len(source)
    end = header_end(source, 0, size)
    end = size if end < 0 else end
    fields: Fields = {}
    gather(source[0 : min(end, MAX_HEADER)], fields)
    root = Walker(source).walk(fields, end)
    return _convert(_Conversion(source, book), root, delivered, depth)


def _fallback(data: bytes, delivered: float | None) -> Message:
    subject = "A message that could not be read"
    told = Told(subject, "", None, delivered, len(data), NOTE, True)
    message = Message(essentials({}, told, EMPTY))
    set_value(message.properties, tags.PidTagMessageFlags, _UNMODIFIED | _HAS_ATTACHMENTS)
    set_value(message.properties, tags.PidTagBody, guess_text(data[:MAX_FALLBACK]).replace("\0", ""))
    set_value(message.properties, tags.PidTagNativeBody, PLAIN)
    message.attachments = [new_attachment(0, data, "message.eml", "application/octet-stream")]
    return message


def _convert(conversion: _Conversion, root: Entity, delivered: float | None, depth: int) -> Message:
    """`root`: of a message, which may be within another."""
    fields, node = root.fields, node_of(root)
    message = Message()
    _add_content(conversion, node, message, depth)
    properties = message.properties
    told = Told(
        decode_header(fields.get(b"subject", b"")[: 4 * MAX_SUBJECT])[:MAX_SUBJECT],
        message_id_of(fields.get(b"message-id")),
        sent := _sent(fields),
        _received(fields) if delivered is None and not (depth and sent is None) else delivered,
        root.end - root.start,
        class_of(node, decode_header(fields.get(b"content-class", b""))),
        bool(message.attachments),
    )
    properties.update(essentials(fields, told, conversion.book))
    set_value(properties, tags.PidTagMessageFlags, _UNMODIFIED | (_HAS_ATTACHMENTS if message.attachments else 0))
    header = conversion.source[root.start : min(root.body_start, root.start + MAX_HEADER)]
    set_value(properties, tags.PidTagTransportMessageHeaders, guess_text(header).replace("\0", ""))
    identity = conversion.source[root.start : min(root.end, root.start + MAX_HEADER)]
    set_value(properties, tags.PidTagSearchKey, blake2b(identity, digest_size=16).digest())
    read_rows(fields, properties)
    _add_receipts(fields, properties, conversion.book)
    _add_other_fields(fields, properties)
    message.recipients = _recipients(fields, conversion.book)
    if is_report(node):
        read_report(conversion.source, node, message, conversion.book)
    return message


def _sent(fields: Fields) -> int | None:
    value = fields.get(b"date")
    when = None if value is None else parse_date(unfold(value))
    return None if when is None else when.epoch


def _received(fields: Fields) -> int | None:
    """By the last hop: the date behind the semicolon of the topmost Received."""
    value = fields.get(b"received")
    when = None if value is None else parse_date(unfold(value).rpartition(b";")[2])
    return None if when is None else when.epoch


# Bodies and attachments
def _add_content(conversion: _Conversion, node: Node, message: Message, depth: int) -> None:
    source, properties = conversion.source, message.properties
    if is_encrypted(node):
        keep_encrypted(source, node, message)
        return
    body = body_of(node)
    plain, document = plain_of(source, body), html_of(source, body)
    if plain is not None:
        set_value(properties, tags.PidTagBody, plain)
    if document is not None:
        set_value(properties, tags.PidTagHtml, document.encode("utf-8", "replace"))
    set_value(properties, tags.PidTagNativeBody, PLAIN if document is None else HTML)
    set_value(properties, tags.PidTagInternetCodepage, UTF_8)
    set_value(properties, tags.PidTagMessageCodepage, UTF_8)
    if is_signed(node):
        keep_signed(source, node, message)
        return
    if body.calendar:
        body.attachments.append(body.calendar)
    parts = [part for part in body.attachments if not (is_report(node) and part.kind in TOLD_ELSEWHERE)]
    message.attachments = [_attachment(conversion, part, number, depth) for number, part in enumerate(parts)]
    if document:
        hide_shown(message.attachments, document, properties)


def _attachment(conversion: _Conversion, node: Node, number: int, depth: int) -> Attachment:
    entity = node.entity
    assert entity is not None
    if entity.nested is None or depth >= MAX_EMBEDDED:
        return attachment_of(conversion.source, node, number)
    if entity.encoding.name.decode("ascii", "replace") in IDENTITY:
        inner = _convert(conversion, entity.nested, None, depth + 1)
    else:  # RFC 2046 §5.2.1 forbids it, and there are programs that do it
        data, _ = content_of(conversion.source, node)
        inner = _from_mime(data, conversion.book, None, depth + 1)
    return embedded(entity, inner, number)


# People
_TO, _CC, _BCC = 1, 2, 3
_KINDS = ((b"to", _TO), (b"cc", _CC), (b"bcc", _BCC))
_MAIL_USER, _LIST = 6, 8
"""PidTagObjectType."""


def _recipients(fields: Fields, book: AddressBook) -> list[Recipient]:
    found: list[Recipient] = []
    for name, kind in _KINDS:
        for person in read_people(fields.get(name), book):
            found.append(Recipient(len(found), recipient_properties(person, kind, len(found))))
    return found


def recipient_properties(person: Person, kind: int, row: int) -> Properties:
    """[MS-OXCMAIL] 2.2.3.1.4. `kind`: PidTagRecipientType."""
    properties = dict(person_properties(RECIPIENT, person))
    is_list = person.entry is not None and person.entry.is_list
    entry_id = properties[tags.PidTagEntryId.id]
    properties |= {
        tags.PidTagTransmittableDisplayName.id: properties[tags.PidTagDisplayName.id],
        tags.PidTagRecipientDisplayName.id: properties[tags.PidTagDisplayName.id],
        tags.PidTagRecipientEntryId.id: entry_id,
        tags.PidTagRecordKey.id: entry_id,
        tags.PidTagRecipientType.id: Typed(PropertyType.INTEGER32, kind),
        tags.PidTagObjectType.id: Typed(PropertyType.INTEGER32, _LIST if is_list else _MAIL_USER),
        tags.PidTagDisplayType.id: Typed(PropertyType.INTEGER32, int(is_list)),
        tags.PidTagRecipientFlags.id: Typed(PropertyType.INTEGER32, 1),
        tags.PidTagRecipientTrackStatus.id: Typed(PropertyType.INTEGER32, 0),
        tags.PidTagResponsibility.id: Typed(PropertyType.BOOLEAN, True),
        tags.PidTagRowid.id: Typed(PropertyType.INTEGER32, row),
    }
    return properties


def _add_receipts(fields: Fields, properties: Properties, book: AddressBook) -> None:
    """[MS-OXCMAIL] 2.2.3.2.11 to 2.2.3.2.13."""
    wanted = read_people(fields.get(b"disposition-notification-to"), book)
    set_value(properties, tags.PidTagReadReceiptRequested, bool(wanted))
    set_value(properties, tags.PidTagNonReceiptNotificationRequested, bool(wanted))
    if wanted:
        properties.update(person_properties(READ_RECEIPT, wanted[0]))
    if b"return-receipt-to" in fields:
        set_value(properties, tags.PidTagOriginatorDeliveryReportRequested, True)
    replies = read_people(fields.get(b"reply-to"), book)
    if replies:
        set_value(properties, tags.PidTagReplyRecipientEntries, format_entry_list([*map(entry_id_of, replies)]))
        set_value(properties, tags.PidTagReplyRecipientNames, display_list(replies))


# What else a header has
_KEPT_FIELDS = frozenset(
    b"""x-mailer user-agent list-id content-class content-base x-originating-ip x-spam-flag x-spam-score x-spam-status
    x-spam-level authentication-results x-ms-has-attach""".split()
)
"""As named properties, for rules and searches. Not more: senders must not be able to use up a mailbox's names."""
_MAX_FIELD = 4_096
_FLAG = re.compile(r"\S.{0,255}")


def _add_other_fields(fields: Mapping[bytes, bytes], properties: Properties) -> None:
    for name in sorted(_KEPT_FIELDS & fields.keys()):
        text = decode_header(fields[name])[:_MAX_FIELD]
        if text:
            properties[PropertyName(PS_INTERNET_HEADERS, name.decode("ascii"))] = Typed(PropertyType.STRING, text)
    automatic = fields.get(b"auto-submitted", b"no"), fields.get(b"precedence", b"")
    if tags.PidTagAutoResponseSuppress.id not in properties and _is_automatic(*automatic):
        set_value(properties, tags.PidTagAutoResponseSuppress, 0x30)
    flag = _FLAG.match(decode_header(fields.get(b"x-message-flag", b"")))
    if flag:
        set_value(properties, named_tags.PidLidFlagRequest, flag[0])
        set_value(properties, tags.PidTagFlagStatus, 2)
        set_value(properties, tags.PidTagToDoItemFlags, 8)
        set_value(properties, tags.PidTagFollowupIcon, 6)


def _is_automatic(submitted: bytes, precedence: bytes) -> bool:
    """Nobody wants an answer to it by a program (RFC 3834 §2)."""
    manual = unfold(submitted).partition(b";")[0].strip().lower() == b"no"
    return not manual or unfold(precedence).lower() in (b"bulk", b"list", b"junk")
