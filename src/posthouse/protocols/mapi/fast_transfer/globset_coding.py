"""GLOBSETs on the wire: commands over a stack of common high bytes – [MS-OXCFXICS] 2.2.2.6.1 to 2.2.2.6.5, 3.1.5.4.3.

What all counters share is pushed once; what those of a block of 256 share, once for the block. In a block, a bitmask
stands for several ranges near each other, a Push of the last byte for one counter, a Range for the others (3.1.5.4.3.1
leaves the choice).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from posthouse.model.refusals import BadSyntax

from ..reader import Reader
from .globsets import Globset, Range

SIZE = 6
_END, _BITMASK, _POP, _RANGE = 0x00, 0x42, 0x50, 0x52
_BITS = 8


def format_globset(counters: Globset) -> bytes:
    if not counters:
        return bytes([_END])
    shared = _shared(counters.ranges[0][0], counters.ranges[-1][1])
    if shared == SIZE:
        return _push(counters.ranges[0][0], 0, SIZE) + bytes([_END])
    out = bytearray()
    if shared:
        out += _push(counters.ranges[0][0], 0, shared)
    for block in _blocks(counters.ranges):
        _write_block(out, block, shared)
    if shared:
        out.append(_POP)
    out.append(_END)
    return bytes(out)


def read_ranges(reader: Reader) -> Iterator[Range]:
    """Those of one GLOBSET, in any order, also overlapping; BadSyntax. There are fewer than three for each byte."""
    stack: list[bytes] = []
    common = b""
    while True:
        where, command = reader.at, reader.u8()
        if 1 <= command <= SIZE - len(common):
            pushed = reader.take(command)
            if len(common) + command == SIZE:
                yield _both(common + pushed)
            else:
                stack.append(common)
                common += pushed
        elif command == _POP and stack:
            common = stack.pop()
        elif command == _BITMASK and len(common) == SIZE - 1:
            yield from _bits(common, reader)
        elif command == _RANGE:
            yield _range(common, reader)
        elif command == _END and not stack:
            return
        else:
            raise BadSyntax("a command of a GLOBSET", where)


def _write_block(out: bytearray, block: Sequence[Range], shared: int) -> None:
    """Ranges of one block of 256, or one that reaches over several."""
    low, high = block[0]
    own = _shared(low, high) if len(block) == 1 else SIZE - 1
    if own == SIZE:
        out += _push(low, shared, SIZE)
        return
    if own > shared:
        out += _push(low, shared, own)
    if own == SIZE - 1:
        _write_near(out, block)
    else:
        out.append(_RANGE)
        out += low.to_bytes(SIZE, "big")[own:] + high.to_bytes(SIZE, "big")[own:]
    if own > shared:
        out.append(_POP)


def _write_near(out: bytearray, block: Sequence[Range]) -> None:
    """Five bytes are on the stack."""
    at = 0
    while at < len(block):
        low, high = block[at]
        end = at + 1
        while end < len(block) and block[end][1] - low <= _BITS:
            end += 1
        if end - at > 1 and high - low <= _BITS:
            out += bytes([_BITMASK, low & 0xFF, _mask(low, block[at:end])])
        elif low == high:
            out += bytes([1, low & 0xFF])
            end = at + 1
        else:
            out += bytes([_RANGE, low & 0xFF, high & 0xFF])
            end = at + 1
        at = end


def _mask(start: int, ranges: Sequence[Range]) -> int:
    """Bit n stands for the counter n + 1 after the start, which needs none (3.1.5.4.3.1.3)."""
    return sum(1 << counter - start - 1 for low, high in ranges for counter in range(max(low, start + 1), high + 1))


def _blocks(ranges: Sequence[Range]) -> Iterator[Sequence[Range]]:
    """Those that lie next to each other in one block of 256; one that reaches over several stays alone."""
    first, last = 0, len(ranges)
    while first < last:
        block, end = ranges[first][0] >> 8, first + 1
        if ranges[first][1] >> 8 == block:
            while end < last and ranges[end][1] >> 8 == block:
                end += 1
        yield ranges[first:end]
        first = end


def _shared(low: int, high: int) -> int:
    """How many high bytes are the same."""
    return SIZE - ((low ^ high).bit_length() + 7) // 8


def _push(counter: int, first: int, end: int) -> bytes:
    return bytes([end - first]) + counter.to_bytes(SIZE, "big")[first:end]


def _both(counter: bytes) -> Range:
    value = int.from_bytes(counter, "big")
    return value, value


def _range(common: bytes, reader: Reader) -> Range:
    where, size = reader.at, SIZE - len(common)
    low = int.from_bytes(common + reader.take(size), "big")
    high = int.from_bytes(common + reader.take(size), "big")
    if low > high:
        raise BadSyntax("a range from the lowest to the highest", where)
    return low, high


def _bits(common: bytes, reader: Reader) -> Iterator[Range]:
    where, start, mask = reader.at, reader.u8(), reader.u8()
    if start + mask.bit_length() > 0xFF:
        raise BadSyntax("a bitmask within 256 values", where)
    first = int.from_bytes(common, "big") << 8 | start
    yield first, first
    yield from ((first + bit + 1, first + bit + 1) for bit in range(_BITS) if mask >> bit & 1)
