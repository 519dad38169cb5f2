"""Properties → the header of a message – [MS-OXCMAIL] 2.1.3. Whatever a client has set, a field is one field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from posthouse.message.addresses import Group, Mailbox, format_addresses, format_mailbox
from posthouse.message.compose import make_message_id
from posthouse.message.dates import format_date
from posthouse.message.words import encode_word
from posthouse.model.address import Address
from posthouse.model.refusals import BadSyntax

from .. import named_tags, tags
from ..entry_ids import parse_entry_list
from ..moments import EPOCH, UNITS
from ..named_tags import PS_INTERNET_HEADERS
from ..objects import Message, Properties, value_of
from ..property_names import PropertyName
from ..property_values import PropertyType
from .address_book import EMPTY, AddressBook
from .content_classes import content_class_of, is_answer
from .conversation import format_index
from .flags import FLAGGED
from .header_table import PRIVATE, TABLE, format_rows
from .people import (
    READ_RECEIPT,
    RECIPIENT,
    SENDER,
    SENT_REPRESENTING,
    Person,
    Role,
    mailbox_of,
    person_by_entry_id,
    person_of,
)

Value = str | bytes

TO, CC, BCC = 1, 2, 3
"""PidTagRecipientType, in its lowest four bits."""
MAX_OTHER = 100
"""Fields of a client's own."""
MAX_VALUE = 8_192


@dataclass(frozen=True, slots=True)
class Writing:
    """What a message that is written has to be told."""

    seed: bytes
    """Makes boundaries and a missing Message-ID: the same for the same version of the same message."""
    domain: str = "localhost"
    """Of a Message-ID."""
    moment: float = 0
    """Of a Date, in seconds since 1970, when the message has none."""
    with_bcc: bool = False
    """For its owner's mailbox alone."""
    book: AddressBook = EMPTY
    tnef: bool = False
    """For who reads it: what MIME cannot tell goes along in TNEF."""


def header_of(message: Message, writing: Writing) -> list[tuple[str, Value]]:
    properties = message.properties
    return [
        *_people(message, writing),
        *_texts(properties, writing),
        *_wishes(properties, writing),
        *format_rows(properties),
        *_own(properties),
        ("MIME-Version", b"1.0"),
    ]


# People
def _people(message: Message, writing: Writing) -> Iterator[tuple[str, Value]]:
    properties, book = message.properties, writing.book
    represented, sender = _person(SENT_REPRESENTING, properties, book), _person(SENDER, properties, book)
    if first := represented or sender:
        yield "From", format_mailbox(first)
    if sender and represented and str(sender.address).lower() != str(represented.address).lower():
        yield "Sender", format_mailbox(sender)
    kinds = [("To", TO), ("Cc", CC), *([("Bcc", BCC)] if writing.with_bcc else [])]
    lists = [(name, _recipients(message, kind, book)) for name, kind in kinds]
    for name, entries in lists:
        if entries:
            yield name, format_addresses(entries)
    if message.recipients and not any(entries for name, entries in lists if name != "Bcc"):
        yield "To", b"undisclosed-recipients:;"
    replies = _replies(properties, book)
    if replies:
        yield "Reply-To", format_addresses(replies)


def _person(role: Role, properties: Properties, book: AddressBook) -> Mailbox | None:
    person = person_of(role, properties, book)
    return None if person is None else _usable(person)


_ADDRESS = re.compile(r'[^\x00-\x20<>()\[\]\\,;:"@\x7f]+|\[[^\x00-\x20<>()\[\]\\,;"@\x7f]+\]')


def _usable(person: Person) -> Mailbox | None:
    """None when an address is none: it would be read as something else."""
    mailbox = mailbox_of(person)
    address = mailbox.address
    if not _ADDRESS.fullmatch(address.domain) or not address.local.isprintable():
        return None
    return mailbox if address.domain.isascii() else Mailbox(mailbox.name, _in_ascii(address))


def _in_ascii(address: Address) -> Address:
    """With A-labels, so that a header in UTF-8 is only needed where nothing else will do (RFC 6531 §3.2)."""
    try:
        return Address(address.local, address.domain.encode("idna").decode("ascii"))
    except UnicodeError:
        return address


def _recipients(message: Message, kind: int, book: AddressBook) -> list[Mailbox | Group]:
    """Who has no address is a group of that name, of nobody."""
    found: list[Mailbox | Group] = []
    for recipient in message.recipients:
        properties = recipient.properties
        if value_of(properties, tags.PidTagRecipientType, TO) & 0xF == kind:
            mailbox = _person(RECIPIENT, properties, book)
            name = value_of(properties, tags.PidTagDisplayName) or ""
            found.append(mailbox or Group(name.strip() or "unknown", ()))
    return found


def _replies(properties: Properties, book: AddressBook) -> list[Mailbox]:
    try:
        entries = parse_entry_list(value_of(properties, tags.PidTagReplyRecipientEntries) or b"")
    except BadSyntax:
        return []
    people = (person_by_entry_id(entry, "", book) for entry in entries)
    return [mailbox for person in people if person and (mailbox := _usable(person))]


# Texts and dates
def _texts(properties: Properties, writing: Writing) -> Iterator[tuple[str, Value]]:
    yield "Subject", _literally(subject_of(properties))
    sent = value_of(properties, tags.PidTagClientSubmitTime)
    yield "Date", format_date(writing.moment if sent is None else sent / UNITS - EPOCH)
    yield "Message-ID", message_id(properties, writing)
    topic = value_of(properties, tags.PidTagConversationTopic)
    if topic:
        yield "Thread-Topic", _literally(topic)
    index = value_of(properties, tags.PidTagConversationIndex)
    if index:
        yield "Thread-Index", format_index(index[:MAX_VALUE])


def _literally(text: str) -> Value:
    """Also where it looks like encoded words."""
    return encode_word(text.translate(_BREAKS)) if "=?" in text else text


_BREAKS = {0: " ", 10: " ", 13: " "}


def subject_of(properties: Properties) -> str:
    """[MS-OXCMSG] 2.2.1.46."""
    prefix = value_of(properties, tags.PidTagSubjectPrefix)
    normalized: str | None = value_of(properties, tags.PidTagNormalizedSubject)
    if normalized is None:
        return value_of(properties, tags.PidTagSubject) or ""
    return (prefix or "") + normalized


_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")


def message_id(properties: Properties, writing: Writing) -> str:
    own = (value_of(properties, tags.PidTagInternetMessageId) or "").strip()
    if _MESSAGE_ID.fullmatch(own):
        return str(own)
    return make_message_id(blake2b(writing.seed, digest_size=16).hexdigest(), writing.domain)


# Wishes of the sender
_IMPORTANCE = {0: ("Low", "5"), 2: ("High", "1")}
_SENSITIVITY = {1: "Personal", 2: "Private", 3: "Company-Confidential"}


def _wishes(properties: Properties, writing: Writing) -> Iterator[tuple[str, Value]]:
    importance = _IMPORTANCE.get(value_of(properties, tags.PidTagImportance, 1))
    if importance:
        yield "Importance", importance[0]
        yield "X-Priority", importance[1]
    sensitivity = _SENSITIVITY.get(value_of(properties, tags.PidTagSensitivity, 0))
    if sensitivity:
        yield "Sensitivity", sensitivity
    to = _person(READ_RECEIPT, properties, writing.book) or _person(SENDER, properties, writing.book)
    if to and value_of(properties, tags.PidTagReadReceiptRequested):
        yield "Disposition-Notification-To", format_mailbox(to)
    if to and value_of(properties, tags.PidTagOriginatorDeliveryReportRequested):
        yield "Return-Receipt-To", format_mailbox(to)
    message_class = value_of(properties, tags.PidTagMessageClass) or ""
    content_class = content_class_of(message_class)
    if content_class:
        yield "Content-Class", content_class
    asked = value_of(properties, named_tags.PidLidFlagRequest)
    if asked and value_of(properties, tags.PidTagFlagStatus) == FLAGGED and not writing.with_bcc:
        yield "X-Message-Flag", asked  # of the sender's own copy flags tell it, which change
    if is_answer(message_class):
        yield "Auto-Submitted", "auto-replied"  # RFC 3834 §5


# Fields of a client's own
_NAME = re.compile(r"[a-z0-9][-_a-z0-9]{0,70}")
_ADDRESSED = ("from", "sender", "to", "cc", "bcc", "reply-to")
_TOLD = ("subject", "date", "message-id", "thread-topic", "thread-index", "importance", "x-priority", "sensitivity")
_WISHED = ("disposition-notification-to", "return-receipt-to", "content-class", "priority", "x-msmail-priority")
TOLD_FIELDS = frozenset((*_ADDRESSED, *_TOLD, *_WISHED, "mime-version", "x-message-flag", "auto-submitted")) | {
    field.lower() for row in (*TABLE, *PRIVATE) for field in (row.field, *row.aliases)
}
"""What is made of other properties."""
_OF_HANDS = ("received", "return-path", "apparently-to", "delivered-to", "x-original-to", "status", "lines")
_OF_SIGNERS = ("dkim-signature", "domainkey-signature", "authentication-results")
_REFUSED = TOLD_FIELDS | {*_OF_HANDS, *_OF_SIGNERS}
"""The rest is for those to say through whose hands a message goes."""
_REFUSED_BEGINNINGS = (
    *("resent-", "arc-", "content-", "x-posthouse-", "x-ms-exchange-organization-", "x-ms-exchange-crosstenant-"),
)


def _own(properties: Properties) -> Iterator[tuple[str, Value]]:
    """[MS-OXCMAIL] 2.1.3.2.21: named properties of PS_INTERNET_HEADERS."""
    named = sorted(
        (str(key.name).lower(), typed.value)
        for key, typed in properties.items()
        if isinstance(key, PropertyName) and key.guid == PS_INTERNET_HEADERS and typed.type == PropertyType.STRING
    )
    usable = ((name, value) for name, value in named if _is_own(name) and isinstance(value, str) and value.strip())
    for (name, value), _ in zip(usable, range(MAX_OTHER), strict=False):
        yield "-".join(word.capitalize() for word in name.split("-")), _literally(value[:MAX_VALUE])


def _is_own(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and name not in _REFUSED and not name.startswith(_REFUSED_BEGINNINGS)
