"""XML that strangers send: expat without DTDs, and so without entities, and with bounds on everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape as _escape

from posthouse.model.refusals import BadSyntax

DEPTH = 16
ELEMENTS = 500
TEXT = 16_384
"""Characters, of all texts together."""

Path = tuple[str, ...]

_UNSAYABLE = re.compile("[^\t\n\r\x20-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Element:
    """By its local name: nobody has two of the same that mean different things."""

    name: str
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "".join(self.pieces).strip()

    def find(self, *path: str) -> Element | None:
        """The first with this path below."""
        found: Element | None = self
        for name in path:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found

    def text_of(self, *path: str) -> str | None:
        found = self.find(*path)
        return None if found is None else found.text


def read_tree(document: bytes, *, elements: int = ELEMENTS, text: int = TEXT) -> Element:
    """The root. BadSyntax, also for more elements or longer texts."""
    reader = _Reader(elements, text)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # an unknown encoding is one of the latter two
        raise BadSyntax(f"well-formed XML: {error}") from None
    [root] = reader.top.children
    return root


def read_elements(document: bytes) -> dict[Path, str]:
    """The texts of the elements by their path of local names, the first of each path. BadSyntax."""
    found: dict[Path, str] = {}
    for path, element in _walk(read_tree(document), ()):
        found.setdefault(path, element.text)
    return found


def _walk(element: Element, above: Path) -> Iterator[tuple[Path, Element]]:
    path = (*above, element.name)
    yield path, element
    for child in element.children:
        yield from _walk(child, path)


def escape(text: str) -> str:
    """For texts and attributes; what XML cannot say at all becomes U+FFFD."""
    sayable = _UNSAYABLE.sub("\ufffd", text)
    return _escape(sayable.encode("utf-8", "replace").decode(), {'"': "&quot;"})


class _Reader:
    def __init__(self, elements: int, text: int) -> None:
        self.top = Element("")
        self._open = [self.top]
        self._elements, self._length = elements, text

    def refuse_doctype(self, *_: object) -> None:
        raise BadSyntax("a document without a DTD")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements -= 1
        if len(self._open) > DEPTH or self._elements < 0:
            raise BadSyntax("fewer elements")
        element = Element(name.rpartition(" ")[2], attributes=attributes)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        self._length -= len(text)
        if self._length < 0:
            raise BadSyntax("shorter texts")
        self._open[-1].pieces.append(text)
