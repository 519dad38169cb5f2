"""RENAME – RFC 9051 §6.3.6. INBOX stays when it is renamed: its messages move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId
from posthouse.protocols.imap.commands.rename import Rename
from posthouse.store.folders import INBOX, SEPARATOR, find_folder, rename_folder
from posthouse.store.messages import rename_inbox

from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def rename(session: Session, command: Rename) -> Done:
    new_name = command.new_name.removesuffix(SEPARATOR)
    await session.store.write(_rename, session.account, command.mailbox, new_name, session.store.now())
    return COMPLETED


def _rename(tx: Transaction, account: AccountId, path: str, new_path: str, now: int) -> None:
    folder = find_folder(tx, account, path)
    if folder.id == INBOX:
        rename_inbox(tx, account, new_path, now)
    else:
        rename_folder(tx, account, folder.id, new_path)
