"""FETCH, also by UID – RFC 9051 §6.4.5, RFC 4466 §2.4.

fetch           = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
                  [fetch-modifiers]
fetch-modifiers = SP "(" fetch-modifier *(SP fetch-modifier) ")"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..fetch import FetchItem, fetch_items
from ..grammar import Parser
from ..sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Fetch:
    messages: SequenceSet
    items: tuple[FetchItem, ...]
    """Macros expanded, each item once, in the order asked for."""


def parse_fetch(p: Parser) -> Fetch:
    """No fetch-modifier is known yet, so that one fails at the end of the command."""
    p.sp()
    messages = p.sequence_set()
    p.sp()
    items = fetch_items(p)
    p.end()
    return Fetch(messages, items)
