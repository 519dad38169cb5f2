"""DEFLATE on a stream, both ways – RFC 1951, as RFC 4978 has it: no header, flushed with every write."""

from __future__ import annotations

import zlib

LEVEL = 3
"""RFC 4978 §4: the least work takes responses to a third; more of it gains little."""
WINDOW_BITS, MEMORY = 13, 6
"""64 KB for a connection in place of 256; responses repeat themselves at short distances."""


class Deflate:
    """What a peer sends is inflated as it is asked for: a little input may be a thousand times as much."""

    __slots__ = ("_deflater", "_full", "_inflater", "_waiting")

    def __init__(self) -> None:
        self._deflater = zlib.compressobj(LEVEL, zlib.DEFLATED, -WINDOW_BITS, MEMORY)
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._waiting = b""
        self._full = False
        """The last piece was as long as it could be: there may be more of it."""

    def compress(self, data: bytes | bytearray | memoryview) -> bytes:
        return self._deflater.compress(data) + self._deflater.flush(zlib.Z_SYNC_FLUSH)

    def feed(self, data: bytes) -> None:
        self._waiting += data

    def read(self, most: int) -> bytes:
        """Up to so many octets of what was fed, at least one of room. Raises zlib.error where it is no DEFLATE."""
        piece = self._inflater.decompress(self._waiting, most)
        self._waiting = self._inflater.unconsumed_tail
        self._full = len(piece) == most
        return piece

    @property
    def pending(self) -> bool:
        """`read` may have more."""
        return not self._inflater.eof and (self._full or bool(self._waiting))

    @property
    def ended(self) -> bool:
        """The peer has ended its compression: what comes is as it is."""
        return self._inflater.eof

    @property
    def rest(self) -> bytes:
        """What came behind the end."""
        return self._inflater.unused_data + self._waiting
