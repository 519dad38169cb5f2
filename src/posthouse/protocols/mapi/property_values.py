"""Properties: their tags, types and values – [MS-OXCDATA] 2.9, 2.11.1 to 2.11.4.

They stand in buffers in one of several forms: in ROP buffers the size of a binary value has 16 bits, in the address
book and in extended rules 32. Only rules carry restrictions and rule actions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from struct import Struct, pack
from typing import Any, NamedTuple
from uuid import UUID

from posthouse.model.refusals import BadSyntax

from .reader import Reader, format_unicode

MAX_VALUES = 100_000
"""Of one property ([MS-OXNSPI] 2.2.2)."""
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


@lru_cache(4096)
def tag_of(number: int) -> PropertyTag:
    """Of its 32 bits."""
    return PropertyTag(number >> 16, number & 0xFFFF)


def read_property_tag(reader: Reader) -> PropertyTag:
    return tag_of(reader.u32())


class Form(NamedTuple):
    """How values stand in a buffer."""

    wide: bool
    """Sizes of binary values, and the counts of restrictions, have 32 bits instead of 16."""
    optional: bool
    """A byte before each text, binary value and list of values says whether there is one; if not, it is None."""


ROP = Form(wide=False, optional=False)
ADDRESS_BOOK = Form(wide=True, optional=True)
"""[MS-OXCMAPIHTTP] 2.2.1."""
EXTENDED = Form(wide=True, optional=False)
"""Of extended rules ([MS-OXORULE] 2.2.4)."""


@dataclass(frozen=True, slots=True)
class _Codec:
    least: int
    """Bytes that a value takes at least, so that a count cannot promise more than there is."""
    read: Callable[[Reader], Any]
    format: Callable[[Any], bytes]


def _fixed(form: str) -> _Codec:
    struct = Struct(form)
    size, unpack_from = struct.size, struct.unpack_from

    def read(reader: Reader) -> Any:
        at = reader.at
        reader.at = end = at + size
        if end > reader.end:
            raise BadSyntax(f"{size} bytes", at)
        return unpack_from(reader.data, at)[0]

    return _Codec(size, read, struct.pack)


def _sized(form: Form) -> _Codec:
    size = Struct("<I" if form.wide else "<H")
    return _Codec(
        size.size,
        lambda reader: reader.take(reader.u32() if form.wide else reader.u16()),
        lambda value: size.pack(len(value)) + value,
    )


def _optional(codec: _Codec) -> _Codec:
    return _Codec(
        1,
        lambda reader: codec.read(reader) if reader.u8() else None,
        lambda value: b"\0" if value is None else b"\xff" + codec.format(value),
    )


def _listed(codec: _Codec) -> _Codec:
    def read(reader: Reader) -> tuple[Any, ...]:
        count = reader.u32()
        if count > min(reader.left // codec.least, MAX_VALUES):
            raise BadSyntax("as many values as announced, and not too many", reader.at)
        return tuple([codec.read(reader) for _ in range(count)])

    return _Codec(4, read, lambda value: pack("<I", len(value)) + b"".join(map(codec.format, value)))


def _format_text(value: str) -> bytes:
    """A NUL in it would end it early, and shift all that follows."""
    return format_unicode(value.replace("\0", ""))


_NOTHING = _Codec(0, lambda _: None, lambda _: b"")
_FIXED: dict[int, _Codec] = {
    PropertyType.INTEGER16: _fixed("<h"),
    PropertyType.INTEGER32: _fixed("<i"),
    PropertyType.FLOATING32: _fixed("<f"),
    PropertyType.FLOATING64: _fixed("<d"),
    PropertyType.CURRENCY: _fixed("<q"),
    PropertyType.FLOATING_TIME: _fixed("<d"),
    PropertyType.INTEGER64: _fixed("<q"),
    PropertyType.TIME: _fixed("<Q"),
    PropertyType.GUID: _Codec(16, Reader.guid, lambda value: value.bytes_le),
}
_TEXTS: dict[int, _Codec] = {
    PropertyType.STRING8: _Codec(1, Reader.ansi, lambda value: value.replace(b"\0", b"") + b"\0"),
    PropertyType.STRING: _Codec(2, Reader.unicode, _format_text),
}
_SINGLE: dict[int, _Codec] = {
    PropertyType.NULL: _NOTHING,
    PropertyType.OBJECT: _NOTHING,
    PropertyType.ERROR_CODE: _fixed("<I"),
    PropertyType.BOOLEAN: _fixed("<?"),
}
"""Types that there are not with several values."""


def _nested(form: Form) -> dict[int, _Codec]:
    """What only rules have. Conditions hold values, and a value can be a condition: hence the imports."""
    from .restrictions import format_restriction, read_restriction
    from .rule_actions import format_rule_actions, read_rule_actions

    return {
        PropertyType.RESTRICTION: _Codec(
            1, lambda reader: read_restriction(reader, form), lambda value: format_restriction(value, form)
        ),
        PropertyType.RULE_ACTION: _Codec(
            2, lambda reader: read_rule_actions(reader, form), lambda value: format_rule_actions(value, form)
        ),
    }


@cache
def _codecs(form: Form) -> dict[int, _Codec]:
    """Of every type that a value can have."""
    whole = _optional if form.optional else lambda codec: codec
    sized = {kind: whole(codec) for kind, codec in {**_TEXTS, PropertyType.BINARY: _sized(form)}.items()}
    several = {**_FIXED, **sized}
    return {
        **several,
        **_SINGLE,
        **_nested(form),
        PropertyType.SERVER_ID: _sized(form),
        **{kind | MULTIPLE: whole(_listed(codec)) for kind, codec in several.items()},
        **{kind | MULTIPLE | INSTANCE: codec for kind, codec in several.items()},
    }


def is_value_type(kind: int) -> bool:
    """Whether a value can be of it."""
    return kind in _codecs(ROP)


def read_value(reader: Reader, kind: int, form: Form = ROP) -> Value:
    value: Value = _codec(kind, form, reader.at).read(reader)
    return value


def format_value(kind: int, value: Any, form: Form = ROP) -> bytes:
    """`value` must be of that type; a binary value in a ROP buffer, of less than 64 KB."""
    return _codec(kind, form).format(value)


def read_values(reader: Reader, tags: Sequence[PropertyTag], form: Form = ROP) -> tuple[Value, ...]:
    """Of these, one after another."""
    return tuple([codec.read(reader) for codec in _all_codecs(tags, form)])


def format_values(tags: Sequence[PropertyTag], values: Sequence[Any], form: Form = ROP) -> bytes:
    return b"".join([codec.format(value) for codec, value in zip(_all_codecs(tags, form), values, strict=True)])


def _all_codecs(tags: Sequence[PropertyTag], form: Form) -> list[_Codec]:
    codecs = _codecs(form)
    try:
        return [codecs[tag[1]] for tag in tags]
    except KeyError:
        raise BadSyntax("property types") from None


def _codec(kind: int, form: Form, where: int = -1) -> _Codec:
    codec = _codecs(form).get(kind)
    if codec is None:
        raise BadSyntax("a property type", where)
    return codec


class TaggedValue(NamedTuple):
    """TaggedPropertyValue (2.11.4)."""

    tag: PropertyTag
    value: Value

    def format(self, form: Form = ROP) -> bytes:
        return self.tag.format() + format_value(self.tag.type, self.value, form)


def read_plain_value(reader: Reader, form: Form = ROP) -> TaggedValue:
    """Of what rules are made of: neither a restriction nor actions, so that nothing is nested for ever."""
    where, tag = reader.at, read_property_tag(reader)
    if tag.type in (PropertyType.RESTRICTION, PropertyType.RULE_ACTION):
        raise BadSyntax("a plain value", where)
    return TaggedValue(tag, read_value(reader, tag.type, form))


def read_tagged_value(reader: Reader, form: Form = ROP) -> TaggedValue:
    tag = read_property_tag(reader)
    return TaggedValue(tag, read_value(reader, tag.type, form))
