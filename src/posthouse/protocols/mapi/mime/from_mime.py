"""A message as bytes → the same as MAPI has it – [MS-OXCMAIL] 2.2.

Nothing makes it fail: what is not understood is an attachment, and when all else fails the message is one itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from posthouse.message.charsets import guess_text, to_text
from posthouse.message.dates import parse_date
from posthouse.message.decode import IDENTITY
from posthouse.message.derive import message_id_of
from posthouse.message.entity import Entity, Fields, Walker, gather
from posthouse.message.headers import header_end, unfold
from posthouse.message.limits import MAX_HEADER, MAX_SUBJECT
from posthouse.message.source import Data, Source, source_of
from posthouse.message.words import decode_header

from .. import named_tags, tags
from ..objects import Attachment, Message, Properties, set_value
from .address_book import EMPTY, AddressBook
from .attachments import attachment_of, embedded, hide_shown, new_attachment
from .content_classes import NOTE
from .essentials import Told, essentials
from .header_in import add_delegator, add_other_fields, add_receipts, read_recipients
from .header_table import read_rows
from .items.contacts import KINDS as CARDS
from .items.contacts import read_contact
from .items.events_in import read_calendar
from .reports import TOLD_ELSEWHERE, read_report
from .shape import Body, Node, body_of, class_of, is_encrypted, is_report, is_signed, node_of
from .signed import keep_encrypted, keep_signed
from .texts import UTF_8, content_of, html_of, plain_of
from .tnef import Tnef
from .tnef_in import KINDS, correlates, merge_tnef, read_tnef

MAX_EMBEDDED = 20
"""Messages within each other; what is deeper is an attachment as it is."""
MAX_FALLBACK = 64 * 1024
"""Bytes shown of a message that cannot be converted."""

ENGLISH = 0x409
"""PidTagMessageLocaleId when no header tells another."""
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
    tnef, calendar = _add_content(conversion, node, message, depth)
    properties = message.properties
    told = Told(
        decode_header(fields.get(b"subject", b"")[: 4 * MAX_SUBJECT])[:MAX_SUBJECT],
        message_id_of(fields.get(b"message-id")),
        _sent(fields),
        _received(fields) if delivered is None else delivered,
        root.end - root.start,
        class_of(node, decode_header(fields.get(b"content-class", b""))),
        bool(message.attachments),
    )
    properties.update(essentials(fields, told, conversion.book))
    header = conversion.source[root.start : min(root.body_start, root.start + MAX_HEADER)]
    set_value(properties, tags.PidTagTransportMessageHeaders, guess_text(header).replace("\0", ""))
    identity = conversion.source[root.start : min(root.end, root.start + MAX_HEADER)]
    set_value(properties, tags.PidTagSearchKey, blake2b(identity, digest_size=16).digest())
    read_rows(fields, properties)
    add_receipts(fields, properties, conversion.book)
    add_delegator(fields, properties, conversion.book)
    add_other_fields(fields, properties)
    message.recipients = read_recipients(fields, conversion.book)
    if tnef is not None:
        merge_tnef(tnef, message)
    is_item = b"received" not in fields  # what came by mail is mail
    if node.kind in CARDS and is_item:
        _add_card(conversion, node, message)
    if calendar is not None:
        _add_calendar(conversion, calendar, message, is_item and calendar is node)
    _tell_attachments(properties, bool(message.attachments))
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
def _add_content(conversion: _Conversion, node: Node, message: Message, depth: int) -> _Later:
    """What says more than the header is returned, to be added behind it."""
    source, properties = conversion.source, message.properties
    if is_encrypted(node):
        keep_encrypted(source, node, message)
        return _Later(None, None)
    body = body_of(node)
    plain, document = plain_of(source, body), html_of(source, body)
    if plain is not None:
        set_value(properties, tags.PidTagBody, plain)
    if document is not None:
        set_value(properties, tags.PidTagHtml, document.encode("utf-8", "replace"))
    set_value(properties, tags.PidTagNativeBody, PLAIN if document is None else HTML)
    set_value(properties, tags.PidTagInternetCodepage, UTF_8)
    set_value(properties, tags.PidTagMessageCodepage, UTF_8)
    set_value(properties, tags.PidTagMessageLocaleId, ENGLISH)
    if is_signed(node):
        keep_signed(source, node, message)
        return _Later(None, None)
    tnef = _find_tnef(source, node, body)
    parts = [part for part in body.attachments if not (is_report(node) and part.kind in TOLD_ELSEWHERE)]
    message.attachments = [_attachment(conversion, part, number, depth) for number, part in enumerate(parts)]
    if document:
        hide_shown(message.attachments, document, properties)
    return _Later(tnef, body.calendar)


class _Later(NamedTuple):
    tnef: Tnef | None
    calendar: Node | None


def _find_tnef(source: Source, root: Node, body: Body) -> Tnef | None:
    """Takes it out of the attachments, unless it is damaged or another message's."""
    for node in body.attachments:
        if node.kind in KINDS and node.entity is not None:
            found = read_tnef(content_of(source, node)[0])
            fields = root.entity.fields if root.entity else {}
            if found and correlates(found, decode_header(fields.get(b"x-ms-tnef-correlator", b""))):
                body.attachments.remove(node)
                return found
    return None


def _add_calendar(conversion: _Conversion, node: Node, message: Message, as_item: bool) -> None:
    """What cannot be converted is the file that it is; of what is, the original is kept (PidLidInboundICalStream)."""
    data, charset = content_of(conversion.source, node)
    if read_calendar(to_text(data, charset or "utf-8"), message, conversion.book, as_item):
        set_value(message.properties, named_tags.PidLidInboundICalStream, data)
    else:
        message.attachments.append(attachment_of(conversion.source, node, len(message.attachments)))


def _add_card(conversion: _Conversion, node: Node, message: Message) -> None:
    """A card alone is a contact; with mail it is a file."""
    data, charset = content_of(conversion.source, node)
    before = message.attachments
    message.attachments = []
    if not read_contact(to_text(data, charset or "utf-8"), message):
        message.attachments = before


def _tell_attachments(properties: Properties, any_: bool) -> None:
    set_value(properties, tags.PidTagHasAttachments, any_)
    set_value(properties, tags.PidTagMessageFlags, _UNMODIFIED | (_HAS_ATTACHMENTS if any_ else 0))


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
