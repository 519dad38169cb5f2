"""SELECT and EXAMINE – RFC 9051 §6.3.2, §6.3.3; RFC 3501 §6.3.1 for the older revision. From counters alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.rights import Right
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.select import Select
from posthouse.protocols.imap.responses import format_exists, format_flags, format_list, format_recent, format_untagged
from posthouse.store.folders import folder_keywords

from ..listing import read_tree
from ..places import Place, Places
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
    place, keywords = await session.store.read(_find, session.places, command.mailbox)
    folder = place.folder
    session.selected = selected = Selected(
        place.account, folder.id, folder.uid_validity, View.of(folder), keywords, place.rights, command.read_only
    )
    read_only = selected.read_only
    out = [
        format_flags(applicable_flags(keywords)),
        format_exists(folder.total),
        format_untagged(
            b"OK", "No changes" if read_only else "Limited", codes.permanentflags(permanent_flags(selected))
        ),
        format_untagged(b"OK", "UIDs valid", codes.uidvalidity(folder.uid_validity)),
        format_untagged(b"OK", "Predicted next UID", codes.uidnext(folder.next_uid)),
        await _listed(session, command.mailbox) if session.rev2 else format_recent(0),
    ]
    session.connection.write(b"".join(out))
    return Done(code=codes.READ_ONLY if read_only else codes.READ_WRITE)


def _find(tx: Transaction, places: Places, name: str) -> tuple[Place, set[str]]:
    place = places.find(tx, name).require(Right.READ)
    return place, set(folder_keywords(tx, place.account, place.folder.id))


async def _listed(session: Session, path: str) -> bytes:
    tree = await session.store.read(read_tree, session.places, (path,))
    return format_list(tree.attributes(path), path, utf8=True)
