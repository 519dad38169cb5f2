"""Compression, against published examples, against anything, and against a decoder that reads streams element by
element as the document tells it. Statements are those of [MS-OXCRPC]."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from random import Random
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.extended_buffer import MAX_PAYLOAD
from posthouse.protocols.mapi.lz77 import WINDOW, compress, decompress

SEVEN_MORE = b"abcdefg" + b"abc" + bytes(range(0x80, 0x98))
"""Its bitmask is 0x01000000."""
COMPRESSED = [
    (b"abcdefghijklmnopqrstuvwxyz", "3F000000" + b"abcdefghijklmnopqrstuvwxyz".hex()),
    (b"abc" * 100, "FFFFFF1F 616263 1700 0F FF 2601"),
    (b"ABCABCDEF", "FFFFFF11 414243 1000 444546"),
    (b"a" * 10, "FFFFFF7F 61 0600"),
    (b"a" * 11, "FFFFFF7F 61 0700 00"),
    (b"ab" * 14 + b"zz" + b"ab" * 14 + b"q" * 30, "FFFFFF25 6162 0F00 FF 01 7A7A EF00 03 71 0700 0F 04"),
    (bytes(range(32)), "00000000" + bytes(range(32)).hex() + "FFFFFFFF"),
    (SEVEN_MORE, "00000001 61626364656667 3000" + SEVEN_MORE[10:].hex() + "FFFFFFFF"),
    (b"x" * 283, "FFFFFF7F 78 0700 0F FF 1701"),
    (b"x" * 284, "FFFFFF7F 78 0700 0F FF 1801"),
]


@pytest.mark.parametrize(("plain", "encoded"), COMPRESSED)
def test_compression(plain: bytes, encoded: str) -> None:
    """R1483, R831, R834, R835, R836, R877, R878, R882, R883, R890, R891, R1877: the published examples, in both
    directions; a bitmask for each 32 bytes or matches, and another one if nothing else has room for the end."""
    assert decompress(bytes.fromhex(encoded), len(plain)) == plain
    assert compress(plain) == bytes.fromhex(encoded)


LENGTHS = {
    # Match Length, and the bits of it: 3 in the metadata, a nibble, a byte, two bytes
    3: "0000",  # R908, R909, R911, R936
    9: "0600",
    10: "0700 00",  # R906, R912, R913
    24: "0700 0E",  # R922, R924, R937
    25: "0700 0F 00",  # R921, R925, R926, R938
    26: "0700 0F 01",  # R939
    279: "0700 0F FE",  # R929, R940
    280: "0700 0F FF 1501",  # R930, R931, R932, R933, R941, R942, R943
    281: "0700 0F FF 1601",  # R944, R945, R946
    32_767: "0700 0F FF FC7F",  # R934, R950, R951
    65_538: "0700 0F FF FFFF",  # R947
}


@pytest.mark.parametrize("length", LENGTHS)
def test_match_lengths(length: int) -> None:
    """R885, R886, R887, R888, R892, R893, R894, R895, R896, R906, R908, R909, R910, R911, R912, R913, R921, R922, R924,
    R925, R926, R929, R930, R931, R932, R933, R934, R936, R937, R938, R939, R940, R941, R942, R943, R944, R945, R946,
    R947, R948, R950, R951, R1873: a byte that stays what it is, as many as the match says that are the same, in more
    bytes the more they are, and the bit that ends it."""
    plain, encoded = b"a" * (1 + length), bytes.fromhex("FFFFFF7F 61" + LENGTHS[length])
    assert compress(plain) == encoded
    assert decompress(encoded, len(plain)) == plain


def test_shared_nibbles() -> None:
    """R914, R915, R916, R917, R918, R919, R920: every other match that is long has a byte of which the next one takes
    the upper half."""
    plain = b"".join(letter * (1 + length) for letter, length in ((b"a", 12), (b"b", 13), (b"c", 14)))
    encoded = bytes.fromhex("FFFFFF57 61 0700 32 62 0700 63 0700 04")
    assert compress(plain) == encoded
    assert decompress(encoded, len(plain)) == plain


@pytest.mark.parametrize("distance", [8192, 8193])
def test_window(distance: int) -> None:
    """R842, R843, R901, R902, R903, R1252: 13 bits of offset reach so far back, and no further."""
    word = b"0123456789"
    filling = b"".join(pack("<H", 0x8000 | number) for number in range(distance))[: distance - len(word)]
    plain = word + filling + word
    small = compress(plain)
    assert (word in small[4 + len(word) :]) == (distance > 8192)
    assert decompress(small, len(plain)) == plain


@pytest.mark.parametrize(
    ("data", "size"),
    [
        ("", 1),
        ("FFFFFF", 1),
        ("FFFFFF7F 61 0F00", 4),  # begins before the beginning
        ("FFFFFF7F 61 06", 10),
        ("FFFFFF7F 61 0700", 11),
        ("FFFFFF7F 61 0700 0F", 30),
        ("FFFFFF7F 61 0700 0F FF 17", 283),
        ("FFFFFF7F 61", 5),
    ],
)
def test_broken_compression(data: str, size: int) -> None:
    """What ends too soon or refers to nothing."""
    with pytest.raises(BadSyntax):
        decompress(bytes.fromhex(data), size)


PLAIN = st.one_of(
    st.binary(max_size=400),
    st.lists(st.sampled_from([b"abc", b"abcabc", b"x" * 300, b"\0", b"zyx"]), max_size=60).map(b"".join),
)


@given(PLAIN)
@pytest.mark.fuzz
def test_compression_round_trip(plain: bytes) -> None:
    """Whatever is compressed comes out as it was."""
    assert decompress(compress(plain), len(plain)) == plain


def test_long_payloads_round_trip() -> None:
    """Matches beyond the window, lengths of each kind, a whole payload of zeros."""
    for plain in (
        b"\0" * MAX_PAYLOAD,
        bytes(range(256)) * 128,
        b"".join(b"%d " % number for number in range(6000))[:MAX_PAYLOAD],
    ):
        assert decompress(compress(plain), len(plain)) == plain
    assert len(compress(b"\0" * MAX_PAYLOAD)) < 20


@given(st.binary(max_size=300), st.integers(0, MAX_PAYLOAD))
@pytest.mark.fuzz
def test_any_compression(data: bytes, size: int) -> None:
    """Anything gives as many bytes as it should, or BadSyntax."""
    with contextlib.suppress(BadSyntax):
        assert len(decompress(data, size)) == size


# A decoder of the document's

Element = bytes | tuple[int, int]
"""A byte, or how far back and how long a match is."""


def elements(data: bytes) -> list[Element]:
    """What a stream consists of: a bit for each, in masks that stand before what they are of. One that is 1 with
    nothing behind it is the end."""
    found: list[Element] = []
    at, bits = 0, ""
    shared: int | None = None
    while True:
        if not bits:
            bits, at = f"{number(data, at, 4):032b}", at + 4
        bit, bits = bits[0], bits[1:]
        if bit == "0":
            found.append(data[at : at + 1])
            at += 1
        elif at == len(data):
            return found
        else:
            metadata, at = number(data, at, 2), at + 2
            length = metadata & 0b111
            if length == 0b111:
                if shared is None:
                    half, shared, at = data[at] & 0b1111, at, at + 1
                else:
                    half, shared = data[shared] >> 4, None
                length += half
                if half == 0b1111:
                    length, at = length + data[at], at + 1
                    if data[at - 1] == 0xFF:
                        length, at = number(data, at, 2), at + 2
            found.append((-~(metadata >> 3), length + 3))


def number(data: bytes, at: int, size: int) -> int:
    assert at + size <= len(data)
    return int.from_bytes(data[at : at + size], "little")


def expanded(found: Iterable[Element]) -> bytes:
    out = bytearray()
    for one in found:
        if isinstance(one, bytes):
            out += one
        else:
            back, length = one
            assert back <= len(out)
            for _ in range(length):
                out.append(out[-back])
    return bytes(out)


def words(seed: int) -> bytes:
    """Of few letters, so that there is much to be found, but nothing very often."""
    random = Random(seed)
    return bytes(random.choices(b"abcdefgh", k=400)) * 2 + b"ab" * random.randrange(60)


def test_what_others_read() -> None:
    """R839, R846, R852, R879, R880, R881: a stream tells what in it is data and what is not, and all of it, from the
    beginning on, byte by byte, however many elements its last mask is of."""
    for size in range(1, 400):
        plain = words(size)[:size]
        assert expanded(elements(compress(plain))) == plain == decompress(compress(plain), size)


def longest(plain: bytes, at: int) -> int:
    """How much from there on stands somewhere in the window as well."""
    found = 0
    for begin in range(max(at - WINDOW, 0), at):
        length = 0
        while at + length < len(plain) and plain[begin + length] == plain[at + length]:
            length += 1
        found = max(found, length)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_matches_are_the_longest(seed: int) -> None:
    """R847, R849, R853, R854, R855, R857: what stands in the window is pointed to, as much of it as there is; where
    nothing does, as at the beginning, there is the byte itself."""
    plain, at = words(seed), 0
    for element in elements(compress(plain)):
        most = longest(plain, at)
        if isinstance(element, bytes):
            assert most < 3
            at += 1
        else:
            back, length = element
            assert plain[at - back :][:length] == plain[at : at + length]
            assert length == most
            at += length
    assert at == len(plain)
