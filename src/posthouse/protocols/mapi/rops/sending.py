"""Operations that send messages – [MS-OXCROPS] 2.2.7, [MS-OXOMSG] 2.2.3 to 2.2.5."""

from __future__ import annotations

from struct import pack
from typing import Annotated, Any

from posthouse.protocols.mapi.compositions import When
from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.fields import FID, MID, U8, U32, Ansi, Bool8, Bytes16, Counted16, Value
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.structures import Codec

from .base import RopRequest, RopResponse, rop


class SubmitFlags(Flags):
    """[MS-OXOMSG] 2.2.3.1.1."""

    PRE_PROCESS = 0x01
    NEEDS_SPOOLER = 0x02


@rop(0x32)
class RopSubmitMessageRequest(RopRequest):
    """2.2.7.1."""

    submit_flags: Annotated[SubmitFlags, U8] = SubmitFlags(0)


@rop(0x32)
class RopSubmitMessageResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x34)
class RopAbortSubmitRequest(RopRequest):
    """2.2.7.2."""

    folder_id: FID
    message_id: MID


@rop(0x34)
class RopAbortSubmitResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x49)
class RopGetAddressTypesRequest(RopRequest):
    """2.2.7.3."""


def _read_address_types(reader: Reader, _: Any) -> tuple[bytes, ...]:
    """Their number, their size, they."""
    count = reader.u16()
    within = Reader(reader.take(reader.u16()))
    types = tuple(within.ansi() for _ in range(count))
    within.done()
    return types


def _format_address_types(types: tuple[bytes, ...]) -> bytes:
    raw = b"".join(kind + b"\0" for kind in types)
    return pack("<HH", len(types), len(raw)) + raw


@rop(0x49)
class RopGetAddressTypesResponse(RopResponse):
    address_types: Annotated[tuple[Ansi, ...], Codec(4, _read_address_types, _format_address_types)]


@rop(0x4A)
class RopTransportSendRequest(RopRequest):
    """2.2.7.6."""


def _has_properties(response: RopTransportSendResponse) -> bool:
    return not response.no_properties_returned


@rop(0x4A)
class RopTransportSendResponse(RopResponse):
    no_properties_returned: Bool8
    property_values: Annotated[Counted16[Value] | None, When(_has_properties)] = None


@rop(0x47)
class RopSetSpoolerRequest(RopRequest):
    """2.2.7.4."""


@rop(0x47)
class RopSetSpoolerResponse(RopResponse):
    """Nothing but the prefix."""


class LockState(Choice):
    """[MS-OXOMSG] 2.2.5.3.1."""

    lstLock = 0
    lstUnlock = 1
    lstFinished = 2


@rop(0x48)
class RopSpoolerLockMessageRequest(RopRequest):
    """2.2.7.5."""

    message_id: MID
    lock_state: Annotated[LockState, U8]


@rop(0x48)
class RopSpoolerLockMessageResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x51)
class RopTransportNewMailRequest(RopRequest):
    """2.2.7.7."""

    message_id: MID
    folder_id: FID
    message_class: Ansi
    message_flags: U32
    """As PidTagMessageFlags."""


@rop(0x51)
class RopTransportNewMailResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x6D)
class RopGetTransportFolderRequest(RopRequest):
    """2.2.7.8."""


@rop(0x6D)
class RopGetTransportFolderResponse(RopResponse):
    folder_id: FID


@rop(0x6F)
class RopOptionsDataRequest(RopRequest):
    """2.2.7.9."""

    address_type: Ansi
    want_win32: Bool8


def _has_help(response: RopOptionsDataResponse) -> bool:
    return bool(response.help_file)


@rop(0x6F)
class RopOptionsDataResponse(RopResponse):
    reserved: U8
    """1 (R2571)."""
    options_info: Bytes16 = b""
    help_file: Bytes16 = b""
    help_file_name: Annotated[Ansi | None, When(_has_help)] = None
