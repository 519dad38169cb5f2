"""CANCELUPDATE – RFC 5267 §4.3.5.

cancelupdate = "CANCELUPDATE" 1*(SP quoted)
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import MAX_ITEMS, Parser


@dataclass(frozen=True, slots=True)
class CancelUpdate:
    tags: tuple[bytes, ...]


def parse_cancelupdate(p: Parser) -> CancelUpdate:
    tags: list[bytes] = []
    while not tags or not p.at_end():
        p.sp()
        tags.append(p.quoted())
        if len(tags) > MAX_ITEMS:
            raise p.fail("fewer tags")
    return CancelUpdate(tuple(tags))
