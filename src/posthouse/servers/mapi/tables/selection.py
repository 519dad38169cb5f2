"""Which rows a table has, and in which order – [MS-OXCTABL] 2.2.2.3, 2.2.2.4, [MS-OXCDATA] 2.11.1.3.

What is chosen are lines; of a table with categories also what the rows are grouped by.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.collation import TextKey, text_key
from posthouse.protocols.mapi.matching import Matchable, matches
from posthouse.protocols.mapi.objects import Key
from posthouse.protocols.mapi.property_values import INSTANCE, PropertyTag
from posthouse.protocols.mapi.restriction_texts import parts_of, tags_of
from posthouse.protocols.mapi.restrictions import Count, Direction, Restriction, SortOrder
from posthouse.servers.mapi.errors import ErrorCode, RopError

from .cutting import cut
from .lines import MAX_INSTANCES, key_of_line, line_of

MAX_GROUPED = 200_000
"""Lines in categories."""
MAX_KEYS = 2_000_000
"""Values by which lines are ordered, while they are."""
LONGEST = 255
"""Characters, or bytes, of a value by which lines are ordered: rows do not show more either."""

CONDITION = 300
"""Bytes that a part of a restriction takes, roughly."""

SortKey = tuple[Any, ...]
"""Of one value: its kind, and by what it is ordered among those of that kind."""
NO_NAMES: Mapping[int, Key] = {}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client has said about rows."""

    orders: tuple[SortOrder, ...] = ()
    categories: int = 0
    """The first so many orders make groups."""
    restriction: Restriction | None = None
    instances: PropertyTag | None = None
    """A property whose values have rows of their own."""
    names: Mapping[int, Key] = field(default_factory=dict)
    """Keys of all ids from 0x8000 on that are in it."""
    text_key: TextKey = text_key
    """By which texts are ordered."""

    @property
    def is_flat(self) -> bool:
        return not self.categories and self.instances is None

    @property
    def most(self) -> int | None:
        """So many rows are shown, the first of those that satisfy the restriction ([MS-OXCDATA] 2.12.12)."""
        return self.restriction.count if isinstance(self.restriction, Count) else None

    @property
    def weight(self) -> int:
        """Bytes that it takes, roughly."""
        return 0 if self.restriction is None else CONDITION * sum(1 for _ in parts_of(self.restriction))

    def tags(self) -> set[PropertyTag]:
        """Of all properties on which it depends which lines there are, and where."""
        found = {order.tag for order in self.orders}
        if self.restriction is not None:
            found |= tags_of(self.restriction)
        return found if self.instances is None else found | {self.instances}

    def keys(self) -> set[Key]:
        """Of the same properties, as far as there are any with such names."""
        return {key for tag in self.tags() if (key := self.key_of(tag)) is not None}

    def matches(self, one: Matchable) -> bool:
        return self.restriction is None or matches(self.restriction, one, self.text_key)

    def key_of(self, tag: PropertyTag) -> Key | None:
        return tag.id if tag.id < 0x8000 else self.names.get(tag.id)


class Selected(NamedTuple):
    lines: array[int]
    groups: list[Grouped]
    """With categories: one for each line."""

    def first(self, most: int | None) -> Selected:
        return self if most is None else Selected(self.lines[:most], self.groups[:most])


class Grouped(NamedTuple):
    keys: tuple[SortKey, ...]
    """By which it belongs to its categories."""
    values: tuple[Any, ...]
    """Of the same properties."""
    is_unread: bool
    greatest: SortKey = (0, 0)
    """With Direction.MAXIMUM_CATEGORY: of that column."""


class InstanceRow:
    """One of the rows of an object: it has one of the values."""

    __slots__ = ("_row", "_tag", "_value")

    def __init__(self, row: Matchable, tag: PropertyTag, value: Any) -> None:
        self._row, self._tag, self._value = row, tag, value

    def value(self, tag: PropertyTag) -> Any | None:
        if tag.id == self._tag.id and tag.type & INSTANCE:
            return self._value
        return self._row.value(tag)

    def parts(self, tag: PropertyTag) -> Iterable[Matchable]:
        return self._row.parts(tag)


class ExactRow:
    """One that is chosen by what it has itself, and in order as columns of the store tell roughly."""

    __slots__ = ("_exact", "_rough", "columns")

    def __init__(self, columns: Matchable, exact: Matchable, rough: Container[PropertyTag]) -> None:
        """`rough`: properties that the columns do not tell exactly."""
        self.columns, self._exact, self._rough = columns, exact, rough

    def value(self, tag: PropertyTag) -> Any | None:
        return (self._exact if tag in self._rough else self.columns).value(tag)

    def parts(self, tag: PropertyTag) -> Iterable[Matchable]:
        return self._exact.parts(tag)


def order_value(row: Matchable, tag: PropertyTag) -> Any | None:
    """By which it stands among others."""
    return (row.columns if isinstance(row, ExactRow) else row).value(tag)


def select(rows: Iterable[tuple[int, Matchable]], wanted: Wanted) -> Selected:
    """Objects by their keys → lines in order. What compares equal is in the order of the keys."""
    lines: array[int] = array("q")
    columns: list[list[SortKey]] = [[] for _ in wanted.orders]
    groups: list[Grouped] = []
    orders, text_key = [order.tag for order in wanted.orders], wanted.text_key
    chooses = wanted.restriction is not None
    for key, row in rows:
        for line, one in _instances(key, row, wanted.instances):
            if chooses and not wanted.matches(one):
                continue
            lines.append(line)
            for tag, column in zip(orders, columns, strict=True):
                column.append(sort_key(order_value(one, tag), text_key))
            if wanted.categories:
                groups.append(_grouped(one, wanted, columns))
            if len(lines) * len(orders) > MAX_KEYS or len(groups) > MAX_GROUPED:
                raise RopError(ErrorCode.ecTableTooBig)
    places = _in_order(lines, columns, wanted.orders)
    return Selected(array("q", [lines[at] for at in places]), [groups[at] for at in places] if groups else [])


def _instances(key: int, row: Matchable, tag: PropertyTag | None) -> Iterator[tuple[int, Matchable]]:
    if tag is None:
        yield key, row
        return
    values = row.value(tag)
    if not isinstance(values, tuple) or not values:
        yield key, InstanceRow(row, tag, values or None)
        return
    for number, value in enumerate(values[:MAX_INSTANCES]):
        yield line_of(key, number), InstanceRow(row, tag, value)


def _grouped(row: Matchable, wanted: Wanted, columns: Sequence[list[SortKey]]) -> Grouped:
    count = wanted.categories
    keys = tuple(column[-1] for column in columns[:count])
    values = tuple(cut(row.value(order.tag)) for order in wanted.orders[:count])
    greatest = columns[count][-1] if _has_greatest(wanted) else (0, 0)
    return Grouped(keys, values, row.value(tags.PidTagRead) is False, greatest)


def _has_greatest(wanted: Wanted) -> bool:
    return any(order.direction is Direction.MAXIMUM_CATEGORY for order in wanted.orders)


def _in_order(lines: array[int], columns: Sequence[list[SortKey]], orders: Sequence[SortOrder]) -> list[int]:
    places = sorted(range(len(lines)), key=lambda at: (key_of_line(lines[at]), lines[at]))
    for order, column in zip(reversed(orders), reversed(columns), strict=True):
        if order.direction is not Direction.MAXIMUM_CATEGORY:
            places.sort(key=column.__getitem__, reverse=order.direction is Direction.DESCENDING)
    return places


_NOTHING: SortKey = (0, 0)
_BYTES, _OTHERS = 3, 5
_KINDS: dict[type, int] = {bool: 1, int: 1, float: 1, bytes: _BYTES}


def sort_key(value: Any, text_key: TextKey) -> SortKey:
    """What is not there is before all that is; values of different types are apart."""
    if value is None:
        return _NOTHING
    if isinstance(value, str):
        return 2, *text_key(value[:LONGEST])
    if isinstance(value, tuple):
        return 4, tuple([sort_key(one, text_key) for one in value])
    if isinstance(value, UUID):
        return _BYTES, value.bytes_le
    kind = _KINDS.get(type(value), _OTHERS)
    return (kind, value[:LONGEST] if kind == _BYTES else value) if kind < _OTHERS else (_OTHERS, 0)


def is_before(a: Sequence[SortKey], b: Sequence[SortKey], orders: Sequence[SortOrder]) -> bool | None:
    """Of two rows by their keys; None: they compare equal."""
    for one, other, order in zip(a, b, orders, strict=True):
        if one != other and order.direction is not Direction.MAXIMUM_CATEGORY:
            return (one < other) != (order.direction is Direction.DESCENDING)
    return None
