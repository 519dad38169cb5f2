"""The part table: where each section of a message is, so that BODY[1.2.MIME] is a slice – RFC 9051 §6.4.5.1.

Serialised as lines of ASCII, one a part, the message itself first:

    header_end end lines type encoding charset                              the message
    path mime_start start header_end end lines type encoding charset        a part; header_end is 0 if it is no message

A message that is neither a multipart nor a message/rfc822 has one line only: section 1 is its body.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from posthouse.message.entity import Entity
from posthouse.model.refusals import BadSyntax

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Offsets into the message. `data[part.start:part.end]` is the part's body, BODY[path]."""

    path: Path
    """Empty for the message itself."""
    mime_start: int
    """Its MIME header is `mime_start:start`."""
    start: int
    end: int
    header_end: int
    """Of a message or a message/rfc822: where the header that begins at `start` ends; 0 for other parts."""
    lines: int
    """Line ends in the body; 0 when it is neither text nor a message."""
    type: str
    """In lower case, `text/html`."""
    encoding: str
    """In lower case, `quoted-printable`."""
    charset: str
    """In lower case; empty when it is not said."""

    @property
    def size(self) -> int:
        return self.end - self.start

    @property
    def is_text(self) -> bool:
        return self.type.startswith("text/")

    @property
    def is_message(self) -> bool:
        """Whether it has HEADER and TEXT."""
        return not self.path or self.type in ("message/rfc822", "message/global")

    def section(self, name: str) -> tuple[int, int] | None:
        """`""`, `HEADER`, `TEXT` or `MIME` → offsets. None: this part has no such section."""
        if not name:
            return self.start, self.end
        if name == "MIME":
            return (self.mime_start, self.start) if self.path else None
        if not self.is_message:
            return None
        if name == "HEADER":
            return self.start, self.header_end
        return (self.header_end, self.end) if name == "TEXT" else None


class PartTable:
    """All parts of one message, in order of appearance; the message itself is the first."""

    __slots__ = ("_by_path", "parts")

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self._by_path = {part.path: part for part in parts}

    @property
    def message(self) -> Part:
        return self.parts[0]

    def find(self, path: Path) -> Part | None:
        return self._by_path.get(path)

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)


# Entities → lines
def format_parts(root: Entity) -> bytes:
    nested = root.nested
    lines = [b"%d %d %d %b" % (root.body_start, root.end, root.lines, _format_kind(root))]
    if root.multipart:
        _format_children(root, b"", lines)
    elif nested is not None:
        _format_part(root, b"1", lines)
    return b"\n".join(lines)


def _format_children(multipart: Entity, prefix: bytes, lines: list[bytes]) -> None:
    for number, child in enumerate(multipart.children, 1):
        _format_part(child, b"%b%d" % (prefix, number), lines)
    if not multipart.children:  # the empty part that the structure shows
        at = multipart.end
        lines.append(b"%b1 %d %d 0 %d 0 text/plain 7bit -" % (prefix, at, at, at))


def _format_part(entity: Entity, path: bytes, lines: list[bytes]) -> None:
    nested = entity.nested
    lines.append(
        b"%b %d %d %d %d %d %b"
        % (
            path,
            entity.start,
            entity.body_start,
            nested.body_start if nested else 0,
            entity.end,
            entity.lines,
            _format_kind(entity),
        )
    )
    if entity.multipart:
        _format_children(entity, path + b".", lines)
    elif nested is not None and nested.multipart:
        _format_children(nested, path + b".", lines)
    elif nested is not None:
        _format_part(nested, path + b".1", lines)


def _format_kind(entity: Entity) -> bytes:
    content = entity.content
    return b"%b %b %b" % (content.kind, entity.encoding.name, content.charset or b"-")


# Lines → parts
def load_parts(parts: bytes) -> PartTable:
    """What `format_parts` made."""
    try:
        return PartTable(_load(parts))
    except (ValueError, IndexError) as error:
        raise BadSyntax("part table") from error


def _load(parts: bytes) -> list[Part]:
    first, *rest = parts.decode("ascii").split("\n")
    header_end, end, lines, kind, encoding, charset = first.split(" ")
    charset = "" if charset == "-" else charset
    message = Part((), 0, 0, int(end), int(header_end), int(lines), kind, encoding, charset)
    if not rest:
        body = replace(message, path=(1,), start=message.header_end, header_end=0)
        if kind.startswith("multipart/"):
            raise BadSyntax("part table")
        return [message, body]
    return [message, *map(_load_part, rest)]


def _load_part(line: str) -> Part:
    path, mime_start, start, header_end, end, lines, kind, encoding, charset = line.split(" ")
    return Part(
        tuple(map(int, path.split("."))),
        int(mime_start),
        int(start),
        int(end),
        int(header_end),
        int(lines),
        kind,
        encoding,
        "" if charset == "-" else charset,
    )
