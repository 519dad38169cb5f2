"""RopRelease – [MS-OXCROPS] 2.2.15.3."""

from __future__ import annotations

from .base import RopRequest, rop


@rop(0x01)
class RopReleaseRequest(RopRequest):
    """It has no response."""
