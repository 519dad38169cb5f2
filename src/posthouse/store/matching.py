"""Whether a text occurs in a message: a substring without regard to case, in what a reader sees.

A reader of HTML does not see its tags, but may know a link: both the text and its source are looked into. Office
documents and PDF are looked into as well.

An ASCII needle is first looked for in the bytes as they are. Where the bytes can't hide it (no encoded words, no
transfer encoding, a charset in which ASCII is ASCII) that settles it, and nothing is decoded.

`Content.texts` gives all that a needle could be found in, for an index: whatever is found here is in there.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from posthouse.message.charsets import codec_for
from posthouse.message.decode import KNOWN_ENCODINGS, decode_chunks
from posthouse.message.documents import MAX_DOCUMENT, document_texts, is_archive, is_pdf, may_be_document
from posthouse.message.fields import fields_cover, pick_fields
from posthouse.message.headers import FIELD
from posthouse.message.markup import strip_markup
from posthouse.message.parts import Part, load_parts
from posthouse.message.source import Data
from posthouse.message.words import decode_header
from posthouse.store.comparators import Comparator, fold
from posthouse.store.pdf_process import PdfProcess

Fold = Callable[[str], str]

_FOLDING = re.compile(rb"\r*\n(?=[ \t])")
_ENCODED = re.compile(rb"text/html|base64|quoted-printable|utf-?7|utf-?16|utf-?32|iso-2022|hz|x-uu|binhex|ebcdic")
"""In a part table: something that may hide an ASCII text."""
_WIDE = re.compile(
    r"utf.?(7|16|32)|iso.?2022|hz|cp037|cp273|cp424|cp500|cp1026|cp1140|cp875"
    r"|gb|big5|shift|sjis|johab|cp932|cp949|cp950|uhc|ms932"
)
"""Codecs in which the bytes of ASCII text are not ASCII, or may be something else."""

PDF = PdfProcess()
"""One for a worker, as it is one for all its accounts."""


class Needle:
    """A text to look for, made ready once for a whole search."""

    __slots__ = ("_words", "ascii", "fold", "text")

    def __init__(self, text: str, comparator: Comparator = Comparator.UNICODE_CASEMAP) -> None:
        self.fold = comparator.fold
        self.text = self.fold(text)
        self.ascii = self.text.encode("ascii") if self.fold is fold and self.text.isascii() else b""
        """Empty when bytes can't be compared."""
        self._words = self.ascii.split()
        """What no folded line can part."""

    def is_missing(self, data: bytes) -> bool:
        """Whether the bytes, which hide nothing, lack a part of it. No says nothing."""
        if not self._words:
            return False
        data = data.lower()
        return any(word not in data for word in self._words)

    def in_text(self, text: str) -> bool:
        return self.text in self.fold(text)


def header_has(header: bytes, name: bytes, needle: Needle) -> bool:
    """Whether a field of that name has the text; an empty needle asks for the field alone."""
    picked = pick_fields(header, _one(name))
    if not needle.text:
        return len(picked) > 2
    if b"=?" not in picked and picked.isascii() and needle.is_missing(picked):
        return False
    return any(needle.in_text(decode_header(value)) for _, _, value in FIELD.findall(picked))


@lru_cache(maxsize=512)
def _one(name: bytes) -> frozenset[bytes]:
    return frozenset((name,))


def field_texts(header: bytes, name: bytes) -> list[str]:
    """The folded values of all fields of that name."""
    return [fold(decode_header(value)) for _, _, value in FIELD.findall(pick_fields(header, _one(name)))]


def is_kept(name: bytes) -> bool:
    """Whether a message's `fields` column answers for this field."""
    return fields_cover(_one(name))


class Content:
    """One message's bytes with its part table, for the length of a few tests."""

    __slots__ = ("_data", "_header_size", "_parts")

    def __init__(self, data: Data, header_size: int, parts: bytes) -> None:
        self._data = data
        self._header_size = header_size
        self._parts = parts

    @property
    def header(self) -> bytes:
        return bytes(self._data[: self._header_size])

    def body_has(self, needle: Needle) -> bool:
        if needle.fold is not fold:
            return self._has_folded(needle, in_header=False)
        return not self._cannot_have(needle) and self._in_parts(needle, mime_headers=False)

    def text_has(self, needle: Needle) -> bool:
        if needle.fold is not fold:
            return self._has_folded(needle, in_header=True)
        if self._cannot_have(needle):
            return False
        return _block_has(self.header, needle) or self._in_parts(needle, mime_headers=True)

    def _cannot_have(self, needle: Needle) -> bool:
        """Nothing is encoded, and the bytes don't have it. The common case of plain mail, at memory speed."""
        data = self._data
        return (
            isinstance(data, bytes)
            and _ENCODED.search(self._parts) is None
            and b"=?" not in data
            and needle.is_missing(data)
            and data.isascii()
        )

    def _has_folded(self, needle: Needle, in_header: bool) -> bool:
        """By another comparator than the usual one: everything is decoded."""
        return any(needle.text in text for text in self.texts(in_header, needle.fold, len(needle.text)))

    def texts(self, in_header: bool = True, fold: Fold = fold, overlap: int = 2) -> Iterator[str]:
        """Folded, in pieces that overlap: every three characters in a row of what a needle may be found in."""
        if in_header:
            yield from _block_texts(self.header, fold)
        for part in load_parts(self._parts):
            for start, end in _blocks(part, mime_headers=in_header):
                yield from _block_texts(bytes(self._data[start:end]), fold)
            for stream in _streams(self._data, part, with_source=True, fold=fold):
                tail = ""
                for text in stream:
                    tail += text
                    yield tail
                    tail = tail[-overlap:]

    def fuzzy_texts(self, *, in_header: bool) -> Iterator[tuple[str, bool]]:
        """Folded texts as a reader sees them; whether each is of a header."""
        if in_header:
            for text in _block_texts(self.header):
                yield text, True
        for part in load_parts(self._parts):
            for start, end in _blocks(part, mime_headers=in_header):
                for text in _block_texts(bytes(self._data[start:end])):
                    yield text, True
            for stream in _streams(self._data, part, with_source=part.type != "text/html"):
                for text in stream:
                    yield text, False

    def _in_parts(self, needle: Needle, mime_headers: bool) -> bool:
        for part in load_parts(self._parts):
            for start, end in _blocks(part, mime_headers):
                if _block_has(bytes(self._data[start:end]), needle):
                    return True
            if part_has(self._data, part, needle):
                return True
        return False


def _blocks(part: Part, mime_headers: bool) -> Iterator[tuple[int, int]]:
    """Header blocks that belong to a part."""
    if part.path and part.is_message and part.header_end > part.start:
        yield part.start, part.header_end
    if part.path and mime_headers and part.start > part.mime_start:
        yield part.mime_start, part.start


def _is_readable(part: Part) -> bool:
    """Whether it is text to be looked into as it is."""
    return bool(part.path) and not part.is_message and part.type.startswith(("text/", "message/"))


def _block_has(header: bytes, needle: Needle) -> bool:
    """A header block, names of fields included."""
    if b"=?" in header or not header.isascii():
        return any(
            needle.in_text(f"{name.decode('ascii')}: {decode_header(value)}")
            for _, name, value in FIELD.findall(header)
        )
    return bool(needle.ascii) and needle.ascii in _FOLDING.sub(b"", header).lower()


def _block_texts(header: bytes, fold: Fold = fold) -> Iterator[str]:
    """All that `_block_has` and `header_has` look into."""
    plain = b"=?" not in header and header.isascii()
    if plain:
        yield fold(_FOLDING.sub(b"", header).decode("ascii"))
    if not plain or b"\0" in header or header.count(b"\r") != header.count(b"\r\n"):
        for _, name, value in FIELD.findall(header):
            yield fold(f"{name.decode('ascii')}: {decode_header(value)}")


def part_has(data: Data, part: Part, needle: Needle) -> bool:
    """Whether a part has it, piece by piece so that memory does not grow with the part."""
    known = False
    if needle.ascii and _is_readable(part) and not _WIDE.search(codec_for(part.charset) or "ascii"):
        found = _bytes_have(_decoded(data, part), needle.ascii)
        if found:
            return True
        known = found is False
    return any(_stream_has(stream, needle.text) for stream in _streams(data, part, with_source=not known))


def _stream_has(stream: Iterator[str], text: str) -> bool:
    tail = ""
    for piece in stream:
        tail += piece
        if text in tail:
            return True
        tail = tail[-len(text) :]
    return False


def _streams(data: Data, part: Part, *, with_source: bool, fold: Fold = fold) -> Iterator[Iterator[str]]:
    """A part's texts, folded, each in pieces: as it is written, and as it is shown."""
    if _is_readable(part):
        codec = codec_for(part.charset) or "ascii"
        if with_source:
            composed = list[bool]()
            yield _folded(_texts(_decoded(data, part), codec), composed, fold)
            if composed:  # `_bytes_have` finds an ASCII letter also where folding joins it with an accent behind it
                yield (text.lower() for text in _texts(_decoded(data, part), codec))
        if part.type == "text/html":
            yield (fold(strip_markup(text)) for text in _texts(_decoded(data, part), codec))
    elif may_be_document(part.type) and part.size <= MAX_DOCUMENT:
        pieces = _decoded(data, part)
        start = next(pieces, b"")
        if is_archive(start):
            yield (fold(text) for text in document_texts(start + b"".join(pieces)))
        elif is_pdf(start):
            yield iter((fold(PDF.text(start + b"".join(pieces))),))


def _folded(texts: Iterator[str], composed: list[bool], fold: Fold) -> Iterator[str]:
    """`composed` tells whether folding may have joined characters."""
    for text in texts:
        if not composed and not text.isascii() and not unicodedata.is_normalized("NFKC", text):
            composed.append(True)
        yield fold(text)


def _decoded(data: Data, part: Part) -> Iterator[bytes]:
    encoding = part.encoding if part.encoding in KNOWN_ENCODINGS else ""
    return decode_chunks(data, part.start, part.end, encoding)


def _bytes_have(pieces: Iterator[bytes], needle: bytes) -> bool | None:
    """None: not as it stands, but there are characters which may fold to ASCII ones."""
    keep = len(needle) - 1
    tail = b""
    verdict: bool | None = False
    for piece in pieces:
        if not piece.isascii():
            verdict = None
        tail += piece.lower()
        if needle in tail:
            return True
        tail = tail[len(tail) - keep :] if keep < len(tail) else tail
    return verdict


def _texts(pieces: Iterator[bytes], codec: str) -> Iterator[str]:
    """Unlabelled 8-bit text is UTF-8, as nearly all of it is today."""
    decoder = codecs.getincrementaldecoder("utf-8" if codec == "ascii" else codec)("replace")
    for piece in pieces:
        yield decoder.decode(piece)
    yield decoder.decode(b"", True)
