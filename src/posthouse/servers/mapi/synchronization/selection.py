"""Which properties of a message go into a stream – [MS-OXCFXICS] 3.2.5.12, 2.2.3.2.1.1."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.messages import Children
from posthouse.protocols.mapi.mime.bodies import native_body
from posthouse.protocols.mapi.objects import Key, Message, Properties, set_value, value_of
from posthouse.servers.mapi.messages.bodies import FORMS

NEVER: frozenset[Key] = frozenset(
    tag.id
    for tag in (
        *(tags.PidTagEntryId, tags.PidTagRecordKey, tags.PidTagInstanceKey, tags.PidTagParentEntryId),
        *(tags.PidTagStoreEntryId, tags.PidTagStoreRecordKey, tags.PidTagMappingSignature, tags.PidTagObjectType),
        *(tags.PidTagAccess, tags.PidTagAccessLevel, tags.PidTagHasNamedProperties, tags.PidTagRead),
        *(tags.PidTagMessageSizeExtended, tags.PidTagMessageSize, tags.PidTagMessageStatus, tags.PidTagRtfInSync),
    )
)
"""What only means something here and now."""
REPORT = "REPORT.IPM."
"""Of these a client that synchronizes takes no recipients."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a client wants of messages."""

    keys: frozenset[Key] = frozenset()
    only: bool = False
    """Nothing but `keys`; otherwise everything but them."""

    def wants(self, key: Key) -> bool:
        return (key in self.keys) == self.only

    @property
    def children(self) -> Children:
        return Children(self.wants(tags.PidTagMessageRecipients.id), self.wants(tags.PidTagMessageAttachments.id))


EVERYTHING = Filter()


def filtered(message: Message, wanted: Filter) -> Message:
    """`message`: with its computed properties. Whoever names what he does not want gets the body all the same, in the
    one form that the message has, and what tells messages apart; whoever names what he wants gets that (R2204)."""
    properties = message.properties
    if wanted.only:
        left = wanted.keys - _APART
        found: Properties = {key: value for key, value in properties.items() if key in left}
    else:
        apart = _APART | wanted.keys
        found = {key: value for key, value in properties.items() if key not in apart}
    if not wanted.only or not _BODIES.isdisjoint(wanted.keys):
        found |= _body(properties)
    for tag in (tags.PidTagReadReceiptRequested, tags.PidTagNonReceiptNotificationRequested):
        if not wanted.only or wanted.wants(tag.id):
            set_value(found, tag, bool(value_of(properties, tag)))
    for kept in (tags.PidTagMessageClass, tags.PidTagMessageFlags):
        if kept.id in properties and not wanted.only:
            found[kept.id] = properties[kept.id]
    message_class = str(value_of(properties, tags.PidTagMessageClass, ""))
    recipients = [] if message_class.upper().startswith(REPORT) else message.recipients
    return Message(found, recipients, message.attachments)


_BODIES: frozenset[Key] = frozenset(tag.id for tag in FORMS)
_APART = NEVER | _BODIES
_NATIVE = {1: tags.PidTagBody.id, 2: tags.PidTagRtfCompressed.id, 3: tags.PidTagHtml.id}


def _body(properties: Properties) -> Properties:
    """The one that the message has, as it is: every client of today can read it."""
    native = native_body(properties)
    if not native:
        return {}
    found: Properties = {_NATIVE[native]: properties[_NATIVE[native]]}
    set_value(found, tags.PidTagNativeBody, native)
    return found


def keys_of(ids: Collection[Key | None]) -> frozenset[Key]:
    return frozenset(key for key in ids if key is not None)
