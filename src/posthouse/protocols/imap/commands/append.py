"""APPEND and REPLACE – RFC 9051 §6.3.12, RFC 4466 §2.6.8, RFC 3502 (MULTIAPPEND), RFC 3516 §4.4 (BINARY), RFC 4469
(CATENATE), RFC 6855 §4 (UTF8=ACCEPT), RFC 8508 (REPLACE), RFC 5257 §4.7 (ANNOTATE).

    append          = "APPEND" SP mailbox 1*append-message
    replace         = "REPLACE" SP seq-number SP mailbox append-message
    append-message  = [SP flag-list] [SP date-time] [SP att-annotate] SP append-data
    append-data     = literal / literal8 / utf8-literal / "CATENATE" SP "(" cat-part *(SP cat-part) ")"
    cat-part        = "TEXT" SP (literal / literal8) / utf8-literal / "URL" SP astring
    utf8-literal    = "UTF8" SP "(" literal8 ")"

A message is not gathered. The command is read in stretches, each up to the header of a literal whose octets are a
message's, which the framing passes on; so a stretch gives the pieces of a message that were named in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from posthouse.model.annotations import AnnotationChange
from posthouse.model.flags import UNFLAGGED, Flags

from ..annotations import EXTENSION as ANNOTATE
from ..annotations import annotation_changes
from ..grammar import LiteralHeader, Parser
from ..sequence import SequenceSet, parse_sequence_set


@dataclass(frozen=True, slots=True)
class Append:
    """The beginning of a message."""

    mailbox: str
    flags: Flags = UNFLAGGED
    date: datetime | None = None
    """With its zone; None: the moment it is stored."""
    replaces: SequenceSet | None = None
    """REPLACE: the one message that goes away."""
    annotations: tuple[AnnotationChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Octets:
    """A literal, which ends its stretch."""

    header: LiteralHeader
    utf8: bool = False
    """Said to have a header in UTF-8."""
    part: bool = False
    """Of several."""


@dataclass(frozen=True, slots=True)
class Url:
    """Octets of a message that is here already."""

    text: str


class End(Enum):
    MESSAGE = "message"
    COMMAND = "command"


Piece = Append | Octets | Url | End

_DATA = re.compile(rb"(CATENATE|UTF8) \(", re.IGNORECASE)
_ANNOTATION = re.compile(rb" ANNOTATION(?= )", re.IGNORECASE)
_PART = re.compile(rb"(TEXT|URL|UTF8) ", re.IGNORECASE)
_SEQ_NUMBER = re.compile(rb"[1-9][0-9]{0,9}|\*")


def parse_append(p: Parser) -> Append:
    """Up to the first message's data."""
    p.sp()
    return _opts(p, Append(p.mailbox()))


def parse_replace(p: Parser) -> Append:
    p.sp()
    replaces = parse_sequence_set(p.match(_SEQ_NUMBER, "the number of a message")[0])
    p.sp()
    return _opts(p, Append(p.mailbox(), replaces=replaces))


def _opts(p: Parser, append: Append) -> Append:
    flags, date = append.flags, append.date
    if p.sees(b" ("):
        p.sp()
        flags = p.flag_list()
    if p.sees(b' "'):
        p.sp()
        date = p.date_time()
    annotations: tuple[AnnotationChange, ...] = ()
    if ANNOTATE not in p.off and _ANNOTATION.match(p.text, p.pos):
        p.match(_ANNOTATION, "ANNOTATION")
        annotations = annotation_changes(p)
    return Append(append.mailbox, flags, date, append.replaces, annotations)


Step = Callable[["MessageReader", Parser, list[Piece]], "Step"]


class MessageReader:
    """The grammar of one command, from stretch to stretch."""

    __slots__ = ("_first", "_head", "_several", "_step")

    def __init__(self, head: Callable[[Parser], Append], several: bool) -> None:
        """`head`: `parse_append` or `parse_replace`. `several`: more than one message may come (RFC 3502)."""
        self._head = head
        self._several = several
        self._first: Append | None = None
        self._step: Step = MessageReader._command

    def read(self, p: Parser) -> list[Piece]:
        """The pieces of one stretch: the last one is `Octets` or `End.COMMAND`. `Incomplete` when it ends in another
        literal, of a mailbox or a URL; then, as after any BadSyntax, the same stretch can be read again."""
        pieces: list[Piece] = []
        step = self._step
        while not pieces or not (isinstance(pieces[-1], Octets) or pieces[-1] is End.COMMAND):
            step = step(self, p, pieces)
        self._step = step
        return pieces

    def _command(self, p: Parser, pieces: list[Piece]) -> Step:
        self._first = self._head(p)
        pieces.append(self._first)
        return MessageReader._data

    def _data(self, p: Parser, pieces: list[Piece]) -> Step:
        p.sp()
        if p.sees(b"{") or p.sees(b"~{"):
            pieces.append(Octets(p.literal_header()))
            return MessageReader._message_end
        start = p.pos
        word = p.match(_DATA, "a literal, CATENATE or UTF8")[1].upper()
        if word == b"CATENATE" and "CATENATE" not in p.off:
            return MessageReader._part
        if word == b"UTF8" and "UTF8=ACCEPT" not in p.off:
            pieces.append(_utf8_literal(p))
            return MessageReader._utf8_end
        p.pos = start
        raise p.fail("a literal")

    def _part(self, p: Parser, pieces: list[Piece]) -> Step:
        word = p.match(_PART, "TEXT, URL or UTF8")[1].upper()
        if word == b"URL":
            pieces.append(Url(p.utf8_astring()))
            return MessageReader._part_end
        if word == b"TEXT":
            pieces.append(Octets(p.literal_header(), part=True))
            return MessageReader._part_end
        p.expect(b"(")
        pieces.append(_utf8_literal(p, part=True))
        return MessageReader._utf8_part_end

    def _utf8_part_end(self, p: Parser, _: list[Piece]) -> Step:
        p.expect(b")")
        return MessageReader._part_end

    def _part_end(self, p: Parser, _: list[Piece]) -> Step:
        if p.take(b")"):
            return MessageReader._message_end
        p.sp()
        return MessageReader._part

    def _utf8_end(self, p: Parser, _: list[Piece]) -> Step:
        p.expect(b")")
        return MessageReader._message_end

    def _message_end(self, _: Parser, pieces: list[Piece]) -> Step:
        pieces.append(End.MESSAGE)
        return MessageReader._next

    def _next(self, p: Parser, pieces: list[Piece]) -> Step:
        if self._first is None or not self._several or p.at_end():
            p.end()
            pieces.append(End.COMMAND)
            return MessageReader._next
        pieces.append(_opts(p, Append(self._first.mailbox)))
        return MessageReader._data


def _utf8_literal(p: Parser, part: bool = False) -> Octets:
    header = p.literal_header()
    if not header.binary:
        raise p.fail("a literal8 in UTF8 (…)")
    return Octets(header, True, part)
