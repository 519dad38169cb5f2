"""What MAPI sees of a message: properties, recipients, attachments, messages within – [MS-OXCMSG] 1.3.

It is whole and in memory. Properties are known by what never changes: a number below 0x8000, or a name; the id that a
mailbox gives a name is known to that mailbox's sessions alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .named_tags import NamedTag
from .property_names import PropertyName
from .property_rows import Typed
from .property_values import PropertyTag

Key = int | PropertyName
Properties = dict[Key, Typed]
"""Strings are always of PropertyType.STRING: what came in 8 bits was decoded where it entered."""


def value_of(properties: Mapping[Key, Typed], tag: PropertyTag | NamedTag, default: Any = None) -> Any:
    """The value, when there is one of this very type."""
    found = properties.get(key_of(tag))
    return found.value if found is not None and found.type == tag.type else default


def set_value(properties: Properties, tag: PropertyTag | NamedTag, value: Any) -> None:
    properties[key_of(tag)] = Typed(tag.type, value)


def key_of(tag: PropertyTag | NamedTag) -> Key:
    return tag.id if isinstance(tag, PropertyTag) else tag.name


@dataclass(slots=True)
class Recipient:
    row_id: int
    properties: Properties = field(default_factory=dict)
    """Among them PidTagRecipientType."""


@dataclass(slots=True)
class Attachment:
    number: int
    """PidTagAttachNumber: as long as the attachment is there, this is its."""
    properties: Properties = field(default_factory=dict)
    embedded: Message | None = None
    """With PidTagAttachMethod afEmbeddedMessage."""


@dataclass(slots=True)
class Message:
    properties: Properties = field(default_factory=dict)
    recipients: list[Recipient] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
