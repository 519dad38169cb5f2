"""Restrictions as trees: their texts in Unicode or in 8 bits, their parts, and the properties that they ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from .restrictions import (
    And,
    BitMask,
    Comment,
    CompareProperties,
    Content,
    Count,
    Exist,
    Not,
    Or,
    Property,
    Restriction,
    Size,
    SubObject,
)

_TEXTS = (PropertyType.STRING, PropertyType.STRING8)


def in_unicode(restriction: Restriction, codec: str) -> Restriction:
    """`codec`: of what is in 8 bits."""

    def decode(text: str | bytes) -> str:
        return text if isinstance(text, str) else text.decode(codec, "replace")

    return _Texts(PropertyType.STRING, decode).of(restriction)


def in_eight_bits(restriction: Restriction, codec: str) -> Restriction:
    def encode(text: str | bytes) -> bytes:
        return text.encode(codec, "replace") if isinstance(text, str) else text

    return _Texts(PropertyType.STRING8, encode).of(restriction)


class _Texts:
    """All texts of one type."""

    def __init__(self, kind: PropertyType, convert: Callable[[str | bytes], str | bytes]) -> None:
        self._kind, self._convert = kind, convert

    def of(self, restriction: Restriction) -> Restriction:
        match restriction:
            case And(parts):
                return And(tuple(map(self.of, parts)))
            case Or(parts):
                return Or(tuple(map(self.of, parts)))
            case Not(part):
                return Not(self.of(part))
            case Content(low, high, tag, value):
                return Content(low, high, self._tag(tag), self._value(value))
            case Property(rel_op, tag, value):
                return Property(rel_op, self._tag(tag), self._value(value))
            case CompareProperties(rel_op, tag, other):
                return CompareProperties(rel_op, self._tag(tag), self._tag(other))
            case Size(rel_op, tag, size):
                return Size(rel_op, self._tag(tag), size)
            case Exist(tag):
                return Exist(self._tag(tag))
            case SubObject(tag, part):
                return SubObject(tag, self.of(part))
            case Comment(values, maybe):
                return Comment(tuple(map(self._value, values)), None if maybe is None else self.of(maybe))
            case Count(count, part):
                return Count(count, self.of(part))
            case BitMask():
                return restriction

    def _tag(self, tag: PropertyTag) -> PropertyTag:
        if tag.type & ~MULTIPLE not in _TEXTS:
            return tag
        return PropertyTag(tag.id, self._kind | tag.type & MULTIPLE)

    def _value(self, tagged: TaggedValue) -> TaggedValue:
        if tagged.tag.type & ~MULTIPLE not in _TEXTS:
            return tagged
        value: Any = tagged.value
        made = tuple(map(self._convert, value)) if isinstance(value, tuple) else self._convert(value)
        return TaggedValue(self._tag(tagged.tag), made)


def parts_of(restriction: Restriction) -> Iterator[Restriction]:
    """It and all that is within it."""
    waiting = [restriction]
    while waiting:
        one = waiting.pop()
        yield one
        match one:
            case And(parts) | Or(parts):
                waiting += parts
            case Not(part) | SubObject(_, part) | Count(_, part) | Comment(_, part):
                waiting += [part] if part is not None else []


def tags_of(restriction: Restriction) -> set[PropertyTag]:
    """Of the properties that are looked at, those of recipients and attachments as well."""
    found: set[PropertyTag] = set()
    for part in parts_of(restriction):
        match part:
            case CompareProperties(_, tag, other):
                found |= {tag, other}
            case Content(_, _, tag, _) | Property(_, tag, _) | BitMask(_, tag, _) | Size(_, tag, _) | Exist(tag):
                found.add(tag)
            case SubObject(tag, _):
                found.add(tag)
    return found
