"""SORT, also by UID – RFC 5256 §3, RFC 5957 (SORT=DISPLAY), RFC 5267 §3 (ESORT), RFC 6203 §6 (RELEVANCY), RFC 5257
§4.9 (ANNOTATION).

sort           = "SORT" [search-return-opts] SP sort-criteria SP search-criteria
sort-criteria  = "(" sort-criterion *(SP sort-criterion) ")"
sort-criterion = ["REVERSE" SP] sort-key
sort-key       = "ARRIVAL" / "CC" / "DATE" / "FROM" / "SIZE" / "SUBJECT" / "TO" / "DISPLAYFROM" / "DISPLAYTO" /
                 "RELEVANCY" / "ANNOTATION" SP entry SP att-sort
search-criteria = charset 1*(SP search-key)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from posthouse.model.annotations import AnnotationName
from posthouse.model.ordering import SortCriterion, SortKey

from ..annotations import EXTENSION as ANNOTATE
from ..annotations import annotation_entry, value_scope
from ..charsets import charset_codec
from ..grammar import Parser
from ..returns import Returns, SearchReturn, return_options
from ..search import Key, is_fuzzy
from ..search_keys import search_program
from .search import charset_name

MAX_CRITERIA = 20

_REVERSE = re.compile(rb"REVERSE ", re.IGNORECASE)
EXTENSION_OF = {
    SortKey.DISPLAYFROM: "SORT=DISPLAY",
    SortKey.DISPLAYTO: "SORT=DISPLAY",
    SortKey.RELEVANCY: "SEARCH=FUZZY",
    SortKey.ANNOTATION: ANNOTATE,
}
"""Keys that are unknown where their extension is switched off."""


@dataclass(frozen=True, slots=True)
class Sort:
    criteria: tuple[SortCriterion, ...]
    key: Key
    returns: Returns | None = None
    """None: without RETURN."""


def parse_sort(p: Parser) -> Sort:
    returns = None if {"ESORT", "CONTEXT=SORT"} <= p.off else return_options(p, "CONTEXT=SORT")
    p.sp()
    criteria = p.items(_criterion)
    if len(criteria) > MAX_CRITERIA:
        raise p.fail("fewer sort criteria")
    p.sp()
    key = search_criteria(p)
    p.end()
    asked = returns is not None and SearchReturn.RELEVANCY in returns.options
    if (asked or any(one.key is SortKey.RELEVANCY for one in criteria)) and not is_fuzzy(key):
        raise p.fail("FUZZY, which RELEVANCY is about")
    return Sort(criteria, key, returns)


def search_criteria(p: Parser) -> Key:
    """Its charset is not optional."""
    codec = charset_codec(charset_name(p))
    p.sp()
    return search_program(p, codec)


def _criterion(p: Parser) -> SortCriterion:
    reverse = _REVERSE.match(p.text, p.pos) is not None
    if reverse:
        p.match(_REVERSE, "REVERSE")
    start = p.pos
    key = p.choice(SortKey)
    if EXTENSION_OF.get(key) in p.off:
        p.pos = start
        raise p.fail("a sort key")
    return SortCriterion(key, reverse, _annotation(p) if key is SortKey.ANNOTATION else None)


def _annotation(p: Parser) -> AnnotationName:
    p.sp()
    entry = annotation_entry(p)
    p.sp()
    return AnnotationName(entry, value_scope(p))
