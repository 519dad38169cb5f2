"""CREATE – RFC 9051 §6.3.4, RFC 6154 §3 (CREATE-SPECIAL-USE), RFC 4466 §2.2.

create          = "CREATE" SP mailbox [create-params]
create-params   = SP "(" create-param *(SP create-param) ")"
create-param    =/ "USE" SP "(" [use-attr *(SP use-attr)] ")"
use-attr        = "\\All" / "\\Archive" / "\\Drafts" / "\\Flagged" / "\\Junk" / "\\Sent" / "\\Trash" / use-attr-ext
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Create:
    mailbox: str
    """A delimiter at the end says only that children are to come (RFC 9051 §6.3.4); it is kept here."""
    special_use: tuple[str, ...] = ()
    """As written, with the backslash. One that cannot be had is a NO [USEATTR], so all are kept here."""


def parse_create(p: Parser) -> Create:
    p.sp()
    mailbox = p.mailbox()
    special_use: tuple[str, ...] = ()
    if not p.at_end():
        p.sp()
        special_use = tuple(use for uses in p.items(_param) for use in uses)
    p.end()
    return Create(mailbox, special_use)


def _param(p: Parser) -> tuple[str, ...]:
    name = p.word()
    if name not in PARAMETERS:
        raise p.fail("a parameter of CREATE")
    p.sp()
    return PARAMETERS[name](p)


def _use(p: Parser) -> tuple[str, ...]:
    return p.items(_use_attr, at_least=0)


def _use_attr(p: Parser) -> str:
    p.expect(b"\\")
    return "\\" + p.atom().decode("ascii")


PARAMETERS: dict[bytes, Callable[[Parser], tuple[str, ...]]] = {b"USE": _use}
