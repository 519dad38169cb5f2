"""Payloads behind an RPC_HEADER_EXT – [MS-OXCRPC] 2.2.2.1, 3.1.4.1.1.

u16 Version (0)   u16 Flags   u16 Size   u16 SizeActual   payload
"""

from __future__ import annotations

from enum import IntFlag
from struct import Struct

from posthouse.model.refusals import BadSyntax

from .lz77 import compress, decompress

HEADER = Struct("<HHHH")
MAX_PAYLOAD = 0x8000
"""Bytes of one payload (R726)."""
MAX_REQUEST = HEADER.size + MAX_PAYLOAD - 1
"""Bytes of a request, with its header: servers take no more ([MS-OXCRPC] R2001)."""
MAX_BUFFERS = 96
"""In one response (R969); no request has more either, for each may be a few bytes that become 32 KB."""
WORTH_COMPRESSING = 1024

_XOR = bytes(byte ^ 0xA5 for byte in range(256))


class HeaderFlags(IntFlag):
    COMPRESSED = 1
    XOR_MAGIC = 2
    LAST = 4


def parse_extended(data: bytes) -> list[bytes]:
    """All payloads. First the obfuscation is undone, then the compression (R4842). BadSyntax."""
    payloads: list[bytes] = []
    at = 0
    while True:
        if len(payloads) == MAX_BUFFERS:
            raise BadSyntax(f"at most {MAX_BUFFERS} buffers", at)
        payload, at, last = _parse_one(data, at)
        payloads.append(payload)
        if last and at != len(data):
            raise BadSyntax("nothing behind the last buffer", at)
        if last:
            return payloads


def _parse_one(data: bytes, at: int) -> tuple[bytes, int, bool]:
    if at + HEADER.size > len(data):
        raise BadSyntax("an RPC_HEADER_EXT", at)
    version, flags, size, actual = HEADER.unpack_from(data, at)
    at += HEADER.size
    if version != 0 or at + size > len(data) or actual > MAX_PAYLOAD:
        raise BadSyntax("an RPC_HEADER_EXT that is right", at)
    payload = data[at : at + size]
    if flags & HeaderFlags.XOR_MAGIC:
        payload = payload.translate(_XOR)
    if flags & HeaderFlags.COMPRESSED:
        payload = decompress(payload, actual)
    elif size != actual:
        raise BadSyntax("two sizes that are equal", at)
    return payload, at + size, bool(flags & HeaderFlags.LAST)


def format_extended(payload: bytes, *, last: bool = True, compressed: bool = False, xor: bool = False) -> bytes:
    """`compressed` is a permission: what is small or does not shrink stays as it is."""
    flags = HeaderFlags.LAST if last else HeaderFlags(0)
    actual = len(payload)
    if compressed and actual >= WORTH_COMPRESSING and len(small := compress(payload)) < actual:
        payload, flags = small, flags | HeaderFlags.COMPRESSED
    if xor:
        payload, flags = payload.translate(_XOR), flags | HeaderFlags.XOR_MAGIC
    return HEADER.pack(0, flags, len(payload), actual) + payload
