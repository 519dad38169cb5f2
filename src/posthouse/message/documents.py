"""The text of common office documents, for searches: OOXML (docx, xlsx, pptx) and OpenDocument (odt, ods, odp).

Both are zip archives of XML. What a reader sees is in a few known members; their tags are taken away and nothing is
interpreted. Archives lie about sizes, so it is the bytes that come out which are counted. One with very many members is
not opened, for each costs memory; nor is a member that is compressed by anything but deflate, whose memory is bounded.
"""

from __future__ import annotations

import html
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

MAX_DOCUMENT = 16 * 1024 * 1024
"""Bytes of an archive that is looked into."""
MAX_TEXT = 4 * 1024 * 1024
"""Bytes of XML that are read out of one."""
MAX_MEMBERS = 2000

_ENTRY = b"PK\x01\x02"
"""Begins each entry of an archive's directory."""
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_TYPES = re.compile(
    r"application/(?:vnd\.(?:openxmlformats-officedocument|oasis\.opendocument)\.|octet-stream\Z)|application/(?:x-)?pdf\Z"
)
_MEMBERS = re.compile(
    r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml|xl/sharedStrings\.xml"
    r"|xl/worksheets/sheet\d+\.xml|ppt/slides/slide\d+\.xml|ppt/notesSlides/notesSlide\d+\.xml|content\.xml"
)
_BREAK = re.compile(
    r"</(?:w:p|w:tc|a:p|si|c|row|text:p|text:h|table:table-cell)>|<(?:w:br|w:tab|text:tab|text:s|text:line-break)\b"
)
_TAG = re.compile(r"<[^<>]*>")


def may_be_document(content_type: str) -> bool:
    """By its MIME type, in lower case. Many mailers call everything an octet-stream."""
    return _TYPES.match(content_type) is not None


def is_archive(start: bytes) -> bool:
    """By its first bytes."""
    return start.startswith(b"PK\x03\x04")


def is_pdf(start: bytes) -> bool:
    """As readers of PDF do it: the mark may have something before it."""
    return b"%PDF-" in start[:1024]


def document_texts(data: bytes) -> Iterator[str]:
    """What is written in it, a member at a time; nothing where it is no such document, or damaged."""
    if data.count(_ENTRY) > MAX_MEMBERS:
        return
    left = MAX_TEXT
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                if _is_read(member) and left > 0:
                    with archive.open(member) as file:
                        xml = file.read(left)
                    left -= len(xml)
                    yield _text_of(xml.decode("utf-8", "replace"))
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError):
        return


def _is_read(member: zipfile.ZipInfo) -> bool:
    encrypted = member.flag_bits & 1
    return not encrypted and member.compress_type in _COMPRESSIONS and _MEMBERS.fullmatch(member.filename) is not None


def _text_of(xml: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub(lambda found: " " + found[0], xml)))
