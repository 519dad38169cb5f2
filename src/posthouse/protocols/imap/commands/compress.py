"""COMPRESS – RFC 4978 §3, §5.

compress    = "COMPRESS" SP algorithm
algorithm   = "DEFLATE"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Compress:
    """By DEFLATE, the only algorithm there is."""


def parse_compress(p: Parser) -> Compress:
    p.sp()
    if p.atom().upper() != b"DEFLATE":
        raise p.fail("DEFLATE")
    p.end()
    return Compress()
