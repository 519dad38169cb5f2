"""Whose mailbox a message came to – [MS-OXOMSG] 2.2.1.27 to 2.2.1.38, [MS-OXCMAIL] 2.2.3.2.

The envelope tells, not the header: one message is in many mailboxes.
"""

from __future__ import annotations

from collections.abc import Collection

from .. import tags
from ..objects import Message, Properties, set_value, value_of
from .people import RECEIVED_BY, RECEIVED_REPRESENTING, Person, person_properties

_TO, _CC = 1, 2


def received_by(owner: Person) -> Properties:
    """Properties that every message of a mailbox has."""
    return person_properties(RECEIVED_BY, owner) | person_properties(RECEIVED_REPRESENTING, owner)


def tell_owner(message: Message, owner: Person, aliases: Collection[str] = ()) -> None:
    """Besides, whether it names the owner, by any of the owner's addresses; those are in lower case."""
    own = {owner.address.lower(), *aliases}
    kinds = {
        value_of(recipient.properties, tags.PidTagRecipientType)
        for recipient in message.recipients
        if (value_of(recipient.properties, tags.PidTagSmtpAddress) or "").lower() in own
    }
    message.properties.update(received_by(owner))
    set_value(message.properties, tags.PidTagMessageToMe, _TO in kinds)
    set_value(message.properties, tags.PidTagMessageCcMe, _CC in kinds)
    set_value(message.properties, tags.PidTagMessageRecipientMe, bool(kinds))
