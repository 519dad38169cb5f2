"""Properties: their tags, types and values – [MS-OXCDATA] 2.9, 2.11.1 to 2.11.4.

The form is that of ROP buffers, where the size of a binary value has 16 bits, or `wide`, where it has 32: that of
extended rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from struct import Struct, pack
from typing import Any, NamedTuple
from uuid import UUID

from posthouse.model.refusals import BadSyntax

from .reader import Reader, format_unicode

MULTIPLE = 0x1000
INSTANCE = 0x2000
"""With MULTIPLE, in columns: each row has one of the values."""


class PropertyType(IntEnum):
    """2.11.1, those of one value; or-ed with MULTIPLE, of several."""

    UNSPECIFIED = 0x0000
    """Only in requests: whatever it is."""
    NULL = 0x0001
    INTEGER16 = 0x0002
    INTEGER32 = 0x0003
    FLOATING32 = 0x0004
    FLOATING64 = 0x0005
    CURRENCY = 0x0006
    """In ten-thousandths."""
    FLOATING_TIME = 0x0007
    """Days since the end of 1899."""
    ERROR_CODE = 0x000A
    BOOLEAN = 0x000B
    OBJECT = 0x000D
    INTEGER64 = 0x0014
    STRING8 = 0x001E
    """Bytes here: who has the code page makes text of them."""
    STRING = 0x001F
    TIME = 0x0040
    """As `moments.file_time` counts."""
    GUID = 0x0048
    SERVER_ID = 0x00FB
    RESTRICTION = 0x00FD
    RULE_ACTION = 0x00FE
    BINARY = 0x0102


class RestrictionValue:
    """The base of restrictions (`restrictions.py`), which are values as well."""

    __slots__ = ()


Value = None | int | float | bool | str | bytes | UUID | tuple[Any, ...] | RestrictionValue
"""Integers have a sign, error codes and moments none. A tuple: of a property with several values, or of rules' actions
(`rule_actions.ActionBlock`)."""


class PropertyTag(NamedTuple):
    """2.9."""

    id: int
    type: int
    """A PropertyType, alone or with MULTIPLE; or anything else that a peer has sent."""

    def format(self) -> bytes:
        return pack("<HH", self.type, self.id)


def read_property_tag(reader: Reader) -> PropertyTag:
    kind = reader.u16()
    return PropertyTag(reader.u16(), kind)


@dataclass(frozen=True, slots=True)
class _Codec:
    least: int
    """Bytes that a value takes at least, so that a count cannot promise more than there is."""
    read: Callable[[Reader], Any]
    format: Callable[[Any], bytes]
    format_wide: Callable[[Any], bytes] | None = None
    """If it is another form."""


def _fixed(form: str) -> _Codec:
    struct = Struct(form)
    return _Codec(struct.size, lambda reader: struct.unpack(reader.take(struct.size))[0], struct.pack)


def _format_bytes(value: bytes) -> bytes:
    return pack("<H", len(value)) + value


def _format_bytes_wide(value: bytes) -> bytes:
    return pack("<I", len(value)) + value


def _format_text(value: str) -> bytes:
    """A NUL in it would end it early, and shift all that follows."""
    return format_unicode(value.replace("\0", ""))


def _restriction() -> _Codec:
    """Conditions hold values, and a value can be a condition: hence the import."""
    from .restrictions import format_restriction, read_restriction

    return _Codec(1, read_restriction, format_restriction, partial(format_restriction, wide=True))


def _rule_action() -> _Codec:
    from .rule_actions import format_rule_actions, read_rule_actions

    return _Codec(2, read_rule_actions, format_rule_actions, partial(format_rule_actions, wide=True))


_COUNTED = _Codec(2, lambda reader: reader.take(reader.count()), _format_bytes, _format_bytes_wide)
_NOTHING = _Codec(0, lambda _: None, lambda _: b"")

_MANY = {
    PropertyType.INTEGER16: _fixed("<h"),
    PropertyType.INTEGER32: _fixed("<i"),
    PropertyType.FLOATING32: _fixed("<f"),
    PropertyType.FLOATING64: _fixed("<d"),
    PropertyType.CURRENCY: _fixed("<q"),
    PropertyType.FLOATING_TIME: _fixed("<d"),
    PropertyType.INTEGER64: _fixed("<q"),
    PropertyType.STRING8: _Codec(1, Reader.ansi, lambda value: value.replace(b"\0", b"") + b"\0"),
    PropertyType.STRING: _Codec(2, Reader.unicode, _format_text),
    PropertyType.TIME: _fixed("<Q"),
    PropertyType.GUID: _Codec(16, Reader.guid, lambda value: value.bytes_le),
    PropertyType.BINARY: _COUNTED,
}
"""Types that there are also with several values."""
_NESTED = {PropertyType.RESTRICTION: _restriction, PropertyType.RULE_ACTION: _rule_action}
"""What only rules have, and never holds itself."""
_ONE = _MANY | {
    PropertyType.NULL: _NOTHING,
    PropertyType.OBJECT: _NOTHING,
    PropertyType.ERROR_CODE: _fixed("<I"),
    PropertyType.BOOLEAN: _Codec(1, lambda reader: reader.u8() != 0, lambda value: pack("?", value)),
    PropertyType.SERVER_ID: _COUNTED,
}


def is_value_type(kind: int) -> bool:
    """Whether a value can be of it."""
    return _find(kind) is not None


def read_value(reader: Reader, kind: int) -> Value:
    codec = _codec(kind, reader.at)
    if not _is_multiple(kind):
        value: Value = codec.read(reader)
        return value
    count = reader.u32()
    if count > reader.left // codec.least:
        raise BadSyntax("as many values as announced", reader.at)
    return tuple(codec.read(reader) for _ in range(count))


def format_value(kind: int, value: Any, wide: bool = False) -> bytes:
    """`value` must be of that type; a binary value, of less than 64 KB, unless `wide`."""
    codec = _codec(kind)
    format_one = codec.format_wide or codec.format if wide else codec.format
    if not _is_multiple(kind):
        return format_one(value)
    return pack("<I", len(value)) + b"".join(map(format_one, value))


def _is_multiple(kind: int) -> bool:
    return kind & (MULTIPLE | INSTANCE) == MULTIPLE


def _find(kind: int) -> _Codec | None:
    several = kind & (MULTIPLE | INSTANCE)
    if several == INSTANCE:
        return None
    codecs: dict[Any, _Codec] = _MANY if several else _ONE
    found = codecs.get(kind - several)
    if found is None and kind in _NESTED:
        found = _ONE[PropertyType(kind)] = _NESTED[PropertyType(kind)]()
    return found


def _codec(kind: int, where: int = -1) -> _Codec:
    codec = _find(kind)
    if codec is None:
        raise BadSyntax("a property type", where)
    return codec


class TaggedValue(NamedTuple):
    """TaggedPropertyValue (2.11.4)."""

    tag: PropertyTag
    value: Value

    def format(self, wide: bool = False) -> bytes:
        return self.tag.format() + format_value(self.tag.type, self.value, wide)


def read_plain_value(reader: Reader) -> TaggedValue:
    """Of what rules are made of: neither a restriction nor actions, so that nothing is nested for ever."""
    where, tag = reader.at, read_property_tag(reader)
    if tag.type in _NESTED:
        raise BadSyntax("a plain value", where)
    return TaggedValue(tag, read_value(reader, tag.type))


def read_tagged_value(reader: Reader) -> TaggedValue:
    tag = read_property_tag(reader)
    return TaggedValue(tag, read_value(reader, tag.type))
