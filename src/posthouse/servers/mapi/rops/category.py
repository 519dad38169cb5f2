"""Operations on tables with categories – [MS-OXCTABL] 3.2.5.17 to 3.2.5.20."""

from __future__ import annotations

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.category import (
    RopCollapseRowRequest,
    RopCollapseRowResponse,
    RopExpandRowRequest,
    RopExpandRowResponse,
    RopGetCollapseStateRequest,
    RopGetCollapseStateResponse,
    RopSetCollapseStateRequest,
    RopSetCollapseStateResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.identity import counter_of
from posthouse.servers.mapi.tables.lines import MAX_INSTANCES, line_of
from posthouse.servers.mapi.tables.source import Ability
from posthouse.servers.mapi.tables.table import Table

from .bookmark import new_bookmark
from .processor import Call, Handler
from .table import table_of

COLLAPSED = 10
EXPANDED = 12
MARKED = 12
"""Bytes of responses."""


class CategoryRops:
    """They need nothing of the worker's."""

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopExpandRowRequest: expand_row,
            RopCollapseRowRequest: collapse_row,
            RopGetCollapseStateRequest: get_collapse_state,
            RopSetCollapseStateRequest: set_collapse_state,
        }


async def _table(call: Call, rop: RopRequest) -> Table:
    table = table_of(call, rop)
    table.require(Ability.SORT)
    table.shown()
    await table.refresh()
    return table


async def expand_row(call: Call, rop: RopExpandRowRequest) -> bytes:
    """3.2.5.17. Rows are not told with it: like Exchange since 2013, it fails when some are asked for (note 16)."""
    call.require(EXPANDED)
    table = await _table(call, rop)
    if rop.max_row_count:
        raise RopError(ErrorCode.ecNotSupported)
    one = table.categories.find(rop.category_id)
    if table.categories.is_open(one):
        raise RopError(ErrorCode.ecNotCollapsed)
    table.show(table.categories.turn(one))
    return RopExpandRowResponse(rop.handle_index, table.categories.seen_below(one), ()).format()


async def collapse_row(call: Call, rop: RopCollapseRowRequest) -> bytes:
    """3.2.5.18."""
    call.require(COLLAPSED)
    table = await _table(call, rop)
    one = table.categories.find(rop.category_id)
    if not table.categories.is_open(one):
        raise RopError(ErrorCode.ecNotExpanded)
    count = table.categories.seen_below(one)
    table.show(table.categories.turn(one))
    return RopCollapseRowResponse(rop.handle_index, count).format()


async def get_collapse_state(call: Call, rop: RopGetCollapseStateRequest) -> bytes:
    """3.2.5.19."""
    table = await _table(call, rop)
    _line(table, _signed(rop.row_id), rop.row_instance_number)
    state = table.categories.state(table.wanted, _signed(rop.row_id), rop.row_instance_number)
    response = RopGetCollapseStateResponse(rop.handle_index, state).format()
    call.require(len(response))
    return response


async def set_collapse_state(call: Call, rop: RopSetCollapseStateRequest) -> bytes:
    """3.2.5.20: the cursor is then at the row that the state names, or at the beginning when it is not seen."""
    call.require(MARKED)
    table = await _table(call, rop)
    lines, row, instance = table.categories.set_state(table.wanted, rop.collapse_state)
    if table.wanted.categories:
        table.show(lines)
    table.lines.cursor = table.lines.position_of(_line(table, row, instance)) or 0
    return RopSetCollapseStateResponse(rop.handle_index, new_bookmark(table, table.lines.cursor)).format()


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def _line(table: Table, id: int, instance: int) -> int:
    """Of a row by PidTagInstID and PidTagInstanceNum; ecNotFound for what can be none."""
    counter = counter_of(id)
    if counter is None:
        return table.categories.line_of(id)
    if instance >= MAX_INSTANCES:
        raise RopError(ErrorCode.ecNotFound)
    return line_of(counter, instance)
