"""SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS – RFC 4314 §3, §7.

setacl          = "SETACL" SP mailbox SP identifier SP mod-rights
deleteacl       = "DELETEACL" SP mailbox SP identifier
getacl          = "GETACL" SP mailbox
listrights      = "LISTRIGHTS" SP mailbox SP identifier
myrights        = "MYRIGHTS" SP mailbox
identifier      = astring
mod-rights      = astring       ; +rights to add, -rights to remove, rights to replace
"""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.model.rights import ALL_RIGHTS, NO_RIGHTS, Right, parse_rights
from posthouse.protocols.sasl.saslprep import saslprep

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Identifier:
    name: str
    """Prepared with SASLprep (§3), without the dash."""
    negative: bool = False
    """`-fred`: the rights are taken from fred (§2)."""

    def __str__(self) -> str:
        return f"-{self.name}" if self.negative else self.name


@dataclass(frozen=True, slots=True)
class SetAcl:
    mailbox: str
    identifier: Identifier
    add: Right
    remove: Right = NO_RIGHTS
    """Before `add`: all of them where the rights are replaced."""


@dataclass(frozen=True, slots=True)
class DeleteAcl:
    mailbox: str
    identifier: Identifier


@dataclass(frozen=True, slots=True)
class GetAcl:
    mailbox: str


@dataclass(frozen=True, slots=True)
class ListRights:
    mailbox: str
    identifier: Identifier


@dataclass(frozen=True, slots=True)
class MyRights:
    mailbox: str


def parse_setacl(p: Parser) -> SetAcl:
    mailbox, identifier = _mailbox(p), _identifier(p)
    p.sp()
    add, remove = mod_rights(p.utf8_astring())
    p.end()
    return SetAcl(mailbox, identifier, add, remove)


def mod_rights(text: str) -> tuple[Right, Right]:
    """What is added, and what is removed before."""
    if text.startswith("+"):
        return parse_rights(text[1:]), NO_RIGHTS
    if text.startswith("-"):
        return NO_RIGHTS, parse_rights(text[1:])
    return parse_rights(text), ALL_RIGHTS


def parse_deleteacl(p: Parser) -> DeleteAcl:
    value = DeleteAcl(_mailbox(p), _identifier(p))
    p.end()
    return value


def parse_getacl(p: Parser) -> GetAcl:
    value = GetAcl(_mailbox(p))
    p.end()
    return value


def parse_listrights(p: Parser) -> ListRights:
    value = ListRights(_mailbox(p), _identifier(p))
    p.end()
    return value


def parse_myrights(p: Parser) -> MyRights:
    value = MyRights(_mailbox(p))
    p.end()
    return value


def _mailbox(p: Parser) -> str:
    p.sp()
    return p.mailbox()


def _identifier(p: Parser) -> Identifier:
    p.sp()
    text = p.utf8_astring()
    name = saslprep(text.removeprefix("-"), allow_unassigned=False)
    if not name:
        raise p.fail("an identifier")
    return Identifier(name, text.startswith("-"))
