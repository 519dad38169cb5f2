"""What all operations have in common.

A request begins with RopId, LogonId and a handle index, a response with RopId, a handle index and ReturnValue.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from struct import pack
from typing import ClassVar

from posthouse.protocols.mapi.reader import Reader


@dataclass(frozen=True, slots=True)
class RopRequest(ABC):
    logon_id: int
    handle_index: int
    """Of the object that the operation works on; of the one that it makes for RopLogon, which works on none."""

    ROP_ID: ClassVar[int]

    @classmethod
    @abstractmethod
    def parse(cls, logon_id: int, handle_index: int, reader: Reader) -> RopRequest:
        """What follows the first three bytes."""

    def format(self) -> bytes:
        return pack("<BBB", self.ROP_ID, self.logon_id, self.handle_index) + self.format_rest()

    def format_rest(self) -> bytes:
        return b""

    @property
    def output_index(self) -> int | None:
        """Where the handle of the object that it makes will stand; None: it makes none."""
        return None

    @property
    def response_index(self) -> int:
        """The handle index of its response."""
        return self.handle_index if self.output_index is None else self.output_index


@dataclass(frozen=True, slots=True)
class RopFailure:
    """The response of an operation that failed: nothing but why."""

    rop_id: int
    handle_index: int
    return_value: int

    def format(self) -> bytes:
        return pack("<BBI", self.rop_id, self.handle_index, self.return_value)
