"""sequence-set – RFC 9051 §9, with RFC 5182's `$`: the numbers a command names, before it is known what `*` means.

sequence-set    = (seq-number / seq-range) ["," sequence-set]
sequence-set    =/ seq-last-command
seq-number      = nz-number / "*"
seq-range       = seq-number ":" seq-number
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from posthouse.model.ranges import Ranges, normalise
from posthouse.model.refusals import BadSyntax

STAR = 1 << 32
"""`*`, the largest number in use: above every number that can be written."""

MAX_NUMBER = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Ranges as they were written, `STAR` for `*`; `saved` when `$` is among them (RFC 5182 §2.1)."""

    ranges: Ranges
    saved: bool = False

    def resolve(self, largest: int) -> Ranges:
        """Ascending ranges, `*` being `largest`. `5:*` holds the last message even when fewer than 5 exist, and
        numbers above `largest` stay: whether they are an error is for the caller, by `highest`."""
        return normalise((min(a, largest) if a == STAR else a, largest if b == STAR else b) for a, b in self.ranges)

    @property
    def highest(self) -> int:
        """The largest number that was written out; 0 when there is none. As a message sequence number above what
        exists it is a BAD (RFC 9051 §9, seq-number)."""
        return max((n for pair in self.ranges for n in pair if n != STAR), default=0)

    @property
    def names_star(self) -> bool:
        return any(STAR in pair for pair in self.ranges)


SET_CHARS = re.compile(rb"[0-9:*,$]+")
_ELEMENT = re.compile(rb"([1-9][0-9]{0,9}|\*)(?::([1-9][0-9]{0,9}|\*))?")


def parse_sequence_set(text: bytes) -> SequenceSet:
    """One whole sequence-set, cut out of its command."""
    return _parse_short(text) if len(text) <= 64 else _parse(text)


def _parse(text: bytes) -> SequenceSet:
    ranges, saved = [], False
    for element in text.split(b","):
        if element == b"$":
            saved = True
            continue
        found = _ELEMENT.fullmatch(element)
        if found is None:
            raise BadSyntax("a sequence set")
        low = _number(found[1])
        ranges.append((low, low if found[2] is None else _number(found[2])))
    return SequenceSet(tuple(ranges), saved)


_parse_short = lru_cache(1024)(_parse)


def _number(digits: bytes) -> int:
    if digits == b"*":
        return STAR
    number = int(digits)
    if number > MAX_NUMBER:
        raise BadSyntax("a number below 4294967296")
    return number


def format_ranges(ranges: Ranges) -> bytes:
    """`((1, 3), (7, 7))` → `1:3,7`."""
    return b",".join([b"%d" % a if a == b else b"%d:%d" % (a, b) for a, b in ranges])


def format_numbers(numbers: Iterable[int]) -> bytes:
    """Numbers in the order given, runs of ascending neighbours as ranges: for sets that pair up, as in COPYUID, where
    `4,2,3` must not become `2:4`."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return format_ranges(tuple(runs))


def format_sequence_set(sequence: SequenceSet) -> bytes:
    """What `parse_sequence_set` reads."""
    parts = [_format_pair(a, b) for a, b in sequence.ranges] + ([b"$"] if sequence.saved else [])
    return b",".join(parts)


def _format_pair(a: int, b: int) -> bytes:
    low, high = (b"*" if n == STAR else b"%d" % n for n in (a, b))
    return low if a == b else low + b":" + high
