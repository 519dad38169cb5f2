"""From a stream of bytes to whole commands – RFC 9051 §2.2.1, §4.3, RFC 7888.

    command         = tag SP (command-any / command-auth / command-nonauth / command-select) CRLF
    tag             = 1*<any ASTRING-CHAR except "+">
    literal         = "{" number64 ["+"] "}" CRLF *CHAR8
    literal8        = "~{" number64 ["+"] "}" CRLF *OCTET

A `Receiver` is fed bytes as they come and asked for one event at a time, so that what a command changes (IDLE and
AUTHENTICATE read raw lines, STARTTLS drops what is buffered) holds for the bytes right behind it, however they came in
packets. It never looks into a line further than tag, command word and a literal's header at the end; only an APPEND or
REPLACE is parsed as soon as octets of its message are announced, for they are passed on in chunks and never gathered.

Everything is bounded: lines, literals, a whole command, and what is read past. A literal that is refused is not asked
for when it is synchronising; when not, its octets come anyway and are read past, up to a bound, after which the
connection is given up (RFC 7888 §4).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from posthouse.model.refusals import BadSyntax

from .codes import TOOBIG
from .commands.append import Append, End, MessageReader, Octets, Piece, Url
from .commands.table import COMMANDS, Row
from .events import (
    AppendEnd,
    Command,
    Continue,
    Event,
    Line,
    MessageChunk,
    MessageEnd,
    MessageLiteral,
    MessageStart,
    MessageUrl,
    Overrun,
    Rejected,
)
from .grammar import Incomplete, LiteralHeader, Parser, parse_literal_header

_TAG = re.compile(rb'([^\x00-\x20(){%*"\\\x7f-\xff+]++)(?: |\r?\n|$)')
_HEAD = re.compile(rb'([^\x00-\x20(){%*"\\\x7f-\xff+]++) ((?:UID )?[A-Z0-9_.=-]++)', re.IGNORECASE)
_LITERAL = re.compile(rb"(~?)\{([0-9]{1,19})(\+?)\}\r?\n\Z")
CARRYING = frozenset([row.name for row in COMMANDS.values() if row.carries_message])
_LONGEST_HEADER = 32
"""Octets of a line that is read past are dropped but for so many, in which the header of a literal would be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Octets. RFC 2683 §3.2.1.5 asks for lines of 8,000; clients name thousands of UIDs in one."""

    line: int = 65536
    literal: int = 65536
    """One literal that is gathered, so any but an APPEND's message."""
    command: int = 262144
    skip: int = 64 * 1024 * 1024
    """Read past, of one refused command, before the connection is given up."""
    messages: bool = True
    """Whether a message may be announced."""


BEFORE_LOGIN = Limits(line=16384, literal=4096, command=32768, skip=65536, messages=False)
"""A line holds the largest of SASL's initial responses (tickets, tokens)."""
AFTER_LOGIN = Limits()


class Receiver:
    """Cuts commands out of the stream. Assign `limits` and `utf8` as the session's state changes."""

    def __init__(self, limits: Limits = BEFORE_LOGIN, multiappend: bool = False) -> None:
        self.limits = limits
        self.multiappend = multiappend
        """Whether an APPEND may hold several messages (RFC 3502)."""
        self.utf8 = False
        """Whether mailbox names are UTF-8, as for `Parser`."""
        self.off: frozenset[str] = frozenset()
        """Extensions that are switched off, as for `Parser`."""
        self._buf = bytearray()
        self._scanned = 0
        self._step: Callable[[Receiver], Event | None] = Receiver._read_command
        self._parts: list[bytes] = []
        """Of the command that is being gathered: its lines and literals so far."""
        self._size = 0
        self._remaining = 0
        """Octets still to come of the present literal."""
        self._skipped = 0
        self._tag = b"*"
        self._name = b""
        """Of the command that carries a message."""
        self._reader: MessageReader | None = None
        """Its grammar, as long as not all of it was read."""
        self._asked_for = True
        """Whether the client sends the octets of the announced literal in any case."""
        self._ready: deque[Event] = deque()
        """What is known already of a message's pieces."""

    # what a server does
    def feed(self, data: bytes) -> None:
        self._buf += data

    def next_event(self) -> Event | None:
        """The next event, or None until more bytes are fed."""
        while True:
            if self._ready:
                return self._ready.popleft()
            step = self._step
            event = step(self)
            if event is not None or self._step is step:
                return event

    def expect_line(self) -> None:
        """The next event is a raw `Line`: DONE, or a client's part of an authentication exchange."""
        self._step = Receiver._read_raw_line

    def discard(self) -> None:
        """Refuse what is left of the command that carries a message: whatever the client sends of it is read past.
        Without one under way, nothing."""
        self._ready.clear()
        if self._reader is None:
            return
        coming = self._step is not Receiver._announced or self._asked_for
        self._forget()
        if coming:
            self._step = Receiver._skip_octets

    def clear(self) -> int:
        """Drop what was received and not yet read, and say how much it was: nothing that came in plaintext may be
        taken for a command after STARTTLS."""
        dropped = len(self._buf)
        self._buf.clear()
        self._ready.clear()
        self._forget()
        return dropped

    @property
    def buffered(self) -> int:
        """Octets fed and not yet read."""
        return len(self._buf)

    # taking from the buffer
    def _take(self, size: int) -> bytes:
        octets = bytes(self._buf[:size])
        del self._buf[:size]
        self._scanned = 0
        return octets

    def _take_line(self) -> bytes | None:
        """A line with its line end; None until it is whole. `_LineTooLong` when it is."""
        end = self._buf.find(b"\n", self._scanned)
        if end < 0:
            self._scanned = end = len(self._buf)
            if end <= self.limits.line:
                return None
        if end > self.limits.line:
            raise _LineTooLong
        return self._take(end + 1)

    def _forget(self) -> None:
        """Back to the beginning of a command."""
        self._parts.clear()
        self._size = self._skipped = 0
        self._reader = None
        self._step = Receiver._read_command

    # gathering a command
    def _read_command(self) -> Event | None:
        try:
            line = self._take_line()
            while line is not None and len(line) <= 2 and not line.strip() and not self._parts:
                line = self._take_line()  # an empty line, left over from an APPEND by some clients
        except _LineTooLong:
            return self._line_too_long()
        if line is None:
            return None
        if line[-3:-1] == b"}\r" or line[-2:-1] == b"}":
            header = _LITERAL.search(line, max(0, len(line) - _LONGEST_HEADER))
            if header is not None:
                return self._on_literal(line, parse_literal_header(header))
        text = line[:-2] if line[-2:-1] == b"\r" else line[:-1]
        if self._parts:
            text = b"".join([*self._parts, text])
            self._forget()
        head = _HEAD.match(text)
        if head is not None:
            name = head[2].upper()
            if name in CARRYING and self.limits.messages:
                self._tag = head[1]
                return self._read_pieces(COMMANDS[name], text, head.end(), None)
            return Command(head[1], name, text, head.end())
        self._find_tag(text)
        return self._reject("expected a tag and a command")

    def _on_literal(self, line: bytes, header: LiteralHeader) -> Event | None:
        if not self._parts:
            self._find_tag(line)
        self._parts.append(line)
        self._size += len(line)
        head = _HEAD.match(self._parts[0]) if self.limits.messages else None
        if head is None or head[2].upper() not in CARRYING:
            return self._gather(header)
        return self._read_pieces(COMMANDS[head[2].upper()], b"".join(self._parts), head.end(), header)

    def _gather(self, header: LiteralHeader) -> Event | None:
        limits = self.limits
        if header.size > limits.literal or self._size + header.size > limits.command:
            return self._reject("the command is too large", header, TOOBIG)
        self._remaining = header.size
        self._step = Receiver._read_literal
        return Continue() if header.synchronising else None

    def _read_literal(self) -> Event | None:
        if len(self._buf) < self._remaining:
            return None
        self._parts.append(self._take(self._remaining))
        self._size += self._remaining
        self._step = Receiver._read_command if self._reader is None else Receiver._read_after_octets
        return None

    # a message
    def _read_pieces(self, row: Row, text: bytes, start: int, header: LiteralHeader | None) -> Event | None:
        """A stretch of a command that carries a message: to the header of a literal, or to the command's end."""
        reader = self._reader
        if reader is None:
            self._name = row.name
            reader = MessageReader(row.parse, row.several and self.multiappend)
        try:
            pieces = reader.read(Parser(text, start, self.utf8, self.off))
        except Incomplete:
            return self._gather(header) if header else self._reject("expected a literal")
        except BadSyntax as error:
            return self._reject(f"expected {error.expected}", header)
        self._parts.clear()
        self._size = 0
        self._ready.extend(map(self._event_of, pieces))
        self._reader = None if header is None else reader
        if header is None:
            self._step = Receiver._read_command
        else:
            self._remaining, self._asked_for = header.size, not header.synchronising
            self._step = Receiver._announced
        return self._ready.popleft()

    def _event_of(self, piece: Piece) -> Event:
        match piece:
            case Append():
                return MessageStart(self._tag, self._name, piece)
            case Octets(header, utf8, part):
                return MessageLiteral(header, utf8, part)
            case End.MESSAGE:
                return MessageEnd()
            case End.COMMAND:
                return AppendEnd(self._tag)
            case Url(text):
                return MessageUrl(text)

    def _announced(self) -> Event | None:
        self._step = Receiver._read_octets
        return None

    def _read_octets(self) -> Event | None:
        if self._remaining == 0:
            self._step = Receiver._read_after_octets
            return None
        if not self._buf:
            return None
        chunk = self._take(min(self._remaining, len(self._buf)))
        self._remaining -= len(chunk)
        return MessageChunk(chunk)

    def _read_after_octets(self) -> Event | None:
        """The next stretch."""
        try:
            line = self._take_line()
        except _LineTooLong:
            return self._line_too_long()
        if line is None:
            return None
        found = _LITERAL.search(line, max(0, len(line) - _LONGEST_HEADER))
        header = parse_literal_header(found) if found is not None else None
        self._parts.append(line if header else line.rstrip(b"\r\n"))
        self._size += len(line)
        return self._read_pieces(COMMANDS[self._name], b"".join(self._parts), 0, header)

    # raw lines
    def _read_raw_line(self) -> Event | None:
        try:
            line = self._take_line()
        except _LineTooLong:
            return self._give_up("the line is too long")
        if line is None:
            return None
        self._step = Receiver._read_command
        return Line(line[:-2] if line[-2:-1] == b"\r" else line[:-1])

    # what cannot be read
    def _find_tag(self, text: bytes | bytearray) -> None:
        found = _TAG.match(text)
        self._tag = found[1] if found is not None else b"*"

    def _reject(self, text: str, header: LiteralHeader | None = None, code: bytes = b"") -> Event:
        self._forget()
        if header is not None and not header.synchronising:
            self._remaining = header.size
            self._step = Receiver._skip_octets
        return Rejected(self._tag, text, code)

    def _line_too_long(self) -> Event:
        if not self._parts and self._reader is None:
            self._find_tag(self._buf[:256])
        self._forget()
        self._step = Receiver._skip_line
        return Rejected(self._tag, "the line is too long", TOOBIG)

    def _give_up(self, text: str) -> Event:
        self.clear()
        self._step = Receiver._dead
        return Overrun(text, TOOBIG)

    def _skip_octets(self) -> Event | None:
        if self._skipped + self._remaining > self.limits.skip:
            return self._give_up("the command is too large")
        if self._remaining and not self._buf:
            return None
        skipped = len(self._take(min(self._remaining, len(self._buf))))
        self._skipped += skipped
        self._remaining -= skipped
        if self._remaining == 0:
            self._step = Receiver._skip_line
        return None

    def _skip_line(self) -> Event | None:
        """To the end of the line: the next command is behind it, unless a literal is."""
        end = self._buf.find(b"\n", self._scanned)
        if end < 0:
            self._skipped += len(self._take(max(0, len(self._buf) - _LONGEST_HEADER)))
            self._scanned = len(self._buf)
            if self._skipped > self.limits.skip:
                return self._give_up("the command is too large")
            return None
        line = self._take(end + 1)
        self._skipped += len(line)
        found = _LITERAL.search(line, max(0, len(line) - _LONGEST_HEADER))
        if found is None or not found[3]:
            self._forget()
            return None
        self._remaining = int(found[2])
        self._step = Receiver._skip_octets
        return None

    def _dead(self) -> Event | None:
        self._buf.clear()
        return None


class _LineTooLong(Exception):
    pass
