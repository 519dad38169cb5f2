"""LSUB – RFC 3501 §6.3.9, gone in IMAP4rev2 (`LIST (SUBSCRIBED)`).

lsub            = "LSUB" SP mailbox SP list-mailbox
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Lsub:
    reference: str
    pattern: str


def parse_lsub(p: Parser) -> Lsub:
    p.sp()
    reference = p.mailbox()
    p.sp()
    pattern = p.list_mailbox()
    p.end()
    return Lsub(reference, pattern)
