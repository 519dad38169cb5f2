"""BinHex 4.0 → a file of the Macintosh – RFC 1741 appendix A.

    text   = … "(This file must be converted with BinHex 4.0)" … ":" 6 bits a character, in lines ":"
    packed = a byte n times is the byte, 0x90, n; 0x90 itself is 0x90, 0
    file   = u8 size, name, 0, type, creator, u16 flags, u32 data, u32 resources, crc   data, crc   resources, crc

Nobody writes it any more; old archives are full of it.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import crc_hqx
from struct import unpack_from

from posthouse.model.refusals import BadSyntax

from .mac_files import MAX_NAME, MacFile

MAX_FILE = 64 * 1024 * 1024
"""Bytes of both forks: a few characters may stand for many."""

_BEGIN = re.compile(rb"\(This file must be converted with BinHex 4\.0\)[^\r\n]*[\r\n]\s*:", re.I)
_ALPHABET = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_BASE64 = bytes.maketrans(_ALPHABET, _BASE64)
_OTHERS = bytes(set(range(256)) - set(_ALPHABET) - set(b" \t\r\n"))
_REPEATED = 0x90
_HEAD = 20
"""Bytes behind the name and its size, with the checksum."""
_CRC = 2


def parse_binhex(text: bytes) -> MacFile:
    """Raises BadSyntax."""
    begun = _BEGIN.search(text)
    end = text.find(b":", begun.end()) if begun else -1
    if begun is None or end < 0:
        raise BadSyntax("a file in BinHex", 0)
    body = text[begun.end() : end]
    if len(body.translate(None, _OTHERS)) != len(body):
        raise BadSyntax("nothing but characters of BinHex", begun.end())
    sixes = body.translate(_TO_BASE64, b" \t\r\n")
    whole = sixes[: len(sixes) - (len(sixes) % 4 == 1)]
    return _file(_unpacked(b64decode(whole + b"=" * (-len(whole) % 4))))


def _unpacked(data: bytes) -> bytes:
    found, at = bytearray(), 0
    while (mark := data.find(_REPEATED, at)) >= 0 and mark + 1 < len(data):
        found += data[at:mark]
        times, at = data[mark + 1], mark + 2
        if times == 0:
            found.append(_REPEATED)
        elif not found:
            raise BadSyntax("something to be repeated", mark)
        else:
            found += bytes(found[-1:]) * (times - 1)
        if len(found) > MAX_FILE:
            raise BadSyntax("a file that is not so large", mark)
    return bytes(found + data[at:])


def _file(data: bytes) -> MacFile:
    size = data[0] if data else 0
    begin = 1 + size + _HEAD + _CRC - 1
    if not 1 <= size <= MAX_NAME or len(data) < begin:
        raise BadSyntax("a header", 0)
    kind, creator, flags, length, more = unpack_from(">4s4sHII", data, size + 2)
    resources = begin + length + _CRC
    for start, stop in ((0, begin - _CRC), (begin, begin + length), (resources, resources + more)):
        if stop + _CRC > len(data) or unpack_from(">H", data, stop)[0] != crc_hqx(data[start:stop], 0):
            raise BadSyntax("both forks, undamaged", start)
    return MacFile(
        data[begin : begin + length], data[resources : resources + more], data[1 : 1 + size], kind, creator, flags
    )
