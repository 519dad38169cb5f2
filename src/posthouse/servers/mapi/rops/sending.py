"""Operations that send – [MS-OXOMSG] 3.2.5, [MS-OXCROPS] 3.2.5."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.refusals import FolderNotFound, MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId, read_object_id
from posthouse.protocols.mapi.mime.people import SENDER, SENT_REPRESENTING
from posthouse.protocols.mapi.objects import set_value, value_of
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.sending import (
    RopAbortSubmitRequest,
    RopGetAddressTypesRequest,
    RopGetAddressTypesResponse,
    RopGetTransportFolderRequest,
    RopGetTransportFolderResponse,
    RopOptionsDataRequest,
    RopOptionsDataResponse,
    RopSetSpoolerRequest,
    RopSetSpoolerResponse,
    RopSpoolerLockMessageRequest,
    RopSpoolerLockMessageResponse,
    RopSubmitMessageRequest,
    RopSubmitMessageResponse,
    RopTransportNewMailRequest,
    RopTransportNewMailResponse,
    RopTransportSendRequest,
    RopTransportSendResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.messages.message import Mode, OpenMessage
from posthouse.servers.mapi.messages.properties import READ, UNSENT
from posthouse.servers.mapi.messages.reading import ReadMessage
from posthouse.servers.mapi.messages.saving import save_message
from posthouse.servers.mapi.messages.sending import Posting
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.deletion import choose_one, delete_for_good
from posthouse.store.folders import load_folder
from posthouse.store.objects import find_message

from .logon import logon_of
from .message import message_of, own
from .processor import Call, Handler

SUBMITTED = 0x4
"""PidTagMessageFlags."""
TYPES = (b"EX", b"SMTP")
WRITABLE = Right.INSERT | Right.WRITE
_SENDERS: tuple[PropertyTag, ...] = (*SENDER, *SENT_REPRESENTING)
_TOLD: tuple[PropertyTag, ...] = (*_SENDERS, tags.PidTagClientSubmitTime, tags.PidTagProviderSubmitTime)


class SendingRops:
    """One for a worker."""

    def __init__(self, posting: Posting) -> None:
        self._posting = posting

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopSubmitMessageRequest: self.submit_message,
            RopTransportSendRequest: self.transport_send,
            RopAbortSubmitRequest: abort_submit,
            RopGetAddressTypesRequest: get_address_types,
            RopSetSpoolerRequest: set_spooler,
            RopSpoolerLockMessageRequest: spooler_lock_message,
            RopTransportNewMailRequest: transport_new_mail,
            RopGetTransportFolderRequest: get_transport_folder,
            RopOptionsDataRequest: options_data,
        }

    async def submit_message(self, call: Call, rop: RopSubmitMessageRequest) -> bytes:
        """[MS-OXOMSG] 3.2.5.1. The message leaves the folder that it was written in: a copy is where its sender wants
        one to be, by default in Sent Items."""
        message = _submittable(call, rop)
        await self._posting.send(message, call.session.login)
        if value_of(message.tree.properties, tags.PidTagDeleteAfterSubmit):
            await _delete(message)
        else:
            await self._keep_copy(message)
        message.mode = Mode.READ_ONLY
        return RopSubmitMessageResponse(rop.handle_index).format()

    async def _keep_copy(self, message: OpenMessage) -> None:
        logon, tree = message.logon, message.tree
        target = await logon.store.read(_target, message)
        told = value_of(tree.properties, tags.PidTagMessageFlags, 0)
        set_value(tree.properties, tags.PidTagMessageFlags, told & ~(UNSENT | SUBMITTED) | READ)
        copy = OpenMessage(logon, ReadMessage(tree, None), Mode.READ_WRITE, WRITABLE, folder=target)
        await save_message(copy, self._posting.people, first=lambda tx: _forget(tx, message))

    async def transport_send(self, call: Call, rop: RopTransportSendRequest) -> bytes:
        """3.2.5.2: the client keeps its own copy."""
        message = _submittable(call, rop)
        await self._posting.send(message, call.session.login)
        await _delete(message)
        message.mode = Mode.READ_ONLY
        properties = message.tree.properties
        told = [TaggedValue(tag, value_of(properties, tag)) for tag in _TOLD if value_of(properties, tag) is not None]
        return RopTransportSendResponse(rop.handle_index, False, tuple(told)).format()


def _submittable(call: Call, rop: RopRequest) -> OpenMessage:
    message = message_of(call, rop)
    if message.within is not None or message.associated:
        raise RopError(ErrorCode.ecNotSupported)
    message.require_writable()
    return message


async def _delete(message: OpenMessage) -> None:
    if message.row is not None:
        await message.logon.store.write(_forget, message)


def _forget(tx: Transaction, message: OpenMessage) -> None:
    """What was saved of it."""
    if message.row is not None:
        delete_for_good(tx, message.logon.mailbox.account, message.row.folder, choose_one(message.row))


def _target(tx: Transaction, message: OpenMessage) -> FolderId:
    """Where the copy goes: the folder that PidTagSentMailSvrEID names, if it is one that this client may fill."""
    logon = message.logon
    default = logon.mailbox.folders[Special.SENT_ITEMS]
    told = value_of(message.tree.properties, tags.PidTagSentMailSvrEID)
    if not told or len(told) < 9 or told[0] != 1:
        return default
    wanted = read_object_id(Reader(told, 1))
    if wanted.replica != OWN_REPLICA:
        return default
    folder = FolderId(wanted.counter)
    try:
        load_folder(tx, logon.mailbox.account, folder)
    except FolderNotFound:
        return default
    return folder if logon.rights_on(tx, folder) & Right.INSERT else default


async def abort_submit(call: Call, rop: RopAbortSubmitRequest) -> bytes:
    """3.2.5.3: what was submitted has gone at once, so there is nothing that could be aborted."""
    logon = logon_of(call, rop)
    try:
        await logon.store.read(find_message, logon.mailbox.account, MessageId(own(rop.message_id)))
    except MessageNotFound:
        raise RopError(ErrorCode.ecNotFound) from None
    raise RopError(ErrorCode.ecUnableToAbort)


async def get_address_types(call: Call, rop: RopGetAddressTypesRequest) -> bytes:
    logon_of(call, rop)
    return RopGetAddressTypesResponse(rop.handle_index, TYPES).format()


async def set_spooler(call: Call, rop: RopSetSpoolerRequest) -> bytes:
    logon_of(call, rop)
    return RopSetSpoolerResponse(rop.handle_index).format()


async def spooler_lock_message(call: Call, rop: RopSpoolerLockMessageRequest) -> bytes:
    """No queue of a client's is kept here: nobody else takes what it takes."""
    logon_of(call, rop)
    return RopSpoolerLockMessageResponse(rop.handle_index).format()


async def transport_new_mail(call: Call, rop: RopTransportNewMailRequest) -> bytes:
    logon_of(call, rop)
    return RopTransportNewMailResponse(rop.handle_index).format()


async def get_transport_folder(call: Call, rop: RopGetTransportFolderRequest) -> bytes:
    """The Outbox."""
    outbox = logon_of(call, rop).mailbox.folders[Special.OUTBOX]
    return RopGetTransportFolderResponse(rop.handle_index, ObjectId(OWN_REPLICA, outbox)).format()


async def options_data(call: Call, rop: RopOptionsDataRequest) -> bytes:
    """There are no options."""
    logon_of(call, rop)
    return RopOptionsDataResponse(rop.handle_index, 1).format()
