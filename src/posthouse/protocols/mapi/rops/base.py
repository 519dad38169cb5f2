"""What all operations have in common – [MS-OXCROPS] 2.2.2.

A request begins with RopId, LogonId and a handle index, a response with RopId, a handle index and ReturnValue; what
follows is declared, class by class. `registry.py` says which class belongs to which number.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, TypeVar, dataclass_transform

from posthouse.protocols.mapi.fields import U8, U32
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.structures import Codec, Fixed, Structure, declare, structure

NULL_DESTINATION = 0x503
"""ecDstNullObject: there is nothing where things were to go."""
_WARNING = 0x0004
"""Upper half of a ReturnValue of what was done all the same."""


class RequestReader(Reader):
    """Of operations: some depend on what they are for."""

    __slots__ = ("public",)

    def __init__(self, data: bytes, public: Set[int] = frozenset()) -> None:
        super().__init__(data)
        self.public = public
        """LogonIds of public folders."""


@dataclass(frozen=True, slots=True)
class OfLogon:
    """Only there in operations on private mailboxes, or on public folders, of which this is true."""

    public: bool
    there: Callable[[Any], bool] = bool

    def wrap(self, inner: Codec | Fixed) -> Codec:
        def read(reader: Reader, so_far: Any) -> Any:
            public = isinstance(reader, RequestReader) and so_far.logon_id in reader.public
            return inner.read(reader, so_far) if public is self.public and self.there(so_far) else None

        return Codec(0, read, lambda value: b"" if value is None else inner.format(value))


class On(Enum):
    """After which ReturnValue a response has this form; a number: after that one alone."""

    SUCCESS = 0
    """0, or a warning. After all others there is nothing but a RopFailure."""
    ALWAYS = 1
    """Unless another form is for that very number."""


@structure
class RopRequest(Structure):
    ROP_ID: ClassVar[int]
    RESPONSE_ID: ClassVar[int] = 0
    """RopId of its response."""

    logon_id: U8
    handle_index: U8
    """The third byte: in most cases that of the object which the operation works on."""

    @property
    def input_index(self) -> int:
        """Of the object that it works on."""
        return getattr(self, "input_handle_index", self.handle_index)

    @property
    def output_index(self) -> int | None:
        """Where the handle of the object that it makes will stand; None: it makes none."""
        return getattr(self, "output_handle_index", None)

    @property
    def response_index(self) -> int:
        """The handle index of its response."""
        output = self.output_index
        return self.handle_index if output is None else output


@structure
class RopResponse(Structure):
    ROP_ID: ClassVar[int]
    ON: ClassVar[On | int]

    handle_index: U8
    """The response_index of the request."""
    return_value: U32 = field(default=0, kw_only=True)

    @classmethod
    def form_of(cls, reader: Reader) -> type[RopResponse]:
        """Which form it has, if its bytes alone tell."""
        return cls


@structure
class RopFailure(Structure):
    """The response of an operation that failed: nothing but why."""

    rop_id: U8
    handle_index: U8
    return_value: U32


Rop = TypeVar("Rop", bound=RopRequest | RopResponse)


@dataclass_transform(frozen_default=True)
def rop(number: int, on: On | int = On.SUCCESS) -> Callable[[type[Rop]], type[Rop]]:
    """`on`: of responses."""

    def declared(kind: type[Rop]) -> type[Rop]:
        made = declare(kind, number)
        made.ROP_ID = number
        if issubclass(made, RopResponse):
            made.ON = on
        elif not made.RESPONSE_ID:
            made.RESPONSE_ID = number
        return made

    return declared


Unasked = TypeVar("Unasked", bound=Structure)


@dataclass_transform(frozen_default=True)
def unasked(number: int) -> Callable[[type[Unasked]], type[Unasked]]:
    """Of a response without the prefix of one: nobody asked for it."""
    return lambda kind: declare(kind, number)


def succeeded(return_value: int) -> bool:
    return return_value == 0 or return_value >> 16 == _WARNING
