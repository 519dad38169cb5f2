"""What is told of an open table – [MS-OXCNOTIF] 2.2.1.1.1, 3.1.4.3.

Events say which objects have changed. When the client comes for its news, the table is read anew, and the lines that it
was told of before show which rows came, changed and went. Where that is too much, or rows stand in categories, it is
told that the table has changed, and the client reads it again.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Sequence

from posthouse.model.ids import FolderId, MessageId
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.rops.notification import RopNotify
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.protocols.mapi.rops.notification_data import TableEventType, TableModified
from posthouse.servers.mapi.errors import RopError
from posthouse.servers.mapi.news import News
from posthouse.servers.mapi.tables.contents import ContentsSource
from posthouse.servers.mapi.tables.gathered import SearchSource
from posthouse.servers.mapi.tables.hierarchy import HierarchySource
from posthouse.servers.mapi.tables.lines import key_of_line
from posthouse.servers.mapi.tables.table import Table

from .events import CARRIED, WHOLE, Event
from .subscription import Rights, Told

MAX_ROWS = 50
"""That are told of at once."""
MAX_ROW = 4096
"""Bytes of one that is told."""
NOWHERE = ObjectId(0, 0)
"""Before the first row."""


class TableNews:
    def __init__(self, table: Table, news: News, *, quiet: bool) -> None:
        """`quiet`: what the client does itself is not told."""
        self.logon = table.source.logon
        self._table, self._news, self._quiet = table, news, quiet
        news.tells_own |= quiet
        self._handle = 0
        self._end: Callable[[], None] | None = None
        self._keys: set[int] = set()
        """Of objects that have changed."""
        self._own: set[int] = set()
        """Of those that the client is not to hear of."""
        self._is_much = False
        """More than can be told of row by row."""
        self._found: dict[MessageId, FolderId] = {}
        """By a search, when the client was told: where each message is."""
        self._places: dict[MessageId, FolderId] = {}
        """The same, and where those were that it no longer finds."""

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
        found = {key for one in told for key in self._keys_of(one.event)}
        is_own = self._quiet and self._news.is_executing
        keys = self._own if is_own else self._keys
        keys |= found
        if len(keys) > MAX_ROWS:
            self._is_much = True
            keys.clear()
        if found and not is_own:
            self._news.expect(self)

    def _keys_of(self, event: Event) -> Iterator[int]:
        source = self._table.source
        if isinstance(source, HierarchySource):
            if event.message == WHOLE and self._concerns_folders(source, event):
                yield from (event.folder, *filter(None, (event.parent, event.old_parent)))
        elif event.message == WHOLE:
            if event.folder == source.folder and event.kind is not Kind.OBJECT_CREATED:  # perhaps beside its contents
                yield event.folder
        elif event.kind is not Kind.NEW_MAIL and (source.folder in event.folders or self._is_search):
            yield event.message
            if event.kind in CARRIED:
                yield event.old_message

    def _concerns_folders(self, source: HierarchySource, event: Event) -> bool:
        if source.is_deep or source.folder in (event.folder, event.parent, event.old_parent):
            return True
        known = self._table.told or ()
        return any(one in known for one in (event.folder, event.parent, event.old_parent))

    @property
    def _is_search(self) -> bool:
        return not isinstance(self._table.source, ContentsSource | HierarchySource)

    # what is told of it
    async def tell(self) -> None:
        keys, is_much = self._keys, self._is_much
        self._keys, self._is_much = set(), False
        try:
            rows = await self._changes(keys, is_much=is_much)
        except RopError:  # there are no rows any more, or they may not be seen
            rows = [_CHANGED]
        except BaseException:
            self._keys |= keys
            self._is_much |= is_much
            raise
        for one in rows:
            self._news.notify(RopNotify(self._handle, self.logon.logon_id, one).format())

    async def _changes(self, keys: set[int], *, is_much: bool) -> list[TableModified]:
        table = self._table
        if not table.is_viewed:
            return []
        await table.refresh()
        before, after = table.told, table.lines.lines
        table.told = after
        if is_much or before is None or table.columns is None:
            return [_CHANGED]
        if isinstance(table.source, SearchSource) and table.wanted.is_flat:
            return await self._found_rows(before, after, keys)
        if self._is_search or not table.wanted.is_flat:
            is_changed = before != after or not keys.isdisjoint(map(key_of_line, after))
            return [_CHANGED] if is_changed else []
        own, self._own = self._own - keys, set()
        return await self._rows(Difference(before, after, keys | own), own)

    async def _found_rows(self, before: array[int], after: array[int], keys: set[int]) -> list[TableModified]:
        """A search finds in many folders: each row is named by the one that its message is in."""
        found = await self.logon.searches.found(self.logon, FolderId(self._table.source.folder or 0))
        known, self._found = self._found, {one.message: one.folder for one in found}
        moved = set(before) ^ set(after) | keys & set(after)
        places = known | self._found
        if len(moved) > MAX_ROWS or not {*moved, *after} <= places.keys():
            return [_CHANGED] if moved else []
        self._places = places
        return await self._rows(Difference(before, after, moved), ())

    async def _rows(self, difference: Difference, own: Collection[int]) -> list[TableModified]:
        """First those that went, then the others in their order, so that each comes behind one that is there."""
        if not difference.is_complete:
            return [_CHANGED]
        rows = [self._deleted(key) for key in difference.gone if key not in own]
        for key, at in difference.places:
            if key in own:
                continue
            [row] = await self._table.rows(at, at + 1)
            if row is None or len(row) > MAX_ROW:
                return [_CHANGED]
            kind = TableEventType.TABLE_ROW_MODIFIED if key in difference.before else TableEventType.TABLE_ROW_ADDED
            rows.append(self._placed(kind, key, at, row))
        return rows

    def _deleted(self, key: int) -> TableModified:
        deleted = TableEventType.TABLE_ROW_DELETED
        folder = self._folder_of(key)
        if folder is None:
            return TableModified(Kind.TABLE_MODIFIED, deleted, _id(key))
        return TableModified(Kind.TABLE_MODIFIED | Kind.M, deleted, folder, _id(key), 0)

    def _placed(self, kind: TableEventType, key: int, at: int, row: bytes) -> TableModified:
        """With the row behind which it stands."""
        before = self._table.lines.lines[at - 1] if at else None
        above = NOWHERE if before is None else _id(before)
        folder = self._folder_of(key)
        if folder is None:
            folders = Kind.TABLE_MODIFIED, kind, _id(key)
            return TableModified(*folders, insert_after_table_row_folder_id=above, table_row_data=row)
        behind = (NOWHERE if before is None else self._folder_of(before)), above, 0
        return TableModified(Kind.TABLE_MODIFIED | Kind.M, kind, folder, _id(key), 0, *behind, row)

    def _folder_of(self, key: int) -> ObjectId | None:
        """In which a message is; None: rows are folders."""
        source = self._table.source
        if isinstance(source, HierarchySource) or source.folder is None:
            return None
        return _id(self._places.get(MessageId(key), source.folder))


class Difference:
    """Between the lines that a client knows and those that there are, as far as objects are concerned that changed."""

    def __init__(self, before: array[int], after: array[int], keys: Collection[int]) -> None:
        self.before = _places(before, keys)
        now = _places(after, keys)
        self.gone = sorted(self.before.keys() - now.keys())
        self.places = sorted(now.items(), key=lambda item: item[1])
        added = len(now.keys() - self.before.keys())
        self.is_complete = len(before) - len(self.gone) + added == len(after)
        """Nothing else came or went."""


def _places(lines: array[int], keys: Collection[int]) -> dict[int, int]:
    return {line: at for at, line in enumerate(lines) if line in keys}


def _id(number: int) -> ObjectId:
    return ObjectId(OWN_REPLICA, number)


_CHANGED = TableModified(Kind.TABLE_MODIFIED, TableEventType.TABLE_CHANGED)
