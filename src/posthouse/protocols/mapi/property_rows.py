"""Rows of property values, and strings that tell their own form – [MS-OXCDATA] 2.8, 2.11.5 to 2.11.7."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import pack

from posthouse.model.refusals import BadSyntax

from .property_values import (
    ROP,
    Form,
    PropertyTag,
    PropertyType,
    Value,
    format_value,
    format_values,
    read_value,
    read_values,
)
from .reader import Reader, format_unicode

_STANDARD, _FLAGGED = 0, 1
_PRESENT, _ABSENT, _ERROR = 0, 1, 0x0A
_FLAG = bytes([_PRESENT])


@dataclass(frozen=True, slots=True)
class Missing:
    """Stands where a value is not."""

    error: int | None = None
    """Why; None: it is just not there."""


@dataclass(slots=True, unsafe_hash=True)
class Typed:
    """The value of a column for which any type will do. Never changed, though nothing watches over that at run time:
    they are made by the million, and that takes half as long."""

    type: int
    value: Value


Cell = Value | Missing | Typed
"""Of a row. Typed exactly in the columns of PropertyType.UNSPECIFIED."""


class RowReader(Reader):
    """Of what has rows but does not tell their columns."""

    __slots__ = ("columns",)

    def __init__(self, data: bytes, columns: Sequence[PropertyTag]) -> None:
        super().__init__(data)
        self.columns = columns


def format_row(columns: Sequence[PropertyTag], row: Sequence[Cell], form: Form = ROP) -> bytes:
    """A StandardPropertyRow when there is a value for each column, otherwise a FlaggedPropertyRow (2.8.1)."""
    kinds = set(map(type, row))
    if Missing not in kinds and Typed not in kinds:
        return b"\0" + format_values(columns, row, form)
    flagged = Missing in kinds
    cells = [_format_cell(column, cell, flagged, form) for column, cell in zip(columns, row, strict=True)]
    return bytes([flagged]) + b"".join(cells)


def read_row(reader: Reader, columns: Sequence[PropertyTag], form: Form = ROP) -> tuple[Cell, ...]:
    where, flags = reader.at, reader.u8()
    if flags not in (_STANDARD, _FLAGGED):
        raise BadSyntax("a row", where)
    if flags == _STANDARD and not any(column[1] == PropertyType.UNSPECIFIED for column in columns):
        return read_values(reader, columns, form)
    return tuple(_read_cell(reader, column, flags == _FLAGGED, form) for column in columns)


def _format_cell(column: PropertyTag, cell: Cell, flagged: bool, form: Form) -> bytes:
    if isinstance(cell, Missing):
        kind, rest = _absent(cell.error)
        return kind + rest if column[1] == PropertyType.UNSPECIFIED else rest
    flag = _FLAG if flagged else b""
    if isinstance(cell, Typed):
        return pack("<H", cell.type) + flag + format_value(cell.type, cell.value, form)
    return flag + format_value(column[1], cell, form)


@lru_cache(256)
def _absent(error: int | None) -> tuple[bytes, bytes]:
    """The type that is told when the column has none, and what stands in the place of the value."""
    if error is None:
        return pack("<H", PropertyType.UNSPECIFIED), bytes([_ABSENT])
    return pack("<H", PropertyType.ERROR_CODE), pack("<BI", _ERROR, error)


def _read_cell(reader: Reader, column: PropertyTag, flagged: bool, form: Form) -> Cell:
    unspecified = column.type == PropertyType.UNSPECIFIED
    kind = reader.u16() if unspecified else column.type
    where, flag = reader.at, reader.u8() if flagged else _PRESENT
    if flag == _ABSENT:
        return Missing()
    if flag == _ERROR:
        return Missing(reader.u32())
    if flag != _PRESENT:
        raise BadSyntax("the flag of a value", where)
    value = read_value(reader, kind, form)
    return Typed(kind, value) if unspecified else value


# TypedString, 2.11.7
_NONE, _EMPTY, _EIGHT_BIT, _REDUCED, _UNICODE = range(5)


def format_typed_string(text: str | None) -> bytes:
    """As short as it can be; None: there is none."""
    if not text:
        return bytes([_NONE if text is None else _EMPTY])
    text = text.replace("\0", "")
    if max(text, default="\0") < "\u0100":
        return bytes([_REDUCED]) + text.encode("latin-1") + b"\0"
    return bytes([_UNICODE]) + format_unicode(text)


def read_typed_string(reader: Reader, encoding: str) -> str | None:
    """`encoding`: the client's, for 8 bits."""
    where, form = reader.at, reader.u8()
    if form == _NONE:
        return None
    if form == _EMPTY:
        return ""
    if form == _EIGHT_BIT:
        return reader.ansi().decode(encoding, "replace")
    if form == _REDUCED:
        return reader.ansi().decode("latin-1")
    if form == _UNICODE:
        return reader.unicode()
    raise BadSyntax("the form of a string", where)
