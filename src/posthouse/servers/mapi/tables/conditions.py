"""Restrictions and orders as clients send them: their texts made text, and the properties that they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue, is_value_type
from posthouse.protocols.mapi.restrictions import (
    And,
    BitMask,
    Comment,
    CompareProperties,
    Content,
    Count,
    Direction,
    Exist,
    Not,
    Or,
    Property,
    Restriction,
    Size,
    SortOrder,
    SubObject,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError

MAX_CONDITIONS = 2_000
"""Single ones in one restriction."""
MAX_ORDERS = 16

_NO_VALUES = (PropertyType.UNSPECIFIED, PropertyType.NULL, PropertyType.ERROR_CODE)


def with_texts(restriction: Restriction, codec: str) -> Restriction:
    """With strings of 8 bits as text."""
    match restriction:
        case And(parts):
            return And(tuple(with_texts(part, codec) for part in parts))
        case Or(parts):
            return Or(tuple(with_texts(part, codec) for part in parts))
        case Not(part):
            return Not(with_texts(part, codec))
        case SubObject(tag, part):
            return SubObject(tag, with_texts(part, codec))
        case Comment(values, part):
            return Comment(values, None if part is None else with_texts(part, codec))
        case Count(count, part):
            return Count(count, with_texts(part, codec))
        case Content() | Property():
            return _with_text(restriction, codec)
        case _:
            return restriction


def _with_text(restriction: Content | Property, codec: str) -> Content | Property:
    value = restriction.value.value
    if not isinstance(value, bytes) or restriction.value.tag.type & ~MULTIPLE != PropertyType.STRING8:
        return restriction
    tag = PropertyTag(restriction.value.tag.id, PropertyType.STRING)
    return replace(restriction, value=TaggedValue(tag, value.decode(codec, "replace")))


def conditions_of(restriction: Restriction) -> Iterator[Restriction]:
    """All that are not made of others, SubObject before what it asks of its parts."""
    match restriction:
        case And(parts) | Or(parts):
            for part in parts:
                yield from conditions_of(part)
        case Not(part) | Count(_, part):
            yield from conditions_of(part)
        case Comment(_, maybe):
            if maybe is not None:
                yield from conditions_of(maybe)
        case SubObject(_, part):
            yield restriction
            yield from conditions_of(part)
        case _:
            yield restriction


def tags_in(restriction: Restriction | None) -> Iterator[PropertyTag]:
    """Of all properties that it asks for, those of parts too."""
    for one in conditions_of(restriction) if restriction is not None else ():
        if isinstance(one, CompareProperties):
            yield from (one.tag, one.other)
        elif isinstance(one, Content | Property | BitMask | Size | Exist | SubObject):
            yield one.tag


def check_restriction(restriction: Restriction) -> None:
    """ecTooComplex when it would take too long to decide."""
    if sum(1 for _ in conditions_of(restriction)) > MAX_CONDITIONS:
        raise RopError(ErrorCode.ecTooComplex)


def check_orders(orders: Sequence[SortOrder], categories: int, expanded: int) -> None:
    """[MS-OXCTABL] 2.2.2.3.1."""
    if len(orders) > MAX_ORDERS:
        raise RopError(ErrorCode.ecTooComplex)
    if categories > len(orders) or expanded > categories:
        raise RopError(ErrorCode.ecInvalidParameter)
    for place, order in enumerate(orders):
        if not is_column_type(order.tag.type) or order.tag.type == PropertyType.OBJECT:
            raise RopError(ErrorCode.ecInvalidParameter)
        if order.direction is Direction.MAXIMUM_CATEGORY and (place != categories or not categories):
            raise RopError(ErrorCode.ecInvalidParameter)


def is_column_type(kind: int) -> bool:
    return kind not in _NO_VALUES and is_value_type(kind)


def instances_in(tags: Iterable[PropertyTag]) -> PropertyTag | None:
    """The property whose values are to have rows of their own; ecTooComplex for several."""
    found = {tag for tag in tags if is_instance(tag)}
    if len(found) > 1:
        raise RopError(ErrorCode.ecTooComplex)
    return found.pop() if found else None


def is_instance(tag: PropertyTag) -> bool:
    return tag.type & INSTANCES == INSTANCES


INSTANCES = MULTIPLE | 0x2000
"""MultivalueInstance ([MS-OXCDATA] 2.11.1.3)."""
