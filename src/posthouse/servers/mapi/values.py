"""Values of properties as objects keep them, as clients ask for them, and as clients send them – [MS-OXCPRPT] 3.2.5.1.

Kept are texts as texts, numbers in the width of their property, PidTagHtml as bytes in the character set that
PidTagInternetCodepage tells. What a client names by tags, objects know by keys: `Columns` has both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.code_pages import codec_of
from posthouse.protocols.mapi.objects import Key, value_of
from posthouse.protocols.mapi.property_rows import Cell, Missing, Typed
from posthouse.protocols.mapi.property_values import (
    MULTIPLE,
    PropertyTag,
    PropertyType,
    TaggedValue,
    Value,
    is_value_type,
)

from .errors import ErrorCode
from .logon import Names

WIDEST = 0xFFFF
"""Bytes of a binary value whose size stands in 16 bits; no text of so many letters fits in any response."""
FREE = 0x6600
"""Below it, a property has the type that the documents say; from here on, who uses it says ([MS-OXPROPS] 1.3.3)."""
UTF_8 = 65001

_WIDTHS = {PropertyType.INTEGER16: 16, PropertyType.INTEGER32: 32, PropertyType.INTEGER64: 64}
_TEXTS = (PropertyType.STRING, PropertyType.STRING8)
_NO_VALUES = (PropertyType.UNSPECIFIED, PropertyType.NULL, PropertyType.ERROR_CODE, PropertyType.OBJECT)
"""Types of which no client can set a value."""
_TYPES: dict[int, set[int]] = {}
for _tag in tags.NAMES:
    if _tag.id < FREE:
        _TYPES.setdefault(_tag.id, set()).add(_tag.type)

NOT_FOUND = Missing(ErrorCode.ecNotFound)
TOO_LARGE = Missing(ErrorCode.ecMemory)
"""It must be opened as a stream."""


@dataclass(frozen=True, slots=True)
class Strings:
    """How a client has its strings."""

    codec: str
    """Of those of 8 bits."""
    unicode: bool = True
    """In which form it wants those of which it leaves the type open."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Properties that a client names."""

    tags: tuple[PropertyTag, ...]
    keys: tuple[Key | None, ...]
    """As many; None: there is no name for such an id."""

    @property
    def wanted(self) -> set[Key]:
        return {key for key in self.keys if key is not None}

    def cells(self, properties: Mapping[Key, Typed], strings: Strings) -> list[Cell]:
        """One for each, in the type that it was asked in; Missing where there is no such value, or a larger one than
        any row can have."""
        return [cell_of(tag, key, properties, strings) for tag, key in zip(self.tags, self.keys, strict=True)]


async def columns_of(names: Names, asked: Sequence[PropertyTag]) -> Columns:
    return Columns(tuple(asked), tuple(await names.keys_of([tag.id for tag in asked])))


def cell_of(tag: PropertyTag, key: Key | None, properties: Mapping[Key, Typed], strings: Strings) -> Cell:
    told = None if key is None else typed_as(tag, key, properties, strings)
    if told is None:
        return NOT_FOUND
    if told.type == PropertyType.OBJECT or not _stands_in_rows(told.value):
        return TOO_LARGE
    return told if tag.type == PropertyType.UNSPECIFIED else told.value


def typed_as(tag: PropertyTag, key: Key, properties: Mapping[Key, Typed], strings: Strings) -> Typed | None:
    """One of them in the type of this tag, as `as_type`, however large it is."""
    found = properties.get(key)
    if found is None:
        return None
    if tells_utf_8(tag):
        found = _document(found, properties)
    return as_type(found, tag.type, strings)


def as_type(value: Typed, kind: int, strings: Strings) -> Typed | None:
    """A kept value in this type, PropertyType.UNSPECIFIED: in its own. None: it cannot be had in this type. A number
    that is too large for its type becomes the largest that there is."""
    if kind == PropertyType.UNSPECIFIED:
        is_text = value.type & ~MULTIPLE == PropertyType.STRING
        kind = value.type if strings.unicode or not is_text else PropertyType.STRING8 | (value.type & MULTIPLE)
    if kind == value.type:
        return value
    if kind & MULTIPLE != value.type & MULTIPLE:
        return None
    single, own = kind & ~MULTIPLE, value.type & ~MULTIPLE
    if single == PropertyType.STRING8 and own == PropertyType.STRING:
        return Typed(kind, _each(value.value, lambda text: text.encode(strings.codec, "replace")))
    if single in _WIDTHS and own in _WIDTHS:
        limit = 1 << (_WIDTHS[PropertyType(single)] - 1)
        return Typed(kind, _each(value.value, lambda number: min(max(number, -limit), limit - 1)))
    return None


def kept(sent: TaggedValue, codec: str) -> Typed | None:
    """As an object keeps what a client sends. `codec`: of its strings of 8 bits. None: a property of that id cannot
    have such a value."""
    kind, value = sent.tag.type, sent.value
    if kind in _NO_VALUES or not is_value_type(kind):
        return None
    if kind & ~MULTIPLE == PropertyType.STRING8:
        kind = PropertyType.STRING | (kind & MULTIPLE)
        value = _each(value, lambda text: text.decode(codec, "replace"))
    if sent.tag.id == tags.PidTagHtml.id and kind == PropertyType.STRING:
        return Typed(PropertyType.BINARY, str(value).encode("utf-8", "replace"))
    types = _TYPES.get(sent.tag.id)
    if types is None or kind in types:
        return Typed(kind, value)
    for wider in _WIDTHS:
        if wider in types and kind in _WIDTHS:
            return as_type(Typed(kind, value), wider, Strings(codec))
    return None


def tells_utf_8(tag: PropertyTag) -> bool:
    """Whether `kept` makes UTF-8 of it: then PidTagInternetCodepage has to tell so."""
    return tag.id == tags.PidTagHtml.id and tag.type in _TEXTS


def _document(found: Typed, properties: Mapping[Key, Typed]) -> Typed:
    """PidTagBodyHtml: the bytes of PidTagHtml as text."""
    if not isinstance(found.value, bytes):
        return found
    codec = codec_of(value_of(properties, tags.PidTagInternetCodepage, UTF_8)) or "utf-8"
    return Typed(PropertyType.STRING, found.value.decode(codec, "replace"))


def _stands_in_rows(value: Value) -> bool:
    """Whether its size can be told, and could be that of a part of a response."""
    values = value if isinstance(value, tuple) else (value,)
    return sum(len(one) for one in values if isinstance(one, str | bytes)) <= WIDEST


def _each(value: Value, change: Callable[[Any], Value]) -> Value:
    return tuple(map(change, value)) if isinstance(value, tuple) else change(value)
