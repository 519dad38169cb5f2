"""What somebody posts into a public folder, and what the folder's rules do with it – [MS-OXORULE] 3.2.5.1."""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.delivery.folder_assistant import FolderAssistant, Judged, Post
from posthouse.directory import parse_address
from posthouse.model.ids import FolderId
from posthouse.model.refusals import FolderNotFound
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Message, set_value, value_of
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.store.content import NewContent
from posthouse.store.deletion import choose_one, delete_for_good
from posthouse.store.folders import PUBLIC, load_folder
from posthouse.store.objects import StoredMessage

from .message import OpenMessage
from .properties import READ


@dataclass(frozen=True, slots=True)
class Posting:
    """A message that is about to be saved, in a folder with rules."""

    assistant: FolderAssistant
    judged: Judged

    async def write(self, message: OpenMessage, new: NewContent) -> None:
        """What goes out, ahead of the transaction. `new`: what is posted."""
        await message.logon.store.read(self.assistant.write, self.judged, new)

    def carry_out(self, tx: Transaction, new: NewContent, row: StoredMessage) -> None:
        """It has just been saved, in this transaction."""
        self.assistant.carry_out(tx, self.judged, new)
        if self.judged.is_deleted:
            delete_for_good(tx, PUBLIC, row.folder, choose_one(row))


async def begin_posting(message: OpenMessage, assistant: FolderAssistant) -> Posting | None:
    """Of a new message, which becomes what the rules make of it; None where there are none. ecAccessDenied when they
    send it back."""
    logon = message.logon
    if not logon.mailbox.is_public or message.associated or message.folder is None:
        return None
    tree = message.tree
    seen = Message(await message.read(None), tree.recipients, tree.attachments)
    judged = await logon.store.read(_judge, logon, message.folder, seen, assistant)
    if judged is None:
        return None
    filing, properties = judged.filing, tree.properties
    if filing.refusal is not None:
        raise RopError(ErrorCode.ecAccessDenied)
    properties.update(filing.tagged)
    message.changed.update(filing.tagged)
    if filing.read:
        set_value(properties, tags.PidTagMessageFlags, value_of(properties, tags.PidTagMessageFlags, 0) | READ)
    return Posting(assistant, judged)


def _judge(tx: Transaction, logon: Logon, folder: FolderId, seen: Message, assistant: FolderAssistant) -> Judged | None:
    try:
        name = load_folder(tx, PUBLIC, folder).name
    except FolderNotFound:
        return None
    author = parse_address(logon.mailbox.address)
    return assistant.judge(tx, Post(folder, name, author, seen, logon.store.now()))
