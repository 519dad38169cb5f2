"""CHECK – RFC 3501 §6.4.1, gone in IMAP4rev2.

command-select  = "CHECK"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Check:
    """A checkpoint; what we acknowledge is durable anyway, so the same as NOOP."""


def parse_check(p: Parser) -> Check:
    p.end()
    return Check()
