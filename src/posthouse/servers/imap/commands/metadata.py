"""GETMETADATA and SETMETADATA – RFC 5464."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import NotPermitted, Refusal
from posthouse.model.rights import NO_RIGHTS, Right
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.metadata import GetMetadata, SetMetadata
from posthouse.protocols.imap.responses import format_metadata
from posthouse.store.metadata import SERVER, MetadataState, find_metadata, get_metadata, read_metadata, set_metadata

from ..places import Places
from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session

ADMIN = "/shared/admin"
"""How to reach the administrator, a URI out of the settings; read-only (RFC 5464 §3.2.1.1)."""


SOME = Right.READ | Right.SEEN | Right.WRITE | Right.INSERT | Right.POST
"""One of these is needed."""


async def getmetadata(session: Session, command: GetMetadata) -> Done:
    """One response a value, so that not all of them are in memory at once."""
    reader = session.account
    where = await session.store.read(_find, session.places, command.mailbox, NO_RIGHTS)
    sizes = await session.store.read(find_metadata, *where, reader, command.entries, command.depth)
    admin = _admin(session, command)
    asked = {name.lower(): name for name in command.entries}
    missing = [] if command.depth else [name for key, name in asked.items() if key not in sizes and key not in admin]
    longest = 0
    for name, size in sizes.items():
        if command.max_size is not None and size > command.max_size:
            longest = max(longest, size)
            continue
        value = await session.store.read(read_metadata, *where, reader, name)
        _write(session, command.mailbox, [(asked.get(name, name), value)])
        await session.connection.breathe()
    if missing or admin:
        _write(session, command.mailbox, [*admin.items(), *((name, None) for name in missing)])
    return Done(code=codes.metadata_longentries(longest)) if longest else COMPLETED


def _write(session: Session, mailbox: str, values: list[tuple[str, bytes | None]]) -> None:
    session.connection.write(format_metadata(mailbox, values, session.utf8))


def _find(tx: Transaction, places: Places, name: str, needed: Right) -> tuple[AccountId, FolderId]:
    """Whose folder, and which. Who can do nothing with its messages has nothing to do with its annotations either
    (RFC 5464 §3.3)."""
    if not name:
        return places.account, SERVER
    place = places.find(tx, name).require(Right.LOOKUP | needed)
    if not place.rights & SOME:
        raise NotPermitted
    return place.account, place.folder.id


def _admin(session: Session, command: GetMetadata) -> dict[str, bytes]:
    """What the settings say, where it is asked for."""
    contact = session.server.settings.admin_contact.encode()
    asked = command.entries
    wanted = any(name.lower() == ADMIN or (command.depth and ADMIN.startswith(name.lower() + "/")) for name in asked)
    return {ADMIN: contact} if contact and wanted and not command.mailbox else {}


async def setmetadata(session: Session, command: SetMetadata) -> Done:
    """All or none. What is shared of the server's only an administrator sets."""
    names = [name.lower() for name, _ in command.values]
    if not command.mailbox:
        if ADMIN in names:
            raise NotPermitted("That entry is read-only")
        if any(name.startswith("/shared/") for name in names) and not session.is_admin:
            raise NotPermitted("Only an administrator changes what is shared of the server")
    made = await session.write(_set, session.places, command)
    session.metadata.on_own_change(made)
    if session.notifications is not None and session.notifications.watch is not None:
        session.notifications.watch.on_own_annotation_of_hub(made.hub)
    return COMPLETED


def _set(tx: Transaction, places: Places, command: SetMetadata) -> MetadataState:
    """What is shared only those change who may write to the folder."""
    shared = any(name.lower().startswith("/shared/") for name, _ in command.values)
    where = _find(tx, places, command.mailbox, Right.WRITE if shared else NO_RIGHTS)
    return set_metadata(tx, *where, places.account, dict(command.values))


async def metadata_of(session: Session, name: str, entries: tuple[str, ...]) -> bytes:
    """For LIST's return option (RFC 9590 §3): all that were asked for, NIL where there is none."""
    try:
        where = await session.store.read(_find, session.places, name, NO_RIGHTS)
    except Refusal:
        return b""
    values = await session.store.read(get_metadata, *where, session.account, entries)
    return format_metadata(name, [(entry, values.get(entry.lower())) for entry in entries], session.utf8)
