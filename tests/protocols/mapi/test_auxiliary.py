"""What a server tells a client that connects, block by block. Statements are those of [MS-OXCRPC]."""

from __future__ import annotations

from struct import unpack

import pytest

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.auxiliary import connect_blocks, format_block, takes_packed_streams
from posthouse.protocols.mapi.extended_buffer import HEADER, HeaderFlags, format_extended, parse_extended

VERSION_1 = "01"
BLOCKS = {
    #      Size   Version    Type  and the structure that belongs to the two
    0x17: ("0800", VERSION_1, "17", "03000000"),  # AUX_EXORGINFO: OrgFlags
    0x0A: ("0C00", VERSION_1, "0A", "04000000 00840C24"),  # AUX_CLIENT_CONTROL: EnableFlags, ExpiryTime
    0x48: ("0800", VERSION_1, "48", "01000000"),  # AUX_ENDPOINT_CAPABILITIES: EndpointCapabilityFlag
    0x46: ("0800", VERSION_1, "46", "03000000"),  # AUX_SERVER_CAPABILITIES: ServerCapabilityFlags
}


def blocks(public_folders: bool) -> dict[int, bytes]:
    """By their types, found by their sizes alone (R1602)."""
    [payload] = parse_extended(connect_blocks(public_folders=public_folders))
    found = {}
    while payload:
        size, _, kind = unpack("<HBB", payload[:4])
        found[kind], payload = payload[:size], payload[size:]
    return found


@pytest.mark.parametrize("kind", BLOCKS)
def test_blocks(kind: int) -> None:
    """R990, R991, R993, R1, R47 to R50, R52, R53, R65, R78, R1518, R1842, R1843, R262, R271, R282, R4826, R1521, R1522,
    R722, R727, R1591 to R1593, R1595 to R1597, R1599, R1602, R1061, R1062, R1068, R1692, R1839: each has its header,
    whose size counts itself, and its fields; a client may compress, its statistics are stale after a week, one
    connection serves for everything."""
    assert blocks(public_folders=True)[kind].hex() == bytes.fromhex("".join(BLOCKS[kind])).hex()


def test_no_others() -> None:
    """R1438: nothing of operating systems, as Exchange tells nothing of them; R282: there may be no public folders.
    R749, R4845: neither compressed nor obfuscated, and no flag says so. MS-OXCSTOR R1271: Autodiscover says where they
    are."""
    told = blocks(public_folders=False)
    assert connect_blocks(public_folders=False) == HEADER.pack(0, HeaderFlags.LAST, 36, 36) + b"".join(told.values())
    assert list(told) == list(BLOCKS)
    assert told[0x17][4:] == b"\2\0\0\0"


@pytest.mark.parametrize(
    ("blocks", "takes"),
    [
        (b"", False),
        (format_block(0x46, b""), False),
        (format_block(0x46, b"\1\0\0\0"), False),
        (format_block(0x17, b"\2\0\0\0") + format_block(0x46, b"\2\0\0\0"), True),
    ],
)
def test_what_a_client_makes_of_it(blocks: bytes, takes: bool) -> None:
    """Whether the server takes streams in several buffers; blocks that nobody knows are passed over."""
    assert takes_packed_streams(format_extended(blocks)) is takes


def test_a_server_that_says_nothing() -> None:
    assert not takes_packed_streams(b"")
    assert takes_packed_streams(connect_blocks(public_folders=True))


@pytest.mark.parametrize("blocks", ["08", "0300 01 46", "0900 01 46 02000000"])
def test_blocks_that_are_none(blocks: str) -> None:
    with pytest.raises(BadSyntax):
        takes_packed_streams(format_extended(bytes.fromhex(blocks)))
