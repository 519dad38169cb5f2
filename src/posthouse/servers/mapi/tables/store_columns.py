"""What tables of messages are usually ordered and chosen by: columns of the store tell it, and no message is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from posthouse.database import Row
from posthouse.message.fields import KeptValues
from posthouse.message.ordering import first_name
from posthouse.model.flags import Flag
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.matching import Matchable
from posthouse.protocols.mapi.mime.essentials import moment
from posthouse.protocols.mapi.mime.subjects import split_subject
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.restriction_texts import parts_of, tags_of
from posthouse.protocols.mapi.restrictions import And, BitMask, Restriction
from posthouse.servers.mapi.identity import object_id
from posthouse.servers.mapi.messages.properties import READ, UNSENT, instance_key

from .selection import Wanted

Field = tuple[str, Callable[[Any], Any]]
"""A column of the store, and how the value follows from it."""

_FIELDS: Mapping[PropertyTag, Field] = {
    tags.PidTagMid: ("id", object_id),
    tags.PidTagInstID: ("id", object_id),
    tags.PidTagInstanceKey: ("id", instance_key),
    tags.PidTagMessageDeliveryTime: ("delivered", moment),
    tags.PidTagMessageSize: ("size", lambda size: min(size, 2**31 - 1)),
    tags.PidTagRead: ("flags", lambda flags: bool(flags & Flag.SEEN)),
    tags.PidTagSubject: ("subject", lambda subject: "".join(split_subject(subject))),
    tags.PidTagNormalizedSubject: ("subject", lambda subject: split_subject(subject)[1]),
}
_AS_WRITTEN: Field = ("fields", lambda kept: first_name(KeptValues(bytes(kept or b"")).get(b"from") or b"") or None)
"""The name of `from` where its key does not tell enough."""
_FLAGS: Field = ("flags", lambda flags: (READ if flags & Flag.SEEN else 0) | (UNSENT if flags & Flag.DRAFT else 0))
"""Of conditions that ask for no other bits."""
ORDERED_BY: Mapping[PropertyTag, Field] = {
    **_FIELDS,
    tags.PidTagSentRepresentingName: ("from", lambda key: key or None),
    tags.PidTagClientSubmitTime: ("sent", lambda sent: None if sent is None else moment(sent)),
}
"""Keys that are ordered like the values."""
_VALUES = frozenset((tags.PidTagMessageDeliveryTime, tags.PidTagSubject, tags.PidTagNormalizedSubject))
ROUGH = _VALUES | {tags.PidTagMessageFlags}
"""What columns do not tell exactly of messages that clients have made."""
_WITHOUT_CONTENT = frozenset(("id", "size", "flags", "delivered"))
"""What columns tell of messages that have no content of their own: those that are associated."""


class ColumnsRow:
    __slots__ = ("_fields", "_row")

    def __init__(self, row: Row, fields: Mapping[PropertyTag, tuple[int, Callable[[Any], Any]]]) -> None:
        self._row, self._fields = row, fields

    def value(self, tag: PropertyTag) -> Any | None:
        place, of = self._fields[tag]
        return of(self._row[place])

    def parts(self, tag: PropertyTag) -> Iterable[Matchable]:
        return ()


def fields_of(wanted: Wanted, *, has_content: bool = True) -> dict[PropertyTag, Field] | None:
    """Of all that is asked for; None: columns do not tell it all."""
    if not wanted.is_flat:
        return None
    asked = frozenset[PropertyTag]() if wanted.restriction is None else tags_of(wanted.restriction)
    found: dict[PropertyTag, Field] = {}
    for tag in wanted.tags():
        field = _FIELDS.get(tag) if tag in asked else ORDERED_BY.get(tag)
        if tag == tags.PidTagMessageFlags and _asks_for_few_flags(wanted):
            field = _FLAGS
        if field is None or not (has_content or field[0] in _WITHOUT_CONTENT):
            return None
        found[tag] = _AS_WRITTEN if field[0] == "from" and _tells_capitals(wanted) else field
    return found


def _tells_capitals(wanted: Wanted) -> bool:
    """An I is not the capital of i: keys of names do not know any more which it was."""
    return wanted.text_key("I") != wanted.text_key("i")


def asks_exactly(wanted: Wanted) -> bool:
    """Or for moments, as they were set."""
    return wanted.restriction is not None and _is_rough(wanted.restriction)


def told_exactly(wanted: Wanted) -> Restriction:
    """What columns do tell: whatever does not satisfy this need not be read."""
    restriction = wanted.restriction
    parts = restriction.parts if isinstance(restriction, And) else ()
    return And(tuple(part for part in parts if not _is_rough(part)))


def _is_rough(restriction: Restriction) -> bool:
    """What waits to be sent is a draft that is not told as unsent."""
    if any(
        isinstance(part, BitMask) and part.tag == tags.PidTagMessageFlags and part.mask & UNSENT
        for part in parts_of(restriction)
    ):
        return True
    return not _VALUES.isdisjoint(tags_of(restriction))


def _asks_for_few_flags(wanted: Wanted) -> bool:
    if wanted.restriction is None or any(order.tag == tags.PidTagMessageFlags for order in wanted.orders):
        return False
    about = [one for one in parts_of(wanted.restriction) if getattr(one, "tag", None) == tags.PidTagMessageFlags]
    return all(isinstance(one, BitMask) and not one.mask & ~(READ | UNSENT) for one in about)


def columns_of(fields: Mapping[PropertyTag, Field]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("id", *(column for column, _ in fields.values()))))


def rows_of(rows: Iterable[Row], fields: Mapping[PropertyTag, Field]) -> Iterator[tuple[int, Matchable]]:
    places = {column: place for place, column in enumerate(columns_of(fields))}
    found = {tag: (places[column], of) for tag, (column, of) in fields.items()}
    return ((row[0], ColumnsRow(row, found)) for row in rows)
