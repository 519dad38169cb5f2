"""Restrictions, which choose rows or messages, and orders of rows – [MS-OXCDATA] 2.12, 2.13.

In ROP buffers the counts of their parts have 16 bits, in the address book 32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from struct import pack
from typing import TypeVar

from posthouse.model.refusals import BadSyntax

from .property_values import ROP, Form, PropertyTag, RestrictionValue, TaggedValue, read_plain_value, read_property_tag
from .reader import Reader

MAX_DEPTH = 64
"""Of restrictions within restrictions."""


class RelOp(IntEnum):
    """2.12.5.1."""

    LT = 0
    LE = 1
    GT = 2
    GE = 3
    EQ = 4
    NE = 5
    MEMBER_OF_DL = 0x64


class FuzzyLow(IntEnum):
    """2.12.4.1."""

    FULL_STRING = 0
    SUBSTRING = 1
    PREFIX = 2


@dataclass(frozen=True, slots=True)
class And(RestrictionValue):
    """2.12.1."""

    parts: tuple[Restriction, ...]


@dataclass(frozen=True, slots=True)
class Or(RestrictionValue):
    """2.12.2."""

    parts: tuple[Restriction, ...]


@dataclass(frozen=True, slots=True)
class Not(RestrictionValue):
    """2.12.3."""

    part: Restriction


@dataclass(frozen=True, slots=True)
class Content(RestrictionValue):
    """2.12.4."""

    fuzzy_low: FuzzyLow
    fuzzy_high: int
    """Bits: 1 ignore case, 2 ignore what takes no space, 4 as loosely as you like."""
    tag: PropertyTag
    value: TaggedValue


@dataclass(frozen=True, slots=True)
class Property(RestrictionValue):
    """2.12.5."""

    rel_op: RelOp
    tag: PropertyTag
    value: TaggedValue


@dataclass(frozen=True, slots=True)
class CompareProperties(RestrictionValue):
    """2.12.6."""

    rel_op: RelOp
    tag: PropertyTag
    other: PropertyTag


@dataclass(frozen=True, slots=True)
class BitMask(RestrictionValue):
    """2.12.7."""

    not_zero: bool
    tag: PropertyTag
    mask: int


@dataclass(frozen=True, slots=True)
class Size(RestrictionValue):
    """2.12.8."""

    rel_op: RelOp
    tag: PropertyTag
    size: int


@dataclass(frozen=True, slots=True)
class Exist(RestrictionValue):
    """2.12.9."""

    tag: PropertyTag


@dataclass(frozen=True, slots=True)
class SubObject(RestrictionValue):
    """2.12.10: some recipient or attachment."""

    tag: PropertyTag
    part: Restriction


@dataclass(frozen=True, slots=True)
class Comment(RestrictionValue):
    """2.12.11: what a client notes for itself, and what it stands for."""

    values: tuple[TaggedValue, ...]
    part: Restriction | None


@dataclass(frozen=True, slots=True)
class Count(RestrictionValue):
    """2.12.12: the first so many."""

    count: int
    part: Restriction


Restriction = (
    And | Or | Not | Content | Property | CompareProperties | BitMask | Size | Exist | SubObject | Comment | Count
)


def format_restriction(restriction: Restriction, form: Form = ROP) -> bytes:
    match restriction:
        case And(parts):
            return b"\0" + _format_parts(parts, form)
        case Or(parts):
            return b"\1" + _format_parts(parts, form)
        case Not(part):
            return b"\2" + format_restriction(part, form)
        case Content(low, high, tag, value):
            return pack("<BHH", 3, low, high) + tag.format() + value.format(form)
        case Property(rel_op, tag, value):
            return pack("BB", 4, rel_op) + tag.format() + value.format(form)
        case CompareProperties(rel_op, tag, other):
            return pack("BB", 5, rel_op) + tag.format() + other.format()
        case BitMask(not_zero, tag, mask):
            return pack("BB", 6, not_zero) + tag.format() + pack("<I", mask)
        case Size(rel_op, tag, size):
            return pack("BB", 7, rel_op) + tag.format() + pack("<I", size)
        case Exist(tag):
            return b"\x08" + tag.format()
        case SubObject(tag, part):
            return b"\x09" + tag.format() + format_restriction(part, form)
        case Comment(values, maybe):
            rest = b"\0" if maybe is None else b"\1" + format_restriction(maybe, form)
            return pack("BB", 0x0A, len(values)) + b"".join(value.format(form) for value in values) + rest
        case Count(count, part):
            return pack("<BI", 0x0B, count) + format_restriction(part, form)


def _format_parts(parts: tuple[Restriction, ...], form: Form) -> bytes:
    count = pack("<I" if form.wide else "<H", len(parts))
    return count + b"".join(format_restriction(part, form) for part in parts)


def read_restriction(reader: Reader, form: Form = ROP, depth: int = MAX_DEPTH) -> Restriction:
    """BadSyntax also when it is nested more deeply than anybody needs."""
    if not depth:
        raise BadSyntax("a restriction that is nested less deeply", reader.at)
    where, kind = reader.at, reader.u8()
    read = _READERS.get(kind)
    if read is None:
        raise BadSyntax("a restriction", where)
    return read(reader, form, depth - 1)


def _parts(reader: Reader, form: Form, depth: int) -> tuple[Restriction, ...]:
    count = reader.u32() if form.wide else reader.u16()
    if count > reader.left:
        raise BadSyntax("as many restrictions as announced", reader.at)
    return tuple(read_restriction(reader, form, depth) for _ in range(count))


def _comment(reader: Reader, form: Form, depth: int) -> Comment:
    values = tuple(read_plain_value(reader, form) for _ in range(reader.u8()))
    return Comment(values, read_restriction(reader, form, depth) if reader.u8() else None)


def _content(reader: Reader, form: Form, _: int) -> Content:
    low = _choice(FuzzyLow, reader.at, reader.u16())
    return Content(low, reader.u16(), read_property_tag(reader), read_plain_value(reader, form))


def _property(reader: Reader, form: Form, _: int) -> Property:
    return Property(_rel_op(reader), read_property_tag(reader), read_plain_value(reader, form))


def _compare(reader: Reader, _: Form, __: int) -> CompareProperties:
    return CompareProperties(_rel_op(reader), read_property_tag(reader), read_property_tag(reader))


def _bit_mask(reader: Reader, _: Form, __: int) -> BitMask:
    where, relation = reader.at, reader.u8()
    if relation > 1:
        raise BadSyntax("zero or not zero", where)
    return BitMask(relation == 1, read_property_tag(reader), reader.u32())


Choice = TypeVar("Choice", bound=IntEnum)


def _choice(choices: type[Choice], where: int, number: int) -> Choice:
    try:
        return choices(number)
    except ValueError:
        raise BadSyntax(f"a {choices.__name__}", where) from None


def _rel_op(reader: Reader) -> RelOp:
    return _choice(RelOp, reader.at, reader.u8())


_READERS: dict[int, Callable[[Reader, Form, int], Restriction]] = {
    0x00: lambda *all: And(_parts(*all)),
    0x01: lambda *all: Or(_parts(*all)),
    0x02: lambda *all: Not(read_restriction(*all)),
    0x03: _content,
    0x04: _property,
    0x05: _compare,
    0x06: _bit_mask,
    0x07: lambda reader, *_: Size(_rel_op(reader), read_property_tag(reader), reader.u32()),
    0x08: lambda reader, *_: Exist(read_property_tag(reader)),
    0x09: lambda reader, *rest: SubObject(read_property_tag(reader), read_restriction(reader, *rest)),
    0x0A: _comment,
    0x0B: lambda reader, *rest: Count(reader.u32(), read_restriction(reader, *rest)),
}


class Direction(IntEnum):
    """2.13.1."""

    ASCENDING = 0
    DESCENDING = 1
    MAXIMUM_CATEGORY = 4


@dataclass(frozen=True, slots=True)
class SortOrder:
    """2.13.1."""

    tag: PropertyTag
    direction: Direction

    def format(self) -> bytes:
        return self.tag.format() + bytes([self.direction])


def read_sort_order(reader: Reader) -> SortOrder:
    tag = read_property_tag(reader)
    return SortOrder(tag, _choice(Direction, reader.at, reader.u8()))
