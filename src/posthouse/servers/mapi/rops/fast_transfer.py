"""Operations that carry objects as streams – [MS-OXCFXICS] 3.2.5.8."""

from __future__ import annotations

from posthouse.protocols.mapi.fast_transfer.chunker import Chunk
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.fast_transfer import (
    SERVER_CHOOSES,
    RopFastTransferSourceGetBufferRequest,
    RopFastTransferSourceGetBufferResponse,
    RopTellVersionRequest,
    RopTellVersionResponse,
    TransferStatus,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.session import ServerObject
from posthouse.servers.mapi.synchronization.download import Download

from .processor import Call, Handler, More

HEAD = 15
"""Bytes of a response before its part of the stream."""
LEAST = 8 * 1024
"""Bytes of room for which another buffer is worth while."""
MOST = 0xFFFF


class FastTransferRops:
    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopFastTransferSourceGetBufferRequest: source_get_buffer,
            RopTellVersionRequest: tell_version,
        }


async def source_get_buffer(call: Call, rop: RopFastTransferSourceGetBufferRequest) -> bytes | More:
    """3.2.5.8.1.5."""
    found = call.object(rop)
    if not isinstance(found, Download):
        raise RopError(ErrorCode.ecNotSupported)
    wanted = rop.maximum_buffer_size if rop.buffer_size == SERVER_CHOOSES else rop.buffer_size
    room = min(wanted if wanted is not None else MOST, call.room - HEAD, MOST)
    if rop.buffer_size != SERVER_CHOOSES and rop.buffer_size > call.room - HEAD:
        call.require(HEAD + rop.buffer_size)
    chunk = await found.take(max(room, 0))
    response = _response(rop, chunk)
    if int(chunk.status) != TransferStatus.PARTIAL or rop.buffer_size != SERVER_CHOOSES:
        return response
    return More(response, rop, HEAD + LEAST)


def _response(rop: RopFastTransferSourceGetBufferRequest, chunk: Chunk) -> bytes:
    return RopFastTransferSourceGetBufferResponse(
        rop.handle_index,
        TransferStatus(int(chunk.status)),
        chunk.in_progress,
        chunk.total,
        0,
        chunk.data,
    ).format()


async def tell_version(call: Call, rop: RopTellVersionRequest) -> bytes:
    """3.2.5.8.1.6: of another server, whose streams are no different."""
    found: ServerObject = call.object(rop)
    if not isinstance(found, Download):
        raise RopError(ErrorCode.ecNotSupported)
    return RopTellVersionResponse(rop.handle_index).format()
