"""LANGUAGE – RFC 5255 §3; language ranges as of RFC 4647 §3.4.

language-cmd      = "LANGUAGE" *(SP lang-range-quoted)
lang-range-quoted = astring
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..grammar import Parser

MAX_RANGES = 50
_RANGE = re.compile(r"\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}|-\*){0,10}")


@dataclass(frozen=True, slots=True)
class Language:
    """Without ranges it asks which languages there are."""

    ranges: tuple[str, ...] = ()


def parse_language(p: Parser) -> Language:
    ranges: list[str] = []
    while not p.at_end():
        p.sp()
        wanted = p.utf8_astring()
        if len(ranges) == MAX_RANGES or not _RANGE.fullmatch(wanted):
            raise p.fail("a short list of languages")
        ranges.append(wanted)
    p.end()
    return Language(tuple(ranges))


def look_up(wanted: str, supported: Iterable[str]) -> str | None:
    """The supported language that a range stands for: it is shortened from its end until one fits."""
    known = {tag.lower(): tag for tag in supported}
    subtags = [subtag for subtag in wanted.lower().split("-") if subtag != "*"]
    while subtags:
        found = known.get("-".join(subtags))
        if found is not None:
            return found
        subtags.pop()
    return None
