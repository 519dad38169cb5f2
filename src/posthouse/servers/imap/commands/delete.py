"""DELETE – RFC 9051 §6.3.5. A mailbox with others below it stays, with its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import FolderInUse
from posthouse.model.rights import Right
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.delete import Delete
from posthouse.store.folders import delete_folder

from ..places import Places
from ..progress import UnderWay
from ..replies import COMPLETED, Done
from .close import leave

if TYPE_CHECKING:
    from ..session import Session


async def delete(session: Session, command: Delete) -> Done:
    try:
        with UnderWay(session):
            gone = await session.write(_delete, session.places, command.mailbox)
    except FolderInUse as refusal:
        code = codes.CANNOT if command.mailbox == "INBOX" else codes.HASCHILDREN
        return Done(str(refusal), code, b"NO")
    if session.selected is not None and (session.selected.account, session.selected.folder) == gone:
        leave(session, announce=True)
    return COMPLETED


def _delete(tx: Transaction, places: Places, name: str) -> tuple[AccountId, FolderId]:
    place = places.find(tx, name).require(Right.DELETE)
    delete_folder(tx, place.account, place.folder.id)
    return place.account, place.folder.id
