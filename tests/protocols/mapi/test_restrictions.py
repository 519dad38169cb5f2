"""Restrictions and sort orders, against examples, there and back, and against anything."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.restrictions import (
    MAX_DEPTH,
    And,
    BitMask,
    Comment,
    CompareProperties,
    Content,
    Count,
    Direction,
    Exist,
    FuzzyLow,
    Not,
    Or,
    Property,
    RelOp,
    Restriction,
    Size,
    SortOrder,
    SubObject,
    format_restriction,
    read_restriction,
    read_sort_order,
)

FLAGS = PropertyTag(0x0E07, PropertyType.INTEGER32)
CLASS = PropertyTag(0x001A, PropertyType.STRING)
SUBJECT = PropertyTag(0x0E1D, PropertyType.STRING)
RECIPIENTS = PropertyTag(0x0E12, PropertyType.OBJECT)
READ = Property(RelOp.EQ, FLAGS, TaggedValue(FLAGS, 1))
MAIL = Content(FuzzyLow.PREFIX, 1, CLASS, TaggedValue(CLASS, "IPM."))
READ_BYTES = "04 04 0300070E 0300070E 01000000"
MAIL_BYTES = "03 0200 0100 1F001A00 1F001A00 490050004D002E000000"

EXAMPLES: list[tuple[Restriction, str]] = [
    (READ, READ_BYTES),
    (MAIL, MAIL_BYTES),
    (And((READ, MAIL)), f"00 0200 {READ_BYTES} {MAIL_BYTES}"),
    (Or((MAIL,)), f"01 0100 {MAIL_BYTES}"),
    (Or(()), "01 0000"),
    (Not(Exist(SUBJECT)), "02 08 1F001D0E"),
    (CompareProperties(RelOp.NE, SUBJECT, CLASS), "05 05 1F001D0E 1F001A00"),
    (BitMask(True, FLAGS, 1), "06 01 0300070E 01000000"),
    (Size(RelOp.GT, SUBJECT, 256), "07 02 1F001D0E 00010000"),
    (SubObject(RECIPIENTS, Exist(SUBJECT)), "09 0D00120E 08 1F001D0E"),
    (Comment((TaggedValue(FLAGS, 1),), READ), f"0A 01 0300070E 01000000 01 {READ_BYTES}"),
    (Comment((), None), "0A 00 00"),
    (Count(5, READ), f"0B 05000000 {READ_BYTES}"),
]


@pytest.mark.parametrize(("restriction", "encoded"), EXAMPLES)
def test_examples(restriction: Restriction, encoded: str) -> None:
    """Each kind has one form in a ROP buffer ([MS-OXCDATA] 2.12)."""
    data = bytes.fromhex(encoded)
    assert format_restriction(restriction) == data
    reader = Reader(data)
    assert read_restriction(reader) == restriction
    reader.done()


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "0C",
        "00 FFFF 08 1F001D0E",
        "03 0300 0000 1F001A00 1F001A00 0000",
        "04 06 0300070E 0300070E 01000000",
        "06 02 0300070E 01000000",
        "0A FF 00",
        "02",
    ],
)
def test_bad_restrictions(encoded: str) -> None:
    """An unknown kind, level or operator, and a count of more than there is, are bad syntax."""
    with pytest.raises(BadSyntax):
        read_restriction(Reader(bytes.fromhex(encoded)))


def test_depth() -> None:
    """Restrictions are nested to a bound, whatever a peer sends."""
    exist = bytes.fromhex("08 1F001D0E")
    read_restriction(Reader(b"\2" * (MAX_DEPTH - 1) + exist))
    with pytest.raises(BadSyntax, match="nested"):
        read_restriction(Reader(b"\2" * MAX_DEPTH + exist))
    with pytest.raises(BadSyntax, match="nested"):
        read_restriction(Reader(b"\2" * 30_000 + exist))


LEAVES = st.sampled_from([example for example, _ in EXAMPLES])
RESTRICTIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple).map(And),
        st.lists(inner, max_size=3).map(tuple).map(Or),
        inner.map(Not),
        st.builds(SubObject, st.just(RECIPIENTS), inner),
        st.builds(Comment, st.just((TaggedValue(FLAGS, 1),)), st.none() | inner),
        st.builds(Count, st.integers(0, (1 << 32) - 1), inner),
    ),
    max_leaves=8,
)


@given(RESTRICTIONS)
def test_there_and_back(restriction: Restriction) -> None:
    """A restriction is read as it was written."""
    reader = Reader(format_restriction(restriction))
    assert read_restriction(reader) == restriction
    reader.done()


@given(st.binary(max_size=200))
def test_anything(data: bytes) -> None:
    """Whatever comes is a restriction that can be written, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        format_restriction(read_restriction(Reader(data)))
    with contextlib.suppress(BadSyntax):
        order = read_sort_order(Reader(data))
        assert data.startswith(order.format())


def test_sort_orders() -> None:
    """[MS-OXCDATA] 2.13.1: the tag, and which way."""
    order = SortOrder(PropertyTag(0x0E06, PropertyType.TIME), Direction.DESCENDING)
    assert order.format() == bytes.fromhex("4000060E01")
    assert read_sort_order(Reader(bytes.fromhex("4000060E01"))) == order
    with pytest.raises(BadSyntax):
        read_sort_order(Reader(bytes.fromhex("4000060E02")))
