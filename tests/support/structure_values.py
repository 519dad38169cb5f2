"""Any values of declared structures, made from what is declared of their fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from posthouse.protocols.mapi import fields as codecs
from posthouse.protocols.mapi import rule_actions
from posthouse.protocols.mapi.compositions import All, Count, CountedBy, Flagged, Items, Size, SizeOrNone, When
from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import format_row
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import And, Direction, Exist, Not, SortOrder
from posthouse.protocols.mapi.rops import notification_data
from posthouse.protocols.mapi.rops.base import OfLogon
from posthouse.protocols.mapi.rops.notification_data import KINDS, NotificationData, NotificationFlags
from posthouse.protocols.mapi.structures import Fixed, Structure, hints_of

COUNTERS = st.integers(0, (1 << 48) - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
ANSI = st.binary(max_size=5).map(lambda raw: raw.replace(b"\0", b""))
TAGS = st.builds(PropertyTag, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
_INTEGER, _TEXT = PropertyTag(0x0E07, PropertyType.INTEGER32), PropertyTag(0x0037, PropertyType.STRING)
_BINARY = PropertyTag(0x65E2, PropertyType.BINARY)
VALUES = st.one_of(
    st.builds(TaggedValue, st.just(_INTEGER), st.integers(-9, 9)),
    st.builds(TaggedValue, st.just(_TEXT), TEXTS),
    st.builds(TaggedValue, st.just(_BINARY), st.binary(max_size=4)),
)
RESTRICTIONS = st.recursive(
    st.builds(Exist, TAGS),
    lambda inner: st.builds(Not, inner) | st.builds(And, st.tuples(inner, inner)),
    max_leaves=3,
)
NAMES = st.none() | st.builds(PropertyName, st.uuids(), st.integers(0, 0xFFFFFFFF) | TEXTS)
RANGES = {"B": (0, 0xFF), "H": (0, 0xFFFF), "I": (0, (1 << 32) - 1), "Q": (0, (1 << 64) - 1)}
RANGES |= {"i": (-(1 << 31), (1 << 31) - 1), "q": (-(1 << 63), (1 << 63) - 1)}

ROW_COLUMNS = (_INTEGER,)
"""Of rows whose columns are told elsewhere."""
LEAVES: dict[int, SearchStrategy[Any]] = {}
"""By the identity of the codec."""
FIXED: dict[Any, SearchStrategy[Any]] = {
    bool: st.booleans(),
    UUID: st.uuids(),
    ObjectId: st.builds(ObjectId, st.integers(0, 0xFFFF), COUNTERS),
    LongTermId: st.builds(LongTermId, st.uuids(), COUNTERS),
    PropertyTag: TAGS,
}

FIXED_VALUES = {
    PropertyType.INTEGER64: st.integers(*RANGES["q"]),
    PropertyType.TIME: st.integers(*RANGES["Q"]),
    PropertyType.STRING8: ANSI,
}


def leaf(annotation: Any, strategy: SearchStrategy[Any]) -> None:
    LEAVES[id(annotation.__metadata__[0])] = strategy


leaf(codecs.Ansi, ANSI)
leaf(codecs.Text, TEXTS)
leaf(codecs.TypedString, st.none() | TEXTS | ANSI)
leaf(codecs.Rest, st.binary(max_size=9))
leaf(codecs.Restriction16, st.none() | RESTRICTIONS)
leaf(codecs.Value, VALUES)
leaf(codecs.Order, st.builds(SortOrder, TAGS, st.sampled_from(Direction)))
leaf(codecs.Name, NAMES)
leaf(notification_data._Tags, st.none() | st.lists(TAGS, max_size=2).map(tuple))
leaf(rule_actions.PlainValue, VALUES)
leaf(rule_actions.WideValue, VALUES)
leaf(codecs.Row, st.integers(-9, 9).map(lambda number: format_row(ROW_COLUMNS, [number])))
for counted in (codecs.Bytes8, codecs.Bytes16, codecs.Bytes32):
    leaf(counted, st.binary(max_size=9))


@st.composite
def values_of(draw: DrawFn, kind: type[Structure], **known: SearchStrategy[Any]) -> Any:
    """Later fields depend on earlier ones, as when they are read. `known`: values of fields."""
    hints = hints_of(kind)
    so_far = object.__new__(kind)
    for field in fields(kind):  # type: ignore[arg-type]
        if field.init:
            value = draw(known[field.name] if field.name in known else _values(hints[field.name], so_far))
        else:
            value = draw(st.integers(0, 3))
        object.__setattr__(so_far, field.name, value)
    given = {field.name: getattr(so_far, field.name) for field in fields(kind) if field.init}  # type: ignore[arg-type]
    return kind(**given)


@st.composite
def values_of_any(draw: DrawFn, kinds: Sequence[type[Structure]], **known: SearchStrategy[Any]) -> Any:
    """`known`: values of fields, in the kinds that have them."""
    kind = draw(st.sampled_from(kinds))
    return draw(values_of(kind, **{name: one for name, one in known.items() if name in kind.__dataclass_fields__}))


@st.composite
def notifications(draw: DrawFn) -> Any:
    """Of all types, with any of the other flags."""
    number = draw(st.sampled_from(sorted(KINDS)))
    more = draw(st.integers(0, 15)) << 12
    return draw(values_of(KINDS[number], notification_flags=st.just(NotificationFlags(number | more))))


def _values(hint: Any, so_far: Any) -> SearchStrategy[Any]:
    if get_origin(hint) is not Annotated:
        return values_of(hint)
    base, (first, *rest) = hint.__origin__, hint.__metadata__
    found = _first(base, first, so_far)
    for mark in rest:
        found = _wrapped(mark, found, so_far)
    return found


def _first(base: Any, mark: Any, so_far: Any) -> SearchStrategy[Any]:
    if get_origin(mark) is Annotated:
        return _first(base, mark.__metadata__[0], so_far)
    if isinstance(mark, codecs.TextBy):
        return TEXTS if getattr(so_far, mark.flag) else ANSI
    if id(mark) in LEAVES:
        return LEAVES[id(mark)]
    if isinstance(mark, codecs.RowOf):
        return st.tuples(*(FIXED_VALUES[tag.type] for tag in mark.columns))
    if isinstance(mark, Fixed):
        return _fixed(base, mark)
    if base == NotificationData:
        return notifications()
    if base is bytes:
        return st.binary(max_size=9)
    if base == tuple[codecs.Ansi, ...]:
        return st.lists(ANSI, max_size=3).map(tuple)
    if base is str:  # that of RopLogon
        return st.text("/o=cn")
    if get_origin(base) in (tuple, Union, UnionType):
        base = next(inner for inner in get_args(base) if inner not in (NoneType, ...))
    return _wrapped(mark, _values(base, so_far), so_far)


def _fixed(base: Any, mark: Fixed) -> SearchStrategy[Any]:
    if base in FIXED:
        return FIXED[base]
    if base == NotificationData:
        return notifications()
    if base is bytes:
        return st.binary(min_size=mark.least, max_size=mark.least)
    if mark.form == "6s":
        return COUNTERS
    numbers = st.integers(*RANGES[mark.form])
    if issubclass(base, Choice | Flags):
        return (st.sampled_from(base) | numbers).map(base)
    return numbers


def _wrapped(mark: Any, inner: SearchStrategy[Any], so_far: Any) -> SearchStrategy[Any]:
    match mark:
        case Count() | All():
            return st.lists(inner, max_size=3).map(tuple)
        case CountedBy(field):
            number = getattr(so_far, field)
            return st.lists(inner, min_size=number, max_size=number).map(tuple)
        case Items(count):
            return st.tuples(*[inner] * count)
        case SizeOrNone():
            return st.none() | inner
        case Size():
            return inner
        case When(there):
            return inner if there(so_far) else st.none()
        case OfLogon(public, there):
            return inner if not public and there(so_far) else st.none()
        case Flagged():
            return st.none() | inner
    raise TypeError(f"nobody knows values of {mark}")
