"""What lists of messages show, from the header alone: subject, people, dates, conversation – [MS-OXCMAIL] 2.2.3.2.

One function for both, a message that is opened and a row in a table of a hundred thousand: it must be quick, and both
must show the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from posthouse.message.fields import Values
from posthouse.message.headers import unfold
from posthouse.message.words import decode_header

from .. import tags
from ..moments import file_time
from ..objects import Key, Properties
from ..property_rows import Typed
from ..property_values import PropertyTag, PropertyType
from .address_book import AddressBook
from .conversation import HEADER, conversation_id, id_of_topic, make_index, read_index
from .people import SENDER, SENT_REPRESENTING, Person, first_name, first_person, person_properties, read_names
from .subjects import shorten, split_subject


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


Add = Callable[[Properties, Values, Told, AddressBook], None]
"""Some properties, to those that were found."""
_STRING, _BINARY, _TIME, _INTEGER32 = (
    PropertyType.STRING,
    PropertyType.BINARY,
    PropertyType.TIME,
    PropertyType.INTEGER32,
)
_TRUE, _FALSE = Typed(PropertyType.BOOLEAN, True), Typed(PropertyType.BOOLEAN, False)
_NUMBERS = {number: Typed(_INTEGER32, number) for number in range(-1, 4)}
_EMPTY = Typed(_STRING, "")


def essentials(fields: Values, told: Told, book: AddressBook, wanted: frozenset[Key] | None = None) -> Properties:
    """`wanted`: what is not among these may be left out; None: all."""
    found: Properties = {}
    for add in _parts(wanted):
        add(found, fields, told, book)
    return found


@lru_cache(maxsize=256)
def _parts(wanted: frozenset[Key] | None) -> tuple[Add, ...]:
    """A name alone is for who does not ask for more of the person."""
    parts = [add for add, ids in _PARTS if wanted is None or not wanted.isdisjoint(ids)]
    return tuple(add for add in parts if add is not _add_represented_name or _add_represented not in parts)


_LARGEST = (1 << 31) - 1


def _displaying(tag: PropertyTag, name: bytes) -> Add:
    def add(found: Properties, fields: Values, _: Told, __: AddressBook) -> None:
        value = fields.get(name)
        found[tag.id] = _EMPTY if value is None else Typed(_STRING, read_names(value))

    return add


@lru_cache(maxsize=64)
def _class(message_class: str) -> Typed:
    return Typed(_STRING, message_class)


def _add_subject(found: Properties, _: Values, told: Told, __: AddressBook) -> None:
    prefix, normalized = split_subject(told.subject)
    found[tags.PidTagSubjectPrefix.id] = Typed(_STRING, prefix) if prefix else _EMPTY
    found[tags.PidTagNormalizedSubject.id] = rest = Typed(_STRING, normalized)
    found[tags.PidTagSubject.id] = Typed(_STRING, prefix + normalized) if prefix else rest


def _add_dates(found: Properties, _: Values, told: Told, __: AddressBook) -> None:
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


def _add_represented_name(found: Properties, fields: Values, _: Told, __: AddressBook) -> None:
    if name := represented_name(fields):
        found[SENT_REPRESENTING.name.id] = Typed(_STRING, name)


def represented_name(fields: Values) -> str:
    """Empty when there is nobody."""
    return first_name(fields.get(b"from")) or first_name(fields.get(b"sender"))


def sender_name(fields: Values) -> str:
    return first_name(fields.get(b"sender")) or first_name(fields.get(b"from"))


def _add_represented(found: Properties, fields: Values, _: Told, book: AddressBook) -> None:
    """Who is not told is taken from the other field ([MS-OXCMAIL] 2.2.3.2.3.1)."""
    if represented := _first(fields.get(b"from"), book) or _first(fields.get(b"sender"), book):
        found.update(person_properties(SENT_REPRESENTING, represented))


def _add_sender(found: Properties, fields: Values, _: Told, book: AddressBook) -> None:
    if sender := _first(fields.get(b"sender"), book) or _first(fields.get(b"from"), book):
        found.update(person_properties(SENDER, sender))


def _first(value: bytes | None, book: AddressBook) -> Person | None:
    return None if value is None else first_person(value, book)


def _add_topic(found: Properties, fields: Values, told: Told, _: AddressBook) -> None:
    found[tags.PidTagConversationTopic.id] = _topic_of(fields, told)


def _topic_of(fields: Values, told: Told) -> Typed:
    topic = fields.get(b"thread-topic")
    return Typed(_STRING, split_subject(told.subject)[1]) if topic is None else _topic(topic)


def _add_conversation(found: Properties, fields: Values, told: Told, _: AddressBook) -> None:
    index = read_index(fields.get(b"thread-index"))
    conversation = conversation_id(fields, told.message_id, index) or id_of_topic(str(_topic_of(fields, told).value))
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


def _add_importance(found: Properties, fields: Values, _: Told, __: AddressBook) -> None:
    found.update(_URGENCY[importance(fields)])


def importance(fields: Values) -> int:
    for name, words in _TOLD_BY:
        value = fields.get(name)
        if value is not None:
            told = words.get(unfold(value).lower()[: 1 if name == b"x-priority" else None])
            if told is not None:
                return told
    return 1


_URGENCY: dict[int, Properties] = {
    level: {
        tags.PidTagImportance.id: _NUMBERS[level],
        tags.PidTagPriority.id: _NUMBERS[level - 1],
    }
    for level in range(3)
}


def _add_sensitivity(found: Properties, fields: Values, _: Told, __: AddressBook) -> None:
    found[tags.PidTagSensitivity.id] = _NUMBERS[sensitivity(fields)]


def sensitivity(fields: Values) -> int:
    value = fields.get(b"sensitivity")
    return 0 if value is None else _SENSITIVITY.get(unfold(value).lower(), 0)


def _add_itself(found: Properties, _: Values, told: Told, __: AddressBook) -> None:
    if told.message_id:
        found[tags.PidTagInternetMessageId.id] = Typed(_STRING, told.message_id)
    found[tags.PidTagMessageClass.id] = _class(told.message_class)
    found[tags.PidTagHasAttachments.id] = _TRUE if told.has_attachments else _FALSE
    found[tags.PidTagMessageSize.id] = Typed(_INTEGER32, min(told.size, _LARGEST))


def _ids(*parts: PropertyTag) -> frozenset[Key]:
    return frozenset(tag.id for tag in parts)


_PARTS: tuple[tuple[Add, frozenset[Key]], ...] = (
    (_add_subject, _ids(tags.PidTagSubject, tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject)),
    (_add_dates, _ids(tags.PidTagClientSubmitTime, tags.PidTagMessageDeliveryTime)),
    (_add_represented_name, _ids(SENT_REPRESENTING.name)),
    (_add_represented, _ids(*SENT_REPRESENTING[1:])),
    (_add_sender, _ids(*SENDER)),
    (_displaying(tags.PidTagDisplayTo, b"to"), _ids(tags.PidTagDisplayTo)),
    (_displaying(tags.PidTagDisplayCc, b"cc"), _ids(tags.PidTagDisplayCc)),
    (_displaying(tags.PidTagDisplayBcc, b"bcc"), _ids(tags.PidTagDisplayBcc)),
    (_add_topic, _ids(tags.PidTagConversationTopic)),
    (
        _add_conversation,
        _ids(tags.PidTagConversationId, tags.PidTagConversationIndex, tags.PidTagConversationIndexTracking),
    ),
    (_add_importance, _ids(tags.PidTagImportance, tags.PidTagPriority)),
    (_add_sensitivity, _ids(tags.PidTagSensitivity)),
    (
        _add_itself,
        _ids(
            tags.PidTagInternetMessageId,
            tags.PidTagMessageClass,
            tags.PidTagHasAttachments,
            tags.PidTagMessageSize,
            tags.PidTagMessageFlags,
        ),
    ),
)
"""PidTagMessageFlags follows from whether there are attachments."""
TOLD: frozenset[Key] = frozenset(key for _, ids in _PARTS for key in ids)
