"""RENAME – RFC 9051 §6.3.6.

rename          = "RENAME" SP mailbox SP mailbox
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Rename:
    mailbox: str
    new_name: str


def parse_rename(p: Parser) -> Rename:
    p.sp()
    mailbox = p.mailbox()
    p.sp()
    new_name = p.mailbox()
    p.end()
    return Rename(mailbox, new_name)
