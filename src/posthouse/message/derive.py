"""The way in: one pass over a message gives all that clients will ask for, ready to send. Never raises."""

from __future__ import annotations

import re
from typing import NamedTuple

from posthouse.message.dates import parse_date
from posthouse.message.entity import Fields, Walker, gather
from posthouse.message.envelope import format_envelope
from posthouse.message.fields import SELECTED_FIELDS, keep_fields
from posthouse.message.headers import header_end, unfold
from posthouse.message.limits import MAX_FIELDS, MAX_HEADER, MAX_ID, MAX_SUBJECT
from posthouse.message.ordering import OrderKeys, order_keys
from posthouse.message.parts import format_parts
from posthouse.message.preview import make_preview
from posthouse.message.source import Data, Source, source_of
from posthouse.message.structure import format_structure
from posthouse.message.words import decode_header


class Derived(NamedTuple):
    """What the store keeps beside the immutable bytes."""

    size: int
    header_size: int
    """The empty line included."""
    envelope: bytes
    """IMAP ENVELOPE as it goes on the wire."""
    structure: bytes
    """IMAP BODYSTRUCTURE as it goes on the wire; `body_from_structure` makes BODY of it."""
    parts: bytes
    """The part table; `load_parts` reads it."""
    fields: bytes
    """The fields of SELECTED_FIELDS as they are, in order, for `pick_fields` (`plain_fields` makes a header block of
    it). Empty when there are too many bytes of them (or none): the header itself must then be read."""
    sent: int | None
    """The Date field, in seconds since 1970."""
    sent_day: int | None
    """The same as it is written, without its zone, in days since 1970 (SENTSINCE, RFC 9051 §6.4.4)."""
    message_id: str
    """With its angle brackets; empty when there is none."""
    order: OrderKeys
    """What it is sorted and threaded by."""
    subject: str
    """Decoded."""
    preview: str
    """RFC 8970."""


def derive(data: Data) -> Derived:
    """For any bytes. Memory does not grow with the bodies when `data` is a mapped file."""
    source = source_of(data)
    size = len(source)
    header_size = header_end(source, 0, size)
    if header_size < 0:
        header_size = size
    fields: Fields = {}
    kept = _keep(source, header_size, fields)
    walker = Walker(source)
    root = walker.walk(fields, header_size)
    date = fields.get(b"date")
    when = None if date is None else parse_date(unfold(date))
    raw_subject = fields.get(b"subject")
    subject = "" if raw_subject is None else decode_header(raw_subject[: 4 * MAX_SUBJECT])[:MAX_SUBJECT]
    return Derived(
        size,
        header_size,
        format_envelope(fields),
        format_structure(root),
        format_parts(root),
        kept,
        None if when is None else when.epoch,
        None if when is None else when.day,
        message_id_of(fields.get(b"message-id")),
        order_keys(fields, subject),
        subject,
        make_preview(source, walker.leaves),
    )


def _keep(source: Source, header_size: int, fields: Fields) -> bytes:
    """Gathers all fields; returns what is kept of the selected ones."""
    header = source[0 : min(header_size, MAX_HEADER)]
    kept = keep_fields(gather(header, fields, SELECTED_FIELDS))
    return b"" if len(kept) > MAX_FIELDS or header_size > MAX_HEADER else kept


_ID = re.compile(rb"<[^<>\s\0]*>")


def message_id_of(value: bytes | None) -> str:
    """The first thing in angle brackets; without any, the value itself."""
    if value is None:
        return ""
    found = _ID.search(value)
    return _id_text(found[0] if found else unfold(value))


def _id_text(value: bytes) -> str:
    return value[:MAX_ID].decode("utf-8", "replace")
