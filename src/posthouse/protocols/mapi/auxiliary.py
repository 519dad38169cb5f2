"""Auxiliary buffers – [MS-OXCRPC] 2.2.2.2: what client and server tell each other beside the request.

From clients these are statistics, which nobody here needs; to them go a few blocks in the answer to Connect. A block:

    u16 Size (with these four bytes)   u8 Version   u8 Type   data, padded to a multiple of 4
"""

from __future__ import annotations

from struct import pack, unpack_from

from posthouse.model.refusals import BadSyntax

from .extended_buffer import format_extended, parse_extended

EXORGINFO = 0x17
CLIENT_CONTROL = 0x0A
ENDPOINT_CAPABILITIES = 0x48
SERVER_CAPABILITIES = 0x46

_COMPRESSION = 0x4
"""EnableFlags of AUX_CLIENT_CONTROL: the client may compress."""
_WEEK = 604_800_000
_SINGLE_ENDPOINT = 1
_PUBLIC_FOLDERS, _BY_AUTODISCOVER = 1, 2
"""OrgFlags of AUX_EXORGINFO."""
_TRANSFERS, _STREAMS = 1, 2
"""ServerCapabilityFlags: what a client may send in several buffers of a request (3.1.4.2.1.2.1)."""


def format_block(type: int, data: bytes, version: int = 1) -> bytes:
    padded = data + b"\0" * (-len(data) % 4)
    return pack("<HBB", 4 + len(padded), version, type) + padded


def parse_blocks(payload: bytes) -> dict[int, bytes]:
    """Data by types, as they come padded. BadSyntax."""
    found, at = dict[int, bytes](), 0
    while at < len(payload):
        if at + 4 > len(payload):
            raise BadSyntax("the head of a block", at)
        size, _, kind = unpack_from("<HBB", payload, at)
        if size < 4 or at + size > len(payload):
            raise BadSyntax("a block", at)
        found[kind] = payload[at + 4 : at + size]
        at += size
    return found


def takes_packed_streams(auxiliary: bytes) -> bool:
    """Whether the server that has answered Connect with this takes parts of a stream in several buffers of a request.
    BadSyntax."""
    blocks = parse_blocks(b"".join(parse_extended(auxiliary))) if auxiliary else {}
    return bool(int.from_bytes(blocks.get(SERVER_CAPABILITIES, b""), "little") & _STREAMS)


def connect_blocks(*, public_folders: bool) -> bytes:
    """2.2.2.2.17: without the first block a client takes it that there are public folders; where they are, Autodiscover
    says, as always with Exchange since 2013. 2.2.2.2.20: one connection serves for everything."""
    organisation = _BY_AUTODISCOVER | (_PUBLIC_FOLDERS if public_folders else 0)
    blocks = (
        format_block(EXORGINFO, pack("<I", organisation)),
        format_block(CLIENT_CONTROL, pack("<II", _COMPRESSION, _WEEK)),
        format_block(ENDPOINT_CAPABILITIES, pack("<I", _SINGLE_ENDPOINT)),
        format_block(SERVER_CAPABILITIES, pack("<I", _TRANSFERS | _STREAMS)),
    )
    return format_extended(b"".join(blocks))
