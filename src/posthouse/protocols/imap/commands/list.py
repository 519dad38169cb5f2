"""LIST – RFC 9051 §6.3.9, RFC 5258 (extended), RFC 5819 (STATUS), RFC 6154 §2 (SPECIAL-USE),
RFC 8440 (MYRIGHTS), RFC 9590 (METADATA).

list             = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
list-select-opt  = "SUBSCRIBED" / "SPECIAL-USE" / "REMOTE" / "RECURSIVEMATCH"
mbox-or-pat      = list-mailbox / patterns
patterns         = "(" list-mailbox *(SP list-mailbox) ")"
list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
return-option    = "SUBSCRIBED" / "CHILDREN" / "SPECIAL-USE" / "MYRIGHTS"
return-option    =/ "STATUS" SP "(" status-att *(SP status-att) ")"
return-option    =/ "METADATA" SP "(" entry *(SP entry) ")"
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ..grammar import Parser
from .metadata import metadata_entry
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
    METADATA = b"METADATA"


OPTIONAL = frozenset({ReturnOption.MYRIGHTS, ReturnOption.METADATA})
"""Of extensions that are called `LIST-` and the option (RFC 8440, RFC 9590)."""
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
    metadata: tuple[str, ...] = ()
    """Names of annotations (RFC 9590)."""


def parse_list(p: Parser) -> List:
    p.sp()
    selected = p.sees(b"(")
    select = _select_options(p) if selected else frozenset[SelectOption]()
    reference = p.mailbox()
    p.sp()
    several = p.sees(b"(")
    patterns = p.items(Parser.list_mailbox) if several else (p.list_mailbox(),)
    returns = _Returns() if p.at_end() else _return_options(p)
    p.end()
    extended = selected or several or bool(returns.options)
    return List(
        reference,
        patterns,
        select,
        frozenset(returns.options),
        tuple(returns.status),
        extended,
        tuple(returns.metadata),
    )


def _select_options(p: Parser) -> frozenset[SelectOption]:
    options = frozenset(p.items(lambda p: p.choice(SelectOption), at_least=0))
    if SelectOption.RECURSIVEMATCH in options and not options & BASE_OPTIONS:
        raise p.fail("SUBSCRIBED or SPECIAL-USE with RECURSIVEMATCH")
    p.sp()
    return options


@dataclass(slots=True)
class _Returns:
    options: set[ReturnOption] = field(default_factory=set)
    status: dict[StatusItem, None] = field(default_factory=dict)
    metadata: dict[str, None] = field(default_factory=dict)


def _return_options(p: Parser) -> _Returns:
    p.sp()
    if p.word() != b"RETURN":
        raise p.fail("RETURN")
    p.sp()
    returns = _Returns()
    p.items(lambda p: _return_option(p, returns), at_least=0)
    return returns


def _return_option(p: Parser, returns: _Returns) -> None:
    option = p.choice(ReturnOption)
    if option in OPTIONAL and f"LIST-{option.value.decode()}" in p.off:
        raise p.fail("a return option")
    returns.options.add(option)
    if option is ReturnOption.STATUS:
        p.sp()
        returns.status |= dict.fromkeys(status_items(p))
    elif option is ReturnOption.METADATA:
        p.sp()
        returns.metadata |= dict.fromkeys(p.items(metadata_entry))
