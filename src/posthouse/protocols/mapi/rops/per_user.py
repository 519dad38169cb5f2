"""What public folders keep of each user – [MS-OXCROPS] 2.2.3.10 to 2.2.3.13, [MS-OXCSTOR] 2.2.1.10 to 2.2.1.13."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.fields import U8, U16, U32, Bool8, Bytes16, Counted16, Guid, LongTerm

from .base import OfLogon, RopRequest, RopResponse, rop


@rop(0x60)
class RopGetPerUserLongTermIdsRequest(RopRequest):
    """2.2.3.10."""

    database_guid: Guid


@rop(0x60)
class RopGetPerUserLongTermIdsResponse(RopResponse):
    long_term_ids: Counted16[LongTerm]


@rop(0x61)
class RopGetPerUserGuidRequest(RopRequest):
    """2.2.3.11."""

    long_term_id: LongTerm


@rop(0x61)
class RopGetPerUserGuidResponse(RopResponse):
    database_guid: Guid


@rop(0x63)
class RopReadPerUserInformationRequest(RopRequest):
    """2.2.3.12."""

    folder_id: LongTerm
    reserved: U8
    data_offset: U32
    max_data_size: U16


@rop(0x63)
class RopReadPerUserInformationResponse(RopResponse):
    has_finished: Bool8
    data: Bytes16


def _is_beginning(rop: RopWritePerUserInformationRequest) -> bool:
    return rop.data_offset == 0


@rop(0x64)
class RopWritePerUserInformationRequest(RopRequest):
    """2.2.3.13."""

    folder_id: LongTerm
    has_finished: Bool8
    data_offset: U32
    data: Bytes16
    repl_guid: Annotated[Guid | None, OfLogon(public=False, there=_is_beginning)] = None


@rop(0x64)
class RopWritePerUserInformationResponse(RopResponse):
    """Nothing but the prefix."""
