"""A stream in markers and properties, out of buffers of any size – [MS-OXCFXICS] 2.2.4.1.

What a peer announces costs nothing before it comes: a value is gathered as its bytes arrive, and of all that is
gathered there is a budget. Buffers may end anywhere, also where the document does not allow it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID

from posthouse.model.refusals import BadSyntax

from ..code_pages import CP_WINUNICODE, codec_of
from ..objects import Key
from ..property_names import PropertyName
from ..property_values import MULTIPLE, PropertyTag, PropertyType
from .markers import Marker, MetaTagIdsetGiven

_CODE_PAGE = 0x8000
_NAMED = 0x8000
_NAME_MAX = 512
"""Bytes of a name's text: twice as many as names can have elsewhere."""
_COST = 384
"""Of a property, besides the bytes of its value: what it takes to keep it."""
_VALUE_COST = 64
"""Of each of several values."""


class Property(NamedTuple):
    """propValue. Strings are text, whatever form they came in."""

    tag: PropertyTag
    """Of PropertyType.STRING for every string, PropertyType.BINARY for MetaTagIdsetGiven."""
    value: Any
    name: PropertyName | None = None

    @property
    def key(self) -> Key:
        return self.tag.id if self.name is None else self.name


Token = Marker | Property
_Wait = Generator[Token | None, None, Any]
"""Yields None where more bytes are needed, and returns what it was asked for."""


class Budget:
    """How many bytes may be gathered until something is done with them."""

    def __init__(self, limit: int) -> None:
        self._limit = self._left = limit

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise BadSyntax(f"no more than {self._limit} bytes")

    def renew(self) -> None:
        self._left = self._limit


def _fixed(form: str) -> tuple[int, Callable[[bytes], Any]]:
    struct = Struct(form)
    return struct.size, lambda data: struct.unpack(data)[0]


_FIXED: dict[int, tuple[int, Callable[[bytes], Any]]] = {
    PropertyType.NULL: (0, lambda _: None),
    PropertyType.INTEGER16: _fixed("<h"),
    PropertyType.INTEGER32: _fixed("<i"),
    PropertyType.FLOATING32: _fixed("<f"),
    PropertyType.FLOATING64: _fixed("<d"),
    PropertyType.CURRENCY: _fixed("<q"),
    PropertyType.FLOATING_TIME: _fixed("<d"),
    PropertyType.ERROR_CODE: _fixed("<I"),
    PropertyType.BOOLEAN: (2, lambda data: data != b"\0\0"),
    PropertyType.INTEGER64: _fixed("<q"),
    PropertyType.TIME: _fixed("<Q"),
    PropertyType.GUID: (16, lambda data: UUID(bytes_le=data)),
}
_NOT_MULTIPLE = frozenset({PropertyType.NULL, PropertyType.ERROR_CODE, PropertyType.BOOLEAN, PropertyType.OBJECT})
_SIZED = frozenset({PropertyType.BINARY, PropertyType.OBJECT, PropertyType.SERVER_ID})
_TEXT = frozenset({PropertyType.STRING8, PropertyType.STRING})


class Lexer:
    def __init__(self, code_page: int, budget: Budget) -> None:
        """`code_page`: of strings in 8 bits that do not tell theirs."""
        self._code_page = code_page
        self._budget = budget
        self._buffer = bytearray()
        self._at = 0
        self._between = True
        self._run = self._tokens()

    def feed(self, data: bytes) -> Iterator[Token]:
        """BadSyntax. All of them are to be taken before the next buffer comes."""
        del self._buffer[: self._at]
        self._at = 0
        self._buffer += data
        for token in self._run:
            if token is None:
                return
            yield token
        raise BadSyntax("nothing behind bad syntax")

    def done(self) -> None:
        """The stream is at its end: not within a marker or property."""
        if not self._between or self._at < len(self._buffer):
            raise BadSyntax("the rest of a property")

    def _tokens(self) -> Generator[Token | None, None, None]:
        while True:
            head = yield from self._take(4)
            self._between = False
            tag = int.from_bytes(head, "little")
            token = _MARKERS.get(tag)
            if token is None:
                token = yield from self._property(PropertyTag(tag >> 16, tag & 0xFFFF))
            self._between = True
            yield token

    def _property(self, tag: PropertyTag) -> _Wait:
        self._budget.spend(_COST)
        if tag == MetaTagIdsetGiven:
            tag = PropertyTag(tag.id, PropertyType.BINARY)  # 3.1.5.2.1
        name = (yield from self._name()) if tag.id >= _NAMED else None
        if tag.type & MULTIPLE and not tag.type & _CODE_PAGE:
            value = yield from self._several(tag.type & ~MULTIPLE)
        else:
            value = yield from self._value(tag.type)
        return Property(PropertyTag(tag.id, _plain(tag.type)), value, name)

    def _value(self, kind: int) -> _Wait:
        if kind in _FIXED:
            size, read = _FIXED[kind]
            return read((yield from self._take(size)))
        if not (kind in _SIZED or kind in _TEXT or kind & _CODE_PAGE):
            raise BadSyntax("a type of values in a stream")
        size = int.from_bytes((yield from self._take(4)), "little")
        self._budget.spend(size)
        data = yield from self._take(size)
        return data if kind in _SIZED else self._text(kind, data)

    def _several(self, kind: int) -> _Wait:
        """An announced count costs nothing, only values that have come do."""
        if kind in _NOT_MULTIPLE or not (kind in _FIXED or kind in _TEXT or kind == PropertyType.BINARY):
            raise BadSyntax("a type of several values in a stream")
        count = int.from_bytes((yield from self._take(4)), "little")
        values = []
        for _ in range(count):
            self._budget.spend(_VALUE_COST)
            values.append((yield from self._value(kind)))
        return tuple(values)

    def _text(self, kind: int, data: bytes) -> str:
        """R995: a NUL at the end is not part of it. Further ones could not be kept, half surrogates not be read."""
        if kind & _CODE_PAGE:
            code_page = kind & ~_CODE_PAGE
            encoding = "utf-16-le" if code_page == CP_WINUNICODE else codec_of(code_page)
        else:
            encoding = "utf-16-le" if kind == PropertyType.STRING else codec_of(self._code_page)
        return data.decode(encoding or "ascii", "replace").replace("\0", "")

    def _name(self) -> _Wait:
        """namedPropInfo."""
        guid = UUID(bytes_le=(yield from self._take(16)))
        kind = (yield from self._take(1))[0]
        if kind == 0:
            return PropertyName(guid, int.from_bytes((yield from self._take(4)), "little"))
        text = bytearray()
        while (unit := (yield from self._take(2))) != b"\0\0":
            text += unit
            if kind != 1 or len(text) > _NAME_MAX:
                raise BadSyntax("the name of a property")
        self._budget.spend(len(text))
        return PropertyName(guid, text.decode("utf-16-le", "replace"))

    def _take(self, size: int) -> _Wait:
        while len(self._buffer) - self._at < size:
            yield None
        start, self._at = self._at, self._at + size
        return bytes(self._buffer[start : self._at])


_MARKERS: dict[int, Token] = {marker.value: marker for marker in Marker}


def _plain(kind: int) -> int:
    """The type that the value has when it is read."""
    if kind & _CODE_PAGE or kind == PropertyType.STRING8:
        return PropertyType.STRING
    return MULTIPLE | PropertyType.STRING if kind == MULTIPLE | PropertyType.STRING8 else kind
