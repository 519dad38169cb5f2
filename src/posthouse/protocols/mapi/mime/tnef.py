"""TNEF, what Outlook calls winmail.dat → properties and attachments – [MS-OXTNEF].

    stream    = %x78.9F.3E.22 key *attribute
    attribute = level id length data checksum              ; little-endian; checksum: the sum of the data's bytes
    list      = count *property                            ; in the attributes attMsgProps and attAttachment
    table     = count *list                                ; in attRecipTable: one a recipient
    property  = type id [guid kind name] value             ; with a name from 0x8000 on; all padded to four bytes

What is in older attributes counts only where no property says the same. Checksums are not looked at: programs write
wrong ones. What is behind the last whole attribute is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from posthouse.model.refusals import BadSyntax

from ..code_pages import codec_of
from ..objects import Key, Properties
from ..property_names import PropertyName
from ..property_rows import Typed
from ..property_values import MULTIPLE, PropertyType, read_value
from ..reader import Reader

MAX_DEPTH = 5
"""Messages within each other."""
MAX_PROPERTIES = 10_000
MAX_ATTACHMENTS = 1_000
MAX_RECIPIENTS = 5_000

SIGNATURE = 0x223E9F78
_MESSAGE, _ATTACHMENT = 1, 2
_LEAST = 9
"""Bytes of an attribute before its data."""
OEM_CODE_PAGE, MESSAGE_CLASS, MSG_PROPS = 0x00069007, 0x00078008, 0x00069003
RECIP_TABLE = 0x00069004
_SUBJECT, _BODY = 0x00018004, 0x0002800C
RENDER_DATA, ATTACHMENT_PROPS, ATTACH_DATA, ATTACH_TITLE = 0x00069002, 0x00069005, 0x0006800F, 0x00018010
IMESSAGE = UUID("00020307-0000-0000-C000-000000000046")

CLASSES = {
    "IPM.Microsoft Mail.Note": "IPM.Note",
    "IPM.Microsoft Mail.Read Receipt": "REPORT.IPM.Note.IPNRN",
    "IPM.Microsoft Mail.Non-Delivery": "REPORT.IPM.Note.NDR",
    "IPM.Microsoft Schedule.MtgReq": "IPM.Schedule.Meeting.Request",
    "IPM.Microsoft Schedule.MtgRespP": "IPM.Schedule.Meeting.Resp.Pos",
    "IPM.Microsoft Schedule.MtgRespN": "IPM.Schedule.Meeting.Resp.Neg",
    "IPM.Microsoft Schedule.MtgRespA": "IPM.Schedule.Meeting.Resp.Tent",
    "IPM.Microsoft Schedule.MtgCncl": "IPM.Schedule.Meeting.Canceled",
}
"""Of attMessageClass, as programs of long ago called them (2.1.3.3.4)."""
_NEW_CLASSES = {old.lower(): new for old, new in CLASSES.items()}


@dataclass(slots=True)
class TnefAttachment:
    title: str = ""
    data: bytes = b""
    properties: Properties = field(default_factory=dict)
    embedded: Tnef | None = None


@dataclass(slots=True)
class Tnef:
    message_class: str = ""
    subject: str = ""
    body: str = ""
    properties: Properties = field(default_factory=dict)
    recipients: list[Properties] = field(default_factory=list)
    attachments: list[TnefAttachment] = field(default_factory=list)


def parse_tnef(data: bytes, depth: int = 0) -> Tnef:
    """BadSyntax when it is none, or an attribute is not what it should be."""
    reader = Reader(data)
    if reader.u32() != SIGNATURE:
        raise BadSyntax("TNEF", 0)
    if depth >= MAX_DEPTH:
        raise BadSyntax("fewer messages within each other", 0)
    reader.u16()
    decoder = _Decoder(depth)
    while (attribute := _next(reader)) is not None:
        decoder.add(*attribute)
    return decoder.found


def _next(reader: Reader) -> tuple[int, bytes] | None:
    """An attribute's id and data."""
    if reader.left < _LEAST or reader.u8() not in (_MESSAGE, _ATTACHMENT):
        return None
    number, size = reader.u32(), reader.u32()
    if size > reader.left:
        return None
    data = reader.take(size)
    reader.take(min(2, reader.left))
    return number, data


@dataclass(slots=True)
class _Decoder:
    depth: int
    codec: str = "cp1252"
    found: Tnef = field(default_factory=Tnef)

    def add(self, number: int, data: bytes) -> None:
        if number == OEM_CODE_PAGE:
            self.codec = codec_of(Reader(data).u32()) or self.codec
        elif number == MESSAGE_CLASS:
            name = self._text(data)
            self.found.message_class = _NEW_CLASSES.get(name.lower(), name)
        elif number == _SUBJECT:
            self.found.subject = self._text(data)
        elif number == _BODY:
            self.found.body = self._text(data)
        elif number == MSG_PROPS:
            self.found.properties.update(self._properties(Reader(data)))
        elif number == RECIP_TABLE:
            self.found.recipients = self._recipients(Reader(data))
        else:
            self._add_to_attachment(number, data)

    def _add_to_attachment(self, number: int, data: bytes) -> None:
        attachments = self.found.attachments
        if number == RENDER_DATA:
            if len(attachments) >= MAX_ATTACHMENTS:
                raise BadSyntax("fewer attachments")
            attachments.append(TnefAttachment())
        elif not attachments:
            return
        elif number == ATTACH_TITLE:
            attachments[-1].title = self._text(data)
        elif number == ATTACH_DATA:
            attachments[-1].data = data
        elif number == ATTACHMENT_PROPS:
            attachments[-1].properties.update(self._properties(Reader(data), attachments[-1]))

    def _text(self, data: bytes) -> str:
        return data.partition(b"\0")[0].decode(self.codec, "replace")

    def _recipients(self, reader: Reader) -> list[Properties]:
        """None of a table that is damaged: the header tells them as well."""
        try:
            count = reader.u32()
            return [self._properties(reader) for _ in range(count)] if count <= MAX_RECIPIENTS else []
        except BadSyntax:
            return []

    def _properties(self, reader: Reader, attachment: TnefAttachment | None = None) -> Properties:
        count = reader.u32()
        if count > MAX_PROPERTIES:
            raise BadSyntax("fewer properties", 0)
        found: Properties = {}
        for _ in range(count):
            kind, key = reader.u16(), self._key(reader)
            value = self._value(reader, kind, attachment)
            if value is not None:
                found[key] = Typed(_as_text(kind), value)
        return found

    def _key(self, reader: Reader) -> Key:
        number = reader.u16()
        if number < 0x8000:
            return number
        guid, kind = reader.guid(), reader.u32()
        if kind == 0:
            return PropertyName(guid, reader.u32())
        return PropertyName(guid, reader.padded().decode("utf-16-le", "replace").partition("\0")[0][:126])

    def _value(self, reader: Reader, kind: int, attachment: TnefAttachment | None) -> Any:
        single = kind & ~MULTIPLE
        if single in _VARIABLE:
            count = reader.u32()
            if count > reader.left // 4:
                raise BadSyntax("as many values as announced", reader.at)
            values = tuple(self._variable(single, reader.padded(), attachment) for _ in range(count))
        elif single in FIXED:
            count = reader.u32() if kind & MULTIPLE else 1
            if count > reader.left // 2:
                raise BadSyntax("as many values as announced", reader.at)
            values = tuple(_fixed(reader, single) for _ in range(count))
        else:
            raise BadSyntax("a property type", reader.at)
        return values if kind & MULTIPLE else values[0] if values else None

    def _variable(self, kind: int, data: bytes, attachment: TnefAttachment | None) -> Any:
        if kind == PropertyType.STRING:
            return data.decode("utf-16-le", "replace").partition("\0")[0]
        if kind == PropertyType.STRING8:
            return self._text(data)
        if kind == PropertyType.OBJECT:
            return self._object(data, attachment)
        return data

    def _object(self, data: bytes, attachment: TnefAttachment | None) -> bytes | None:
        """Behind the GUID of its interface."""
        if attachment is not None and data[:16] == IMESSAGE.bytes_le:
            attachment.embedded = parse_tnef(data[16:], self.depth + 1)
            return None
        return data[16:]


_VARIABLE = frozenset((PropertyType.STRING8, PropertyType.STRING, PropertyType.BINARY, PropertyType.OBJECT))
FIXED = {
    PropertyType.INTEGER16: 4,
    PropertyType.INTEGER32: 4,
    PropertyType.FLOATING32: 4,
    PropertyType.FLOATING64: 8,
    PropertyType.CURRENCY: 8,
    PropertyType.FLOATING_TIME: 8,
    PropertyType.ERROR_CODE: 4,
    PropertyType.BOOLEAN: 4,
    PropertyType.INTEGER64: 8,
    PropertyType.TIME: 8,
    PropertyType.GUID: 16,
}
"""Bytes of one value, its padding included."""


def _fixed(reader: Reader, kind: int) -> Any:
    return read_value(Reader(reader.take(FIXED[PropertyType(kind)])), kind)


def _as_text(kind: int) -> int:
    return kind & MULTIPLE | PropertyType.STRING if kind & ~MULTIPLE == PropertyType.STRING8 else kind
