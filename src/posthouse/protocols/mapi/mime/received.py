"""Whose mailbox a message came to – [MS-OXOMSG] 2.2.1.27 to 2.2.1.38, [MS-OXCMAIL] 2.2.3.2.

The envelope tells, not the header: one message is in many mailboxes.
"""

from __future__ import annotations

from collections.abc import Set

from posthouse.message.fields import Values

from .. import tags
from ..objects import Key, Message, Properties, set_value, value_of
from .address_book import AddressBook, Owner
from .header_in import KINDS
from .people import RECEIVED_BY, RECEIVED_REPRESENTING, Person, person_properties, read_people

_TO, _CC = 1, 2

NAMES_OWNER: frozenset[Key] = frozenset(
    tag.id for tag in (tags.PidTagMessageToMe, tags.PidTagMessageCcMe, tags.PidTagMessageRecipientMe)
)
RECEIVED: frozenset[Key] = frozenset(
    tag.id for role in (RECEIVED_BY, RECEIVED_REPRESENTING) for tag in role if tag is not None
)


def tell_receiver(message: Message, owner: Owner) -> None:
    """A message has been delivered into this mailbox; its header may tell in whose place (`add_delegator`)."""
    person = Person(owner.entry.name, owner.entry.address, owner.entry)
    if tags.PidTagDelegatedByRule.id not in message.properties:
        message.properties.update(person_properties(RECEIVED_REPRESENTING, person))
    message.properties.update(person_properties(RECEIVED_BY, person))


def names_owner(message: Message, owner: Owner) -> Properties:
    """Whether a message names the owner among its recipients, by any of the owner's addresses."""
    return _named(
        {
            value_of(recipient.properties, tags.PidTagRecipientType)
            for recipient in message.recipients
            if (value_of(recipient.properties, tags.PidTagSmtpAddress) or "").lower() in owner.addresses
        }
    )


def fields_name_owner(fields: Values, owner: Owner, book: AddressBook) -> Properties:
    """The same, of the header alone."""
    return _named({kind for name, kind in KINDS if _names(fields.get(name), owner, book)})


def _names(value: bytes | None, owner: Owner, book: AddressBook) -> bool:
    return value is not None and any(person.address.lower() in owner.addresses for person in read_people(value, book))


def _named(kinds: Set[int]) -> Properties:
    found: Properties = {}
    set_value(found, tags.PidTagMessageToMe, _TO in kinds)
    set_value(found, tags.PidTagMessageCcMe, _CC in kinds)
    set_value(found, tags.PidTagMessageRecipientMe, bool(kinds))
    return found
