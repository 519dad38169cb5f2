"""8-bit content → 7-bit content, for a next hop without 8BITMIME – RFC 6152 §3, RFC 2045 §6.

Each part whose body has octets above 127, NUL or an over-long line gets quoted-printable (text) or base64 (anything
else) and a Content-Transfer-Encoding field that says so; every other byte stays. A signature over the content does not
survive, which is why this happens only where the next hop leaves no choice.

First what is to change is found, then the new content is made piece by piece as it is sent: memory does not grow with
the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from posthouse.message.derive import derive
from posthouse.message.encode import LINE_BYTES, base64_lines, quoted_printable
from posthouse.message.headers import iter_fields
from posthouse.message.limits import MAX_HEADER
from posthouse.message.parts import Part, PartTable, load_parts
from posthouse.message.source import Data, Source, source_of

PIECE = LINE_BYTES * 4096

_LONG_LINE = re.compile(rb"^[^\n]{998}[^\r\n]", re.M)
_FIELD = b"content-transfer-encoding"
_CONTAINER = re.compile(rb"^(content-transfer-encoding:[ \t]*)(8bit|binary)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_MULTIPART = re.compile(rb"^content-type[ \t]*:\s*multipart/", re.IGNORECASE | re.MULTILINE).search
"""A multipart without a boundary is read as plain text, but must not be encoded as such."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """Instead of `start:body` stands this header, and `body:end` goes through `encode`."""

    start: int
    body: int
    end: int
    header: bytes
    encode: Callable[[Iterator[bytes]], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Converted:
    """The 7-bit content, made anew each time it is read."""

    source: Source
    edits: tuple[_Edit, ...]

    def pieces(self) -> Iterator[bytes]:
        done = 0
        for edit in self.edits:
            yield from _pieces(self.source, done, edit.start)
            yield edit.header
            yield from edit.encode(_pieces(self.source, edit.body, edit.end))
            done = edit.end
        yield from _pieces(self.source, done, len(self.source))


def to_7bit(data: Data) -> Converted | None:
    """None when it can't be done: a header field is not 7-bit, a part says that it is encoded and isn't, or it must not
    be encoded as a whole (RFC 2045 §6.4)."""
    source, table = source_of(data), load_parts(derive(data).parts)
    bodies = {part.start: part for part in _leaves(table) if _needs_change(_pieces(source, part.start, part.end))}
    edits: list[_Edit] = []
    for start, end in _headers(table):
        edit = _edit(source, start, end, bodies.get(end))
        if edit is None:
            return None
        edits.append(edit)
    converted = Converted(source, tuple(edits))
    return converted if all(piece.isascii() for piece in converted.pieces()) else None


def _leaves(table: PartTable) -> list[Part]:
    parents = {part.path[:-1] for part in table}
    single = len(table) == 2 and table.parts[1].path == (1,) and not table.message.type.startswith("multipart/")
    if single:
        return [table.parts[1]]
    return [part for part in table if part.path and part.path not in parents]


def _headers(table: PartTable) -> list[tuple[int, int]]:
    """Of the message, of each part, and of each message in it: where they are, in order."""
    mime = {(part.mime_start, part.start) for part in table if part.path}
    own = {(part.start, part.header_end) for part in table if part.header_end}
    return sorted(mime | own)


def _edit(source: Source, start: int, end: int, body: Part | None) -> _Edit | None:
    """What becomes of the header at `start:end`, and of the body behind it that needs a change."""
    if end - start > MAX_HEADER:  # not looked into
        return None if body else _Edit(start, start, end, b"", iter)
    header = source[start:end]
    if body is None:  # what said 8bit holds 7bit now (RFC 2045 §6.4)
        return _Edit(start, end, end, _CONTAINER.sub(rb"\g<1>7bit\r", header), iter)
    if body.encoding not in ("7bit", "8bit", "binary") or body.type.startswith("message/") or _MULTIPART(header):
        return None
    name, encode = (b"quoted-printable", _quoted_printable) if body.is_text else (b"base64", _base64)
    return _Edit(start, end, body.end, _with_encoding(header, name), encode)


def _pieces(source: Source, start: int, end: int) -> Iterator[bytes]:
    """Whole lines, where they are not too long; never cut between CR and LF."""
    while start < end:
        piece = source[start : min(start + PIECE, end)]
        if start + len(piece) < end:
            lines = piece.rfind(b"\n") + 1
            piece = piece[:lines] if lines else piece.removesuffix(b"\r")
        yield piece
        start += len(piece)


def _needs_change(body: Iterator[bytes]) -> bool:
    return any(not piece.isascii() or b"\0" in piece or _LONG_LINE.search(piece) for piece in body)


def _quoted_printable(body: Iterator[bytes]) -> Iterator[bytes]:
    within_line = False
    for piece in body:
        if within_line:
            yield b"=\r\n"
        yield quoted_printable(piece)
        within_line = not piece.endswith(b"\n")


def _base64(body: Iterator[bytes]) -> Iterator[bytes]:
    rest, line_end = b"", b""
    for piece in body:
        rest += piece
        whole = len(rest) - len(rest) % LINE_BYTES
        if whole:
            yield line_end + base64_lines(rest[:whole]).removesuffix(b"\r\n")
            rest, line_end = rest[whole:], b"\r\n"
    if rest:
        yield line_end + base64_lines(rest).removesuffix(b"\r\n")


def _with_encoding(header: bytes, encoding: bytes) -> bytes:
    """The header with this encoding instead of what it said, the empty line at its end kept."""
    kept = [field.raw for field in iter_fields(header) if field.name.lower() != _FIELD]
    rest = header[sum(len(field.raw) for field in iter_fields(header)) :]
    return b"".join(kept) + b"Content-Transfer-Encoding: " + encoding + b"\r\n" + (rest or b"\r\n")
