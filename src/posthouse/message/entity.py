"""A message → the tree of its MIME entities, with offsets – RFC 2046 §5.

One walk forward, never back. A delimiter line is "--" and the boundary at the start of a line (what comes behind it
does not matter, RFC 2046 §5.1.1); when the boundaries of several open multiparts fit, the longest counts, then the
innermost. Each open boundary remembers where it comes next, so every byte is searched once per level of nesting. A
multipart ends with its closing delimiter, with a delimiter of one outside it, or with the message.
"""

from __future__ import annotations

from functools import lru_cache

from posthouse.message.content import OPAQUE, PLAIN_TEXT, Content, Encoding, content_of, encoding_of
from posthouse.message.envelope import ADDRESS_FIELDS
from posthouse.message.headers import FIELD, header_end
from posthouse.message.limits import MAX_DEPTH, MAX_HEADER, MAX_JOINED, MAX_OPEN, MAX_PARTS
from posthouse.message.params import param
from posthouse.message.source import Source, find_delimiter

Fields = dict[bytes, bytes]


Header = tuple[Fields, Content, Encoding]
"""What a header says: lower-case name → value as it is; what the body is; how it is encoded."""


class Entity:
    """One node. `end` is without the line break that belongs to the delimiter behind it."""

    __slots__ = (
        "body_start",
        "children",
        "content",
        "encoding",
        "end",
        "fields",
        "lines",
        "multipart",
        "nested",
        "start",
    )

    def __init__(self, start: int, body_start: int, end: int, header: Header) -> None:
        self.start = start
        self.body_start = body_start
        self.end = end
        self.fields, self.content, self.encoding = header
        self.lines = 0
        """Line ends in the body; counted for text and messages only."""
        self.multipart = False
        self.children: list[Entity] = []
        self.nested: Entity | None = None
        """The message in a message/rfc822 or message/global."""


def gather(header: bytes, fields: Fields, wanted: frozenset[bytes] = frozenset()) -> list[tuple[bytes, bytes]]:
    """Puts the fields of a header block into `fields`; returns those that are wanted, in their order: lower-case
    name and field as it is."""
    found: list[tuple[bytes, bytes]] = []
    for raw, name, value in FIELD.findall(header):
        key = name.lower()
        if key in wanted:
            found.append((key, raw))
        if key not in fields:
            fields[key] = value
        elif key in ADDRESS_FIELDS and len(fields[key]) < MAX_JOINED:
            fields[key] = fields[key].rstrip() + b"," + value
    return found


def _read_header(block: bytes, in_digest: bool) -> Header:
    fields: Fields = {}
    gather(block, fields)
    return _understand(fields, in_digest)


def _understand(fields: Fields, in_digest: bool) -> Header:
    content = content_of(fields.get(b"content-type"), in_digest)
    return fields, content, encoding_of(fields.get(b"content-transfer-encoding"))


_SHORT = 120
_remembered = lru_cache(maxsize=1024)(_read_header)
"""The headers of text parts are all alike. Nobody changes a header that was read."""


class Walker:
    """One walk over one message: `Walker(source).walk(fields, header_size)`."""

    __slots__ = ("_at", "_needles", "_next", "_parts", "_size", "_source", "_which", "leaves")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._size = len(source)
        self._needles: list[bytes] = []
        self._next: list[int] = []
        self._which = -1
        """The boundary whose delimiter is next, as index in `_needles`; -1: none, the message ends before."""
        self._at = self._size
        """Where that is: the line feed before it."""
        self._parts = 0
        self.leaves: list[Entity] = []
        """All text entities, in order."""

    def walk(self, fields: Fields, header_size: int) -> Entity:
        """The message itself, its header being read already."""
        root = Entity(0, header_size, self._size, _understand(fields, False))
        self._read_body(root, 0)
        return root

    def _find_next(self, start: int) -> None:
        which, at = -1, self._size
        for i in range(len(self._needles) - 1, -1, -1):
            found = self._next[i]
            if found < start:
                found = self._search(self._needles[i], start)
                self._next[i] = found = self._size if found < 0 else found
            if found < at or (found == at and which >= 0 and len(self._needles[i]) > len(self._needles[which])):
                which, at = i, found
        self._which, self._at = which, at

    def _search(self, needle: bytes, start: int) -> int:
        source = self._source
        if isinstance(source, bytes):
            return find_delimiter(source, needle, start, self._size)
        return source.find(needle, start, self._size)

    def _content_end(self, start: int) -> int:
        """Where content that began at `start` ends, given what is next."""
        at = self._at
        if self._which >= 0 and at > start and self._source[at - 1 : at] == b"\r":
            at -= 1
        return max(at, start)

    def _read_entity(self, start: int, depth: int, in_digest: bool) -> Entity:
        """Leaves `_which` and `_at` at the delimiter that ended it."""
        self._parts += 1
        self._find_next(start - 1)
        end = self._content_end(start)
        body_start = header_end(self._source, start, min(self._at + 1, self._size))
        if body_start < 0:
            body_start = end
        block = self._source[start : min(body_start, start + MAX_HEADER)]
        header = (_remembered if len(block) <= _SHORT else _read_header)(block, in_digest)
        entity = Entity(start, body_start, max(end, body_start), header)
        self._read_body(entity, depth)
        return entity

    def _read_body(self, entity: Entity, depth: int) -> None:
        content = entity.content
        if content.kind.startswith(b"multipart/"):
            self._read_multipart(entity, depth)
        elif content.is_message:
            self._read_message(entity, depth)
        if entity.content.is_text:
            self.leaves.append(entity)
            entity.lines = self._source.count(b"\n", entity.body_start, entity.end)

    def _read_multipart(self, entity: Entity, depth: int) -> None:
        boundary = param(entity.content.media.params, b"boundary")
        if not boundary:  # without one it is no multipart: RFC 2045 §5.2
            entity.content = PLAIN_TEXT
        elif depth >= MAX_DEPTH or len(self._needles) >= MAX_OPEN or self._parts >= MAX_PARTS:
            entity.content = OPAQUE
        else:
            entity.multipart = True
            self._read_parts(entity, boundary, depth)

    def _read_parts(self, entity: Entity, boundary: bytes, depth: int) -> None:
        mine = len(self._needles)
        needle = b"\n--" + boundary
        self._needles.append(needle)
        self._next.append(-1)
        in_digest = entity.content.kind == b"multipart/digest"
        self._find_next(entity.body_start - 1)
        while self._which == mine:
            behind = self._at + len(needle)
            if self._source[behind : behind + 2] == b"--":
                break
            if self._parts >= MAX_PARTS:
                self._stop()
                break
            line_end = self._source.find(b"\n", behind, self._size)
            start = self._size if line_end < 0 else line_end + 1
            entity.children.append(self._read_entity(start, depth + 1, in_digest))
        closed = self._which == mine
        del self._needles[mine:], self._next[mine:]
        if closed:
            self._find_next(self._at + 1)
        inside = entity.children[-1].end if entity.children else entity.body_start
        entity.end = max(self._content_end(entity.body_start), inside)

    def _stop(self) -> None:
        """Too many parts: what is left belongs to the last multiparts, unread."""
        self._next = [self._size] * len(self._next)
        self._which, self._at = -1, self._size

    def _read_message(self, entity: Entity, depth: int) -> None:
        if depth >= MAX_DEPTH or self._parts >= MAX_PARTS:
            entity.content = OPAQUE
            return
        entity.nested = self._read_entity(entity.body_start, depth + 1, False)
        entity.end = max(self._content_end(entity.body_start), entity.nested.end)
        entity.lines = self._source.count(b"\n", entity.body_start, entity.end)
