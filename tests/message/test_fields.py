"""Selected fields and BODY[HEADER.FIELDS] – RFC 9051 §6.4.5.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.message.derive import derive
from posthouse.message.fields import (
    SELECTED_FIELDS,
    KeptValues,
    fields_cover,
    pick_fields,
    plain_fields,
    values_of,
)
from posthouse.message.headers import iter_fields
from posthouse.message.limits import MAX_FIELDS

HEADER = (
    b"Received: from a\r\n\tby b\r\nfrom: a@x.test\r\nX-From: no\r\nTO : b@x.test,\r\n c@x.test\r\nFromage: brie\r\n"
    b"Subject: one\r\n \r\n two\r\nnonsense\r\n\r\n"
)


def names(*wanted: bytes) -> frozenset[bytes]:
    return frozenset(wanted)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (names(b"From"), b"from: a@x.test\r\n\r\n"),
        (names(b"to", b"FROM"), b"from: a@x.test\r\nTO : b@x.test,\r\n c@x.test\r\n\r\n"),
        (names(b"Subject"), b"Subject: one\r\n \r\n two\r\n\r\n"),
        (names(b"Received"), b"Received: from a\r\n\tby b\r\n\r\n"),
        (names(b"Cc"), b"\r\n"),
        (names(), b"\r\n"),
        (names(b""), b"\r\n"),
        (names(b"X-From", b"]", b"^", b"a-z"), b"X-From: no\r\n\r\n"),
    ],
)
def test_pick(wanted: frozenset[bytes], expected: bytes) -> None:
    """Fields come as they are, in their order, and an empty line ends them; names compare without case."""
    assert pick_fields(HEADER, wanted) == expected


def test_negated() -> None:
    """HEADER.FIELDS.NOT has all others."""
    assert pick_fields(HEADER, names(b"from", b"TO", b"Received"), negate=True) == (
        b"X-From: no\r\nFromage: brie\r\nSubject: one\r\n \r\n two\r\n\r\n"
    )


def test_last_field_without_line_end() -> None:
    """A header that ends in the middle of a line still gives whole lines."""
    assert pick_fields(b"A: b\r\nTo: x", names(b"To")) == b"To: x\r\n\r\n"
    assert pick_fields(b"To: x\r\nA: b", names(b"To")) == b"To: x\r\n\r\n"


_LINES = st.lists(
    st.sampled_from(
        [
            b"From: a",
            b"from:b",
            b"To : c",
            b" folded",
            b"\tmore",
            b"X: y",
            b"garbage",
            b":",
            b"",
            b"To:\r",
            b"Fro",
            b"Subject: \xff",
        ]
    ),
    max_size=12,
)


@given(_LINES, st.sampled_from([b"\r\n", b"\n"]), st.booleans())
def test_both_ways_agree(lines: list[bytes], end: bytes, final: bool) -> None:
    """The regular expression for few names and the loop for many find the same fields."""
    header = end.join(lines) + (end if final else b"")
    few = names(b"From", b"to", b"Subject")
    many = few | {b"X-None-%d" % i for i in range(100)}
    assert pick_fields(header, few) == pick_fields(header, many)


def test_derived_fields_answer_what_they_cover() -> None:
    """A pick from the kept fields is the pick from the header, for names that are covered."""
    message = HEADER + b"body"
    derived = derive(message)
    wanted = names(b"From", b"SUBJECT", b"Message-ID")
    assert fields_cover(wanted)
    assert pick_fields(derived.fields, wanted) == pick_fields(message[: derived.header_size], wanted)
    assert not fields_cover(names(b"From", b"Received"))
    assert pick_fields(derived.fields, wanted, negate=True) == b"TO : b@x.test,\r\n c@x.test\r\n\r\n"
    assert all(field.name.lower() in SELECTED_FIELDS for field in iter_fields(plain_fields(derived.fields)))


@given(_LINES, st.booleans())
def test_kept_fields_agree_with_the_header(lines: list[bytes], final: bool) -> None:
    """What is kept gives the same pick as the header, for any header."""
    message = b"\r\n".join(line for line in lines if line) + (b"\r\n\r\n" if final else b"")
    wanted = names(b"from", b"Subject")
    derived = derive(message)
    if derived.fields:
        assert pick_fields(derived.fields, wanted) == pick_fields(message[: derived.header_size], wanted)


def test_nul_and_strange_beginnings() -> None:
    """A NUL in a field keeps nothing; a header that looks like what is kept is still a header."""
    assert derive(b"From: a\0b\r\n\r\n").fields == b""
    assert pick_fields(b"\x01\x02\r\nFrom: a\r\n\r\n", names(b"From")) == b"From: a\r\n\r\n"


def test_too_many_bytes_are_not_kept() -> None:
    """Beyond the cap nothing is kept, so that nobody takes a part for the whole."""
    assert derive(b"To: a@x.test\r\nReferences: " + b"<a@b.test>\r\n " * MAX_FIELDS + b"\r\n\r\n").fields == b""


@pytest.mark.parametrize("twice", [b"", b"To: c@example.org\r\n"])
def test_single_values(twice):
    """`KeptValues` tells of each field what `values_of` does, also of those that are there twice."""
    kept = derive(b"To: a@example.org\r\nSubject: x\r\nX-Other: y\r\n" + twice + b"\r\n").fields
    values = KeptValues(kept)
    assert {name: found for name in SELECTED_FIELDS if (found := values.get(name)) is not None} == values_of(kept)
    assert values.get(b"x-other") is None
    assert KeptValues(b"").get(b"to") is None
