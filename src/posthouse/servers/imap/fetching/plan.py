"""All items of one FETCH together: which columns to read, and how rows become responses.

`format` does a whole piece of rows at once by one template; messages it cannot do that way (a large body, a NUL, a
section of a part) it leaves to `format_one`, which yields the response of a single message in slices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from posthouse.database import Row
from posthouse.protocols.imap.annotations import AnnotationItem
from posthouse.protocols.imap.fetch import Attribute, Binary, BinarySize, BodySection, FetchItem
from posthouse.servers.sections import Loaded

from .annotations import Found, formatter
from .fields import Column, Field, field_of
from .sections import binary, binary_size, body_section, require_known_encoding

BASE = ("uid", "flags")
"""Columns that every piece of rows begins with."""
SHORT = 50
"""Items and names of fields up to which a plan is remembered."""
LOADING = ("size", "blob", "body", "parts")
"""Columns that a message is loaded by."""


@dataclass(frozen=True, slots=True)
class Plan:
    items: tuple[FetchItem, ...]
    fields: tuple[Field | None, ...]
    columns: tuple[str, ...]
    template: bytes
    marks_seen: bool
    """Whether a message becomes \\Seen by it (RFC 9051 §6.4.5: BODY[], not BODY.PEEK[])."""
    heavy: bool
    """Whether rows hold whole bodies."""
    by_columns: bool
    """Whether the template serves at all."""
    by_uid: bool = False
    """The number of a response is the UID: UIDFETCH (RFC 9586 §3.3)."""
    annotated: bool = False
    """Whether annotations must be read: see `with_annotations`."""

    def with_annotations(self, found: Found) -> Plan:
        """For messages which have these."""
        fields = tuple(
            [
                replace(field, convert=formatter(item, found)) if field and isinstance(item, AnnotationItem) else field
                for item, field in zip(self.items, self.fields, strict=True)
            ]
        )
        return replace(self, fields=fields)

    def format(self, numbers: Sequence[int], rows: list[Row]) -> list[bytes | None]:
        """Responses; None for a message that is for `format_one`."""
        if not self.by_columns:
            return [None] * len(rows)
        columns = dict(zip(self.columns, zip(*rows, strict=True), strict=True))
        values: list[Column] = [numbers]
        whole = True
        for field in self.fields:
            if field is None:
                continue
            taken = [columns[name] for name in field.columns]
            made = taken if field.convert is None else field.convert(*taken)
            whole = whole and (field.convert is None or None not in made[-1])
            values += made
        template = self.template
        if whole:
            return [template % row for row in zip(*values, strict=True)]
        return [None if None in row else template % row for row in zip(*values, strict=True)]

    def format_one(self, number: int, columns: dict[str, Any], message: Loaded) -> Iterator[bytes]:
        """`columns` by name, of `all_columns`. `UnknownEncoding` before anything is yielded."""
        for item in self.items:
            if isinstance(item, (Binary, BinarySize)):
                require_known_encoding(message, item)
        before = b"* %d %b (" % (number, _word(self.by_uid))
        for item, field in zip(self.items, self.fields, strict=True):
            pieces = _pieces(item, field, columns, message)
            yield before + next(pieces)
            yield from pieces
            before = b" "
        yield b")\r\n"

    @property
    def all_columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.columns, *LOADING)))


def _pieces(item: FetchItem, field: Field | None, columns: dict[str, Any], message: Loaded) -> Iterator[bytes]:
    if isinstance(item, BodySection):
        yield from body_section(message, item)
    elif isinstance(item, Binary):
        yield from binary(message, item)
    elif isinstance(item, BinarySize):
        yield binary_size(message, item)
    elif field is not None:
        taken = [[columns[name]] for name in field.columns]
        made = taken if field.convert is None else field.convert(*taken)
        yield field.template % tuple(column[0] for column in made)


def make_plan(items: tuple[FetchItem, ...], *, by_uid: bool = False) -> Plan:
    """Clients ask the same few questions again; long ones are not worth their memory."""
    names = sum([len(item.section.fields) for item in items if isinstance(item, BodySection)])
    names += sum([len(item.entries) for item in items if isinstance(item, AnnotationItem)])
    return _remembered_plan(items, by_uid) if len(items) + names <= SHORT else _make_plan(items, by_uid)


def _word(by_uid: bool) -> bytes:
    return b"UIDFETCH" if by_uid else b"FETCH"


def _make_plan(items: tuple[FetchItem, ...], by_uid: bool) -> Plan:
    fields = tuple(map(field_of, items))
    wanted = [name for field in fields if field is not None for name in field.columns]
    columns = tuple(dict.fromkeys((*BASE, *wanted)))
    by_columns = None not in fields
    values = b" ".join([field.template for field in fields if field is not None])
    template = b"* %%d %b (%b)\r\n" % (_word(by_uid), values)
    marks_seen = any(isinstance(item, (BodySection, Binary)) and not item.peek for item in items)
    heavy = "body" in columns
    annotated = any(isinstance(item, AnnotationItem) for item in items)
    return Plan(items, fields, columns, template, marks_seen, heavy, by_columns, by_uid, annotated)


_remembered_plan = lru_cache(512)(_make_plan)


def with_item(items: tuple[FetchItem, ...], extra: Attribute, *, first: bool = False) -> tuple[FetchItem, ...]:
    if extra in items:
        return items
    return (extra, *items) if first else (*items, extra)
