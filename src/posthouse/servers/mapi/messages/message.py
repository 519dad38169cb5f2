"""An open message – [MS-OXCMSG] 3.2.5.

What a client changes is seen through its own handle alone, until it is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from posthouse.database import Transaction
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Attachment, Key, Message, Properties, Recipient, set_value, value_of
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.message import OF_THE_LOGON
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.memory import weight_of, weight_of_attachment, weight_of_message
from posthouse.servers.mapi.session import Language
from posthouse.store.message_status import SUBMITTED
from posthouse.store.objects import NO_KEYS, Keys, StoredMessage

from .bodies import with_body, without_other_bodies
from .properties import ALWAYS_THERE, COMPUTED, ONCE_SAVED, READ, SPOILING, UNSENT, computed_properties, put_flags
from .reading import ReadMessage, put_later_moments, put_marks
from .recipients import USUAL
from .subjects import put_subject, with_parts

if TYPE_CHECKING:
    from .attachment import OpenAttachment

MAX_RECIPIENTS = 5_000
MAX_ATTACHMENTS = 1_024

BODIES: tuple[PropertyTag, ...] = (tags.PidTagBody, tags.PidTagHtml, tags.PidTagRtfCompressed)
RECIPIENTS, ATTACHMENTS = tags.PidTagMessageRecipients.id, tags.PidTagMessageAttachments.id
PARTS: frozenset[Key] = frozenset((RECIPIENTS, ATTACHMENTS))


class Mode(Enum):
    READ_ONLY = "cannot be saved"
    READ_WRITE = "can be saved"


@dataclass(frozen=True, slots=True)
class Imported:
    """A version that a client has made by itself, and brings ([MS-OXCFXICS] 3.2.5.9.4.2)."""

    keys: Keys
    modified: int | None
    number: MessageId | None
    """Of a new message, if the client has chosen it."""
    first: Callable[[Transaction], None]
    """At the moment when it is saved."""
    then: Callable[[Transaction, StoredMessage], None]
    """At that moment too, with what was saved."""
    is_new: bool = False
    """It was not here."""


def _nothing(*_: object) -> None:
    """Is to be done besides."""


MADE_HERE = Imported(NO_KEYS, None, None, _nothing, _nothing, is_new=True)
"""By the client that saves it."""


class Importing(Protocol):
    async def look_again(self, message: OpenMessage) -> None:
        """Before it is saved: others may have changed what is here. Raises RopError when nothing is to be saved."""

    def imported(self, message: OpenMessage) -> Imported:
        """When the client has told all of it; may make another version of `message`."""


class OpenMessage(PropertyHolder):
    """Of a folder, or within an attachment."""

    def __init__(
        self,
        logon: Logon,
        read: ReadMessage,
        mode: Mode,
        rights: Right,
        *,
        folder: FolderId | None = None,
        row: StoredMessage | None = None,
        associated: bool = False,
        within: OpenAttachment | None = None,
    ) -> None:
        """`row`: as it was when it was opened; None: it has not been saved. `within`: the attachment that it is in."""
        super().__init__(logon)
        self.read_from, self.mode, self.rights = read, mode, rights
        self.folder, self.row, self.associated, self.within = folder, row, associated, within
        self.changed: set[Key] = set()
        """Since it was opened; also the keys of `PARTS`."""
        self.importing: Importing | None = None
        """Of what a client brings that it has made by itself."""
        self.in_conflict = False
        """With what is here: whoever has another version gets this one whole ([MS-OXCFXICS] 2.2.4.3.11)."""
        self.spoilt = False
        """Something was to be set that is not a client's to say, and saving tells so."""
        self.recipient_columns = USUAL
        """Of rows of recipients, as the client was told them last."""
        self._last_attachment = -1

    @property
    def tree(self) -> Message:
        return self.read_from.tree

    @property
    def is_new(self) -> bool:
        return self.row is None

    @property
    def is_writable(self) -> bool:
        return self.mode is Mode.READ_WRITE

    def require_writable(self) -> None:
        if not self.is_writable:
            raise RopError(ErrorCode.ecAccessDenied)

    def require_not_submitted(self) -> None:
        """What waits to be sent must not become another until it is taken back."""
        if self.row is not None and value_of(self.tree.properties, tags.PidTagMessageFlags, 0) & SUBMITTED:
            raise RopError(ErrorCode.ecSubmitted)

    # properties
    async def read(self, wanted: Collection[Key] | None) -> Properties:
        found = dict(self.tree.properties)
        found |= computed_properties(self.tree, self.logon.mailbox, self.row, self.read_from.keys, self.rights)
        set_value(found, tags.PidTagAccessLevel, int(self.is_writable))
        if self.within is not None and self.within.attachment.embedded is not None:
            set_value(found, tags.PidTagMessageSize, weight_of_message(self.tree))
        return with_body(found, wanted)

    async def change(self, new: Properties, gone: Collection[Key]) -> Mapping[Key, ErrorCode]:
        self.require_writable()
        problems = self._refused(new, gone)
        accepted: Properties = {key: value for key, value in new.items() if key not in problems}
        removed = with_parts(gone) - problems.keys()
        properties = dict(self.tree.properties)
        without_other_bodies(properties, accepted)
        put_subject(properties, accepted)
        put_flags(properties, accepted)
        properties.update(accepted)
        for key in removed:
            properties.pop(key, None)
        self.memory.take(weight_of(properties) - weight_of(self.tree.properties))
        self.tree.properties = properties
        self.changed.update(accepted, removed)
        return problems

    def _refused(self, new: Properties, gone: Collection[Key]) -> dict[Key, ErrorCode]:
        locked = COMPUTED if self.is_new or self.importing is not None else COMPUTED | ONCE_SAVED
        problems: dict[Key, ErrorCode] = {key: ErrorCode.ecComputed for key in (*new, *gone) if key in locked}
        problems |= {key: ErrorCode.ecComputed for key in gone if key in ALWAYS_THERE}
        message_class = value_of(new, tags.PidTagMessageClass)
        if message_class is not None and not is_message_class(message_class):
            problems[tags.PidTagMessageClass.id] = ErrorCode.ecInvalidParameter
        return problems

    def tried(self, refused: Collection[Key]) -> None:
        """What a client brings from elsewhere may come with all that it had there."""
        strict = not self.is_new and self.importing is None
        self.spoilt = self.spoilt or (strict and any(key in SPOILING for key in refused))

    def marked(self, row: StoredMessage, status: int) -> None:
        """As read or unread, which receipts are still awaited, and whether it waits to be sent. What else has changed
        there since is not seen."""
        assert self.row is not None
        self.row = self.row._replace(flags=row.flags, modseq=row.modseq, marked_at=row.marked_at)
        put_later_moments(self.tree.properties, self.row)
        put_marks(self.tree.properties, row.flags, status)

    # recipients
    def require_room(self, new: Mapping[int, Recipient | None]) -> None:
        """For these, by their row ids; None: one goes."""
        there = {one.row_id for one in self.tree.recipients} | {row_id for row_id, one in new.items() if one}
        if len(there - {row_id for row_id, one in new.items() if one is None}) > MAX_RECIPIENTS:
            raise RopError(ErrorCode.ecTooManyRecips)

    def put_recipient(self, recipient: Recipient) -> None:
        """In place of the one with its row id."""
        self.remove_recipient(recipient.row_id)
        self.memory.take(weight_of(recipient.properties))
        self.tree.recipients.append(recipient)
        self.tree.recipients.sort(key=lambda one: one.row_id)
        self.changed.add(RECIPIENTS)

    def remove_recipient(self, row_id: int) -> None:
        gone = next((one for one in self.tree.recipients if one.row_id == row_id), None)
        if gone is not None:
            self.memory.take(-weight_of(gone.properties))
            self.tree.recipients.remove(gone)
        self.changed.add(RECIPIENTS)

    # attachments
    def has_attachment(self, number: int) -> bool:
        return any(one.number == number for one in self.tree.attachments)

    def attachment(self, number: int) -> Attachment:
        found = next((one for one in self.tree.attachments if one.number == number), None)
        if found is None:
            raise RopError(ErrorCode.ecNotFound)
        return found

    def next_attachment(self) -> int:
        """A number that none has, nor any that is being made."""
        if len(self.tree.attachments) >= MAX_ATTACHMENTS:
            raise RopError(ErrorCode.ecMaxAttachmentExceeded)
        self._last_attachment = max([self._last_attachment, *(one.number for one in self.tree.attachments)]) + 1
        return self._last_attachment

    def put_attachment(self, attachment: Attachment) -> None:
        others = [one for one in self.tree.attachments if one.number != attachment.number]
        before = sum(weight_of_attachment(one) for one in self.tree.attachments if one.number == attachment.number)
        self.memory.take(weight_of_attachment(attachment) - before)
        self.tree.attachments[:] = sorted([*others, attachment], key=lambda one: one.number)
        self.changed.add(ATTACHMENTS)

    def remove_attachment(self, number: int) -> None:
        gone = self.attachment(number)
        self.memory.take(-weight_of_attachment(gone))
        self.tree.attachments.remove(gone)
        self.changed.add(ATTACHMENTS)


def is_message_class(text: str) -> bool:
    """2.2.1.3."""
    return 0 < len(text) < 256 and text.isascii() and text.isprintable() and not text.endswith(".")


def initial_properties(logon: Logon, language: Language, code_page: int, search_key: bytes) -> Properties:
    """Of a message that a client begins (3.2.5.2). `code_page`: of its strings of 8 bits."""
    found: Properties = {}
    mailbox, now = logon.mailbox, file_time(logon.store.clock())
    user = AddressBookEntryId(mailbox.user_dn).format()
    for tag, value in (
        (tags.PidTagImportance, 1),
        (tags.PidTagSensitivity, 0),
        (tags.PidTagMessageClass, "IPM.Note"),
        (tags.PidTagMessageFlags, READ | UNSENT),
        (tags.PidTagMessageSize, 0),
        (tags.PidTagMessageStatus, 0),
        (tags.PidTagTrustSender, 1),
        (tags.PidTagCreationTime, now),
        (tags.PidTagLastModificationTime, now),
        (tags.PidTagLocalCommitTime, now),
        (tags.PidTagSearchKey, search_key),
        (tags.PidTagMessageLocaleId, language.locale),
        (tags.PidTagLocaleId, language.locale),
        (tags.PidTagMessageCodepage, language.code_page if code_page in OF_THE_LOGON else code_page),
        (tags.PidTagCreatorName, mailbox.user_name),
        (tags.PidTagCreatorEntryId, user),
        (tags.PidTagLastModifierName, mailbox.user_name),
        (tags.PidTagLastModifierEntryId, user),
    ):
        set_value(found, tag, value)
    return found
