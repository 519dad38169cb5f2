"""Uploads in several buffers of one request – [MS-OXCRPC] 3.1.4.2.1.2.1.

The last operation of the first buffer writes a stream or puts a buffer of a transfer; each buffer behind it has the
same operation once more, with what comes next. All of it is one operation with more data than one has room for.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops import RopRequest, each_rop
from posthouse.protocols.mapi.rops.fast_transfer import (
    RopFastTransferDestinationPutBufferExtendedRequest,
    RopFastTransferDestinationPutBufferRequest,
)
from posthouse.protocols.mapi.rops.stream import RopWriteStreamExtendedRequest


def packed_data(
    last: RopRequest | None, first: RopBuffer, following: Sequence[RopBuffer], public: AbstractSet[int]
) -> tuple[bytes, ...]:
    """What goes on behind the data of the last operation of the first buffer. BadSyntax."""
    return tuple(_data_in(one, last, first, public) for one in following)


def _data_in(buffer: RopBuffer, last: RopRequest | None, first: RopBuffer, public: AbstractSet[int]) -> bytes:
    rops = list(islice(each_rop(buffer.rops, public), 2))
    if len(rops) == 1:
        again = rops[0][0]
        data = _data_of(again)
        same = last is not None and type(again) is type(last) and _object(again, buffer) == _object(last, first)
        if data is not None and same:
            return data
    raise BadSyntax("the same operation on the same object", 0)


def _data_of(rop: RopRequest) -> bytes | None:
    """None: an operation that cannot be packed."""
    match rop:
        case RopWriteStreamExtendedRequest():
            return rop.data
        case RopFastTransferDestinationPutBufferRequest() | RopFastTransferDestinationPutBufferExtendedRequest():
            return rop.transfer_data
    return None


def _object(rop: RopRequest, buffer: RopBuffer) -> tuple[int, int]:
    """Its logon and its handle. BadSyntax when there is none."""
    if not rop.input_index < len(buffer.handles):
        raise BadSyntax("a handle", 0)
    return rop.logon_id, buffer.handles[rop.input_index]
