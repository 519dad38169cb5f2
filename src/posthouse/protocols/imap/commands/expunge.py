"""EXPUNGE and UID EXPUNGE – RFC 9051 §6.4.3, §6.4.9, RFC 4315 §2.1.

expunge         = "EXPUNGE"
uid-expunge     = "EXPUNGE" SP sequence-set
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser
from ..sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Expunge:
    """All messages that are flagged \\Deleted, or those of them which `uids` names."""

    uids: SequenceSet | None = None


def parse_expunge(p: Parser) -> Expunge:
    p.end()
    return Expunge()


def parse_uid_expunge(p: Parser) -> Expunge:
    p.sp()
    uids = p.sequence_set()
    p.end()
    return Expunge(uids)
