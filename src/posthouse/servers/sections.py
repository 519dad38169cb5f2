"""Where the sections of a stored message are – RFC 9051 §6.4.5.1: slices of it, never a copy of a large one."""

from __future__ import annotations

from collections.abc import Iterator

from posthouse.message.fields import pick_fields
from posthouse.message.parts import Part, PartTable, load_parts
from posthouse.protocols.imap.fetch import Partial, Section, SectionText
from posthouse.store.blobs import Buffer

SLICE = 128 * 1024
"""Octets of a message that are written at once."""


class Loaded:
    """One message: its bytes, and where its parts are."""

    def __init__(self, data: Buffer, parts: bytes) -> None:
        self.data = data
        self._parts = parts
        self._table: PartTable | None = None

    @property
    def table(self) -> PartTable:
        if self._table is None:
            self._table = load_parts(self._parts)
        return self._table

    def find(self, path: tuple[int, ...]) -> Part | None:
        return self.table.find(path)


def find_section(message: Loaded, section: Section, partial: Partial | None) -> tuple[Buffer, int, int] | None:
    """The octets of a section: where they are, from and to."""
    found = _locate(message, section)
    if found is None:
        return None
    data: Buffer = message.data
    start, end = found
    if section.text in (SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT):
        negate = section.text is SectionText.HEADER_FIELDS_NOT
        data = pick_fields(data[start:end], frozenset([name.encode("ascii") for name in section.fields]), negate)
        start, end = 0, len(data)
    return data, *cut(start, end, partial)


def _locate(message: Loaded, section: Section) -> tuple[int, int] | None:
    if not section.part and section.text is SectionText.WHOLE:
        return 0, len(message.data)
    part = message.find(section.part)
    if part is None:
        return None
    text = section.text
    if text in (SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT):
        text = SectionText.HEADER
    return part.section(text.value.decode())


def cut(start: int, end: int, partial: Partial | None) -> tuple[int, int]:
    """`<offset.count>`; what is beyond the end is not there (RFC 9051 §6.4.5)."""
    if partial is None:
        return start, end
    first = min(start + partial.offset, end)
    return first, min(first + partial.count, end)


def slices(data: Buffer, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, SLICE):
        yield data[at : min(at + SLICE, end)]
