"""What a SEARCH looks for – RFC 9051 §6.4.4 – as a tree of values. `search_keys` makes it from the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from posthouse.model.annotations import Scope
from posthouse.model.flags import Flag

from .sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class All:
    pass


@dataclass(frozen=True, slots=True)
class And:
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """`OR a OR b c` is one of three."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Not:
    key: Key


@dataclass(frozen=True, slots=True)
class SequenceKey:
    """By sequence number or UID; `$`, the saved result, is part of the set."""

    messages: SequenceSet
    uid: bool = False


@dataclass(frozen=True, slots=True)
class FlagKey:
    """One of the model's bits, so also `KEYWORD $Junk`."""

    flag: Flag
    present: bool = True


@dataclass(frozen=True, slots=True)
class KeywordKey:
    keyword: str
    """Compares without regard to case."""
    present: bool = True


@dataclass(frozen=True, slots=True)
class RecentKey:
    """RFC 3501's RECENT and OLD; NEW is RECENT and UNSEEN."""

    present: bool = True


class Where(bytes, Enum):
    BCC = b"BCC"
    CC = b"CC"
    FROM = b"FROM"
    SUBJECT = b"SUBJECT"
    TO = b"TO"
    BODY = b"BODY"
    TEXT = b"TEXT"


@dataclass(frozen=True, slots=True)
class TextKey:
    where: Where
    text: str


@dataclass(frozen=True, slots=True)
class HeaderKey:
    field: str
    text: str
    """Empty: any message that has the field."""


class DateOf(Enum):
    INTERNAL = b""
    SENT = b"SENT"
    SAVED = b"SAVED"
    """When it came into its mailbox (RFC 8514)."""


class Op(Enum):
    BEFORE = b"BEFORE"
    ON = b"ON"
    SINCE = b"SINCE"


@dataclass(frozen=True, slots=True)
class DateKey:
    """Dates alone are compared, without time and zone."""

    of: DateOf
    op: Op
    date: date


@dataclass(frozen=True, slots=True)
class SizeKey:
    """Larger or smaller than, never equal."""

    larger: bool
    size: int


@dataclass(frozen=True, slots=True)
class WithinKey:
    """By the internal date's age (RFC 5032): at most or at least so many seconds."""

    younger: bool
    seconds: int


@dataclass(frozen=True, slots=True)
class ModSeqKey:
    """Changed at this modseq or later (RFC 7162 §3.1.5). The entry that a client may name is read and passed over:
    there is one modseq for all flags."""

    modseq: int


@dataclass(frozen=True, slots=True)
class EmailIdKey:
    """Has the content of that name (RFC 8474 §5.4)."""

    email: bytes


@dataclass(frozen=True, slots=True)
class AnnotationKey:
    """Has an annotation like that (RFC 5257 §4.8)."""

    entry: str
    """Its name, or a pattern with `*` and `%`."""
    scopes: tuple[Scope, ...]
    text: str | None
    """In its value. None: has no such annotation."""


@dataclass(frozen=True, slots=True)
class FuzzyKey:
    """What nearly matches (RFC 6203); keys that are no texts match exactly."""

    key: Key


@dataclass(frozen=True, slots=True)
class FilterKey:
    """What is kept under that name (RFC 5466)."""

    name: str


Key = (
    All
    | And
    | Or
    | Not
    | SequenceKey
    | FlagKey
    | KeywordKey
    | RecentKey
    | TextKey
    | HeaderKey
    | DateKey
    | SizeKey
    | WithinKey
    | FilterKey
    | FuzzyKey
    | ModSeqKey
    | EmailIdKey
    | AnnotationKey
)


def any_key(key: Key, test: Callable[[Key], bool]) -> bool:
    """Whether the key, or one within it at any depth, passes."""
    if test(key):
        return True
    match key:
        case And(several) | Or(several):
            return any(any_key(one, test) for one in several)
        case Not(one) | FuzzyKey(one):
            return any_key(one, test)
        case _:
            return False


def is_fuzzy(key: Key) -> bool:
    """Whether there is a FUZZY in it."""
    return any_key(key, lambda one: isinstance(one, FuzzyKey))
