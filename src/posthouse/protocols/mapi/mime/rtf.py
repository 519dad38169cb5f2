"""RTF → what it was made of: HTML or plain text within it ([MS-OXRTFEX] 2.1), or just its text.

    HTML = "{\\*\\htmltag" markup "}"              ; goes over as it is
         / text                                    ; goes over escaped
         / "\\htmlrtf" what only RTF shows "\\htmlrtf0"

A group inherits all from the one around it and gives nothing back. Bytes are collected until something else comes, for
a character may be two of them.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from enum import Enum

from posthouse.model.refusals import BadSyntax

from ..code_pages import codec_of


class Within(Enum):
    """What RTF was made of."""

    HTML = "fromhtml"
    TEXT = "fromtext"
    NOTHING = ""


_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z0-9'])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\", re.S
)
_BEGIN = re.compile(rb"\s*\{\\rtf")
_ORIGIN = re.compile(rb"\\from(html1|text)(?![0-9])")
MAX_GROUPS = 2_000
"""Within each other."""
_HEAD = 4_096
"""Bytes in which the origin is told: within the first ten tokens, the document says, and writers come close."""

_CHARSETS = {0: 1252, 77: 10000, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258}
_CHARSETS |= {177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250}
"""\\fcharset → code page."""
_WORDS = {
    "par": "\r\n", "line": "\r\n", "sect": "\r\n", "page": "\r\n", "row": "\r\n", "tab": "\t", "cell": "\t",
    "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•", "endash": "–", "emdash": "—",
    "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005", "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
_SYMBOLS = {"~": "\xa0", "_": "\xad", "\\": "\\", "{": "{", "}": "}", "\n": "\r\n", "\r": "\r\n"}
_NOT_SHOWN = frozenset(
    ("colortbl", "stylesheet", "info", "pict", "object", "header", "headerl", "headerr", "headerf", "footer", "footerl")
) | frozenset(
    ("footerr", "footerf", "fldinst", "themedata", "datastore", "listtable", "listoverridetable", "generator")
)
"""Groups whose text is not the document's."""


def origin_of(rtf: bytes) -> Within:
    """[MS-OXRTFEX] 2.1.3.1.1, 2.1.3.1.2. BadSyntax when it is no RTF at all."""
    if not _BEGIN.match(rtf):
        raise BadSyntax("RTF", 0)
    found = _ORIGIN.search(rtf, 0, _HEAD)
    return Within.NOTHING if found is None else Within.HTML if found[1] == b"html1" else Within.TEXT


def text_within(rtf: bytes) -> str:
    """Line ends are CRLF; of HTML, its source. BadSyntax when it is no RTF."""
    origin = origin_of(rtf)
    reader = _Reader(origin is Within.HTML)
    reader.read(rtf)
    text = "".join(reader.shown).replace("\0", "")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@dataclass(slots=True)
class _Group:
    codec: str = "cp1252"
    shown: bool = True
    """Not a table of fonts, nor anything else that is no text."""
    rtf_only: bool = False
    """Behind \\htmlrtf."""
    in_tag: bool = False
    in_fonts: bool = False
    unicode_count: int = 1
    """Characters that stand behind \\u for readers that do not know it."""


@dataclass(slots=True)
class _Reader:
    of_html: bool
    shown: list[str] = field(default_factory=list)
    group: _Group = field(default_factory=_Group)
    groups: list[_Group] = field(default_factory=list)
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    """Of which the table tells just now."""
    default: str = "cp1252"
    pending: bytearray = field(default_factory=bytearray)
    skip: int = 0
    starred: bool = False

    def read(self, rtf: bytes) -> None:
        at, end = 0, len(rtf)
        while at < end and (found := _TOKEN.match(rtf, at)):
            at = found.end()
            word, number, octet, symbol, brace, text = found.groups()
            if text is not None:
                self._bytes(text)
            elif octet is not None:
                self._bytes(bytes([int(octet, 16)]))
            elif brace is not None:
                self._brace(brace)
            elif symbol is not None:
                self._symbol(symbol.decode("latin-1"))
            elif word == b"bin":
                at += max(int(number or 0), 0)
            elif word is not None:
                self._word(word.decode("ascii"), None if number is None else int(number))
        self._flush()

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self.skip, self.starred = 0, False
        if brace == b"{":
            if len(self.groups) >= MAX_GROUPS:
                raise BadSyntax("fewer groups within each other")
            self.groups.append(self.group)
            self.group = replace(self.group)
        elif self.groups:
            self.group = self.groups.pop()

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self.starred = True
        elif self.skip:
            self.skip -= 1
        elif symbol in _SYMBOLS:
            self._text(_SYMBOLS[symbol])

    def _bytes(self, data: bytes) -> None:
        if self.skip:
            data, self.skip = data[self.skip :], max(self.skip - len(data), 0)
        if self._is_shown():
            self.pending += data

    def _is_shown(self) -> bool:
        return self.group.shown and not (self.of_html and self.group.rtf_only)

    def _text(self, text: str) -> None:
        self._flush()
        if self._is_shown():
            self.shown.append(self._escaped(text))

    def _flush(self) -> None:
        if self.pending:
            self.shown.append(self._escaped(self.pending.decode(self.group.codec, "replace")))
            self.pending.clear()

    def _escaped(self, text: str) -> str:
        return html.escape(text, quote=False) if self.of_html and not self.group.in_tag else text

    def _word(self, word: str, number: int | None) -> None:
        starred, self.starred = self.starred, False
        if word == "u" and number is not None:
            self._text(chr(number & 0xFFFF))
            self.skip = self.group.unicode_count
            return
        self._flush()
        if starred or word in _NOT_SHOWN:
            self._destination(word)
        elif word in _WORDS:
            self._text(_WORDS[word])
        else:
            self._property(word, number)

    def _destination(self, word: str) -> None:
        """One that nobody knows is not shown: that is what the star is for."""
        if word == "htmltag" and self.of_html:
            self.group.in_tag = True
        else:
            self.group.shown = False

    def _property(self, word: str, number: int | None) -> None:
        group = self.group
        if word == "htmlrtf":
            group.rtf_only = number != 0
        elif word == "uc":
            group.unicode_count = min(max(number or 0, 0), 32)
        elif word == "ansicpg":
            self.default = group.codec = codec_of(number or 0) or self.default
        elif word == "fonttbl":
            group.in_fonts, group.shown = True, False
        elif word == "f" or word == "deff":
            self._choose_font(number or 0)
        elif word == "fcharset" and group.in_fonts:
            self.fonts[self.font] = codec_of(_CHARSETS.get(number or 0, 0)) or self.default
        elif word == "plain":
            group.codec = self.default

    def _choose_font(self, number: int) -> None:
        if self.group.in_fonts:
            self.font = number
        else:
            self.group.codec = self.fonts.get(number, self.default)
