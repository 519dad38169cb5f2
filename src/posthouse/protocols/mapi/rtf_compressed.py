"""Compressed RTF, the value of PidTagRtfCompressed – [MS-OXRTFCP].

    compressed = COMPSIZE RAWSIZE COMPTYPE CRC *run     ; COMPSIZE: of all that follows it
    run        = control 1*8token                       ; a bit for each token, the lowest first
    token      = byte / reference                       ; reference: 12 bits of offset, 4 of length less 2, big-endian

A reference is into a ring of the last 4096 bytes, which begins with words that are frequent in RTF. One to the place
where the next byte will be written is the end.
"""

from __future__ import annotations

from struct import Struct
from zlib import crc32

from posthouse.model.refusals import BadSyntax

MAX_RAW = 64 * 1024 * 1024
"""Bytes of RTF that come out of one value."""

_HEADER = Struct("<II4sI")
_COMPRESSED, _STORED = b"LZFu", b"MELA"
_RING = 4096
_LONGEST = 17
_WORDS = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""2.1.2.1."""


def decompress_rtf(data: bytes, limit: int = MAX_RAW) -> bytes:
    """BadSyntax when it is not whole, when its checksum is wrong (2.1.3.1.5), and beyond `limit`."""
    if len(data) < _HEADER.size:
        raise BadSyntax("the header of compressed RTF", len(data))
    size, raw, kind, checksum = _HEADER.unpack_from(data)
    end = size + 4
    if not _HEADER.size <= end <= len(data) or raw > limit:
        raise BadSyntax("compressed RTF of the size that it tells", 0)
    content = data[_HEADER.size : end]
    if kind == _STORED:
        return content[:raw]
    if kind != _COMPRESSED:
        raise BadSyntax("a known compression", 8)
    if checksum != _checksum(content):
        raise BadSyntax("the checksum of compressed RTF", 12)
    return _decompress(content, raw)


def _decompress(content: bytes, raw: int) -> bytes:
    out = bytearray(_WORDS)
    stop, end, at = len(_WORDS) + raw, len(content), 0
    while len(out) < stop:
        if at >= end:
            raise BadSyntax("the end of compressed RTF", at)
        control, at = content[at], at + 1
        for bit in range(8):
            if not control >> bit & 1:
                out += content[at : at + 1]
                at += 1
                continue
            reference, at = int.from_bytes(content[at : at + 2], "big"), at + 2
            distance = (len(out) - (reference >> 4)) % _RING
            if not distance:
                return bytes(out[len(_WORDS) : stop])
            _copy(out, distance, (reference & 15) + 2)
    return bytes(out[len(_WORDS) : stop])


def _copy(out: bytearray, distance: int, length: int) -> None:
    start = len(out) - distance
    if start < 0:
        raise BadSyntax("a reference to what was there")
    while length > 0:
        piece = out[start : start + length]
        out += piece
        start += len(piece)
        length -= len(piece)


def store_rtf(rtf: bytes) -> bytes:
    """Uncompressed: what every reader takes, for little work (2.1.3.2)."""
    return _HEADER.pack(len(rtf) + 12, len(rtf), _STORED, 0) + rtf


def compress_rtf(rtf: bytes) -> bytes:
    """2.1.3.2: of the places where the same three bytes were, the last is taken, so the work is linear."""
    content = _compress(_WORDS + rtf)
    return _HEADER.pack(len(content) + 12, len(rtf), _COMPRESSED, _checksum(content)) + content


def _compress(data: bytes) -> bytes:
    last = {data[at : at + 3]: at for at in range(len(_WORDS) - 2)}
    tokens: list[bytes] = []
    at, end = len(_WORDS), len(data)
    while at < end:
        length = _match(data, last.get(data[at : at + 3], -1), at)
        if length:
            tokens.append(_reference(last[data[at : at + 3]], length))
        else:
            tokens.append(data[at : at + 1])
            length = 1
        for place in range(at - 2, at + length - 2):
            last[data[place : place + 3]] = place
        at += length
    tokens.append(_reference(end, 2))
    return b"".join(_run(tokens[first : first + 8]) for first in range(0, len(tokens), 8))


def _match(data: bytes, place: int, at: int) -> int:
    """How much of what is at `at` is at `place`; 0 when that is out of reach."""
    if place < 0 or at - place >= _RING:
        return 0
    length = 3
    while length < _LONGEST and data[place + length : place + length + 1] == data[at + length : at + length + 1] != b"":
        length += 1
    return length


def _reference(place: int, length: int) -> bytes:
    return (place % _RING << 4 | length - 2).to_bytes(2, "big")


def _run(tokens: list[bytes]) -> bytes:
    control = sum((len(token) > 1) << bit for bit, token in enumerate(tokens))
    return bytes([control]) + b"".join(tokens)


def _checksum(content: bytes) -> int:
    """2.1.3.1.1.2: as that of zip files, but begun with 0 and not inverted."""
    return crc32(content, 0xFFFFFFFF) ^ 0xFFFFFFFF
