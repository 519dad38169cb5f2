"""Multi-line content – RFC 1939 §3: lines end in CRLF, one that begins with the termination octet is byte-stuffed.

What is sent is exactly what is stored, with two exceptions that the protocol itself demands: dots, and a CRLF where the
last line has no end. A stored bare LF (from IMAP APPEND or an import) is sent as it is and ends no line, so nothing is
stuffed after it; with `normalise` it becomes CRLF, for clients that take it for a line end and would read a message
with a lone dot after it as two.
"""

from __future__ import annotations

import re

from .replies import END


class DotEncoder:
    """Streaming: a chunk may be cut anywhere, memory is one chunk."""

    __slots__ = ("_normalise", "_tail")

    def __init__(self, normalise: bool = False) -> None:
        self._tail = b"\r\n"
        self._normalise = normalise

    def encode(self, chunk: bytes) -> bytes:
        if not chunk:
            return b""
        if self._normalise:
            chunk = self._crlf(chunk)
        known = len(self._tail)
        text = self._tail + chunk
        self._tail = text[-2:]
        return text.replace(b"\r\n.", b"\r\n..")[known:]

    def _crlf(self, chunk: bytes) -> bytes:
        """LF → CRLF; the CR of the first one may have gone out with the chunk before."""
        paired = chunk.startswith(b"\n") and self._tail.endswith(b"\r")
        lines = chunk[paired:].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return b"\n" + lines if paired else lines

    def finish(self) -> bytes:
        return END if self._tail == b"\r\n" else b"\r\n" + END


_BLANK_LINE = re.compile(rb"\n\r?\n")


class TopCutter:
    """TOP msg n – RFC 1939 §7: the header, the blank line, and the first n lines of the body. Feed until `done`."""

    __slots__ = ("_left", "_tail", "done")

    def __init__(self, lines: int) -> None:
        self._left = lines
        self._tail: bytes | None = b"\n"  # of the header; a message may begin with the blank line; None: in the body
        self.done = False

    def feed(self, chunk: bytes) -> bytes:
        """→ what of the chunk is to be sent."""
        if self.done:
            return b""
        start = 0
        if self._tail is not None:
            start = self._body_start(chunk)
            if start < 0:
                return chunk
        return chunk[: self._cut(chunk, start)]

    def _body_start(self, chunk: bytes) -> int:
        assert self._tail is not None
        text = self._tail + chunk
        match = _BLANK_LINE.search(text)
        if match is None:
            self._tail = text[-2:]
            return -1
        start = match.end() - len(self._tail)
        self._tail = None
        return start

    def _cut(self, chunk: bytes, at: int) -> int:
        lines = chunk.count(b"\n", at)
        if lines < self._left:
            self._left -= lines
            return len(chunk)
        for _ in range(self._left):
            at = chunk.index(b"\n", at) + 1
        self.done = True
        return at
