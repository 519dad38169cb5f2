"""FETCH, also by UID – RFC 9051 §6.4.5, RFC 4466 §2.4, RFC 7162 §3.1.4, §3.2.6.

fetch           = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
                  [fetch-modifiers]
fetch-modifiers = SP "(" fetch-modifier *(SP fetch-modifier) ")"
fetch-modifier  = "CHANGEDSINCE" SP mod-sequence-value / "VANISHED"
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
    changed_since: int | None = None
    """Only messages whose modseq is above this."""
    vanished: bool = False
    """And what has gone away since; only UID FETCH has it."""


def parse_fetch(p: Parser) -> Fetch:
    p.sp()
    messages = p.sequence_set()
    p.sp()
    items = fetch_items(p)
    changed_since, vanished = None, False
    if "CONDSTORE" not in p.off and p.take(b" "):
        for modseq in p.items(_modifier):
            changed_since, vanished = (modseq, vanished) if modseq else (changed_since, True)
        if vanished and changed_since is None:
            raise p.fail("CHANGEDSINCE, which VANISHED goes with")
    p.end()
    return Fetch(messages, items, changed_since, vanished)


def _modifier(p: Parser) -> int:
    """0 is VANISHED."""
    word = p.word()
    if word == b"CHANGEDSINCE":
        p.sp()
        return p.number64(at_least=1)
    if word == b"VANISHED" and "QRESYNC" not in p.off:
        return 0
    raise p.fail("CHANGEDSINCE or VANISHED")
