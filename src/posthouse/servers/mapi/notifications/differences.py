"""What is to be told of a table, so that who knows what it was knows what it is – [MS-OXCNOTIF] 3.1.4.3.

Lines that went are told first, then others in their order, each with the one behind which it stands: by then that one
is at its place. Of lines that only stand in another order as few as possible are told.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence, Set
from contextlib import suppress
from typing import NamedTuple

MAX_WINDOW = 20_000
"""Lines between the first and the last that are not where they were."""


class Difference(NamedTuple):
    gone: list[int]
    placed: list[tuple[int, bool]]
    """Where lines are now that came, changed or moved, and whether they were there before."""

    @property
    def size(self) -> int:
        return len(self.gone) + len(self.placed)


def difference(before: array[int], after: array[int], changed: Set[int]) -> Difference | None:
    """`changed`: lines whose rows are others now. None: too much lies between."""
    begin = _common(before, after)
    end = _common(before[begin:][::-1], after[begin:][::-1])
    old, new = before[begin : len(before) - end], after[begin : len(after) - end]
    if max(len(old), len(new)) > MAX_WINDOW:
        return None
    known, places = set(old), {line: begin + at for at, line in enumerate(new)}
    stay = _in_order([places[line] for line in old if line in places and line not in changed])
    placed = {at: line in known for line, at in places.items() if at not in stay}
    for line in changed - places.keys() - known:
        with suppress(ValueError):  # one that the table does not show
            placed[after.index(line)] = True
    return Difference([line for line in old if line not in places], sorted(placed.items()))


def _common(before: array[int], after: array[int]) -> int:
    """How many lines are the same from the beginning on."""
    low, high = 0, min(len(before), len(after))
    while low < high:
        middle = (low + high + 1) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _in_order(numbers: Sequence[int]) -> set[int]:
    """As many of these as possible that follow each other in order."""
    ends: list[int] = []
    """Of the best beginnings of each length, the last number."""
    ahead: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(ends, number)
        ahead[number] = ends[at - 1] if at else None
        ends[at : at + 1] = [number]
    found: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = ahead[last]
    return found
