"""LOGOUT – RFC 9051 §6.1.3.

command-any     = "LOGOUT"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Logout:
    """Answered by BYE, then OK."""


def parse_logout(p: Parser) -> Logout:
    p.end()
    return Logout()
