"""What is told of an open table – [MS-OXCNOTIF] 2.2.1.1.1, 3.1.4.3.

Events say which objects have changed. When the client comes for its news, the table is read anew, and the lines that it
was told of before show which rows came, changed and went, and which categories. Where that is too much, it is told that
the table has changed, and the client reads it again.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence, Set

from posthouse.model.ids import FolderId
from posthouse.protocols.mapi.rops.notification import RopNotify
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.protocols.mapi.rops.notification_data import TableEventType, TableModified
from posthouse.servers.mapi.errors import RopError
from posthouse.servers.mapi.news import News
from posthouse.servers.mapi.tables.contents import MessagesSource
from posthouse.servers.mapi.tables.gathered import GatheredSource
from posthouse.servers.mapi.tables.grouping import changed_headers
from posthouse.servers.mapi.tables.hierarchy import HierarchySource
from posthouse.servers.mapi.tables.lines import key_of_line
from posthouse.servers.mapi.tables.table import Table

from .differences import Difference, difference
from .events import WHOLE, Event
from .row_names import FolderRows, MessageRows, Rows, deleted, placed
from .subscription import Rights, Told

MAX_ROWS = 50
"""Objects that change at once and are told of."""
MAX_TOLD = 200
"""Rows: with those of categories, and those of several values."""
MAX_ROW = 4096
"""Bytes of one that is told."""
Keys = dict[int, FolderId]
"""Of objects that have changed, and in which folders they were."""


class TableNews:
    def __init__(self, table: Table, news: News, *, quiet: bool) -> None:
        """`quiet`: what the client does itself is not told."""
        self.logon = table.source.logon
        self._table, self._news, self._quiet = table, news, quiet
        news.tells_own |= quiet
        self._handle = 0
        self._end: Callable[[], None] | None = None
        self._keys: Keys = {}
        self._own: Keys = {}
        """Of which the client is not to hear."""
        self._is_much = False
        """More than can be told of row by row."""

    def begin(self, handle: int) -> None:
        """The client knows the table by this handle."""
        self._handle = handle

    def until_closed(self, end: Callable[[], None]) -> None:
        """Call this when the client lets go of the table."""
        self._end = end

    def close(self) -> None:
        self._news.dismiss(self)
        if self._end is not None:
            self._end()

    # what happens
    def on_events(self, told: Sequence[Told], rights: Rights) -> None:
        """What may be seen, the table itself finds out when it is read."""
        if not self._table.is_viewed:
            return
        found = {key: folder for one in told for key, folder in self._keys_of(one.event)}
        is_own = self._quiet and self._news.is_executing
        keys = self._own if is_own else self._keys
        keys |= found
        if len(keys) > MAX_ROWS:
            self._is_much = True
            keys.clear()
        if not is_own and (found or self._counts_any(told)):
            self._news.expect(self)

    def _counts_any(self, told: Sequence[Told]) -> bool:
        """Of a message, which perhaps one of the search folders finds."""
        source = self._table.source
        searches = isinstance(source, HierarchySource) and bool(source.counted)
        return searches and any(one.event.message != WHOLE for one in told)

    def _keys_of(self, event: Event) -> Iterator[tuple[int, FolderId]]:
        source = self._table.source
        if isinstance(source, HierarchySource):
            if event.message == WHOLE and self._concerns_folders(source, event):
                yield from ((folder, folder) for folder in (event.folder, event.parent, event.old_parent) if folder)
        elif event.message == WHOLE:
            if event.folder == source.folder and event.kind is not Kind.OBJECT_CREATED:  # perhaps beside its contents
                yield event.folder, event.folder
        elif event.kind is not Kind.NEW_MAIL and (source.folder in event.folders or isinstance(source, GatheredSource)):
            if event.kind is Kind.OBJECT_MOVED:
                yield event.old_message, event.folders[1]
            yield event.message, event.folder

    def _concerns_folders(self, source: HierarchySource, event: Event) -> bool:
        if source.is_deep or source.folder in (event.folder, event.parent, event.old_parent):
            return True
        known = self._table.told.lines if self._table.told is not None else ()
        return any(one in known for one in (event.folder, event.parent, event.old_parent))

    # what is told of it
    async def tell(self) -> None:
        keys, is_much = self._keys, self._is_much
        self._keys, self._is_much = {}, False
        try:
            rows = await self._changes(keys, is_much=is_much)
        except RopError:  # there are no rows any more, or they may not be seen
            rows = [_CHANGED]
        except BaseException:
            self._keys = keys | self._keys
            self._is_much |= is_much
            raise
        for one in rows:
            self._news.notify(RopNotify(self._handle, self.logon.logon_id, one).format())

    async def _changes(self, keys: Keys, *, is_much: bool) -> list[TableModified]:
        table = self._table
        if not table.is_viewed:
            return []
        await table.refresh()
        before, after = table.told, table.known()
        table.told = after
        if isinstance(table.source, HierarchySource):
            keys = keys | {key: FolderId(key) for key in await table.source.recount()}
        own, self._own = self._own.keys() - keys.keys(), {}
        if is_much or before is None or table.columns is None:
            return [_CHANGED]
        changed = changed_headers(before.groups, after.groups) | self._lines_of(keys.keys() | own, after.lines)
        found = difference(before.lines, after.lines, changed)
        if found is None or found.size > MAX_TOLD:
            return [_CHANGED]
        rows = await self._names(found, after.lines, keys)
        return [_CHANGED] if rows is None else await self._told(rows, found, after.lines, own)

    def _lines_of(self, keys: Set[int], lines: array[int]) -> Set[int]:
        """Of these objects; perhaps the table does not show some of them."""
        if self._table.wanted.instances is None:
            return keys
        return {line for line in lines if line >= 0 and key_of_line(line) in keys}

    async def _names(self, found: Difference, lines: array[int], keys: Keys) -> Rows | None:
        """None: nobody knows in which folder a message was."""
        source = self._table.source
        if not isinstance(source, MessagesSource):
            return FolderRows()
        elsewhere: Keys = {}
        if isinstance(source, GatheredSource):
            around = (line for at, _ in found.placed for line in lines[max(at - 1, 0) : at + 1])
            named = {key_of_line(line) for line in (*found.gone, *around) if line >= 0}
            elsewhere = keys | await source.folders_of(sorted(named))
            if not named <= elsewhere.keys():
                return None
        return MessageRows(source.opened.folder, elsewhere)

    async def _told(self, rows: Rows, found: Difference, lines: array[int], own: Set[int]) -> list[TableModified]:
        told = [deleted(rows, line) for line in found.gone if line not in own]
        for at, was_there in found.placed:
            line, behind = lines[at], lines[at - 1] if at else None
            if line in own:
                continue
            [row] = await self._table.rows(at, at + 1)
            if row is None or len(row) > MAX_ROW:
                return [_CHANGED]
            told.append(placed(rows, line, behind, row, new=not was_there))
        return told


_CHANGED = TableModified(Kind.TABLE_MODIFIED, TableEventType.TABLE_CHANGED)
