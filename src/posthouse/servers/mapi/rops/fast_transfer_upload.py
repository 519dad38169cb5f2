"""Operations by which objects come as streams – [MS-OXCFXICS] 3.2.5.8.2."""

from __future__ import annotations

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.fast_transfer import (
    DestinationCopyFlags,
    RopFastTransferDestinationConfigureRequest,
    RopFastTransferDestinationConfigureResponse,
    RopFastTransferDestinationPutBufferExtendedRequest,
    RopFastTransferDestinationPutBufferExtendedResponse,
    RopFastTransferDestinationPutBufferRequest,
    RopFastTransferDestinationPutBufferResponse,
    TransferStatus,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.fast_transfer.destination import Upload, upload_to
from posthouse.servers.mapi.people import People

from .fast_transfer import require_known
from .processor import Call, Handler

KNOWN = DestinationCopyFlags.MOVE | 0x0E
"""Bits that there are, with those that mean nothing."""
STEPS = 0, 1
"""InProgressCount, TotalStepCount: only the client knows how much there is (R3175)."""


class FastTransferUploadRops:
    """One for a worker."""

    def __init__(self, people: People) -> None:
        self._people = people

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopFastTransferDestinationConfigureRequest: self.destination_configure,
            RopFastTransferDestinationPutBufferRequest: destination_put_buffer,
            RopFastTransferDestinationPutBufferExtendedRequest: destination_put_buffer_extended,
        }

    async def destination_configure(self, call: Call, rop: RopFastTransferDestinationConfigureRequest) -> bytes:
        """3.2.5.8.2.1."""
        require_known(rop.copy_flags, KNOWN)
        upload = upload_to(call.object(rop), rop.source_operation, self._people, call.session.language)
        call.put(rop.output_handle_index, upload)
        return RopFastTransferDestinationConfigureResponse(rop.output_handle_index).format()


async def destination_put_buffer(call: Call, rop: RopFastTransferDestinationPutBufferRequest) -> bytes:
    """3.2.5.8.2.2."""
    size = await _put(call, rop, rop.transfer_data)
    return RopFastTransferDestinationPutBufferResponse(
        rop.handle_index, TransferStatus.PARTIAL, *STEPS, 0, size
    ).format()


async def destination_put_buffer_extended(call: Call, rop: RopFastTransferDestinationPutBufferExtendedRequest) -> bytes:
    """3.2.5.8.2.3."""
    size = await _put(call, rop, rop.transfer_data)
    return RopFastTransferDestinationPutBufferExtendedResponse(
        rop.handle_index, TransferStatus.PARTIAL, *STEPS, 0, size
    ).format()


async def _put(call: Call, rop: RopRequest, data: bytes) -> int:
    """How much was taken of the last buffer ([MS-OXCRPC] R1649012)."""
    found = call.object(rop)
    if not isinstance(found, Upload):
        raise RopError(ErrorCode.ecNotSupported)
    call.require(RESPONSE)
    pieces = data, *call.packed
    await found.put(b"".join(pieces))
    return len(pieces[-1])


RESPONSE = len(RopFastTransferDestinationPutBufferExtendedResponse(0).format())
