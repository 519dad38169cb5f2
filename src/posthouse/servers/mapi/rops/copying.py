"""Operations that copy from one object to another – [MS-OXCPRPT] 3.2.5.7, 3.2.5.8.

They are done when they are answered, whether or not a client would wait (R153, R178), but for a folder with all that is
in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from posthouse.database import Transaction
from posthouse.protocols.mapi.objects import Key
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.base import RopFailure, RopResponse
from posthouse.protocols.mapi.rops.property import (
    CopyFlags,
    RopCopyPropertiesNullDestinationResponse,
    RopCopyPropertiesRequest,
    RopCopyPropertiesResponse,
    RopCopyToNullDestinationResponse,
    RopCopyToRequest,
    RopCopyToResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.copying import copying_to_folder
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.folders.pieces import NO_END, Piece, do_all
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.messages.attachment import OpenAttachment
from posthouse.servers.mapi.messages.message import OpenMessage
from posthouse.servers.mapi.properties.copying import copy_to_attachment, copy_to_message
from posthouse.servers.mapi.properties.selection import Selection
from posthouse.servers.mapi.session import ServerObject
from posthouse.servers.mapi.values import columns_of

from .partial import in_pieces
from .processor import Call, Handler
from .property import problems, require_room_for_problems


class CopyingRops:
    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {RopCopyPropertiesRequest: copy_properties, RopCopyToRequest: copy_to}


async def copy_properties(call: Call, rop: RopCopyPropertiesRequest) -> bytes:
    """3.2.5.7."""
    require_room_for_problems(call, len(rop.property_tags))
    source, target = copied_object(call, rop), call.session.find(call.handle(rop.dest_handle_index))
    if target is None:
        code, index = ErrorCode.ecNullDestination, rop.dest_handle_index
        return RopCopyPropertiesNullDestinationResponse(rop.handle_index, index, return_value=code).format()
    _check(rop.copy_flags)
    if CopyFlags.MOVE in rop.copy_flags and isinstance(source, OpenFolder):
        raise RopError(ErrorCode.ecNotSupported)  # R881
    _require_another(source, target)
    columns = await columns_of(source.logon.names, rop.property_tags)
    codes = await _copy(source, target, _selection(rop.copy_flags, Selection(columns.wanted)))
    told = problems(call, zip(columns.tags, columns.keys, strict=True), codes, ErrorCode.ecNotFound)
    return RopCopyPropertiesResponse(rop.handle_index, told).format()


async def copy_to(call: Call, rop: RopCopyToRequest) -> bytes:
    """3.2.5.8."""
    require_room_for_problems(call, 0)
    source, target = copied_object(call, rop), call.session.find(call.handle(rop.dest_handle_index))
    if target is None:
        code, index = ErrorCode.ecNullDestination, rop.dest_handle_index
        return RopCopyToNullDestinationResponse(rop.handle_index, index, return_value=code).format()
    if any(isinstance(one, OpenFolder) and one.logon.mailbox.is_public for one in (source, target)):
        raise RopError(ErrorCode.ecNotSupported)  # R5070512
    _check(rop.copy_flags)
    columns = await columns_of(source.logon.names, rop.excluded_tags)
    chosen = _selection(rop.copy_flags, Selection(None, columns.wanted, sub_objects=rop.want_sub_objects))
    if isinstance(source, OpenFolder) and isinstance(target, OpenFolder):
        return await _copy_folder(call, rop, source, target, chosen)
    _require_another(source, target)
    await _copy(source, target, chosen)
    return RopCopyToResponse(rop.handle_index).format()


async def _copy_folder(
    call: Call, rop: RopCopyToRequest, source: OpenFolder, target: OpenFolder, chosen: Selection
) -> bytes:
    store = source.logon.store
    now = store.now()

    def pieces(tx: Transaction, most: int) -> list[Piece]:
        return copying_to_folder(tx, source, target, chosen, now, most).pieces

    return await in_pieces(call, rop, _copied, store, pieces, want_asynchronous=rop.want_asynchronous)


def _copied(index: int, left: bool, *, return_value: int) -> RopResponse | RopFailure:
    """What is left, was left by a client that has cancelled it: the response has no other place for that."""
    code = return_value or (ErrorCode.ecUserCancel if left else 0)
    return RopFailure(RopCopyToRequest.ROP_ID, index, code) if code else RopCopyToResponse(index)


def copied_object(call: Call, rop: RopRequest) -> OpenMessage | OpenAttachment | OpenFolder:
    """What can be copied from; ecNotSupported for anything else."""
    found = call.object(rop)
    if not isinstance(found, OpenMessage | OpenAttachment | OpenFolder):
        raise RopError(ErrorCode.ecNotSupported)
    return found


def _check(flags: CopyFlags) -> None:
    """R880, R86501: no other bits, and not both."""
    if flags & ~sum(CopyFlags) or flags == sum(CopyFlags):
        raise RopError(ErrorCode.ecInvalidParameter)


def _require_another(source: PropertyHolder, target: ServerObject) -> None:
    """ecAccessDenied for an object that would go to itself, as programs know it from Exchange; a folder with what is in
    it has an error of its own for that (R89602)."""
    if source is target:
        raise RopError(ErrorCode.ecAccessDenied)


def _selection(flags: CopyFlags, chosen: Selection) -> Selection:
    overwrites = CopyFlags.NO_OVERWRITE not in flags
    return replace(chosen, moves=CopyFlags.MOVE in flags, overwrites=overwrites)


async def _copy(source: PropertyHolder, target: ServerObject, chosen: Selection) -> Mapping[Key, ErrorCode]:
    """Between objects of one type (R508, R821)."""
    if isinstance(source, OpenMessage) and isinstance(target, OpenMessage):
        return await copy_to_message(source, target, chosen)
    if isinstance(source, OpenAttachment) and isinstance(target, OpenAttachment):
        return await copy_to_attachment(source, target, chosen)
    if isinstance(source, OpenFolder) and isinstance(target, OpenFolder):
        return await source.logon.store.write(_copy_to_folder, source, target, chosen, source.logon.store.now())
    raise RopError(ErrorCode.ecNotSupported)


def _copy_to_folder(
    tx: Transaction, source: OpenFolder, target: OpenFolder, chosen: Selection, now: int
) -> Mapping[Key, ErrorCode]:
    copying = copying_to_folder(tx, source, target, chosen, now, NO_END)
    do_all(tx, copying.pieces)
    return copying.problems
