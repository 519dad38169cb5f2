"""LZ77 with the encoding DIRECT2 – [MS-OXCRPC] 3.1.4.1.1.2.

A mask of 32 bits, read from its highest bit on, tells of each element whether it is a byte (0) or a match (1); then the
elements; then the next mask. A match is 16 bits, offset and length, and what of the length does not fit follows: a
nibble, which shares its byte with that of the next long match, then a byte, then 16 bits.
"""

from __future__ import annotations

from struct import Struct

from posthouse.model.refusals import BadSyntax

WINDOW = 8192
LONGEST = 0xFFFF + 3
TRIES = 16
"""Earlier places that are compared, for each match that is looked for."""

_U16, _U32 = Struct("<H"), Struct("<I")


def decompress(data: bytes, size: int) -> bytes:
    """`size`: of the result, which is never more. BadSyntax when it is less, or a match begins before the beginning."""
    out = bytearray()
    at, end, mask, bits = 0, len(data), 0, 0
    nibble_at = -1
    while len(out) < size and at < end:
        if bits == 0:
            mask, at, bits = _read(_U32, data, at), at + 4, 32
        if literals := min(bits - mask.bit_length(), size - len(out)):
            out += data[at : at + literals]
            at += literals
            bits -= literals
            continue
        bits -= 1
        mask -= 1 << bits
        if at >= end:  # a match without data is the end
            break
        matched, at = _read(_U16, data, at), at + 2
        offset, length = (matched >> 3) + 1, (matched & 7) + 3
        if length == 10:
            if nibble_at < 0:
                nibble, nibble_at, at = _byte(data, at) & 15, at, at + 1
            else:
                nibble, nibble_at = data[nibble_at] >> 4, -1
            length = 10 + nibble
            if nibble == 15:
                more, at = _byte(data, at), at + 1
                length = 25 + more
                if more == 255:
                    length, at = _read(_U16, data, at) + 3, at + 2
        _copy(out, offset, min(length, size - len(out)))
    if len(out) != size:
        raise BadSyntax(f"{size} bytes when decompressed", at)
    return bytes(out)


def _copy(out: bytearray, offset: int, length: int) -> None:
    start = len(out) - offset
    if start < 0:
        raise BadSyntax("a match within what there is")
    if offset >= length:
        out += out[start : start + length]
    else:  # it overlaps itself: a pattern, repeated
        pattern = bytes(out[start:])
        out += (pattern * (length // offset + 1))[:length]


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise BadSyntax("the rest of a length", at)
    return data[at]


def _read(kind: Struct, data: bytes, at: int) -> int:
    if at + kind.size > len(data):
        raise BadSyntax("the rest of an element", at)
    return int(kind.unpack_from(data, at)[0])


def compress(data: bytes) -> bytes:
    """What `decompress` makes `data` of. It may be longer than that."""
    return _Compressor(data).run()


class _Compressor:
    def __init__(self, data: bytes) -> None:
        self._data, self._out = data, bytearray()
        self._places: dict[bytes, list[int]] = {}
        self._mask_at, self._mask, self._bits = 0, 0, 0
        self._nibble_at = -1

    def run(self) -> bytes:
        data, at = self._data, 0
        self._new_mask()
        while at < len(data):
            offset, length = self._longest(at)
            if length >= 3:
                self._element(1)
                self._match(offset, length)
            else:
                length = 1
                self._element(0)
                self._out.append(data[at])
            for place in range(at, min(at + length, len(data) - 2)):
                self._remember(place)
            at += length
        self._element(1)  # the end, which may need a mask of its own (R1877)
        self._mask |= (1 << (32 - self._bits)) - 1  # what is unused is 1
        self._write_mask()
        return bytes(self._out)

    def _longest(self, at: int) -> tuple[int, int]:
        data, best, offset = self._data, 0, 0
        most = min(len(data) - at, LONGEST)
        for place in reversed(self._places.get(data[at : at + 3], ())):
            if at - place > WINDOW:
                break
            if best and data[place + best : place + best + 1] != data[at + best : at + best + 1]:
                continue
            length = 3
            while length < most and data[place + length] == data[at + length]:
                length += 1
            if length > best:
                best, offset = length, at - place
            if best == most:
                break
        return offset, best

    def _remember(self, place: int) -> None:
        places = self._places.setdefault(self._data[place : place + 3], [])
        places.append(place)
        if len(places) > 2 * TRIES:
            del places[:TRIES]

    def _new_mask(self) -> None:
        self._mask_at, self._mask, self._bits = len(self._out), 0, 0
        self._out += b"\0\0\0\0"

    def _write_mask(self) -> None:
        self._out[self._mask_at : self._mask_at + 4] = _U32.pack(self._mask)

    def _element(self, bit: int) -> None:
        if self._bits == 32:
            self._write_mask()
            self._new_mask()
        self._mask |= bit << (31 - self._bits)
        self._bits += 1

    def _match(self, offset: int, length: int) -> None:
        self._out += _U16.pack((offset - 1) << 3 | min(length - 3, 7))
        if length < 10:
            return
        nibble = min(length - 10, 15)
        if self._nibble_at < 0:
            self._nibble_at = len(self._out)
            self._out.append(nibble)
        else:
            self._out[self._nibble_at] |= nibble << 4
            self._nibble_at = -1
        if nibble == 15:
            self._out.append(min(length - 25, 255))
            if length >= 280:
                self._out += _U16.pack(length - 3)
