"""RopRelease – [MS-OXCROPS] 3.2.5.3."""

from __future__ import annotations

from posthouse.protocols.mapi.rops.release import RopReleaseRequest

from .processor import Call


async def release(call: Call, rop: RopReleaseRequest) -> bytes:
    """It never fails and is never answered (R4572, R4573); the slot of the table stays as it was sent."""
    call.session.release(call.handle(rop.handle_index))
    return b""
