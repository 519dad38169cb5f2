"""Parts → attachments – [MS-OXCMAIL] 2.2.3.4."""

from __future__ import annotations

import re
from struct import pack
from urllib.parse import quote, unquote

from posthouse.message.dates import parse_date
from posthouse.message.entity import Entity, Fields
from posthouse.message.headers import unfold
from posthouse.message.params import param, param_text, parse_disposition
from posthouse.message.source import Source
from posthouse.message.words import decode_header

from .. import named_tags, tags
from ..objects import Attachment, Message, Properties, set_value, value_of
from ..property_values import PropertyTag
from .apple import BINHEX, name_of, read_binhex, read_double, read_single, tell_encoding, tell_parts
from .essentials import moment
from .file_names import extension_of, made_up_name, safe_name, short_name
from .mac_files import MacFile
from .shape import APPLE_FILE, Node, is_apple_double
from .texts import content_of

BY_VALUE, EMBEDDED_MESSAGE, OLE = 1, 5, 6
"""PidTagAttachMethod ([MS-OXCMSG] 2.2.2.9)."""
IN_BODY = 4
"""PidTagAttachFlags: the HTML shows it ([MS-OXCMSG] 2.2.2.18)."""
_NOT_IN_TEXT = -1
"""PidTagRenderingPosition of what has no place in the text."""
_OBJECT_TYPE = 7

_MAX_TEXT = 1_024
_CID = re.compile(r"cid:([^\"'\s>)]{1,300})", re.I)
_QUOTED = re.compile(r"[\"']([^\"'<>\s]{1,1024})[\"']")


def new_attachment(number: int, data: bytes | None, name: str, kind: str) -> Attachment:
    """`data`: None when a message is in it."""
    found = Attachment(number)
    properties = found.properties
    set_value(properties, tags.PidTagAttachNumber, number)
    set_value(properties, tags.PidTagAttachMethod, EMBEDDED_MESSAGE if data is None else BY_VALUE)
    set_value(properties, tags.PidTagRenderingPosition, _NOT_IN_TEXT)
    set_value(properties, tags.PidTagObjectType, _OBJECT_TYPE)
    set_value(properties, tags.PidTagRecordKey, pack("<I", number))
    set_value(properties, tags.PidTagAttachFlags, 0)
    set_value(properties, tags.PidTagAttachmentHidden, False)
    set_value(properties, tags.PidTagAttachmentFlags, 0)
    set_value(properties, tags.PidTagAttachmentLinkId, 0)
    if kind:
        set_value(properties, tags.PidTagAttachMimeTag, kind)
    if data is not None:
        set_value(properties, tags.PidTagAttachAdditionalInformation, b"")  # [MS-OXCMSG] 2.2.2.21
        set_value(properties, tags.PidTagAttachDataBinary, data)
        set_value(properties, tags.PidTagAttachSize, len(data))
        _set_name(properties, name or made_up_name(number, kind))
    return found


def _set_name(properties: Properties, name: str) -> None:
    set_value(properties, tags.PidTagAttachLongFilename, name)
    set_value(properties, tags.PidTagAttachFilename, short_name(name))
    set_value(properties, tags.PidTagAttachExtension, extension_of(name))
    set_value(properties, tags.PidTagDisplayName, name)


def attachment_of(source: Source, node: Node, number: int) -> Attachment:
    """Of a part that is no message."""
    entity = node.entity
    assert entity is not None
    url = _url_of(node) if node.kind == b"message/external-body" else ""
    if url:
        return new_attachment(number, f"[InternetShortcut]\r\nURL={url}\r\n".encode(), "attachment.url", "")
    if is_apple_double(node):
        return _apple_double(source, node, number)
    data, charset = content_of(source, node)
    reader = {APPLE_FILE: read_single, BINHEX: read_binhex}.get(node.kind)
    if reader is not None and (single := reader(data)):
        return _apple_single(entity, node, single, number)
    found = new_attachment(number, data, safe_name(file_name(entity)), node.kind.decode("ascii", "replace"))
    _describe(found.properties, entity)
    if charset:
        set_value(found.properties, tags.PidTagTextAttachmentCharset, charset)
    return found


def _apple_double(source: Source, node: Node, number: int) -> Attachment:
    """[MS-OXCMAIL] 2.2.3.4.2.1: what the whole says counts before what the data says, and that before the header."""
    read = read_double(source, node)
    if read is None:
        return attachment_of(source, node.children[1], number)
    info, binary, file = read
    parts = [part.entity for part in (node.children[0], node.children[1], node) if part.entity is not None]
    told = next((name for part in reversed(parts) if (name := file_name(part))), "") or name_of(file)
    found = new_attachment(number, binary, safe_name(told), node.kind.decode("ascii"))
    tell_encoding(found.properties, file)
    tell_parts(found.properties, node, info)
    for part in parts:
        _describe(found.properties, part)
    return found


def _apple_single(entity: Entity, node: Node, single: tuple[bytes, MacFile], number: int) -> Attachment:
    """[MS-OXCMAIL] 2.2.3.4.2.2; also of BinHex."""
    binary, file = single
    name = safe_name(file_name(entity) or name_of(file))
    found = new_attachment(number, binary, name, node.kind.decode("ascii"))
    tell_encoding(found.properties, file)
    _describe(found.properties, entity)
    return found


def _url_of(node: Node) -> str:
    """Where an external body is (RFC 2046 §5.2.3, RFC 2017); empty when it is nowhere that a URL leads to."""
    told = {
        name: param_text(node.params, name) or "" for name in (b"access-type", b"url", b"site", b"directory", b"name")
    }
    kind = told[b"access-type"].lower()
    url = told[b"url"] if kind == "url" else ""
    if kind in ("anon-ftp", "ftp") and told[b"site"] and told[b"name"]:
        place = "/".join(filter(None, (told[b"directory"].strip("/"), told[b"name"])))
        url = f"ftp://{told[b'site']}/{quote(place)}"
    return re.sub(r"[\x00-\x20\x7f]", "", url) if _WEB.match(url) else ""


_WEB = re.compile(r"(?:https?|ftp)://", re.I)


def embedded(entity: Entity, message: Message, number: int) -> Attachment:
    """Of a part that is a message; it is called by its subject."""
    found = new_attachment(number, None, "", "message/rfc822")
    found.embedded = message
    _describe(found.properties, entity)
    subject = value_of(message.properties, tags.PidTagSubject) or ""
    set_value(found.properties, tags.PidTagDisplayName, subject)
    set_value(found.properties, tags.PidTagAttachSize, entity.end - entity.body_start)
    return found


def file_name(entity: Entity) -> str:
    value = entity.fields.get(b"content-disposition")
    parsed = None if value is None else parse_disposition(value)
    told = param_text(parsed[1], b"filename") if parsed else None
    return told or param_text(entity.content.media.params, b"name") or ""


def _describe(properties: Properties, entity: Entity) -> None:
    for name, tag in _TEXTS:
        value = entity.fields.get(name)
        text = "" if value is None else decode_header(value)[:_MAX_TEXT]
        if text:
            set_value(properties, tag, text.strip("<>") if name == b"content-id" else text)
    for word, tag in _DATES:
        told = _dated(entity.fields, word)
        if told is not None:
            set_value(properties, tag, told)


_TEXTS: tuple[tuple[bytes, PropertyTag], ...] = (
    (b"content-description", tags.PidTagDisplayName),
    (b"content-id", tags.PidTagAttachContentId),
    (b"content-location", tags.PidTagAttachContentLocation),
    (b"content-base", tags.PidTagAttachContentBase),
)
_DATES: tuple[tuple[bytes, PropertyTag], ...] = (
    (b"creation-date", tags.PidTagCreationTime),
    (b"modification-date", tags.PidTagLastModificationTime),
)


def _dated(fields: Fields, word: bytes) -> int | None:
    value = fields.get(b"content-disposition")
    parsed = None if value is None else parse_disposition(value)
    told = param(parsed[1], word) if parsed else None
    when = None if told is None else parse_date(unfold(told))
    return None if when is None else moment(when.epoch)


def hide_shown(attachments: list[Attachment], document: str, properties: Properties) -> None:
    """What the HTML shows is hidden from the list; when that is all there is, there is no paper clip either
    ([MS-OXCMSG] 2.2.1.14)."""
    shown = shown_by(attachments, document)
    for attachment in shown:
        set_value(attachment.properties, tags.PidTagAttachFlags, IN_BODY)
        set_value(attachment.properties, tags.PidTagAttachmentHidden, True)
    if shown and len(shown) == len(attachments):
        set_value(properties, named_tags.PidLidSmartNoAttach, True)


def shown_by(attachments: list[Attachment], document: str) -> list[Attachment]:
    """To which the HTML refers."""
    cids = {unquote(cid) for cid in _CID.findall(document)}
    locations = set(_QUOTED.findall(document))
    return [
        attachment
        for attachment in attachments
        if value_of(attachment.properties, tags.PidTagAttachContentId) in cids
        or value_of(attachment.properties, tags.PidTagAttachContentLocation) in locations
    ]
