"""Header fields that carry tokens of GSS-API."""

from __future__ import annotations

import contextlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.http import format_negotiate, is_negotiate, parse_negotiate


@given(st.binary(min_size=1, max_size=3000).filter(lambda token: not token.startswith(b"NTLMSSP\0")))
def test_what_is_written_is_read(token: bytes) -> None:
    """RFC 4559 §4: client and server write tokens alike."""
    assert parse_negotiate(format_negotiate(token)) == token


def test_the_first_challenge() -> None:
    """RFC 4559 §4.1: the scheme alone."""
    assert format_negotiate(b"") == "Negotiate"


def test_schemes_have_no_case() -> None:
    """RFC 9110 §11.1."""
    assert parse_negotiate("nEGOTIATE   YWJj ") == b"abc"
    assert is_negotiate(" negotiate x")
    assert not is_negotiate("Basic Negotiate")


@pytest.mark.parametrize(
    "field",
    [
        "",
        "Negotiate",
        "Negotiate !!!",
        "Negotiate ä",
        "Basic YTpi",
        "Negotiate YWJj, Basic YTpi",
        "Negotiate " + b64encode(b"NTLMSSP\0\1\0\0\0").decode(),
        "Negotiate " + "A" * 65_540,
    ],
)
def test_no_ticket(field: str) -> None:
    """Other schemes, NTLM, no token, one that is no base64 or longer than any ticket."""
    with pytest.raises(BadSyntax):
        parse_negotiate(field)


@given(st.text())
@pytest.mark.fuzz
def test_any_field(field: str) -> None:
    """BadSyntax is all that may come of it."""
    with contextlib.suppress(BadSyntax):
        parse_negotiate(field)
    with contextlib.suppress(BadSyntax):
        parse_negotiate(f"Negotiate {field}")
