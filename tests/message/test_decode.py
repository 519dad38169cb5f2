"""Content-Transfer-Encoding and charsets – RFC 2045 §6."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.message.charsets import codec_for, to_text
from posthouse.message.decode import UnknownEncoding, decode_chunks, decode_part, decoded_size


@pytest.mark.parametrize(
    ("encoding", "data", "expected"),
    [
        ("7bit", b"a=41", b"a=41"),
        ("BINARY", b"\0\xff", b"\0\xff"),
        ("base64", b"aGVs\r\nbG8=\r\n", b"hello"),
        ("Base64", b"aGVsbG8", b"hello"),  # no padding
        ("base64", b"aGVsbG8=\r\n-- \r\nfooter", b"hello"),  # what a list manager adds
        ("base64", b"a*G?V\xffsb", b"hel"),  # strange characters, one too many
        ("base64", b"", b""),
        ("base64", b"====", b""),
        ("quoted-printable", b"a=3Db=\r\nc  \r\nd\t\r\n", b"a=bc\r\nd\r\n"),
        ("quoted-printable", b"soft= \r\nbreak", b"softbreak"),
        ("quoted-printable", b"=e4=E4", b"\xe4\xe4"),
        ("quoted-printable", b"broken =XY =", b"broken =XY "),
    ],
)
def test_decode(encoding: str, data: bytes, expected: bytes) -> None:
    """Good data by the RFC, bad data as far as it goes; the size is that of the data."""
    assert decode_part(data, encoding) == expected
    assert decoded_size(data, encoding) == len(expected)


def test_unknown_encoding() -> None:
    """IMAP answers UNKNOWN-CTE."""
    with pytest.raises(UnknownEncoding):
        decode_part(b"", "x-uuencode")


@given(st.binary(max_size=300), st.integers(1, 50))
def test_base64_in_chunks(data: bytes, chunk: int) -> None:
    """Pieces of any size give the same as the whole."""
    encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
    assert b"".join(decode_chunks(encoded, 0, len(encoded), "base64", chunk)) == data


@given(st.binary(max_size=300), st.integers(1, 50))
def test_quoted_printable_in_chunks(data: bytes, chunk: int) -> None:
    """Pieces of any size give the same as the whole, for good data and for any."""
    encoded = quopri.encodestring(data)
    assert b"".join(decode_chunks(data, 0, len(data), "quoted-printable", chunk)) == decode_part(
        data, "quoted-printable"
    )
    assert b"".join(decode_chunks(encoded, 0, len(encoded), "quoted-printable", chunk)) == decode_part(
        encoded, "quoted-printable"
    )


def test_a_line_without_end() -> None:
    """Quoted-printable without line ends does not gather in memory, and a code that is cut in two is still whole."""
    data = b"=C3=A4" * 50_000
    assert decode_part(data, "quoted-printable") == "ä".encode() * 50_000
    assert b"".join(decode_chunks(data, 0, len(data), "quoted-printable", 65_537)) == "ä".encode() * 50_000


@pytest.mark.parametrize(
    ("data", "charset", "expected"),
    [
        (b"abc", "", "abc"),
        ("ä".encode(), "utf-8", "ä"),
        ("ä".encode(), "us-ascii", "ä"),  # a lie that is common
        (b"\xe4\x80", "iso-8859-1", "ä€"),
        (b"\xe4", "", "ä"),
        (b"\xe4", "utf-8", "\ufffd"),
        (b"\xe4", "x-nothing", "ä"),
        ("日本".encode("shift_jis"), "Shift_JIS", "日本"),
        ("é".encode("utf-16"), "utf-16", "é"),
        (b"+AOk-", "utf-7", "é"),
        (b"+2D3eAA-", "utf-7", "😀"),
        (b"+2AA-", "utf-7", "\ufffd"),  # half a surrogate pair
        (b"a", "zip", "a"),
        (b"a", "a" * 100, "a"),
        (b"a", "utf-8\0", "a"),
    ],
)
def test_to_text(data: bytes, charset: str, expected: str) -> None:
    """Every charset gives text; unknown ones are guessed."""
    assert to_text(data, charset) == expected


def test_codecs_that_are_no_charsets() -> None:
    """Python's own codecs that transform text are not for the mail to choose."""
    for name in ("hex", "rot13", "zlib", "idna", "punycode", "unicode_escape", "raw-unicode-escape", "undefined"):
        assert codec_for(name) is None
