"""Payloads and the bodies of the mailbox endpoint, against published examples and against anything."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
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

PLAIN = st.one_of(
    st.binary(max_size=400),
    st.lists(st.sampled_from([b"abc", b"abcabc", b"x" * 300, b"\0", b"zyx"]), max_size=60).map(b"".join),
)


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
