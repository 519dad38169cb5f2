"""The client's side: responses off the wire → values (RFC 9051 §7, §9). Any server's, so without its grammar in detail:

    response        = continue-req / response-data / response-tagged
    value           = atom / number / nil / string / "(" *value ")"

Values keep apart what the wire keeps apart: an atom is a `str`, a string `bytes`, a number an `int`, NIL is None, a
list a `list`. `BODY[HEADER.FIELDS (From)]<0>` is one atom. Real servers leave out or double the spaces in lists, put
eight-bit characters into atoms and NUL into literals, and begin a text with `[` that is no response code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from posthouse.model.refusals import BadSyntax

from .grammar import Parser

MAX_DEPTH = 200
"""Of lists: a BODYSTRUCTURE takes two for each level of parts."""

Value = str | bytes | int | list["Value"] | None


@dataclass(frozen=True, slots=True)
class Continuation:
    """`+ text`: go on with the literal or the exchange."""

    text: bytes


@dataclass(frozen=True, slots=True)
class StatusResponse:
    """`tag OK [code arguments] text`; untagged when the tag is `*`."""

    tag: bytes
    status: str
    """OK, NO, BAD, BYE or PREAUTH."""
    text: str
    code: str = ""
    """In upper case."""
    arguments: list[Value] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Data:
    """`* 12 FETCH (…)`, `* LIST (…) "/" INBOX`: everything else that begins with `*`."""

    name: str
    """In upper case."""
    number: int | None
    values: list[Value]


Response = Continuation | StatusResponse | Data

_LITERAL = re.compile(rb"~?\{([0-9]{1,19})\}\r?\n\Z")
_STATUS = re.compile(rb"([^\x00-\x20]+) (OK|NO|BAD|BYE|PREAUTH)(?: |\Z)", re.IGNORECASE)
_TEXT_ALONE = re.compile(rb"\+|" + _STATUS.pattern, re.IGNORECASE)
"""In these a line end is the end, even if the text looks like a literal's header."""
_DATA = re.compile(rb"\* (?:([0-9]{1,10}) )?([A-Za-z][A-Za-z0-9.-]*)")
_SECTIONED = rb'[A-Za-z0-9.]+\[(?:[^\]\["\r\n]|"[^"\r\n]*")*\](?:<[0-9]+>)?|'  # BODY[…]<0>
_ATOM = re.compile(_SECTIONED + rb'[^\x00-\x20(){"]+')
_CODE_ATOM = re.compile(rb'[^\x00-\x20(){"\]]+')
_NUMBER = re.compile(rb"[0-9]{1,19}\Z")
_SPACES = re.compile(rb" *")


class ResponseReader:
    """Cuts responses out of a stream. Raises BadSyntax, after which the connection is of no use, for what cannot be a
    response, or is larger than `limit` octets."""

    def __init__(self, limit: int = 100 * 1024 * 1024) -> None:
        self.limit = limit
        self._buf = bytearray()
        self._scanned = 0
        """Up to where there is no end of the response: in it are whole lines, literals, and part of a line."""
        self._needed = 0
        """Where its present line begins: behind a literal, which may not all be there."""

    def feed(self, data: bytes) -> None:
        self._buf += data

    def next_response(self) -> Response | None:
        """The next response, or None until more bytes are fed."""
        end = self._end()
        if end < 0:
            if max(len(self._buf), self._needed) > self.limit:
                raise BadSyntax(f"a response of at most {self.limit} octets")
            return None
        text = bytes(self._buf[:end])
        del self._buf[:end]
        self._scanned = self._needed = 0
        return parse_response(text)

    def _end(self) -> int:
        """Where the first response ends, -1 while it is not there. A line that ends in a literal's header goes on."""
        while len(self._buf) >= self._needed:
            newline = self._buf.find(b"\n", self._scanned)
            if newline < 0:
                self._scanned = len(self._buf)
                return -1
            found = _LITERAL.search(self._buf[max(self._needed, newline - 31) : newline + 1])
            if found is None or (self._needed == 0 and _TEXT_ALONE.match(self._buf)):
                return newline + 1
            self._scanned = self._needed = newline + 1 + int(found[1])
        return -1


def parse_response(text: bytes) -> Response:
    """One whole response, with its CRLF and literals."""
    text = text.removesuffix(b"\n").removesuffix(b"\r")
    if text.startswith(b"+"):
        return Continuation(text[2:])
    found = _STATUS.match(text)
    if found is not None:
        return _status_response(text, found)
    found = _DATA.match(text)
    if found is None:
        raise BadSyntax("a response")
    values = _values(Parser(text, found.end()), b"")
    return Data(found[2].decode("ascii").upper(), int(found[1]) if found[1] else None, values)


def _status_response(text: bytes, found: re.Match[bytes]) -> StatusResponse:
    code, arguments, start = _response_code(text, found.end())
    human = text[start:].decode("utf-8", "replace")
    return StatusResponse(found[1], found[2].decode("ascii").upper(), human, code, arguments)


def _response_code(text: bytes, start: int) -> tuple[str, list[Value], int]:
    """The code, its arguments, and where the text begins."""
    p = Parser(text, start)
    try:
        values = _values(p, b"]") if p.take(b"[") else []
    except BadSyntax:
        return "", [], start
    if not values or not isinstance(values[0], str):
        return "", [], start
    return values[0].upper(), values[1:], p.pos + p.sees(b" ")


def _values(p: Parser, close: bytes) -> list[Value]:
    """Values up to `close`, or to the end; without recursion, however deep the lists are."""
    atom = _CODE_ATOM if close else _ATOM
    top: list[Value] = []
    open_lists = [top]
    while True:
        p.match(_SPACES, "")
        if len(open_lists) == 1 and (p.take(close) if close else p.pos == len(p.text)):
            return top
        if p.take(b"("):
            if len(open_lists) > MAX_DEPTH:
                raise p.fail("less depth")
            inner: list[Value] = []
            open_lists[-1].append(inner)
            open_lists.append(inner)
        elif len(open_lists) > 1 and p.take(b")"):
            open_lists.pop()
        else:
            open_lists[-1].append(_single(p, atom))


def _single(p: Parser, rule: re.Pattern[bytes]) -> Value:
    if p.sees(b'"'):
        return p.quoted()
    if p.sees(b"{") or p.sees(b"~{"):
        return p.literal(nul=True)
    atom = p.match(rule, "a value")[0]
    if _NUMBER.match(atom):
        return int(atom)
    return None if atom.upper() == b"NIL" else atom.decode("utf-8", "replace")
