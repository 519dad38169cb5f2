"""BODY[…] and BINARY[…] of one message – RFC 9051 §6.4.5, §6.4.5.1, RFC 3516.

What is sent is a slice of the message, never a copy of a large one. A NUL in a plain literal would break the framing,
so it goes as 0x80 there (RFC 9051 §4.3.1 wants literal8 for it, which only BINARY has).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from posthouse.message.decode import decode_chunks, decode_part, decoded_size, decoder_for
from posthouse.message.fields import pick_fields
from posthouse.message.parts import Part, PartTable, load_parts
from posthouse.protocols.imap.fetch import Binary, BinarySize, BodySection, Partial, Section, SectionText, response_name
from posthouse.protocols.imap.strings import literal_header
from posthouse.store.blobs import Buffer

from .fields import header_names

SLICE = 128 * 1024
"""Octets of a message that are written at once."""
DECODED_AT_ONCE = 1024 * 1024
"""A part up to this size is decoded in memory; a larger one piece by piece, twice: to count, and to send."""


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


def body_section(message: Loaded, item: BodySection) -> Iterator[bytes]:
    """`BODY[1.2] {…}…`, or NIL where there is no such section."""
    name = response_name(item)
    found = find_section(message, item.section, item.partial)
    if found is None:
        yield name + b" NIL"
        return
    data, start, end = found
    yield name + b" " + literal_header(end - start)
    for octets in slices(data, start, end):
        yield octets.replace(b"\0", b"\x80") if b"\0" in octets else octets


def find_section(message: Loaded, section: Section, partial: Partial | None) -> tuple[Buffer, int, int] | None:
    """The octets of a section: where they are, from and to."""
    found = _locate(message, section)
    if found is None:
        return None
    data: Buffer = message.data
    start, end = found
    if section.text in (SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT):
        negate = section.text is SectionText.HEADER_FIELDS_NOT
        data = pick_fields(data[start:end], header_names(section), negate)
        start, end = 0, len(data)
    return data, *_cut(start, end, partial)


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


def _cut(start: int, end: int, partial: Partial | None) -> tuple[int, int]:
    """`<offset.count>`; what is beyond the end is not there (RFC 9051 §6.4.5)."""
    if partial is None:
        return start, end
    first = min(start + partial.offset, end)
    return first, min(first + partial.count, end)


def slices(data: Buffer, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, SLICE):
        yield data[at : min(at + SLICE, end)]


def require_known_encoding(message: Loaded, item: Binary | BinarySize) -> None:
    """Raises `UnknownEncoding`."""
    found = _encoded(message, item.part)
    if found is not None:
        decoder_for(found[2])


def binary(message: Loaded, item: Binary) -> Iterator[bytes]:
    """`BINARY[1] {…}…`, as literal8 where there is a NUL."""
    name = response_name(item)
    found = _encoded(message, item.part)
    if found is None:
        yield name + b" NIL"
        return
    start, end, encoding = found
    if end - start > DECODED_AT_ONCE:
        yield from _large_binary(message, item, start, end, encoding)
        return
    decoded = decode_part(message.data[start:end], encoding)
    first, last = _cut(0, len(decoded), item.partial)
    decoded = decoded[first:last]
    yield name + b" " + literal_header(len(decoded), binary=b"\0" in decoded)
    yield decoded


def _large_binary(message: Loaded, item: Binary, start: int, end: int, encoding: str) -> Iterator[bytes]:
    first, last = _cut(0, decoded_size(message.data, encoding, start, end), item.partial)
    yield response_name(item) + b" " + literal_header(last - first, binary=True)
    yield from _window(decode_chunks(message.data, start, end, encoding), first, last)


def _window(chunks: Iterable[bytes], first: int, last: int) -> Iterator[bytes]:
    """Octets `first` to `last` of what the chunks are together."""
    at = 0
    for chunk in chunks:
        if at >= last:
            return
        piece = chunk[max(0, first - at) : last - at]
        at += len(chunk)
        if piece:
            yield piece


def binary_size(message: Loaded, item: BinarySize) -> bytes:
    """Of a part that is not there: 0, for the grammar has no NIL here."""
    found = _encoded(message, item.part)
    size = decoded_size(message.data, found[2], found[0], found[1]) if found else 0
    return b"%b %d" % (response_name(item), size)


def _encoded(message: Loaded, path: tuple[int, ...]) -> tuple[int, int, str] | None:
    """Offsets and transfer encoding. The whole message, multiparts and messages have none (RFC 2045 §6.4)."""
    part = message.find(path)
    if part is None:
        return None
    whole = part.is_message or part.type.startswith("multipart/")
    return part.start, part.end, "" if whole else part.encoding
