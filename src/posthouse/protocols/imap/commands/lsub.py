"""LSUB – RFC 3501 §6.3.9, gone in IMAP4rev2 (`LIST (SUBSCRIBED)`), and RLSUB – RFC 2193 §5.2.

lsub            = "LSUB" SP mailbox SP list-mailbox
rlsub           = "RLSUB" SP mailbox SP list-mailbox
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Lsub:
    reference: str
    pattern: str
    remote: bool = False
    """Also what is on other hosts."""


def parse_rlsub(p: Parser) -> Lsub:
    return replace(parse_lsub(p), remote=True)


def parse_lsub(p: Parser) -> Lsub:
    p.sp()
    reference = p.mailbox()
    p.sp()
    pattern = p.list_mailbox()
    p.end()
    return Lsub(reference, pattern)
