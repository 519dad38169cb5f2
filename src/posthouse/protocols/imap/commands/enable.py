"""ENABLE – RFC 9051 §6.3.1, RFC 5161 §3.1.

enable          = "ENABLE" 1*(SP capability)
capability      = ("AUTH=" auth-type) / atom
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import MAX_ITEMS, Parser


@dataclass(frozen=True, slots=True)
class Enable:
    capabilities: tuple[str, ...]
    """In upper case; unknown ones are to be passed over."""


def parse_enable(p: Parser) -> Enable:
    capabilities: list[str] = []
    while not capabilities or not p.at_end():
        p.sp()
        capabilities.append(p.word().decode("ascii"))
        if len(capabilities) > MAX_ITEMS:
            raise p.fail("fewer capabilities")
    p.end()
    return Enable(tuple(capabilities))
