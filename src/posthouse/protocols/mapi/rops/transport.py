"""Responses that stand for others – [MS-OXCROPS] 2.2.15."""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack


@dataclass(frozen=True, slots=True)
class RopBufferTooSmall:
    """2.2.15.1: there is no room for more; what was not done is sent back (R4447)."""

    size_needed: int
    request_buffers: bytes

    def format(self) -> bytes:
        return pack("<BH", 0xFF, min(self.size_needed, 0xFFFF)) + self.request_buffers


@dataclass(frozen=True, slots=True)
class RopPending:
    """2.2.14.3: there are more notifications than fit."""

    session_index: int

    def format(self) -> bytes:
        return pack("<BH", 0x6E, self.session_index)


@dataclass(frozen=True, slots=True)
class RopBackoff:
    """2.2.15.2: the client is asked to come back later, with every operation of the logon (R4515)."""

    logon_id: int
    duration: int
    """Milliseconds."""

    def format(self) -> bytes:
        return pack("<BBIBH", 0xF9, self.logon_id, self.duration, 0, 0)
