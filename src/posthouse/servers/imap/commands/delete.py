"""DELETE – RFC 9051 §6.3.5. A mailbox with others below it stays, with its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import FolderInUse
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.delete import Delete
from posthouse.store.folders import delete_folder, find_folder

from ..replies import COMPLETED, Done
from .close import leave

if TYPE_CHECKING:
    from ..session import Session


async def delete(session: Session, command: Delete) -> Done:
    try:
        gone = await session.store.write(_delete, session.account, command.mailbox)
    except FolderInUse as refusal:
        code = codes.CANNOT if command.mailbox == "INBOX" else codes.HASCHILDREN
        return Done(str(refusal), code, b"NO")
    if session.selected is not None and session.selected.folder == gone:
        leave(session, announce=True)
    return COMPLETED


def _delete(tx: Transaction, account: AccountId, path: str) -> FolderId:
    folder = find_folder(tx, account, path)
    delete_folder(tx, account, folder.id)
    return folder.id
