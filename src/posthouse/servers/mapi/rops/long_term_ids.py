"""Ids that last, and those of a logon – [MS-OXCSTOR] 3.2.5.8, 3.2.5.9. Clients that have a folder open ask through
that, too."""

from __future__ import annotations

from uuid import UUID

from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.store import (
    RopIdFromLongTermIdRequest,
    RopIdFromLongTermIdResponse,
    RopLongTermIdFromIdRequest,
    RopLongTermIdFromIdResponse,
)

from .objects import logon_through
from .processor import Call, Handler


class LongTermIdRops:
    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopLongTermIdFromIdRequest: long_term_id_from_id,
            RopIdFromLongTermIdRequest: id_from_long_term_id,
        }


async def long_term_id_from_id(call: Call, rop: RopLongTermIdFromIdRequest) -> bytes:
    """Whether such an object exists is not looked at (R945). An id of zeros is none, there as here (R1337)."""
    replicas = logon_through(call.object(rop)).replicas
    guid = await replicas.guid_of(rop.object_id.replica) if any(rop.object_id) else UUID(int=0)
    return RopLongTermIdFromIdResponse(rop.handle_index, LongTermId(guid, rop.object_id.counter)).format()


async def id_from_long_term_id(call: Call, rop: RopIdFromLongTermIdRequest) -> bytes:
    number = await logon_through(call.object(rop)).replicas.number_of(rop.long_term_id.replica)
    return RopIdFromLongTermIdResponse(rop.handle_index, ObjectId(number, rop.long_term_id.counter)).format()
