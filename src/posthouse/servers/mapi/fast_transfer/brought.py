"""What a stream brings, as objects keep it."""

from __future__ import annotations

from posthouse.protocols.mapi.fast_transfer.writer import NAMED
from posthouse.protocols.mapi.objects import Attachment, Key, Message, Properties, Recipient
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.servers.mapi.values import kept


def recipient_as_kept(one: Recipient) -> Recipient:
    return Recipient(one.row_id, properties_as_kept(one.properties))


def attachment_as_kept(part: Attachment, number: int) -> Attachment:
    embedded = None if part.embedded is None else message_as_kept(part.embedded)
    return Attachment(number, properties_as_kept(part.properties), embedded)


def message_as_kept(brought: Message) -> Message:
    """Within another. No part is of a type that it cannot have."""
    parts = [attachment_as_kept(part, number) for number, part in enumerate(brought.attachments)]
    return Message(properties_as_kept(brought.properties), list(map(recipient_as_kept, brought.recipients)), parts)


def as_kept(key: Key, typed: Typed) -> Typed | None:
    """In the type in which objects have it."""
    number = key if isinstance(key, int) else NAMED
    return kept(TaggedValue(PropertyTag(number, typed.type), typed.value), "utf-8")


def properties_as_kept(properties: Properties) -> Properties:
    found = {key: as_kept(key, typed) for key, typed in properties.items()}
    return {key: typed for key, typed in found.items() if typed is not None}
