"""Operations on tables – [MS-OXCTABL] 3.2.5.2 to 3.2.5.9, 3.2.5.13, 3.2.5.14, 3.2.5.16. `bookmark.py` and `category.py`
have more, `table_opening.py` those that open one.

None of them goes on when it has been answered: whoever asks is told that all is complete ([MS-OXCTABL] 3.2.5.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from posthouse.protocols.mapi.extended_buffer import MAX_PAYLOAD
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.table import (
    Bookmark,
    FindRowFlags,
    QueryRowsFlags,
    RopAbortRequest,
    RopFindRowRequest,
    RopFindRowResponse,
    RopGetStatusRequest,
    RopGetStatusResponse,
    RopQueryColumnsAllRequest,
    RopQueryColumnsAllResponse,
    RopQueryPositionRequest,
    RopQueryPositionResponse,
    RopQueryRowsRequest,
    RopQueryRowsResponse,
    RopResetTableRequest,
    RopResetTableResponse,
    RopRestrictRequest,
    RopRestrictResponse,
    RopSeekRowRequest,
    RopSeekRowResponse,
    RopSetColumnsRequest,
    RopSetColumnsResponse,
    RopSortTableRequest,
    RopSortTableResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, FinalError, RopError
from posthouse.servers.mapi.tables.source import Ability
from posthouse.servers.mapi.tables.table import Table

from .processor import Call, Handler, More

HEAD = 9
"""Bytes of a response before its rows."""
POSITION = 14
SOUGHT = 11
FOUND = 8
LARGEST = MAX_PAYLOAD - 1_100
"""Bytes of a response, so that the handles of a buffer have room beside it."""
PACKED = 0x8000
"""Bytes of room that make another buffer of rows worth while ([MS-OXCRPC] R968)."""
FIRST_PIECE, MOST = 64, 1024
"""Rows that are read together."""
SPARE = 3
"""So many more than those that will probably fit, for another piece costs more than they do."""


class TableRops:
    """They need nothing of the worker's."""

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopSetColumnsRequest: set_columns,
            RopSortTableRequest: sort_table,
            RopRestrictRequest: restrict,
            RopQueryRowsRequest: query_rows,
            RopAbortRequest: abort,
            RopGetStatusRequest: get_status,
            RopQueryPositionRequest: query_position,
            RopSeekRowRequest: seek_row,
            RopQueryColumnsAllRequest: query_columns_all,
            RopFindRowRequest: find_row,
            RopResetTableRequest: reset_table,
        }


def table_of(call: Call, rop: RopRequest) -> Table:
    found = call.object(rop)
    if not isinstance(found, Table):
        raise RopError(ErrorCode.ecNotSupported)
    return found


async def set_columns(call: Call, rop: RopSetColumnsRequest) -> bytes:
    """3.2.5.2."""
    await table_of(call, rop).set_columns(rop.property_tags)
    return RopSetColumnsResponse(rop.handle_index).format()


async def sort_table(call: Call, rop: RopSortTableRequest) -> bytes:
    """3.2.5.3."""
    await table_of(call, rop).sort(rop.sort_orders, rop.category_count, rop.expanded_count)
    return RopSortTableResponse(rop.handle_index).format()


async def restrict(call: Call, rop: RopRestrictRequest) -> bytes:
    """3.2.5.4."""
    await table_of(call, rop).restrict(rop.restriction)
    return RopRestrictResponse(rop.handle_index).format()


async def query_rows(call: Call, rop: RopQueryRowsRequest) -> bytes | More:
    """3.2.5.5: rows before the cursor come in the table's order as well. Origin says that none are left, in either
    direction, as Exchange says it (note 25)."""
    table = table_of(call, rop)
    table.shown()
    await table.refresh()
    begin, end = table.lines.range(rop.forward_read, rop.row_count)
    rows = await read_rows(table, begin, end, call, forward=rop.forward_read)
    at = begin + len(rows) if rop.forward_read else end - len(rows)
    left = len(table.lines) - at if rop.forward_read else at
    advances = QueryRowsFlags.NO_ADVANCE not in rop.query_rows_flags
    if advances:
        table.lines.cursor = at
    origin = Bookmark.BOOKMARK_CURRENT if left else Bookmark.BOOKMARK_END
    response = RopQueryRowsResponse(rop.handle_index, origin, tuple(rows)).format()
    rest = replace(rop, row_count=rop.row_count - len(rows))
    if QueryRowsFlags.ENABLE_PACKED_BUFFERS in rop.query_rows_flags and advances and left and rest.row_count:
        return More(response, rest, PACKED)
    return response


async def read_rows(table: Table, begin: int, end: int, call: Call, *, forward: bool) -> list[bytes]:
    """As many as there is room for: the first of these lines, or the last ones. One whose object has gone this moment
    is a row without values. DoesNotFit when there is not even room for one."""
    found: list[bytes] = []
    size = room = call.room - HEAD
    piece = min(room // table.row_size + SPARE, MOST) if table.row_size else FIRST_PIECE
    while begin < end:
        low, high = (begin, min(begin + piece, end)) if forward else (max(end - piece, begin), end)
        rows = await table.rows(low, high)
        for row in rows if forward else reversed(rows):
            data = table.shown().format({}) if row is None else row
            room -= len(data)
            if room < 0:
                if not found:
                    _refuse(call, HEAD + len(data))
                return found if forward else found[::-1]
            found.append(data)
        begin, end = (high, end) if forward else (begin, low)
        table.row_size = max(size - room, 1) // len(found) or 1
        piece = min(room // table.row_size + SPARE, MOST)
    return found if forward else found[::-1]


def _refuse(call: Call, size: int) -> None:
    """A row of so many bytes, with what is before it: DoesNotFit, or ecBufferTooSmall when it would never fit."""
    if size > LARGEST:
        raise RopError(ErrorCode.ecBufferTooSmall)
    call.require(size)


async def abort(call: Call, rop: RopAbortRequest) -> bytes:
    """3.2.5.6: there is nothing to be stopped."""
    table_of(call, rop).require(Ability.MARK)
    raise RopError(ErrorCode.ecUnableToAbort)


async def get_status(call: Call, rop: RopGetStatusRequest) -> bytes:
    """3.2.5.7."""
    return RopGetStatusResponse(rop.handle_index, table_of(call, rop).status).format()


async def query_position(call: Call, rop: RopQueryPositionRequest) -> bytes:
    """3.2.5.8."""
    call.require(POSITION)
    table = table_of(call, rop)
    await table.refresh()
    return RopQueryPositionResponse(rop.handle_index, table.lines.cursor, len(table.lines)).format()


@contextmanager
def finally_failing() -> Iterator[None]:
    """What comes behind it would be done at the wrong place (R501, R510, R528)."""
    try:
        yield
    except RopError as error:
        raise FinalError(error.code) from None


async def seek_row(call: Call, rop: RopSeekRowRequest) -> bytes:
    """3.2.5.9."""
    call.require(SOUGHT)
    with finally_failing():
        table = table_of(call, rop)
        await table.refresh()
        place = place_of(table, rop.origin)
    moved = table.lines.seek(place, rop.row_count)
    return RopSeekRowResponse(rop.handle_index, abs(moved) < abs(rop.row_count), moved).format()


def place_of(table: Table, origin: Bookmark) -> int:
    """2.2.2.1.1."""
    if origin is Bookmark.BOOKMARK_BEGINNING:
        return 0
    if origin is Bookmark.BOOKMARK_CURRENT:
        return table.lines.cursor
    if origin is Bookmark.BOOKMARK_END:
        return len(table.lines)
    raise RopError(ErrorCode.ecInvalidBookmark)


def find_bookmark(table: Table, bookmark: bytes) -> tuple[int, bool]:
    """Where it is, and whether its row is no longer seen."""
    found = table.lines.find(int.from_bytes(bookmark, "little")) if len(bookmark) == BOOKMARK else None
    if found is None:
        raise RopError(ErrorCode.ecInvalidBookmark)
    return found


BOOKMARK = 4
"""Bytes of one."""


async def query_columns_all(call: Call, rop: RopQueryColumnsAllRequest) -> bytes:
    """3.2.5.13. From then on the client hears of rows ([MS-OXCNOTIF] R250)."""
    table = table_of(call, rop)
    with suppress(RopError):
        await table.refresh()
    return RopQueryColumnsAllResponse(rop.handle_index, tuple(table.source.columns())).format()


async def find_row(call: Call, rop: RopFindRowRequest) -> bytes:
    """3.2.5.14: the row is told when there is room for it."""
    call.require(FOUND)
    table = table_of(call, rop)
    table.require(Ability.FIND)
    table.shown()
    await table.refresh()
    if rop.origin is Bookmark.BOOKMARK_CUSTOM:
        start, gone = find_bookmark(table, rop.bookmark)
    else:
        start, gone = place_of(table, rop.origin), False
    at = await table.find(rop.restriction, start, forward=FindRowFlags.BACKWARD not in rop.find_row_flags)
    if at is None:
        raise RopError(ErrorCode.ecNotFound)
    table.lines.cursor = at
    [row] = await table.rows(at, at + 1)
    told = row if row is not None and FOUND + len(row) <= call.room else None
    return RopFindRowResponse(rop.handle_index, gone, told).format()


async def reset_table(call: Call, rop: RopResetTableRequest) -> bytes:
    """3.2.5.16."""
    table_of(call, rop).reset()
    return RopResetTableResponse(rop.handle_index).format()
