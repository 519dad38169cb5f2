"""Declared structures: fields in their order, one after another, and what they are made of."""

from __future__ import annotations

import tracemalloc
from dataclasses import fields
from typing import Annotated, Any

import pytest
from rop_examples import check

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.compositions import All, CountedBy, Items, Size, SizeOrNone, When
from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.fields import (
    MID,
    U8,
    U16,
    Ansi,
    Bool8,
    Bytes32,
    Counted16,
    Counted32,
    Maybe,
    Rest,
    Sized16,
    TextBy,
    exactly,
)
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.structures import Structure, count_of, structure


class Colour(Choice):
    RED = 1
    BLUE = 2


class Marks(Flags):
    NEW = 1
    OLD = 4


@structure
class Point(Structure):
    x: U8
    y: U16


@structure
class Everything(Structure):
    colour: Annotated[Colour, U8]
    marks: Annotated[Marks, U16]
    is_unicode: Bool8
    name: Annotated[str | bytes, TextBy("is_unicode")]
    point_count: U8 = count_of("points")
    raw: Annotated[bytes, exactly(2)]
    points: Annotated[tuple[Point, ...], CountedBy("point_count")]
    pair: Annotated[tuple[U8, ...], Items(2)]
    more: Annotated[U8 | None, When(lambda so_far: so_far.colour == Colour.BLUE)]
    maybe: Maybe[Point]
    sized: Sized16[Counted16[U8]]
    none: Annotated[Point | None, SizeOrNone("B")]
    all: Annotated[tuple[Ansi, ...], All(), Size("B")]
    rest: Rest = b""


FULL = Everything(
    Colour.BLUE,
    Marks.NEW | Marks.OLD,
    True,
    "a",
    b"xy",
    (Point(1, 2), Point(3, 4)),
    (5, 6),
    7,
    Point(8, 9),
    (10,),
    Point(11, 12),
    (b"b", b""),
    b"end",
)
EMPTY = Everything(Colour(9), Marks(0x8002), False, b"a", b"xy", (), (5, 6), None, None, (), None, ())


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (
            FULL,
            "02 0500 01 61000000 02 7879 01 0200 03 0400 05 06 07 01 08 0900 0300 0100 0A 03 0B 0C00 03 6200 00 656E64",
        ),
        (EMPTY, "09 0280 00 6100 00 7879 05 06 00 0200 0000 00 00"),
    ],
)
def test_fields(value: Structure, encoded: str) -> None:
    """Each field in its place; what depends on an earlier one is there when that says so."""
    check(value, encoded)


def test_values() -> None:
    """They are equal when their fields are, and tell their fields by name; counts are never given."""
    assert Point(1, 2) == Point.read(Reader(Point(1, 2).format()))
    assert len({Point(1, 2), Point(1, 2), Point(2, 1)}) == 2
    assert Point(1, 2) != Point(2, 1)
    assert Point(1, 2) != (1, 2)
    assert repr(Point(1, 2)) == "Point(x=1, y=2)"
    assert [field.name for field in fields(Everything)][:5] == ["colour", "marks", "is_unicode", "name", "point_count"]
    assert FULL.point_count == 2


@structure
class Many(Structure):
    ids: Counted32[MID]


@structure
class Texts(Structure):
    texts: Counted32[Ansi]


@structure
class Large(Structure):
    data: Bytes32


@pytest.mark.parametrize("kind", [Many, Texts, Large])
def test_a_count_costs_nothing(kind: type[Structure]) -> None:
    """However many are announced, nothing is set aside for more than there are bytes."""
    tracemalloc.start()
    try:
        with pytest.raises(BadSyntax):
            kind.read(Reader(b"\xff\xff\xff\xff" + bytes(40)))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@structure
class Nested(Structure):
    one: Annotated[tuple[Point, ...], All(), Size("B")]
    other: U8


@pytest.mark.parametrize("encoded", ["04 01 0200 03 05", "03 01 0200", "07 01 0200 03", ""])
def test_sizes(encoded: str) -> None:
    """A size is exact: what is in it neither ends before it nor goes on behind it."""
    with pytest.raises(BadSyntax):
        Nested.read(Reader(bytes.fromhex(encoded)))


@pytest.mark.parametrize("kind", [Colour, Marks])
def test_what_has_no_name(kind: Any) -> None:
    """It is kept and not remembered, however much of it a peer sends; what has a name is that very member."""
    before = len(kind._value2member_map_)
    for number in range(0x1000, 0x2000):
        found = kind(number)
        assert (found, found.value, isinstance(found, kind)) == (number, number, True)
    assert len(kind._value2member_map_) == before
    assert Everything.read(Reader(FULL.format())).colour is Colour.BLUE
