"""Fields made of others: lists, parts of a given size, and what is not always there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import Any

from posthouse.model.refusals import BadSyntax

from .reader import Reader
from .structures import Codec, Fixed


def _read_items(reader: Reader, so_far: Any, inner: Codec | Fixed, number: int) -> tuple[Any, ...]:
    """A number cannot promise more than there are bytes."""
    if number * max(inner.least, 1) > reader.left:
        raise BadSyntax("as many items as announced", reader.at)
    if isinstance(inner, Fixed):
        return inner.read_several(reader, number)
    return tuple([inner.read(reader, so_far) for _ in range(number)])


def _format_items(inner: Codec | Fixed, items: tuple[Any, ...]) -> bytes:
    return b"".join([inner.format(item) for item in items])


@dataclass(frozen=True, slots=True)
class Count:
    """So many items, as a number before them says."""

    form: str

    def wrap(self, inner: Codec | Fixed) -> Codec:
        head = Struct("<" + self.form)

        def read(reader: Reader, so_far: Any) -> tuple[Any, ...]:
            return _read_items(reader, so_far, inner, head.unpack(reader.take(head.size))[0])

        return Codec(head.size, read, lambda items: head.pack(len(items)) + _format_items(inner, items))


@dataclass(frozen=True, slots=True)
class CountedBy:
    """So many items, as an earlier field says, which is a `count_of` this one."""

    field: str

    def wrap(self, inner: Codec | Fixed) -> Codec:
        def read(reader: Reader, so_far: Any) -> tuple[Any, ...]:
            return _read_items(reader, so_far, inner, getattr(so_far, self.field))

        return Codec(0, read, lambda items: _format_items(inner, items))


@dataclass(frozen=True, slots=True)
class Items:
    """Always so many items."""

    count: int

    def wrap(self, inner: Codec | Fixed) -> Codec:
        def read(reader: Reader, so_far: Any) -> tuple[Any, ...]:
            return _read_items(reader, so_far, inner, self.count)

        return Codec(self.count * inner.least, read, lambda items: _format_items(inner, items))


@dataclass(frozen=True, slots=True)
class All:
    """As many items as there are bytes for."""

    def wrap(self, inner: Codec | Fixed) -> Codec:
        def read(reader: Reader, so_far: Any) -> tuple[Any, ...]:
            items = []
            while reader.left:
                items.append(inner.read(reader, so_far))
            return tuple(items)

        return Codec(0, read, lambda items: _format_items(inner, items))


@dataclass(frozen=True, slots=True)
class Size:
    """So many bytes, as a number before them says, and nothing is left over in them."""

    form: str

    def wrap(self, inner: Codec | Fixed) -> Codec:
        head = Struct("<" + self.form)

        def read(reader: Reader, so_far: Any) -> Any:
            size = head.unpack(reader.take(head.size))[0]
            if size > reader.left:
                raise BadSyntax(f"{size} bytes", reader.at)
            end, reader.end = reader.end, reader.at + size
            value = inner.read(reader, so_far)
            reader.done()
            reader.end = end
            return value

        def format(value: Any) -> bytes:
            raw = inner.format(value)
            return head.pack(len(raw)) + raw

        return Codec(head.size + inner.least, read, format)


@dataclass(frozen=True, slots=True)
class SizeOrNone(Size):
    """None when the size is 0."""

    def wrap(self, inner: Codec | Fixed) -> Codec:
        sized = Size.wrap(self, inner)
        nothing = bytes(Struct(self.form).size)

        def read(reader: Reader, so_far: Any) -> Any:
            if reader.data.startswith(nothing, reader.at):
                reader.at += len(nothing)
                return None
            return sized.read(reader, so_far)

        return Codec(len(nothing), read, lambda value: nothing if value is None else sized.format(value))


@dataclass(frozen=True, slots=True)
class When:
    """Only there when this is true of the fields before it; otherwise it is None."""

    there: Callable[[Any], bool]

    def wrap(self, inner: Codec | Fixed) -> Codec:
        def read(reader: Reader, so_far: Any) -> Any:
            return inner.read(reader, so_far) if self.there(so_far) else None

        return Codec(0, read, lambda value: b"" if value is None else inner.format(value))


@dataclass(frozen=True, slots=True)
class Flagged:
    """A byte that is TRUE, and a value; or FALSE."""

    true: int = 1
    """As we write it; any but 0 is read as TRUE."""

    def wrap(self, inner: Codec | Fixed) -> Codec:
        def read(reader: Reader, so_far: Any) -> Any:
            return inner.read(reader, so_far) if reader.u8() else None

        return Codec(1, read, lambda value: b"\0" if value is None else bytes([self.true]) + inner.format(value))
