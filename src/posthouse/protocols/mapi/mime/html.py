"""HTML ⇄ plain text, for those who ask for the other form – [MS-OXBBODY] 2.2, 2.1.3.

Neither is a browser: text from HTML is what a person would read aloud, HTML from text shows it as it is.
"""

from __future__ import annotations

import html
import re

from posthouse.message.markup import behind

_TAG = re.compile(r"<(?:!--|(/?)([a-zA-Z][a-zA-Z0-9]{0,20})|[!?])")
_HIDDEN = frozenset(("script", "style", "head", "title", "template"))
_PARAGRAPHS = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol", "dl", "pre"])
_LINES = frozenset(
    ["br", "div", "tr", "li", "dt", "dd", "hr", "section", "article", "header", "footer", "center", "address"]
)
_CELLS = frozenset(("td", "th"))
_SPACE = re.compile(r"[ \t\r\n\f]+")
_TOO_MANY = re.compile(r"\n{3,}")
_BLANK = re.compile(r"[ \t]+\n")
_LINE_END = re.compile(r"\r\n|\r|\n")
_CHARSET = re.compile(r"(<meta\b[^>]{0,300}?charset\s*=\s*[\"']?\s*)([-\w:.]{1,40})", re.I)
_HEAD_SIZE = 8_192
"""Characters in which a document tells its character set."""


MAX_HTML = 2 * 1024 * 1024
"""Characters of a document that are read as text."""


def text_of_html(document: str) -> str:
    """With line ends of two characters, as PidTagBody has them. Linear."""
    document = document[:MAX_HTML]
    shown: list[str] = []
    at, in_pre, lowered = 0, 0, ""
    while found := _TAG.search(document, at):
        _show(document[at : found.start()], bool(in_pre), shown)
        closing, name = found[1], (found[2] or "").lower()
        if found[0] == "<!--":
            at = behind(document, "-->", found.end())
        elif name in _HIDDEN and not closing:
            lowered = lowered or _lower(document)
            at = behind(document, ">", behind(lowered, f"</{name}", found.end()) - 1)
        else:
            at = behind(document, ">", found.end())
            if name == "pre":
                in_pre = max(in_pre + (-1 if closing else 1), 0)
            _break(name, bool(closing), shown)
    _show(document[at:], bool(in_pre), shown)
    text = _TOO_MANY.sub("\n\n", _BLANK.sub("\n", "".join(shown))).strip("\n ")
    return (text + "\n").replace("\n", "\r\n") if text else ""


def _lower(document: str) -> str:
    lowered = document.lower()
    return lowered if len(lowered) == len(document) else document


def _show(piece: str, in_pre: bool, shown: list[str]) -> None:
    if not piece:
        return
    if in_pre:
        shown.append(_LINE_END.sub("\n", html.unescape(piece)))
        return
    piece = html.unescape(_SPACE.sub(" ", piece)).replace("\xa0", " ").replace("\0", "")
    if not shown or shown[-1][-1:] in (" ", "\n", "\t"):
        piece = piece.lstrip(" ")
    if piece:
        shown.append(piece)


def _break(name: str, closing: bool, shown: list[str]) -> None:
    if not shown:
        pass
    elif name == "br" or (name in _PARAGRAPHS and closing):
        shown.append("\n" if name == "br" else "\n\n")
    elif (name in _PARAGRAPHS or name in _LINES) and not shown[-1].endswith("\n"):
        shown.append("\n")
    elif name in _CELLS and closing:
        shown.append("\t")
    if name == "li" and not closing:
        shown.append("* ")


def declare_utf_8(document: str) -> str:
    """Where it tells a character set, it tells this one."""
    return _CHARSET.sub(r"\1utf-8", document[:_HEAD_SIZE]) + document[_HEAD_SIZE:]


def html_of_text(text: str, whole: bool = True) -> str:
    """`whole`: a document, and not a piece of one."""
    body = html.escape(text, quote=False).replace("\0", "")
    lines = [_keep_spaces(line) for line in _LINE_END.split(body)]
    if lines and not lines[-1]:
        lines.pop()
    shown = "<br>\r\n".join(lines)
    if not whole:
        return f"<div>{shown}</div>"
    head = '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n'
    return f"{head}<body>\r\n{shown}\r\n</body>\r\n</html>\r\n"


def _keep_spaces(line: str) -> str:
    """HTML shows one of several spaces."""
    if line.startswith(" "):
        line = "&nbsp;" + line[1:]
    return line.replace("\t", "&nbsp; &nbsp; ").replace("  ", "&nbsp; ")
