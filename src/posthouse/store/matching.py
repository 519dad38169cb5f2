"""Whether a text occurs in a message: a substring without regard to case, in what a reader sees.

An ASCII needle is first looked for in the bytes as they are. Where the bytes can't hide it (no encoded words, no
transfer encoding, a charset in which ASCII is ASCII) that settles it, and nothing is decoded.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from posthouse.message.charsets import codec_for
from posthouse.message.decode import KNOWN_ENCODINGS, decode_chunks
from posthouse.message.fields import fields_cover, pick_fields
from posthouse.message.headers import FIELD
from posthouse.message.parts import Part, load_parts
from posthouse.message.source import Data
from posthouse.message.words import decode_header

_FOLDING = re.compile(rb"\r*\n(?=[ \t])")
_ENCODED = re.compile(rb"base64|quoted-printable|utf-?7|utf-?16|utf-?32|iso-2022|hz|x-uu|binhex|ebcdic")
"""In a part table: something that may hide an ASCII text."""
_WIDE = re.compile(r"utf.?(7|16|32)|iso.?2022|hz|cp037|cp273|cp424|cp500|cp1026|cp1140|cp875")
"""Codecs in which the bytes of ASCII text are not ASCII, or may be something else."""


def fold(text: str) -> str:
    """What two texts have in common that differ only in case or in the way their characters are composed."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text.casefold())


class Needle:
    """A text to look for, made ready once for a whole search."""

    __slots__ = ("ascii", "one_line", "text")

    def __init__(self, text: str) -> None:
        self.text = fold(text)
        self.ascii = self.text.encode("ascii") if self.text.isascii() else b""
        """Empty when bytes can't be compared."""
        self.one_line = bool(self.ascii) and not re.search(rb"\s", self.ascii)
        """A folded line can't part it."""

    def in_text(self, text: str) -> bool:
        return self.text in fold(text)


def header_has(header: bytes, name: bytes, needle: Needle) -> bool:
    """Whether a field of that name has the text; an empty needle asks for the field alone."""
    picked = pick_fields(header, _one(name))
    if not needle.text:
        return len(picked) > 2
    if needle.one_line and b"=?" not in picked and picked.isascii() and needle.ascii not in picked.lower():
        return False
    return any(needle.in_text(decode_header(value)) for _, _, value in FIELD.findall(picked))


@lru_cache(maxsize=512)
def _one(name: bytes) -> frozenset[bytes]:
    return frozenset((name,))


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
        return not self._cannot_have(needle) and self._in_parts(needle, mime_headers=False)

    def text_has(self, needle: Needle) -> bool:
        if self._cannot_have(needle):
            return False
        return _block_has(self.header, needle) or self._in_parts(needle, mime_headers=True)

    def _cannot_have(self, needle: Needle) -> bool:
        """Nothing is encoded, and the bytes don't have it. The common case of plain mail, at memory speed."""
        data = self._data
        return (
            needle.one_line
            and isinstance(data, bytes)
            and _ENCODED.search(self._parts) is None
            and b"=?" not in data
            and needle.ascii not in data.lower()
            and data.isascii()
        )

    def _in_parts(self, needle: Needle, mime_headers: bool) -> bool:
        for part in load_parts(self._parts):
            if not part.path or part.type.startswith("multipart/"):
                block = (part.mime_start, part.start)
            elif part.is_message:
                if self._block(needle, part.start, part.header_end):
                    return True
                block = (part.mime_start, part.start)
            elif part.type.startswith(("text/", "message/")) and part_has(self._data, part, needle):
                return True
            else:
                block = (part.mime_start, part.start)
            if mime_headers and part.path and self._block(needle, *block):
                return True
        return False

    def _block(self, needle: Needle, start: int, end: int) -> bool:
        return end > start and _block_has(bytes(self._data[start:end]), needle)


def _block_has(header: bytes, needle: Needle) -> bool:
    """A header block, names of fields included."""
    if b"=?" in header or not header.isascii():
        return any(
            needle.in_text(f"{name.decode('ascii')}: {decode_header(value)}")
            for _, name, value in FIELD.findall(header)
        )
    return bool(needle.ascii) and needle.ascii in _FOLDING.sub(b"", header).lower()


def part_has(data: Data, part: Part, needle: Needle) -> bool:
    """Whether a text part has it, piece by piece so that memory does not grow with the part."""
    codec = codec_for(part.charset) or "ascii"
    if needle.ascii and not _WIDE.search(codec):
        found = _bytes_have(_decoded(data, part), needle.ascii)
        if found is not None:
            return found
    keep = len(needle.text) * 3
    tail = ""
    for text in _texts(_decoded(data, part), codec):
        tail += fold(text)
        if needle.text in tail:
            return True
        tail = tail[-keep:]
    return False


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
