"""Values in the types and code pages that clients ask for – [MS-OXNSPI] 3.1.4.3.3."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.body import Rows
from posthouse.protocols.mapi.property_rows import Cell, Missing
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue, Value
from posthouse.servers.mapi.errors import ErrorCode

from .book import MAX_COLUMNS, BookError
from .identities import Branch, Entry, Person, ephemeral_id
from .properties import Known, find_known

STRING8 = PropertyType.STRING8
DEFAULT_COLUMNS = (
    tags.PidTagAddressBookContainerId,
    tags.PidTagObjectType,
    tags.PidTagDisplayType,
    PropertyTag(tags.PidTagDisplayName.id, STRING8),
    PropertyTag(tags.PidTagPrimaryTelephoneNumber.id, STRING8),
    PropertyTag(tags.PidTagDepartmentName.id, STRING8),
    PropertyTag(tags.PidTagOfficeLocation.id, STRING8),
)
"""R1627."""
NOT_THERE = Missing(ErrorCode.ecNotFound)
MAX_BYTES = 4 * 1024 * 1024
"""Of the values in one response. A row that has more by itself is NotEnoughMemory (R662)."""
_SMALL = 8
"""Bytes of what is neither text nor bytes, and of what is not there."""


def in_eight_bits(tag: PropertyTag) -> PropertyTag:
    """The same property; if it is a string, in the client's code page."""
    text = tag.type & ~MULTIPLE == PropertyType.STRING
    return PropertyTag(tag.id, tag.type - 1) if text else tag


@dataclass(frozen=True, slots=True)
class Column:
    tag: PropertyTag
    """With the type of its values; never PropertyType.UNSPECIFIED (R37)."""
    _person: Known | None
    _branch: Known | None
    _convert: Callable[[Value], Value]
    _ephemeral: bool

    def value(self, entry: Entry | None) -> Value:
        """None: there is none."""
        if entry is None:
            return None
        if self._ephemeral:
            return ephemeral_id(entry)
        known = self._person if isinstance(entry, Person) else self._branch
        value = None if known is None else known.value(entry)
        return None if value is None else self._convert(value)


def columns_of(asked: Sequence[PropertyTag], encoding: str, *, ephemeral: bool) -> list[Column]:
    """`ephemeral`: entry ids that last as long as the server's GUID."""
    if len(asked) > MAX_COLUMNS:
        raise BookError(ErrorCode.ecTableTooBig)
    return [_column(tag, encoding, ephemeral) for tag in asked]


def _column(tag: PropertyTag, encoding: str, ephemeral: bool) -> Column:
    person, branch = find_known(Person, tag), find_known(Branch, tag)
    known = person or branch
    if tag.type == PropertyType.UNSPECIFIED:
        tag = PropertyTag(tag.id, PropertyType.ERROR_CODE) if known is None else known.tag
    return Column(tag, person, branch, _converter(tag, encoding), ephemeral and tag == tags.PidTagEntryId)


def _converter(tag: PropertyTag, encoding: str) -> Callable[[Value], Value]:
    if tag.type & ~MULTIPLE != STRING8:
        return lambda value: value

    def encode(value: Value) -> Value:
        if isinstance(value, tuple):
            return tuple(map(encode, value))
        return str(value).encode(encoding, "replace")

    return encode


def make_rows(columns: Sequence[Column], entries: Iterable[Entry | None]) -> Rows:
    """As many as there is room for in one response, and one at least. An entry that is not there has a row of errors
    (R985)."""
    rows, left = list[tuple[Cell, ...]](), MAX_BYTES
    for entry in entries:
        values, size = _values(columns, entry)
        left -= size
        if left < 0 and rows:
            break
        rows.append(tuple(map(_cell, values)))
    return Rows(tuple(column.tag for column in columns), tuple(rows))


def _values(columns: Sequence[Column], entry: Entry | None) -> tuple[list[Value], int]:
    """And about how many bytes they are. What is asked for twice (R912) is looked up once."""
    known, values, size = dict[PropertyTag, Value](), list[Value](), 0
    for column in columns:
        if column.tag not in known:
            known[column.tag] = column.value(entry)
        values.append(known[column.tag])
        size += _size(values[-1])
        if size > MAX_BYTES:
            raise BookError(ErrorCode.ecMemory)
    return values, size


def _size(value: Value) -> int:
    match value:
        case bytes():
            return len(value)
        case str():
            return 2 * len(value)
        case tuple():
            return sum(map(_size, value))
    return _SMALL


def _cell(value: Value) -> Cell:
    return NOT_THERE if value is None else value


def make_values(columns: Sequence[Column], entry: Entry | None) -> tuple[TaggedValue, ...]:
    """A row that tells its own tags; with an error in place of each value that is not there (R910)."""
    values, _ = _values(columns, entry)
    return tuple(_tagged(column.tag, value) for column, value in zip(columns, values, strict=True))


def _tagged(tag: PropertyTag, value: Value) -> TaggedValue:
    if value is None:
        return TaggedValue(PropertyTag(tag.id, PropertyType.ERROR_CODE), ErrorCode.ecNotFound)
    return TaggedValue(tag, value)
