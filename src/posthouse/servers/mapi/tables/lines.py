"""The lines of a table in their order, and places among them: cursor and bookmarks – [MS-OXCTABL] 2.2.2.1.

A line is a number of eight bytes that stays the same as long as its row is there: `line_of` an object, which says which
one of its instances it is, or `header_line` of a category. The cursor stays with its line when others come and go; when
its own goes, it is at the next one. At the beginning it stays at the beginning, and at the end at the end.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

_BITS = 48
_KEYS = (1 << _BITS) - 1
MAX_INSTANCES = 1 << 14
"""Of one row; further values have none."""
MAX_BOOKMARKS = 2_000


def line_of(key: int, instance: int = 0) -> int:
    """`key`: of an object, below 2^48."""
    return key | instance << _BITS


def header_line(number: int) -> int:
    """Of a category; numbers begin with 1."""
    return -number


def key_of_line(line: int) -> int:
    return line & _KEYS


def instance_of_line(line: int) -> int:
    return line >> _BITS


@dataclass(slots=True)
class Mark:
    line: int | None
    """None: behind the last one."""
    at: int
    """Where it is, or, since it has gone, where the next one is."""


class Bookmarks:
    """Numbers of marks are never given twice, until the table is reset."""

    def __init__(self) -> None:
        self._last = 0
        self.marks: dict[int, Mark] = {}

    def add(self, mark: Mark) -> int:
        """0 when there are too many."""
        if len(self.marks) >= MAX_BOOKMARKS:
            return 0
        self._last += 1
        self.marks[self._last] = mark
        return self._last


class Lines:
    """One table's."""

    def __init__(self, lines: Iterable[int] = ()) -> None:
        self.lines = array("q", lines)
        self.cursor = 0
        self.bookmarks = Bookmarks()

    def __len__(self) -> int:
        return len(self.lines)

    def begin(self, lines: array[int]) -> None:
        """Others, of another order or choice: no place of before means anything."""
        self.lines, self.cursor = lines, 0
        self.bookmarks.marks.clear()

    def become(self, lines: array[int]) -> None:
        """What there is now; places stay with their lines."""
        before, self.lines = self.lines, lines
        places = {mark.at for mark in self.bookmarks.marks.values()}
        if 0 < self.cursor < len(before):
            places.add(self.cursor)
        found = _moved(before, lines, places)
        if self.cursor:
            self.cursor = found.get(self.cursor, len(lines))
        for mark in self.bookmarks.marks.values():
            mark.at = found[mark.at]

    def position_of(self, line: int) -> int | None:
        try:
            return self.lines.index(line)
        except ValueError:
            return None

    # bookmarks
    def mark(self, at: int) -> int:
        """Of the line at this place; 0 when there are too many."""
        return self.bookmarks.add(Mark(self.lines[at] if at < len(self.lines) else None, at))

    def find(self, number: int) -> tuple[int, bool] | None:
        """Where a bookmark is, and whether its line is gone; None: there is no such bookmark."""
        mark = self.bookmarks.marks.get(number)
        if mark is None:
            return None
        if mark.line is None:
            return mark.at, False
        at = self.position_of(mark.line)
        return (mark.at, True) if at is None else (at, False)

    def forget(self, number: int) -> None:
        del self.bookmarks.marks[number]

    # moving
    def seek(self, start: int, count: int) -> int:
        """Put the cursor so many lines behind a place, or before it; how many there were."""
        self.cursor = min(max(start + count, 0), len(self.lines))
        return self.cursor - start

    def range(self, forward: bool, count: int) -> tuple[int, int]:
        """Of up to so many lines from the cursor on, or before it."""
        if forward:
            return self.cursor, min(self.cursor + count, len(self.lines))
        return max(self.cursor - count, 0), self.cursor


def _moved(before: array[int], after: array[int], places: set[int]) -> dict[int, int]:
    """Where the lines of these places are now, or the first one behind them that is still there."""
    if not places:
        return {}
    there = {line: at for at, line in enumerate(after)}
    found: dict[int, int] = {}
    wanted = sorted(places, reverse=True)
    nearest, at = len(after), len(before) - 1
    for place in wanted:
        found[place] = nearest
    lowest = wanted[-1]
    while at >= lowest:
        nearest = there.get(before[at], nearest)
        if at in places:
            found[at] = nearest
        at -= 1
    return found
