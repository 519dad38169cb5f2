"""The payload of an Execute: remote operations and the table of handles – [MS-OXCROPS] 2.2.1.

u16 RopSize (counts itself)   operations   u32 handles, to the end
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack, unpack

from posthouse.model.refusals import BadSyntax

from .reader import Reader

EMPTY = 0xFFFFFFFF
"""A slot of the table without a handle (R4560)."""


@dataclass(frozen=True, slots=True)
class RopBuffer:
    rops: bytes
    handles: tuple[int, ...]

    def format(self) -> bytes:
        return pack("<H", 2 + len(self.rops)) + self.rops + pack(f"<{len(self.handles)}I", *self.handles)


def parse_rop_buffer(payload: bytes) -> RopBuffer:
    reader = Reader(payload)
    size = reader.u16()
    if size < 2:
        raise BadSyntax("a size that counts itself", 0)
    rops, table = reader.take(size - 2), reader.rest()
    if len(table) % 4:
        raise BadSyntax("whole handles", reader.at)
    return RopBuffer(rops, unpack(f"<{len(table) // 4}I", table))


def overhead(handles: int) -> int:
    """Bytes of a payload that are not operations."""
    return 2 + 4 * handles
