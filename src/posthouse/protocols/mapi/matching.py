"""Whether an object satisfies a restriction, and how values are ordered – [MS-OXCDATA] 2.12, 2.13.

A property that is not there satisfies nothing that is asked of its value, not even to be different. Texts compare
without case, and are equal in all languages alike; which one is before the other, a language tells (tables are ordered
as restrictions compare, so that a client finds its place in them). Binaries compare byte by byte; of a property with
several values any may be the one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

from . import tags
from .collation import TextKey, text_key, without_marks
from .property_values import MULTIPLE, PropertyTag, PropertyType
from .restrictions import (
    And,
    BitMask,
    Comment,
    CompareProperties,
    Content,
    Count,
    Exist,
    FuzzyLow,
    Not,
    Or,
    Property,
    RelOp,
    Restriction,
    Size,
    SubObject,
)

IGNORE_CASE, IGNORE_NONSPACE, LOOSE = 1, 2, 4
"""FuzzyLevelHigh."""

LONG, LONGEST = 1 << 12, 1 << 20
"""Characters of texts that are remembered."""

_CHECKS: dict[RelOp, Callable[[Any, Any], bool]] = {
    RelOp.LT: lambda a, b: bool(a < b),
    RelOp.LE: lambda a, b: bool(a <= b),
    RelOp.GT: lambda a, b: bool(a > b),
    RelOp.GE: lambda a, b: bool(a >= b),
    RelOp.EQ: lambda a, b: bool(a == b),
    RelOp.NE: lambda a, b: bool(a != b),
}


class Matchable(Protocol):
    def value(self, tag: PropertyTag) -> Any | None:
        """Of this property, whatever its type; None: there is none."""

    def parts(self, tag: PropertyTag) -> Iterable[Matchable]:
        """Recipients or attachments."""


def matches(restriction: Restriction, one: Matchable, key: TextKey = text_key) -> bool:
    """`key`: by which texts are ordered."""
    match restriction:
        case And(parts):
            return all(matches(part, one, key) for part in parts)
        case Or(parts):
            return any(matches(part, one, key) for part in parts)
        case Not(part):
            return not matches(part, one, key)
        case Content():
            return _contains(restriction, one)
        case Property(rel_op, tag, wanted):
            return _compares(rel_op, one.value(tag), wanted.value, key)
        case CompareProperties(rel_op, tag, other):
            return _compares(rel_op, one.value(tag), one.value(other), key)
        case BitMask(not_zero, tag, mask):
            value = one.value(tag)
            return isinstance(value, int) and bool(value & mask) == not_zero
        case Size(rel_op, tag, size):
            value = one.value(tag)
            return value is not None and _check(rel_op, _size(value, tag.type), size, key)
        case Exist(tag):
            return one.value(tag) is not None
        case SubObject(tag, part):
            return any(matches(part, inner, key) for inner in one.parts(tag))
        case Comment(_, maybe):
            return maybe is None or matches(maybe, one, key)
        case Count(_, part):
            return matches(part, one, key)


def _compares(rel_op: RelOp, value: Any, wanted: Any, key: TextKey) -> bool:
    if value is None or wanted is None:
        return False
    if isinstance(value, tuple) and not isinstance(wanted, tuple):
        return any(_check(rel_op, one, wanted, key) for one in value)
    return _check(rel_op, value, wanted, key)


def _check(rel_op: RelOp, value: Any, wanted: Any, key: TextKey) -> bool:
    check = _CHECKS.get(rel_op)
    if check is None:  # members of distribution lists: asked of recipients by nobody but address books
        return False
    by = text_key if rel_op in (RelOp.EQ, RelOp.NE) else key
    try:
        return check(order_key(value, by), order_key(wanted, by))
    except TypeError:  # of types that do not compare
        return rel_op is RelOp.NE


def order_key(value: Any, key: TextKey = text_key) -> Any:
    """By which values of one property are ordered."""
    if isinstance(value, str):
        return key(value)
    if isinstance(value, tuple):
        return tuple([order_key(one, key) for one in value])
    if isinstance(value, UUID):
        return value.bytes_le
    return value


_WIDTHS: dict[int, int] = {
    PropertyType.INTEGER16: 2,
    PropertyType.BOOLEAN: 1,
    PropertyType.INTEGER64: 8,
    PropertyType.FLOATING64: 8,
    PropertyType.CURRENCY: 8,
    PropertyType.FLOATING_TIME: 8,
    PropertyType.TIME: 8,
    PropertyType.GUID: 16,
}
"""Bytes of values whose type tells them, where they are not four."""


def _size(value: Any, kind: int) -> int:
    """Bytes, as a client would count them."""
    if isinstance(value, str):
        return len(value.encode("utf-16-le", "surrogatepass")) + 2
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, tuple):
        return sum(_size(one, kind & ~MULTIPLE) for one in value)
    return _WIDTHS.get(kind, 4)


def _contains(restriction: Content, one: Matchable) -> bool:
    value, wanted = one.value(restriction.tag), restriction.value.value
    candidates = value if isinstance(value, tuple) else (value,)
    # [MS-OXCMSG] 2.2.1.3: a message class has no case, whatever is asked
    high = restriction.fuzzy_high | (IGNORE_CASE if restriction.tag.id == tags.PidTagMessageClass.id else 0)
    return any(_holds(restriction, candidate, wanted, high) for candidate in candidates)


def _holds(restriction: Content, value: Any, wanted: Any, high: int) -> bool:
    if isinstance(value, str) and isinstance(wanted, bytes):
        wanted = wanted.decode("cp1252", "replace")
    if isinstance(value, str) and isinstance(wanted, str):
        value, wanted = (_folded(text, high) for text in (value, wanted))
    elif not (isinstance(value, bytes) and isinstance(wanted, bytes)):
        return False
    if restriction.fuzzy_low is FuzzyLow.SUBSTRING:
        return wanted in value
    if restriction.fuzzy_low is FuzzyLow.PREFIX:
        return bool(value.startswith(wanted))
    return bool(value == wanted)


def _folded(text: str, high: int) -> str:
    """A long text is asked for many things, one after another."""
    return _fold_once(text, high) if LONG < len(text) <= LONGEST else _fold(text, high)


@lru_cache(2)
def _fold_once(text: str, high: int) -> str:
    return _fold(text, high)


def _fold(text: str, high: int) -> str:
    if high & (IGNORE_NONSPACE | LOOSE):
        text = without_marks(text)
    return text.casefold() if high & (IGNORE_CASE | LOOSE) else text
