"""IDLE – RFC 9051 §6.3.13, RFC 2177 §3.

idle            = "IDLE" CRLF "DONE"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Idle:
    """After `+` the next line is raw: `Receiver.expect_line()`, then `is_done`."""


def parse_idle(p: Parser) -> Idle:
    p.end()
    return Idle()


def is_done(line: bytes) -> bool:
    """Whether a raw line ends IDLE."""
    return line.strip(b" ").upper() == b"DONE"
