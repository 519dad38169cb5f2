"""Restrictions: who of the address book is meant – [MS-OXNSPI] 3.1.4.1.10, [MS-OXCDATA] 2.12.

Those kinds that the address book knows are And, Or, Not, Content, Property and Exist; others, and very long ones, are
too complex. What a name search (PidTagAnr) finds is found in an index, and so is what it is a condition of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from posthouse.directory import Listing, fold, sort_key
from posthouse.model.ids import AccountId
from posthouse.model.refusals import LimitReached
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import (
    And,
    Content,
    Exist,
    FuzzyLow,
    Not,
    Or,
    Property,
    RelOp,
    Restriction,
)
from posthouse.protocols.mapi.tags import PidTagAnr
from posthouse.servers.mapi.errors import ErrorCode

from .book import MAX_TABLE, BookError
from .identities import Person
from .properties import EIGHT_BITS, find_known

MAX_PARTS = 256
MAX_WORK = 2_000_000
"""People times parts of a restriction, where everybody must be looked at."""
Judge = Callable[[Person], bool]
Asking = Callable[[Any], Callable[[Any], bool]]
"""Makes of what is looked for, once, what is asked of each value: it may be long, and the people many."""
_OPERATORS: dict[RelOp, Callable[[Any, Any], bool]] = {
    RelOp.LT: lt,
    RelOp.LE: le,
    RelOp.GT: gt,
    RelOp.GE: ge,
    RelOp.EQ: eq,
    RelOp.NE: ne,
}
_TEXTS = (PropertyType.STRING, PropertyType.STRING8)
_IGNORE_CASE = 1 | 4
"""Of FuzzyLevelHigh: as loosely as one likes is without regard to case as well."""


class EightBits(bytes):
    """A string that is natively of 8 bits, and in which case matters ([MS-OXNSPI] 3.1.4.3.5.2)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Condition:
    holds: Judge
    candidates: frozenset[AccountId] | None = None
    """Nobody else can be meant; None: anybody can."""


@dataclass(slots=True)
class Compiler:
    listing: Listing
    encoding: str
    """Of the client's 8-bit strings."""
    parts: int = 0

    def compile(self, restriction: Restriction) -> Condition:
        """TooComplex when it is one."""
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise BookError(ErrorCode.ecTooComplex)
        match restriction:
            case And(parts):
                return _all([self.compile(part) for part in parts])
            case Or(parts):
                return _any([self.compile(part) for part in parts])
            case Not(part):
                within = self.compile(part)
                return Condition(lambda person: not within.holds(person))
            case Content(low, high, tag, value):
                return Condition(self._judge(tag, value, _fuzzy(low, high)))
            case Property(rel_op, tag, value):
                return self._property(rel_op, tag, value)
            case Exist(tag):
                return Condition(_exists(tag))
        raise BookError(ErrorCode.ecTooComplex)

    def _property(self, rel_op: RelOp, tag: PropertyTag, value: TaggedValue) -> Condition:
        if tag.id == PidTagAnr.id:
            return self._named(rel_op, value)
        operator = _OPERATORS.get(rel_op)
        if operator is None:
            raise BookError(ErrorCode.ecTooComplex)
        return Condition(self._judge(tag, value, _ordered(operator)))

    def _named(self, rel_op: RelOp, value: TaggedValue) -> Condition:
        text = self._plain(value)
        if rel_op is not RelOp.EQ or not isinstance(text, str):
            raise BookError(ErrorCode.ecTooComplex)
        try:
            found = frozenset(find_named(self.listing, text, MAX_TABLE + 1))
        except LimitReached:
            raise BookError(ErrorCode.ecTableTooBig) from None
        return Condition(lambda person: person.principal.id in found, found)

    def _wanted(self, tag: PropertyTag, value: TaggedValue) -> Any:
        """In the native type of the property (R462 to R466)."""
        if tag.id not in EIGHT_BITS or not isinstance(value.value, str | bytes):
            return self._plain(value)
        text = value.value
        return EightBits(text.encode(self.encoding, "replace") if isinstance(text, str) else text)

    def _plain(self, value: TaggedValue) -> Any:
        if isinstance(value.value, bytes) and value.tag.type == PropertyType.STRING8:
            return value.value.decode(self.encoding, "replace")
        return value.value

    def _judge(self, tag: PropertyTag, value: TaggedValue, asking: Asking) -> Judge:
        """A property without a value meets no condition; of one with several values, any may."""
        known = find_known(Person, tag)
        wanted = self._wanted(tag, value)
        if isinstance(wanted, tuple):
            raise BookError(ErrorCode.ecTooComplex)
        if known is None or wanted is None or _base(value.tag.type) != _base(known.tag.type):
            return lambda _: False
        fits = asking(wanted)

        def holds(person: Person) -> bool:
            held = known.value(person)
            if isinstance(wanted, EightBits):
                held = EightBits(str(held).encode("ascii"))
            return any(fits(one) for one in (held if isinstance(held, tuple) else (held,)) if one is not None)

        return holds


def find_named(listing: Listing, text: str, limit: int) -> list[AccountId]:
    """Whom a search for a name finds; with `=` before it, only whose whole name, alias or address it is."""
    if text.startswith("="):
        return listing.exactly(text[1:], limit)
    return listing.named(text, limit)


def _all(conditions: list[Condition]) -> Condition:
    known = [one.candidates for one in conditions if one.candidates is not None]
    candidates = frozenset.intersection(*known) if known else None
    return Condition(lambda person: all(one.holds(person) for one in conditions), candidates)


def _any(conditions: list[Condition]) -> Condition:
    known = [one.candidates for one in conditions if one.candidates is not None]
    candidates = frozenset().union(*known) if len(known) == len(conditions) else None
    return Condition(lambda person: any(one.holds(person) for one in conditions), candidates)


def _exists(tag: PropertyTag) -> Judge:
    known = find_known(Person, tag)
    return lambda person: known is not None and known.value(person) is not None


def _base(kind: int) -> int:
    """Without regard to how many values there are, and to the type of strings."""
    kind &= ~MULTIPLE
    return PropertyType.STRING if kind in _TEXTS else kind


def _ordered(operator: Callable[[Any, Any], bool]) -> Asking:
    def asking(wanted: Any) -> Callable[[Any], bool]:
        key = _key(wanted)
        return lambda held: operator(_key(held), key)

    return asking


def _key(value: Any) -> Any:
    """Of two strings of 8 bits the shorter one comes first (R488)."""
    if isinstance(value, EightBits):
        return len(value), value
    return sort_key(value) if isinstance(value, str) else value


def _fuzzy(low: FuzzyLow, high: int) -> Asking:
    """Of texts and of bytes; nothing else has a content."""

    def loose(value: str | bytes) -> Any:
        if isinstance(value, EightBits):
            return value.lower() if high & _IGNORE_CASE else value
        return fold(value) if isinstance(value, str) else value

    def asking(wanted: Any) -> Callable[[Any], bool]:
        if not isinstance(wanted, str | bytes):
            return lambda _: False
        part = loose(wanted)
        match low:
            case FuzzyLow.PREFIX:
                return lambda held: bool(loose(held).startswith(part))
            case FuzzyLow.SUBSTRING:
                return lambda held: part in loose(held)
        return lambda held: bool(loose(held) == part)

    return asking
