"""The value of one property, piece by piece – [MS-OXCPRPT] 3.1.4.3. Memory does not grow with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.stream import (
    MORE_THAN_64_KB,
    RopCommitStreamRequest,
    RopCommitStreamResponse,
    RopOpenStreamRequest,
    RopOpenStreamResponse,
    RopReadStreamRequest,
    RopReadStreamResponse,
    RopWriteStreamExtendedRequest,
    RopWriteStreamExtendedResponse,
    RopWriteStreamRequest,
    RopWriteStreamResponse,
    StreamOpenMode,
)

from .errors import BadResponse
from .names import Link
from .packing import PACKED, PIECE
from .refs import Ref

READ = 0x38000
"""Bytes that are asked for at once: they come in several buffers of one response."""


class PropertyStream:
    """`with` releases it. What was written is the property's value when it was committed, and kept when the object was
    saved."""

    def __init__(self, link: Link, ref: Ref, size: int) -> None:
        self._link, self._ref = link, ref
        self.size = size
        """Bytes, as it was opened."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._link.session.release(self._ref)

    async def pieces(self, piece: int = READ) -> AsyncIterator[bytes]:
        """From here to the end. `piece`: bytes of one, about."""
        while True:
            responses = await self._link.session.get_all(
                lambda at: RopReadStreamRequest(0, at(self._ref), MORE_THAN_64_KB, piece), RopReadStreamResponse
            )
            data = b"".join(response.data for response in responses)
            if not data:
                return
            yield data

    async def read(self) -> bytes:
        """All that is left."""
        return b"".join([piece async for piece in self.pieces()])

    async def write(self, data: bytes) -> None:
        """In requests of 240 KB, where the server takes them, otherwise of 30."""
        size = PACKED if self._link.session.takes_packed_streams else PIECE
        for begin in range(0, len(data), size):
            piece = data[begin : begin + size]
            written = await self._write(piece)
            if written != len(piece):
                raise BadResponse(f"{written} of {len(piece)} bytes were written")

    async def _write(self, piece: bytes) -> int:
        session = self._link.session
        if len(piece) > PIECE:
            packed = await session.get(
                lambda at: RopWriteStreamExtendedRequest(0, at(self._ref), piece), RopWriteStreamExtendedResponse
            )
            return packed.written_size
        response = await session.get(lambda at: RopWriteStreamRequest(0, at(self._ref), piece), RopWriteStreamResponse)
        return response.written_size

    async def commit(self) -> None:
        await self._link.session.get(lambda at: RopCommitStreamRequest(0, at(self._ref)), RopCommitStreamResponse)


async def open_stream(link: Link, holder: Ref, tag: PropertyTag, mode: StreamOpenMode) -> PropertyStream:
    ref = Ref()
    response = await link.session.get(
        lambda at: RopOpenStreamRequest(0, at(holder), at(ref), tag, mode), RopOpenStreamResponse
    )
    return PropertyStream(link, ref, response.stream_size)
