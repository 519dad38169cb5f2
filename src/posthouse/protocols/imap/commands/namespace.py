"""NAMESPACE – RFC 9051 §6.3.10, RFC 2342 §5.

namespace-command = "NAMESPACE"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Namespace:
    """Asks for the prefixes of the three kinds of mailboxes."""


def parse_namespace(p: Parser) -> Namespace:
    p.end()
    return Namespace()
