"""GLOBSET: a set of counters as ranges – [MS-OXCFXICS] 2.2.2.6, 3.1.5.4.1.

Ranges are in order, apart from each other (no two could be one) and include both ends: a set of a million counters
that follow each other is one pair.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..identifiers import COUNTER_END

Range = tuple[int, int]
"""The lowest and the highest."""


@dataclass(frozen=True, slots=True)
class Globset:
    ranges: tuple[Range, ...] = ()
    """Made by `globset_of` and `globset_of_ranges`, which put them in order."""

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def count(self) -> int:
        """It may be more than len() can tell."""
        return sum(high - low + 1 for low, high in self.ranges)

    def __iter__(self) -> Iterator[int]:
        """Not of what a client sent: a range of its may have 2^48 counters. The difference of two sets does instead."""
        return (counter for low, high in self.ranges for counter in range(low, high + 1))

    def __contains__(self, counter: int) -> bool:
        at = bisect_right(self.ranges, (counter, COUNTER_END)) - 1
        return at >= 0 and counter <= self.ranges[at][1]

    def __or__(self, other: Globset) -> Globset:
        return globset_of_ranges(self.ranges + other.ranges) if self and other else self or other

    def __sub__(self, other: Globset) -> Globset:
        return Globset(tuple(_without(self.ranges, other.ranges))) if self and other else self

    def with_range(self, low: int, high: int) -> Globset:
        return self | Globset(((low, high),))

    def collapsed(self) -> Globset:
        """One range from the lowest to the highest (3.1.5.5): only of what nobody iterates over."""
        return Globset(((self.ranges[0][0], self.ranges[-1][1]),)) if self else self


def globset_of(counters: Iterable[int]) -> Globset:
    """In any order, any number of times."""
    return Globset(tuple(_joined((counter, counter) for counter in sorted(counters))))


def globset_of_ranges(ranges: Iterable[Range]) -> Globset:
    """In any order, also overlapping."""
    return Globset(tuple(_joined(sorted(ranges))))


def _joined(ranges: Iterable[Range]) -> Iterator[Range]:
    """Of ranges in the order of their lowest."""
    first = last = -2
    for low, high in ranges:
        if low > last + 1:
            if first >= 0:
                yield first, last
            first, last = low, high
        elif high > last:
            last = high
    if first >= 0:
        yield first, last


def _without(ranges: tuple[Range, ...], gone: tuple[Range, ...]) -> Iterator[Range]:
    """Both sides are walked through once."""
    at = 0
    for low, high in ranges:
        while at < len(gone) and gone[at][1] < low:
            at += 1
        hole = at
        while hole < len(gone) and gone[hole][0] <= high:
            if gone[hole][0] > low:
                yield low, gone[hole][0] - 1
            low = gone[hole][1] + 1
            hole += 1
        at = max(at, hole - 1)
        if low <= high:
            yield low, high
