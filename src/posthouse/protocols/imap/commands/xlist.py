"""XLIST – of old clients: what SPECIAL-USE was before it was a standard.

xlist           = "XLIST" SP mailbox SP list-mailbox
"""

from __future__ import annotations

from ..grammar import Parser
from .list import List


def parse_xlist(p: Parser) -> List:
    p.sp()
    reference = p.mailbox()
    p.sp()
    pattern = p.list_mailbox()
    p.end()
    return List(reference, (pattern,))
