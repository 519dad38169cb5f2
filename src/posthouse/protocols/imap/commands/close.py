"""CLOSE and UNSELECT – RFC 9051 §6.4.1, §6.4.2, RFC 3691 §2.

command-select  = "CLOSE" / "UNSELECT"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Close:
    """Back to the authenticated state; CLOSE expunges silently on the way, UNSELECT does not."""

    expunge: bool


def parse_close(p: Parser) -> Close:
    p.end()
    return Close(expunge=True)


def parse_unselect(p: Parser) -> Close:
    p.end()
    return Close(expunge=False)
