"""Properties in the form of streams – [MS-OXCFXICS] 2.2.4.1, 3.2.5.8.1.1.

The form is that of ROP buffers ([MS-OXCDATA] 2.11.1), except that Booleans have 16 bits, strings and binary values tell
their size in 32, and a named property carries its name.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from enum import IntFlag
from struct import Struct, pack
from typing import Any

from ..code_pages import codec_of
from ..objects import Key
from ..property_names import PropertyName
from ..property_rows import Typed
from ..property_values import MULTIPLE, PropertyType
from ..reader import format_unicode
from ..tags import PidTagMessageClass
from .markers import RESERVED
from .pieces import Piece, whole

CODE_PAGE_UNICODE = 0x84B0
"""Type of a string that tells its code page: 1200 (2.2.4.1.1.1)."""
NAMED = 0x8000
"""From here on, ids of properties stand for names."""
_JOINED_MAX = 1 << 16
"""A longer value is not copied to stand behind its head."""


class SendOptions(IntFlag):
    """2.2.3.1.1.1.1."""

    UNICODE = 0x01
    USE_CPID = 0x02
    FOR_UPLOAD = 0x03
    RECOVER_MODE = 0x04
    FORCE_UNICODE = 0x08
    PARTIAL_ITEM = 0x10


_UNICODE_ALWAYS = SendOptions.USE_CPID | SendOptions.FORCE_UNICODE


def _string_types(options: SendOptions) -> tuple[int, int]:
    """Of one string, of several: R3447 to R3459, R3782. Strings are stored in Unicode."""
    if options & SendOptions.USE_CPID:
        return CODE_PAGE_UNICODE, MULTIPLE | PropertyType.STRING  # there is no code page type for several
    kind = PropertyType.STRING if options & (SendOptions.UNICODE | SendOptions.FORCE_UNICODE) else PropertyType.STRING8
    return kind, MULTIPLE | kind


def _guid(value: Any) -> bytes:
    guid: bytes = value.bytes_le
    return guid


_FIXED: dict[int, tuple[int, Callable[[Any], bytes]]] = {
    PropertyType.INTEGER16: (2, Struct("<h").pack),
    PropertyType.INTEGER32: (4, Struct("<i").pack),
    PropertyType.FLOATING32: (4, Struct("<f").pack),
    PropertyType.FLOATING64: (8, Struct("<d").pack),
    PropertyType.CURRENCY: (8, Struct("<q").pack),
    PropertyType.FLOATING_TIME: (8, Struct("<d").pack),
    PropertyType.INTEGER64: (8, Struct("<q").pack),
    PropertyType.TIME: (8, Struct("<Q").pack),
    PropertyType.GUID: (16, _guid),
    PropertyType.BOOLEAN: (2, Struct("<H").pack),
}
_HEAD = Struct("<HH").pack
_BYTES = frozenset({PropertyType.BINARY, PropertyType.OBJECT})
_ONE = frozenset({*_FIXED, PropertyType.STRING, *_BYTES})
_SENT = _ONE | {MULTIPLE | kind for kind in _ONE - {PropertyType.BOOLEAN, PropertyType.OBJECT}}
"""Types of values that a stream can have: not those of errors (R1185), of rules, and PtypServerId, on which readers
choke."""


class Writer:
    """For one download: it knows how the client wants its strings, and the mailbox's ids of names."""

    def __init__(self, options: SendOptions, code_page: int, id_of: Callable[[PropertyName], int | None]) -> None:
        """`code_page`: the connection's. `id_of`: None for a name that has no id; its property is left out."""
        self.id_of = id_of
        self._heads: dict[tuple[PropertyName, int], bytes] = {}
        self._encoding = codec_of(code_page) or "ascii"
        self._string, self._strings = _string_types(options)
        self._class = self._string if options & _UNICODE_ALWAYS else PropertyType.STRING8

    def properties(self, properties: Mapping[Key, Typed], leave_out: Container[Key] = ()) -> Iterator[Piece]:
        """Of an object: without those that never leave the server, 0x6600 to 0x67FF (3.2.5.12)."""
        for key, typed in properties.items():
            kind, value = typed.type, typed.value
            if kind not in _SENT or value is None or key in leave_out:
                continue
            if isinstance(key, int) and (0x6600 <= key <= 0x67FF or key in RESERVED or not 0 < key < NAMED):
                continue
            yield from self.property(key, kind, value)

    def property(self, key: Key, kind: int, value: Any) -> Iterable[Piece]:
        """Of a type that can be sent."""
        if kind == PropertyType.STRING:
            # other servers send the class in 8 bits, which R3448 allows
            kind = self._class if key == PidTagMessageClass.id else self._string
        elif kind == MULTIPLE | PropertyType.STRING:
            kind = self._strings
        head = self._head(key, kind)
        if not head:
            return ()
        if kind in _FIXED:
            return (whole(head + _FIXED[kind][1](value)),)
        return self._several(head, kind & ~MULTIPLE, value) if kind & MULTIPLE else self._sized(head, kind, value)

    def _several(self, head: bytes, kind: int, values: tuple[Any, ...]) -> Iterator[Piece]:
        head += pack("<I", len(values))
        if kind in _FIXED:
            size, form = _FIXED[kind]
            yield Piece(head + b"".join(map(form, values)), len(head), size)
            return
        yield whole(head)
        for value in values:
            yield from self._sized(b"", kind, value)

    def _sized(self, head: bytes, kind: int, value: Any) -> Iterable[Piece]:
        """length, varSizeValue; R3259: strings with the NUL at their end."""
        step = 1
        if kind == PropertyType.STRING8:
            value = value.replace("\0", "").encode(self._encoding, "replace") + b"\0"
        elif kind not in _BYTES:
            value, step = format_unicode(value.replace("\0", "")), 2
        head += pack("<I", len(value))
        if len(value) > _JOINED_MAX:
            return whole(head), Piece(value, 0, step)
        return (Piece(head + value, len(head), step),)

    def _head(self, key: Key, kind: int) -> bytes:
        """propDef; nothing for a name without an id."""
        if isinstance(key, int):
            return _HEAD(kind, key)
        known = self._heads.get((key, kind))
        if known is None:
            known = self._heads[key, kind] = _named_head(self.id_of(key), key, kind)
        return known


def _named_head(id_: int | None, name: PropertyName, kind: int) -> bytes:
    """namedPropInfo: unlike elsewhere the set comes first, and a text has no size."""
    if id_ is None:
        return b""
    head = _HEAD(kind, id_) + name.guid.bytes_le
    if isinstance(name.name, int):
        return head + pack("<BI", 0, name.name)
    return head + b"\1" + format_unicode(name.name)
