"""Names of named properties – [MS-OXCDATA] 2.6.1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from struct import Struct, pack
from uuid import UUID

from posthouse.model.refusals import BadSyntax

from .reader import Reader, format_unicode

_NUMBER, _TEXT, _NONE = 0, 1, 0xFF
_NUMBERED = Struct("<16sI")


@dataclass(frozen=True, slots=True)
class PropertyName:
    """`name`: a number (LID), or a text of at most 126 UTF-16 units."""

    guid: UUID
    name: int | str

    def __hash__(self) -> int:
        """Hardly ever do two sets have the same name."""
        return hash(self.name)


def format_property_name(name: PropertyName | None) -> bytes:
    """None: the property has no name."""
    if name is None:
        return bytes([_NONE])
    if isinstance(name.name, int):
        return bytes([_NUMBER]) + name.guid.bytes_le + pack("<I", name.name)
    text = format_unicode(name.name)
    return bytes([_TEXT]) + name.guid.bytes_le + bytes([len(text)]) + text


@lru_cache(4096)
def _numbered(data: bytes) -> PropertyName:
    """Of which there are few, and they come again and again."""
    guid, number = _NUMBERED.unpack(data)
    return PropertyName(UUID(bytes_le=guid), number)


def read_property_name(reader: Reader) -> PropertyName | None:
    """BadSyntax when the size that a text announces is not its size."""
    where, kind = reader.at, reader.u8()
    if kind == _NONE:
        return None
    if kind == _NUMBER:
        return _numbered(reader.take(_NUMBERED.size))
    if kind == _TEXT:
        guid = reader.guid()
        inner = Reader(reader.take(reader.u8()))
        text = inner.unicode()
        inner.done()
        return PropertyName(guid, text)
    raise BadSyntax("a property name", where)
