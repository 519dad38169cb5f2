"""UNAUTHENTICATE – RFC 8437 §3, §6.

command-auth    =/ "UNAUTHENTICATE"
command-select  =/ "UNAUTHENTICATE"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Unauthenticate:
    """Everything but TLS is as it was behind the greeting."""


def parse_unauthenticate(p: Parser) -> Unauthenticate:
    p.end()
    return Unauthenticate()
