"""Annotations of messages, as commands name and set them – RFC 5257 §3.2, §5.

att-annotate = "ANNOTATION" SP "(" entry-att *(SP entry-att) ")"
entry-att    = entry SP "(" att-value *(SP att-value) ")"
att-value    = attrib SP value
value        = nstring / literal8
fetch-att    =/ "ANNOTATION" SP "(" entries SP attribs ")"
entries      = entry-match / "(" entry-match *(SP entry-match) ")"
entry-match  = list-mailbox                                     ; an entry, or with "*" and "%"
attribs      = attrib / "(" attrib *(SP attrib) ")"
attrib       = ("value" / "size") [".priv" / ".shared"]         ; astring, of which these are known
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from posthouse.model.annotations import AnnotationChange, AnnotationName, Scope

from .grammar import Parser
from .strings import astring, string

EXTENSION = "ANNOTATE-EXPERIMENT-1"
MAX_ENTRY = 256
"""Octets of a name."""

_ENTRY = re.compile(rb"(?:/[!-$&-)+-.0-~ ]++)+")
_MATCH = re.compile(rb"[/*%][!-~ ]*+")
_MATCH_CHARS = re.compile(rb'[^\x00-\x20(){"\\\x7f-\xff]++')
_PART = rb"(?:[1-9][0-9]{0,9}\.){0,99}[1-9][0-9]{0,9}"
_OF_PART = re.compile(rb"/" + _PART + rb"/(?:flags/[^/]++|(?!flags(?:/|\Z)|vendor\Z)[^/]++(?:/.*)?+)")
_OF_MESSAGE = re.compile(rb"/(?!flags(?:/|\Z)|vendor\Z)[^0-9].*")
_FLAG_OF_PART = re.compile(r"/[0-9.]+/flags/")


@dataclass(frozen=True, slots=True)
class AnnotationAttribute:
    scope: Scope
    is_size: bool = False

    @property
    def name(self) -> bytes:
        return b"%b.%b" % (b"size" if self.is_size else b"value", self.scope.value.encode("ascii"))


_BOTH = (Scope.PRIVATE, Scope.SHARED)
_ATTRIBUTES: dict[bytes, tuple[AnnotationAttribute, ...]] = {
    **{
        each.name: (each,) for scope in _BOTH for each in (AnnotationAttribute(scope), AnnotationAttribute(scope, True))
    },
    b"value": tuple([AnnotationAttribute(scope) for scope in _BOTH]),
    b"size": tuple([AnnotationAttribute(scope, True) for scope in _BOTH]),
}
"""Without a suffix it is both (§3.2.2)."""


@dataclass(frozen=True, slots=True)
class AnnotationItem:
    """What a FETCH asks for."""

    entries: tuple[str, ...]
    """Names, or patterns with `*` and `%`."""
    attributes: tuple[AnnotationAttribute, ...]


def annotation_item(p: Parser) -> AnnotationItem:
    """Behind the word, with the space."""
    p.sp()
    p.expect(b"(")
    entries = p.items(entry_match) if p.sees(b"(") else (entry_match(p),)
    p.sp()
    attributes = p.items(_attributes) if p.sees(b"(") else (_attributes(p),)
    p.expect(b")")
    flat = [attribute for several in attributes for attribute in several]
    return AnnotationItem(tuple(dict.fromkeys(entries)), tuple(dict.fromkeys(flat)))


def format_annotation_item(item: AnnotationItem) -> bytes:
    """What `annotation_item` reads, with the word."""
    entries = b" ".join([string(entry.encode("ascii")) for entry in item.entries])
    return b"ANNOTATION ((%b) (%b))" % (entries, b" ".join([attribute.name for attribute in item.attributes]))


def format_entries(entries: list[str]) -> bytes:
    """Of an unsolicited FETCH: names alone (§4.4)."""
    return b"ANNOTATION (%b)" % b" ".join([astring(entry.encode("ascii")) for entry in entries])


def annotation_changes(p: Parser) -> tuple[AnnotationChange, ...]:
    """`att-annotate` behind the word, with the space; of several values for one name the last counts."""
    p.sp()
    changes = [change for several in p.items(_entry_att) for change in several]
    return tuple({change.name: change for change in changes}.values())


def _entry_att(p: Parser) -> list[AnnotationChange]:
    entry = annotation_entry(p)
    p.sp()
    return [AnnotationChange(AnnotationName(entry, scope), value) for scope, value in p.items(_att_value(entry))]


def _att_value(entry: str) -> Callable[[Parser], tuple[Scope, bytes | None]]:
    def att_value(p: Parser) -> tuple[Scope, bytes | None]:
        scope = value_scope(p)
        p.sp()
        value = p.nstring()
        if _FLAG_OF_PART.match(entry) and value not in (b"1", b"0", None):  # §3.2.1
            raise p.fail('"1", "0" or NIL')
        return scope, value

    return att_value


def annotation_entry(p: Parser) -> str:
    """One that can have a value: no bare part, and nothing of what is reserved (§3.2.1, §3.5)."""
    start = p.pos
    name = p.astring()
    valid = len(name) <= MAX_ENTRY and _ENTRY.fullmatch(name)
    if not valid or not (_OF_MESSAGE.fullmatch(name) or _OF_PART.fullmatch(name)):
        p.pos = start
        raise p.fail("the name of an annotation")
    return name.decode("ascii")


def entry_match(p: Parser) -> str:
    start = p.pos
    found = _MATCH_CHARS.match(p.text, p.pos)
    if found is None:
        name = p.string()
    else:
        name = found[0]
        p.pos = found.end()
    if len(name) > MAX_ENTRY or b"//" in name or name.endswith(b"/") or not _MATCH.fullmatch(name):
        p.pos = start
        raise p.fail("the name of an annotation, or a pattern")
    return name.decode("ascii")


def _attributes(p: Parser) -> tuple[AnnotationAttribute, ...]:
    start = p.pos
    found = _ATTRIBUTES.get(p.astring())
    if found is None:
        p.pos = start
        raise p.fail("value or size, with or without .priv or .shared")
    return found


def value_scopes(p: Parser) -> tuple[Scope, ...]:
    """`att-search`"""
    start = p.pos
    found = _attributes(p)
    if found[0].is_size:
        p.pos = start
        raise p.fail("value, value.priv or value.shared")
    return tuple([attribute.scope for attribute in found])


def value_scope(p: Parser) -> Scope:
    """`att-sort`, and what can be set: whose it is must be said (§3.2.2)."""
    start = p.pos
    scopes = value_scopes(p)
    if len(scopes) > 1:
        p.pos = start
        raise p.fail("value.priv or value.shared")
    return scopes[0]
