"""The parts that several commands share: sequence sets, what a FETCH asks for, what a SEARCH looks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.flags import Flag
from posthouse.model.ranges import numbers
from posthouse.protocols.imap.fetch import (
    MACROS,
    Attribute,
    Binary,
    BinarySize,
    BodySection,
    FetchItem,
    Partial,
    Section,
    SectionText,
    fetch_att,
    format_fetch_item,
    response_name,
)
from posthouse.protocols.imap.grammar import Parser
from posthouse.protocols.imap.search import (
    All,
    And,
    DateKey,
    DateOf,
    EmailIdKey,
    FlagKey,
    HeaderKey,
    Key,
    KeywordKey,
    Not,
    Op,
    Or,
    RecentKey,
    SequenceKey,
    SizeKey,
    TextKey,
    Where,
)
from posthouse.protocols.imap.sequence import (
    MAX_NUMBER,
    STAR,
    SequenceSet,
    format_numbers,
    format_ranges,
    format_sequence_set,
    parse_sequence_set,
)

# sequence sets


@pytest.mark.parametrize(
    ("text", "largest", "ranges"),
    [
        (b"2,4:7,9,12:*", 15, ((2, 2), (4, 7), (9, 9), (12, 15))),  # RFC 9051 §9, sequence-set
        (b"*:4,5:7", 10, ((4, 10),)),
        (b"4:2", 10, ((2, 4),)),
        (b"3291:*", 7, ((7, 3291),)),
        (b"*", 5, ((5, 5),)),
        (b"*:*", 5, ((5, 5),)),
        (b"4294967295", 5, ((MAX_NUMBER, MAX_NUMBER),)),
    ],
)
def test_sequence_set(text: bytes, largest: int, ranges: tuple[tuple[int, int], ...]) -> None:
    """`*` is the last message, also below the other end of its range; order and overlap do not matter."""
    assert parse_sequence_set(text).resolve(largest) == ranges


def test_sequence_set_knows_what_was_written() -> None:
    """A number above what exists is a BAD for sequence numbers (RFC 9051 §9, seq-number), so it can be asked for."""
    assert parse_sequence_set(b"1:*").highest == 1
    assert parse_sequence_set(b"*").highest == 0
    assert parse_sequence_set(b"*").names_star
    assert not parse_sequence_set(b"7,3:5").names_star
    assert parse_sequence_set(b"7,3:5").highest == 7
    assert parse_sequence_set(b"$") == SequenceSet((), saved=True)
    assert parse_sequence_set(b"1,$") == SequenceSet(((1, 1),), saved=True)


NUMBERS = st.integers(1, MAX_NUMBER)
SETS = st.builds(
    SequenceSet,
    st.lists(st.tuples(NUMBERS | st.just(STAR), NUMBERS | st.just(STAR)), min_size=1, max_size=30).map(tuple),
    st.booleans(),
)


@given(SETS)
def test_formatted_then_parsed_is_the_set(sequence: SequenceSet) -> None:
    """What we write, we read."""
    assert parse_sequence_set(format_sequence_set(sequence)) == sequence


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60))
def test_numbers_keep_their_order(listed: list[int]) -> None:
    """COPYUID's two sets pair up in order – RFC 4315 §3 – so a run is a range only when it ascends."""
    ranges = parse_sequence_set(format_numbers(listed)).ranges
    assert list(numbers(ranges)) == listed


def test_ranges() -> None:
    """As compact as can be."""
    assert format_ranges(((1, 3), (7, 7))) == b"1:3,7"
    assert format_numbers([4, 2, 3, 9]) == b"4,2:3,9"


# FETCH

HEADER_FIELDS = SectionText.HEADER_FIELDS

ITEMS: list[tuple[bytes, FetchItem, bytes]] = [
    (b"FLAGS", Attribute.FLAGS, b"FLAGS"),
    (b"RFC822.SIZE", Attribute.RFC822_SIZE, b"RFC822.SIZE"),
    (b"BODY", Attribute.BODY, b"BODY"),
    (b"BODYSTRUCTURE", Attribute.BODYSTRUCTURE, b"BODYSTRUCTURE"),
    (b"BODY[]", BodySection(Section()), b"BODY[]"),
    (b"BODY.PEEK[]<0.2048>", BodySection(Section(), Partial(0, 2048), peek=True), b"BODY[]<0>"),
    (b"BODY[HEADER]", BodySection(Section((), SectionText.HEADER)), b"BODY[HEADER]"),
    (b"BODY[TEXT]<5.10>", BodySection(Section((), SectionText.TEXT), Partial(5, 10)), b"BODY[TEXT]<5>"),
    (b"BODY[4.2.2.1]", BodySection(Section((4, 2, 2, 1))), b"BODY[4.2.2.1]"),
    (b"BODY[4.2.MIME]", BodySection(Section((4, 2), SectionText.MIME)), b"BODY[4.2.MIME]"),
    (b"BODY[3.HEADER]", BodySection(Section((3,), SectionText.HEADER)), b"BODY[3.HEADER]"),
    (
        b"BODY.PEEK[HEADER.FIELDS (Date From)]",
        BodySection(Section((), HEADER_FIELDS, ("Date", "From")), peek=True),
        b"BODY[HEADER.FIELDS (Date From)]",
    ),
    (
        b"BODY[1.HEADER.FIELDS.NOT (X-A)]",
        BodySection(Section((1,), SectionText.HEADER_FIELDS_NOT, ("X-A",))),
        b"BODY[1.HEADER.FIELDS.NOT (X-A)]",
    ),
    (b"RFC822", BodySection(Section(), name=b"RFC822"), b"RFC822"),
    (
        b"RFC822.HEADER",
        BodySection(Section((), SectionText.HEADER), peek=True, name=b"RFC822.HEADER"),
        b"RFC822.HEADER",
    ),
    (b"RFC822.TEXT", BodySection(Section((), SectionText.TEXT), name=b"RFC822.TEXT"), b"RFC822.TEXT"),
    (b"BINARY[1.2]", Binary((1, 2)), b"BINARY[1.2]"),  # RFC 3516 §4.2
    (b"BINARY.PEEK[]<0.4>", Binary((), Partial(0, 4), peek=True), b"BINARY[]<0>"),
    (b"BINARY.SIZE[7]", BinarySize((7,)), b"BINARY.SIZE[7]"),
]


@pytest.mark.parametrize(("wire", "item", "name"), ITEMS)
def test_fetch_item(wire: bytes, item: FetchItem, name: bytes) -> None:
    """Each item both ways, and how a response names it – RFC 9051 §6.4.5, §7.5.2."""
    p = Parser(wire)
    assert fetch_att(p) == item
    assert p.pos == len(wire)
    assert response_name(fetch_att(Parser(wire.lower()))).upper() == name.upper()
    assert format_fetch_item(item) == wire
    assert response_name(item) == name


def test_macros(parse: Callable[..., Any]) -> None:
    """ALL, FAST and FULL stand alone – RFC 9051 §6.4.5."""
    assert parse(b"FETCH 1 fast").items == MACROS[b"FAST"]
    assert parse(b"FETCH 1 ALL").items == (*MACROS[b"FAST"], Attribute.ENVELOPE)
    assert parse(b"FETCH 1 FULL").items == (*MACROS[b"ALL"], Attribute.BODY)


def test_items_once_each(parse: Callable[..., Any]) -> None:
    """An item asked for twice is sent once; the order stays."""
    assert parse(b"FETCH 1 (UID FLAGS UID)").items == (Attribute.UID, Attribute.FLAGS)


def test_header_fields_by_literal(parse: Callable[..., Any]) -> None:
    """A field name is an astring, and quoted in the answer only where it must be."""
    fetch = parse(b'FETCH 1 BODY[HEADER.FIELDS ({4+}\r\nDate "To" "a(b")]')
    assert response_name(fetch.items[0]) == b'BODY[HEADER.FIELDS (Date To "a(b")]'


SECTIONS = st.builds(
    Section,
    st.lists(NUMBERS, max_size=5).map(tuple),
    st.sampled_from([SectionText.WHOLE, SectionText.HEADER, SectionText.TEXT]),
) | st.builds(
    Section,
    st.lists(NUMBERS, max_size=5).map(tuple),
    st.sampled_from([SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT]),
    st.lists(st.from_regex(r"[!-9;-~]{1,20}", fullmatch=True), min_size=1, max_size=5).map(tuple),
)
PARTIALS = st.none() | st.builds(Partial, st.integers(0, 2**63 - 1), st.integers(1, 2**63 - 1))


@given(st.builds(BodySection, SECTIONS, PARTIALS, st.booleans()))
def test_formatted_then_parsed_is_the_item(item: BodySection) -> None:
    """What a client of ours writes, we read."""
    assert fetch_att(Parser(format_fetch_item(item))) == item


# SEARCH

KEYS: list[tuple[bytes, Key]] = [
    (b"ALL", All()),
    (b"ANSWERED", FlagKey(Flag.ANSWERED)),
    (b"undraft", FlagKey(Flag.DRAFT, False)),
    (b"UNSEEN", FlagKey(Flag.SEEN, False)),
    (b"DELETED", FlagKey(Flag.DELETED)),
    (b"UNFLAGGED", FlagKey(Flag.FLAGGED, False)),
    (b"RECENT", RecentKey()),
    (b"OLD", RecentKey(False)),
    (b"NEW", And((RecentKey(), FlagKey(Flag.SEEN, False)))),
    (b"KEYWORD later", KeywordKey("later")),
    (b"UNKEYWORD $Junk", FlagKey(Flag.JUNK, False)),
    (b"KEYWORD $MDNSent", FlagKey(Flag.MDN_SENT)),
    (b'BCC "x y"', TextKey(Where.BCC, "x y")),
    (b"CC x", TextKey(Where.CC, "x")),
    (b"FROM smith", TextKey(Where.FROM, "smith")),
    (b"TO x", TextKey(Where.TO, "x")),
    (b"SUBJECT {3+}\r\na\r\n", TextKey(Where.SUBJECT, "a\r\n")),
    (b'BODY "gr\xc3\xbcn"', TextKey(Where.BODY, "grün")),
    (b'TEXT ""', TextKey(Where.TEXT, "")),
    (b'HEADER Message-ID ""', HeaderKey("Message-ID", "")),
    (b'HEADER "X-A" b', HeaderKey("X-A", "b")),
    (b"BEFORE 1-Feb-1994", DateKey(DateOf.INTERNAL, Op.BEFORE, date(1994, 2, 1))),
    (b'ON "01-feb-1994"', DateKey(DateOf.INTERNAL, Op.ON, date(1994, 2, 1))),
    (b"SINCE 1-Feb-1994", DateKey(DateOf.INTERNAL, Op.SINCE, date(1994, 2, 1))),
    (b"SENTBEFORE 29-Feb-2024", DateKey(DateOf.SENT, Op.BEFORE, date(2024, 2, 29))),
    (b"SENTON 1-Feb-1994", DateKey(DateOf.SENT, Op.ON, date(1994, 2, 1))),
    (b"SAVEDBEFORE 1-Feb-1994", DateKey(DateOf.SAVED, Op.BEFORE, date(1994, 2, 1))),
    (b"SAVEDON 1-Feb-1994", DateKey(DateOf.SAVED, Op.ON, date(1994, 2, 1))),
    (b"SAVEDSINCE 1-Feb-1994", DateKey(DateOf.SAVED, Op.SINCE, date(1994, 2, 1))),
    (b"SAVEDATESUPPORTED", All()),
    (b"EMAILID M1-_z", EmailIdKey(b"M1-_z")),
    (b"THREADID T", Or(())),
    (b"SENTSINCE 1-Feb-1994", DateKey(DateOf.SENT, Op.SINCE, date(1994, 2, 1))),
    (b"LARGER 9223372036854775807", SizeKey(True, 2**63 - 1)),
    (b"SMALLER 0", SizeKey(False, 0)),
    (b"2,4:7", SequenceKey(SequenceSet(((2, 2), (4, 7))))),
    (b"*", SequenceKey(SequenceSet(((STAR, STAR),)))),
    (b"$", SequenceKey(SequenceSet((), saved=True))),
    (b"UID $", SequenceKey(SequenceSet((), saved=True), uid=True)),  # RFC 5182 §2.3
    (b"UID 5:*", SequenceKey(SequenceSet(((5, STAR),)), uid=True)),
    (b"NOT SEEN", Not(FlagKey(Flag.SEEN))),
    (b"NOT (SEEN ALL)", Not(And((FlagKey(Flag.SEEN), All())))),
    (b"(SEEN)", FlagKey(Flag.SEEN)),
    (b"((SEEN ALL) ALL)", And((And((FlagKey(Flag.SEEN), All())), All()))),
    (b"OR SEEN ALL", Or((FlagKey(Flag.SEEN), All()))),
    (b"OR SEEN OR ALL 1", Or((FlagKey(Flag.SEEN), All(), SequenceKey(SequenceSet(((1, 1),)))))),
    (b"OR OR SEEN ALL RECENT", Or((Or((FlagKey(Flag.SEEN), All())), RecentKey()))),
    (b"OR NOT SEEN (ALL 1)", Or((Not(FlagKey(Flag.SEEN)), And((All(), SequenceKey(SequenceSet(((1, 1),)))))))),
    (b"SEEN ALL ", And((FlagKey(Flag.SEEN), All()))),
]


@pytest.mark.parametrize(("wire", "key"), KEYS)
def test_search_key(parse: Callable[..., Any], wire: bytes, key: Key) -> None:
    """Every search-key of RFC 9051 §6.4.4 and RFC 3501 §6.4.4."""
    assert parse(b"SEARCH " + wire).key == key
