"""What comes in – [MS-OXCFXICS] 3.2.5.8.2.

A message or attachment that is open gets what comes as if the client had set it, and is the client's to save. What
comes into a folder is made and saved as soon as it is whole.
"""

from __future__ import annotations

import secrets
from abc import abstractmethod
from collections.abc import Iterator

from posthouse.model.ids import FolderId
from posthouse.model.refusals import BadSyntax
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.lexer import Property
from posthouse.protocols.mapi.fast_transfer.parser import Parser
from posthouse.protocols.mapi.fast_transfer.parser.events import (
    Deleted,
    Embedded,
    Event,
    FolderBegins,
    FolderEnds,
    ListedRead,
)
from posthouse.protocols.mapi.fast_transfer.parser.folders import folder_content, top_folder
from posthouse.protocols.mapi.fast_transfer.parser.messages import attachment_content, message_content, message_list
from posthouse.protocols.mapi.objects import Attachment, Message, Properties, Recipient, set_value, value_of
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.rops.fast_transfer import SourceOperation
from posthouse.protocols.mapi.rops.folder import FolderType
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.creating import create, new_folder
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.memory import weight_of
from posthouse.servers.mapi.messages.attachment import OpenAttachment
from posthouse.servers.mapi.messages.message import Mode, OpenMessage, initial_properties
from posthouse.servers.mapi.messages.nesting import require_depth, require_depth_of
from posthouse.servers.mapi.messages.reading import ReadMessage
from posthouse.servers.mapi.messages.saving import save_message
from posthouse.servers.mapi.messages.writing import MAX_OBJECT
from posthouse.servers.mapi.owned import needed_to_make
from posthouse.servers.mapi.people import People
from posthouse.servers.mapi.properties.copying import ATTACHMENTS, RECIPIENTS
from posthouse.servers.mapi.session import Language, ServerObject

from .brought import as_kept, attachment_as_kept, message_as_kept, properties_as_kept, recipient_as_kept

MAX_PROPERTIES = 4 * 1024 * 1024
"""Bytes of a folder's, on their way."""


class Upload(ServerObject):
    """A context for RopFastTransferDestinationPutBuffer."""

    def __init__(self, target: PropertyHolder, parser: Parser) -> None:
        super().__init__(target.logon_id)
        self.target, self._parser = target, parser
        self._properties: Properties = {}
        self._failure: RopError | None = None
        self.memory = target.logon.memory.another()

    async def put(self, data: bytes) -> None:
        """What is wrong once stays wrong."""
        if self._failure is not None:
            raise self._failure
        try:
            self.memory.take(len(data))
            for event in self._events(data):
                await self._one(event)
            await self.pause()
        except RopError as failure:
            self._failure = failure
            raise

    def close(self) -> None:
        self.memory.give_back()

    def _events(self, data: bytes) -> Iterator[Event]:
        try:
            yield from self._parser.feed(data)
        except BadSyntax:
            raise RopError(ErrorCode.ecFormatError) from None

    async def _one(self, event: Event) -> None:
        if isinstance(event, Property):
            value = as_kept(event.key, Typed(event.tag.type, event.value))
            if value is not None:
                self._properties[event.key] = value
            return
        await self.settle()
        await self.on_event(event)

    async def settle(self) -> None:
        """The properties that have come so far are whole."""
        if self._properties:
            new, self._properties = self._properties, {}
            await self.on_properties(new)

    @abstractmethod
    async def on_properties(self, new: Properties) -> None: ...

    @abstractmethod
    async def on_event(self, event: Event) -> None: ...

    @abstractmethod
    async def pause(self) -> None:
        """The buffer is at its end."""


class ToObject(Upload):
    """An open message or attachment, whose memory counts what has come."""

    async def on_properties(self, new: Properties) -> None:
        await self.target.change(new, ())

    async def pause(self) -> None:
        await self.settle()
        self.memory.give_back()


class ToMessage(ToObject):
    def __init__(self, target: OpenMessage, code_page: int) -> None:
        super().__init__(target, Parser(message_content, code_page, MAX_OBJECT))
        self.message = target

    async def on_event(self, event: Event) -> None:
        message = self.message
        if isinstance(event, Recipient):
            message.put_recipient(recipient_as_kept(event))
        elif isinstance(event, Attachment):
            require_depth_of([event], message)
            message.put_attachment(attachment_as_kept(event, message.next_attachment()))
        elif isinstance(event, Deleted):
            self._drop(event.subobjects)

    def _drop(self, which: int) -> None:
        if which == RECIPIENTS:
            for recipient in list(self.message.tree.recipients):
                self.message.remove_recipient(recipient.row_id)
        elif which == ATTACHMENTS:
            for attachment in list(self.message.tree.attachments):
                self.message.remove_attachment(attachment.number)


class ToAttachment(ToObject):
    def __init__(self, target: OpenAttachment, code_page: int) -> None:
        super().__init__(target, Parser(attachment_content, code_page, MAX_OBJECT))
        self.attachment = target

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Embedded):
            require_depth(self.attachment.message, event.message)
            self.attachment.put_within(message_as_kept(event.message))


class ToFolder(Upload):
    """Messages and folders; of the folder itself, the properties."""

    def __init__(self, target: OpenFolder, people: People, language: Language, parser: Parser) -> None:
        super().__init__(target, parser)
        self._people, self._language = people, language
        self._path = [target]
        self._begins = False
        """A folder, whose properties are on their way."""

    async def pause(self) -> None:
        if weight_of(self._properties) > MAX_PROPERTIES:
            raise RopError(ErrorCode.ecMemory)

    async def settle(self) -> None:
        if self._begins:
            await self._make_folder()
        await super().settle()

    async def on_properties(self, new: Properties) -> None:
        """It keeps its name; what is the server's to set is passed over."""
        new.pop(tags.PidTagDisplayName.id, None)
        await self._path[-1].change(new, ())

    async def on_event(self, event: Event) -> None:
        if isinstance(event, FolderBegins) and event.top:  # it has no name (R1348): it is what the stream is for
            self._path.append(self._path[-1])
        elif isinstance(event, FolderBegins):
            self._begins = True
        elif isinstance(event, FolderEnds):
            self._path.pop()
        elif isinstance(event, ListedRead):
            await self._make_message(event)
        self.memory.give_back()

    async def _make_folder(self) -> None:
        self._begins = False
        parent, logon = self._path[-1], self.target.logon
        name, comment = (value_of(self._properties, tag, "") for tag in (tags.PidTagDisplayName, tags.PidTagComment))
        new = new_folder(FolderType.GENERIC, name, comment, open_existing=True, moment=logon.store.clock())
        made: FolderId = await logon.store.write(create, parent, new)
        self._path.append(OpenFolder(logon, made))

    async def _make_message(self, event: ListedRead) -> None:
        folder, logon = self._path[-1], self.target.logon
        facts = await logon.store.read(folder.require, needed_to_make(associated=event.associated))
        if facts.is_search:
            raise RopError(ErrorCode.ecSearchFolder)
        language = self._language
        initial = initial_properties(logon, language, language.code_page, secrets.token_bytes(16))
        set_value(initial, tags.PidTagMessageFlags, 0)
        message = OpenMessage(
            logon,
            ReadMessage(Message(initial), None),
            Mode.READ_WRITE,
            facts.rights | Right.WRITE,
            folder=folder.folder,
            associated=event.associated,
        )
        try:
            await message.change(properties_as_kept(event.message.properties), ())
            _put_parts(message, event.message)
            await save_message(message, self._people)
        finally:
            message.close()


def _put_parts(message: OpenMessage, brought: Message) -> None:
    require_depth_of(brought.attachments, message)
    for recipient in brought.recipients:
        message.put_recipient(recipient_as_kept(recipient))
    for part in brought.attachments:
        message.put_attachment(attachment_as_kept(part, message.next_attachment()))


def upload_to(target: ServerObject, operation: SourceOperation, people: People, language: Language) -> Upload:
    """By the object, and the operation that made the stream (R595 to R602)."""
    code_page = language.code_page
    whole = operation in (SourceOperation.COPY_TO, SourceOperation.COPY_PROPERTIES)
    if whole and isinstance(target, OpenMessage):
        target.require_writable()
        return ToMessage(target, code_page)
    if whole and isinstance(target, OpenAttachment):
        target.require_writable()
        return ToAttachment(target, code_page)
    root = folder_content if whole else _ROOTS.get(operation)
    if root is None:
        raise RopError(ErrorCode.ecInvalidParameter)
    if not isinstance(target, OpenFolder):
        raise RopError(ErrorCode.ecNotSupported)
    return ToFolder(target, people, language, Parser(root, code_page, MAX_OBJECT))


_ROOTS = {SourceOperation.COPY_MESSAGES: message_list, SourceOperation.COPY_FOLDER: top_folder}
