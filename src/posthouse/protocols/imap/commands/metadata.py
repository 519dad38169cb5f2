"""GETMETADATA and SETMETADATA – RFC 5464 §4.2, §4.3.

    getmetadata         = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries
    getmetadata-options = "(" getmetadata-option *(SP getmetadata-option) ")"
    getmetadata-option  = "MAXSIZE" SP number / "DEPTH" SP ("0" / "1" / "infinity")
    entries             = entry / "(" entry *(SP entry) ")"
    setmetadata         = "SETMETADATA" SP mailbox SP "(" entry-value *(SP entry-value) ")"
    entry-value         = entry SP (nstring / literal8)

The options may also stand behind the mailbox, and several entries without parentheses: the RFC's own examples have
them so, and clients have followed the one or the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..grammar import Parser

MAX_ENTRY = 256
"""Octets of a name."""
INFINITY = 1 << 30

_ENTRY = re.compile(rb"/(?:private|shared)(?:/[!-$&-)+-.0-~ ]++)*", re.IGNORECASE)
_DEPTHS = {b"0": 0, b"1": 1, b"INFINITY": INFINITY}


@dataclass(frozen=True, slots=True)
class GetMetadata:
    mailbox: str
    """Empty: the server."""
    entries: tuple[str, ...]
    """As the client spelt them; they compare without regard to case."""
    depth: int = 0
    max_size: int | None = None


@dataclass(frozen=True, slots=True)
class SetMetadata:
    mailbox: str
    values: tuple[tuple[str, bytes | None], ...]


def parse_getmetadata(p: Parser) -> GetMetadata:
    p.sp()
    depth, max_size = _options(p)
    mailbox = p.mailbox()
    p.sp()
    if p.sees(b"(") and p.text[p.pos + 1 : p.pos + 2].isalpha():
        depth, max_size = _options(p)
    entries = _entries(p)
    p.end()
    return GetMetadata(mailbox, entries, depth, max_size)


def _entries(p: Parser) -> tuple[str, ...]:
    """`entries`."""
    if p.sees(b"("):
        return tuple(dict.fromkeys(p.items(_part_of_tree)))
    entries = [_part_of_tree(p)]
    while not p.at_end():
        p.sp()
        entries.append(_part_of_tree(p))
        if len(entries) > 100:
            raise p.fail("fewer entries")
    return tuple(dict.fromkeys(entries))


def _options(p: Parser) -> tuple[int, int | None]:
    """With the space behind them; without any, nothing."""
    depth, max_size = 0, None
    if p.sees(b"("):
        for name, value in p.items(_option):
            if name == b"DEPTH":
                depth = value
            else:
                max_size = value
        p.sp()
    return depth, max_size


def _option(p: Parser) -> tuple[bytes, int]:
    name = p.word()
    p.sp()
    if name == b"MAXSIZE":
        return name, p.number()
    if name != b"DEPTH":
        raise p.fail("MAXSIZE or DEPTH")
    depth = p.astring().upper()
    if depth not in _DEPTHS:
        raise p.fail("0, 1 or infinity")
    return name, _DEPTHS[depth]


def parse_setmetadata(p: Parser) -> SetMetadata:
    p.sp()
    mailbox = p.mailbox()
    p.sp()
    values = p.items(_entry_value)
    p.end()
    return SetMetadata(mailbox, values)


def _entry_value(p: Parser) -> tuple[str, bytes | None]:
    entry = metadata_entry(p)
    p.sp()
    return entry, p.nstring()


def _part_of_tree(p: Parser) -> str:
    """A name, or the beginning of some: `/private` with a DEPTH."""
    start = p.pos
    name = p.astring()
    if len(name) > MAX_ENTRY or not _ENTRY.fullmatch(name):
        p.pos = start
        raise p.fail("the name of an entry, /private/… or /shared/…")
    return name.decode("ascii")


def metadata_entry(p: Parser) -> str:
    """One that can have a value: it has a second component, and of a vendor's two more (RFC 5464 §3.2)."""
    name = _part_of_tree(p)
    parts = name.lower().split("/")
    if len(parts) < 3 or (parts[2] == "vendor" and len(parts) < 5):
        raise p.fail("the name of an entry")
    return name
