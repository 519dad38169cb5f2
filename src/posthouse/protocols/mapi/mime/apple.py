"""Attachments of the Macintosh: multipart/appledouble and application/applefile ⇄ MacBinary, and BinHex inwards –
[MS-OXCMAIL] 2.1.3.4, 2.2.3.4.2; RFC 1740, RFC 1741. What is none after all is the file that it is.
"""

from __future__ import annotations

from dataclasses import replace

from posthouse.message.headers import unfold
from posthouse.message.source import Source
from posthouse.message.words import decode_header
from posthouse.model.refusals import BadSyntax

from .. import named_tags, tags
from ..objects import Attachment, Properties, set_value, value_of
from . import entities
from .binhex import parse_binhex
from .entities import Entity
from .mac_files import DOUBLE, SINGLE, MacFile, format_apple_double, format_mac_binary, parse_apple, parse_mac_binary
from .shape import APPLE_FILE, Node
from .texts import content_of

BINHEX = b"application/mac-binhex40"
MAC_BINARY = bytes.fromhex("2A864886F714030B01")
"""PidTagAttachEncoding ([MS-OXCMSG] 2.2.2.20)."""
_PLAIN_TYPE = "application/octet-stream"


# Parts → attachments
def read_double(source: Source, node: Node) -> tuple[bytes, bytes, MacFile] | None:
    """The header part, MacBinary, and what is in it."""
    head, data = node.children
    info = content_of(source, head)[0]
    try:
        file = replace(parse_apple(info, DOUBLE), data=content_of(source, data)[0])
    except BadSyntax:
        return None
    return info, format_mac_binary(file), file


def read_single(data: bytes) -> tuple[bytes, MacFile] | None:
    try:
        file = parse_apple(data, SINGLE)
    except BadSyntax:
        return None
    return format_mac_binary(file), file


def read_binhex(data: bytes) -> tuple[bytes, MacFile] | None:
    try:
        file = parse_binhex(data)
    except BadSyntax:
        return None
    return format_mac_binary(file), file


def tell_encoding(properties: Properties, file: MacFile) -> None:
    """[MS-OXCMSG] 2.2.2.20, 2.2.2.21."""
    set_value(properties, tags.PidTagAttachEncoding, MAC_BINARY)
    set_value(properties, tags.PidTagAttachAdditionalInformation, b":" + file.creator + b":" + file.kind)


def tell_parts(properties: Properties, node: Node, info: bytes) -> None:
    """[MS-OXCMSG] 2.2.2.29."""
    entity = node.children[1].entity
    told = b"" if entity is None else unfold(entity.fields.get(b"content-type", b""))
    set_value(properties, named_tags.PidNameAttachmentMacContentType, decode_header(told)[:1000] or _PLAIN_TYPE)
    set_value(properties, named_tags.PidNameAttachmentMacInfo, info)


def name_of(file: MacFile) -> str:
    return file.name.decode("mac_roman")


# Attachments → parts
def apple_double(
    attachment: Attachment, name: str, disposition: str, more: entities.Fields, seed: bytes
) -> Entity | None:
    """None when it is not of the Macintosh."""
    properties = attachment.properties
    if value_of(properties, tags.PidTagAttachEncoding) != MAC_BINARY:
        return None
    try:
        file = parse_mac_binary(value_of(properties, tags.PidTagAttachDataBinary, b""))
    except BadSyntax:
        return None
    head = entities.binary(APPLE_FILE.decode(), _head(properties, file), name, disposition)
    told = value_of(properties, named_tags.PidNameAttachmentMacContentType) or ""
    data = entities.binary(told.partition(";")[0].strip(), file.data, name, disposition, more)
    return entities.multipart("appledouble", [head, data], b"%b/%d" % (seed, attachment.number))


def _head(properties: Properties, file: MacFile) -> bytes:
    """As it came, with all that MacBinary has no place for, unless the file is another now."""
    info: bytes = value_of(properties, named_tags.PidNameAttachmentMacInfo, b"")
    try:
        came = parse_apple(info, DOUBLE)
    except BadSyntax:
        return format_apple_double(file)
    same = (came.resources, came.kind, came.creator) == (file.resources, file.kind, file.creator)
    return info if same else format_apple_double(file)
