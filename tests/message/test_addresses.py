"""Address values and their format – RFC 5322 §3.4."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.message.address_lists import first_of, parse_raw, parse_tokens
from posthouse.message.addresses import (
    Group,
    Mailbox,
    addr_specs,
    format_addresses,
    format_mailbox,
    mailboxes,
    parse_addresses,
)
from posthouse.message.headers import unfold
from posthouse.message.limits import MAX_ADDRESSES
from posthouse.model.address import Address

A = Address("a", "x.test")
B = Address("b", "y.test")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", ()),
        (b"a@x.test", (Mailbox("", A),)),
        (b"=?utf-8?Q?J=C3=B6rg?= <a@x.test>, b@y.test", (Mailbox("Jörg", A), Mailbox("", B))),
        (b"Team: a@x.test, B <b@y.test>;", (Group("Team", (Mailbox("", A), Mailbox("B", B))),)),
        (b"None:;", (Group("None", ()),)),
        (b"nobody here, a@x.test", (Mailbox("", A),)),
        (b'"a b"@x.test', (Mailbox("", Address("a b", "x.test")),)),
    ],
)
def test_parse(value: bytes, expected: tuple[Mailbox | Group, ...]) -> None:
    """Names are decoded; what is no address is left out."""
    assert parse_addresses(value) == expected


def test_extraction() -> None:
    """For rules and routing: every address, groups opened, incomplete ones left out."""
    value = b"Team: a@x.test, root; B <b@y.test>"
    assert addr_specs(value) == [A, B]
    assert [mailbox.address for mailbox in mailboxes(value)] == [A, Address("root", ""), B]


@pytest.mark.parametrize(
    ("mailbox", "expected"),
    [
        (Mailbox("", A), b"a@x.test"),
        (Mailbox("A B", A), b"A B <a@x.test>"),
        (Mailbox("A. B", A), b'"A. B" <a@x.test>'),
        (Mailbox('A "B" \\', A), b'"A \\"B\\" \\\\" <a@x.test>'),
        (Mailbox("Jörg", A), b"=?utf-8?Q?J=C3=B6rg?= <a@x.test>"),
        (Mailbox("A\r\nBcc: x", A), b"=?utf-8?Q?A_Bcc=3A_x?= <a@x.test>"),
        (Mailbox("", Address("a b", "x.test")), b'"a b"@x.test'),
    ],
)
def test_format(mailbox: Mailbox, expected: bytes) -> None:
    """A name is atoms where it can be, quoted where it must be, encoded where it is not ASCII."""
    assert format_mailbox(mailbox) == expected


def test_format_list() -> None:
    """Groups have their marks; what is formatted parses to the same values."""
    entries = (Group("The Team", (Mailbox("", A),)), Mailbox("B", B), Group("Gruppe ä", ()))
    assert format_addresses(entries) == b"The Team: a@x.test;, B <b@y.test>, =?utf-8?Q?Gruppe_=C3=A4?=: ;"
    assert parse_addresses(format_addresses(entries)) == entries


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), max_size=40))
def test_names_round_trip(name: str) -> None:
    """Format, then parse, gives the mailbox back."""
    mailbox = Mailbox(name, A)
    if "=?" not in name:
        assert parse_addresses(format_mailbox(mailbox)) == (mailbox,)


_PIECES = st.lists(
    st.sampled_from(
        [b"a", b"b.c", b"@", b"x.test", b"<", b">", b",", b" ", b'"q r"', b"A B", b"<a@x.test>", b"a@x.test"]
    ),
    max_size=10,
)


@given(_PIECES)
def test_fast_and_careful_readers_agree(pieces: list[bytes]) -> None:
    """Where the regular expression reads a list, the tokenizer reads the same."""
    value = unfold(b"".join(pieces))
    assert parse_raw(value) == parse_tokens(value)


@given(st.lists(st.sampled_from([b"a@b", b'"n" <a@b>', b"N <x@y>", *(b"%c" % c for c in b',;:"<>()@\\a \t\xff')])))
def test_first(pieces: list[bytes]) -> None:
    """What is behind the first address of a list does not change it."""
    value = unfold(b"".join(pieces))
    assert first_of(value) == next(iter(parse_raw(value)), None)


@given(st.binary(max_size=200))
def test_anything_is_read(value: bytes) -> None:
    """No bytes make it fail."""
    parse_addresses(value)


def test_cap() -> None:
    """Addresses beyond the cap are not looked at."""
    assert len(parse_raw(b"a@x.test," * (MAX_ADDRESSES + 10))) == MAX_ADDRESSES
    assert len(parse_tokens(b"a@x.test," * (MAX_ADDRESSES + 10))) == MAX_ADDRESSES
