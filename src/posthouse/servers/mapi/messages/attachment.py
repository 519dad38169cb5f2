"""An open attachment – [MS-OXCMSG] 3.2.5.12 to 3.2.5.16. What is changed is the message's when it is saved."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Attachment, Key, Message, Properties, Recipient, set_value, value_of
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.memory import weight_of, weight_of_message

from .message import Mode, OpenMessage

ATTACHMENT = 7
"""PidTagObjectType."""
HEAD = 0x40
"""Bytes that PidTagAttachSize counts besides the data (3.2.5.13)."""
BY_VALUE, EMBEDDED = 1, 5
"""PidTagAttachMethod."""
COMPUTED = frozenset(
    tag.id
    for tag in (
        *(tags.PidTagAttachNumber, tags.PidTagAttachSize, tags.PidTagRecordKey, tags.PidTagObjectType),
        *(tags.PidTagAccess, tags.PidTagAccessLevel, tags.PidTagInstanceKey),
    )
)

SPOILING = frozenset(
    tag.id for tag in (tags.PidTagAttachSize, tags.PidTagAccessLevel, tags.PidTagObjectType, tags.PidTagRecordKey)
)
"""A handle through which one of these was to be set no longer saves, as with Exchange (2.2.3.15, note 16)."""


class OpenAttachment(PropertyHolder):
    def __init__(self, message: OpenMessage, attachment: Attachment, mode: Mode) -> None:
        """`attachment`: a copy of the message's, or a new one."""
        super().__init__(message.logon)
        self.message, self.attachment, self.mode = message, attachment, mode
        self.codec = message.codec  # [MS-OXCPRPT] R463
        self._was_saved = message.has_attachment(attachment.number)
        """Until then it has no size and no access level, as in Exchange since 2013 (3.2.5.13, notes 30 and 31)."""
        self._before = copy_attachment(attachment)
        """As it was opened, or saved last."""
        self.spoilt = False
        """Something was to be set that is not a client's to say, and saving tells so."""

    @property
    def is_writable(self) -> bool:
        return self.mode is Mode.READ_WRITE

    def require_writable(self) -> None:
        if not self.is_writable:
            raise RopError(ErrorCode.ecAccessDenied)

    async def read(self, wanted: Collection[Key] | None) -> Properties:
        found = attachment_properties(self.attachment, writable=self.is_writable and self._was_saved)
        if not self._was_saved:
            set_value(found, tags.PidTagAttachSize, 0)
        if self.attachment.embedded is not None:
            set_value(found, tags.PidTagAttachDataObject, b"")  # an operation of its own opens it
        return found

    async def change(self, new: Properties, gone: Collection[Key]) -> Mapping[Key, ErrorCode]:
        self.require_writable()
        problems: dict[Key, ErrorCode] = {key: ErrorCode.ecComputed for key in (*new, *gone) if key in COMPUTED}
        properties = self.attachment.properties | {key: value for key, value in new.items() if key not in COMPUTED}
        for key in gone:
            if key not in problems:
                properties.pop(key, None)
        self.memory.take(weight_of(properties) - weight_of(self.attachment.properties))
        self.attachment.properties = properties
        return problems

    def tried(self, refused: Collection[Key]) -> None:
        strict = self.message.importing is None
        self.spoilt = self.spoilt or (strict and any(key in SPOILING for key in refused))

    def put_embedded(self, message: OpenMessage) -> None:
        """A message within it has been saved: into the attachment, which is still to be saved."""
        self.put_within(copy_message(message.tree))

    def put_within(self, message: Message) -> None:
        self.require_writable()
        before = self.attachment.embedded
        self.memory.take(weight_of_message(message) - (weight_of_message(before) if before is not None else 0))
        self.attachment.embedded = message
        set_value(self.attachment.properties, tags.PidTagAttachMethod, EMBEDDED)

    def save(self) -> None:
        """Into the message, which is still to be saved. ecObjectDeleted when it was deleted from there meanwhile."""
        if self._was_saved and not self.message.has_attachment(self.attachment.number):
            raise RopError(ErrorCode.ecObjectDeleted)
        if self._was_saved:
            self._note_change()
        self.message.put_attachment(copy_attachment(self.attachment))
        self._before, self._was_saved = copy_attachment(self.attachment), True

    def _note_change(self) -> None:
        """When it was modified (2.2.2.3), unless the client says so itself."""
        properties, before, tag = self.attachment.properties, self._before, tags.PidTagLastModificationTime
        if self.attachment != before and value_of(properties, tag) == value_of(before.properties, tag):
            set_value(properties, tag, file_time(self.logon.store.clock()))


def copy_message(message: Message) -> Message:
    """One that changes to the other do not reach; values are never changed in place."""
    return Message(
        dict(message.properties),
        [Recipient(one.row_id, dict(one.properties)) for one in message.recipients],
        [copy_attachment(one) for one in message.attachments],
    )


def copy_attachment(attachment: Attachment) -> Attachment:
    embedded = None if attachment.embedded is None else copy_message(attachment.embedded)
    return Attachment(attachment.number, dict(attachment.properties), embedded)


def attachment_properties(attachment: Attachment, *, writable: bool = False) -> Properties:
    """With those that follow."""
    found = dict(attachment.properties)
    data = found.get(tags.PidTagAttachDataBinary.id)
    size = HEAD + (len(data.value) if data is not None and isinstance(data.value, bytes) else 0)
    size += weight_of_message(attachment.embedded) if attachment.embedded is not None else 0
    name = value_of(found, tags.PidTagAttachLongFilename)
    if name is not None and tags.PidTagDisplayName.id not in found:
        set_value(found, tags.PidTagDisplayName, name)
    for tag, value in (
        (tags.PidTagAttachNumber, attachment.number),
        (tags.PidTagAttachSize, size),
        (tags.PidTagRecordKey, attachment.number.to_bytes(4, "little")),
        (tags.PidTagInstanceKey, attachment.number.to_bytes(4, "little")),
        (tags.PidTagObjectType, ATTACHMENT),
        (tags.PidTagAccess, 0x3 if writable else 0x2),
        (tags.PidTagAccessLevel, int(writable)),
    ):
        set_value(found, tag, value)
    return found
