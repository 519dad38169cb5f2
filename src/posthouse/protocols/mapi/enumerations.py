"""Numbers and bits that have names in the documents, of fields that a peer may fill with any others.

What has no name is kept, for a handler may have to refuse it, but it is not remembered: a peer that goes through all
numbers would fill the memory with them.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from functools import reduce
from operator import or_
from typing import Self, TypeVar

Number = TypeVar("Number", bound=IntEnum | IntFlag)


class Choice(IntEnum):
    """One of several numbers, or one without a name."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return _nameless(cls, value) if isinstance(value, int) else None


class Flags(IntFlag):
    """A set of bits, maybe with some that have no name."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        named = reduce(or_, map(int, cls.__members__.values()), 0)
        if isinstance(value, int) and value >= 0 and value & ~named:
            return _nameless(cls, value)
        found: Self = super()._missing_(value)
        return found


def _nameless(kind: type[Number], value: int) -> Number:
    number = int.__new__(kind, value)
    number._name_, number._value_ = f"{value:#x}", value
    return number
