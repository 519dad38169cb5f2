"""SELECT and EXAMINE – RFC 9051 §6.3.2, §6.3.3; RFC 3501 §6.3.1 for the older revision. From counters alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.select import Select
from posthouse.protocols.imap.responses import format_exists, format_flags, format_list, format_recent, format_untagged
from posthouse.store.folders import Folder, find_folder, folder_keywords

from ..listing import read_tree
from ..replies import Done
from ..selected import Selected
from ..updates import applicable_flags, permanent_flags
from ..view import View
from .close import leave

if TYPE_CHECKING:
    from ..session import Session


async def select(session: Session, command: Select) -> Done:
    """If it fails, no mailbox is selected (§6.3.2)."""
    leave(session, announce=True)
    account = session.account
    folder, keywords = await session.store.read(_find, account, command.mailbox)
    read_only = command.read_only
    session.selected = Selected(account, folder.id, folder.uid_validity, View.of(folder), keywords, read_only)
    out = [
        format_flags(applicable_flags(keywords)),
        format_exists(folder.total),
        format_untagged(
            b"OK", "No changes" if read_only else "Limited", codes.permanentflags(permanent_flags(keywords, read_only))
        ),
        format_untagged(b"OK", "UIDs valid", codes.uidvalidity(folder.uid_validity)),
        format_untagged(b"OK", "Predicted next UID", codes.uidnext(folder.next_uid)),
        await _listed(session, command.mailbox) if session.rev2 else format_recent(0),
    ]
    session.connection.write(b"".join(out))
    return Done(code=codes.READ_ONLY if read_only else codes.READ_WRITE)


def _find(tx: Transaction, account: AccountId, path: str) -> tuple[Folder, set[str]]:
    folder = find_folder(tx, account, path)
    return folder, set(folder_keywords(tx, account, folder.id))


async def _listed(session: Session, path: str) -> bytes:
    tree = await session.store.read(read_tree, session.account)
    return format_list(tree.attributes(path), path, utf8=True)
