"""Of a header, what only an open message shows: recipients, receipts, a few other fields – [MS-OXCMAIL] 2.2.3."""

from __future__ import annotations

import re
from functools import lru_cache

from posthouse.message.entity import Fields
from posthouse.message.headers import unfold
from posthouse.message.words import decode_header

from .. import named_tags, tags
from ..entry_ids import format_entry_list
from ..named_tags import PS_INTERNET_HEADERS
from ..objects import Properties, Recipient, set_value
from ..property_names import PropertyName
from ..property_rows import Typed
from ..property_values import PropertyType
from .address_book import AddressBook
from .people import (
    READ_RECEIPT,
    RECEIVED_REPRESENTING,
    RECIPIENT,
    Person,
    display_list,
    entry_id_of,
    person_properties,
    read_people,
)

# People
_TO, _CC, _BCC = 1, 2, 3
KINDS = ((b"to", _TO), (b"cc", _CC), (b"bcc", _BCC))
_MAIL_USER, _LIST = 6, 8
"""PidTagObjectType."""


def read_recipients(fields: Fields, book: AddressBook) -> list[Recipient]:
    found: list[Recipient] = []
    for name, kind in KINDS:
        for person in read_people(fields.get(name), book):
            found.append(Recipient(len(found), recipient_properties(person, kind, len(found))))
    return found


def recipient_properties(person: Person, kind: int, row: int) -> Properties:
    """[MS-OXCMAIL] 2.2.3.1.4. `kind`: PidTagRecipientType."""
    return _recipient(person, kind) | {tags.PidTagRowid.id: Typed(PropertyType.INTEGER32, row)}


@lru_cache(maxsize=1024)
def _recipient(person: Person, kind: int) -> Properties:
    """Whatever place they have. Most mail is for the same few."""
    properties = dict(person_properties(RECIPIENT, person))
    is_list = person.entry is not None and person.entry.is_list
    entry_id = properties[tags.PidTagEntryId.id]
    properties |= {
        tags.PidTagTransmittableDisplayName.id: properties[tags.PidTagDisplayName.id],
        tags.PidTagRecipientDisplayName.id: properties[tags.PidTagDisplayName.id],
        tags.PidTagRecipientEntryId.id: entry_id,
        tags.PidTagRecordKey.id: entry_id,
        tags.PidTagRecipientType.id: Typed(PropertyType.INTEGER32, kind),
        tags.PidTagObjectType.id: Typed(PropertyType.INTEGER32, _LIST if is_list else _MAIL_USER),
        tags.PidTagDisplayType.id: Typed(PropertyType.INTEGER32, int(is_list)),
        tags.PidTagRecipientFlags.id: Typed(PropertyType.INTEGER32, 1),
        tags.PidTagRecipientTrackStatus.id: Typed(PropertyType.INTEGER32, 0),
        tags.PidTagResponsibility.id: Typed(PropertyType.BOOLEAN, True),
    }
    return properties


def add_receipts(fields: Fields, properties: Properties, book: AddressBook) -> None:
    """[MS-OXCMAIL] 2.2.3.2.11 to 2.2.3.2.13."""
    wanted = read_people(fields.get(b"disposition-notification-to"), book)
    set_value(properties, tags.PidTagReadReceiptRequested, bool(wanted))
    set_value(properties, tags.PidTagNonReceiptNotificationRequested, bool(wanted))
    if wanted:
        properties.update(person_properties(READ_RECEIPT, wanted[0]))
    if b"return-receipt-to" in fields:
        set_value(properties, tags.PidTagOriginatorDeliveryReportRequested, True)
    replies = read_people(fields.get(b"reply-to"), book)
    if replies:
        set_value(properties, tags.PidTagReplyRecipientEntries, format_entry_list([*map(entry_id_of, replies)]))
        set_value(properties, tags.PidTagReplyRecipientNames, display_list(replies))


DELEGATED_BY = "X-Posthouse-Delegated-By"
"""Whose rule has sent a message to their delegate. Nobody outside may say so: deliveries remove it."""


def add_delegator(fields: Fields, properties: Properties, book: AddressBook) -> None:
    """[MS-OXORULE] 3.2.5.1, OP_DELEGATE."""
    for told in read_people(fields.get(DELEGATED_BY.lower().encode()), book)[:1]:
        delegator = told if told.entry is None else told._replace(name=told.entry.name)
        properties.update(person_properties(RECEIVED_REPRESENTING, delegator))
        set_value(properties, tags.PidTagDelegatedByRule, True)


# What else a header has
NAMED_FIELDS = frozenset(
    b"""x-mailer user-agent list-id content-class content-base x-originating-ip x-spam-flag x-spam-score x-spam-status
    x-spam-level authentication-results x-ms-has-attach""".split()
)
"""As named properties, for rules and searches. Not more: senders must not be able to use up a mailbox's names."""
_MAX_FIELD = 4_096
_FLAG = re.compile(r"\S.{0,255}")


def add_other_fields(fields: Fields, properties: Properties) -> None:
    for name in sorted(NAMED_FIELDS & fields.keys()):
        text = decode_header(fields[name])[:_MAX_FIELD]
        if text:
            properties[PropertyName(PS_INTERNET_HEADERS, name.decode("ascii"))] = Typed(PropertyType.STRING, text)
    automatic = fields.get(b"auto-submitted", b"no"), fields.get(b"precedence", b"")
    if tags.PidTagAutoResponseSuppress.id not in properties and _is_automatic(*automatic):
        set_value(properties, tags.PidTagAutoResponseSuppress, 0x30)
    flag = _FLAG.match(decode_header(fields[b"x-message-flag"])) if b"x-message-flag" in fields else None
    if flag:
        set_value(properties, named_tags.PidLidFlagRequest, flag[0])
        set_value(properties, tags.PidTagFlagStatus, 2)
        set_value(properties, tags.PidTagToDoItemFlags, 8)
        set_value(properties, tags.PidTagFollowupIcon, 6)


def _is_automatic(submitted: bytes, precedence: bytes) -> bool:
    """Nobody wants an answer to it by a program (RFC 3834 §2)."""
    manual = unfold(submitted).partition(b";")[0].strip().lower() == b"no"
    return not manual or unfold(precedence).lower() in (b"bulk", b"list", b"junk")
