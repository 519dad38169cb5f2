"""What the fields of structures are on the wire, by short names for annotations – [MS-OXCDATA], [MS-OXCROPS] 2.2.

Strings of 8 bits are bytes: who has the code page makes text of them. Rows whose columns are told elsewhere are bytes
as well; `property_rows` reads and writes them.
"""

from __future__ import annotations

from struct import Struct
from typing import Annotated, Any, TypeVar
from uuid import UUID

from posthouse.model.refusals import BadSyntax

from .compositions import Count, Flagged, Size
from .identifiers import LongTermId, ObjectId
from .property_names import PropertyName, format_property_name, read_property_name
from .property_rows import RowReader, format_row, format_typed_string, read_row, read_typed_string
from .property_values import PropertyTag, TaggedValue, read_tagged_value, tag_of
from .reader import Reader, format_unicode
from .restrictions import Restriction, SortOrder, format_restriction, read_restriction, read_sort_order
from .structures import Codec, Fixed

T = TypeVar("T")

U8 = Annotated[int, Fixed("B")]
U16 = Annotated[int, Fixed("H")]
U32 = Annotated[int, Fixed("I")]
U64 = Annotated[int, Fixed("Q")]
I32 = Annotated[int, Fixed("i")]
I64 = Annotated[int, Fixed("q")]
Bool8 = Annotated[bool, Fixed("?")]
"""Any byte but 0 is TRUE."""
Bool16 = Annotated[bool, Fixed("H", bool)]
Guid = Annotated[UUID, Fixed("16s", lambda raw: UUID(bytes_le=raw), lambda guid: guid.bytes_le)]


def _object_id(raw: bytes) -> ObjectId:
    return ObjectId(raw[0] | raw[1] << 8, int.from_bytes(raw[2:], "big"))


def _long_term_id(raw: bytes) -> LongTermId:
    return LongTermId(UUID(bytes_le=raw[:16]), int.from_bytes(raw[16:22], "big"))


Tag = Annotated[PropertyTag, Fixed("I", tag_of, lambda tag: tag[0] << 16 | tag[1])]
FID = Annotated[ObjectId, Fixed("8s", _object_id, ObjectId.format)]
MID = Annotated[ObjectId, Fixed("8s", _object_id, ObjectId.format)]
LongTerm = Annotated[LongTermId, Fixed("24s", _long_term_id, LongTermId.format)]


def exactly(count: int) -> Fixed:
    """Just so many bytes."""
    return Fixed(f"{count}s")


# strings
def _format_ansi(text: bytes) -> bytes:
    return text.replace(b"\0", b"") + b"\0"


def _format_text(text: str) -> bytes:
    return format_unicode(text.replace("\0", ""))


class TextBy(Codec):
    """Text when that field before it is TRUE, otherwise 8 bits."""

    def __init__(self, flag: str) -> None:
        self.flag = flag

        def read(reader: Reader, so_far: Any) -> str | bytes:
            return reader.unicode() if getattr(so_far, flag) else reader.ansi()

        super().__init__(1, read, lambda text: _format_text(text) if isinstance(text, str) else _format_ansi(text))


def _read_typed(reader: Reader, _: Any) -> str | bytes | None:
    if reader.left and reader.data[reader.at] == _EIGHT_BIT:
        reader.at += 1
        return reader.ansi()
    return read_typed_string(reader, "ascii")


def _format_typed(text: str | bytes | None) -> bytes:
    return bytes([_EIGHT_BIT]) + _format_ansi(text) if isinstance(text, bytes) else format_typed_string(text)


_EIGHT_BIT = 2
Ansi = Annotated[bytes, Codec(1, lambda reader, _: reader.ansi(), _format_ansi)]
Text = Annotated[str, Codec(2, lambda reader, _: reader.unicode(), _format_text)]
TypedString = Annotated[str | bytes | None, Codec(1, _read_typed, _format_typed)]
"""[MS-OXCDATA] 2.11.7. None: there is none; bytes: 8 bits."""


# sizes and counts
def _counted_bytes(form: str) -> Codec:
    size = Struct("<" + form)

    def read(reader: Reader, _: Any) -> bytes:
        return reader.take(size.unpack(reader.take(size.size))[0])

    return Codec(size.size, read, lambda raw: size.pack(len(raw)) + raw)


Bytes8 = Annotated[bytes, _counted_bytes("B")]
Bytes16 = Annotated[bytes, _counted_bytes("H")]
Bytes32 = Annotated[bytes, _counted_bytes("I")]
Rest = Annotated[bytes, Codec(0, lambda reader, _: reader.rest(), bytes)]
"""All that is left."""

Counted8 = Annotated[tuple[T, ...], Count("B")]
Counted16 = Annotated[tuple[T, ...], Count("H")]
Counted32 = Annotated[tuple[T, ...], Count("I")]
Sized16 = Annotated[T, Size("H")]
Maybe = Annotated[T | None, Flagged()]


# what [MS-OXCDATA] has read and formatted elsewhere
def _read_sized_restriction(reader: Reader, _: Any) -> Restriction | None:
    within = Reader(reader.take(reader.u16()))
    if not within.left:
        return None
    restriction = read_restriction(within)
    within.done()
    return restriction


def _format_sized_restriction(restriction: Restriction | None) -> bytes:
    raw = b"" if restriction is None else format_restriction(restriction)
    return len(raw).to_bytes(2, "little") + raw


Restriction16 = Annotated[Restriction | None, Codec(2, _read_sized_restriction, _format_sized_restriction)]
"""With its size before it. None: the size is 0."""
Value = Annotated[TaggedValue, Codec(4, lambda reader, _: read_tagged_value(reader), TaggedValue.format)]
Order = Annotated[SortOrder, Codec(5, lambda reader, _: read_sort_order(reader), SortOrder.format)]
Name = Annotated[PropertyName | None, Codec(1, lambda reader, _: read_property_name(reader), format_property_name)]


def _read_row_as_it_is(reader: Reader, _: Any) -> bytes:
    if not isinstance(reader, RowReader) or not reader.columns:
        raise BadSyntax("a row whose columns are known", reader.at)
    begin = reader.at
    read_row(reader, reader.columns)
    return reader.data[begin : reader.at]


Row = Annotated[bytes, Codec(1, _read_row_as_it_is, bytes)]
"""A PropertyRow of columns that were told before, as it is: from a RowReader."""


class RowOf(Codec):
    """A row that always has these columns."""

    def __init__(self, *columns: PropertyTag) -> None:
        self.columns = columns
        super().__init__(1, lambda reader, _: read_row(reader, columns), lambda cells: format_row(columns, cells))
