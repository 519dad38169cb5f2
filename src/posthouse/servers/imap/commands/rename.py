"""RENAME – RFC 9051 §6.3.6. INBOX stays when it is renamed: its messages move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.refusals import BadFolderName, NotPermitted
from posthouse.model.rights import Right
from posthouse.protocols.imap.commands.rename import Rename
from posthouse.store.folder_tree import rename_folder
from posthouse.store.folders import INBOX, SEPARATOR
from posthouse.store.messages import rename_inbox

from ..homes import Elsewhere
from ..places import Places
from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def rename(session: Session, command: Rename) -> Done:
    new_name = command.new_name.removesuffix(SEPARATOR)
    await session.write(_rename, session.places, command.mailbox, new_name, session.store.now())
    return COMPLETED


def _rename(tx: Transaction, places: Places, name: str, new_name: str, now: int) -> None:
    """Within one account; another's INBOX is theirs to empty."""
    try:
        place = places.find(tx, name).require(Right.DELETE)
        site = places.site(tx, new_name).require(Right.CREATE)
    except Elsewhere:
        raise places.both_elsewhere(tx, name, new_name) from None
    if site.account != place.account:
        raise BadFolderName("A mailbox cannot be renamed into another account")
    if place.folder.id != INBOX:
        rename_folder(tx, place.account, place.folder.id, site.path)
    elif place.account == places.account:
        rename_inbox(tx, place.account, site.path, now)
    else:
        raise NotPermitted
