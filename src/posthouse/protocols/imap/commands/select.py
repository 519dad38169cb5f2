"""SELECT and EXAMINE – RFC 9051 §6.3.2, §6.3.3, RFC 4466 §2.1.

select          = "SELECT" SP mailbox [select-params]
examine         = "EXAMINE" SP mailbox [select-params]
select-params   = SP "(" select-param *(SP select-param) ")"
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Select:
    mailbox: str
    read_only: bool = False


def parse_select(p: Parser) -> Select:
    return Select(_mailbox_alone(p))


def parse_examine(p: Parser) -> Select:
    return Select(_mailbox_alone(p), read_only=True)


def _mailbox_alone(p: Parser) -> str:
    """No select-param is known yet, so that one gets a BAD, as RFC 4466 §2.1 has it."""
    p.sp()
    mailbox = p.mailbox()
    p.end()
    return mailbox
