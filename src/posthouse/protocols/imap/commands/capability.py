"""CAPABILITY – RFC 9051 §6.1.1.

command-any     = "CAPABILITY"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Capability:
    """Valid in every state."""


def parse_capability(p: Parser) -> Capability:
    p.end()
    return Capability()
