"""COPY and MOVE, also by UID – RFC 9051 §6.4.7, §6.4.8, RFC 6851 §3.

copy            = "COPY" SP sequence-set SP mailbox
move            = "MOVE" SP sequence-set SP mailbox
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser
from ..sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Copy:
    messages: SequenceSet
    mailbox: str


@dataclass(frozen=True, slots=True)
class Move:
    messages: SequenceSet
    mailbox: str


def parse_copy(p: Parser) -> Copy:
    return Copy(*_messages_and_mailbox(p))


def parse_move(p: Parser) -> Move:
    return Move(*_messages_and_mailbox(p))


def _messages_and_mailbox(p: Parser) -> tuple[SequenceSet, str]:
    p.sp()
    messages = p.sequence_set()
    p.sp()
    mailbox = p.mailbox()
    p.end()
    return messages, mailbox
