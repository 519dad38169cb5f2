"""RopRelease – [MS-OXCROPS] 3.2.5.3."""

from __future__ import annotations

from contextlib import suppress

from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.servers.mapi.errors import RopError
from posthouse.servers.mapi.logon import Logon

from .processor import Call


async def release(call: Call, rop: RopReleaseRequest) -> bytes:
    """It never fails and is never answered (R4572, R4573); the slot of the table stays as it was sent."""
    handle = call.handle(rop.handle_index)
    found = call.session.find(handle)
    if found is not None:
        with suppress(RopError):
            await found.finish()
    call.session.release(handle)
    if isinstance(found, Logon):
        call.session.release_logon(found.logon_id)  # R4570
    return b""
