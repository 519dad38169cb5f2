"""Large uploads: one operation in several buffers of a request – [MS-OXCRPC] 3.1.4.2.1.2.1.

The last operation of a list may have more data than a buffer has room for; the buffers behind the first have the same
operation with what comes next. The server answers once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeGuard

from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.stream import RopWriteStreamExtendedRequest

PIECE = 30_000
"""Bytes in one buffer, whose payload has at most 32 KB."""
PACKED = 8 * PIECE
"""Bytes in one request: with all that is around them less than the 256 KB that servers take, also when they do not
shrink."""


def in_pieces(request: RopRequest) -> list[RopRequest]:
    """As it goes in buffers."""
    if not is_packed(request):
        return [request]
    data = request.data
    return [replace(request, data=data[begin : begin + PIECE]) for begin in range(0, len(data), PIECE)]


def is_packed(request: RopRequest) -> TypeGuard[RopWriteStreamExtendedRequest]:
    return isinstance(request, RopWriteStreamExtendedRequest) and len(request.data) > PIECE


def size_of(request: RopRequest) -> int:
    """Bytes, in all buffers together."""
    return sum(len(piece.format()) for piece in in_pieces(request))


def format_payloads(requests: Sequence[RopRequest], handles: Sequence[int]) -> list[bytes]:
    """Of a list of which the last operation may be packed."""
    pieces = in_pieces(requests[-1]) if requests else []
    first = b"".join(request.format() for request in (*requests[:-1], *pieces[:1]))
    buffers = [first, *(piece.format() for piece in pieces[1:])]
    return [RopBuffer(one, tuple(handles)).format() for one in buffers]
