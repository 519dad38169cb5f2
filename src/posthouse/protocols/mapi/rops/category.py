"""Operations on tables with groups – [MS-OXCROPS] 2.2.5.16 to 2.2.5.19."""

from __future__ import annotations

from posthouse.protocols.mapi.fields import U16, U32, U64, Bytes16, Counted16, Row

from .base import RopRequest, RopResponse, rop


@rop(0x59)
class RopExpandRowRequest(RopRequest):
    """2.2.5.16."""

    max_row_count: U16
    category_id: U64


@rop(0x59)
class RopExpandRowResponse(RopResponse):
    expanded_row_count: U32
    rows: Counted16[Row]


@rop(0x5A)
class RopCollapseRowRequest(RopRequest):
    """2.2.5.17."""

    category_id: U64


@rop(0x5A)
class RopCollapseRowResponse(RopResponse):
    collapsed_row_count: U32


@rop(0x6B)
class RopGetCollapseStateRequest(RopRequest):
    """2.2.5.18."""

    row_id: U64
    row_instance_number: U32


@rop(0x6B)
class RopGetCollapseStateResponse(RopResponse):
    collapse_state: Bytes16


@rop(0x6C)
class RopSetCollapseStateRequest(RopRequest):
    """2.2.5.19."""

    collapse_state: Bytes16


@rop(0x6C)
class RopSetCollapseStateResponse(RopResponse):
    bookmark: Bytes16
