"""Values as they are kept, as they are asked for and as they are sent. Statements are those of [MS-OXCDATA]."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Properties, set_value
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.servers.mapi.values import NOT_FOUND, TOO_LARGE, WIDEST, Columns, Strings, as_type, cell_of, kept

STRINGS = Strings("cp1252")
OWN = 0x6900
TEXTS = st.text(st.characters(codec="cp1252", exclude_characters="\0"))
WIDTHS = (PropertyType.INTEGER16, PropertyType.INTEGER32, PropertyType.INTEGER64)


@given(TEXTS, st.booleans())
def test_a_text_comes_back_in_the_form_in_which_it_was_sent(text, several):
    """In both, if the code page has all of its letters."""
    kind = PropertyType.STRING8 | (MULTIPLE if several else 0)
    raw = text.encode("cp1252")
    value = (raw, raw) if several else raw
    held = kept(TaggedValue(PropertyTag(OWN, kind), value), "cp1252")
    assert held is not None
    assert held.type == PropertyType.STRING | (MULTIPLE if several else 0)
    assert as_type(held, kind, STRINGS) == Typed(kind, value)


@given(st.integers(-(1 << 63), (1 << 63) - 1), st.sampled_from(WIDTHS))
def test_a_number_in_another_width_is_the_nearest_that_there_is(number, kind):
    told = as_type(Typed(PropertyType.INTEGER64, number), kind, STRINGS)
    assert told is not None
    limit = 1 << (16 * 2 ** WIDTHS.index(kind) - 1)
    assert told.value == number if -limit <= number < limit else told.value in (-limit, limit - 1)


@pytest.mark.parametrize(
    ("tag", "value", "expected"),
    [
        (tags.PidTagSubject, "x", Typed(PropertyType.STRING, "x")),
        (PropertyTag(tags.PidTagImportance.id, PropertyType.INTEGER16), 2, Typed(PropertyType.INTEGER32, 2)),
        (PropertyTag(tags.PidTagImportance.id, PropertyType.INTEGER64), 1 << 40, Typed(3, (1 << 31) - 1)),
        (PropertyTag(tags.PidTagHtml.id, PropertyType.STRING), "ü", Typed(PropertyType.BINARY, "ü".encode())),
        (PropertyTag(tags.PidTagHtml.id, PropertyType.STRING8), b"\xfc", Typed(PropertyType.BINARY, "ü".encode())),
        (PropertyTag(tags.PidTagSubject.id, PropertyType.BINARY), b"x", None),
        (PropertyTag(tags.PidTagSubject.id, PropertyType.STRING | MULTIPLE), ("x",), None),
        (PropertyTag(OWN, PropertyType.ERROR_CODE), 5, None),
        (PropertyTag(OWN, PropertyType.OBJECT), None, None),
        (PropertyTag(OWN, PropertyType.NULL), None, None),
        (PropertyTag(OWN, PropertyType.BOOLEAN), True, Typed(PropertyType.BOOLEAN, True)),
    ],
)
def test_what_is_kept_of_what_is_sent(tag, value, expected):
    """Of the documents' properties, in their types; of others, as they are."""
    assert kept(TaggedValue(tag, value), "cp1252") == expected


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Typed(PropertyType.BINARY, bytes(WIDEST)), bytes(WIDEST)),
        (Typed(PropertyType.BINARY, bytes(WIDEST + 1)), TOO_LARGE),
        (Typed(PropertyType.STRING, "x" * (WIDEST + 1)), TOO_LARGE),
        (Typed(PropertyType.BINARY | MULTIPLE, (bytes(WIDEST), b"x")), TOO_LARGE),
        (Typed(PropertyType.OBJECT, b"x"), TOO_LARGE),
    ],
)
def test_what_no_row_can_have_is_told_of_by_an_error(value, told):
    """R2052: it must be opened as a stream."""
    assert cell_of(PropertyTag(OWN, value.type), OWN, {OWN: value}, STRINGS) == told


def test_cells_are_of_their_columns():
    """R2720: where any type will do, with the type that it is."""
    properties: Properties = {}
    set_value(properties, tags.PidTagSubject, "x")
    asked = (
        *(tags.PidTagSubject, PropertyTag(tags.PidTagSubject.id, PropertyType.UNSPECIFIED), tags.PidTagBody),
        PropertyTag(0x8001, PropertyType.STRING),
    )
    columns = Columns(asked, (*(tag.id for tag in asked[:3]), None))
    assert columns.cells(properties, STRINGS) == ["x", Typed(PropertyType.STRING, "x"), NOT_FOUND, NOT_FOUND]
    assert columns.wanted == {tags.PidTagSubject.id, tags.PidTagBody.id}


@pytest.mark.parametrize(("code_page", "expected"), [(1252, "ü"), (65001, "\ufffd"), (99, "\ufffd"), (None, "\ufffd")])
def test_html_as_text_is_read_in_the_character_set_of_the_message(code_page, expected):
    properties: Properties = {}
    set_value(properties, tags.PidTagHtml, b"\xfc")
    if code_page is not None:
        set_value(properties, tags.PidTagInternetCodepage, code_page)
    tag = PropertyTag(tags.PidTagHtml.id, PropertyType.STRING)
    assert cell_of(tag, tag.id, properties, STRINGS) == expected
