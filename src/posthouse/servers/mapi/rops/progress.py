"""RopProgress – [MS-OXCPRPT] 3.2.5.20."""

from __future__ import annotations

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.property import RopProgressRequest
from posthouse.servers.mapi.errors import ErrorCode, RopError

from .partial import SIZE, go_on
from .processor import Call, Handler


class ProgressRops:
    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {RopProgressRequest: progress}


async def progress(call: Call, rop: RopProgressRequest) -> bytes:
    """How far the operation is that goes on with this object, or its own response: it is done, or was to end (R815)."""
    call.require(SIZE)
    call.object(rop)
    going = call.session.going.get(rop.logon_id)
    if going is None or going.handle != call.handle(rop.input_index):
        raise RopError(ErrorCode.ecNotSupported)
    del call.session.going[rop.logon_id]
    if rop.want_cancel:
        return going.answer(rop.response_index, True, 0)
    return await go_on(call, going, rop.response_index, rop.logon_id)
