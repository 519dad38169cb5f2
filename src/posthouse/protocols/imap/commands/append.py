"""APPEND – RFC 9051 §6.3.12, RFC 3516 §4.4 (BINARY), RFC 3502 (MULTIAPPEND).

    append          = "APPEND" SP mailbox 1*append-message
    append-message  = [SP flag-list] [SP date-time] SP (literal / literal8)

The message is not gathered: the parsers read up to the header of its literal, and the framing passes the octets on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posthouse.model.flags import Flags

from ..grammar import LiteralHeader, Parser


@dataclass(frozen=True, slots=True)
class Append:
    mailbox: str
    flags: Flags
    date: datetime | None
    """With its zone; None: the moment it is stored."""
    literal: LiteralHeader


def parse_append(p: Parser) -> Append:
    p.sp()
    return _append_message(p, p.mailbox())


def parse_next_message(p: Parser, previous: Append) -> Append:
    """A further message of the same command."""
    return _append_message(p, previous.mailbox)


def _append_message(p: Parser, mailbox: str) -> Append:
    p.sp()
    flags, date = Flags(), None
    if p.sees(b"("):
        flags = p.flag_list()
        p.sp()
    if p.sees(b'"'):
        date = p.date_time()
        p.sp()
    return Append(mailbox, flags, date, p.literal_header())
