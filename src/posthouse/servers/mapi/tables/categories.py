"""Which categories of a table are open, their header rows, and the state that a client keeps of them –
[MS-OXCTABL] 2.2.1, 2.2.2.17 to 2.2.2.20."""

from __future__ import annotations

from array import array
from hashlib import blake2b
from struct import Struct

from posthouse.model.ids import FolderId
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.object_row import ObjectRow
from posthouse.protocols.mapi.objects import Properties, set_value
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.restrictions import format_restriction
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.identity import object_id

from .conditions import INSTANCES, is_instance
from .grouping import WEIGHT, Category, Groups, Numbers, Path, make_groups, seen_below
from .lines import header_line
from .selection import Selected, Wanted

EMPTY, OPEN, CLOSED = 2, 3, 4
"""PidTagRowType of header rows: TBL_EMPTY_CATEGORY, TBL_EXPANDED_CATEGORY, TBL_COLLAPSED_CATEGORY."""
_ID_SHIFT = 16
"""Ids of categories have replica 0 in their lower half, which no message has."""
_HEAD = Struct("<16sqI")
"""Of a state: what the table is like, and a row of it. Hashes of categories that are not as in the beginning follow."""
_HASH = 8
MAX_STATE = 0xFFFF


class Categories:
    def __init__(self, folder: FolderId | None, expanded: int = 0) -> None:
        """`folder`: in which their messages are shown. `expanded`: so many levels are open in the beginning."""
        self._folder, self._expanded = folder, expanded
        self._numbers, self.groups = Numbers(), Groups([])
        self._changed: set[bytes] = set()
        """Those that are not as in the beginning."""

    @property
    def weight(self) -> int:
        """Bytes that it keeps, roughly."""
        return self.groups.weight + WEIGHT * len(self._numbers) + _HASH * len(self._changed)

    def arrange(self, selected: Selected, wanted: Wanted) -> array[int]:
        self.groups = make_groups(selected, wanted, self._numbers)
        return self.groups.lines(self.is_open)

    def is_open(self, one: Category) -> bool:
        return (one.depth < self._expanded) != (_hash(one.path) in self._changed)

    def find(self, id: int) -> Category:
        """By PidTagInstID; ecNotFound."""
        found = None if id & (1 << _ID_SHIFT) - 1 else self.groups.by_number.get(id >> _ID_SHIFT)
        if found is None:
            raise RopError(ErrorCode.ecNotFound)
        return found

    def turn(self, one: Category) -> array[int]:
        """Open one that is closed, or close it; all lines that are seen then."""
        self._changed ^= {_hash(one.path)}
        return self.groups.lines(self.is_open)

    def seen_below(self, one: Category) -> int:
        return seen_below(one, self.is_open)

    # header rows
    def properties(self, line: int, wanted: Wanted) -> Properties:
        one = self.groups.by_number[-line]
        found: Properties = {}
        kind = OPEN if self.is_open(one) else CLOSED
        for tag, number in (
            (tags.PidTagRowType, kind if one.total else EMPTY),
            (tags.PidTagDepth, one.depth),
            (tags.PidTagContentCount, one.total),
            (tags.PidTagContentUnreadCount, one.unread),
            (tags.PidTagInstID, category_id(one.number)),
            (tags.PidTagInstanceNum, 0),
            (tags.PidTagInstanceKey, bytes(4) + one.number.to_bytes(8, "little")),
        ):
            set_value(found, tag, number)
        if self._folder is not None:
            set_value(found, tags.PidTagFolderId, object_id(self._folder))
        for order, value in zip(wanted.orders, one.values, strict=False):
            key, kind = wanted.key_of(order.tag), order.tag.type
            if key is not None and value is not None:
                found[key] = Typed(kind & ~INSTANCES if is_instance(order.tag) else kind, value)
        return found

    def fits(self, line: int, wanted: Wanted) -> bool:
        return wanted.matches(ObjectRow(self.properties(line, wanted), wanted.names))

    def line_of(self, id: int) -> int:
        return header_line(self.find(id).number)

    # what clients keep
    def state(self, wanted: Wanted, row: int, instance: int) -> bytes:
        """ecTooComplex when it is larger than a client could send back."""
        made = _HEAD.pack(_likeness(wanted, self._expanded), row, instance) + b"".join(sorted(self._changed))
        if len(made) > MAX_STATE:
            raise RopError(ErrorCode.ecTooComplex)
        return made

    def set_state(self, wanted: Wanted, state: bytes) -> tuple[array[int], int, int]:
        """All lines that are seen then, and the row that the state names. ecInvalidParameter for a state of a table of
        another order or restriction."""
        rest = state[_HEAD.size :]
        if len(state) < _HEAD.size or len(rest) % _HASH:
            raise RopError(ErrorCode.ecInvalidParameter)
        likeness, row, instance = _HEAD.unpack_from(state)
        if likeness != _likeness(wanted, self._expanded):
            raise RopError(ErrorCode.ecInvalidParameter)
        self._changed = {rest[at : at + _HASH] for at in range(0, len(rest), _HASH)}
        return self.groups.lines(self.is_open), row, instance


def category_id(number: int) -> int:
    """PidTagInstID of a header row."""
    return number << _ID_SHIFT


def _hash(path: Path) -> bytes:
    return blake2b(repr(path).encode("utf-8", "surrogatepass"), digest_size=_HASH).digest()


def _likeness(wanted: Wanted, expanded: int) -> bytes:
    """The same for tables of the same order and restriction."""
    orders = b"".join(order.format() for order in wanted.orders)
    restriction = b"" if wanted.restriction is None else format_restriction(wanted.restriction)
    return blake2b(orders + bytes([wanted.categories, expanded]) + restriction, digest_size=16).digest()
