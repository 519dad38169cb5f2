"""A message → the tree of its MIME entities, with offsets – RFC 2046 §5.

One walk forward, never back. A delimiter line is "--" and the boundary at the start of a line (what comes behind it
does not matter, RFC 2046 §5.1.1); when the boundaries of several open multiparts fit, the longest counts, then the
innermost. Each open boundary remembers where it comes next, so every byte is searched once per level of nesting. A
multipart ends with its closing delimiter, with a delimiter of one outside it, or with the message.
"""

from __future__ import annotations

from posthouse.message.envelope import ADDRESS_FIELDS
from posthouse.message.headers import FIELD, header_end
from posthouse.message.limits import MAX_DEPTH, MAX_HEADER, MAX_JOINED, MAX_PARTS
from posthouse.message.params import Params, param, parse_content_type, parse_encoding
from posthouse.message.source import Source

Fields = dict[bytes, bytes]


class Entity:
    """One node. `end` is without the line break that belongs to the delimiter behind it."""

    __slots__ = (
        "body_start", "children", "encoding", "end", "fields", "lines", "media", "multipart", "nested", "params",
        "start", "type",
    )  # fmt: skip

    def __init__(self, start: int, body_start: int, end: int, fields: Fields) -> None:
        self.start = start
        self.body_start = body_start
        self.end = end
        self.fields = fields
        """Lower-case name → value as it is in the header."""
        self.lines = 0
        """Line ends in the body; counted for text and messages only."""
        self.media: tuple[bytes, bytes] = (b"text", b"plain")
        """Type and subtype as spelt."""
        self.type = b"text"
        """In lower case."""
        self.params: Params = []
        self.encoding = b"7bit"
        """As spelt."""
        self.multipart = False
        self.children: list[Entity] = []
        self.nested: Entity | None = None
        """The message in a message/rfc822 or message/global."""


_OPAQUE = (b"application", b"octet-stream")


def gather(header: bytes, fields: Fields) -> list[bytes]:
    """Puts the fields of a header block into `fields`; returns the raw fields in their order."""
    raws: list[bytes] = []
    for raw, name, value in FIELD.findall(header):
        key = name.lower()
        if key not in fields:
            fields[key] = value
        elif key in ADDRESS_FIELDS and len(fields[key]) < MAX_JOINED:
            fields[key] = fields[key].rstrip() + b"," + value
        raws.append(raw)
    return raws


class Walker:
    """One walk over one message: `Walker(source).walk(fields, header_size)`."""

    __slots__ = ("_at", "_full", "_needles", "_next", "_parts", "_size", "_source", "_which", "leaves")

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
        self._full = False
        self.leaves: list[Entity] = []
        """All text entities, in order."""

    def walk(self, fields: Fields, header_size: int) -> Entity:
        """The message itself, its header being read already."""
        root = Entity(0, header_size, self._size, fields)
        self._read_body(root, 0, False)
        return root

    def _find_next(self, start: int) -> None:
        which, at = -1, self._size
        for i in range(len(self._needles) - 1, -1, -1):
            found = self._next[i]
            if found < start:
                found = self._source.find(self._needles[i], start, self._size)
                self._next[i] = found = self._size if found < 0 else found
            if found < at or (found == at and which >= 0 and len(self._needles[i]) > len(self._needles[which])):
                which, at = i, found
        self._which, self._at = which, at

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
        fields: Fields = {}
        if body_start > start:
            gather(self._source[start : min(body_start, start + MAX_HEADER)], fields)
        entity = Entity(start, body_start, max(end, body_start), fields)
        self._read_body(entity, depth, in_digest)
        return entity

    def _read_body(self, entity: Entity, depth: int, in_digest: bool) -> None:
        fields = entity.fields
        value = fields.get(b"content-type")
        content = None if value is None else parse_content_type(value)
        if content is not None:
            entity.media = (content.type, content.subtype)
            entity.params = content.params
            entity.type = content.type.lower()
        elif in_digest and value is None:
            entity.media = (b"message", b"rfc822")
            entity.type = b"message"
        entity.encoding = parse_encoding(fields.get(b"content-transfer-encoding"))
        if entity.type == b"multipart":
            self._read_multipart(entity, depth)
        elif entity.type == b"message" and entity.media[1].lower() in (b"rfc822", b"global"):
            self._read_message(entity, depth)
        if entity.type == b"text":
            self.leaves.append(entity)
            entity.lines = self._source.count(b"\n", entity.body_start, entity.end)

    def _read_multipart(self, entity: Entity, depth: int) -> None:
        boundary = param(entity.params, b"boundary")
        if not boundary:  # without one it is no multipart: RFC 2045 §5.2
            entity.media, entity.type, entity.params = (b"text", b"plain"), b"text", []
        elif depth >= MAX_DEPTH or self._parts >= MAX_PARTS:
            entity.media, entity.type, entity.params = _OPAQUE, b"application", []
        else:
            entity.multipart = True
            self._read_parts(entity, boundary, depth)

    def _read_parts(self, entity: Entity, boundary: bytes, depth: int) -> None:
        mine = len(self._needles)
        needle = b"\n--" + boundary
        self._needles.append(needle)
        self._next.append(-1)
        in_digest = entity.media[1].lower() == b"digest"
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
        entity.end = self._content_end(entity.body_start)

    def _stop(self) -> None:
        """Too many parts: what is left belongs to the last multiparts, unread."""
        self._next = [self._size] * len(self._next)
        self._which, self._at = -1, self._size

    def _read_message(self, entity: Entity, depth: int) -> None:
        if depth >= MAX_DEPTH or self._parts >= MAX_PARTS:
            entity.media, entity.type, entity.params = _OPAQUE, b"application", []
            return
        entity.nested = self._read_entity(entity.body_start, depth + 1, False)
        entity.end = max(self._content_end(entity.body_start), entity.nested.body_start)
        entity.lines = self._source.count(b"\n", entity.body_start, entity.end)
