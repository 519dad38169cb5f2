"""What goes out – [MS-OXCFXICS] 3.2.5.8.1.

Of open messages and attachments it is what their handles see; what is in folders is read as it is sent. What the client
may not see is left out, with a warning in its place (R2088, R3438). A folder that was deleted, and that somebody opened
as such, has what was deleted in it, and is never mixed with what is there (R1295, R387).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from posthouse.database import Transaction
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.refusals import MessageNotFound
from posthouse.model.rights import ALL_RIGHTS, OF_MESSAGES, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.chunker import Steps
from posthouse.protocols.mapi.fast_transfer.elements.folders import FolderContent, folder_content, top_folder
from posthouse.protocols.mapi.fast_transfer.elements.messages import (
    Children,
    ListedMessage,
    attachment_content,
    message_content,
    message_list,
)
from posthouse.protocols.mapi.fast_transfer.pieces import Piece
from posthouse.protocols.mapi.fast_transfer.structures import ExtendedErrorInfo
from posthouse.protocols.mapi.fast_transfer.writer import Writer
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.objects import Attachment, Key, Message, Properties, set_value, value_of
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.folders.copying import ASSOCIATED, CONTENTS, HIERARCHY
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.messages.attachment import OpenAttachment, copy_attachment
from posthouse.servers.mapi.messages.message import OpenMessage
from posthouse.servers.mapi.messages.properties import computed_properties
from posthouse.servers.mapi.messages.reading import read_message
from posthouse.servers.mapi.people import People
from posthouse.servers.mapi.properties.copying import ATTACHMENTS, RECIPIENTS, WITHIN
from posthouse.servers.mapi.properties.selection import Selection
from posthouse.servers.mapi.special_folders import Special, own_folder, stored_parent
from posthouse.servers.mapi.synchronization.broken import BROKEN, in_place_of
from posthouse.servers.mapi.synchronization.download import Make, Reading
from posthouse.servers.mapi.synchronization.hierarchy import NOT_OF_FOLDERS
from posthouse.servers.mapi.synchronization.selection import NEVER
from posthouse.store.deletion import deleted_folders
from posthouse.store.folder_tree import names_below
from posthouse.store.objects import DELETED, DELETED_ASSOCIATED, find_message, list_aside
from posthouse.store.synchronizing import present_messages

ORIGINAL_ENTRY_ID = PropertyTag(0x3A12, PropertyType.BINARY)
"""PidTagOriginalEntryId (2.2.1.2.9)."""
_VERSION: frozenset[Key] = frozenset(
    tag.id
    for tag in (
        *(tags.PidTagSourceKey, tags.PidTagParentSourceKey, tags.PidTagChangeKey, tags.PidTagPredecessorChangeList),
        tags.PidTagLastModificationTime,
    )
)
"""Which object it is, and which version (R3132 to R3134)."""
EVERYTHING = Selection(None)
Listed = ListedMessage | ExtendedErrorInfo


async def from_message(message: OpenMessage, chosen: Selection) -> Make:
    properties = _sent(chosen.of(await message.current(chosen.keys)), versions=False)
    attachments = [copy_attachment(one) for one in message.tree.attachments]
    content = Message(properties, list(message.tree.recipients), attachments)
    parts = Children(chosen.takes_part(RECIPIENTS, False), chosen.takes_part(ATTACHMENTS, False))
    return lambda reading, writer, steps: message_content(writer, content, parts)


async def from_attachment(attachment: OpenAttachment, chosen: Selection) -> Make:
    await attachment.settle()
    made = copy_attachment(attachment.attachment)
    embedded = made.embedded if chosen.takes_part(WITHIN, False) else None
    content = Attachment(made.number, chosen.of(made.properties), embedded)
    return lambda reading, writer, steps: attachment_content(writer, content)


def from_folder(source: Source, folder: OpenFolder, chosen: Selection) -> Make:
    def make(reading: Reading, writer: Writer, steps: Steps) -> Iterator[Piece]:
        yield from folder_content(writer, source.folder(reading, folder.folder, chosen))

    return make


def from_top_folder(source: Source, folder: OpenFolder, *, recursive: bool) -> Make:
    chosen = EVERYTHING if recursive else replace(EVERYTHING, without=(HIERARCHY,))

    def make(reading: Reading, writer: Writer, steps: Steps) -> Iterator[Piece]:
        yield from top_folder(writer, source.folder(reading, folder.folder, chosen))

    return make


def from_messages(source: Source, wanted: Sequence[tuple[MessageId, FolderId]]) -> Make:
    """`wanted`: with the folders in which they are expected; 0: in none."""
    return lambda reading, writer, steps: message_list(writer, source.messages(reading, wanted))


@dataclass(frozen=True, slots=True)
class Source:
    logon: Logon
    people: People
    moves: bool
    versions: bool = False
    recovers: bool = False
    """The client can do without a message that cannot be read (SendOptions.RECOVER_MODE)."""
    deleted: bool = False
    """Of folders that were deleted."""

    @property
    def needed(self) -> Right:
        """To get a message: what is to be moved must be one's own to delete (R2091)."""
        return Right.READ | OF_MESSAGES if self.moves else Right.READ

    def messages(self, reading: Reading, wanted: Iterable[tuple[MessageId, FolderId]]) -> Iterator[Listed]:
        return (self._listed(reading.tx, *one) for one in wanted)

    def _listed(self, tx: Transaction, number: MessageId, folder: FolderId) -> Listed:
        try:
            return self._message(tx, number, folder)
        except BROKEN as error:
            return in_place_of(self.logon, folder, number, error, recovers=self.recovers)

    def _message(self, tx: Transaction, number: MessageId, folder: FolderId) -> ListedMessage:
        mid, account = ObjectId(OWN_REPLICA, number), self.logon.mailbox.account
        try:
            row = find_message(tx, account, number)
        except MessageNotFound:
            return ListedMessage(mid, None, warning=ErrorCode.ecNotFound)
        if row.folder != folder or row.is_deleted is not self.deleted:
            return ListedMessage(mid, None, warning=ErrorCode.ecNotFound)
        if self.needed & ~self.logon.rights_on(tx, folder):
            return ListedMessage(mid, None, warning=ErrorCode.ecAccessDenied)
        read = read_message(tx, self.logon.store.blobs, account, row, self.people.at(tx))
        computed = computed_properties(read.tree, self.logon.mailbox, row, read.keys, ALL_RIGHTS)
        found = read.tree.properties | computed
        if self.versions:
            set_value(found, ORIGINAL_ENTRY_ID, self.logon.identity.message_entry_id(row.folder, row.id))
        content = Message(_sent(found, versions=self.versions), read.tree.recipients, read.tree.attachments)
        return ListedMessage(mid, content, row.is_associated)

    def folder(self, reading: Reading, number: FolderId, chosen: Selection) -> FolderContent:
        opened = OpenFolder(self.logon, number, deleted=self.deleted)
        facts, properties = opened.facts(reading.tx), chosen.of(opened.properties(reading.tx))
        may = not self.needed & ~facts.rights
        without = facts.is_search or not may
        return FolderContent(
            ObjectId(OWN_REPLICA, number),
            facts.name if chosen.takes(tags.PidTagDisplayName.id) else None,
            str(value_of(properties, tags.PidTagComment, "")) if chosen.takes(tags.PidTagComment.id) else None,
            {key: value for key, value in properties.items() if key not in NOT_OF_FOLDERS and key not in _VERSION},
            self._list(reading, number, chosen, ASSOCIATED, nothing=without),
            self._list(reading, number, chosen, CONTENTS, nothing=without),
            self._below(reading, number) if chosen.takes_part(HIERARCHY, False) else None,
            warning=None if may else ErrorCode.ecAccessDenied,
        )

    def _list(
        self, reading: Reading, folder: FolderId, chosen: Selection, which: int, *, nothing: bool
    ) -> Iterable[Listed] | None:
        """`which`: by the property that stands for the list."""
        if not chosen.takes_part(which, False):
            return None
        return () if nothing else self._contents(reading, folder, associated=which == ASSOCIATED)

    def _contents(self, reading: Reading, folder: FolderId, *, associated: bool) -> Iterator[Listed]:
        tx, account = reading.tx, self.logon.mailbox.account
        if self.deleted:
            ids = [one.id for one in list_aside(tx, account, folder, DELETED_ASSOCIATED if associated else DELETED)]
        else:
            present = present_messages(tx, account, folder, normal=not associated, associated=associated)
            ids = sorted(one.id for one in present)
        yield from self.messages(reading, ((number, folder) for number in ids))

    def _below(self, reading: Reading, folder: FolderId) -> Iterator[FolderContent]:
        account = self.logon.mailbox.account
        if self.deleted:
            for one in deleted_folders(reading.tx, account, folder):
                yield self.folder(reading, one.folder.id, EVERYTHING)
            return
        below = names_below(reading.tx, account, stored_parent(folder))
        for _, child in sorted(below.items()):
            if child != own_folder(Special.ROOT) and self.logon.rights_on(reading.tx, child) & Right.LOOKUP:
                yield self.folder(reading, child, EVERYTHING)


def _sent(properties: Properties, *, versions: bool) -> Properties:
    """What has a meaning elsewhere."""
    without = NEVER if versions else NEVER | _VERSION
    return {key: value for key, value in properties.items() if key not in without}
