"""STORE, also by UID – RFC 9051 §6.4.6, RFC 4466 §2.5, RFC 7162 §3.1.3, RFC 5257 §4.5.

store           = "STORE" SP sequence-set [store-modifiers] SP store-att-flags
store-modifiers = SP "(" store-modifier *(SP store-modifier) ")"
store-modifier  = "UNCHANGEDSINCE" SP mod-sequence-valzer
store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag))) / att-annotate
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from posthouse.model.annotations import AnnotationChange
from posthouse.model.flags import FlagChange, How

from ..annotations import EXTENSION as ANNOTATE
from ..annotations import annotation_changes
from ..grammar import Parser
from ..sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Store:
    messages: SequenceSet
    change: FlagChange | tuple[AnnotationChange, ...]
    silent: bool = False
    """Of annotations always (RFC 5257 §4.5)."""
    unchanged_since: int | None = None
    """Only messages whose modseq is not above this."""


_ANNOTATION = re.compile(rb"ANNOTATION(?= )", re.IGNORECASE)
_STORE_ATT = re.compile(rb"([+-]?FLAGS)(\.SILENT)? ", re.IGNORECASE)


def parse_store(p: Parser) -> Store:
    p.sp()
    messages = p.sequence_set()
    p.sp()
    unchanged_since = None
    if p.sees(b"("):
        unchanged_since = p.items(_modifier)[-1]
        p.sp()
    if ANNOTATE not in p.off and _ANNOTATION.match(p.text, p.pos):
        p.match(_ANNOTATION, "ANNOTATION")
        changes = annotation_changes(p)
        p.end()
        return Store(messages, changes, True, unchanged_since)
    how, silent = p.match(_STORE_ATT, "FLAGS, +FLAGS or -FLAGS, with or without .SILENT").groups()
    flags = p.flags()
    p.end()
    return Store(messages, FlagChange(How(how.decode("ascii").upper()), flags), silent is not None, unchanged_since)


def _modifier(p: Parser) -> int:
    if "CONDSTORE" in p.off or p.word() != b"UNCHANGEDSINCE":
        raise p.fail("UNCHANGEDSINCE")
    p.sp()
    return p.number64()
