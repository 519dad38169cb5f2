"""Tables for tests of MAPI: a session in which they are opened, read and moved about in with few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mapi_folders import FolderSession
from mapi_session import LOGON, PLAIN

from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.mailbox import ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.property_rows import Cell, RowReader, read_row
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.restrictions import Direction, Restriction, SortOrder
from posthouse.protocols.mapi.rop_buffer import RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops.bookmark import (
    RopCreateBookmarkRequest,
    RopCreateBookmarkResponse,
    RopSeekRowBookmarkRequest,
    RopSeekRowBookmarkResponse,
)
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    HierarchyTableFlags,
    RopGetContentsTableRequest,
    RopGetContentsTableResponse,
    RopGetHierarchyTableRequest,
    RopGetHierarchyTableResponse,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
)
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

SYNC = AsynchronousFlags(0)
ADVANCE = QueryRowsFlags(0)
NO_CONTENTS_FLAGS, NO_HIERARCHY_FLAGS = ContentsTableFlags(0), HierarchyTableFlags(0)
UP, DOWN, MAXIMUM = Direction.ASCENDING, Direction.DESCENDING, Direction.MAXIMUM_CATEGORY


class TableSession(FolderSession):
    """It remembers which columns it has set."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.columns: dict[int, Sequence[PropertyTag]] = {}
        super().__init__(*arguments, **options)

    def contents(self, folder: int, *columns: PropertyTag, flags: ContentsTableFlags = NO_CONTENTS_FLAGS) -> int:
        """A table of an open folder's messages; its slot."""
        slot = self.slot()
        self.get(RopGetContentsTableRequest(0, folder, slot, flags), RopGetContentsTableResponse)
        return self.set_columns(slot, *columns)

    def contents_of(self, folder: ObjectId, *columns: PropertyTag) -> int:
        return self.contents(self.open(folder), *columns)

    def hierarchy(self, folder: int, *columns: PropertyTag, flags: HierarchyTableFlags = NO_HIERARCHY_FLAGS) -> int:
        slot = self.slot()
        self.get(RopGetHierarchyTableRequest(0, folder, slot, flags), RopGetHierarchyTableResponse)
        return self.set_columns(slot, *columns)

    def set_columns(self, table: int, *columns: PropertyTag) -> int:
        if columns:
            self.get(RopSetColumnsRequest(0, table, SYNC, columns), RopSetColumnsResponse)
            self.columns[table] = columns
        return table

    def sort(self, table: int, *orders: tuple[PropertyTag, Direction], categories: int = 0, expanded: int = 0) -> int:
        self.get(sorting(table, *orders, categories=categories, expanded=expanded), RopSortTableResponse)
        return table

    def restrict(self, table: int, restriction: Restriction | None) -> int:
        self.get(RopRestrictRequest(0, table, SYNC, restriction), RopRestrictResponse)
        return table

    def opened_in(self, message: ObjectId, path: str) -> int:
        """A message of a folder that IMAP shows, for changes."""
        slot, folder, mode = self.slot(), self.folder(path), MessageOpenMode.READ_WRITE
        self.get(RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, mode, message), RopOpenMessageResponse)
        return slot

    # rows
    def query(
        self, table: int, count: int = 1000, *, forward: bool = True, flags: QueryRowsFlags = ADVANCE
    ) -> RopQueryRowsResponse:
        rop = RopQueryRowsRequest(0, table, flags, forward, count)
        return self.get(rop, RopQueryRowsResponse, self.columns[table])

    def cells(self, table: int, row: bytes) -> tuple[Cell, ...]:
        return read_row(RowReader(row, self.columns[table]), self.columns[table])

    def rows(self, table: int, count: int = 1000, **options: Any) -> list[Any]:
        """Of the next rows the values, a single one instead of a tuple where there is one column."""
        found = [self.cells(table, row) for row in self.query(table, count, **options).rows]
        return [row[0] if len(row) == 1 else row for row in found]

    def all_rows(self, table: int) -> list[Any]:
        """From the beginning to the end, as often as it takes."""
        self.seek(table, Bookmark.BOOKMARK_BEGINNING)
        found: list[Any] = []
        while rows := self.rows(table):
            found += rows
        return found

    def found(self, table: int, restriction: Restriction, **options: Any) -> Any:
        response = self.get(finding(table, restriction, **options), RopFindRowResponse, self.columns[table])
        assert response.row is not None
        cells = self.cells(table, response.row)
        return cells[0] if len(cells) == 1 else cells

    def packed(self, request: RopQueryRowsRequest) -> list[RopQueryRowsResponse]:
        """Of all payloads of one response."""
        raw = RopBuffer(request.format(), tuple(self.handles)).format()
        body = ExecuteRequest(PLAIN | ExecuteFlags.CHAIN, format_extended(raw), 0x40000).format()
        answer = self.client.post("Execute", body).body
        size = int.from_bytes(answer[12:16], "little")
        buffers = map(parse_rop_buffer, parse_extended(answer[16 : 16 + size]))
        columns = self.columns[request.handle_index]
        return [RopQueryRowsResponse.read(RowReader(buffer.rops, columns)) for buffer in buffers]

    # places
    def position(self, table: int) -> tuple[int, int]:
        found = self.get(RopQueryPositionRequest(0, table), RopQueryPositionResponse)
        return found.numerator, found.denominator

    def seek(self, table: int, origin: Bookmark, count: int = 0) -> tuple[bool, int]:
        found = self.get(RopSeekRowRequest(0, table, origin, count, True), RopSeekRowResponse)
        return found.has_sought_less, found.rows_sought

    def bookmark(self, table: int) -> bytes:
        return self.get(RopCreateBookmarkRequest(0, table), RopCreateBookmarkResponse).bookmark

    def seek_bookmark(self, table: int, bookmark: bytes, count: int = 0) -> tuple[bool, bool, int]:
        rop = RopSeekRowBookmarkRequest(0, table, bookmark, count, True)
        found = self.get(rop, RopSeekRowBookmarkResponse)
        return found.row_no_longer_visible, found.has_sought_less, found.rows_sought


def sorting(
    table: int, *orders: tuple[PropertyTag, Direction], categories: int = 0, expanded: int = 0
) -> RopSortTableRequest:
    made = tuple(SortOrder(*order) for order in orders)
    return RopSortTableRequest(0, table, SYNC, categories, expanded, made)


def finding(
    table: int,
    restriction: Restriction,
    *,
    backward: bool = False,
    origin: Bookmark = Bookmark.BOOKMARK_BEGINNING,
    bookmark: bytes = b"",
) -> RopFindRowRequest:
    flags = FindRowFlags.BACKWARD if backward else FindRowFlags(0)
    return RopFindRowRequest(0, table, flags, restriction, origin, bookmark)
