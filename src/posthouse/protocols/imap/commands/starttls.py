"""STARTTLS – RFC 9051 §6.2.1.

command-nonauth = "STARTTLS"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class StartTls:
    """Whatever was buffered behind it is dropped: `Receiver.clear()`."""


def parse_starttls(p: Parser) -> StartTls:
    p.end()
    return StartTls()
