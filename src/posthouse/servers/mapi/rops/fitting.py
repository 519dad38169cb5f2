"""Values in a response: what is too large for it is told of by an error in its place – [MS-OXCPRPT] 2.2.3.2.

A client can open a large value as a stream. The response of a small one is rather sent again with more room.
"""

from __future__ import annotations

from collections.abc import Sequence

from posthouse.protocols.mapi.extended_buffer import MAX_PAYLOAD
from posthouse.protocols.mapi.property_rows import Cell, Missing, Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyType, format_value
from posthouse.servers.mapi.values import TOO_LARGE

from .processor import Call

LARGE = 8 * 1024
"""Bytes of a value that a client may be told to open as a stream, where no room is for it."""
BESIDE = 16
"""Bytes of a buffer that no response can have."""
_ERROR = 4
_LIMITED = (PropertyType.STRING, PropertyType.STRING8, PropertyType.BINARY)
"""Types of values that a client's limit is for."""


def within_limit(kind: int, cell: Cell, limit: int) -> Cell:
    """`limit`: bytes that a client wants of a value at most; 0: it does not say."""
    if limit and not isinstance(cell, Missing) and _type(kind, cell) & ~MULTIPLE in _LIMITED:
        return cell if _size(kind, cell) <= limit else TOO_LARGE
    return cell


def fitted(call: Call, kinds: Sequence[int], cells: Sequence[Cell], whole: int, beside: int) -> Sequence[Cell]:
    """Of types `kinds`. `whole`: bytes of the response with all values; `beside`: those of one in which some give way
    that are not of values."""
    if whole <= call.room:
        return cells
    sizes = [_size(kind, cell) for kind, cell in zip(kinds, cells, strict=True)]
    least = beside + sum(size if size <= LARGE else _ERROR for size in sizes)
    most = MAX_PAYLOAD - 4 * len(call.handles) - BESIDE
    if max(sizes, default=0) <= LARGE and whole <= most:
        call.require(whole)
    smallest = LARGE
    if least > most:
        smallest = _ERROR  # even the largest buffer is too small: small ones give way as well
    else:
        call.require(least)
    given = _giving_way(sizes, call.room - beside, smallest)
    return [TOO_LARGE if place in given else cell for place, cell in enumerate(cells)]


def _giving_way(sizes: Sequence[int], room: int, smallest: int) -> set[int]:
    """The largest first, and none of at most `smallest` bytes."""
    over, found = sum(sizes) - room, set()
    for place in sorted(range(len(sizes)), key=lambda place: -sizes[place]):
        if over <= 0 or sizes[place] <= smallest:
            break
        found.add(place)
        over -= sizes[place] - _ERROR
    return found


def _type(kind: int, cell: Cell) -> int:
    return cell.type if isinstance(cell, Typed) else kind


def _size(kind: int, cell: Cell) -> int:
    if isinstance(cell, Missing):
        return _ERROR
    return len(format_value(_type(kind, cell), cell.value if isinstance(cell, Typed) else cell))
