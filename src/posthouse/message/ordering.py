"""What messages are sorted and threaded by, made once from the header – RFC 5256, RFC 5957.

Texts are collation keys (`collation`), message ids are normalised: a sort or a thread only compares.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from posthouse.message.address_lists import first_of
from posthouse.message.collation import Collate, casemap
from posthouse.message.entity import Fields
from posthouse.message.headers import unfold
from posthouse.message.limits import MAX_ID, MAX_REFERENCES
from posthouse.message.subject import base_subject
from posthouse.message.words import decode_header

MAX_KEY = 256
"""Characters of a key of addresses."""
_SHORT = 200


class OrderKeys(NamedTuple):
    subject: str
    """Of the base subject."""
    is_reply: bool
    """A reply or a forward, by its subject."""
    from_: str
    """addr-mailbox of the first address."""
    to: str
    cc: str
    display_from: str
    """RFC 5957 §3."""
    display_to: str
    message_id: str
    """Without its angle brackets; empty when there is none."""
    references: str
    """Message ids of References, or else the first of In-Reply-To, parted by spaces; the newest last."""


def order_keys(fields: Fields, subject: str, collate: Collate = casemap) -> OrderKeys:
    """`fields`: lower-case name → value as it is in the header; `subject` is decoded."""
    base, is_reply = base_subject(subject)
    from_, display_from = _first_address(fields.get(b"from"), collate)
    to, display_to = _first_address(fields.get(b"to"), collate)
    cc, _ = _first_address(fields.get(b"cc"), collate)
    own = message_ids(fields.get(b"message-id", b""), 1)
    return OrderKeys(
        collate(base),
        is_reply,
        from_,
        to,
        cc,
        display_from,
        display_to,
        own[0] if own else "",
        " ".join(references_of(fields)),
    )


def references_of(fields: Fields) -> list[str]:
    """The newest last. Only the first of In-Reply-To counts: what else is in there is often no message id."""
    references = message_ids(fields.get(b"references", b""))
    return references[-MAX_REFERENCES:] or message_ids(fields.get(b"in-reply-to", b""), 1)


def first_name(value: bytes) -> str:
    """What is shown of the first address in a field, as it is written."""
    return _first_address(value, str)[1]


def _first_address(value: bytes | None, collate: Collate) -> tuple[str, str]:
    """Its mailbox, and the name that is shown."""
    if value is None:
        return "", ""
    return _remembered(value, collate) if len(value) <= _SHORT else _address(value, collate)


def _address(value: bytes, collate: Collate) -> tuple[str, str]:
    first = first_of(unfold(value))
    if first is None:
        return "", ""
    name, _, local, domain = first
    mailbox = (local or b"").decode("utf-8", "replace")
    shown = decode_header(name).strip() if name else ""
    if not shown:
        shown = f"{mailbox}@{domain.decode('utf-8', 'replace')}" if domain else mailbox
    return collate(mailbox[:MAX_KEY]), collate(shown[:MAX_KEY])


_remembered = lru_cache(maxsize=2048)(_address)

_ID = re.compile(rb'<((?:[^<>\s\0"]|"(?:[^"\\\r\n\0]|\\.)*+")++)>')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PAIR = re.compile(r"\\(.)")


def message_ids(value: bytes, limit: int = 0) -> list[str]:
    """The message ids in a field, without quoting where it is one way of writing the same (RFC 5256 §3, THREAD)."""
    found = _ID.findall(value) if value else []
    return [_normalised(id) for id in (found[:limit] if limit else found)]


def _normalised(octets: bytes) -> str:
    text = octets[:MAX_ID].decode("utf-8", "replace")
    if '"' in text:
        text = _QUOTED.sub(lambda found: _PAIR.sub(r"\1", found[1]), text)
    return text.replace(" ", "\xa0") if " " in text else text
