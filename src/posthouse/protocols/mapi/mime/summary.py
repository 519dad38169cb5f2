"""One row of a table of messages, from what the store keeps beside a message and without the message itself.

It has the same properties as `from_mime` gives, as far as lists show them; a test holds the two together.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from posthouse.message.fields import KeptValues, Values
from posthouse.message.words import decode_header

from ..objects import Key, Properties
from .address_book import AddressBook
from .content_classes import NOTE
from .essentials import Told, essentials
from .shape import body_of, class_of, is_encrypted, is_signed, node_of_structure


class Columns(NamedTuple):
    """Of `message.derive.Derived`."""

    size: int
    sent: int | None
    message_id: str
    subject: str
    fields: bytes
    parts: bytes
    structure: bytes


def summary(
    columns: Columns, book: AddressBook, delivered: float | None, wanted: frozenset[Key] | None = None
) -> Properties | None:
    """`delivered`: when the message came, in seconds since 1970. `wanted`: the rest may be left out. None when these
    columns do not tell enough, and the message itself must be read: reports, calendars, TNEF, and headers of which not
    everything is kept."""
    size, sent, message_id, subject, kept, parts, structure = columns
    if not kept or delivered is None or is_special(parts):
        return None
    fields = KeptValues(kept)
    message_class, has_attachments = NOTE, attachments_of_note(fields, parts)
    if has_attachments is None:
        root = node_of_structure(structure)
        message_class = class_of(root, decode_header(fields.get(b"content-class") or b""))
        has_attachments = is_encrypted(root) or is_signed(root) or bool(body_of(root).attachments)
    told = Told(subject, message_id, sent, delivered, size, message_class, has_attachments)
    return essentials(fields, told, book, wanted)


def is_special(parts: bytes) -> bool:
    """Whether the message itself must be read."""
    return bool(_SPECIAL.search(parts) or _CARD.match(parts))


_SPECIAL = re.compile(rb" (?:multipart/report|text/calendar|application/(?:vnd\.)?ms-tnef) ")
_CARD = re.compile(rb"\d+ \d+ \d+ text/(?:x-vcard|vcard|directory) ")
_CRYPTIC = re.compile(rb"\d+ \d+ \d+ (?:multipart/signed|application/(?:octet-stream|(?:x-)?pkcs7-mime)) ")
_ONE_TEXT = re.compile(rb"\d+ \d+ \d+ text/(?:plain|html) [^\n]*")
_ALTERNATIVE = re.compile(
    rb"\d+ \d+ \d+ multipart/alternative [^\n]*\n1 [\d ]+ text/plain [^\n]*\n2 [\d ]+ text/html [^\n]*"
)
_NO_TEXT = re.compile(rb"(?:\A|\n[\d.]+ \d+ )\d+ \d+ \d+ (?:\d+ )?(?!text/|multipart/)[^\d\n ]")


def attachments_of_note(fields: Values, parts: bytes) -> bool | None:
    """Whether a message that is IPM.Note has attachments, as its parts alone tell of most mail. None: they don't, and
    not that it is one."""
    if fields.get(b"content-class") is not None or _CRYPTIC.match(parts):
        return None
    if _ONE_TEXT.fullmatch(parts) and fields.get(b"content-disposition") is None:
        return False
    if _ALTERNATIVE.fullmatch(parts):
        return False
    return True if _NO_TEXT.search(parts) else None
