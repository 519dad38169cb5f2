"""What a searching command is to return – RFC 4466 §2.6, RFC 4731, RFC 5182, RFC 5267, RFC 5465 §7, RFC 6203,
RFC 9394.

search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
search-return-opt  = "MIN" / "MAX" / "ALL" / "COUNT" / "SAVE" / "CONTEXT" / modifier-update /
                     "PARTIAL" SP partial-range / "RELEVANCY"
modifier-update    = "UPDATE" [SP "(" fetch-att *(SP fetch-att) ")"]
partial-range      = nz-number ":" nz-number / "-" nz-number ":" "-" nz-number
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from .fetch import FetchItem, fetch_att
from .grammar import Parser


class SearchReturn(bytes, Enum):
    MIN = b"MIN"
    MAX = b"MAX"
    ALL = b"ALL"
    COUNT = b"COUNT"
    SAVE = b"SAVE"
    RELEVANCY = b"RELEVANCY"
    """A score for each result (RFC 6203 §4)."""
    CONTEXT = b"CONTEXT"
    """A hint that the same will be asked again (RFC 5267 §4.2)."""
    UPDATE = b"UPDATE"
    """Changes of the result are to be told (RFC 5267 §4.3)."""
    PARTIAL = b"PARTIAL"


@dataclass(frozen=True, slots=True)
class PartialRange:
    """Results by their place, the first of which is 1; negative ones count from the end (RFC 9394 §3.1)."""

    first: int
    last: int

    @property
    def slice(self) -> slice:
        low, high = sorted((self.first, self.last))
        if low < 0:
            return slice(low, high + 1 or None)
        return slice(low - 1, high)

    def of(self, results: Sequence[int]) -> Sequence[int]:
        return results[self.slice]

    def format(self) -> bytes:
        return b"%d:%d" % (self.first, self.last)


@dataclass(frozen=True, slots=True)
class Returns:
    options: frozenset[SearchReturn]
    """`ALL` for `RETURN ()`."""
    partial: PartialRange | None = None
    update: tuple[FetchItem, ...] = ()
    """What UPDATE is to tell of each new message that is found (RFC 5465 §7)."""


ALL = Returns(frozenset({SearchReturn.ALL}))

_RETURN = re.compile(rb" RETURN (?=\()", re.IGNORECASE)
_PARTIAL = re.compile(rb"(-?)([1-9][0-9]{0,9}):(-?)([1-9][0-9]{0,9})")
_OF_CONTEXT = frozenset((SearchReturn.CONTEXT, SearchReturn.UPDATE))


def return_options(p: Parser, context: str) -> Returns | None:
    """None: there is no `RETURN (…)`. `context`: the extension that lets this command have contexts."""
    if not _RETURN.match(p.text, p.pos):
        return None
    p.match(_RETURN, "RETURN")
    ranges: list[PartialRange] = []
    update: list[FetchItem] = []
    options = frozenset(p.items(lambda p: _option(p, context, ranges, update), at_least=0))
    if len(ranges) > 1 or (ranges and SearchReturn.ALL in options):
        raise p.fail("one of PARTIAL and ALL")
    return Returns(options, ranges[0] if ranges else None, tuple(dict.fromkeys(update))) if options else ALL


def _option(p: Parser, context: str, ranges: list[PartialRange], update: list[FetchItem]) -> SearchReturn:
    start = p.pos
    option = p.choice(SearchReturn)
    if context in p.off and (option in _OF_CONTEXT or (option is SearchReturn.PARTIAL and "PARTIAL" in p.off)):
        p.pos = start
        raise p.fail("a return option")
    if option is SearchReturn.RELEVANCY and "SEARCH=FUZZY" in p.off:
        p.pos = start
        raise p.fail("a return option")
    if option is SearchReturn.PARTIAL:
        p.sp()
        ranges.append(partial_range(p))
    if option is SearchReturn.UPDATE and "NOTIFY" not in p.off and (p.sees(b"(") or p.sees(b" (")):
        p.take(b" ")
        update += p.items(fetch_att)
    return option


def partial_range(p: Parser) -> PartialRange:
    start = p.pos
    minus, first, other_minus, last = p.match(_PARTIAL, "a range of results").groups()
    if minus != other_minus or (minus and "PARTIAL" in p.off) or max(int(first), int(last)) >= 1 << 32:
        p.pos = start
        raise p.fail("a range of results")
    sign = -1 if minus else 1
    return PartialRange(sign * int(first), sign * int(last))
