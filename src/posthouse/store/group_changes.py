"""Which groups of a message's properties have changed, and when – [MS-OXCFXICS] 3.2.5.7.

Kept beside the object. What belongs to a group is not the store's to know: a *mapping* has a number, and groups have
their places in it. Flags and keywords are in the message's row and are not noted here.
"""

from __future__ import annotations

from collections.abc import Collection
from struct import pack, unpack
from typing import NamedTuple

from posthouse.model.ids import ModSeq

_EACH = 8


class Touched(NamedTuple):
    """What one change has changed."""

    mapping: int
    size: int
    """Groups that the mapping has."""
    groups: Collection[int]


class GroupChanges(NamedTuple):
    mapping: int
    since: ModSeq
    """Of changes up to this one it is not known what they changed; 0: of all since the message came it is."""
    numbers: tuple[ModSeq, ...]
    """Of the last change of each group; 0: there was none since then."""

    def after(self, groups: Collection[int], change: ModSeq) -> GroupChanges:
        numbers = (change if place in groups else number for place, number in enumerate(self.numbers))
        return self._replace(numbers=tuple(numbers))

    def format(self) -> bytes:
        return pack(f"<{2 + len(self.numbers)}q", self.mapping, self.since, *self.numbers)


def parse_group_changes(data: bytes) -> GroupChanges:
    mapping, since, *numbers = unpack(f"<{len(data) // _EACH}q", data)
    return GroupChanges(mapping, since, tuple(numbers))


def followed(before: GroupChanges | None, last: ModSeq, touched: Touched | None, change: ModSeq) -> GroupChanges | None:
    """What is known after a change. `last`: the one before it, 0 when there was none but of flags; `touched`: None when
    it may have changed anything."""
    if touched is None:
        return None
    if before is None or before.mapping != touched.mapping:
        before = GroupChanges(touched.mapping, last, (ModSeq(0),) * touched.size)
    return before.after(touched.groups, change)
