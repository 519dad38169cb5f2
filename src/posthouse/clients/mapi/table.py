"""Tables: folders, messages or attachments as rows – [MS-OXCTABL] 3.1.4."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Any, Self

from posthouse.protocols.mapi.error_codes import ErrorCode
from posthouse.protocols.mapi.property_rows import Missing, read_row
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.restrictions import Direction, Restriction, SortOrder
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.base import RopResponse
from posthouse.protocols.mapi.rops.table import (
    AsynchronousFlags,
    Bookmark,
    FindRowFlags,
    QueryRowsFlags,
    RopFindRowRequest,
    RopFindRowResponse,
    RopQueryPositionRequest,
    RopQueryPositionResponse,
    RopQueryRowsRequest,
    RopQueryRowsResponse,
    RopRestrictRequest,
    RopRestrictResponse,
    RopSeekRowRequest,
    RopSeekRowResponse,
    RopSetColumnsRequest,
    RopSetColumnsResponse,
    RopSortTableRequest,
    RopSortTableResponse,
)

from .errors import RopFailed
from .names import AnyTag, Link
from .refs import Ref

BATCH = 500
"""Rows that are asked for at once."""
_AT_ONCE = AsynchronousFlags(0)

Row = tuple[Any, ...]
"""A value for each column; None where there is none. Long texts are cut (255 characters or so)."""


async def open_table(link: Link, of: Ref, make: Callable[[int, int], RopRequest], kind: type[RopResponse]) -> Table:
    """A table of an open object. `make` gets the places of the two in the list of handles, `kind` is its response."""
    ref = Ref()
    await link.session.get(lambda at: make(at(of), at(ref)), kind)
    return Table(link, ref)


class Table:
    """`with` releases it. It has a cursor; new rows come and go under it as its folder changes."""

    def __init__(self, link: Link, ref: Ref) -> None:
        self.link, self.ref = link, ref

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.link.session.release(self.ref)

    async def columns(self, *wanted: AnyTag) -> None:
        """Before any row is read."""
        known = tuple(await self.link.tags(wanted, create=True))
        await self.link.session.get(
            lambda at: RopSetColumnsRequest(0, at(self.ref), _AT_ONCE, known), RopSetColumnsResponse
        )
        self.ref.columns = known

    async def sort(self, *orders: SortOrder | PropertyTag) -> None:
        """A tag alone: ascending."""
        given = tuple(one if isinstance(one, SortOrder) else SortOrder(one, Direction.ASCENDING) for one in orders)
        await self.link.session.get(
            lambda at: RopSortTableRequest(0, at(self.ref), _AT_ONCE, 0, 0, given), RopSortTableResponse
        )

    async def restrict(self, restriction: Restriction | None) -> None:
        """To the rows that match; None: all again."""
        await self.link.session.get(
            lambda at: RopRestrictRequest(0, at(self.ref), _AT_ONCE, restriction), RopRestrictResponse
        )

    async def count(self) -> int:
        response = await self.link.session.get(
            lambda at: RopQueryPositionRequest(0, at(self.ref)), RopQueryPositionResponse
        )
        return response.denominator

    async def seek(self, origin: Bookmark = Bookmark.BOOKMARK_BEGINNING, rows: int = 0) -> int:
        """Move the cursor; by how many rows it did."""
        response = await self.link.session.get(
            lambda at: RopSeekRowRequest(0, at(self.ref), origin, rows, True), RopSeekRowResponse
        )
        return response.rows_sought

    async def find(self, restriction: Restriction, *, backward: bool = False) -> Row | None:
        """The next row that matches, from the cursor on, which then stands there."""
        flags = FindRowFlags.BACKWARD if backward else FindRowFlags(0)
        try:
            response = await self.link.session.get(
                lambda at: RopFindRowRequest(0, at(self.ref), flags, restriction, Bookmark.BOOKMARK_CURRENT),
                RopFindRowResponse,
            )
        except RopFailed as failed:
            if failed.code == ErrorCode.ecNotFound:
                return None
            raise
        return None if response.row is None else self._read(response.row)

    async def next(self, count: int = BATCH) -> list[Row]:
        """The next rows; none at the end. Maybe fewer than are wanted and left."""
        flags = QueryRowsFlags.ENABLE_PACKED_BUFFERS
        responses = await self.link.session.get_all(
            lambda at: RopQueryRowsRequest(0, at(self.ref), flags, True, count), RopQueryRowsResponse
        )
        return [self._read(row) for response in responses for row in response.rows]

    async def rows(self, batch: int = BATCH) -> AsyncIterator[Row]:
        """From the cursor to the end."""
        while found := await self.next(batch):
            for row in found:
                yield row

    def _read(self, row: bytes) -> Row:
        columns: Sequence[PropertyTag] = self.ref.columns
        cells = read_row(Reader(row), columns)
        return tuple(None if isinstance(cell, Missing) else cell for cell in cells)
