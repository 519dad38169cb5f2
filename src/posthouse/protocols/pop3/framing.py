"""Bytes from the client → lines – RFC 2449 §4: a command has at most 255 octets, CRLF included.

AUTH and the lines of a SASL exchange are longer (RFC 5034 §4: 12288 octets suffice). A line that ends in a bare LF is
taken: nothing follows a command but commands, so it can smuggle nothing, and hand-made scripts send it.
"""

from __future__ import annotations

from .replies import LINE_TOO_LONG, BadCommand

LINE_LIMIT = 255
AUTH_LINE_LIMIT = 12288


class Receiver:
    """One a connection. Pipelined commands wait in it (RFC 2449 §6.8)."""

    __slots__ = ("_at", "_buffer", "_skipping")

    def __init__(self) -> None:
        self._buffer = b""
        self._at = 0
        self._skipping = False

    def feed(self, data: bytes) -> None:
        self._buffer = data if self._at == len(self._buffer) else self._buffer[self._at :] + data
        self._at = 0

    @property
    def waiting(self) -> int:
        """Octets fed and not yet asked for: the session stops reading when they grow."""
        return len(self._buffer) - self._at

    def clear(self) -> None:
        """After the reply to STLS: what was sent in clear is dropped (RFC 2595 §4)."""
        self._buffer, self._at, self._skipping = b"", 0, False

    def line(self, limit: int = 0) -> bytes | None:
        """The next line without its end, or None: more bytes needed. `BadCommand` once for a line that is too long.
        `limit` for a SASL response; a command has the one that its word allows."""
        start, end = self._at, self._buffer.find(b"\n", self._at)
        if end < 0:
            if self._skipping or self.waiting > self._limit(limit):
                self._buffer, self._at, self._skipping = b"", 0, True
            return None
        too_long = self._skipping or end + 1 - start > self._limit(limit)
        self._at, self._skipping = end + 1, False
        if too_long:
            raise BadCommand(LINE_TOO_LONG)
        return self._buffer[start:end].removesuffix(b"\r")

    def _limit(self, given: int) -> int:
        if given:
            return given
        return AUTH_LINE_LIMIT if self._buffer[self._at : self._at + 5].upper() == b"AUTH " else LINE_LIMIT
