"""A stream in buffers of any size – [MS-OXCFXICS] 2.2.4.1, 2.2.3.1.1.5.2.

Pieces are asked for only as buffers are: of a synchronization, however large, no more is in memory than one object.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from .pieces import Piece

_COUNT_MAX = 0xFFFF


class TransferStatus(IntEnum):
    """Of RopFastTransferSourceGetBuffer."""

    ERROR = 0
    PARTIAL = 1
    """There is more. Without data: not even what comes next fits."""
    DONE = 3


@dataclass(slots=True)
class Steps:
    """How far a download is: whoever makes the stream counts, here it is told in 16 bits."""

    total: int = 1
    done: int = 0

    def counts(self) -> tuple[int, int]:
        """InProgressCount, TotalStepCount."""
        total = max(self.total, self.done, 1)
        if total <= _COUNT_MAX:
            return self.done, total
        return self.done * _COUNT_MAX // total, _COUNT_MAX


@dataclass(frozen=True, slots=True)
class Chunk:
    status: TransferStatus
    in_progress: int
    total: int
    data: bytes


class Chunker:
    def __init__(self, pieces: Iterable[Piece], steps: Steps | None = None) -> None:
        self._pieces = iter(pieces)
        self._apart: Iterator[Piece] = iter(())
        """What is left of a run in which a buffer has ended."""
        self._steps = steps or Steps()
        self._held: Piece | None = None
        """Got, and not yet wholly sent."""
        self._gathered: deque[tuple[Piece, int]] = deque()
        """With the steps that are done before each."""
        self._size, self._has_ended, self._done = 0, False, 0
        self._failure: Exception | None = None

    def gather(self, size: int) -> None:
        """Have pieces ready for buffers of so many bytes together. What the pieces raise is raised when it is taken."""
        while self._size <= size and not self._has_ended:
            try:
                piece = next(self._pieces, None)
            except Exception as failure:
                self._pieces, piece = _raising(failure), None
            self._has_ended = piece is None
            if piece is not None:
                self._gathered.append((piece, self._steps.done))
                self._size += len(piece.data)

    def has(self, size: int) -> bool:
        """Whether a buffer of that size can be taken of what was gathered."""
        return self._size > size or self._has_ended

    def take(self, room: int) -> Chunk:
        """At most so many bytes. What the pieces raise is raised, and then again and again (R2146, R3489): a stream
        that broke off never looks like one that is done."""
        if self._failure is not None:
            raise self._failure
        parts: list[bytes | memoryview] = []
        try:
            status = self._fill(parts, room)
        except Exception as failure:
            self._failure = failure
            raise
        return self._chunk(status, parts)

    def _fill(self, parts: list[bytes | memoryview], room: int) -> TransferStatus:
        piece, self._held = self._held or self._next(), None
        while piece is not None:
            size = len(piece.data)
            if size > room and piece.parts:
                self._apart = iter(piece.apart())
            elif size > room:
                cut = _cut(piece, room)
                parts.append(piece.data[:cut])
                self._held = Piece(memoryview(piece.data)[cut:], 0, piece.step) if cut else piece
                return TransferStatus.PARTIAL
            else:
                parts.append(piece.data)
                room -= size
            piece = self._next()
        return TransferStatus.DONE

    def _next(self) -> Piece | None:
        piece = next(self._apart, None)
        if piece is None and self._gathered:
            piece, self._done = self._gathered.popleft()
            self._size -= len(piece.data)
        elif piece is None:
            piece, self._done = next(self._pieces, None), self._steps.done
        return piece

    def _chunk(self, status: TransferStatus, parts: list[bytes | memoryview]) -> Chunk:
        return Chunk(status, *Steps(self._steps.total, self._done).counts(), b"".join(parts))


def _raising(failure: Exception) -> Iterator[Piece]:
    raise failure
    yield


def _cut(piece: Piece, room: int) -> int:
    return room - (room - piece.whole) % piece.step if room >= piece.whole else 0
