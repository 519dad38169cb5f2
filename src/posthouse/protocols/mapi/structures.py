"""Binary structures, declared: a class each, its fields in the document's order, each with a codec.

    @structure                                    # [MS-OXCDATA] 2.7
    class PropertyProblem(Structure):
        index: U16
        tag: Tag
        error_code: U32

A field's annotation says what it is in Python and on the wire: `Annotated[int, Fixed("H")]`, for which `fields.py` has
short names; or it is a structure itself. Each class is compiled once into steps; fixed fields that follow one another
are one step, with one `struct`. A structure is frozen when it is whole: the type checker sees to that, and nothing does
at run time, which makes one in a third of the time. While it is read, its fields are set one after another, so that a
later field can depend on earlier ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import Field, dataclass, field, fields
from enum import IntEnum, IntFlag
from itertools import groupby
from operator import attrgetter
from struct import Struct
from sys import modules
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    Protocol,
    Self,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
)

from posthouse.model.refusals import BadSyntax

from .reader import Reader


@dataclass(frozen=True)
class Codec:
    """Of a field whose size depends on what is in it."""

    least: int
    """Bytes that it takes at least."""
    read: Callable[[Reader, Any], Any]
    """From the reader; the second argument is the structure as far as it has been read."""
    format: Callable[[Any], bytes]


class Fixed:
    """Of a field that always has the same size: one item of a `struct`, and what becomes of it."""

    def __init__(
        self, form: str, decode: Callable[[Any], Any] | None = None, encode: Callable[[Any], Any] | None = None
    ) -> None:
        self.form, self.decode, self.encode = form, decode, encode
        self.struct = Struct("<" + form)
        self.least = self.struct.size

    def read(self, reader: Reader, _: Any) -> Any:
        value = self.struct.unpack(reader.take(self.least))[0]
        return value if self.decode is None else self.decode(value)

    def read_several(self, reader: Reader, number: int) -> tuple[Any, ...]:
        """Of which there are so many bytes."""
        items = self.struct.iter_unpack(reader.take(number * self.least))
        decode = self.decode
        return tuple([item for (item,) in items] if decode is None else [decode(item) for (item,) in items])

    def format(self, value: Any) -> bytes:
        return self.struct.pack(value if self.encode is None else self.encode(value))


class Wrapper(Protocol):
    """In an annotation behind a type: makes a codec out of that of the type, or of its items."""

    def wrap(self, inner: Codec | Fixed) -> Codec: ...


class Step(Protocol):
    def read(self, reader: Reader, new: Any) -> None: ...
    def format(self, value: Any) -> bytes: ...


class Structure:
    """The base of all that are declared."""

    __slots__ = ()
    FIELDS: ClassVar[tuple[str, ...]] = ()
    STEPS: ClassVar[tuple[Step, ...]] = ()
    LEAST: ClassVar[int] = 0
    """Bytes at least."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        new = object.__new__(cls)
        for step in cls.STEPS:
            step.read(reader, new)
        return new

    def format(self) -> bytes:
        return b"".join([step.format(self) for step in self.STEPS])

    # Once for all: to have them made for each of some 350 classes would be a fifth of the time in which a hub starts.
    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.FIELDS)

    def __hash__(self) -> int:
        return hash(tuple([getattr(self, name) for name in self.FIELDS]))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.FIELDS)
        return f"{type(self).__qualname__}({shown})"


Kind = TypeVar("Kind", bound=Structure)
_COUNTS = "counts"


def count_of(name: str, *, init: Literal[False] = False) -> Any:
    """A field that is the number of items of a later one, and never given."""
    return field(init=init, metadata={_COUNTS: name})


@dataclass_transform(frozen_default=True, field_specifiers=(count_of, field))
def structure(kind: type[Kind]) -> type[Kind]:
    return declare(kind)


def declare(kind: type[Kind], constant: int | None = None) -> type[Kind]:
    """`constant`: a byte that stands before the first field."""
    _count_afterwards(kind)
    made = dataclass(slots=True, eq=False, repr=False)(kind)
    made.FIELDS = tuple(field.name for field in fields(made))  # type: ignore[arg-type]
    hints = hints_of(made)
    codecs = [(name, codec_of(hints[name])) for name in made.FIELDS]
    made.LEAST = sum(codec.least for _, codec in codecs) + (constant is not None)
    made.STEPS = tuple(_steps(made, codecs, constant))
    return made


def hints_of(kind: type) -> dict[str, Any]:
    """What is declared of the fields. (`typing.get_type_hints` would hide the names of their module from lambdas.)"""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        names = vars(modules[base.__module__])
        for name, hint in vars(base).get("__annotations__", {}).items():
            found[name] = eval(hint, names) if isinstance(hint, str) else hint
    return found


def _count_afterwards(kind: type) -> None:
    declared = {name: value.metadata for name, value in vars(kind).items() if isinstance(value, Field)}
    counts = {name: metadata[_COUNTS] for name, metadata in declared.items() if _COUNTS in metadata}

    def count(self: Any) -> None:
        for name, counted in counts.items():
            setattr(self, name, len(getattr(self, counted)))

    if counts:
        kind.__post_init__ = count  # type: ignore[attr-defined]


def codec_of(hint: Any) -> Codec | Fixed:
    """What an annotation says about the wire."""
    if get_origin(hint) is not Annotated:
        return Codec(hint.LEAST, lambda reader, _: hint.read(reader), lambda value: value.format())
    base, (first, *rest) = hint.__origin__, hint.__metadata__
    codec = _first(base, first)
    for wrapper in rest:
        codec = wrapper.wrap(codec)
    return codec


def _first(base: Any, mark: Any) -> Codec | Fixed:
    if isinstance(mark, Codec):
        return mark
    if isinstance(mark, Fixed):
        return mark if mark.decode else _numbered(base, mark)
    if get_origin(mark) is Annotated:  # Annotated[ReadFlags, U8]
        return _first(base, mark.__metadata__[0])
    wrapped: Codec = mark.wrap(codec_of(_inner(base)))
    return wrapped


def _inner(base: Any) -> Any:
    """T of tuple[T, ...] and of T | None."""
    if get_origin(base) in (tuple, Union, UnionType):
        return next(inner for inner in get_args(base) if inner not in (NoneType, ...))
    return base


def _numbered(base: Any, codec: Fixed) -> Fixed:
    if not issubclass(base, IntEnum | IntFlag):
        return codec
    known = base._value2member_map_

    def decode(number: int) -> Any:
        found = known.get(number)
        return base(number) if found is None else found

    return Fixed(codec.form, decode)


def _steps(kind: type, codecs: Iterable[tuple[str, Codec | Fixed]], constant: int | None) -> Iterable[Step]:
    for fixed, group in groupby(codecs, lambda named: isinstance(named[1], Fixed)):
        if fixed:
            yield _Run(kind, list(group), constant)  # type: ignore[arg-type]
            constant = None
        else:
            yield from (_One(kind, name, codec) for name, codec in group if isinstance(codec, Codec))


class _Run:
    """Fixed fields, one after another."""

    def __init__(self, kind: type, codecs: list[tuple[str, Fixed]], constant: int | None) -> None:
        head = [] if constant is None else [constant]
        self._head = head
        self._struct = Struct("<" + "B" * len(head) + "".join(codec.form for _, codec in codecs))
        self._sets = [(getattr(kind, name).__set__, codec.decode) for name, codec in codecs]
        self._get = attrgetter(*(name for name, _ in codecs))
        self._encodes = [(at, codec.encode) for at, (_, codec) in enumerate(codecs) if codec.encode]
        self._alone = len(codecs) == 1

    def read(self, reader: Reader, new: Any) -> None:
        at = reader.at
        reader.at = end = at + self._struct.size
        if end > reader.end:
            raise BadSyntax(f"{self._struct.size} bytes", at)
        values = self._struct.unpack_from(reader.data, at)
        for (put, decode), value in zip(self._sets, values[1:] if self._head else values, strict=True):
            put(new, value if decode is None else decode(value))

    def format(self, value: Any) -> bytes:
        got = self._get(value)
        if not self._encodes and not self._alone:
            return self._struct.pack(*self._head, *got)
        items = [got] if self._alone else list(got)
        for at, encode in self._encodes:
            items[at] = encode(items[at])
        return self._struct.pack(*self._head, *items)


class _One:
    """A field of its own size."""

    def __init__(self, kind: type, name: str, codec: Codec) -> None:
        self._put, self._get = getattr(kind, name).__set__, attrgetter(name)
        self._read, self._format = codec.read, codec.format

    def read(self, reader: Reader, new: Any) -> None:
        self._put(new, self._read(reader, new))

    def format(self, value: Any) -> bytes:
        return self._format(self._get(value))
