"""Operations on streams – [MS-OXCPRPT] 3.2.5.11 to 3.2.5.19, 3.2.5.21 to 3.2.5.24.

Regions are not locked: a stream is seen through the handles of one session alone, and who asks for a lock must not
believe to have one (R607, R620: a server may do without; R75001, R75101: Exchange does).
"""

from __future__ import annotations

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.stream import (
    MORE_THAN_64_KB,
    RopCloneStreamRequest,
    RopCloneStreamResponse,
    RopCommitStreamRequest,
    RopCommitStreamResponse,
    RopCopyToStreamNullDestinationResponse,
    RopCopyToStreamRequest,
    RopCopyToStreamResponse,
    RopGetStreamSizeRequest,
    RopGetStreamSizeResponse,
    RopLockRegionStreamRequest,
    RopOpenStreamRequest,
    RopOpenStreamResponse,
    RopReadStreamRequest,
    RopReadStreamResponse,
    RopSeekStreamRequest,
    RopSeekStreamResponse,
    RopSetStreamSizeRequest,
    RopSetStreamSizeResponse,
    RopUnlockRegionStreamRequest,
    RopWriteAndCommitStreamRequest,
    RopWriteAndCommitStreamResponse,
    RopWriteStreamExtendedRequest,
    RopWriteStreamExtendedResponse,
    RopWriteStreamRequest,
    RopWriteStreamResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.session import ServerObject
from posthouse.servers.mapi.streams.opening import open_stream
from posthouse.servers.mapi.streams.stream import MOST, OpenStream

from .processor import Call, ExecuteFailed, Handler, More

READ_HEAD = 8
"""Bytes of a response before the data."""
LEAST = 4096
"""Bytes of data for which there must be room, if there are so many."""
WHOLE = 31 * 1024
"""The same, if the client has said how many it wants at once."""
MOST_AT_ONCE = 0xFFFF
_OPENED = 10
_COPIED = 26
"""Bytes of the largest response to a RopCopyToStream."""


class StreamRops:
    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopOpenStreamRequest: open_property,
            RopReadStreamRequest: read_stream,
            RopWriteStreamRequest: write_stream,
            RopWriteStreamExtendedRequest: write_stream_extended,
            RopWriteAndCommitStreamRequest: write_and_commit_stream,
            RopCommitStreamRequest: commit_stream,
            RopGetStreamSizeRequest: get_stream_size,
            RopSetStreamSizeRequest: set_stream_size,
            RopSeekStreamRequest: seek_stream,
            RopCopyToStreamRequest: copy_to_stream,
            RopCloneStreamRequest: clone_stream,
            RopLockRegionStreamRequest: lock_region_stream,
            RopUnlockRegionStreamRequest: unlock_region_stream,
        }


async def open_property(call: Call, rop: RopOpenStreamRequest) -> bytes:
    """3.2.5.11."""
    call.require(_OPENED)
    holder = call.object(rop)
    if not isinstance(holder, PropertyHolder):
        raise RopError(ErrorCode.ecNotSupported)  # R548
    stream = await open_stream(holder, rop.property_tag, rop.open_mode_flags, call.session.codec)
    call.put(rop.output_handle_index, stream)
    return RopOpenStreamResponse(rop.output_handle_index, stream.size).format()


async def read_stream(call: Call, rop: RopReadStreamRequest) -> bytes | More:
    """3.2.5.12: as much as is wanted, is there, and fits. What does not fit comes in further buffers.

    Unless they leave the size to us (0xBABE), programs take less than they asked for as the end of the stream: they
    get all of it or are asked for more room, as by Exchange. Only what hardly any buffer has room for comes in part."""
    if _wanted(rop) > MOST:
        raise ExecuteFailed(ErrorCode.ecRpcFormat)  # [MS-OXCROPS] R3215
    try:
        stream = stream_of(call, rop)
    except RopError as error:
        return RopReadStreamResponse(rop.handle_index, return_value=error.code).format()  # R886
    wanted = min(_wanted(rop), stream.size - stream.position)
    least = WHOLE if rop.maximum_byte_count is None else LEAST
    call.require(READ_HEAD + max(min(wanted, least), 0))
    data = stream.read(max(min(wanted, call.room - READ_HEAD, MOST_AT_ONCE), 0))
    response = RopReadStreamResponse(rop.handle_index, data).format()
    rest = wanted - len(data)
    if rest <= 0:
        return response
    following = RopReadStreamRequest(rop.logon_id, rop.handle_index, MORE_THAN_64_KB, rest)
    return More(response, following, READ_HEAD + min(rest, LEAST))


def _wanted(rop: RopReadStreamRequest) -> int:
    return rop.byte_count if rop.maximum_byte_count is None else rop.maximum_byte_count


async def write_stream(call: Call, rop: RopWriteStreamRequest) -> bytes:
    """3.2.5.13: all or nothing."""
    try:
        stream_of(call, rop).write(rop.data)
    except RopError as error:
        return RopWriteStreamResponse(rop.handle_index, return_value=error.code).format()
    return RopWriteStreamResponse(rop.handle_index, len(rop.data)).format()


async def write_stream_extended(call: Call, rop: RopWriteStreamExtendedRequest) -> bytes:
    """3.2.5.14."""
    data = b"".join((rop.data, *call.packed))
    try:
        stream_of(call, rop).write(data)
    except RopError as error:
        return RopWriteStreamExtendedResponse(rop.handle_index, return_value=error.code).format()
    return RopWriteStreamExtendedResponse(rop.handle_index, len(data)).format()


async def write_and_commit_stream(call: Call, rop: RopWriteAndCommitStreamRequest) -> bytes:
    """3.2.5.23, but for folders (R633)."""
    try:
        stream = stream_of(call, rop)
        if stream.value.holder.persists_at_once:
            raise RopError(ErrorCode.ecNotSupported)
        stream.write(rop.data)
        await stream.commit()
    except RopError as error:
        return RopWriteAndCommitStreamResponse(rop.handle_index, return_value=error.code).format()
    return RopWriteAndCommitStreamResponse(rop.handle_index, len(rop.data)).format()


async def commit_stream(call: Call, rop: RopCommitStreamRequest) -> bytes:
    """3.2.5.15."""
    await stream_of(call, rop).commit()
    return RopCommitStreamResponse(rop.handle_index).format()


async def get_stream_size(call: Call, rop: RopGetStreamSizeRequest) -> bytes:
    """3.2.5.16."""
    return RopGetStreamSizeResponse(rop.handle_index, stream_of(call, rop).size).format()


async def set_stream_size(call: Call, rop: RopSetStreamSizeRequest) -> bytes:
    """3.2.5.17."""
    stream_of(call, rop).resize(rop.stream_size)
    return RopSetStreamSizeResponse(rop.handle_index).format()


async def seek_stream(call: Call, rop: RopSeekStreamRequest) -> bytes:
    """3.2.5.18."""
    call.require(14)
    return RopSeekStreamResponse(rop.handle_index, stream_of(call, rop).seek(rop.origin, rop.offset)).format()


async def copy_to_stream(call: Call, rop: RopCopyToStreamRequest) -> bytes:
    """3.2.5.19."""
    call.require(_COPIED)
    try:
        source = stream_of(call, rop)
        found = call.session.find(call.handle(rop.dest_handle_index))
        if found is None:
            code, index = ErrorCode.ecNullDestination, rop.dest_handle_index
            return RopCopyToStreamNullDestinationResponse(rop.handle_index, index, return_value=code).format()
        target = as_stream(found)
        target.require_writable()
        before = source.position
        data = source.read(min(rop.byte_count, MOST))
        try:
            target.write(data)
        except RopError:
            source.position = before
            raise
    except RopError as error:
        return RopCopyToStreamResponse(rop.handle_index, return_value=error.code).format()
    return RopCopyToStreamResponse(rop.handle_index, len(data), len(data)).format()


async def clone_stream(call: Call, rop: RopCloneStreamRequest) -> bytes:
    """3.2.5.24."""
    call.put(rop.output_handle_index, stream_of(call, rop).clone())
    return RopCloneStreamResponse(rop.output_handle_index).format()


async def lock_region_stream(call: Call, rop: RopLockRegionStreamRequest) -> bytes:
    """3.2.5.21."""
    stream_of(call, rop)
    raise RopError(ErrorCode.ecNotImplemented)


async def unlock_region_stream(call: Call, rop: RopUnlockRegionStreamRequest) -> bytes:
    """3.2.5.22."""
    stream_of(call, rop)
    raise RopError(ErrorCode.ecNotImplemented)


def as_stream(found: ServerObject) -> OpenStream:
    if not isinstance(found, OpenStream):
        raise RopError(ErrorCode.ecNotSupported)
    return found


def stream_of(call: Call, rop: RopRequest) -> OpenStream:
    return as_stream(call.object(rop))
