"""Which objects satisfy a restriction. Statements are those of [MS-OXCTABL]; rules are of [MS-OXCDATA] 2.12."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.matching import matches, order_key
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.restrictions import (
    And,
    BitMask,
    Comment,
    CompareProperties,
    Content,
    Count,
    Exist,
    FuzzyLow,
    Not,
    Or,
    Property,
    RelOp,
    Size,
    SubObject,
)

SUBJECT, SIZE, FLAGS = tags.PidTagSubject, tags.PidTagMessageSize, tags.PidTagMessageFlags
KEYWORDS = PropertyTag(0x8000, 0x101F)
RECIPIENTS = PropertyTag(0x0E12, 0x000D)


@dataclass
class Row:
    values: dict[int, Any]
    inner: list[Row] = field(default_factory=list)

    def value(self, tag: PropertyTag) -> Any | None:
        return self.values.get(tag.id)

    def parts(self, tag: PropertyTag) -> list[Row]:
        return self.inner if tag == RECIPIENTS else []


ONE = Row(
    {
        SUBJECT.id: "Über Zürich",
        SIZE.id: 100,
        FLAGS.id: 0b101,
        KEYWORDS.id: ("red", "Blue"),
        0x300B: b"\1\2\3",
        tags.PidTagDeletedOn.id: 1,
        tags.PidTagRead.id: True,
        tags.PidTagConversationTopic.id: "\U0001f600",
    },
    [Row({0x3001: "Alice"}), Row({0x3001: "Bob"})],
)


def is_(tag: PropertyTag, value: Any, rel_op: RelOp = RelOp.EQ) -> Property:
    return Property(rel_op, tag, TaggedValue(tag, value))


def content(text: Any, low: FuzzyLow, high: int = 0, tag: PropertyTag = SUBJECT) -> Content:
    return Content(low, high, tag, TaggedValue(tag, text))


FULL, SUB, PREFIX = FuzzyLow.FULL_STRING, FuzzyLow.SUBSTRING, FuzzyLow.PREFIX
NOWHERE = tags.PidTagBody


@pytest.mark.parametrize(
    ("restriction", "expected"),
    [
        (is_(SIZE, 100), True),
        (is_(SIZE, 100, RelOp.LT), False),
        (is_(SIZE, 100, RelOp.LE), True),
        (is_(SIZE, 99, RelOp.GT), True),
        (is_(SIZE, 101, RelOp.GE), False),
        (is_(SIZE, 99, RelOp.NE), True),
        (is_(SIZE, 100, RelOp.MEMBER_OF_DL), False),
        (is_(SUBJECT, "über zürich"), True),
        (is_(SUBJECT, 5), False),
        (is_(SUBJECT, 5, RelOp.NE), True),
        (is_(KEYWORDS, "blue"), True),
        (is_(KEYWORDS, ("RED", "blue")), True),
        (is_(KEYWORDS, "green"), False),
        (is_(NOWHERE, "x"), False),
        (is_(NOWHERE, "x", RelOp.NE), False),  # what is not there is not different either
        (content("Über", PREFIX), True),
        (content("über", PREFIX), False),
        (content("über", PREFIX, 1), True),
        (content("uber", PREFIX, 1), False),
        (content("uber", PREFIX, 1 | 2), True),
        (content("ZURICH", SUB, 4), True),
        (content("Zürich", FULL), False),
        (content(b"\xdcber Z\xfcrich", FULL), True),  # 8 bits
        (content("ed", SUB, 0, KEYWORDS), True),
        (content(b"\2\3", SUB, 0, PropertyTag(0x300B, 0x0102)), True),
        (content("x", SUB, 0, SIZE), False),
        (content("x", SUB, 0, NOWHERE), False),
        (BitMask(True, FLAGS, 0b100), True),
        (BitMask(False, FLAGS, 0b010), True),
        (BitMask(False, FLAGS, 0b001), False),
        (BitMask(False, NOWHERE, 1), False),
        (Size(RelOp.EQ, SUBJECT, 24), True),
        (Size(RelOp.GT, PropertyTag(0x300B, 0x0102), 2), True),
        (Size(RelOp.GT, NOWHERE, 0), False),
        (Size(RelOp.EQ, SIZE, 4), True),
        (Size(RelOp.EQ, tags.PidTagDeletedOn, 8), True),
        (Size(RelOp.EQ, tags.PidTagRead, 1), True),
        (Size(RelOp.EQ, KEYWORDS, 8 + 10), True),
        (Size(RelOp.EQ, tags.PidTagConversationTopic, 6), True),  # a letter of two units
        (CompareProperties(RelOp.GT, SIZE, FLAGS), True),
        (CompareProperties(RelOp.EQ, SIZE, NOWHERE), False),
        (Exist(SUBJECT), True),
        (Exist(NOWHERE), False),
        (SubObject(RECIPIENTS, is_(tags.PidTagDisplayName, "bob")), True),
        (SubObject(RECIPIENTS, is_(tags.PidTagDisplayName, "carol")), False),
        (SubObject(PropertyTag(0x0E13, 0x000D), is_(SIZE, 100)), False),
        (Comment((), is_(SIZE, 1)), False),
        (Comment((), None), True),
        (Count(1, is_(SIZE, 100)), True),
        (And((is_(SIZE, 100), Exist(SUBJECT))), True),
        (And((is_(SIZE, 100), Exist(NOWHERE))), False),
        (And(()), True),
        (Or((is_(SIZE, 1), Exist(SUBJECT))), True),
        (Or(()), False),
        (Not(Exist(NOWHERE)), True),
    ],
)
def test_a_restriction_is_satisfied_or_not(restriction, expected):
    assert matches(restriction, ONE) is expected


def test_texts_are_ordered_without_case_and_guids_as_they_are_sent():
    assert sorted(["b", "A", "a", "B"], key=order_key) == ["A", "a", "b", "B"]
    assert sorted(["zu", "Ärger", "Argo", "arg"], key=order_key) == ["arg", "Ärger", "Argo", "zu"]
    assert order_key((UUID(int=1), "X")) == (UUID(int=1).bytes_le, order_key("x"))
