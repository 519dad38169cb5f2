"""Sets of numbers as ascending, non-overlapping, inclusive ranges: `((1, 3), (7, 7))`. A range is never expanded."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

Ranges = tuple[tuple[int, int], ...]


def normalise(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Any order, any overlap, reversed ends (`4:2` is `2:4`, RFC 9051 §9 seq-range) → ascending and joined."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted((a, b) if a <= b else (b, a) for a, b in ranges):
        if joined and low <= joined[-1][1] + 1:
            if high > joined[-1][1]:
                joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return tuple(joined)


def from_numbers(ascending: Iterable[int]) -> Ranges:
    """Numbers in ascending order → ranges."""
    ranges: list[tuple[int, int]] = []
    start = last = -1
    for number in ascending:
        if number == last + 1 and start >= 0:
            last = number
            continue
        if start >= 0:
            ranges.append((start, last))
        start = last = number
    if start >= 0:
        ranges.append((start, last))
    return tuple(ranges)


def contains(ranges: Ranges, number: int) -> bool:
    i = bisect_right(ranges, number, key=lambda pair: pair[0]) - 1
    return i >= 0 and number <= ranges[i][1]


def clip(ranges: Ranges, low: int, high: int) -> Ranges:
    """What of the ranges lies within low..high, both included."""
    return tuple((max(a, low), min(b, high)) for a, b in ranges if a <= high and b >= low)


def subtract(ranges: Ranges, others: Ranges) -> Ranges:
    """What of the ranges is not in the others."""
    left: list[tuple[int, int]] = []
    for low, high in ranges:
        for a, b in clip(others, low, high):
            if a > low:
                left.append((low, a - 1))
            low = b + 1
        if low <= high:
            left.append((low, high))
    return tuple(left)


def count(ranges: Ranges) -> int:
    return sum(b - a + 1 for a, b in ranges)


def numbers(ranges: Ranges) -> Iterator[int]:
    for low, high in ranges:
        yield from range(low, high + 1)
