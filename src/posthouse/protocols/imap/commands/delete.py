"""DELETE – RFC 9051 §6.3.5.

delete          = "DELETE" SP mailbox
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Delete:
    mailbox: str


def parse_delete(p: Parser) -> Delete:
    p.sp()
    mailbox = p.mailbox()
    p.end()
    return Delete(mailbox)
