"""Properties in the form of streams – [MS-OXCFXICS] 2.2.4.1, 3.2.5.8.1.1.

The form is that of ROP buffers ([MS-OXCDATA] 2.11.1), except that Booleans have 16 bits, strings and binary values tell
their size in 32, and a named property carries its name.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from enum import IntFlag
from struct import Struct, pack
from typing import Any, NamedTuple

from ..code_pages import codec_of
from ..objects import Key
from ..property_names import PropertyName
from ..property_rows import Typed
from ..property_values import MULTIPLE, PropertyType
from ..reader import format_unicode
from ..tags import PidTagMessageClass
from .markers import RESERVED
from .pieces import Cut, Piece, run, whole

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
_U32 = Struct("<I").pack
_BYTES = frozenset({PropertyType.BINARY, PropertyType.OBJECT})
_ONE = frozenset({*_FIXED, PropertyType.STRING, *_BYTES})
_SENT = _ONE | {MULTIPLE | kind for kind in _ONE - {PropertyType.BOOLEAN, PropertyType.OBJECT}}
"""Types of values that a stream can have: not those of errors (R1185), of rules, and PtypServerId, on which readers
choke."""


class Form(NamedTuple):
    """How the values of a property are written."""

    data: Callable[[Any], bytes]
    """All of it: propDef and value."""
    cut: Cut
    pieces: Callable[[Any], Sequence[Piece]] | None = None
    """Of one that may be large, or has several values that may be."""
    is_large: Callable[[Any], bool] = bool
    """Whether a value is told in pieces."""


class Writer:
    """For one download: it knows how the client wants its strings, and the mailbox's ids of names. How a property is
    written is found out once, for there are many of the same."""

    def __init__(self, options: SendOptions, code_page: int, id_of: Callable[[PropertyName], int | None]) -> None:
        """`code_page`: the connection's. `id_of`: None for a name that has no id; its property is left out."""
        self.id_of = id_of
        self._forms: dict[tuple[Key, int], Form] = {}
        self._encoding = codec_of(code_page) or "ascii"
        self._string, self._strings = _string_types(options)
        self._class = self._string if options & _UNICODE_ALWAYS else PropertyType.STRING8

    def properties(self, properties: Mapping[Key, Typed], leave_out: Container[Key] = ()) -> list[Piece]:
        """Of an object: without those that never leave the server, 0x6600 to 0x67FF (3.2.5.12)."""
        pieces: list[Piece] = []
        parts: list[bytes] = []
        cuts: list[Cut] = []
        forms = self._forms
        for key, typed in properties.items():
            kind, value = typed.type, typed.value
            if value is None or key in leave_out:
                continue
            form = forms.get((key, kind)) or self._learned(key, kind)
            if form.pieces is not None and form.is_large(value):
                pieces += (run(parts, cuts), *form.pieces(value))
                parts, cuts = [], []
            else:
                parts.append(form.data(value))
                cuts.append(form.cut)
        return [*pieces, run(parts, cuts)]

    def property(self, key: Key, kind: int, value: Any) -> Sequence[Piece]:
        """Of a type that can be sent."""
        return self.properties({key: Typed(kind, value)})

    def _learned(self, key: Key, kind: int) -> Form:
        form = self._forms[key, kind] = self._form(key, kind) if _is_sent(key, kind) else _NOTHING
        return form

    def _form(self, key: Key, kind: int) -> Form:
        if kind == PropertyType.STRING:
            # other servers send the class in 8 bits, which R3448 allows
            kind = self._class if key == PidTagMessageClass.id else self._string
        elif kind == MULTIPLE | PropertyType.STRING:
            kind = self._strings
        head = self._head(key, kind)
        if not head:
            return _NOTHING
        one = kind & ~MULTIPLE
        if kind in _FIXED:
            return _fixed(head, *_FIXED[kind])
        if one in _FIXED:
            return _several_fixed(head, *_FIXED[one])
        encode, step = self._encoder(one)
        return _several(head, encode, step) if kind & MULTIPLE else _sized(head, encode, step)

    def _encoder(self, kind: int) -> tuple[Callable[[Any], bytes], int]:
        """varSizeValue, and what it is cut by; R3259: strings with the NUL at their end."""
        if kind in _BYTES:
            return _as_it_is, 1
        if kind == PropertyType.STRING8:
            return lambda text: text.replace("\0", "").encode(self._encoding, "replace") + b"\0", 1
        return lambda text: format_unicode(text.replace("\0", "")), 2

    def _head(self, key: Key, kind: int) -> bytes:
        """propDef; nothing for a name without an id."""
        return _HEAD(kind, key) if isinstance(key, int) else _named_head(self.id_of(key), key, kind)


def _is_sent(key: Key, kind: int) -> bool:
    if isinstance(key, int) and (0x6600 <= key <= 0x67FF or key in RESERVED or not 0 < key < NAMED):
        return False
    return kind in _SENT


_NOTHING = Form(lambda _: b"", (0, 1))


def _as_it_is(value: bytes) -> bytes:
    return value


def _fixed(head: bytes, size: int, form: Callable[[Any], bytes]) -> Form:
    return Form(lambda value: head + form(value), (len(head) + size, 1))


def _several_fixed(head: bytes, size: int, form: Callable[[Any], bytes]) -> Form:
    return Form(lambda values: head + _U32(len(values)) + b"".join(map(form, values)), (len(head) + 4, size))


def _sized(head: bytes, encode: Callable[[Any], bytes], step: int) -> Form:
    """length, varSizeValue"""
    cut = len(head) + 4, step

    def written(value: Any) -> bytes:
        data = encode(value)
        return head + _U32(len(data)) + data

    def pieces(value: Any) -> Sequence[Piece]:
        data = encode(value)
        return whole(head + _U32(len(data))), Piece(data, 0, step)

    return Form(written, cut, pieces, lambda value: len(value) > _JOINED_MAX)


def _several(head: bytes, encode: Callable[[Any], bytes], step: int) -> Form:
    one = _sized(b"", encode, step)

    def written(values: tuple[Any, ...]) -> bytes:
        return head + _U32(0)

    def pieces(values: tuple[Any, ...]) -> Sequence[Piece]:
        return [whole(head + _U32(len(values))), *(Piece(one.data(value), *one.cut) for value in values)]

    return Form(written, (len(head) + 4, 1), pieces)


def _named_head(id_: int | None, name: PropertyName, kind: int) -> bytes:
    """namedPropInfo: unlike elsewhere the set comes first, and a text has no size."""
    if id_ is None:
        return b""
    head = _HEAD(kind, id_) + name.guid.bytes_le
    if isinstance(name.name, int):
        return head + pack("<BI", 0, name.name)
    return head + b"\1" + format_unicode(name.name)
