"""What became of a table's rows between two looks, for who tells the client ([MS-OXCNOTIF] 2.2.1.1)."""

from __future__ import annotations

from array import array
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from .lines import key_of_line


class Merged(NamedTuple):
    """A table's lines as they are now."""

    lines: array[int]
    changed: Collection[int]
    """Objects that have changed, or come, among others that nobody can see here."""


@dataclass(frozen=True, slots=True)
class RowNews:
    """All of them lines; those that are here now are in the table's order."""

    gone: tuple[int, ...]
    came: tuple[int, ...]
    changed: tuple[int, ...]
    """They were there before, perhaps in another place."""


def news_of(before: array[int], merged: Merged) -> RowNews:
    old, new = set(before), set(merged.lines)
    changed = set(merged.changed)
    return RowNews(
        tuple([line for line in before if line not in new]),
        tuple([line for line in merged.lines if line not in old]),
        tuple([line for line in merged.lines if key_of_line(line) in changed and line in old]),
    )
