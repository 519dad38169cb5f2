"""Operations that send – [MS-OXOMSG] 3.3.5, [MS-OXCROPS] 3.2.5."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import MessageId
from posthouse.model.refusals import FolderNotFound, MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.mime.people import SENDER, SENT_REPRESENTING
from posthouse.protocols.mapi.objects import set_value, value_of
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.sending import (
    RopAbortSubmitRequest,
    RopAbortSubmitResponse,
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
from posthouse.queue import withdraw as withdraw_queued
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.messages.attachment import copy_message
from posthouse.servers.mapi.messages.letter import Letter
from posthouse.servers.mapi.messages.message import Mode, OpenMessage
from posthouse.servers.mapi.messages.properties import READ, UNSENT
from posthouse.servers.mapi.messages.reading import ReadMessage
from posthouse.servers.mapi.messages.saving import prepare_saving, require_right
from posthouse.servers.mapi.messages.sending import Posting, Settle
from posthouse.servers.mapi.special_folders import Special
from posthouse.servers.mapi.synchronization.sent import Destination, destination_of
from posthouse.store.deletion import choose_one, delete_for_good
from posthouse.store.message_status import SUBMITTED, load_status
from posthouse.store.objects import StoredMessage, find_message
from posthouse.store.submissions import file_submitted, note_submission, queued_as, withdraw

from .logon import private_logon_of
from .message import message_of, own
from .processor import Call, Handler

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
        """[MS-OXOMSG] 3.3.5.1. The message leaves the folder that it was written in, and a copy is where its sender
        wants one to be; where nobody has said anything, it stays. One that is to go later stays until then."""
        message = _submittable(call, rop)
        await message.settle()
        letter = await self._posting.write(message, call.session.login)
        target = await message.logon.store.read(destination_of, message)
        settle = await (self._waiting(message, target, letter) if letter.release else self._sent(message, target))
        await self._posting.send(letter, settle)
        message.mode = Mode.READ_ONLY
        told = value_of(message.tree.properties, tags.PidTagMessageFlags, 0)
        set_value(message.tree.properties, tags.PidTagMessageFlags, told | SUBMITTED)
        return RopSubmitMessageResponse(rop.handle_index).format()

    async def _sent(self, message: OpenMessage, target: Destination | None) -> Settle:
        """It goes; a copy is in `target`."""
        if target == (message.folder, None):
            return await self._staying(message)
        saving = None
        if target is not None:
            tree = copy_message(message.tree)
            tree.properties.pop(tags.PidTagTargetEntryId.id, None)
            told = value_of(tree.properties, tags.PidTagMessageFlags, 0)
            set_value(tree.properties, tags.PidTagMessageFlags, told & ~(UNSENT | SUBMITTED) | READ)
            copy = OpenMessage(message.logon, ReadMessage(tree, None), Mode.READ_WRITE, WRITABLE, folder=target.folder)
            saving = await prepare_saving(copy, self._posting.people, own=True, number=target.number)

        def settle(tx: Transaction, _: int | None) -> None:
            _forget(tx, message)
            if saving is not None:
                saving.write(tx)

        return settle

    async def _staying(self, message: OpenMessage) -> Settle:
        """It goes, and is where it was, as what was sent."""
        saving = await prepare_saving(message, self._posting.people, own=True)
        account, now = message.logon.mailbox.account, message.logon.store.now()

        def settle(tx: Transaction, _: int | None) -> None:
            require_right(tx, message)
            file_submitted(tx, account, saving.write(tx), None, now)

        return settle

    async def _waiting(self, message: OpenMessage, target: Destination | None, letter: Letter) -> Settle:
        """It stays as it is now, until it goes to `target`."""
        folder = None if target is None else target.folder
        saving = await prepare_saving(message, self._posting.people, own=True)
        account = message.logon.mailbox.account

        def settle(tx: Transaction, queue_id: int | None) -> None:
            require_right(tx, message)
            row = saving.write(tx)
            if queue_id is not None:
                note_submission(tx, account, row, queue_id, folder, letter.form)

        return settle

    async def transport_send(self, call: Call, rop: RopTransportSendRequest) -> bytes:
        """3.3.5.1.2: the client keeps its own copy."""
        message = _submittable(call, rop)
        await message.settle()
        letter = await self._posting.write(message, call.session.login)
        await self._posting.send(letter, lambda tx, _: _forget(tx, message))
        message.mode = Mode.READ_ONLY
        properties = message.tree.properties
        told = [TaggedValue(tag, value_of(properties, tag)) for tag in _TOLD if value_of(properties, tag) is not None]
        return RopTransportSendResponse(rop.handle_index, False, tuple(told)).format()


def _submittable(call: Call, rop: RopRequest) -> OpenMessage:
    message = message_of(call, rop)
    if message.within is not None or message.associated or message.logon.mailbox.is_public:
        raise RopError(ErrorCode.ecNotSupported)
    message.require_not_submitted()
    message.require_writable()
    return message


def _forget(tx: Transaction, message: OpenMessage) -> None:
    """What was saved of it: as it is known here, or it has been sent already."""
    require_right(tx, message)
    if message.row is None:
        return
    account = message.logon.mailbox.account
    try:
        row = find_message(tx, account, message.row.id)
    except MessageNotFound:
        raise RopError(ErrorCode.ecObjectDeleted) from None
    if row.change_number != message.row.change_number:
        raise RopError(ErrorCode.ecObjectModified)
    delete_for_good(tx, account, row.folder, choose_one(row))


async def abort_submit(call: Call, rop: RopAbortSubmitRequest) -> bytes:
    """3.3.5.2: of a message that waits for its time; what was to go at once has gone. Who has it open hears that it
    waits no more."""
    logon = private_logon_of(call, rop)

    def abort(tx: Transaction) -> tuple[StoredMessage, int]:
        account, row = logon.mailbox.account, _waiting_in(tx, logon, rop)
        queue_id = queued_as(tx, account, row.id)
        if queue_id is None:
            raise RopError(ErrorCode.ecNotInQueue)
        if not withdraw_queued(tx, queue_id, logon.store.now()):
            raise RopError(ErrorCode.ecUnableToAbort)
        withdraw(tx, account, row)
        return find_message(tx, account, row.id), load_status(tx, account, row.id)

    row, status = await logon.store.write(abort)
    for one in call.session.objects():
        if isinstance(one, OpenMessage) and one.row is not None and one.row.id == row.id and _same(one.logon, logon):
            one.marked(row, status)
    return RopAbortSubmitResponse(rop.handle_index).format()


def _same(one: Logon, other: Logon) -> bool:
    return one.mailbox.account == other.mailbox.account


def _waiting_in(tx: Transaction, logon: Logon, rop: RopAbortSubmitRequest) -> StoredMessage:
    try:
        row = find_message(tx, logon.mailbox.account, MessageId(own(rop.message_id)))
        rights = logon.rights_on(tx, row.folder)
    except (MessageNotFound, FolderNotFound):
        raise RopError(ErrorCode.ecNotFound) from None
    if row.folder != own(rop.folder_id) or row.is_deleted or not rights & Right.LOOKUP:
        raise RopError(ErrorCode.ecNotFound)
    if not rights & Right.WRITE:
        raise RopError(ErrorCode.ecAccessDenied)
    return row


async def get_address_types(call: Call, rop: RopGetAddressTypesRequest) -> bytes:
    private_logon_of(call, rop)
    return RopGetAddressTypesResponse(rop.handle_index, TYPES).format()


async def set_spooler(call: Call, rop: RopSetSpoolerRequest) -> bytes:
    private_logon_of(call, rop)
    return RopSetSpoolerResponse(rop.handle_index).format()


async def spooler_lock_message(call: Call, rop: RopSpoolerLockMessageRequest) -> bytes:
    """No queue of a client's is kept here: nobody else takes what it takes."""
    private_logon_of(call, rop)
    return RopSpoolerLockMessageResponse(rop.handle_index).format()


async def transport_new_mail(call: Call, rop: RopTransportNewMailRequest) -> bytes:
    private_logon_of(call, rop)
    return RopTransportNewMailResponse(rop.handle_index).format()


async def get_transport_folder(call: Call, rop: RopGetTransportFolderRequest) -> bytes:
    """The Outbox."""
    outbox = private_logon_of(call, rop).mailbox.folders[Special.OUTBOX]
    return RopGetTransportFolderResponse(rop.handle_index, ObjectId(OWN_REPLICA, outbox)).format()


async def options_data(call: Call, rop: RopOptionsDataRequest) -> bytes:
    """There are no options."""
    private_logon_of(call, rop)
    return RopOptionsDataResponse(rop.handle_index, 1).format()
