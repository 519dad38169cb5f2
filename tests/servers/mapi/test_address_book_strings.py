"""How strings are compared in the address book – 3.1.4.3.4, 3.1.4.3.5. Statements are those of [MS-OXNSPI]."""

from __future__ import annotations

from typing import Any

import pytest
from mapi_book import ORDER, BookClient, values_in

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.objects import GetPropsRequest
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.address_book.tables import GetMatchesRequest, QueryColumnsRequest
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import Content, FuzzyLow, Property, RelOp, Restriction

PRINTABLE = tags.PidTagAddressBookDisplayNamePrintable
PRINTABLE8 = PropertyTag(PRINTABLE.id, PropertyType.STRING8)
NAME = tags.PidTagDisplayName
TEXT = PropertyType.STRING
IGNORE_CASE, LOOSE = 1, 4


def test_every_string_comes_in_either_type(book: BookClient) -> None:
    """R1596: whatever a property is natively, no client must know it: who asks for the one type or for the other,
    gets the same text."""
    strings = [tag for tag in book.ask(QueryColumnsRequest(0, 0x80000000)).columns if tag.type & ~MULTIPLE == TEXT]
    narrow = [PropertyTag(tag.id, tag.type - 1) for tag in strings]
    state = Stat(current_rec=book.mid("zoe@example.org"), code_page=65001)
    given = {value.tag: value.value for value in book.ask(GetPropsRequest(0, state, (*strings, *narrow))).values}
    there = [tag for tag in strings if tag in given]
    assert len(there) >= 10
    for tag in there:
        value = given[PropertyTag(tag.id, tag.type - 1)]
        assert (value.decode() if isinstance(value, bytes) else tuple(map(bytes.decode, value))) == given[tag]


def found(book: BookClient, restriction: Restriction, code_page: int = 1252) -> list[Any]:
    state = Stat(code_page=code_page)
    return values_in(book.ask(GetMatchesRequest(0, state, None, 0, restriction, None, 50, (NAME,))).rows)


def named(value: str | bytes, rel_op: RelOp = RelOp.EQ) -> Property:
    """By the printable name, which is natively of 8 bits and case-sensitive (R1601)."""
    tag = PRINTABLE if isinstance(value, str) else PRINTABLE8
    return Property(rel_op, tag, TaggedValue(tag, value))


COMPARISONS = [
    ("Bob Brown", RelOp.EQ, ["Bob Brown"]),  # R493
    ("BOB BROWN", RelOp.EQ, []),  # R484
    ("bob brown", RelOp.NE, ORDER),
    ("Bob Brown", RelOp.LE, ["7 of Nine", "Bob Brown"]),  # R490, R491: as long, and less
    ("Bob Brown", RelOp.LT, ["7 of Nine"]),
    ("Bob Brown", RelOp.GE, ["Alice Adams", "Bob Brown", "Eve Evans", "Everybody", "Zoë Zimmer"]),
    ("Everybody", RelOp.GT, ["Alice Adams", "Zoë Zimmer"]),  # R488, R489: they are longer
    ("ZZZZZZZZ", RelOp.GT, ORDER),  # so is everybody
    ("            ", RelOp.LT, ORDER),  # and here nobody
]


@pytest.mark.parametrize("kind", [bytes, str], ids=["8 bits", "Unicode"])
@pytest.mark.parametrize(("text", "rel_op", "expected"), COMPARISONS)
def test_printable_names(book: BookClient, kind: type, text: str, rel_op: RelOp, expected: list[str]) -> None:
    """R461, R462, R463, R484, R487, R488, R489, R490, R491, R492, R493, R1597: bytes are compared, of two names the
    shorter one is less, and case matters, for ever; a value in Unicode is converted before."""
    value = text if kind is str else text.encode()
    assert found(book, named(value, rel_op)) == expected


@pytest.mark.parametrize(
    ("text", "low", "high", "expected"),
    [
        (b"Eve Evans", FuzzyLow.FULL_STRING, 0, ["Eve Evans"]),
        (b"EVE EVANS", FuzzyLow.FULL_STRING, 0, []),
        (b"EVE EVANS", FuzzyLow.FULL_STRING, IGNORE_CASE, ["Eve Evans"]),
        (b"Eve", FuzzyLow.PREFIX, 0, ["Eve Evans", "Everybody"]),
        (b"eve", FuzzyLow.PREFIX, 0, []),
        (b"eve", FuzzyLow.PREFIX, LOOSE, ["Eve Evans", "Everybody"]),
        (b"oe Z", FuzzyLow.SUBSTRING, 0, ["Zoë Zimmer"]),
        (b"OE Z", FuzzyLow.SUBSTRING, 0, []),
    ],
)
def test_parts_of_printable_names(book: BookClient, text: bytes, low: FuzzyLow, high: int, expected: list[str]) -> None:
    """R484, R485: case matters for a part as well, unless the client says that it shall not."""
    for value, tag in ((text, PRINTABLE8), (text.decode(), PRINTABLE)):
        assert found(book, Content(low, high, tag, TaggedValue(tag, value))) == expected


@pytest.mark.parametrize(("code_page", "expected"), [(1252, ["Zoë Zimmer"]), (65001, []), (20127, [])])
def test_code_page_of_a_value(book: BookClient, code_page: int, expected: list[str]) -> None:
    """R461, R464, R465: a value of 8 bits is read by the STAT's code page, where the property is Unicode's."""
    value = TaggedValue(PropertyTag(NAME.id, PropertyType.STRING8), b"Zo\xeb Zimmer")
    assert found(book, Property(RelOp.EQ, NAME, value), code_page) == expected
