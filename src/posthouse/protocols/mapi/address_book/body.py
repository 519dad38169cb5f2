"""Bodies of requests and responses, and what their fields are on the wire – [MS-OXCMAPIHTTP] 2.2.1, 2.2.5.

At the end of every body there is an auxiliary buffer, of which the address book knows no use.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack
from typing import Annotated, Any, Self, TypeVar

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.compositions import Count, Flagged
from posthouse.protocols.mapi.fields import U32, Bytes32, Tag, Text
from posthouse.protocols.mapi.property_rows import Cell, format_row, read_row
from posthouse.protocols.mapi.property_values import ADDRESS_BOOK, PropertyTag, TaggedValue, read_tagged_value
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.restrictions import Restriction, format_restriction, read_restriction
from posthouse.protocols.mapi.structures import Codec, Fixed, Structure, codec_of, structure

MAX_COUNT = 100_000
"""R25, [MS-OXNSPI] 2.2.2."""

T = TypeVar("T")


class Request(Structure):
    __slots__ = ()

    def format(self) -> bytes:
        return Structure.format(self) + bytes(4)

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """What stands behind it is passed over, as in Exchange: there are clients that send a byte too many."""
        return _read(cls, Reader(body))


@structure
class Response(Structure):
    """StatusCode before its fields is 0."""

    error_code: U32 = 0

    def format(self) -> bytes:
        return bytes(4) + Structure.format(self) + bytes(4)

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """BadSyntax also for a failure body, which every request type can have (2.2.4.1.3)."""
        reader = Reader(body)
        if reader.u32():
            raise BadSyntax("a response whose StatusCode is 0", 0)
        made = _read(cls, reader)
        reader.done()
        return made


Body = TypeVar("Body", bound=Structure)


def _read(kind: type[Body], reader: Reader) -> Body:
    made = kind.read(reader)
    reader.take(reader.u32())
    return made


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns, and rows with a cell for each."""

    columns: tuple[PropertyTag, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Many:
    """A number of items, and the items: never more than MAX_COUNT."""

    def wrap(self, inner: Codec | Fixed) -> Codec:
        counted = Count("I").wrap(inner)

        def read(reader: Reader, so_far: Any) -> Any:
            where, count = reader.at, reader.u32()
            if count > MAX_COUNT:
                raise BadSyntax(f"at most {MAX_COUNT} items", where)
            reader.at = where
            return counted.read(reader, so_far)

        return Codec(counted.least, read, counted.format)


Maybe = Annotated[T | None, Flagged(0xFF)]
Flag = Annotated[bool, Fixed("B", bool, lambda value: 0xFF if value else 0)]
Dn = Annotated[
    str,
    Codec(
        1,
        lambda reader, _: reader.ansi().decode("latin-1"),
        lambda dn: dn.encode("ascii", "replace").replace(b"\0", b"") + b"\0",
    ),
]
Value = Annotated[
    TaggedValue,
    Codec(4, lambda reader, _: read_tagged_value(reader, ADDRESS_BOOK), lambda value: value.format(ADDRESS_BOOK)),
]
Filter = Annotated[
    Restriction,
    Codec(
        1,
        lambda reader, _: read_restriction(reader, ADDRESS_BOOK),
        lambda restriction: format_restriction(restriction, ADDRESS_BOOK),
    ),
]
MIds = Annotated[tuple[U32, ...], Many()]
"""An Explicit Table: Minimal Entry IDs."""
Tags = Annotated[tuple[Tag, ...], Many()]
Values = Annotated[tuple[Value, ...], Many()]
ValueLists = Annotated[tuple[Values, ...], Many()]
Dns = Annotated[tuple[Dn, ...], Many()]
Texts = Annotated[tuple[Text, ...], Many()]
EntryIds = Annotated[tuple[Bytes32, ...], Many()]

_TAGS = codec_of(Tags)
_CELLS = Codec(1, lambda reader, columns: read_row(reader, columns, ADDRESS_BOOK), lambda row: row)
_ROWS = Many().wrap(_CELLS)


def _read_rows(reader: Reader, _: Any) -> Rows:
    columns = _TAGS.read(reader, None)
    return Rows(columns, _ROWS.read(reader, columns))


def _format_rows(rows: Rows) -> bytes:
    formatted = b"".join(format_row(rows.columns, row, ADDRESS_BOOK) for row in rows.rows)
    return _TAGS.format(rows.columns) + pack("<I", len(rows.rows)) + formatted


Table = Annotated[Rows, Codec(8, _read_rows, _format_rows)]
