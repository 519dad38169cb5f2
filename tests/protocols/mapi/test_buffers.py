"""Payloads, their compression and the bodies of the mailbox endpoint, against published examples and against
anything."""

from __future__ import annotations

import contextlib
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.extended_buffer import MAX_PAYLOAD, format_extended, parse_extended
from posthouse.protocols.mapi.lz77 import compress, decompress
from posthouse.protocols.mapi.mailbox import (
    ConnectRequest,
    ConnectResponse,
    ExecuteFlags,
    ExecuteRequest,
    ExecuteResponse,
    format_disconnect_response,
    format_notification_wait_response,
    parse_connect,
    parse_disconnect,
    parse_execute,
    parse_notification_wait,
)

DN = "/o=Org/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=alice"

COMPRESSED = [
    (b"abcdefghijklmnopqrstuvwxyz", "3F000000" + b"abcdefghijklmnopqrstuvwxyz".hex()),
    (b"abc" * 100, "FFFFFF1F 616263 1700 0F FF 2601"),
    (b"ABCABCDEF", "FFFFFF11 414243 1000 444546"),
    (b"a" * 10, "FFFFFF7F 61 0600"),
    (b"a" * 11, "FFFFFF7F 61 0700 00"),
    (b"ab" * 14 + b"zz" + b"ab" * 14 + b"q" * 30, "FFFFFF25 6162 0F00 FF 01 7A7A EF00 03 71 0700 0F 04"),
    (bytes(range(32)), "00000000" + bytes(range(32)).hex() + "FFFFFFFF"),
    (b"x" * 283, "FFFFFF7F 78 0700 0F FF 1701"),
    (b"x" * 284, "FFFFFF7F 78 0700 0F FF 1801"),
]


@pytest.mark.parametrize(("plain", "encoded"), COMPRESSED)
def test_compression(plain: bytes, encoded: str) -> None:
    """MS-OXCRPC R1483, R831, R834, R835, R836, R877, R878, R881, R882, R883, R891, R1877: the published examples, in
    both directions; a bitmask for each 32 bytes or matches, and another one if nothing else has room for the end."""
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
    32_767: "0700 0F FF FC7F",  # R934, R951
}


@pytest.mark.parametrize("length", LENGTHS)
def test_match_lengths(length: int) -> None:
    """MS-OXCRPC R853, R854, R885, R886, R887, R888, R892, R893, R894, R895, R906, R908, R909, R911, R912, R913, R921,
    R922, R924, R925, R926, R929, R930, R931, R932, R933, R934, R936, R937, R938, R939, R940, R941, R942, R943, R944,
    R945, R946, R951, R1873: a byte that stays what it is, as many as the match says that are the same, and the bit that
    ends it."""
    plain, encoded = b"a" * (1 + length), bytes.fromhex("FFFFFF7F 61" + LENGTHS[length])
    assert compress(plain) == encoded
    assert decompress(encoded, len(plain)) == plain


def test_shared_nibbles() -> None:
    """MS-OXCRPC R914, R915, R916, R917, R918, R919, R920: every other match that is long has a byte of which the next
    one takes the upper half."""
    plain = b"".join(letter * (1 + length) for letter, length in ((b"a", 12), (b"b", 13), (b"c", 14)))
    encoded = bytes.fromhex("FFFFFF57 61 0700 32 62 0700 63 0700 04")
    assert compress(plain) == encoded
    assert decompress(encoded, len(plain)) == plain


@pytest.mark.parametrize("distance", [8192, 8193])
def test_window(distance: int) -> None:
    """MS-OXCRPC R842, R843, R901, R902, R903, R1252: 13 bits of offset reach so far back, and no further."""
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


def test_header() -> None:
    """MS-OXCRPC R32 to R36, R39, R40, R42 to R44, R743, R748, R752, R952, R956: the published buffer, plain and
    obfuscated; the header is never obfuscated."""
    payload = bytes.fromhex("050001000011000000")
    plain, obfuscated = "00000400 0900 0900 050001000011000000", "00000600 0900 0900 A0A5A4A5A5B4A5A5A5"
    assert format_extended(payload) == bytes.fromhex(plain)
    assert format_extended(payload, xor=True) == bytes.fromhex(obfuscated)
    for data in (plain, obfuscated):
        assert parse_extended(bytes.fromhex(data)) == [payload]


@given(st.lists(PLAIN, min_size=1, max_size=4), st.booleans(), st.booleans())
@pytest.mark.fuzz
def test_buffers_round_trip(payloads: list[bytes], compressed: bool, xor: bool) -> None:
    """MS-OXCRPC R4842, R4860, R41, R778, R779, R787: several in a row, only the last one says so."""
    data = b"".join(
        format_extended(payload, last=number == len(payloads), compressed=compressed, xor=xor)
        for number, payload in enumerate(payloads, 1)
    )
    assert parse_extended(data) == payloads


def test_how_many_buffers() -> None:
    """MS-OXCRPC R969: 96, and no more: another one is not even decompressed."""
    one, last = format_extended(b"x" * 2000, last=False, compressed=True), format_extended(b"last")
    assert len(parse_extended(one * 95 + last)) == 96
    with pytest.raises(BadSyntax):
        parse_extended(one * 96 + last)


def test_small_payloads_stay_plain() -> None:
    """MS-OXCRPC R4794, R1479, R1635: compression that would gain nothing is left out, and the flag with it."""
    assert format_extended(b"a" * 100, compressed=True)[2] == 4
    assert format_extended(b"a" * 2000, compressed=True)[2] == 5
    assert len(format_extended(b"a" * 2000, compressed=True)) < 100


@pytest.mark.parametrize(
    "data",
    [
        "",
        "00000400 0900",
        "01000400 0000 0000",
        "00000400 0200 0200 00",
        "00000400 0200 0300 0000",
        "00000400 0000 0000 00",
        "00000000 0000 0000",
        "00000500 0000 FFFF",
    ],
)
def test_broken_buffers(data: str) -> None:
    """MS-OXCRPC R726, R33, R38, R45, R46: another version, wrong sizes, no last one, too much."""
    with pytest.raises(BadSyntax):
        parse_extended(bytes.fromhex(data))


def test_connect() -> None:
    """MS-OXCMAPIHTTP R209, R210, R211, R212, R214, R215, R216, R1351, R218; MS-OXCRPC R575, R4833: the published
    bodies."""
    request = DN.encode() + bytes.fromhex("00 00000000 E4040000 09040000 09040000 00000000")
    assert parse_connect(request) == ConnectRequest(DN)
    assert ConnectRequest(DN).format() == request
    response = bytes.fromhex(
        "0000000000000000 60EA0000 06000000 10270000 00"
        "41006C00690063006500200045007800610 06D0070006C0065000000".replace(" ", "")
        + "24000000 0000 0400 1C00 1C00 0800 0117 00000000 0C00 010A 04000000 00840C24 0800 0148 01000000"
    )
    blocks = bytes.fromhex("0800 0117 00000000 0C00 010A 04000000 00840C24 0800 0148 01000000")
    aux = format_extended(blocks)
    assert ConnectResponse(display_name="Alice Example", auxiliary_buffer=aux).format() == response


def test_execute() -> None:
    """MS-OXCMAPIHTTP R250, R251, R252, R1358, R253, R254, R255."""
    request = bytes.fromhex("03000000 05000000 0102030405 00800000 00000000")
    parsed = ExecuteRequest(ExecuteFlags.NO_COMPRESSION | ExecuteFlags.NO_XOR_MAGIC, b"\1\2\3\4\5", 0x8000)
    assert parse_execute(request) == parsed
    assert parsed.format() == request
    assert ExecuteResponse(0, b"\7").format() == bytes.fromhex("00000000 00000000 00000000 01000000 07 00000000")
    assert ExecuteResponse(0x4B6).format() == bytes.fromhex("00000000 B6040000 00000000 00000000 00000000")


def test_the_others() -> None:
    """MS-OXCMAPIHTTP R281, R283, R285, R288, R289, R297, R1371, R1372, R1368: the published bodies; an empty one will
    do."""
    assert parse_disconnect(bytes(4)) == parse_disconnect(b"") == parse_notification_wait(b"")
    assert parse_notification_wait(b"\xff\xff\xff\xff" + bytes(4)) == parse_notification_wait(bytes(8))
    assert format_disconnect_response() == bytes(12)
    assert format_notification_wait_response(True) == bytes.fromhex("0000000000000000 01000000 00000000")
    assert format_notification_wait_response(False) == bytes(16)


@given(st.binary(max_size=200))
@pytest.mark.fuzz
def test_any_body(body: bytes) -> None:
    """Nothing but BadSyntax is raised; what is read is written as it was."""
    for parse in (parse_connect, parse_execute, parse_disconnect, parse_notification_wait, parse_extended):
        with contextlib.suppress(BadSyntax):
            parse(body)
