"""NOOP – RFC 9051 §6.1.2.

command-any     = "NOOP"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Noop:
    """Does nothing, and lets us tell what has changed."""


def parse_noop(p: Parser) -> Noop:
    p.end()
    return Noop()
