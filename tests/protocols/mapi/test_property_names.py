"""Names of properties, there and back, and against anything."""

from __future__ import annotations

import contextlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.property_names import PropertyName, format_property_name, read_property_name
from posthouse.protocols.mapi.reader import Reader

PUBLIC_STRINGS = UUID("00020329-0000-0000-c000-000000000046")
GUID = "2903020000000000C000000000000046"


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        (None, "FF"),
        (PropertyName(PUBLIC_STRINGS, 0x8503), f"00 {GUID} 03850000"),
        (PropertyName(PUBLIC_STRINGS, "Hi"), f"01 {GUID} 06 480069000000"),
    ],
)
def test_examples(name: PropertyName | None, encoded: str) -> None:
    """A name is a number or a text in a set; the size of a text is in bytes, with its NUL ([MS-OXCDATA] 2.6.1)."""
    data = bytes.fromhex(encoded)
    assert format_property_name(name) == data
    reader = Reader(data)
    assert read_property_name(reader) == name
    reader.done()


@pytest.mark.parametrize("encoded", ["", "02", f"01 {GUID} 04 48006900", f"01 {GUID} 06 480000006900", f"00 {GUID} 03"])
def test_bad_names(encoded: str) -> None:
    """An unknown kind, and a text that does not end where its size says, are bad syntax."""
    with pytest.raises(BadSyntax):
        read_property_name(Reader(bytes.fromhex(encoded)))


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=63)


@given(st.none() | st.builds(PropertyName, st.uuids(), st.integers(0, (1 << 32) - 1) | TEXTS))
def test_there_and_back(name: PropertyName | None) -> None:
    """A name is read as it was written."""
    reader = Reader(format_property_name(name))
    assert read_property_name(reader) == name
    reader.done()


@given(st.binary(max_size=100))
def test_anything(data: bytes) -> None:
    """Whatever comes is a name that can be written, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        format_property_name(read_property_name(Reader(data)))
