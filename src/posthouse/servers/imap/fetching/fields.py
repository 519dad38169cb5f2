"""One FETCH item as columns of the store.

A field is a template and a function over whole columns: `%d` and `%b` of the template take the columns it returns. All
rows of a piece go through in a few operations, none of them a Python function call per row unless the item needs one.
None in a column means: this message takes the way by `sections`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from posthouse.message.fields import fields_cover, pick_fields
from posthouse.message.structure import body_from_structure
from posthouse.protocols.imap.annotations import AnnotationItem
from posthouse.protocols.imap.fetch import Attribute, BodySection, FetchItem, Section, SectionText, response_name
from posthouse.protocols.imap.responses import flag_list, format_internaldate
from posthouse.protocols.imap.strings import string

from ..object_ids import email_id

Column = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Field:
    template: bytes
    columns: tuple[str, ...]
    convert: Callable[..., tuple[Column, ...]] | None = None
    """From the columns to the template's; None: they are the same."""


SMALL = 1024
"""Octets up to which a value is worth remembering."""


class _FlagTexts(dict[tuple[int, str | None], bytes]):
    """(bits, keywords) → `(\\Seen later)`. Folders have few combinations; a flood of them starts anew."""

    def __missing__(self, key: tuple[int, str | None]) -> bytes:
        bits, keywords = key
        text = flag_list(bits, keywords.split(" ") if keywords else ())
        if len(text) <= SMALL:
            if len(self) > 10_000:
                self.clear()
            self[key] = text
        return text


FLAG_TEXTS = _FlagTexts()


def _flags(bits: Column, keywords: Column) -> tuple[Column, ...]:
    return (list(map(FLAG_TEXTS.__getitem__, zip(bits, keywords, strict=True))),)


def _internaldate(seconds: Column) -> tuple[Column, ...]:
    return (list(map(format_internaldate, seconds)),)


_remembered_body = lru_cache(4096)(body_from_structure)


def _body(structures: Column) -> tuple[Column, ...]:
    return ([(_remembered_body if len(one) <= SMALL else body_from_structure)(one) for one in structures],)


def _email_ids(hashes: Column) -> tuple[Column, ...]:
    return (list(map(email_id, hashes)),)


def _preview(previews: Column) -> tuple[Column, ...]:
    return ([string(text.encode()) for text in previews],)


ATTRIBUTES: dict[Attribute, Field] = {
    Attribute.FLAGS: Field(b"FLAGS %b", ("flags", "keywords"), _flags),
    Attribute.UID: Field(b"UID %d", ("uid",)),
    Attribute.INTERNALDATE: Field(b"INTERNALDATE %b", ("internal_date",), _internaldate),
    Attribute.RFC822_SIZE: Field(b"RFC822.SIZE %d", ("size",)),
    Attribute.ENVELOPE: Field(b"ENVELOPE %b", ("envelope",)),
    Attribute.BODYSTRUCTURE: Field(b"BODYSTRUCTURE %b", ("structure",)),
    Attribute.BODY: Field(b"BODY %b", ("structure",), _body),
    Attribute.SAVEDATE: Field(b"SAVEDATE %b", ("saved",), _internaldate),
    Attribute.EMAILID: Field(b"EMAILID (%b)", ("hash",), _email_ids),
    Attribute.THREADID: Field(b"THREADID NIL", ()),
    Attribute.MODSEQ: Field(b"MODSEQ (%d)", ("modseq",)),
    Attribute.PREVIEW: Field(b"PREVIEW %b", ("preview",), _preview),
}


ANNOTATION = Field(b"ANNOTATION %b", ("uid",))
"""Before `Plan.with_annotations`."""


def field_of(item: FetchItem) -> Field | None:
    """None: this item always takes the way by `sections`."""
    if isinstance(item, Attribute):
        return ATTRIBUTES[item]
    if isinstance(item, AnnotationItem):
        return ANNOTATION
    if isinstance(item, BodySection) and not item.section.part and item.partial is None:
        return _section_field(item)
    return None


def header_names(section: Section) -> frozenset[bytes]:
    return frozenset([name.encode("ascii") for name in section.fields])


def _section_field(item: BodySection) -> Field | None:
    template = response_name(item).replace(b"%", b"%%") + b" {%d}\r\n%b"
    text = item.section.text
    if text is SectionText.WHOLE:
        return Field(template, ("body",), _literals)
    if text is SectionText.HEADER:
        return Field(template, ("body", "header_size"), _headers)
    if text is SectionText.TEXT:
        return Field(template, ("body", "header_size"), _texts)
    names = header_names(item.section)
    if text is SectionText.HEADER_FIELDS and fields_cover(names):
        return Field(template, ("fields",), _picked(names))
    return None


def _literals(octets: Column) -> tuple[Column, ...]:
    """Lengths and octets. What holds a NUL cannot be a literal as it is (RFC 9051 §9, CHAR8)."""
    octets = [None if data is None or b"\0" in data else data for data in octets]
    return [0 if data is None else len(data) for data in octets], octets


def _headers(bodies: Column, header_sizes: Column) -> tuple[Column, ...]:
    return _literals([body and body[:size] for body, size in zip(bodies, header_sizes, strict=True)])


def _texts(bodies: Column, header_sizes: Column) -> tuple[Column, ...]:
    return _literals([body and body[size:] for body, size in zip(bodies, header_sizes, strict=True)])


def _picked(names: frozenset[bytes]) -> Callable[[Column], tuple[Column, ...]]:
    """Of the fields that are kept beside a message; where there are none, the header itself must be read."""

    def picked(kept: Column) -> tuple[Column, ...]:
        return _literals([pick_fields(block, names) if block else None for block in kept])

    return picked
