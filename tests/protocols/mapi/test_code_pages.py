"""Character sets that only Windows has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.mapi.code_pages import CP_TELETEX, codec_of

TELETEX = codec_of(CP_TELETEX) or ""


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("Alice_1@example.org", b"Alice_1@example.org"),
        ("Zoë", b"Zo\xc8e"),
        ("Çà", b"\xcbC\xc1a"),
        ("Łódź ßø", b"\xe8\xc2od\xc2z \xfb\xf9"),
        ("½ µ", b"\xbd \xb5"),
    ],
)
def test_teletex(text: str, data: bytes) -> None:
    """MS-OXNSPI R440: an accent is a byte before its letter."""
    assert text.encode(TELETEX) == data
    assert data.decode(TELETEX) == text


def test_not_in_teletex() -> None:
    """What is not in it is a question mark, or an error."""
    assert "a€東".encode(TELETEX, "replace") == b"a??"
    assert b"a\xff\x80".decode(TELETEX, "replace") == "a\ufffd\ufffd"
    with pytest.raises(UnicodeEncodeError):
        "€".encode(TELETEX)
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode(TELETEX)


@given(st.text(st.characters(max_codepoint=0x17F)))
def test_there_and_back(text: str) -> None:
    """What can be written is read as it was."""
    data = text.encode(TELETEX, "replace")
    assert data.decode(TELETEX).encode(TELETEX) == data


@given(st.binary())
def test_anything(data: bytes) -> None:
    """Whatever comes is a text."""
    data.decode(TELETEX, "replace").encode(TELETEX, "replace")
