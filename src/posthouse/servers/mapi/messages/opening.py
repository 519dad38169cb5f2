"""Opening a message: what may be opened, how, and what is told of it at once – [MS-OXCMSG] 3.2.5.1, 3.2.5.7."""

from __future__ import annotations

from dataclasses import replace

from posthouse.database import Transaction
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.refusals import FolderNotFound, MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.rops.message import MessageOpenMode, OpenedMessage
from posthouse.protocols.mapi.rops.recipient import OpenRecipientRow
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.owned import rights_on_message
from posthouse.servers.mapi.people import People
from posthouse.store.blobs import Blobs
from posthouse.store.objects import StoredMessage, find_message

from .message import Mode, OpenMessage
from .reading import LARGE, ReadMessage, read_message
from .recipients import columns_of, format_recipient, recipient_type

UTF_16 = 1200
"""The code page told of recipients, whose strings are Unicode."""
MAX_ROWS = 254
"""Recipients of one response (2.2.3.6.2)."""
WRITE = Right.WRITE
"""Who may change flags may change messages: the store has one right for both."""


async def open_message(
    logon: Logon, people: People, folder: FolderId, message: MessageId, mode: MessageOpenMode
) -> OpenMessage:
    """ecNotFound also where it is not to be known of; ecAccessDenied."""
    row, rights = await logon.store.read(_find, logon, folder, message, mode)
    door = logon.store.scan if row.size > LARGE else logon.store.read
    read = await door(_read, logon.store.blobs, logon, row, people)
    return OpenMessage(
        logon, read, _mode(mode, row, rights), rights, folder=row.folder, row=row, associated=row.is_associated
    )


def _find(
    tx: Transaction, logon: Logon, folder: FolderId, message: MessageId, mode: MessageOpenMode
) -> tuple[StoredMessage, Right]:
    try:
        row = find_message(tx, logon.mailbox.account, message)
        of_folder = logon.rights_on(tx, row.folder)
    except (MessageNotFound, FolderNotFound):
        raise RopError(ErrorCode.ecNotFound) from None
    if row.folder != folder or not of_folder & Right.LOOKUP:
        raise RopError(ErrorCode.ecNotFound)
    if row.is_deleted and not mode & MessageOpenMode.OPEN_SOFT_DELETED:
        raise RopError(ErrorCode.ecNotFound)
    rights = rights_on_message(tx, logon, of_folder, row)
    if not rights & Right.READ:
        raise RopError(ErrorCode.ecAccessDenied)
    return row, rights


def _read(tx: Transaction, blobs: Blobs, logon: Logon, row: StoredMessage, people: People) -> ReadMessage:
    return read_message(tx, blobs, logon.mailbox.account, row, people.at(tx))


def _mode(mode: MessageOpenMode, row: StoredMessage, rights: Right) -> Mode:
    """Whoever may only read is told so at the best access when they save, as in Exchange since 2010 (2.2.3.1.1, note
    12). What has been deleted is only read."""
    asked = mode & MessageOpenMode.BEST_ACCESS
    if asked == MessageOpenMode.READ_WRITE and not rights & WRITE:
        raise RopError(ErrorCode.ecAccessDenied)
    return Mode.READ_WRITE if asked & MessageOpenMode.READ_WRITE and not row.is_deleted else Mode.READ_ONLY


async def told(message: OpenMessage, room: int) -> OpenedMessage:
    """With as many recipients as fit in so many bytes. Their columns are those of all rows that this handle reads
    later."""
    properties, recipients = message.tree.properties, message.tree.recipients
    subject = value_of(properties, tags.PidTagSubjectPrefix), value_of(properties, tags.PidTagNormalizedSubject)
    columns = message.recipient_columns = await columns_of(recipients, message.logon.names)
    head = OpenedMessage(_has_names(message), *subject, min(len(recipients), 0xFFFF), tuple(columns.tags), ())
    left = room - len(head.format())
    rows: list[OpenRecipientRow] = []
    for recipient in recipients[:MAX_ROWS]:
        row = OpenRecipientRow(recipient_type(recipient), UTF_16, 0, format_recipient(recipient, columns))
        left -= len(row.format())
        if left < 0:
            break
        rows.append(row)
    return replace(head, recipient_rows=tuple(rows))


def _has_names(message: OpenMessage) -> bool:
    return any(isinstance(key, PropertyName) for key in message.tree.properties)
