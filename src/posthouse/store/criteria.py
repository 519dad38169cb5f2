"""What a search looks for, as values: flags, dates, sizes and texts joined by And, Or and Not – after RFC 9051 §6.4.4.

Texts are looked for as substrings without regard to case, in what a reader sees: encoded words, charsets and transfer
encodings undone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from posthouse.model.flags import Flag
from posthouse.model.ids import ModSeq
from posthouse.model.ranges import Ranges
from posthouse.store.annotations import Readers


@dataclass(frozen=True, slots=True)
class All:
    """Every message."""


@dataclass(frozen=True, slots=True)
class And:
    """Every message when empty."""

    criteria: tuple[Criteria, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """No message when empty."""

    criteria: tuple[Criteria, ...]


@dataclass(frozen=True, slots=True)
class Not:
    criterion: Criteria


@dataclass(frozen=True, slots=True)
class HasFlag:
    flags: Flag
    """All of these bits are set."""


@dataclass(frozen=True, slots=True)
class HasKeyword:
    keyword: str
    """In any case."""


@dataclass(frozen=True, slots=True)
class UidIn:
    uids: Ranges


@dataclass(frozen=True, slots=True)
class ModSeqFrom:
    """Changed at this modseq or later (RFC 7162 §3.1.5)."""

    modseq: ModSeq


@dataclass(frozen=True, slots=True)
class HasContent:
    """The content with this hash."""

    hash: bytes


@dataclass(frozen=True, slots=True)
class Size:
    """Larger or smaller than that many bytes, never equal."""

    larger: bool
    size: int


class When(Enum):
    BEFORE = "before"
    ON = "on"
    SINCE = "since"
    """On that day or later."""


@dataclass(frozen=True, slots=True)
class InternalDate:
    """Its day in UTC."""

    when: When
    day: date


@dataclass(frozen=True, slots=True)
class Received:
    """By the internal date, to the second: at that moment or later; or, `before`, at that moment or earlier."""

    before: bool
    moment: int


@dataclass(frozen=True, slots=True)
class SavedDate:
    """When it came into this folder (RFC 8514); its day in UTC."""

    when: When
    day: date


@dataclass(frozen=True, slots=True)
class SentDate:
    """The day that is written in the Date field, its zone disregarded. A message without one is found by none."""

    when: When
    day: date


@dataclass(frozen=True, slots=True)
class Header:
    """A field that has `text` in its value, also From, To, Cc and Bcc. Without a text: a field of that name."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Subject:
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """In a text part, or in the header or a text part of a message within the message."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """In the header, a MIME header, or where `Body` looks."""

    text: str


@dataclass(frozen=True, slots=True)
class Annotated:
    """Has an annotation with `text` in its value (RFC 5257 §4.8)."""

    is_entry: Callable[[str], bool]
    """Whether the name is one of those that are meant."""
    readers: Readers
    """Whose."""
    text: str


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """The text, or nearly (RFC 6203); the better it matches, the higher a message's score."""

    criterion: Header | Subject | Body | Text


Criteria = (
    All
    | And
    | Or
    | Not
    | HasFlag
    | HasKeyword
    | UidIn
    | ModSeqFrom
    | HasContent
    | Size
    | InternalDate
    | Received
    | SavedDate
    | SentDate
    | Header
    | Subject
    | Body
    | Text
    | Fuzzy
    | Annotated
)
