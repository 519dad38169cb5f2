"""What may be asked of a table: restrictions, orders, columns – [MS-OXCTABL] 2.2.2."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_values import (
    MULTIPLE,
    PropertyTag,
    PropertyType,
    TaggedValue,
    is_value_type,
)
from posthouse.protocols.mapi.restriction_texts import parts_of
from posthouse.protocols.mapi.restrictions import Direction, Property, RelOp, Restriction, SortOrder
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.identity import counter_of

MAX_CONDITIONS = 2_000
"""In one restriction."""
MAX_ORDERS = 16

_NO_VALUES = (PropertyType.UNSPECIFIED, PropertyType.NULL, PropertyType.ERROR_CODE)


def check_restriction(restriction: Restriction) -> None:
    """ecTooComplex when it would take too long to decide."""
    if sum(1 for _ in parts_of(restriction)) > MAX_CONDITIONS:
        raise RopError(ErrorCode.ecTooComplex)


def object_asked(restriction: Restriction | None) -> int | None:
    """By its key, when a client looks for the row of one object and nothing else."""
    match restriction:
        case Property(RelOp.EQ, tags.PidTagInstID, TaggedValue(_, int(number))):
            return counter_of(number)
        case Property(RelOp.EQ, tags.PidTagInstanceKey, TaggedValue(_, bytes(key))) if key[8:] == bytes(4):
            return int.from_bytes(key[:8], "little")
    return None


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
