"""Bytes from the client → command lines, message content, chunks – RFC 5321 §2.3.8, §4.1.1.4, §4.5.2; RFC 3030 §2.

One `Receiver` a connection. The session feeds it what arrives and asks for what its state makes it expect:

    receiver.feed(data)
    receiver.line()              a command or SASL line, or None: more bytes needed
    receiver.begin_data()        after 354; then body() until done
    receiver.begin_chunk(n)      after BDAT n; then body() until done
    receiver.clear()             after 220 to STARTTLS: what was sent in clear is dropped (RFC 3207 §4.2)

Pipelined commands wait in the receiver; nothing is looked at before it is asked for.

Content is never buffered: `body()` gives what the last bytes brought, dots unstuffed, and holds back at most the four
octets that may be the beginning of the end. End of data is CRLF.CRLF and nothing else. Bare CR, bare LF and NUL are
a violation (smuggling, CVE-2023-51764 and its kin): it is remembered, the data is consumed up to the true end and
dropped, and the session answers 550.

Strategy: no loop over lines in Python. A piece is clean when taking out its CRs and putting one before each LF gives
the piece again: both are `memchr` and `memcpy` inside `bytes.replace`, some GB/s. Only an unclean piece is looked at
once more, to say why.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from .replies import BAD_LINE_END, BARE_LINE_END, LINE_TOO_LONG, NUL_IN_MESSAGE, BadCommand, Reply

BASE_LINE_LIMIT = 512
"""RFC 5321 §4.5.3.1.4, with CRLF."""

LINE_ADDITIONS = {
    "SIZE": 26,  # RFC 1870 §3 (MAIL)
    "8BITMIME": 16,  # RFC 6152 §2: BODY=8BITMIME
    "BINARYMIME": 1,  # RFC 3030 §3: one letter more
    "SMTPUTF8": 10,  # RFC 6531 §3.1 (8)
    "AUTH": 500,  # RFC 4954 §3 (7): MAIL AUTH=
    "DSN": 9 + 107 + 28 + 509,  # RFC 3461 §5.4: RET, ENVID, NOTIFY, ORCPT
    "FUTURERELEASE": 34,  # RFC 4865 §4
    "DELIVERBY": 17,  # RFC 2852 §4
    "MT-PRIORITY": 15,  # RFC 6710 §3
    "REQUIRETLS": 11,  # RFC 8689 §2
}
"""What each extension adds to the longest command."""

LINE_LIMIT = BASE_LINE_LIMIT + sum(LINE_ADDITIONS.values())
AUTH_LINE_LIMIT = 12288
"""RFC 4954 §4.1: also for AUTH with an initial response."""

PIECE = 65536
"""Content is worked on in pieces of at most this many octets, so that no step makes large copies."""


class Violation(Enum):
    BARE_CR = auto()
    BARE_LF = auto()
    NUL = auto()

    @property
    def reply(self) -> Reply:
        return NUL_IN_MESSAGE if self is Violation.NUL else BARE_LINE_END


class Body(NamedTuple):
    chunks: list[bytes]
    done: bool
    """The end has been seen: what follows is a command again."""


_VIOLATION = re.compile(rb"\x00|\r(?!\n)|(?<!\r)\n")
_KINDS = {b"\0": Violation.NUL, b"\r": Violation.BARE_CR, b"\n": Violation.BARE_LF}
_END = b"\r\n.\r\n"
_BEGINNINGS_OF_END = (b"\r\n.\r", b"\r\n.", b"\r\n", b"\r")


def find_violation(piece: bytes) -> Violation | None:
    """The first bare CR, bare LF or NUL. The piece neither begins nor ends inside a CRLF."""
    if b"\0" not in piece and ends_in_crlf_only(piece):
        return None
    match = _VIOLATION.search(piece)
    return _KINDS[match[0]] if match else None


def ends_in_crlf_only(piece: bytes) -> bool:
    return piece == piece.replace(b"\r", b"").replace(b"\n", b"\r\n")


def relined(piece: bytes) -> bytes:
    """Every LF a CRLF, and the dot after each taken as stuffed: the client that ends lines with LF stuffs after LF."""
    return piece.replace(b"\r\n", b"\n").replace(b"\n.", b"\n").replace(b"\n", b"\r\n")


class DataStream:
    """One message's way through DATA. `normalise`: bare LFs become CRLF instead of a violation (for named clients);
    the end is CRLF.CRLF for them too."""

    __slots__ = ("_held", "_normalise", "_skip", "violation")

    def __init__(self, normalise: bool = False) -> None:
        self._held = b"\r\n"  # the line before the first: the end may be the first three octets
        self._skip = 2
        self._normalise = normalise
        self.violation: Violation | None = None

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        """→ content, and how many octets of `data` it took: -1, all, and the end is yet to come."""
        chunks: list[bytes] = []
        for start in range(0, len(data), PIECE):
            piece = data if len(data) <= PIECE else data[start : start + PIECE]
            held = len(self._held)
            piece = self._held + piece
            end = piece.find(b"\r\n.")
            dots = end >= 0
            if dots and (end := piece.find(_END, end)) >= 0:
                self._take(piece[: end + 2], dots, chunks)
                return chunks, start + end + len(_END) - held
            keep = self._undecided(piece)
            self._held = piece[len(piece) - keep :]
            if keep < len(piece):
                self._take(piece[: len(piece) - keep] if keep else piece, dots, chunks)
        return chunks, -1

    def _undecided(self, piece: bytes) -> int:
        for beginning in _BEGINNINGS_OF_END:
            if piece.endswith(beginning):
                return len(beginning)
        return 1 if self._normalise and piece.endswith(b"\n") else 0

    def _take(self, piece: bytes, dots: bool, chunks: list[bytes]) -> None:
        if self.violation is not None:
            return
        if self._normalise and b"\n" in piece:
            piece = self._normalised(piece)
        else:
            self.violation = find_violation(piece)
            if dots:
                piece = piece.replace(b"\r\n.", b"\r\n")
        if self._skip:
            piece, self._skip = piece[2:], 0
        if piece and self.violation is None:
            chunks.append(piece)

    def _normalised(self, piece: bytes) -> bytes:
        piece = relined(piece)
        self.violation = find_violation(piece)
        return piece


class ChunkStream:
    """The chunks of one message's BDATs. `strict`: line ends and NUL are checked as in DATA, across chunks too; a
    BINARYMIME message is any octets (RFC 3030 §3)."""

    __slots__ = ("_after_cr", "_left", "_strict", "violation")

    def __init__(self, strict: bool = True) -> None:
        self._strict = strict
        self._left = 0
        self._after_cr = False
        self.violation: Violation | None = None

    def begin(self, size: int) -> None:
        self._left = size

    def end(self) -> None:
        """After the last chunk: a CR at the very end is bare."""
        if self._after_cr and self.violation is None:
            self.violation = Violation.BARE_CR

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        """As `DataStream.feed`."""
        taken = min(len(data), self._left)
        self._left -= taken
        piece = data if taken == len(data) else data[:taken]
        if self._strict and piece and self.violation is None:
            self._check(piece)
        chunks = [piece] if piece and self.violation is None else []
        return chunks, -1 if self._left else taken

    def _check(self, piece: bytes) -> None:
        if self._after_cr:
            piece = b"\r" + piece
        self._after_cr = piece.endswith(b"\r")
        self.violation = find_violation(piece[:-1] if self._after_cr else piece)


class Receiver:
    __slots__ = ("_at", "_buffer", "_chunks", "_line_limit", "_skipping", "_stream")

    def __init__(self, line_limit: int = LINE_LIMIT) -> None:
        self._buffer = b""
        self._at = 0
        self._line_limit = line_limit
        self._skipping = False
        self._stream: DataStream | ChunkStream | None = None
        self._chunks: ChunkStream | None = None

    def feed(self, data: bytes) -> None:
        if self._at == len(self._buffer):
            self._buffer = data
        else:
            self._buffer = self._buffer[self._at :] + data
        self._at = 0

    @property
    def waiting(self) -> int:
        """Octets fed and not yet asked for: the session stops reading when they grow."""
        return len(self._buffer) - self._at

    @property
    def violation(self) -> Violation | None:
        """Of the message that is being, or has just been, received."""
        return self._stream.violation if self._stream is not None else None

    def clear(self) -> None:
        self._buffer, self._at, self._skipping, self._stream, self._chunks = b"", 0, False, None, None

    def line(self, limit: int = 0) -> bytes | None:
        """The next line without its CRLF. `BadCommand` once for a line that is too long, or that ends in a bare LF, and
        the line after it is next. `limit` for a SASL response; a command has the one that its word allows."""
        end = self._buffer.find(b"\n", self._at)
        if end < 0:
            self._drop_overlong(limit)
            return None
        start, self._at = self._at, end + 1
        if self._skipping or end + 1 - start > self._line_limit:
            skipping, self._skipping = self._skipping, False
            if skipping or end + 1 - start > (limit or self._limit_at(start)):
                raise BadCommand(LINE_TOO_LONG)
        if self._buffer[end - 1 : end] != b"\r" or end == start:
            raise BadCommand(BAD_LINE_END)
        return self._buffer[start : end - 1]

    def _drop_overlong(self, limit: int) -> None:
        """A line without an end in sight is not kept."""
        if self._skipping or self.waiting > (limit or self._limit_at(self._at)):
            self._skipping = True
            self._buffer, self._at = b"", 0

    def _limit_at(self, start: int) -> int:
        if self._buffer[start : start + 5].upper() == b"AUTH ":
            return AUTH_LINE_LIMIT
        return self._line_limit

    def begin_data(self, normalise: bool = False) -> None:
        self._stream = DataStream(normalise)
        self._chunks = None

    def begin_chunk(self, size: int, strict: bool = True) -> None:
        """The first chunk of a message decides whether it is `strict`; `end_chunks` comes after its last."""
        if self._chunks is None:
            self._chunks = ChunkStream(strict)
        self._stream = self._chunks
        self._chunks.begin(size)

    def end_chunks(self) -> Violation | None:
        """After BDAT LAST, RSET or a refused BDAT: the next chunk begins another message."""
        chunks, self._chunks = self._chunks, None
        if chunks is None:
            return None
        chunks.end()
        return chunks.violation

    def body(self) -> Body:
        """Content that has arrived since the last call, after `begin_data` or `begin_chunk`."""
        if self._stream is None:
            raise RuntimeError("no content is expected")
        data = self._buffer if self._at == 0 else self._buffer[self._at :]
        chunks, taken = self._stream.feed(data)
        if taken < 0:
            self._buffer, self._at = b"", 0
            return Body(chunks, False)
        self._buffer, self._at = data, taken
        return Body(chunks, True)
