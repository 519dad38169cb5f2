"""Text for SEARCH and for an index: every header and every text part, decoded – RFC 9051 §6.4.4, RFC 5051.

Memory is bounded: a part comes in pieces, which overlap so that a word is not cut in two.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterator

from posthouse.message.charsets import codec_for, guess_text
from posthouse.message.decode import KNOWN_ENCODINGS, decode_chunks
from posthouse.message.headers import FIELD, get_all
from posthouse.message.limits import MAX_HEADER
from posthouse.message.markup import strip_markup
from posthouse.message.parts import Part, PartTable
from posthouse.message.source import Data
from posthouse.message.words import decode_header

OVERLAP = 1024
"""Characters of a piece that come again in the next."""
MAX_TEXT = 16 * 1024 * 1024
"""Decoded bytes of one part that are looked into."""


def fold(text: str) -> str:
    """For comparison: without regard to case, and to how a character is composed."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def contains(text: str, folded_key: str) -> bool:
    return folded_key in fold(text)


def header_text(header: bytes) -> str:
    """A whole header block for people, one field a line."""
    return "\n".join(
        f"{name.decode('ascii')}: {decode_header(value)}" for _, name, value in FIELD.findall(header[:MAX_HEADER])
    )


def field_texts(header: bytes, name: bytes) -> list[str]:
    """All fields of that name for people: SEARCH HEADER, FROM, SUBJECT …"""
    return [decode_header(value) for value in get_all(header[:MAX_HEADER], name)]


def searchable_text(data: Data, parts: PartTable, *, headers: bool = True) -> Iterator[str]:
    """SEARCH TEXT looks into all of this; without `headers`, that of the message is left out, as SEARCH BODY has it.
    The headers of parts and of messages inside are part of the body."""
    if headers:
        yield header_text(bytes(data[: min(parts.message.header_end, MAX_HEADER)]))
    for part in parts:
        if part.path:
            yield from _part_text(data, part)


def _part_text(data: Data, part: Part) -> Iterator[str]:
    if part.mime_start > 0 and part.mime_start < part.start:
        yield header_text(bytes(data[part.mime_start : min(part.start, part.mime_start + MAX_HEADER)]))
    if part.is_message and part.header_end > part.start:
        yield header_text(bytes(data[part.start : min(part.header_end, part.start + MAX_HEADER)]))
    if part.is_text:
        yield from part_text(data, part)


def part_text(data: Data, part: Part) -> Iterator[str]:
    """One text part, as its reader sees it, in overlapping pieces."""
    encoding = part.encoding if part.encoding in KNOWN_ENCODINGS else "binary"
    decoder = _text_decoder(part.charset)
    is_html = part.type == "text/html"
    tail = ""
    seen = 0
    for chunk in decode_chunks(data, part.start, part.end, encoding):
        seen += len(chunk)
        text = decoder.decode(chunk)
        if not text:
            continue
        text = tail + (strip_markup(text) if is_html else text)
        yield text
        tail = text[-OVERLAP:]
        if seen > MAX_TEXT:
            break


class _Guess:
    """No charset, or an unknown one: each piece is taken for what it could be."""

    def decode(self, data: bytes) -> str:
        return data.decode("ascii") if data.isascii() else guess_text(data)


def _text_decoder(charset: str) -> codecs.IncrementalDecoder | _Guess:
    codec = codec_for(charset) if charset else None
    if codec is None or codec == "ascii":
        return _Guess()
    return codecs.getincrementaldecoder(codec)("replace")
