"""Columns of a table, and its rows on the wire – [MS-OXCTABL] 2.2.2.2, 2.2.2.5.2, [MS-OXCDATA] 2.8.1.

What is asked for is the same for each row: what is to be done with a value is decided once, for its column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import pack

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Key, Properties
from posthouse.protocols.mapi.property_rows import Missing, Typed
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, format_value
from posthouse.protocols.mapi.reader import format_unicode
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.values import Strings, cell_of

from .conditions import INSTANCES, instances_in, is_column_type, is_instance
from .cutting import LETTERS, WIDEST, cut, cut_text

MAX_COLUMNS = 1_000

Format = Callable[[Properties], bytes | None]
"""None: there is no such value."""
_ABSENT = b"\x0a" + pack("<I", ErrorCode.ecNotFound)


class TableColumns:
    def __init__(self, asked: Sequence[PropertyTag], keys: Sequence[Key | None], strings: Strings) -> None:
        self.tags, self.keys, self.instances = tuple(asked), tuple(keys), instances_in(asked)
        self.wanted = frozenset(key for key in keys if key is not None)
        self._formats = [_format_of(*pair, strings) for pair in zip(asked, keys, strict=True)]

    def format(self, properties: Properties) -> bytes:
        return row_of([of(properties) for of in self._formats])


def row_of(cells: Sequence[bytes | None]) -> bytes:
    """None: there is no such value."""
    if None not in cells:
        return b"\0" + b"".join(cells)  # type: ignore[arg-type]
    return b"\x01" + b"".join([_ABSENT if cell is None else b"\0" + cell for cell in cells])


async def table_columns(logon: Logon, asked: Sequence[PropertyTag], codec: str) -> TableColumns:
    """R435: ecInvalidParameter for columns that no value can be in."""
    if not asked or len(asked) > MAX_COLUMNS or not all(is_column_type(tag.type) for tag in asked):
        raise RopError(ErrorCode.ecInvalidParameter)
    keys = await logon.names.keys_of([tag.id for tag in asked])
    return TableColumns(asked, keys, Strings(codec))


def _format_of(tag: PropertyTag, key: Key | None, strings: Strings) -> Format:
    if key is None:
        return lambda _: None
    single = PropertyTag(tag.id, tag.type & ~INSTANCES if is_instance(tag) else tag.type)
    slow = _slow(single, key, strings)
    quick = QUICK.get(single.type) if tag.id != tags.PidTagHtml.id else None
    if quick is None:
        return slow

    def format(properties: Properties) -> bytes | None:
        found = properties.get(key)
        if found is None:
            return None
        return quick(found.value) if found.type == single.type else slow(properties)

    return format


def _text(value: str) -> bytes:
    value = value[:LETTERS].replace("\0", "")
    text = format_unicode(value)
    return text if len(text) <= WIDEST else format_unicode(cut_text(value))


def _binary(value: bytes) -> bytes:
    return len(value).to_bytes(2, "little") + value if len(value) <= WIDEST else b"\xfe\x01" + value[:WIDEST]


QUICK: dict[int, Callable[..., bytes]] = {
    PropertyType.STRING: _text,
    PropertyType.BINARY: _binary,
    PropertyType.INTEGER32: lambda value: pack("<i", value),
    PropertyType.INTEGER64: lambda value: pack("<q", value),
    PropertyType.TIME: lambda value: pack("<Q", value),
    PropertyType.BOOLEAN: lambda value: b"\1" if value else b"\0",
}


def _slow(tag: PropertyTag, key: Key, strings: Strings) -> Format:
    """In another type than it is kept in."""

    def format(properties: Properties) -> bytes | None:
        found = properties.get(key)
        if found is None:
            return None
        around = properties | {key: Typed(found.type, cut(found.value))}
        cell = cell_of(tag, key, around, strings)
        if isinstance(cell, Missing):
            return None
        value = cell.value if isinstance(cell, Typed) else cell
        return format_value(tag.type, value[: WIDEST - 1] if tag.type == PropertyType.STRING8 else value)  # type: ignore[index]

    return format
