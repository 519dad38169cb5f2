"""Header fields that carry credentials and cookies."""

from __future__ import annotations

import contextlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.http import parse_basic, parse_cookies


def basic(raw: bytes) -> str:
    return "Basic " + b64encode(raw).decode()


@pytest.mark.parametrize(
    ("raw", "user", "login", "password"),
    [
        (b"alice@example.org:secret", "alice@example.org", "alice@example.org", b"secret"),
        (b"alice:a:b:", "alice", "alice", b"a:b:"),  # RFC 7617 §2: only the first colon separates
        (b"EXAMPLE\\alice:s", "EXAMPLE\\alice", "alice", b"s"),
        (b"example.org\\alice:s", "example.org\\alice", "alice@example.org", b"s"),
        (b"EXAMPLE\\alice@example.org:s", "EXAMPLE\\alice@example.org", "alice@example.org", b"s"),
        (b"\\alice@example.org:s", "\\alice@example.org", "alice@example.org", b"s"),
        ("j\u00fcrgen:gr\u00fcn".encode(), "j\u00fcrgen", "j\u00fcrgen", "gr\u00fcn".encode()),
        ("j\u00fcrgen:gr\u00fcn".encode("latin-1"), "j\u00fcrgen", "j\u00fcrgen", b"gr\xfcn"),
        (b"alice:", "alice", "alice", b""),
    ],
)
def test_basic(raw: bytes, user: str, login: str, password: bytes) -> None:
    """RFC 7617: UTF-8 or, from those who do not know better, Latin-1; names as Windows writes them."""
    found = parse_basic(basic(raw))
    assert (found.user, found.login, found.password) == (user, login, password)
    assert "password" not in repr(found)


@pytest.mark.parametrize(
    "field",
    [
        "",
        "Basic",
        "Basic !!!",
        "Bearer abc",
        "Negotiate TlRMTVNTUAAB",
        basic(b"nocolon"),
        basic(b":x"),
        basic(b"a\x00:b"),
        basic(b"a:" + b"x" * 9000),
        "Basic ä",
    ],
)
def test_no_basic(field: str) -> None:
    """Other schemes and broken ones are refused in the same way."""
    with pytest.raises(BadSyntax):
        parse_basic(field)


def test_cookies() -> None:
    """RFC 6265 §4.2.1; the first of a name counts, what is no pair is passed over."""
    assert parse_cookies(["a=1; b=2;c", 'a=3; d="4"; e=5=6']) == {"a": "1", "b": "2", "d": "4", "e": "5=6"}
    assert len(parse_cookies([";".join(f"n{i}={i}" for i in range(1000))])) == 100


@given(st.text())
@pytest.mark.fuzz
def test_any_field(field: str) -> None:
    """Nothing but BadSyntax is raised."""
    parse_cookies([field])
    for one in (field, "Basic " + field):
        with contextlib.suppress(BadSyntax):
            parse_basic(one)
