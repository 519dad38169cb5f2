"""SUBSCRIBE and UNSUBSCRIBE – RFC 9051 §6.3.7, §6.3.8.

subscribe       = "SUBSCRIBE" SP mailbox
unsubscribe     = "UNSUBSCRIBE" SP mailbox
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Subscribe:
    mailbox: str
    subscribed: bool = True


def parse_subscribe(p: Parser) -> Subscribe:
    return Subscribe(_mailbox(p))


def parse_unsubscribe(p: Parser) -> Subscribe:
    return Subscribe(_mailbox(p), subscribed=False)


def _mailbox(p: Parser) -> str:
    p.sp()
    mailbox = p.mailbox()
    p.end()
    return mailbox
