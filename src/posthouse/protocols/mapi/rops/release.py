"""RopRelease – [MS-OXCROPS] 2.2.15.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from posthouse.protocols.mapi.reader import Reader

from .base import RopRequest


@dataclass(frozen=True, slots=True)
class RopReleaseRequest(RopRequest):
    """It has no response."""

    ROP_ID: ClassVar[int] = 0x01

    @classmethod
    def parse(cls, logon_id: int, handle_index: int, reader: Reader) -> RopReleaseRequest:
        return cls(logon_id, handle_index)
