"""Operations that find a place in a table – [MS-OXCTABL] 3.2.5.10 to 3.2.5.12, 3.2.5.15."""

from __future__ import annotations

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.bookmark import (
    RopCreateBookmarkRequest,
    RopCreateBookmarkResponse,
    RopFreeBookmarkRequest,
    RopFreeBookmarkResponse,
    RopSeekRowBookmarkRequest,
    RopSeekRowBookmarkResponse,
    RopSeekRowFractionalRequest,
    RopSeekRowFractionalResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.tables.source import Ability
from posthouse.servers.mapi.tables.table import Table

from .processor import Call, Handler
from .table import BOOKMARK, finally_failing, find_bookmark, table_of

SOUGHT = 12
MARKED = 12
"""Bytes of responses."""


class BookmarkRops:
    """They need nothing of the worker's."""

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopSeekRowBookmarkRequest: seek_row_bookmark,
            RopSeekRowFractionalRequest: seek_row_fractional,
            RopCreateBookmarkRequest: create_bookmark,
            RopFreeBookmarkRequest: free_bookmark,
        }


async def seek_row_bookmark(call: Call, rop: RopSeekRowBookmarkRequest) -> bytes:
    """3.2.5.10."""
    call.require(SOUGHT)
    with finally_failing():
        table = _marked_table(call, rop)
        table.require(Ability.MARK)
        table.shown()
        await table.refresh()
        place, gone = find_bookmark(table, rop.bookmark)
    moved = table.lines.seek(place, rop.row_count)
    return RopSeekRowBookmarkResponse(rop.handle_index, gone, abs(moved) < abs(rop.row_count), moved).format()


async def seek_row_fractional(call: Call, rop: RopSeekRowFractionalRequest) -> bytes:
    """3.2.5.11."""
    table = table_of(call, rop)
    if not rop.denominator:
        raise RopError(ErrorCode.ecInvalidBookmark)
    await table.refresh()
    table.lines.seek(0, len(table.lines) * rop.numerator // rop.denominator)
    return RopSeekRowFractionalResponse(rop.handle_index).format()


async def create_bookmark(call: Call, rop: RopCreateBookmarkRequest) -> bytes:
    """3.2.5.12."""
    call.require(MARKED)
    with finally_failing():
        table = table_of(call, rop)
        table.require(Ability.MARK)
        await table.refresh()
    return RopCreateBookmarkResponse(rop.handle_index, new_bookmark(table, table.lines.cursor)).format()


def _marked_table(call: Call, rop: RopSeekRowBookmarkRequest | RopFreeBookmarkRequest) -> Table:
    """Also of a table that was released, ecNullObject is told (R248, R552)."""
    try:
        return table_of(call, rop)
    except RopError as error:
        if error.code is ErrorCode.ecInvalidObject:
            raise RopError(ErrorCode.ecNullObject) from None
        raise


def new_bookmark(table: Table, place: int) -> bytes:
    """ecMemory when the table has too many."""
    number = table.lines.mark(place)
    if not number:
        raise RopError(ErrorCode.ecMemory)
    return number.to_bytes(BOOKMARK, "little")


async def free_bookmark(call: Call, rop: RopFreeBookmarkRequest) -> bytes:
    """3.2.5.15."""
    table = _marked_table(call, rop)
    table.require(Ability.MARK)
    table.shown()
    find_bookmark(table, rop.bookmark)
    table.lines.forget(int.from_bytes(rop.bookmark, "little"))
    return RopFreeBookmarkResponse(rop.handle_index).format()
