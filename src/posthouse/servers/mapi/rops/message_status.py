"""Whether messages are read, and marks that are no change of them – [MS-OXCMSG] 3.2.5.8 to 3.2.5.11."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from posthouse.database import Transaction
from posthouse.model.flags import Flag
from posthouse.model.refusals import MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.message_status import (
    MessageStatusFlags,
    ReadStatus,
    RopGetMessageStatusRequest,
    RopSetMessageReadFlagRequest,
    RopSetMessageReadFlagResponse,
    RopSetMessageStatusRequest,
    RopSetMessageStatusResponse,
    RopSetReadFlagsRequest,
    RopSetReadFlagsResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.deleting import whereabouts
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.going import Step
from posthouse.servers.mapi.messages.read_state import Marking, mark_unsaved, read_change
from posthouse.servers.mapi.messages.receipts import Receipts
from posthouse.store.message_status import TOLD, load_status, set_status
from posthouse.store.objects import StoredMessage, find_message

from .message import message_of
from .partial import in_steps, steps_of
from .processor import Call, Handler


class MessageStatusRops:
    """One for a worker."""

    def __init__(self, receipts: Receipts) -> None:
        self._receipts = receipts

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopSetReadFlagsRequest: self.set_read_flags,
            RopSetMessageReadFlagRequest: self.set_message_read_flag,
            RopSetMessageStatusRequest: set_message_status,
            RopGetMessageStatusRequest: get_message_status,
        }

    async def set_read_flags(self, call: Call, rop: RopSetReadFlagsRequest) -> bytes:
        """3.2.5.10. A client that does not support progress waits, whatever it asks for (R1510); one that does hears of
        it before anything else (R1513)."""
        folder, marking = _folder_of(call, rop), Marking(self._receipts, read_change(rop.read_flags))
        goes_on = rop.want_asynchronous and folder.logon.supports_progress
        steps = steps_of(replace(rop, want_asynchronous=goes_on), partial(marking.mark, folder))
        return await in_steps(call, rop, RopSetReadFlagsResponse, [_BEGIN, *steps] if goes_on else steps)

    async def set_message_read_flag(self, call: Call, rop: RopSetMessageReadFlagRequest) -> bytes:
        """3.2.5.11, of an open message."""
        message, change = message_of(call, rop), read_change(rop.read_flags)
        if message.row is None:
            mark_unsaved(message, change)
            return RopSetMessageReadFlagResponse(rop.handle_index).format()
        before = message.row.flags & Flag.SEEN
        row, status = await Marking(self._receipts, change).mark_one(message.logon, message.row)
        message.marked(row, status)
        changed = None
        if rop.client_data is not None and row.flags & Flag.SEEN != before:
            changed = ReadStatus(rop.logon_id, rop.client_data)
        return RopSetMessageReadFlagResponse(rop.handle_index, changed).format()


async def set_message_status(call: Call, rop: RopSetMessageStatusRequest) -> bytes:
    """3.2.5.8: which bits of the mask it has from now on."""
    folder, mask = _folder_of(call, rop), rop.message_status_mask & TOLD

    def write(tx: Transaction) -> int:
        row = _message_in(tx, folder, rop, Right.WRITE)
        before = load_status(tx, folder.account, row.id)
        after = before & ~mask | rop.message_status_flags & mask
        if after != before:
            set_status(tx, folder.account, row, after)
        return before

    before = MessageStatusFlags(await folder.logon.store.write(write) & TOLD)
    return RopSetMessageStatusResponse(rop.handle_index, before).format()


async def get_message_status(call: Call, rop: RopGetMessageStatusRequest) -> bytes:
    """3.2.5.9."""
    folder = _folder_of(call, rop)

    def read(tx: Transaction) -> int:
        return load_status(tx, folder.account, _message_in(tx, folder, rop, Right.READ).id)

    status = MessageStatusFlags(await folder.logon.store.read(read) & TOLD)
    return RopSetMessageStatusResponse(rop.handle_index, status).format()


async def _nothing_left() -> bool:
    return False


_BEGIN = Step(0, _nothing_left)


def _folder_of(call: Call, rop: RopRequest) -> OpenFolder:
    found = call.object(rop)
    if not isinstance(found, OpenFolder):
        raise RopError(ErrorCode.ecNullObject)
    return found


def _message_in(
    tx: Transaction,
    folder: OpenFolder,
    rop: RopSetMessageStatusRequest | RopGetMessageStatusRequest,
    needed: Right,
) -> StoredMessage:
    """Also of a search folder. ecNotFound, ecAccessDenied."""
    places = whereabouts(tx, folder.logon, folder.facts(tx), [rop.message_id], needed)
    with suppress(MessageNotFound):
        for place, messages in places.items():
            for message in messages:
                row = find_message(tx, folder.account, message)
                if row.folder == place:
                    return row
    raise RopError(ErrorCode.ecNotFound)
