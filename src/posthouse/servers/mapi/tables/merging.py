"""Where one more row belongs among others that are in order; of these only as many are read as it takes to find out."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import cmp_to_key, partial

from posthouse.protocols.mapi.matching import Matchable

from .selection import SortKey, Wanted, is_before, order_value, sort_key


class Order:
    def __init__(self, wanted: Wanted, read: Callable[[Sequence[int]], Mapping[int, Matchable]]) -> None:
        self._wanted, self._read = wanted, read

    def place(self, lines: array[int], key: int, row: Matchable) -> int:
        mine = self._keys(row), key
        compared = cmp_to_key(partial(self._compare, {key: mine}))
        return bisect_left(lines, compared(key), key=compared)

    def _compare(self, known: dict[int, tuple[tuple[SortKey, ...], int]], a: int, b: int) -> int:
        for key in (a, b):
            if key not in known:
                found = self._read([key])
                known[key] = (self._keys(found[key]) if key in found else (), key)
        (one, first), (other, second) = known[a], known[b]
        before = is_before(one, other, self._wanted.orders) if one and other else None
        return first - second if before is None else -1 if before else 1

    def _keys(self, row: Matchable) -> tuple[SortKey, ...]:
        return tuple(sort_key(order_value(row, order.tag), self._wanted.text_key) for order in self._wanted.orders)
