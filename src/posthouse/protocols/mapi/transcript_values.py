"""Values of operations as a person reads them in a transcript: names in place of numbers, and what is long is cut.

What people wrote to each other is not shown: bodies and the contents of attachments are told by their sizes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import islice
from typing import Any
from uuid import UUID

from . import named_tags, tags
from .address_book.body import Rows
from .error_codes import name_of
from .identifiers import LongTermId, ObjectId
from .moments import EPOCH, UNITS
from .named_tags import NamedTag
from .property_names import PropertyName
from .property_rows import Cell, Missing, Typed
from .property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue

TEXT = 120
"""Characters that are shown of a text."""
BYTES = 16
ITEMS = 20
"""Of a list."""
CONTENTS = frozenset(
    tag.id
    for tag in (
        *(tags.PidTagBody, tags.PidTagHtml, tags.PidTagRtfCompressed),
        *(tags.PidTagAttachDataBinary, tags.PidTagAttachDataObject),
    )
)
_TYPES = {kind.value: kind.name for kind in PropertyType}


class Words:
    """Of one mailbox."""

    def __init__(self, names: Mapping[int, PropertyName] | None = None) -> None:
        """`names`: those that its ids from 0x8000 on are known to stand for."""
        self._names = names or {}

    def show(self, value: Any) -> str:
        if isinstance(value, PropertyTag):
            return self.tag(value)
        if isinstance(value, TaggedValue):
            return self.property(value.tag, value.value)
        if isinstance(value, Rows):
            return self.rows(value.columns, value.rows)
        for kind, shown in _SHOWN:
            if isinstance(value, kind):
                return shown(value)
        if isinstance(value, tuple):
            return self._list(value)
        if is_dataclass(value) and not isinstance(value, type):
            return f"{type(value).__name__}({self.fields(value)})"
        return repr(value)[:TEXT]

    def fields(self, value: Any, leave_out: Iterable[str] = ()) -> str:
        """Those that are there, with their names."""
        shown = [(one.name, getattr(value, one.name)) for one in fields(value) if one.name not in leave_out]
        return " ".join(f"{name}={self.show(item)}" for name, item in shown if item is not None)

    def tag(self, tag: PropertyTag) -> str:
        """Its name in the documents. What has another type than there, or a name that is not known, is told by
        number."""
        if tag.id >= FIRST_NAMED and tag.id in self._names:
            return _name(self._names[tag.id])
        known = tags.NAMES.get(tag) if tag.id < FIRST_NAMED else None
        if known is not None:
            return known
        kind = _TYPES.get(tag.type & ~MULTIPLE, f"{tag.type:#06x}")
        return f"{tag.id:#06x}:{'MULTIPLE ' if tag.type & MULTIPLE else ''}{kind}"

    def property(self, tag: PropertyTag, cell: Cell) -> str:
        return f"{self.tag(tag)}={self._of(tag, cell)}"

    def row(self, columns: Sequence[PropertyTag], cells: Sequence[Cell]) -> str:
        return "{" + ", ".join(map(self.property, columns, cells)) + "}"

    def rows(self, columns: Sequence[PropertyTag], rows: Sequence[Sequence[Cell]]) -> str:
        """How many, and the first of them in lines of their own."""
        shown = "".join(f"\n  {self.row(columns, row)}" for row in rows[:ITEMS])
        return str(len(rows)) + shown + ("\n  …" if len(rows) > ITEMS else "")

    def _of(self, tag: PropertyTag, cell: Cell) -> str:
        if isinstance(cell, Missing):
            return self.show(cell)
        if isinstance(cell, Typed):
            return self._of(PropertyTag(tag.id, cell.type), cell.value)
        if tag.id in CONTENTS and isinstance(cell, str | bytes):
            return _size(cell)
        if tag.type == PropertyType.TIME and isinstance(cell, int):
            return _moment(cell)
        if tag.type == PropertyType.ERROR_CODE and isinstance(cell, int):
            return name_of(cell)
        return self.show(cell)

    def _list(self, items: Sequence[Any]) -> str:
        more = f", … {len(items) - ITEMS} more" if len(items) > ITEMS else ""
        return "[" + ", ".join(map(self.show, islice(items, ITEMS))) + more + "]"


FIRST_NAMED = 0x8000


def _moment(value: int) -> str:
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value / UNITS - EPOCH)).isoformat(" ", "seconds")
    except OverflowError:
        return str(value)


def _size(content: str | bytes) -> str:
    return f"<{len(content)} {'characters' if isinstance(content, str) else 'bytes'}>"


def _text(text: str) -> str:
    cut = f"…{len(text)}" if len(text) > TEXT else ""
    return json.dumps(text[:TEXT], ensure_ascii=False) + cut


def _bytes(data: bytes) -> str:
    return data.hex() or '""' if len(data) <= BYTES else f"<{len(data)} bytes>"


def _enum(value: Enum) -> str:
    return value.name or str(value.value)


def _name(name: PropertyName) -> str:
    """As the documents call it, or by its set, as they call that."""
    known = named_tags.NAMES.get(name)
    number = name.name if isinstance(name.name, str) else hex(name.name)
    return known or f"{_SETS.get(name.guid, name.guid)}/{number}"


_SETS = {value: name for name, value in vars(named_tags).items() if isinstance(value, UUID)}


_SHOWN: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (type(None), lambda _: "-"),
    (bool, lambda value: "true" if value else "false"),
    (Enum, _enum),
    (str, _text),
    (bytes, _bytes),
    (UUID, str),
    (NamedTag, lambda tag: _name(tag.name)),
    (PropertyName, _name),
    (ObjectId, lambda id: f"{id.replica}-{id.counter:x}"),
    (LongTermId, lambda id: f"{id.replica}-{id.counter:x}"),
    (Missing, lambda missing: "-" if missing.error is None else name_of(missing.error)),
    (int, str),
    (float, str),
)
"""The first type that a value has decides."""
