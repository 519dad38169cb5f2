"""Property values and rows, against examples, there and back, and against anything."""

from __future__ import annotations

import contextlib
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.property_rows import (
    Cell,
    Missing,
    Typed,
    format_row,
    format_typed_string,
    read_row,
    read_typed_string,
)
from posthouse.protocols.mapi.property_values import (
    INSTANCE,
    MULTIPLE,
    PropertyTag,
    PropertyType,
    TaggedValue,
    format_value,
    is_value_type,
    read_tagged_value,
    read_value,
)
from posthouse.protocols.mapi.reader import Reader

NOT_FOUND = 0x8004010F
SUBJECT = PropertyTag(0x0037, PropertyType.STRING)
FLAGS = PropertyTag(0x0E07, PropertyType.INTEGER32)
DELIVERED = PropertyTag(0x0E06, PropertyType.TIME)
ANY_SUBJECT = PropertyTag(0x0037, PropertyType.UNSPECIFIED)

VALUES: list[tuple[int, Any, str]] = [
    (PropertyType.NULL, None, ""),
    (PropertyType.OBJECT, None, ""),
    (PropertyType.INTEGER16, -2, "FEFF"),
    (PropertyType.INTEGER32, 1, "01000000"),
    (PropertyType.INTEGER64, -1, "FFFFFFFFFFFFFFFF"),
    (PropertyType.FLOATING32, 1.5, "0000C03F"),
    (PropertyType.FLOATING64, 1.5, "000000000000F83F"),
    (PropertyType.CURRENCY, 10_000, "1027000000000000"),
    (PropertyType.FLOATING_TIME, 0.0, "0000000000000000"),
    (PropertyType.ERROR_CODE, NOT_FOUND, "0F010480"),
    (PropertyType.BOOLEAN, True, "01"),
    (PropertyType.BOOLEAN, False, "00"),
    (PropertyType.STRING8, b"Hi", "486900"),
    (PropertyType.STRING, "Hi", "480069000000"),
    (PropertyType.STRING, "Ā", "00010000"),
    (PropertyType.TIME, 0, "0000000000000000"),
    (PropertyType.TIME, file_time(0), "00803ED5DEB19D01"),
    (PropertyType.GUID, UUID("00020329-0000-0000-c000-000000000046"), "2903020000000000C000000000000046"),
    (PropertyType.SERVER_ID, b"\1\2", "02000102"),
    (PropertyType.BINARY, b"\1\2\3", "0300010203"),
    (MULTIPLE | PropertyType.STRING, ("a", "b"), "02000000610000006200 0000"),
    (MULTIPLE | PropertyType.INTEGER16, (), "00000000"),
    (MULTIPLE | PropertyType.BINARY, (b"", b"x"), "02000000 0000 010078"),
    (MULTIPLE | INSTANCE | PropertyType.STRING, "a", "61000000"),
]


@pytest.mark.parametrize(("kind", "value", "encoded"), VALUES)
def test_values(kind: int, value: Any, encoded: str) -> None:
    """Each type has one form in a ROP buffer ([MS-OXCDATA] 2.11.1)."""
    data = bytes.fromhex(encoded)
    assert format_value(kind, value) == data
    reader = Reader(data)
    assert read_value(reader, kind) == value
    reader.done()


ROWS: list[tuple[list[PropertyTag], tuple[Cell, ...], str]] = [
    (
        [SUBJECT, FLAGS, DELIVERED],
        ("Hi", 1, file_time(1_637_760_896)),
        "00 480069000000 01000000 00409311 38E1D701",
    ),
    ([SUBJECT, FLAGS, DELIVERED], ("Hi", 1, Missing(NOT_FOUND)), "01 00480069000000 0001000000 0A0F010480"),
    ([FLAGS, SUBJECT], (1, Missing()), "01 0001000000 01"),
    ([ANY_SUBJECT], (Typed(PropertyType.STRING, "H"),), "00 1F00 48000000"),
    (
        [ANY_SUBJECT, FLAGS],
        (Typed(PropertyType.STRING, "Hi"), Missing()),
        "01 1F00 00 480069000000 01",
    ),
    ([ANY_SUBJECT], (Missing(NOT_FOUND),), "01 0A00 0A 0F010480"),
    ([], (), "00"),
]


@pytest.mark.parametrize(("columns", "row", "encoded"), ROWS)
def test_rows(columns: list[PropertyTag], row: tuple[Cell, ...], encoded: str) -> None:
    """A row has flags only if a value is missing, and types only where any will do ([MS-OXCDATA] 2.8.1)."""
    data = bytes.fromhex(encoded)
    assert format_row(columns, row) == data
    reader = Reader(data)
    assert read_row(reader, columns) == row
    reader.done()


@pytest.mark.parametrize(
    ("text", "encoded"),
    [(None, "00"), ("", "01"), ("Hi", "03486900"), ("é", "03E900"), ("€", "04AC200000")],
)
def test_typed_strings(text: str | None, encoded: str) -> None:
    """A TypedString is as short as its characters allow ([MS-OXCDATA] 2.11.7)."""
    assert format_typed_string(text) == bytes.fromhex(encoded)
    assert read_typed_string(Reader(bytes.fromhex(encoded)), "cp1252") == text


@pytest.mark.parametrize(("encoded", "text"), [("02486900", "Hi"), ("028000", "€"), ("04480069000000", "Hi")])
def test_typed_strings_of_others(encoded: str, text: str) -> None:
    """All forms are understood; 8 bits are in the client's code page."""
    assert read_typed_string(Reader(bytes.fromhex(encoded)), "cp1252") == text


def test_nul_in_text() -> None:
    """A NUL within a text does not end it early: what follows it in a row would be read as something else."""
    columns = [SUBJECT, FLAGS]
    assert read_row(Reader(format_row(columns, ("a\0b", 1))), columns) == ("ab", 1)
    assert format_value(PropertyType.STRING8, b"a\0b") == b"ab\0"
    assert read_typed_string(Reader(format_typed_string("a\0b")), "ascii") == "ab"


@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        (0x0008, "00000000"),
        (0x00FD, "0C"),
        (MULTIPLE | PropertyType.RESTRICTION, "00000000"),
        (INSTANCE | PropertyType.STRING, "0000"),
        (MULTIPLE | PropertyType.BOOLEAN, "0000000000"),
        (MULTIPLE | PropertyType.INTEGER16, "FFFFFFFF00000000"),
        (MULTIPLE | PropertyType.STRING8, "0200000000"),
        (PropertyType.BINARY, "0400010203"),
        (PropertyType.STRING, "4800"),
        (PropertyType.UNSPECIFIED, ""),
    ],
)
def test_bad_values(kind: int, encoded: str) -> None:
    """A type that no value can have, a count of more values than there are bytes, and an early end are bad syntax."""
    with pytest.raises(BadSyntax):
        read_value(Reader(bytes.fromhex(encoded)), kind)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ONE = {
    PropertyType.INTEGER16: st.integers(-(1 << 15), (1 << 15) - 1),
    PropertyType.INTEGER32: st.integers(-(1 << 31), (1 << 31) - 1),
    PropertyType.INTEGER64: st.integers(-(1 << 63), (1 << 63) - 1),
    PropertyType.CURRENCY: st.integers(-(1 << 63), (1 << 63) - 1),
    PropertyType.FLOATING32: st.floats(allow_nan=False, width=32),
    PropertyType.FLOATING64: st.floats(allow_nan=False),
    PropertyType.FLOATING_TIME: st.floats(allow_nan=False),
    PropertyType.TIME: st.integers(0, (1 << 64) - 1),
    PropertyType.STRING: TEXT,
    PropertyType.STRING8: st.binary().map(lambda data: data.replace(b"\0", b"")),
    PropertyType.GUID: st.uuids(),
    PropertyType.BINARY: st.binary(),
}
TAGGED = st.one_of(
    [
        st.builds(lambda id_, kind, value: TaggedValue(PropertyTag(id_, kind), value), st.integers(0, 0xFFFF), *both)
        for kind, one in ONE.items()
        for both in (
            (st.just(int(kind)), one),
            (st.just(MULTIPLE | kind), st.lists(one, max_size=4).map(tuple)),
        )
    ]
)


@given(st.lists(TAGGED, max_size=5))
def test_there_and_back(values: list[TaggedValue]) -> None:
    """Values, one behind the other, are read as they were written."""
    reader = Reader(b"".join(value.format() for value in values))
    assert [read_tagged_value(reader) for _ in values] == values
    reader.done()


@given(st.lists(TAGGED, max_size=5), st.data())
def test_rows_there_and_back(values: list[TaggedValue], data: st.DataObject) -> None:
    """A row is read as it was written, whatever is missing in it."""
    missing = st.sampled_from([Missing(), Missing(NOT_FOUND)])
    columns = [value.tag for value in values]
    row = tuple(data.draw(st.one_of(st.just(value.value), missing)) for value in values)
    reader = Reader(format_row(columns, row))
    assert read_row(reader, columns) == row
    reader.done()


@given(st.binary(max_size=200), st.integers(0, 0xFFFF))
def test_anything(data: bytes, kind: int) -> None:
    """Whatever comes is a value or bad syntax, and a value can be written."""
    with contextlib.suppress(BadSyntax):
        tagged = read_tagged_value(Reader(data))
        assert is_value_type(tagged.tag.type)
        tagged.format()
    with contextlib.suppress(BadSyntax):
        format_value(kind, read_value(Reader(data), kind))
    with contextlib.suppress(BadSyntax):
        read_row(Reader(data), [ANY_SUBJECT, PropertyTag(1, kind)])
    with contextlib.suppress(BadSyntax):
        format_typed_string(read_typed_string(Reader(data), "cp932"))
