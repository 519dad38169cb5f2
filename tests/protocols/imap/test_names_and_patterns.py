"""Mailbox names on the wire, and the patterns of LIST."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.imap.mailbox_names import MAX_NAME, decode_mailbox, encode_mailbox
from posthouse.protocols.imap.patterns import compile_pattern

NAMES = [
    (b"Sent Mail", "Sent Mail"),
    (b"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),  # RFC 3501 §5.1.3
    (b"&Jjo-!", "☺!"),
    (b"&U,BTF2XlZyyKng-", "台北日本語"),
    (b"A&-B", "A&B"),
    (b"&-&-", "&&"),
    (b"Entw&APw-rfe", "Entwürfe"),
    (b"&2D3eAA-", "😀"),
    (b"&AAk-", "\t"),
    (b"", ""),
]


@pytest.mark.parametrize(("wire", "name"), NAMES)
def test_modified_utf7(wire: bytes, name: str) -> None:
    """RFC 3501 §5.1.3, both ways."""
    assert decode_mailbox(wire) == name
    assert encode_mailbox(name) == wire


@pytest.mark.parametrize(
    "wire",
    [
        b"&",
        b"A & B",
        b"&Jjo",
        b"&Jjo!",
        b"&Jjo-&Jjo-",
        b"&AGE-",
        b"&Jj-",
        b"&Jjp-",
        b"&Jjo=-",
        b"&2D0-",
        b"&\xc3\xbc-",
        b"&-\xc3\xbc",
        b"\xff",
    ],
)
def test_one_name_has_one_spelling(wire: bytes) -> None:
    """Damaged base64 or UTF-16, superfluous shifts and shifted ASCII are refused – RFC 3501 §5.1.3."""
    with pytest.raises(BadSyntax):
        decode_mailbox(wire)


def test_utf8_names() -> None:
    """After ENABLE, names are UTF-8 and & is itself – RFC 9051 Appendix A.1; before, eight bits are UTF-8 as well."""
    assert decode_mailbox("Entwürfe & Co".encode(), utf8=True) == "Entwürfe & Co"
    assert encode_mailbox("Entwürfe & Co", utf8=True) == "Entwürfe & Co".encode()
    assert decode_mailbox("Entwürfe".encode()) == "Entwürfe"
    with pytest.raises(BadSyntax):
        decode_mailbox(b"\xff", utf8=True)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (b"inbox", "INBOX"),
        (b"InBoX/Foo", "INBOX/Foo"),
        (b"inbox*", "INBOX*"),
        (b"inboxes", "inboxes"),
        (b"x/inbox", "x/inbox"),
    ],
)
def test_inbox_in_any_case(wire: bytes, name: str) -> None:
    """RFC 9051 §5.1: all spellings of INBOX are INBOX; its children and patterns follow it."""
    assert decode_mailbox(wire) == name


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=MAX_NAME), st.booleans())
def test_encoded_then_decoded_is_the_name(name: str, utf8: bool) -> None:
    """Any text survives, in either form."""
    decoded = decode_mailbox(encode_mailbox(name, utf8), utf8)
    assert decoded == name or decoded == "INBOX" + name[5:]


@given(st.binary(max_size=50) | st.text("&-,+/ABab19\x00é", max_size=20).map(str.encode))
def test_any_bytes_are_a_name_or_bad(wire: bytes) -> None:
    """And what is taken has one spelling, but for case of INBOX and eight-bit names."""
    try:
        name = decode_mailbox(wire)
    except BadSyntax:
        return
    assert encode_mailbox(name) == wire or not wire.isascii() or name.startswith("INBOX") or not name.isprintable()


PATTERNS = [
    ("*", ["INBOX", "a/b/c", ""], []),
    ("%", ["INBOX", "a"], ["a/b"]),
    ("INB%", ["INBOX", "INB"], ["INBOX/a", "Sent"]),
    ("a/*", ["a/b", "a/b/c", "a/"], ["a", "b"]),
    ("a/%", ["a/b"], ["a/b/c", "a"]),
    ("%/%", ["a/b"], ["a", "a/b/c"]),
    ("*b", ["b", "a/b", "ab"], ["ba"]),
    ("a%c*e", ["ace", "abc/d/e", "aces/e"], ["a/ce", "abcd"]),
    ("a*b%c", ["abc", "a/b/bxc"], ["ab/c"]),
    ("**%*", ["", "a/b"], []),
    ("%%", ["a"], ["a/b"]),
    ("x", ["x"], ["X", "xy", ""]),
    ("", [""], ["x"]),
]


@pytest.mark.parametrize(("pattern", "those", "others"), PATTERNS)
def test_pattern(pattern: str, those: list[str], others: list[str]) -> None:
    """`*` matches anything, `%` stops at the delimiter – RFC 9051 §6.3.9."""
    matches = compile_pattern(pattern)
    assert [name for name in those + others if matches(name)] == those


@given(st.text("ab/*%", max_size=8), st.text("ab/", max_size=10))
def test_patterns_are_what_an_expression_would_be(pattern: str, name: str) -> None:
    """The matcher agrees with the obvious regular expression, whose time it doesn't take."""
    obvious = "".join({"*": ".*", "%": "[^/]*"}.get(c, re.escape(c)) for c in pattern)
    assert compile_pattern(pattern)(name) == (re.fullmatch(obvious, name) is not None)


def test_a_nasty_pattern_is_quick() -> None:
    """Work is bounded by the name, however many wildcards there are (an expression would not end)."""
    assert not compile_pattern("*a" * 400 + "b")("a" * 1000)
    assert not compile_pattern("%a*" * 300 + "b")("a/" * 500)
