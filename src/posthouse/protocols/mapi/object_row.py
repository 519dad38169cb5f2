"""An object as conditions see it: its properties by tags, its recipients and attachments – [MS-OXCDATA] 2.12."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import tags
from .matching import Matchable
from .objects import Key, Message, Properties
from .property_values import PropertyTag


class ObjectRow:
    """An object with its properties, for restrictions and orders."""

    __slots__ = ("message", "names", "properties")

    def __init__(self, properties: Properties, names: Mapping[int, Key], message: Message | None = None) -> None:
        """`message`: with recipients and attachments, where conditions ask for them."""
        self.properties, self.names, self.message = properties, names, message

    def value(self, tag: PropertyTag) -> Any | None:
        key = tag.id if tag.id < 0x8000 else self.names.get(tag.id)
        found = None if key is None else self.properties.get(key)
        return None if found is None else found.value

    def parts(self, tag: PropertyTag) -> Iterator[Matchable]:
        if self.message is None:
            return
        if tag.id == tags.PidTagMessageRecipients.id:
            for recipient in self.message.recipients:
                yield ObjectRow(recipient.properties, self.names)
        elif tag.id == tags.PidTagMessageAttachments.id:
            for attachment in self.message.attachments:
                yield ObjectRow(attachment.properties, self.names, attachment.embedded)
