"""COMPARATOR – RFC 5255 §4.7, §4.10; patterns as of RFC 4790 §3.2.

comparator-cmd    = "COMPARATOR" *(SP comp-order-quoted)
comp-order-quoted = astring
    ; a collation's name, in which "*" stands for anything; or "default"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser

MAX_PATTERNS = 50
MAX_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Comparator:
    """Without patterns it asks which one is active."""

    patterns: tuple[str, ...] = ()


def parse_comparator(p: Parser) -> Comparator:
    patterns: list[str] = []
    while not p.at_end():
        p.sp()
        pattern = p.utf8_astring()
        if len(patterns) == MAX_PATTERNS or not 0 < len(pattern) <= MAX_LENGTH:
            raise p.fail("a short list of comparators")
        patterns.append(pattern)
    p.end()
    return Comparator(tuple(patterns))


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern stands for this collation."""
    first, *rest = pattern.lower().split("*")
    if not rest:
        return first == name
    if not name.startswith(first):
        return False
    at = len(first)
    for piece in rest[:-1]:
        at = name.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return len(name) - at >= len(rest[-1]) and name.endswith(rest[-1])
