"""What a stream is made of, piece by piece: where it may be cut into buffers, and where not – [MS-OXCFXICS] 2.2.4.1."""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack
from typing import NamedTuple

from ..identifiers import ObjectId
from ..property_values import PropertyTag
from .markers import Marker


class Piece(NamedTuple):
    data: bytes | memoryview
    whole: int
    """So many bytes from the start stay together: they are atoms. Behind them it may be cut."""
    step: int = 1
    """Where it is cut, the bytes behind `whole` are a multiple of this: no character or number is torn."""
    parts: tuple[Sequence[bytes], Sequence[Cut]] | None = None
    """Of a run, which is one piece as long as there is room for it: the data of its pieces, and how each may be cut."""

    def apart(self) -> list[Piece]:
        """The pieces of a run."""
        return [Piece(data, of[0], of[1]) for data, of in zip(*self.parts, strict=True)] if self.parts else [self]


Cut = tuple[int, int]
"""`whole` and `step` of a piece."""


def marker(which: Marker) -> Piece:
    return _MARKERS[which]


def whole(data: bytes) -> Piece:
    return Piece(data, len(data))


def run(parts: Sequence[bytes], cuts: Sequence[Cut]) -> Piece:
    """Of many small pieces: buffers end in few of them."""
    return Piece(b"".join(parts), 0, 1, (parts, cuts))


def number(tag: PropertyTag, value: int) -> Piece:
    """Of 32 bits, without a sign: for meta-properties."""
    return Piece(tag.format() + pack("<I", value), 8)


def boolean(tag: PropertyTag, value: bool) -> Piece:
    return Piece(tag.format() + pack("<H", value), 6)


def object_id(tag: PropertyTag, value: ObjectId) -> Piece:
    """PtypInteger64: its eight bytes are those of the identifier."""
    return Piece(tag.format() + value.format(), 12)


def binary(tag: PropertyTag, value: bytes) -> Piece:
    return Piece(tag.format() + pack("<I", len(value)) + value, 8)


_MARKERS = {which: whole(pack("<I", which)) for which in Marker}
