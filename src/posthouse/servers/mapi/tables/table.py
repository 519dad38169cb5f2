"""An open table – [MS-OXCTABL] 3.2.

It is read when something is asked of its rows, and looked after before each operation that depends on them: rows that
came or went meanwhile shift the others, and the cursor stays with its row. Everything is done at once, so no operation
is ever under way between two of the client's.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Key, Properties, set_value
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.restriction_texts import in_unicode
from posthouse.protocols.mapi.restrictions import Restriction, SortOrder
from posthouse.protocols.mapi.rops.table import TableStatus
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.messages.properties import instance_key
from posthouse.servers.mapi.session import ServerObject

from .categories import Categories
from .columns import TableColumns, table_columns
from .conditions import INSTANCES, check_orders, check_restriction, instances_in, object_asked
from .grouping import Known
from .lines import Lines, instance_of_line, key_of_line
from .selection import Wanted
from .source import Ability, Source


class Table(ServerObject):
    def __init__(self, source: Source, codec: str) -> None:
        """`codec`: of the client's strings of 8 bits."""
        super().__init__(source.logon.logon_id)
        self.source, self.codec = source, codec
        self.lines, self.categories = Lines(), Categories(source.folder)
        self.columns: TableColumns | None = None
        self.wanted = Wanted()
        self.status = TableStatus.TBLSTAT_COMPLETE
        """Of the last operation that set something."""
        self._broken = False
        """Its order or its restriction has failed: there are no rows until another one is set."""
        self._version: Any = None
        self._is_read = False
        self._memory, self._held = source.logon.memory.another(), 0
        self.told: Known | None = None
        """What the client knows of it: as it was when the client began to look, and what it was told since."""
        self.row_size = 0
        """Bytes of a row, roughly; 0: none has been read."""
        self.at_close: Callable[[], None] | None = None

    def close(self) -> None:
        self._memory.give_back()
        if self.at_close is not None:
            self.at_close()

    @property
    def is_viewed(self) -> bool:
        """The client has asked for rows, or for places among them ([MS-OXCNOTIF] R243)."""
        return self._is_read

    def _weigh(self) -> None:
        """ecMemory when the account's tables and other objects take too much: then this one has no rows."""
        columns = COLUMN * len(self.columns.tags) if self.columns is not None else 0
        lines = 8 * len(self.lines) * (2 if self.wanted.categories else 1)
        told = 0
        if self.told is not None and self.told.lines is not self.lines.lines:
            told = 8 * len(self.told.lines) * (2 if self.wanted.categories else 1) + self.told.groups.weight
        size = lines + told + columns + self.wanted.weight + self.categories.weight + self.source.weight
        try:
            self._memory.take(size - self._held)
        except RopError:
            self._is_read, self.columns, self.told, self._held = False, None, None, 0
            self.lines.begin(self.lines.lines[:0])
            self._memory.give_back()
            raise
        self._held = size

    def require(self, ability: Ability) -> None:
        if ability not in self.source.kind.value:
            raise RopError(ErrorCode.ecNotSupported)

    def shown(self) -> TableColumns:
        if self.columns is None:
            raise RopError(ErrorCode.ecNullObject)
        return self.columns

    # what is set
    async def set_columns(self, asked: Sequence[PropertyTag]) -> None:
        """3.2.5.2: when it fails there are none."""
        self.columns, self.status = None, TableStatus.TBLSTAT_SETCOL_ERROR
        columns = await table_columns(self.source.logon, asked, self.codec)
        instances = instances_in([*(order.tag for order in self.wanted.orders), *asked])
        self.columns, self.status = columns, TableStatus.TBLSTAT_COMPLETE
        if instances != self.wanted.instances:
            self.wanted = await self._named(replace(self.wanted, instances=instances))
            self._is_read = False
        self._weigh()

    async def sort(self, orders: tuple[SortOrder, ...], categories: int, expanded: int) -> None:
        """3.2.5.3."""
        self.require(Ability.SORT)
        self._begin(TableStatus.TBLSTAT_SORT_ERROR)
        check_orders(orders, categories, expanded)
        asked = self.columns.tags if self.columns is not None else ()
        instances = instances_in([*(order.tag for order in orders), *asked])
        wanted = replace(self.wanted, orders=orders, categories=categories, instances=instances)
        self.wanted = await self._named(wanted)
        self.categories = Categories(self.source.folder, expanded)
        self._done()

    async def restrict(self, restriction: Restriction | None) -> None:
        """3.2.5.4."""
        self.require(Ability.RESTRICT)
        self._begin(TableStatus.TBLSTAT_RESTRICT_ERROR)
        self.wanted = await self._condition(restriction)
        self._done()
        if self.source.must_find and restriction is not None:
            await self.refresh()
            if not self.lines.lines:
                self._begin(TableStatus.TBLSTAT_RESTRICT_ERROR)
                raise RopError(ErrorCode.ecConversationNotFound)

    async def _condition(self, restriction: Restriction | None) -> Wanted:
        if restriction is not None:
            check_restriction(restriction)
            restriction = in_unicode(restriction, self.codec)
        return await self._named(replace(self.wanted, restriction=restriction))

    async def _named(self, wanted: Wanted) -> Wanted:
        """With keys of all properties that are known by names, and by what this logon orders texts."""
        ids = sorted({tag.id for tag in wanted.tags() if tag.id >= 0x8000})
        keys: list[Key | None] = await self.source.logon.names.keys_of(ids) if ids else []
        names = {id: key for id, key in zip(ids, keys, strict=True) if key is not None}
        return replace(wanted, names=names, text_key=self.source.logon.text_key)

    def _begin(self, error: TableStatus) -> None:
        self.status, self._broken, self._is_read = error, True, False
        self.lines.begin(self.lines.lines[:0])

    def _done(self) -> None:
        self._weigh()
        self.status, self._broken = TableStatus.TBLSTAT_COMPLETE, False

    def reset(self) -> None:
        """3.2.5.16. Its first bookmark is then called as its very first one was, as with Exchange."""
        self.require(Ability.SORT)
        self.columns, self.wanted, self.categories = None, Wanted(), Categories(self.source.folder)
        self.lines = Lines()
        self._begin(TableStatus.TBLSTAT_COMPLETE)
        self._done()

    # rows
    async def refresh(self) -> None:
        """Before anything that depends on rows."""
        if self._broken:
            raise RopError(ErrorCode.ecNotInitialized)
        version = await self.source.version()
        if self._is_read and version == self._version:
            return
        if self._is_read:
            await self._become()
        else:
            self.lines.begin(await self._selected())
            self.told = self.known()
        self._version, self._is_read = version, True
        self._weigh()

    def known(self) -> Known:
        """To who has just read it."""
        return Known(self.lines.lines, self.categories.groups)

    def show(self, lines: array[int]) -> None:
        """These, for categories were opened or closed. The client knows it of those that it knows."""
        self.lines.become(lines)
        if self.told is not None:
            self.told = Known(self.told.groups.lines(self.categories.is_open), self.told.groups)

    async def _become(self) -> None:
        merged = None
        if self.wanted.most is None:  # otherwise another row may come in the place of one that goes
            merged = await self.source.merge(self.lines.lines, self._version, self.wanted)
        self.lines.become(await self._selected() if merged is None else merged)

    async def _selected(self) -> array[int]:
        selected = (await self.source.select(self.wanted)).first(self.wanted.most)
        if not self.wanted.categories:
            return selected.lines
        if len(selected.lines) < LARGE:
            return self.categories.arrange(selected, self.wanted)
        return await self.source.logon.store.scan(lambda _: self.categories.arrange(selected, self.wanted))

    async def rows(self, begin: int, end: int) -> list[bytes | None]:
        """Of the lines between these places, as they are on the wire; None where the object has just gone."""
        columns = self.shown()
        lines = self.lines.lines[begin:end]
        if self.wanted.is_flat:
            written = await self.source.written(lines, columns) if lines else {}
            return [written.get(line) for line in lines]
        keys = list(dict.fromkeys(key_of_line(line) for line in lines if line >= 0))
        found = await self.source.rows(keys, columns.wanted) if keys else {}
        return [self._row(line, columns, found.get(key_of_line(line))) for line in lines]

    def _row(self, line: int, columns: TableColumns, found: Properties | None) -> bytes | None:
        if line < 0:
            return columns.format(self.categories.properties(line, self.wanted))
        if found is None:
            return None
        own = dict(found)
        set_value(own, tags.PidTagDepth, self.wanted.categories)
        if self.wanted.instances is not None:
            _instance(own, self.wanted.instances, self.wanted.key_of(self.wanted.instances), line)
        return columns.format(own)

    async def find(self, restriction: Restriction | None, start: int, *, forward: bool) -> int | None:
        """The first line from that place on, or before it, that satisfies it."""
        wanted = await self._condition(restriction)
        lines, asked = self.lines.lines, object_asked(wanted.restriction)
        if asked is not None and wanted.is_flat:
            at = self.lines.position_of(asked)
            return at if at is not None and (at >= start if forward else at < start) else None
        begin, piece = start, FIRST_PIECE
        while (begin < len(lines)) if forward else (begin > 0):
            low, high = (begin, begin + piece) if forward else (max(begin - piece, 0), begin)
            places = range(low, min(high, len(lines)))
            fitting = await self._fitting([lines[at] for at in places], wanted)
            for at in places if forward else reversed(places):
                if lines[at] in fitting:
                    return at
            begin, piece = (high if forward else low), LATER_PIECES
        return None

    async def _fitting(self, lines: Sequence[int], wanted: Wanted) -> set[int]:
        """Of these lines."""
        keys = list(dict.fromkeys(key_of_line(line) for line in lines if line >= 0))
        unordered = replace(wanted, orders=(), categories=0)
        found = await self.source.matching(keys, unordered) if keys else set()
        return found | {line for line in lines if line < 0 and self.categories.fits(line, wanted)}


LARGE = 2_000
"""Lines: to put more of them into categories takes so long that others should not wait for it."""
COLUMN = 500
"""Bytes that one takes, roughly."""
FIRST_PIECE, LATER_PIECES = 64, 2_000
"""Lines that are looked at together."""


def _instance(own: Properties, tag: PropertyTag, key: Key | None, line: int) -> None:
    """One of several values."""
    number = instance_of_line(line)
    set_value(own, tags.PidTagInstanceNum, number)
    set_value(own, tags.PidTagInstanceKey, instance_key(key_of_line(line), number))
    found = None if key is None else own.get(key)
    if key is not None and found is not None and isinstance(found.value, tuple):
        if number < len(found.value):
            own[key] = Typed(tag.type & ~INSTANCES, found.value[number])
        else:
            del own[key]
