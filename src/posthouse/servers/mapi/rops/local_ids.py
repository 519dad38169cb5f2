"""Ids that clients give to what they make by themselves – [MS-OXCFXICS] 3.2.5.9.4.7, 3.2.5.9.4.8."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.rights import Right
from posthouse.protocols.mapi.rops.synchronization import (
    RopGetLocalReplicaIdsRequest,
    RopGetLocalReplicaIdsResponse,
    RopSetLocalReplicaMidsetDeletedRequest,
    RopSetLocalReplicaMidsetDeletedResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.synchronization.absent import note_unused
from posthouse.store.accounts import lock_account
from posthouse.store.object_changes import take_ids

from .logon import logon_of
from .objects import as_folder
from .processor import Call

MAX_IDS = 0x10000
"""That a client may have at once."""
SPARE = 0x10
"""More than were asked for: there are clients that count a little too far, and with Exchange nobody minds."""


async def get_local_replica_ids(call: Call, rop: RopGetLocalReplicaIdsRequest) -> bytes:
    """3.2.5.9.4.7: nobody else gets them, whether the client uses them or not."""
    logon = logon_of(call, rop)
    if not 0 < rop.id_count <= MAX_IDS:
        raise RopError(ErrorCode.ecInvalidParameter)
    if logon.mailbox.stranger:
        raise RopError(ErrorCode.ecAccessDenied)
    first = await logon.store.write(take_ids, logon.mailbox.account, rop.id_count + SPARE)
    return RopGetLocalReplicaIdsResponse(rop.handle_index, logon.mailbox.replica_guid, first).format()


async def set_local_replica_midset_deleted(call: Call, rop: RopSetLocalReplicaMidsetDeletedRequest) -> bytes:
    """3.2.5.9.4.8: no message comes under these ids. Of whoever may not delete any there it is not taken."""
    folder = as_folder(call.object(rop))
    for one in rop.long_term_id_ranges:
        low, high = one.min_long_term_id, one.max_long_term_id
        if low.replica != high.replica or low.counter > high.counter:
            raise RopError(ErrorCode.ecInvalidParameter)

    def note(tx: Transaction) -> None:
        lock_account(tx, folder.account)
        if folder.facts(tx).rights & Right.DELETE_MESSAGES:
            note_unused(tx, folder.logon, folder.folder, rop.long_term_id_ranges)

    await folder.logon.store.write(note)
    return RopSetLocalReplicaMidsetDeletedResponse(rop.handle_index).format()
