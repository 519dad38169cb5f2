"""Operations on tables – [MS-OXCROPS] 2.2.5, [MS-OXCTABL] 2.2.2. `bookmark.py` and `category.py` have more.

Rows are as they are on the wire: `property_rows` reads and writes them, given the columns.
"""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.compositions import CountedBy
from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.fields import (
    I32,
    U8,
    U16,
    U32,
    Bool8,
    Bytes16,
    Counted16,
    Maybe,
    Order,
    Restriction16,
    Row,
    Tag,
)
from posthouse.protocols.mapi.structures import count_of

from .base import RopRequest, RopResponse, rop


class TableStatus(Choice):
    """[MS-OXCTABL] 2.2.2.1.3."""

    TBLSTAT_COMPLETE = 0x00
    TBLSTAT_SORTING = 0x09
    TBLSTAT_SORT_ERROR = 0x0A
    TBLSTAT_SETTING_COLS = 0x0B
    TBLSTAT_SETCOL_ERROR = 0x0D
    TBLSTAT_RESTRICTING = 0x0E
    TBLSTAT_RESTRICT_ERROR = 0x0F


class AsynchronousFlags(Flags):
    """[MS-OXCTABL] 2.2.2.1.4."""

    TBL_ASYNC = 0x01


class Bookmark(Choice):
    """[MS-OXCTABL] 2.2.2.1.1, 2.2.2.1.2."""

    BOOKMARK_BEGINNING = 0
    BOOKMARK_CURRENT = 1
    BOOKMARK_END = 2
    BOOKMARK_CUSTOM = 3


@rop(0x12)
class RopSetColumnsRequest(RopRequest):
    """2.2.5.1."""

    set_columns_flags: Annotated[AsynchronousFlags, U8]
    property_tags: Counted16[Tag]


@rop(0x12)
class RopSetColumnsResponse(RopResponse):
    table_status: Annotated[TableStatus, U8] = TableStatus.TBLSTAT_COMPLETE


@rop(0x13)
class RopSortTableRequest(RopRequest):
    """2.2.5.2."""

    sort_table_flags: Annotated[AsynchronousFlags, U8]
    sort_order_count: U16 = count_of("sort_orders")
    category_count: U16
    """The first so many orders make groups."""
    expanded_count: U16
    """The first so many groups are open."""
    sort_orders: Annotated[tuple[Order, ...], CountedBy("sort_order_count")]


@rop(0x13)
class RopSortTableResponse(RopResponse):
    table_status: Annotated[TableStatus, U8] = TableStatus.TBLSTAT_COMPLETE


@rop(0x14)
class RopRestrictRequest(RopRequest):
    """2.2.5.3."""

    restrict_flags: Annotated[AsynchronousFlags, U8]
    restriction: Restriction16
    """None: all rows."""


@rop(0x14)
class RopRestrictResponse(RopResponse):
    table_status: Annotated[TableStatus, U8] = TableStatus.TBLSTAT_COMPLETE


class QueryRowsFlags(Flags):
    """[MS-OXCTABL] 2.2.2.5.1. Advance is 0."""

    NO_ADVANCE = 0x01
    ENABLE_PACKED_BUFFERS = 0x02


@rop(0x15)
class RopQueryRowsRequest(RopRequest):
    """2.2.5.4."""

    query_rows_flags: Annotated[QueryRowsFlags, U8]
    forward_read: Bool8
    row_count: U16


@rop(0x15)
class RopQueryRowsResponse(RopResponse):
    origin: Annotated[Bookmark, U8]
    rows: Counted16[Row]


@rop(0x38)
class RopAbortRequest(RopRequest):
    """2.2.5.5."""


@rop(0x38)
class RopAbortResponse(RopResponse):
    table_status: Annotated[TableStatus, U8]


@rop(0x16)
class RopGetStatusRequest(RopRequest):
    """2.2.5.6."""


@rop(0x16)
class RopGetStatusResponse(RopResponse):
    table_status: Annotated[TableStatus, U8] = TableStatus.TBLSTAT_COMPLETE


@rop(0x17)
class RopQueryPositionRequest(RopRequest):
    """2.2.5.7."""


@rop(0x17)
class RopQueryPositionResponse(RopResponse):
    numerator: U32
    denominator: U32


@rop(0x18)
class RopSeekRowRequest(RopRequest):
    """2.2.5.8."""

    origin: Annotated[Bookmark, U8]
    row_count: I32
    want_row_moved_count: Bool8


@rop(0x18)
class RopSeekRowResponse(RopResponse):
    has_sought_less: Bool8
    rows_sought: I32


@rop(0x37)
class RopQueryColumnsAllRequest(RopRequest):
    """2.2.5.12."""


@rop(0x37)
class RopQueryColumnsAllResponse(RopResponse):
    property_tags: Counted16[Tag]


class FindRowFlags(Flags):
    """[MS-OXCTABL] 2.2.2.14.1."""

    BACKWARD = 0x01


@rop(0x4F)
class RopFindRowRequest(RopRequest):
    """2.2.5.13."""

    find_row_flags: Annotated[FindRowFlags, U8]
    restriction: Restriction16
    origin: Annotated[Bookmark, U8]
    bookmark: Bytes16 = b""
    """With BOOKMARK_CUSTOM."""


@rop(0x4F)
class RopFindRowResponse(RopResponse):
    row_no_longer_visible: Bool8
    row: Maybe[Row] = None
    """HasRowData, and it."""


@rop(0x81)
class RopResetTableRequest(RopRequest):
    """2.2.5.15."""


@rop(0x81)
class RopResetTableResponse(RopResponse):
    """Nothing but the prefix."""
