"""SELECT and EXAMINE – RFC 9051 §6.3.2, §6.3.3, RFC 4466 §2.1, RFC 7162 §3.1.8 (CONDSTORE), §3.2.5 (QRESYNC),
RFC 5257 §4.2 (ANNOTATE).

select          = "SELECT" SP mailbox [select-params]
examine         = "EXAMINE" SP mailbox [select-params]
select-params   = SP "(" select-param *(SP select-param) ")"
select-param    = "CONDSTORE" / "ANNOTATE" /
                  "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"
known-uids      = sequence-set                                ; without "*"
seq-match-data  = "(" known-sequence-set SP known-uid-set ")"
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from posthouse.model.ranges import Ranges, normalise

from ..annotations import EXTENSION as ANNOTATE
from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Resync:
    """What a client that comes back knows."""

    uid_validity: int
    modseq: int
    uids: Ranges | None = None
    """The UIDs that it knows of; None: all there were."""
    matched: tuple[Ranges, Ranges] | None = None
    """Sequence numbers and the UIDs which they had, a sample."""


@dataclass(frozen=True, slots=True)
class Select:
    mailbox: str
    read_only: bool = False
    condstore: bool = False
    resync: Resync | None = None
    annotate: bool = False
    """Annotations that others change are to be told."""


def parse_select(p: Parser) -> Select:
    return _select(p)


def parse_examine(p: Parser) -> Select:
    return replace(_select(p), read_only=True)


def _select(p: Parser) -> Select:
    p.sp()
    command = Select(p.mailbox())
    if p.take(b" "):
        for param in p.items(_param):
            command = param(command)
    p.end()
    return command


def _param(p: Parser) -> Callable[[Select], Select]:
    start = p.pos
    word = p.word()
    if word == b"CONDSTORE" and "CONDSTORE" not in p.off:
        return lambda command: replace(command, condstore=True)
    if word == b"QRESYNC" and "QRESYNC" not in p.off:
        p.sp()
        resync = _resync(p)
        return lambda command: replace(command, condstore=True, resync=command.resync or resync)
    if word == b"ANNOTATE" and ANNOTATE not in p.off:
        return lambda command: replace(command, annotate=True)
    p.pos = start
    raise p.fail("a parameter of SELECT that is known here")


def _resync(p: Parser) -> Resync:
    p.expect(b"(")
    uid_validity = p.number(at_least=1)
    p.sp()
    modseq = p.number64(at_least=1)
    uids = matched = None
    if p.take(b" "):
        if not p.sees(b"("):
            uids = _known(p)
        if uids is None or p.take(b" "):
            p.expect(b"(")
            numbers = _known(p)
            p.sp()
            matched = numbers, _known(p)
            p.expect(b")")
    p.expect(b")")
    return Resync(uid_validity, modseq, uids, matched)


def _known(p: Parser) -> Ranges:
    known = p.sequence_set()
    if known.saved or known.names_star:
        raise p.fail("a set of numbers")
    return normalise((min(pair), max(pair)) for pair in known.ranges)
