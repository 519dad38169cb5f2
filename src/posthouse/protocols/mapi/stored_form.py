"""How objects are kept: a form of our own, for no peer – every value as it is, however large.

u8 version   properties   u32 recipients { u32 row id, properties }
u32 attachments { u32 number, properties, u8 is embedded, the message within }

properties: u32 count { u16 id, or 0 and a PropertyName; u16 type; value }. Texts and binaries have a size of 32 bits,
texts are UTF-8. BadSyntax for what is none.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import partial
from struct import Struct, pack

from posthouse.model.refusals import BadSyntax

from .objects import Attachment, Key, Message, Properties, Recipient
from .property_names import format_property_name, read_property_name
from .property_rows import Typed
from .property_values import MULTIPLE, PropertyType, Value, format_value, read_value
from .reader import Reader

VERSION = 1
MAX_DEPTH = 64
_SIZED = {PropertyType.STRING, PropertyType.BINARY, PropertyType.SERVER_ID, PropertyType.OBJECT, PropertyType.STRING8}


def format_stored(message: Message) -> bytes:
    return b"".join((bytes([VERSION]), *_message(message)))


def parse_stored(data: bytes, wanted: Container[Key] | None = None) -> Message:
    """`wanted`: other properties are passed over, also those of recipients and attachments; None: all are wanted."""
    reader = Reader(data)
    if reader.u8() != VERSION:
        raise BadSyntax("an object that this program knows", 0)
    found = _read_message(reader, 0, wanted)
    reader.done()
    return found


def format_stored_properties(properties: Properties) -> bytes:
    return b"".join((bytes([VERSION]), *_properties(properties)))


def parse_stored_properties(data: bytes) -> Properties:
    reader = Reader(data)
    if reader.u8() != VERSION:
        raise BadSyntax("properties that this program knows", 0)
    found = _read_properties(reader)
    reader.done()
    return found


def _message(message: Message) -> Iterator[bytes]:
    yield from _properties(message.properties)
    yield pack("<I", len(message.recipients))
    for recipient in message.recipients:
        yield pack("<I", recipient.row_id)
        yield from _properties(recipient.properties)
    yield pack("<I", len(message.attachments))
    for attachment in message.attachments:
        yield pack("<I", attachment.number)
        yield from _properties(attachment.properties)
        yield bytes([attachment.embedded is not None])
        if attachment.embedded is not None:
            yield from _message(attachment.embedded)


def _properties(properties: Properties) -> Iterator[bytes]:
    yield pack("<I", len(properties))
    for key, typed in properties.items():
        yield pack("<H", key) if isinstance(key, int) else b"\0\0" + format_property_name(key)
        yield pack("<H", typed.type)
        yield from _value(typed)


def _value(typed: Typed) -> Iterator[bytes]:
    kind, value = typed.type & ~MULTIPLE, typed.value
    if kind not in _SIZED:
        yield format_value(typed.type, value)
        return
    if typed.type & MULTIPLE:
        assert isinstance(value, tuple)
        yield pack("<I", len(value))
    for one in value if isinstance(value, tuple) else (value,):
        data = one.encode("utf-8", "surrogatepass") if isinstance(one, str) else one
        assert isinstance(data, bytes)
        yield pack("<I", len(data))
        yield data


def _read_message(reader: Reader, depth: int, wanted: Container[Key] | None) -> Message:
    read = _read_properties if wanted is None else partial(_pick_properties, wanted)
    if depth > MAX_DEPTH:
        raise BadSyntax("messages within messages, but not so deep", reader.at)
    found = Message(read(reader))
    for _ in range(_count(reader, 8)):
        found.recipients.append(Recipient(reader.u32(), read(reader)))
    for _ in range(_count(reader, 9)):
        attachment = Attachment(reader.u32(), read(reader))
        if reader.u8():
            attachment.embedded = _read_message(reader, depth + 1, wanted)
        found.attachments.append(attachment)
    return found


def _read_properties(reader: Reader) -> Properties:
    found: Properties = {}
    for _ in range(_count(reader, 4)):
        key = _read_key(reader)
        kind = reader.u16()
        found[key] = Typed(kind, _read_value(reader, kind))
    return found


_HEAD = Struct("<HH")
"""A number, and a type."""
_WIDTHS = {
    PropertyType.INTEGER16: 2,
    PropertyType.INTEGER32: 4,
    PropertyType.INTEGER64: 8,
    PropertyType.BOOLEAN: 1,
    PropertyType.TIME: 8,
    PropertyType.GUID: 16,
}


def _pick_properties(wanted: Container[Key], reader: Reader) -> Properties:
    """Tables read very many, and want few of each."""
    found: Properties = {}
    for _ in range(_count(reader, 4)):
        at = reader.skip(_HEAD.size)
        number, kind = _HEAD.unpack_from(reader.data, at)
        key: Key = number
        if not number:
            reader.at = at
            key, kind = _read_key(reader), reader.u16()
        if key in wanted:
            found[key] = Typed(kind, _read_value(reader, kind))
        elif (width := _WIDTHS.get(kind)) is not None:
            reader.skip(width)
        elif kind in _SIZED:
            reader.skip(reader.u32())
        else:
            _read_value(reader, kind)
    return found


def _read_key(reader: Reader) -> Key:
    number = reader.u16()
    if number:
        return number
    name = read_property_name(reader)
    if name is None:
        raise BadSyntax("a name", reader.at)
    return name


def _read_value(reader: Reader, kind: int) -> Value:
    single = kind & ~MULTIPLE
    if single not in _SIZED:
        return read_value(reader, kind)
    if kind & MULTIPLE:
        return tuple(_read_sized(reader, single) for _ in range(_count(reader, 4)))
    return _read_sized(reader, single)


def _read_sized(reader: Reader, kind: int) -> str | bytes:
    data = reader.take(reader.u32())
    return data.decode("utf-8", "surrogatepass") if kind == PropertyType.STRING else data


def _count(reader: Reader, least: int) -> int:
    """Of things that take so many bytes each at least."""
    count = reader.u32()
    if count > reader.left // least:
        raise BadSyntax("as many as announced", reader.at)
    return count
