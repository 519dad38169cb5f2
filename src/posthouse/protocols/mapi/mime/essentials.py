"""What lists of messages show, from the header alone: subject, people, dates, conversation – [MS-OXCMAIL] 2.2.3.2.

One function for both, a message that is opened and a row in a table of a hundred thousand: it must be quick, and both
must show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from posthouse.message.headers import unfold
from posthouse.message.words import decode_header

from .. import tags
from ..moments import file_time
from ..objects import Properties
from ..property_rows import Typed
from ..property_values import PropertyTag, PropertyType
from .address_book import EMPTY, AddressBook
from .conversation import HEADER, conversation_id, make_index, read_index
from .people import SENDER, SENT_REPRESENTING, Person, display_list, person_properties, read_people
from .subjects import shorten, split_subject

Fields = Mapping[bytes, bytes]
"""Lower-case name → value as it is in the header; repeated address fields are taken together."""


class Told(NamedTuple):
    """What is known of a message besides its fields."""

    subject: str
    """Decoded."""
    message_id: str
    """With its angle brackets; empty when there is none."""
    sent: int | None
    """The Date field, in seconds since 1970."""
    delivered: float | None
    """When it came here."""
    size: int
    message_class: str
    has_attachments: bool


_STRING, _BINARY, _TIME, _INTEGER32 = (
    PropertyType.STRING,
    PropertyType.BINARY,
    PropertyType.TIME,
    PropertyType.INTEGER32,
)
_TRUE, _FALSE = Typed(PropertyType.BOOLEAN, True), Typed(PropertyType.BOOLEAN, False)
_NUMBERS = {number: Typed(_INTEGER32, number) for number in range(-1, 4)}
_EMPTY = Typed(_STRING, "")


def essentials(fields: Fields, told: Told, book: AddressBook) -> Properties:
    found: Properties = {}
    _add_subject(found, told.subject)
    _add_dates(found, told)
    _add_senders(found, fields, book)
    for tag, name in _DISPLAYED:
        value = fields.get(name)
        found[tag.id] = _EMPTY if value is None else _displayed(value)
    _add_conversation(found, fields, told)
    found.update(_importance(fields))
    found[tags.PidTagSensitivity.id] = _sensitivity(fields.get(b"sensitivity"))
    if told.message_id:
        found[tags.PidTagInternetMessageId.id] = Typed(_STRING, told.message_id)
    found[tags.PidTagMessageClass.id] = _class(told.message_class)
    found[tags.PidTagHasAttachments.id] = _TRUE if told.has_attachments else _FALSE
    found[tags.PidTagMessageSize.id] = Typed(_INTEGER32, min(told.size, _LARGEST))
    return found


_DISPLAYED: tuple[tuple[PropertyTag, bytes], ...] = (
    (tags.PidTagDisplayTo, b"to"),
    (tags.PidTagDisplayCc, b"cc"),
    (tags.PidTagDisplayBcc, b"bcc"),
)
_LARGEST = (1 << 31) - 1
_SHORT = 400


def _displayed(value: bytes) -> Typed:
    return _remembered(value) if len(value) <= _SHORT else _names(value)


def _names(value: bytes) -> Typed:
    return Typed(_STRING, display_list(read_people(value, EMPTY)))


_remembered = lru_cache(maxsize=2048)(_names)


@lru_cache(maxsize=64)
def _class(message_class: str) -> Typed:
    return Typed(_STRING, message_class)


def _add_subject(found: Properties, subject: str) -> None:
    prefix, normalized = split_subject(subject)
    found[tags.PidTagSubjectPrefix.id] = Typed(_STRING, prefix) if prefix else _EMPTY
    found[tags.PidTagNormalizedSubject.id] = rest = Typed(_STRING, normalized)
    found[tags.PidTagSubject.id] = Typed(_STRING, prefix + normalized) if prefix else rest


def _add_dates(found: Properties, told: Told) -> None:
    """Without a moment of delivery Outlook does not show a message among those that have one."""
    sent, delivered = told.sent, told.delivered
    if sent is not None:
        found[tags.PidTagClientSubmitTime.id] = Typed(_TIME, moment(sent))
    if delivered is not None:
        found[tags.PidTagMessageDeliveryTime.id] = Typed(_TIME, moment(delivered))
    elif sent is not None:
        found[tags.PidTagMessageDeliveryTime.id] = found[tags.PidTagClientSubmitTime.id]


_LATEST = (1 << 63) - 1


def moment(seconds: float) -> int:
    """As properties have it; none is before 1601."""
    return min(max(file_time(seconds), 0), _LATEST)


def _add_senders(found: Properties, fields: Fields, book: AddressBook) -> None:
    """Who is not told is taken from the other field ([MS-OXCMAIL] 2.2.3.2.3.1)."""
    represented, sender = _first(fields.get(b"from"), book), _first(fields.get(b"sender"), book)
    if represented := represented or sender:
        found.update(person_properties(SENT_REPRESENTING, represented))
        found.update(person_properties(SENDER, sender or represented))


def _first(value: bytes | None, book: AddressBook) -> Person | None:
    people = read_people(value, book)
    return people[0] if people else None


def _add_conversation(found: Properties, fields: Fields, told: Told) -> None:
    topic = fields.get(b"thread-topic")
    found[tags.PidTagConversationTopic.id] = found[tags.PidTagNormalizedSubject.id] if topic is None else _topic(topic)
    index = read_index(fields.get(b"thread-index"))
    conversation = conversation_id(fields, told.message_id, index)
    if not conversation:
        return
    found[tags.PidTagConversationId.id] = Typed(_BINARY, conversation)
    if not index:
        sent = told.sent if told.sent is not None else told.delivered or 0
        index = make_index(conversation, sent)
    found[tags.PidTagConversationIndex.id] = Typed(_BINARY, index)
    if index[6:HEADER] == conversation:
        found[tags.PidTagConversationIndexTracking.id] = _TRUE


@lru_cache(maxsize=1024)
def _topic(value: bytes) -> Typed:
    return Typed(_STRING, shorten(decode_header(value[:4096])))


# How urgent, how secret – [MS-OXCMAIL] 2.2.3.2.7, 2.2.3.2.8
_IMPORTANCE = {b"low": 0, b"normal": 1, b"high": 2}
_X_PRIORITY = {b"1": 2, b"2": 2, b"3": 1, b"4": 0, b"5": 0}
_PRIORITY = {b"non-urgent": 0, b"normal": 1, b"urgent": 2}
_SENSITIVITY = {b"personal": 1, b"private": 2, b"company-confidential": 3}
_TOLD_BY: tuple[tuple[bytes, dict[bytes, int]], ...] = (
    (b"importance", _IMPORTANCE),
    (b"x-msmail-priority", _IMPORTANCE),
    (b"x-priority", _X_PRIORITY),
    (b"priority", _PRIORITY),
)
"""The first that tells something counts."""


def _importance(fields: Fields) -> Properties:
    for name, words in _TOLD_BY:
        value = fields.get(name)
        if value is not None:
            told = words.get(unfold(value).lower()[: 1 if name == b"x-priority" else None])
            if told is not None:
                return _URGENCY[told]
    return _URGENCY[1]


_URGENCY: dict[int, Properties] = {
    level: {
        tags.PidTagImportance.id: _NUMBERS[level],
        tags.PidTagPriority.id: _NUMBERS[level - 1],
    }
    for level in range(3)
}


def _sensitivity(value: bytes | None) -> Typed:
    return _NUMBERS[0] if value is None else _NUMBERS[_SENSITIVITY.get(unfold(value).lower(), 0)]
