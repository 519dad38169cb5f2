"""The bytes of a message, wherever they are: in memory as `bytes`, or in a file that is mapped.

`bytes` has every method that the parsers need, and they are fast. Anything else that is large is looked at through a
window, so that no body is ever copied as a whole.
"""

from __future__ import annotations

from mmap import mmap
from typing import Protocol

Data = bytes | memoryview | mmap

_CHUNK = 1024 * 1024


_CANDIDATES = 8
_BYTES_PER_CANDIDATE = 512


def find_delimiter(data: bytes, needle: bytes, start: int, end: int) -> int:
    """`data.find` for a needle that begins with a line feed and a hyphen. A search for the hyphen alone is a memchr,
    ten times faster than one for the needle, while hyphens are few; where they are many, the needle is searched."""
    at, candidates = start, 0
    while candidates < _CANDIDATES + (at - start) // _BYTES_PER_CANDIDATE:
        dash = data.find(45, at + 1, end)
        if dash < 0:
            return -1
        if data.startswith(needle, dash - 1, end):
            return dash - 1
        at = data.find(10, dash, end)
        if at < 0:
            return -1
        candidates += 1
    return data.find(needle, at, end)


class Source(Protocol):
    """What the parsers ask of the bytes: as `bytes` itself answers it."""

    def __len__(self) -> int: ...
    def __getitem__(self, span: slice, /) -> bytes: ...
    def find(self, needle: bytes, start: int, end: int, /) -> int: ...
    def count(self, needle: bytes, start: int, end: int, /) -> int: ...


class Window:
    """`Source` over a mapped file or a memoryview, a chunk at a time. The needle is much shorter than a chunk."""

    __slots__ = ("_chunk", "_data")

    def __init__(self, data: Data, chunk: int = _CHUNK) -> None:
        self._data = data
        self._chunk = chunk

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, span: slice, /) -> bytes:
        return bytes(self._data[span])

    def find(self, needle: bytes, start: int, end: int, /) -> int:
        overlap = len(needle) - 1
        end = min(end, len(self._data))
        while start + overlap < end:
            chunk = bytes(self._data[start : min(start + self._chunk + overlap, end)])
            found = find_delimiter(chunk, needle, 0, len(chunk)) if needle[:2] == b"\n-" else chunk.find(needle)
            if found >= 0:
                return start + found
            start += self._chunk
        return -1

    def count(self, needle: bytes, start: int, end: int, /) -> int:
        """For needles of one byte."""
        end = min(end, len(self._data))
        return sum(
            bytes(self._data[at : min(at + self._chunk, end)]).count(needle) for at in range(start, end, self._chunk)
        )


def source_of(data: Data) -> Source:
    if isinstance(data, bytes):
        return data
    return bytes(data[:]) if len(data) <= _CHUNK else Window(data)
