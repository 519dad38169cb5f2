"""Categories: rows with the same values below a header row, which is open or not – [MS-OXCTABL] 2.2.2.3.1, 2.2.2.17."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from posthouse.protocols.mapi.restrictions import Direction

from .lines import header_line
from .selection import Selected, SortKey, Wanted

WEIGHT = 500
"""Of a category."""

Path = tuple[SortKey, ...]
"""Of a category: the keys of those that it is in, and its own."""


@dataclass(slots=True)
class Category:
    number: int
    path: Path
    values: tuple[Any, ...]
    """As many as the path is long."""
    total: int
    """Rows in it, and in those within it."""
    unread: int
    inner: list[Category] = field(default_factory=list)
    leaves: array[int] = field(default_factory=lambda: array("q"))

    @property
    def depth(self) -> int:
        """In how many others it is."""
        return len(self.path) - 1

    @property
    def told(self) -> tuple[Any, ...]:
        """What its header row tells that may change."""
        return self.values, self.total, self.unread


class Numbers:
    """Of categories: the same for the same path, as long as a table has its order."""

    def __init__(self) -> None:
        self._numbers: dict[Path, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, path: Path) -> int:
        return self._numbers.setdefault(path, len(self._numbers) + 1)


class Groups:
    """The tree of one state of a table."""

    def __init__(self, top: list[Category]) -> None:
        self.top = top
        self.by_number = {one.number: one for one in _all(top)}

    @property
    def weight(self) -> int:
        """Bytes that it takes, roughly."""
        return WEIGHT * len(self.by_number)

    def lines(self, is_open: Callable[[Category], bool]) -> array[int]:
        """Those that are seen."""
        found: array[int] = array("q")
        for one in self.top:
            _show(one, is_open, found)
        return found


class Known(NamedTuple):
    """A table as somebody knows it."""

    lines: array[int]
    """Those that are seen."""
    groups: Groups


def changed_headers(before: Groups, after: Groups) -> set[int]:
    """Lines of categories that are in both and tell something else."""
    known = before.by_number
    there = ((number, one, known.get(number)) for number, one in after.by_number.items())
    return {header_line(number) for number, one, old in there if old is not None and old.told != one.told}


def make_groups(selected: Selected, wanted: Wanted, numbers: Numbers) -> Groups:
    return Groups(_level(selected, wanted, numbers, 0, len(selected.lines), 0))


def _level(selected: Selected, wanted: Wanted, numbers: Numbers, begin: int, end: int, depth: int) -> list[Category]:
    found = []
    for path, places in groupby(range(begin, end), lambda at: selected.groups[at].keys[: depth + 1]):
        within = list(places)
        first, last = within[0], within[-1] + 1
        values = selected.groups[first].values[: depth + 1]
        unread = sum(selected.groups[at].is_unread for at in within)
        one = Category(numbers.of(path), path, values, last - first, unread)
        if depth + 1 < wanted.categories:
            one.inner = _level(selected, wanted, numbers, first, last, depth + 1)
        else:
            one.leaves = selected.lines[first:last]
        found.append((max(selected.groups[at].greatest for at in within), one))
    if depth + 1 == wanted.categories and _by_greatest(wanted):
        descending = wanted.orders[depth].direction is Direction.DESCENDING
        found.sort(key=lambda pair: pair[0], reverse=descending)
    return [one for _, one in found]


def _by_greatest(wanted: Wanted) -> bool:
    """The last categories are ordered by the greatest value of a column in each (R79 to R81)."""
    after = wanted.orders[wanted.categories : wanted.categories + 1]
    return any(order.direction is Direction.MAXIMUM_CATEGORY for order in after)


def _all(categories: list[Category]) -> Iterator[Category]:
    for one in categories:
        yield one
        yield from _all(one.inner)


def _show(one: Category, is_open: Callable[[Category], bool], found: array[int]) -> None:
    found.append(header_line(one.number))
    if is_open(one):
        found.extend(one.leaves)
        for inner in one.inner:
            _show(inner, is_open, found)


def seen_below(one: Category, is_open: Callable[[Category], bool]) -> int:
    """How many lines an open category shows below its header."""
    return len(one.leaves) + sum(1 + (seen_below(inner, is_open) if is_open(inner) else 0) for inner in one.inner)
