"""Opening, making and saving messages – [MS-OXCMSG] 3.2.5.1 to 3.2.5.3, 3.2.5.7."""

from __future__ import annotations

import secrets

from posthouse.database import Transaction
from posthouse.delivery.folder_assistant import FolderAssistant
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.rights import Right
from posthouse.protocols.mapi.code_pages import codec_of
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.objects import Message
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.message import (
    OF_THE_LOGON,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
    RopReloadCachedInformationRequest,
    RopReloadCachedInformationResponse,
    RopSaveChangesMessageRequest,
    RopSaveChangesMessageResponse,
    SaveFlags,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError, saving_refused
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.memory import weight_of_message
from posthouse.servers.mapi.messages.message import MADE_HERE, Mode, OpenMessage, initial_properties
from posthouse.servers.mapi.messages.opening import open_message, told
from posthouse.servers.mapi.messages.posting import begin_posting
from posthouse.servers.mapi.messages.reading import ReadMessage
from posthouse.servers.mapi.messages.saving import prepare_saving
from posthouse.servers.mapi.owned import needed_to_make
from posthouse.servers.mapi.people import People
from posthouse.store.objects import StoredMessage

from .processor import Call, Handler

OPENED = 6
"""Bytes of a response before what is told of the message."""
LEAST = 64
"""Bytes of room without which nothing is opened: subjects come on top."""
TOGETHER = SaveFlags.KEEP_OPEN_READ_ONLY | SaveFlags.KEEP_OPEN_READ_WRITE


class MessageRops:
    """One for a worker."""

    def __init__(self, people: People, assistant: FolderAssistant) -> None:
        self._people, self._assistant = people, assistant

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopOpenMessageRequest: self.open_message,
            RopCreateMessageRequest: create_message,
            RopSaveChangesMessageRequest: self.save_changes_message,
            RopReloadCachedInformationRequest: reload_cached_information,
        }

    async def open_message(self, call: Call, rop: RopOpenMessageRequest) -> bytes:
        """3.2.5.1, on a folder or a logon."""
        logon = logon_of_parent(call, rop)
        codec = message_codec(rop.code_page_id)
        number, folder = own(rop.message_id), own(rop.folder_id)
        opened = await open_message(logon, self._people, FolderId(folder), MessageId(number), rop.open_mode_flags)
        opened.codec = codec
        response = RopOpenMessageResponse(rop.output_handle_index, await told(opened, call.room - OPENED)).format()
        call.require(len(response))
        opened.memory.take(weight_of_message(opened.tree))
        call.put(rop.output_handle_index, opened)
        return response

    async def save_changes_message(self, call: Call, rop: RopSaveChangesMessageRequest) -> bytes:
        """3.2.5.3. The index behind LogonId is of the folder, or of the attachment that the message is in. That the
        handle is to be for reading from then on is passed over, as in Exchange since 2010 (2.2.3.3.1, note 13)."""
        message = message_of(call, rop)
        if rop.save_flags & TOGETHER == TOGETHER:
            raise RopError(ErrorCode.ecNotSupported)  # R373
        if message.mode is Mode.READ_ONLY or message.spoilt:
            raise RopError(ErrorCode.ecError)  # R1699, R1644
        message.require_not_submitted()
        await message.settle()
        if message.within is not None:
            message.within.put_embedded(message)
            number = 0
        else:
            number = (await self._save(message, force=SaveFlags.FORCE_SAVE in rop.save_flags)).id
        saved = ObjectId(OWN_REPLICA, number)
        return RopSaveChangesMessageResponse(rop.handle_index, rop.input_handle_index, saved).format()

    async def _save(self, message: OpenMessage, *, force: bool) -> StoredMessage:
        if message.importing is not None:
            await message.importing.look_again(message)
        brought = MADE_HERE if message.importing is None else message.importing.imported(message)
        posting = await begin_posting(message, self._assistant) if message.is_new and brought.is_new else None
        chosen = brought.keys, brought.number, brought.modified
        saving = await prepare_saving(message, self._people, *chosen, force=force)
        new = saving.content
        if posting is not None and new is not None:
            await posting.write(message, new)

        def write(tx: Transaction) -> StoredMessage:
            with saving_refused():
                brought.first(tx)
                row = saving.write(tx)
                brought.then(tx, row)
            if posting is not None and new is not None:
                posting.carry_out(tx, new, row)
            return row

        row = await message.logon.store.write(write)
        saving.done(row)
        message.importing = None
        return row


async def create_message(call: Call, rop: RopCreateMessageRequest) -> bytes:
    """3.2.5.2: its id is told when it is saved. A search folder has messages of others; its own are associated ones."""
    logon = logon_of_parent(call, rop)
    codec = message_codec(rop.code_page_id)
    folder = OpenFolder(logon, FolderId(own(rop.folder_id)))

    def rights(tx: Transaction) -> Right:
        facts = folder.require(tx, needed_to_make(associated=rop.associated_flag))
        if facts.is_search and not rop.associated_flag:
            raise RopError(ErrorCode.ecSearchFolder)
        return facts.rights

    granted = await logon.store.read(rights)
    new = initial_properties(logon, call.session.language, rop.code_page_id, secrets.token_bytes(16))
    made = OpenMessage(
        logon,
        ReadMessage(Message(new), None),
        Mode.READ_WRITE,
        granted | Right.WRITE,
        folder=folder.folder,
        associated=rop.associated_flag,
    )
    made.codec = codec
    call.put(rop.output_handle_index, made)
    return RopCreateMessageResponse(rop.output_handle_index).format()


async def reload_cached_information(call: Call, rop: RopReloadCachedInformationRequest) -> bytes:
    """3.2.5.7: as this handle sees it."""
    message = message_of(call, rop)
    return RopReloadCachedInformationResponse(rop.handle_index, await told(message, call.room - OPENED)).format()


def message_of(call: Call, rop: RopRequest) -> OpenMessage:
    found = call.object(rop)
    if not isinstance(found, OpenMessage):
        raise RopError(ErrorCode.ecNullObject)
    return found


def logon_of_parent(call: Call, rop: RopRequest) -> Logon:
    """Of what a message is opened or made through: a folder or the logon itself."""
    found = call.object(rop)
    if isinstance(found, OpenFolder):
        return found.logon
    if isinstance(found, Logon):
        return found
    raise RopError(ErrorCode.ecNullObject)


def own(id: ObjectId) -> int:
    """The counter of one of this mailbox."""
    if id.replica != OWN_REPLICA:
        raise RopError(ErrorCode.ecNotFound)
    return id.counter


def message_codec(number: int) -> str | None:
    """Of a message's strings of 8 bits; None: the logon's, which is its folder's. ecUnknownCodePage."""
    codec = codec_of(number)
    if codec is None and number not in OF_THE_LOGON:
        raise RopError(ErrorCode.ecUnknownCodePage)
    return codec
