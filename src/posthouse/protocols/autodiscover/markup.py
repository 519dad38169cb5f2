"""XML that strangers send: expat without DTDs, and so without entities, and with bounds on everything."""

from __future__ import annotations

from xml.parsers import expat
from xml.sax.saxutils import escape as _escape

from posthouse.model.refusals import BadSyntax

DEPTH = 16
ELEMENTS = 500
TEXT = 16_384

Path = tuple[str, ...]


def read_elements(document: bytes) -> dict[Path, str]:
    """The texts of the elements by their path of local names, the first of each path. BadSyntax."""
    reader = _Reader()
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
    return {path: text.strip() for path, text in reader.found.items()}


def escape(text: str) -> str:
    """For texts and attributes; what XML cannot say at all becomes U+FFFD."""
    sayable = "".join(char if char >= " " or char in "\t\n\r" else "\ufffd" for char in text)
    return _escape(sayable.encode("utf-8", "replace").decode(), {'"': "&quot;"})


class _Reader:
    def __init__(self) -> None:
        self.found: dict[Path, str] = {}
        self._path: Path = ()
        self._first: list[bool] = []
        self._elements = self._length = 0

    def refuse_doctype(self, *_: object) -> None:
        raise BadSyntax("a document without a DTD")

    def start(self, name: str, _: dict[str, str]) -> None:
        self._elements += 1
        if len(self._path) >= DEPTH or self._elements > ELEMENTS:
            raise BadSyntax("fewer elements")
        self._path = (*self._path, name.rpartition(" ")[2])
        self._first.append(self._path not in self.found)
        self.found.setdefault(self._path, "")

    def end(self, _: str) -> None:
        self._path = self._path[:-1]
        self._first.pop()

    def text(self, text: str) -> None:
        self._length += len(text)
        if self._length > TEXT:
            raise BadSyntax("shorter texts")
        if self._first[-1]:
            self.found[self._path] += text
