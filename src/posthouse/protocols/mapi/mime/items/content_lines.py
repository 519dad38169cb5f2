"""Content lines, of which iCalendar and vCard are made – RFC 5545 §3.1, RFC 6350 §3.3.

    contentline = [group "."] name *(";" param) ":" value CRLF
    param       = param-name "=" param-value *("," param-value)     ; vCard 2.1: or a type alone

Lines end with CRLF or LF; one that begins with white space continues. A line that is none is passed over.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Iterator
from dataclasses import dataclass, field

from posthouse.message.charsets import to_text

MAX_LINES = 20_000
MAX_DEPTH = 10

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(
    r'(?:[\w-]+\.)?([A-Za-z0-9-]+)((?:;[^:;="]+(?:=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)?)*):(.*)', re.S
)
_PARAM = re.compile(r';([^:;="]+)(?:=((?:"[^"]*"|[^";:])*))?')
_CARET = re.compile(r"\^([n^'])")
_CARETS = {"n": "\n", "^": "^", "'": '"'}
_QP = "QUOTED-PRINTABLE"
_QUOTED_PRINTABLE = re.compile(rf"^[^:\r\n]*;(?:ENCODING=)?{_QP}[^:\r\n]*:(?:[^\r\n]*=\r?\n)+[^\r\n]*", re.I | re.M)
"""A line of vCard 2.1 that goes on."""
_ESCAPE = re.compile(r"\\(.)", re.S)
_OCTETS = 73
"""Of one line; RFC 5545 §3.1 has 75, with its fold."""


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    """In upper case."""
    value: str
    """As it is; `text_of` undoes escapes."""
    params: dict[str, str] = field(default_factory=dict)
    """Names in upper case; several values with commas between them."""

    def format(self) -> str:
        params = "".join(f";{name}={_param(name, value)}" for name, value in self.params.items())
        return _folded(f"{self.name}{params}:{self.value}")


@dataclass(slots=True)
class Component:
    name: str
    lines: list[Line] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)

    def get(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.name == name), None)

    def all(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def text(self, name: str) -> str:
        line = self.get(name)
        return "" if line is None else text_of(line.value)

    def below(self, name: str) -> list[Component]:
        return [child for child in self.children if child.name == name]

    def format(self) -> str:
        inner = "".join([*(line.format() for line in self.lines), *(child.format() for child in self.children)])
        return f"BEGIN:{self.name}\r\n{inner}END:{self.name}\r\n"


def parse_components(text: str) -> list[Component]:
    """Those at the top. One that never ends, ends with what is around it."""
    top = Component("")
    stack = [top]
    for line in _lines(text):
        if line.name == "BEGIN" and len(stack) <= MAX_DEPTH:
            stack[-1].children.append(Component(line.value.strip().upper()))
            stack.append(stack[-1].children[-1])
        elif line.name == "END":
            if len(stack) > 1 and stack[-1].name == line.value.strip().upper():
                stack.pop()
        else:
            stack[-1].lines.append(line)
    return top.children


def _lines(text: str) -> Iterator[Line]:
    unfolded = _FOLD.sub("", _QUOTED_PRINTABLE.sub(_joined, text))
    for raw in unfolded.replace("\r\n", "\n").split("\n", MAX_LINES)[:MAX_LINES]:
        found = _LINE.fullmatch(raw)
        if found:
            params = _params(found[2])
            printable = _QP in (params.get("ENCODING", "").upper(), *params.get("TYPE", "").upper().split(","))
            value = _decoded(found[3], params.get("CHARSET", "utf-8")) if printable else found[3]
            yield Line(found[1].upper(), value, params)


def _joined(line: re.Match[str]) -> str:
    return re.sub(r"=\r?\n[ \t]*", "", line[0])


def _decoded(value: str, charset: str) -> str:
    """Of vCard 2.1: with line ends as later versions write them."""
    data = a2b_qp(value.encode("latin-1", "replace"))
    return to_text(data, charset).replace("\r\n", "\n").replace("\n", "\\n")


def _params(text: str) -> dict[str, str]:
    params: dict[str, str] = {}
    for found in _PARAM.finditer(text):
        name, value = ("TYPE", found[1]) if found[2] is None else (found[1], found[2])
        name = name.strip().upper()
        value = _CARET.sub(lambda found: _CARETS[found[1]], value.replace('"', ""))
        params[name] = f"{params[name]},{value}" if name in params else value
    return params


def _param(name: str, value: str) -> str:
    """Types are words; of other parameters a comma is part of one value."""
    return ",".join(map(_quoted, value.split(","))) if name == "TYPE" else _quoted(value)


def _quoted(value: str) -> str:
    """With what no quotes can hold as RFC 6868 says it."""
    value = re.sub(r"\r\n|\r|\n", "\n", value).replace("^", "^^").replace("\n", "^n").replace('"', "^'")
    value = re.sub(r"[\x00-\x1f\x7f]", " ", value)
    return f'"{value}"' if re.search(r"[:;,]", value) else value


def _folded(line: str) -> str:
    """Between characters, so that each line is of whole ones."""
    pieces, size, begin = [], 0, 0
    for place, char in enumerate(line):
        octets = len(char.encode("utf-8", "replace"))
        if size + octets > _OCTETS:
            pieces.append(line[begin:place])
            size, begin = 0, place
        size += octets
    return "\r\n ".join([*pieces, line[begin:]]) + "\r\n"


# TEXT values, RFC 5545 §3.3.11
def in_lines(text: str) -> str:
    """With line ends as MAPI has them."""
    return re.sub(r"\r\n|\r|\n", "\r\n", text)


def text_of(value: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).replace("\0", "")


def format_text(text: str) -> str:
    text = re.sub(r"\r\n|\r|\n", "\n", text)
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def split_value(value: str, separator: str) -> list[str]:
    """A structured value in its pieces, without escapes."""
    pieces = re.findall(rf"(?:[^\\{separator}]|\\.)+|(?<={separator})(?={separator}|\Z)|\A(?={separator})", value, re.S)
    return [text_of(piece) for piece in pieces]
