"""A notification → facts – RFC 3464 §2.1, RFC 6533 §4. Bounded, and tolerant as those who write them demand: any order
of fields, any case, unknown fields and comments passed over, either line end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from posthouse.message.decode import decode_lenient
from posthouse.message.derive import derive
from posthouse.message.headers import iter_fields, unfold
from posthouse.message.parts import load_parts
from posthouse.model.refusals import BadSyntax

from .report import Action

RECIPIENTS_LIMIT = 10_000
STATUS_LIMIT = 4 * 1024 * 1024
"""Octets of the part for machines."""

_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ACTIONS = {str(action): action for action in Action}
_BLANK = re.compile(rb"(?:\r?\n[ \t]*){2,}")
_STATUS = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s|\(|$)")
_EMBEDDED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")

Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class ParsedRecipient:
    final_recipient: str
    """The address alone; a utf-8 one with its characters, not their codes."""
    action: Action
    status: str
    original_recipient: str = ""
    remote_mta: str = ""
    diagnostic: str = ""
    """Without its type."""
    last_attempt: datetime | None = None
    will_retry_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedReport:
    reporting_mta: str
    recipients: tuple[ParsedRecipient, ...]
    envid: str = ""
    arrival: datetime | None = None


def parse_report(data: bytes) -> ParsedReport:
    """A whole message. BadSyntax when it is no delivery status notification."""
    for part in load_parts(derive(data).parts):
        if part.type in _TYPES:
            if part.size > STATUS_LIMIT:
                raise BadSyntax("a smaller delivery status", part.start)
            return parse_status(decode_lenient(data[part.start : part.end], part.encoding))
    raise BadSyntax("a delivery status notification")


def parse_status(body: bytes) -> ParsedReport:
    """The content of message/delivery-status: groups of fields, an empty line between them."""
    groups = [_fields(group) for group in _BLANK.split(body.strip(), RECIPIENTS_LIMIT + 1)]
    if len(groups) > RECIPIENTS_LIMIT + 1:
        raise BadSyntax("fewer recipients")
    message = groups[0]
    recipients = tuple(_recipient(group) for group in groups[1:] if "final-recipient" in group)
    if not recipients:
        raise BadSyntax("a recipient")
    return ParsedReport(
        _untyped(message.get("reporting-mta", "")),
        recipients,
        message.get("original-envelope-id", ""),
        _date(message.get("arrival-date", "")),
    )


def _fields(group: bytes) -> Fields:
    """The first of each name counts."""
    fields: Fields = {}
    for field in iter_fields(group):
        fields.setdefault(field.name.decode("ascii").lower(), unfold(field.value).decode("utf-8", "replace"))
    return fields


def _recipient(group: Fields) -> ParsedRecipient:
    status = _STATUS.match(group.get("status", ""))
    word = group.get("action", "").split("(")[0].strip().lower()
    action = _ACTIONS.get(word)
    if action is None or status is None:
        raise BadSyntax("action and status of a recipient")
    return ParsedRecipient(
        _address(group["final-recipient"]),
        action,
        status[1],
        _address(group.get("original-recipient", "")),
        _untyped(group.get("remote-mta", "")),
        _untyped(group.get("diagnostic-code", "")),
        _date(group.get("last-attempt-date", "")),
        _date(group.get("will-retry-until", "")),
    )


def _untyped(value: str) -> str:
    """`dns; mail.example.org` → `mail.example.org`"""
    return value.partition(";")[2].strip() or value.strip()


def _address(value: str) -> str:
    address = _untyped(value)
    if value[:6].lower() == "utf-8;":
        address = _EMBEDDED.sub(lambda found: _character(int(found[1], 16)), address)
    return address.removeprefix("<").removesuffix(">")


def _character(point: int) -> str:
    return chr(point) if point <= 0x10FFFF and not 0xD800 <= point < 0xE000 else "\ufffd"


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError, TypeError):
        return None
