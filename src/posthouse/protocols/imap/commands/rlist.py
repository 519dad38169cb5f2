"""RLIST – RFC 2193 §5.1: a LIST of what is on other hosts as well, as `LIST (REMOTE)` is (RFC 5258 §3.1).

rlist           = "RLIST" SP mailbox SP list-mailbox
"""

from __future__ import annotations

from dataclasses import replace

from ..grammar import Parser
from .list import List, SelectOption
from .xlist import parse_xlist


def parse_rlist(p: Parser) -> List:
    return replace(parse_xlist(p), select=frozenset({SelectOption.REMOTE}))
