"""Fields, unfolding, encoded words – RFC 5322 §2.2, RFC 2047."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.message.headers import get, get_all, header_end, header_of, iter_fields, unfold
from posthouse.message.source import Window
from posthouse.message.words import decode_header, encode_header, encode_word, seven_bit


def test_iter_fields() -> None:
    """Raw, name and value are as they stand; lines that are no fields are passed over."""
    header = b"A: b\r\n c\r\nnonsense\r\nB : d\r\n\r\n"
    assert [tuple(field) for field in iter_fields(header)] == [
        (b"A: b\r\n c\r\n", b"A", b" b\r\n c\r"),
        (b"B : d\r\n", b"B", b" d\r"),
    ]
    assert get(header, b"a") == b"b c"
    assert get(header, b"C") is None
    assert get_all(header + b"a:2", b"A") == [b"b c", b"2"]


@pytest.mark.parametrize(
    ("data", "end"),
    [(b"A: b\r\n\r\nx", 8), (b"A: b\n\nx", 6), (b"\r\nx", 2), (b"\nx", 1), (b"A: b\n\r\nx", 7), (b"A: b\r\n\nx", 7),
     (b"A: b\r\n \r\nx", -1), (b"", -1), (b"A: b", -1), (b"A\n\nb\r\n\r\n", 3)],
)  # fmt: skip
def test_header_end(data: bytes, end: int) -> None:
    """The first empty line ends the header, whatever its line end; also through a window."""
    assert header_end(data, 0, len(data)) == end
    assert header_end(Window(data, 4), 0, len(data)) == end
    assert header_of(data) == (data if end < 0 else data[:end])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(b" a\r\n b \r\n", b"a b"), (b"a\r\n\tb", b"a\tb"), (b"a\nb", b"a b"), (b"a\rb\0c", b"a b c"), (b" \r\n ", b"")],
)
def test_unfold(value: bytes, expected: bytes) -> None:
    """One line comes out, whatever goes in."""
    assert unfold(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # RFC 2047 §8
        (b"=?ISO-8859-1?Q?a?=", "a"),
        (b"=?ISO-8859-1?Q?a?= b", "a b"),
        (b"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
        (b"=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab"),
        (b"=?ISO-8859-1?Q?a_b?=", "a b"),
        (b"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
        (b"=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
        (b"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=", "If you can read this yo"),
        (b"(=?utf-8?q?=C3=A4?=)", "(ä)"),
        # RFC 2231 §5: a language
        (b"=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
        # a character split between words
        (b"=?utf-8?B?w6T=?= =?utf-8?B?w6Q=?=", "ää"),
        (b"=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä"),
        # unknown charset, broken base64, no words at all, raw 8 bits
        (b"=?x-unheard-of?Q?a=E4b?=", "a\ufffdb"),
        (b"=?utf-8?B?w6Q?=", "ä"),
        (b"=?utf-8?B?!!!?=", ""),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("ä =?utf-8?Q?b?=".encode(), "ä b"),
        (b"caf\xe9", "café"),
        (b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        (b"=?ks_c_5601-1987?B?x9GxuQ==?=", "한국"),
        (b"=?gb2312?B?1tC5+g==?=", "中国"),
        (b"=?punycode?Q?a-b?=", "a-b"),
        (b"=?utf-8?Q?a=0Ab=00?=", "a b "),
    ],
)
def test_decode(value: bytes, expected: str) -> None:
    """Encoded words are decoded as RFC 2047 §8 shows it, and broken ones as far as they go."""
    assert decode_header(value) == expected


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=200))
def test_encoded_words_round_trip(text: str) -> None:
    """Encode, then decode, gives the text; no word is longer than 75 characters."""
    encoded = encode_word(text)
    assert decode_header(encoded) == text
    assert all(len(word) <= 75 for word in encoded.split(b" "))


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Z"), exclude_characters="=?"), min_size=1))
def test_encode_header_round_trip(text: str) -> None:
    """Only words that need it are encoded; a reader sees the same."""
    line = f"a {text} b"
    encoded = encode_header(line)
    assert encoded.isascii()
    assert encoded.startswith(b"a ")
    assert decode_header(encoded) == line


@given(st.binary())
def test_seven_bit_and_decode_never_fail(value: bytes) -> None:
    """Any bytes become 7 bits, and any bytes become text."""
    assert seven_bit(unfold(value)).isascii()
    decode_header(value)
