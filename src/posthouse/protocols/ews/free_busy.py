"""Which of somebody's time is taken, in the words of the Availability Web Service – [MS-OXWAVLS] 3.1.4.1."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, IntEnum
from typing import NamedTuple


class View(Enum):
    """FreeBusyViewType (3.1.4.1.3.12)."""

    NONE = "None"
    """Nothing is told."""
    MERGED_ONLY = "MergedOnly"
    FREE_BUSY = "FreeBusy"
    FREE_BUSY_MERGED = "FreeBusyMerged"
    DETAILED = "Detailed"
    DETAILED_MERGED = "DetailedMerged"

    @property
    def is_merged(self) -> bool:
        return self in (View.MERGED_ONLY, View.FREE_BUSY_MERGED, View.DETAILED_MERGED)

    @property
    def has_events(self) -> bool:
        return self not in (View.NONE, View.MERGED_ONLY)

    @property
    def has_details(self) -> bool:
        return self in (View.DETAILED, View.DETAILED_MERGED)

    @property
    def without_details(self) -> View:
        return {View.DETAILED: View.FREE_BUSY, View.DETAILED_MERGED: View.FREE_BUSY_MERGED}.get(self, self)


class Busy(IntEnum):
    """LegacyFreeBusyType; the numbers are the digits of a merged view, and PidLidBusyStatus's."""

    FREE = 0
    TENTATIVE = 1
    BUSY = 2
    OOF = 3
    WORKING_ELSEWHERE = 4

    @property
    def word(self) -> str:
        return ("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere")[self]


NO_DATA = "4"
"""A digit as well."""
_WEIGHTS = {Busy.FREE: 0, Busy.WORKING_ELSEWHERE: 1, Busy.TENTATIVE: 2, Busy.BUSY: 3, Busy.OOF: 4}


class Taken(NamedTuple):
    start: int
    """Minutes since whenever."""
    end: int
    busy: Busy


def merged(taken: Iterable[Taken], begin: int, end: int, interval: int) -> str:
    """MergedFreeBusy: a digit for each interval, the last of which may be cut off: the most that it is taken for."""
    slots = bytearray(b"0") * -(-(end - begin) // interval)
    for one in sorted(taken, key=lambda one: _WEIGHTS[one.busy]):  # what weighs more covers what weighs less
        start, stop = max(one.start, begin) - begin, min(one.end, end) - begin
        if start < stop:
            first, after = start // interval, -(-stop // interval)
            slots[first:after] = b"%d" % one.busy * (after - first)
    return slots.decode()


def merged_of_several(views: Iterable[str], length: int) -> str:
    """Of a group, of whose members some have told nothing: when nobody has, there is no data."""
    told = [list(map(_busy, view)) for view in views]
    if not told:
        return NO_DATA * length
    return "".join(str(int(max(slot, key=_WEIGHTS.__getitem__))) for slot in zip(*told, strict=True))


def _busy(digit: str) -> Busy:
    return Busy(int(digit))
