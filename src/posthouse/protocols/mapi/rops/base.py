"""What all operations have in common – [MS-OXCROPS] 2.2.2.

A request begins with RopId, LogonId and a handle index, a response with RopId, a handle index and ReturnValue; what
follows is declared, class by class. `registry.py` says which class belongs to which number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, TypeVar, dataclass_transform

from posthouse.protocols.mapi.fields import U8, U32
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.structures import Structure, declare, structure

NULL_DESTINATION = 0x503
"""ecDstNullObject: there is nothing where things were to go."""
_WARNING = 0x0004
"""Upper half of a ReturnValue of what was done all the same."""


class On(Enum):
    """After which ReturnValue a response has this form; a number: after that one alone."""

    SUCCESS = 0
    """0, or a warning. After all others there is nothing but a RopFailure."""
    ALWAYS = 1
    """Unless another form is for that very number."""


@dataclass(frozen=True, slots=True)
class RopRequest(Structure):
    ROP_ID: ClassVar[int]

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


@dataclass(frozen=True, slots=True)
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
        return made

    return declared


Unasked = TypeVar("Unasked", bound=Structure)


@dataclass_transform(frozen_default=True)
def unasked(number: int) -> Callable[[type[Unasked]], type[Unasked]]:
    """Of a response without the prefix of one: nobody asked for it."""
    return lambda kind: declare(kind, number)


def succeeded(return_value: int) -> bool:
    return return_value == 0 or return_value >> 16 == _WARNING
