"""UIDBATCHES – RFC 10022 §3.1.

message-batches = "UIDBATCHES" SP nz-number [SP nz-number ":" nz-number]
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class UidBatches:
    size: int
    """Messages in a batch."""
    batches: tuple[int, int] | None = None
    """The first and the last that is asked for; the first of all, 1, has the newest messages. None: all of them."""


def parse_uidbatches(p: Parser) -> UidBatches:
    p.sp()
    size = p.number(at_least=1)
    batches = None
    if p.take(b" ") and not p.at_end():
        first = p.number(at_least=1)
        p.expect(b":")
        batches = first, p.number(at_least=1)
    p.end()
    return UidBatches(size, batches)
