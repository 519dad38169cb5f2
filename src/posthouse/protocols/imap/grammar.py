"""The low-level rules that all commands share (RFC 9051 §9), read by a cursor over the bytes of one whole command.

A command is one `bytes`, literals in place as they came on the wire: `LOGIN {3}\\r\\nfoo "bar"`. The framing has seen
to it that the octets of every literal are there, and that the whole is bounded; so the parsers are plain functions
which go forward only, each rule one compiled expression, and say what they expected when it isn't there.

Real clients: a space before the end of a line is let pass (several mobile clients), quoted strings may hold UTF-8
whether it was enabled or not (passwords, search texts), and a line may end in a bare LF (people with a terminal).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from functools import lru_cache
from typing import TypeVar

from posthouse.model.flags import FLAG_BY_NAME, Flags
from posthouse.model.refusals import BadSyntax

from .mailbox_names import decode_mailbox
from .sequence import SET_CHARS, SequenceSet, parse_sequence_set

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

MAX_DEPTH = 50
"""Of nested parentheses and of `NOT`; the interpreter's own stack is far from it."""
MAX_ITEMS = 1000
"""Elements of one parenthesised list."""
MAX_FLAGS = 200
MAX_NUMBER64 = (1 << 63) - 1

_ATOM = re.compile(rb'[^\x00-\x20(){%*"\\\]\x7f-\xff]++')
_ASTRING = re.compile(rb'[^\x00-\x20(){%*"\\\x7f-\xff]++')
_LIST_CHARS = re.compile(rb'[^\x00-\x20(){"\\\x7f-\xff]++')
_QUOTED = re.compile(rb'"([^"\\\r\n\x00]*+(?:\\["\\][^"\\\r\n\x00]*+)*+)"')
_LITERAL = re.compile(rb"(~?)\{([0-9]{1,19})(\+?)\}\r?\n")
_NUMBER = re.compile(rb"[0-9]{1,20}")
_FLAG = re.compile(rb'\\?[^\x00-\x20(){%*"\\\]\x7f-\xff]++')
_FLAGS = re.compile(rb'[^\x00-\x20(){%*"\]\x7f-\xff][^\x00-\x1f(){%*"\]\x7f-\xff]*+')
_FLAG_LIST = re.compile(rb'\([^\x00-\x1f(){%*"\]\x7f-\xff]*+\)')
_MONTH = rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE = re.compile(rb'("?)([0-9]{1,2})-' + _MONTH + rb"-([0-9]{4})\1", re.IGNORECASE)
_DATE_TIME = re.compile(
    rb'"([ 0-9]?[0-9])-' + _MONTH + rb"-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})\"",
    re.IGNORECASE,
)
_MONTHS = {name: number for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_END = re.compile(rb" *+\Z")
_UNESCAPE = re.compile(rb"\\(.)")


class Incomplete(BadSyntax):
    """The text ends at the header of a literal whose octets are not there yet."""


@dataclass(frozen=True, slots=True)
class LiteralHeader:
    """`{size}`, `{size+}` (non-synchronising, RFC 7888), `~{size}` (binary: may hold NUL, RFC 3516)."""

    size: int
    synchronising: bool = True
    binary: bool = False


class Parser:
    """A cursor over one command. `utf8`: mailbox names are UTF-8 and not modified UTF-7, because the client enabled
    IMAP4rev2 or UTF8=ACCEPT. `off`: extensions that are switched off, in upper case; their words are unknown."""

    __slots__ = ("depth", "off", "pos", "text", "utf8")

    def __init__(self, text: bytes, pos: int = 0, utf8: bool = False, off: frozenset[str] = frozenset()) -> None:
        self.text = text
        self.pos = pos
        self.utf8 = utf8
        self.off = off
        self.depth = 0

    # the cursor
    def fail(self, expected: str) -> BadSyntax:
        return BadSyntax(expected, self.pos)

    def match(self, rule: re.Pattern[bytes], expected: str) -> re.Match[bytes]:
        found = rule.match(self.text, self.pos)
        if found is None:
            raise BadSyntax(expected, self.pos)
        self.pos = found.end()
        return found

    def sees(self, token: bytes) -> bool:
        return self.text.startswith(token, self.pos)

    def take(self, token: bytes) -> bool:
        """The token if it is next, and past it."""
        if self.text.startswith(token, self.pos):
            self.pos += len(token)
            return True
        return False

    def expect(self, token: bytes) -> None:
        if not self.take(token):
            raise BadSyntax(f'"{token.decode()}"', self.pos)

    def sp(self) -> None:
        if not self.take(b" "):
            raise BadSyntax("a space", self.pos)

    def at_end(self) -> bool:
        return _END.match(self.text, self.pos) is not None

    def end(self) -> None:
        if self.pos != len(self.text) and not self.at_end():
            raise BadSyntax("the end of the command", self.pos)

    # words and numbers
    def atom(self) -> bytes:
        return self.match(_ATOM, "an atom")[0]

    def word(self) -> bytes:
        """An atom that the protocol gives a meaning, in upper case."""
        return self.match(_ATOM, "a word")[0].upper()

    def choice(self, words: type[E]) -> E:
        """One of an enumeration whose values are the words."""
        start = self.pos
        try:
            return words(self.word())
        except ValueError:
            raise BadSyntax("one of " + " ".join(word.value.decode() for word in words), start) from None

    def number(self, at_least: int = 0, at_most: int = (1 << 32) - 1) -> int:
        start = self.pos
        number = int(self.match(_NUMBER, "a number")[0])
        if not at_least <= number <= at_most:
            raise BadSyntax(f"a number from {at_least} to {at_most}", start)
        return number

    def number64(self, at_least: int = 0) -> int:
        return self.number(at_least, MAX_NUMBER64)

    # strings
    def quoted(self) -> bytes:
        inner = self.match(_QUOTED, "a quoted string")[1]
        return _UNESCAPE.sub(rb"\1", inner) if b"\\" in inner else inner

    def literal(self, nul: bool = False) -> bytes:
        """A literal (no NUL in it, but where `nul` lets it pass) or a literal8 (any octets)."""
        found = self.match(_LITERAL, "a literal")
        end = self.pos + int(found[2])
        if end > len(self.text):
            raise Incomplete("the octets of a literal", self.pos)
        octets = self.text[self.pos : end]
        if not nul and not found[1] and b"\0" in octets:
            raise BadSyntax("no NUL in a literal", self.pos)
        self.pos = end
        return octets

    def literal_header(self) -> LiteralHeader:
        """The header of a literal which ends the text: its octets are read elsewhere."""
        start = self.pos
        header = parse_literal_header(self.match(_LITERAL, "a literal"))
        if self.pos != len(self.text) or header.size > MAX_NUMBER64:
            raise BadSyntax("a literal", start)
        return header

    def string(self) -> bytes:
        if self.sees(b'"'):
            return self.quoted()
        if self.sees(b"{") or self.sees(b"~{"):
            return self.literal()
        raise BadSyntax("a string", self.pos)

    def nstring(self) -> bytes | None:
        if self.text[self.pos : self.pos + 3].upper() == b"NIL":
            self.pos += 3
            return None
        return self.string()

    def astring(self) -> bytes:
        found = _ASTRING.match(self.text, self.pos)
        if found is None:
            return self.string()
        self.pos = found.end()
        return found[0]

    def utf8_astring(self) -> str:
        return self.decode(self.astring())

    def decode(self, octets: bytes) -> str:
        try:
            return octets.decode()
        except UnicodeDecodeError:
            raise self.fail("text in UTF-8") from None

    # mailbox names
    def mailbox(self) -> str:
        return decode_mailbox(self.astring(), self.utf8)

    def list_mailbox(self) -> str:
        """A mailbox name or a pattern with `*` and `%`."""
        found = _LIST_CHARS.match(self.text, self.pos)
        if found is None:
            return decode_mailbox(self.string(), self.utf8)
        self.pos = found.end()
        return decode_mailbox(found[0], self.utf8)

    # lists
    def nested(self, parse: Callable[[Parser], T]) -> T:
        """`parse`, one level deeper; the depth is bounded."""
        if self.depth >= MAX_DEPTH:
            raise self.fail("less depth")
        self.depth += 1
        value = parse(self)
        self.depth -= 1
        return value

    def items(self, parse: Callable[[Parser], T], at_least: int = 1) -> tuple[T, ...]:
        """`"(" [item *(SP item)] ")"`"""
        self.expect(b"(")
        values: list[T] = []
        if at_least == 0 and self.take(b")"):
            return ()
        while True:
            values.append(parse(self))
            if self.take(b")"):
                return tuple(values)
            if len(values) >= MAX_ITEMS:
                raise self.fail("fewer elements")
            self.sp()

    # message numbers, flags, dates
    def sequence_set(self) -> SequenceSet:
        return parse_sequence_set(self.match(SET_CHARS, "a sequence set")[0])

    def flag_list(self) -> Flags:
        """flag-list, the parenthesised form."""
        return _flags(self.match(_FLAG_LIST, "a list of flags")[0][1:-1])

    def flags(self) -> Flags:
        """`flag-list / (flag *(SP flag))`"""
        if self.sees(b"("):
            return self.flag_list()
        return _flags(self.match(_FLAGS, "a flag")[0].rstrip(b" "))

    def date(self) -> date:
        start = self.pos
        found = self.match(_DATE, "a date, d-Mmm-yyyy")
        try:
            return date(int(found[4]), _MONTHS[found[3].lower()], int(found[2]))
        except ValueError:
            raise BadSyntax("a date of the calendar", start) from None

    def date_time(self) -> datetime:
        start = self.pos
        day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = self.match(
            _DATE_TIME, 'a date and time, "dd-Mmm-yyyy hh:mm:ss +zzzz"'
        ).groups()
        east = timedelta(hours=int(zone_hours), minutes=int(zone_minutes)) * (1 if sign == b"+" else -1)
        try:
            return datetime(
                int(year),
                _MONTHS[month.lower()],
                int(day),
                int(hour),
                int(minute),
                min(int(second), 59) if int(second) == 60 else int(second),  # a leap second
                tzinfo=timezone(east),
            )
        except ValueError:
            raise BadSyntax("a date and time of the calendar", start) from None


def parse_literal_header(found: re.Match[bytes]) -> LiteralHeader:
    return LiteralHeader(int(found[2]), not found[3], bool(found[1]))


@lru_cache(1024)
def _cached_flags(listed: bytes) -> Flags:
    names = listed.decode("ascii").split(" ") if listed else []
    if len(names) > MAX_FLAGS:
        raise BadSyntax("fewer flags")
    for name in names:
        if not _FLAG.fullmatch(name.encode()):
            raise BadSyntax("a flag")
        if name.startswith("\\") and name.lower() not in FLAG_BY_NAME:
            raise BadSyntax(f"a flag, and {name} is none that can be set")
    return Flags.from_names(names)


def _flags(listed: bytes) -> Flags:
    """Flags to be set. Clients name the same few again and again; long lists are not worth their memory."""
    return _cached_flags(listed) if len(listed) <= 128 else _cached_flags.__wrapped__(listed)
