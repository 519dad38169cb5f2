"""FETCH, also by UID – RFC 9051 §6.4.5, RFC 4466 §2.4, RFC 7162 §3.1.4, §3.2.6, RFC 9394 §3.3.

fetch           = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
                  [fetch-modifiers]
fetch-modifiers = SP "(" fetch-modifier *(SP fetch-modifier) ")"
fetch-modifier  = "CHANGEDSINCE" SP mod-sequence-value / "VANISHED" / "PARTIAL" SP partial-range
"""

from __future__ import annotations

from dataclasses import dataclass

from ..fetch import FetchItem, fetch_items
from ..grammar import Parser
from ..returns import PartialRange, partial_range
from ..sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Fetch:
    messages: SequenceSet
    items: tuple[FetchItem, ...]
    """Macros expanded, each item once, in the order asked for."""
    changed_since: int | None = None
    """Only messages whose modseq is above this."""
    vanished: bool = False
    """And what has gone away since; only UID FETCH has it."""
    partial: PartialRange | None = None
    """Of the messages named, only those at these places; only UID FETCH has it."""


def parse_fetch(p: Parser) -> Fetch:
    p.sp()
    messages = p.sequence_set()
    p.sp()
    items = fetch_items(p)
    changed_since, vanished, partial = None, False, None
    if not {"CONDSTORE", "PARTIAL"} <= p.off and p.take(b" "):
        for modifier in p.items(_modifier):
            if isinstance(modifier, PartialRange):
                partial = modifier
            else:
                changed_since, vanished = (changed_since, True) if modifier is None else (modifier, vanished)
        if vanished and changed_since is None:
            raise p.fail("CHANGEDSINCE, which VANISHED goes with")
    p.end()
    return Fetch(messages, items, changed_since, vanished, partial)


def _modifier(p: Parser) -> int | PartialRange | None:
    """None is VANISHED. CHANGEDSINCE 0, which the grammar has not, is what Thunderbird says of a mailbox new to it."""
    word = p.word()
    if word == b"CHANGEDSINCE" and "CONDSTORE" not in p.off:
        p.sp()
        return p.number64()
    if word == b"VANISHED" and "QRESYNC" not in p.off:
        return None
    if word == b"PARTIAL" and "PARTIAL" not in p.off:
        p.sp()
        return partial_range(p)
    raise p.fail("CHANGEDSINCE, VANISHED or PARTIAL")
