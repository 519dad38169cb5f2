"""Where the rows of a table come from: folders below a folder, messages in it, attachments of a message …

A source knows its objects by keys of at most 48 bits. A new kind of table is a new source, and one line in `Kind`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum, Flag, auto
from typing import Any

from posthouse.model.ids import FolderId
from posthouse.protocols.mapi.object_row import ObjectRow
from posthouse.protocols.mapi.objects import Key, Properties
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.servers.mapi.logon import Logon

from .columns import TableColumns
from .selection import Selected, Wanted, select


class Ability(Flag):
    """What may be asked of a table besides columns, rows and places – [MS-OXCTABL] 3.2.5."""

    SORT = auto()
    """With categories and RopResetTable."""
    RESTRICT = auto()
    FIND = auto()
    MARK = auto()
    """Bookmarks, and RopAbort."""


class Kind(Enum):
    CONTENTS = Ability.SORT | Ability.RESTRICT | Ability.FIND | Ability.MARK
    HIERARCHY = Ability.RESTRICT | Ability.FIND | Ability.MARK
    RULES = Ability.RESTRICT | Ability.FIND
    OTHERS = Ability(0)
    """Attachments, permissions."""


class Source(ABC):
    kind: Kind
    must_find = False
    """A restriction that nothing satisfies asks for a conversation that there is not ([MS-OXCTABL] R723)."""
    folder: FolderId | None = None
    """What its rows are in, for those who hear of changes there."""

    def __init__(self, logon: Logon) -> None:
        self.logon = logon

    @abstractmethod
    async def version(self) -> Any:
        """Another one when rows may be others, or have changed. Raises RopError when it may not be read any more."""

    @abstractmethod
    async def count(self) -> int:
        """Rows of a table of which nobody has asked anything yet."""

    @abstractmethod
    async def select(self, wanted: Wanted) -> Selected:
        """As it is now."""

    async def merge(self, lines: array[int], since: Any, wanted: Wanted) -> array[int] | None:
        """What became of these lines since that version, which stay as they are. None: `select` tells."""
        return None

    @abstractmethod
    async def rows(self, keys: Sequence[int], wanted: Collection[Key]) -> Mapping[int, Properties]:
        """Properties of objects as rows have them; those that have gone are left out."""

    async def written(self, keys: Sequence[int], columns: TableColumns) -> Mapping[int, bytes]:
        """The same rows as they are on the wire."""
        return {key: columns.format(found) for key, found in (await self.rows(keys, columns.wanted)).items()}

    @abstractmethod
    async def matching(self, keys: Sequence[int], wanted: Wanted) -> set[int]:
        """Lines of these objects that satisfy the restriction."""

    @property
    def weight(self) -> int:
        """Bytes that it keeps, roughly."""
        return 0

    @abstractmethod
    def columns(self) -> Sequence[PropertyTag]:
        """All that rows can have, but for what only clients know."""


WEIGHT = 1_000
"""Of one object that is kept."""


class SmallSource(Source):
    """One whose objects are few enough to be read all at once. Those of the last version are kept."""

    _version: Any = None
    _known: Mapping[int, Any] | None = None

    @abstractmethod
    async def load(self) -> Mapping[int, Any]:
        """All objects by their keys, in the order in which they are shown."""

    @abstractmethod
    def properties(self, key: int, one: Any, wanted: Collection[Key]) -> Properties:
        """Those of `wanted` that it has, and perhaps others."""

    @property
    def weight(self) -> int:
        return WEIGHT * len(self._known or ())

    async def _all(self) -> Mapping[int, Any]:
        version = await self.version()
        if self._known is None or version != self._version:
            self._known, self._version = await self.load(), version
        return self._known

    async def count(self) -> int:
        return len(await self._all())

    async def select(self, wanted: Wanted) -> Selected:
        known = await self._all()
        order = {key: place for place, key in enumerate(known)}
        selected = select(self._rows(known, wanted), wanted)
        if wanted.orders:
            return selected
        return Selected(array("q", sorted(selected.lines, key=order.__getitem__)), [])

    async def rows(self, keys: Sequence[int], wanted: Collection[Key]) -> Mapping[int, Properties]:
        known = await self._all()
        return {key: self.properties(key, known[key], wanted) for key in keys if key in known}

    async def matching(self, keys: Sequence[int], wanted: Wanted) -> set[int]:
        known = await self._all()
        return set(select(self._rows({key: known[key] for key in keys if key in known}, wanted), wanted).lines)

    def _rows(self, known: Mapping[int, Any], wanted: Wanted) -> Iterator[tuple[int, ObjectRow]]:
        asked = wanted.keys()
        for key, one in known.items():
            yield key, ObjectRow(self.properties(key, one, asked), wanted.names)
