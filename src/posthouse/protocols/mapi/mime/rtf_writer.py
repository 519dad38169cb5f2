"""HTML and text → RTF from which they can be had again – [MS-OXRTFEX] 2.2.

Who only knows RTF reads the text in its lines. Everything is ASCII.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from posthouse.message.markup import behind

_HEAD = rb"{\rtf1\ansi\ansicpg1252\%b \deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}}\uc1\pard\plain\f0\fs20 "
_OPEN = re.compile(r"<(?:!--|(/?)([a-zA-Z][a-zA-Z0-9]{0,20})|[!?])")
_RAW = frozenset(("script", "style", "title"))
_LINES = frozenset(["p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr"])
_TEXT = re.compile(r"&(?:#\d{1,8}|#[xX][0-9a-fA-F]{1,8}|[a-zA-Z][a-zA-Z0-9]{1,31});|\r\n|[\r\n\t<>&]|[^&\r\n\t<>]+")
_ESCAPED = re.compile(r"[\\{}\r\n\t\x00-\x1f\x7f-\U0010ffff]")
_UNITS = {"\\": "\\\\", "{": "\\{", "}": "\\}", "\t": "\\tab ", "\0": ""}


def rtf_of_html(document: str) -> bytes:
    return _HEAD % b"fromhtml1" + "".join(_html_pieces(_crlf(document))).encode("ascii") + b"}\r\n"


def rtf_of_text(text: str) -> bytes:
    return _HEAD % b"fromtext" + _escape(_crlf(text)).encode("ascii") + b"}\r\n"


def _crlf(text: str) -> str:
    """Other line ends have no form in RTF."""
    return re.sub(r"\r\n|\r|\n", "\r\n", text)


def _html_pieces(document: str) -> Iterator[str]:
    at = 0
    while found := _OPEN.search(document, at):
        yield from _text_pieces(document[at : found.start()])
        name = (found[2] or "").lower()
        at = _end(document, found, name)
        yield _tag(document[found.start() : at])
        if name in _LINES and (found[1] or name in ("br", "hr")):
            yield "\\htmlrtf\\par\\htmlrtf0 "
    yield from _text_pieces(document[at:])


def _end(document: str, found: re.Match[str], name: str) -> int:
    """Where the markup ends: that of scripts and styles with what is in them."""
    if found[0] == "<!--":
        return behind(document, "-->", found.end())
    if name in _RAW and not found[1]:
        close = re.compile(f"</{name}", re.I).search(document, found.end())
        return len(document) if close is None else behind(document, ">", close.end())
    return behind(document, ">", found.end())


def _tag(markup: str) -> str:
    return "{\\*\\htmltag64 " + _escape(markup) + "}"


def _text_pieces(text: str) -> Iterator[str]:
    for found in _TEXT.finditer(text):
        piece = found[0]
        if piece == "\r\n":
            yield _tag(piece) + "\\htmlrtf  \\htmlrtf0 "
        elif piece[0] in "&<>":
            yield _tag(piece) + "\\htmlrtf " + _escape(html.unescape(piece)) + "\\htmlrtf0 "
        else:
            yield _escape(piece)


def _escape(text: str) -> str:
    return _ESCAPED.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if char == "\r":
        return ""
    if char == "\n":
        return "\\par\r\n"
    if char in _UNITS:
        return _UNITS[char]
    units = char.encode("utf-16-le", "surrogatepass")
    numbers = (int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2))
    return "".join(f"\\u{number}?" for number in numbers)
