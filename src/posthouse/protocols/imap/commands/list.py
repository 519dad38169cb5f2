"""LIST – RFC 9051 §6.3.9, RFC 5258 (extended), RFC 5819 (STATUS), RFC 6154 §2 (SPECIAL-USE),
RFC 8440 (MYRIGHTS).

list             = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
list-select-opt  = "SUBSCRIBED" / "SPECIAL-USE" / "REMOTE" / "RECURSIVEMATCH"
mbox-or-pat      = list-mailbox / patterns
patterns         = "(" list-mailbox *(SP list-mailbox) ")"
list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
return-option    = "SUBSCRIBED" / "CHILDREN" / "SPECIAL-USE" / "MYRIGHTS"
return-option    =/ "STATUS" SP "(" status-att *(SP status-att) ")"
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..grammar import Parser
from .status import StatusItem, status_items


class SelectOption(bytes, Enum):
    SUBSCRIBED = b"SUBSCRIBED"
    SPECIAL_USE = b"SPECIAL-USE"
    REMOTE = b"REMOTE"
    RECURSIVEMATCH = b"RECURSIVEMATCH"


class ReturnOption(bytes, Enum):
    SUBSCRIBED = b"SUBSCRIBED"
    CHILDREN = b"CHILDREN"
    SPECIAL_USE = b"SPECIAL-USE"
    STATUS = b"STATUS"
    MYRIGHTS = b"MYRIGHTS"


BASE_OPTIONS = frozenset({SelectOption.SUBSCRIBED, SelectOption.SPECIAL_USE})
"""RECURSIVEMATCH needs one of these (list-select-mod-opt)."""


@dataclass(frozen=True, slots=True)
class List:
    reference: str
    patterns: tuple[str, ...]
    select: frozenset[SelectOption] = frozenset()
    returns: frozenset[ReturnOption] = frozenset()
    status: tuple[StatusItem, ...] = ()
    extended: bool = False
    """Whether any of RFC 5258's syntax was used: then an empty pattern does not ask for the delimiter."""


def parse_list(p: Parser) -> List:
    p.sp()
    selected = p.sees(b"(")
    select = _select_options(p) if selected else frozenset[SelectOption]()
    reference = p.mailbox()
    p.sp()
    several = p.sees(b"(")
    patterns = p.items(Parser.list_mailbox) if several else (p.list_mailbox(),)
    returns, status = (frozenset[ReturnOption](), ()) if p.at_end() else _return_options(p)
    p.end()
    extended = selected or several or bool(returns)
    return List(reference, patterns, select, returns, status, extended)


def _select_options(p: Parser) -> frozenset[SelectOption]:
    options = frozenset(p.items(lambda p: p.choice(SelectOption), at_least=0))
    if SelectOption.RECURSIVEMATCH in options and not options & BASE_OPTIONS:
        raise p.fail("SUBSCRIBED or SPECIAL-USE with RECURSIVEMATCH")
    p.sp()
    return options


def _return_options(p: Parser) -> tuple[frozenset[ReturnOption], tuple[StatusItem, ...]]:
    p.sp()
    if p.word() != b"RETURN":
        raise p.fail("RETURN")
    p.sp()
    options = p.items(_return_option, at_least=0)
    status = dict.fromkeys(item for _, items in options for item in items)
    return frozenset(option for option, _ in options), tuple(status)


def _return_option(p: Parser) -> tuple[ReturnOption, tuple[StatusItem, ...]]:
    option = p.choice(ReturnOption)
    if option is ReturnOption.MYRIGHTS and "LIST-MYRIGHTS" in p.off:
        raise p.fail("a return option")
    if option is not ReturnOption.STATUS:
        return option, ()
    p.sp()
    return option, status_items(p)
