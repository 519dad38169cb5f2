"""STORE, also by UID – RFC 9051 §6.4.6, RFC 4466 §2.5.

store           = "STORE" SP sequence-set [store-modifiers] SP store-att-flags
store-modifiers = SP "(" store-modifier *(SP store-modifier) ")"
store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from posthouse.model.flags import FlagChange, How

from ..grammar import Parser
from ..sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Store:
    messages: SequenceSet
    change: FlagChange
    silent: bool = False


_STORE_ATT = re.compile(rb"([+-]?FLAGS)(\.SILENT)? ", re.IGNORECASE)


def parse_store(p: Parser) -> Store:
    """No store-modifier is known yet: one fails where FLAGS is expected."""
    p.sp()
    messages = p.sequence_set()
    p.sp()
    how, silent = p.match(_STORE_ATT, "FLAGS, +FLAGS or -FLAGS, with or without .SILENT").groups()
    flags = p.flags()
    p.end()
    return Store(messages, FlagChange(How(how.decode("ascii").upper()), flags), silent is not None)
