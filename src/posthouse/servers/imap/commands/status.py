"""STATUS – RFC 9051 §6.3.11, RFC 8438 (SIZE), RFC 7889 (APPENDLIMIT), RFC 8474 (OBJECTID): from counters; what marked
messages take (RFC 9208) is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from posthouse.model.rights import Right
from posthouse.protocols.imap.commands.status import Status, StatusItem
from posthouse.protocols.imap.responses import format_status
from posthouse.store.folders import Folder
from posthouse.store.quota import deleted_bytes

from ..object_ids import mailbox_id
from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session

OF_OWNER = frozenset({StatusItem.MAILBOXID, StatusItem.DELETED_STORAGE})
"""Items for which it must be known whose mailbox it is."""


async def status(session: Session, command: Status) -> Done:
    place = (await session.place(command.mailbox)).require(Right.READ)
    session.connection.write(await status_response(session, command.mailbox, place.folder, command.items))
    return COMPLETED


async def status_response(session: Session, path: str, folder: Folder, items: Sequence[StatusItem]) -> bytes:
    values: dict[StatusItem, int | bytes] = {
        StatusItem.MESSAGES: folder.total,
        StatusItem.RECENT: 0,
        StatusItem.UIDNEXT: folder.next_uid,
        StatusItem.UIDVALIDITY: folder.uid_validity,
        StatusItem.UNSEEN: folder.unseen,
        StatusItem.DELETED: folder.deleted,
        StatusItem.SIZE: folder.bytes,
        StatusItem.APPENDLIMIT: session.server.settings.message_size,
        StatusItem.DELETED_STORAGE: 0,
        StatusItem.HIGHESTMODSEQ: folder.highest_modseq,
    }
    if StatusItem.HIGHESTMODSEQ in items:
        session.use_condstore()
    if OF_OWNER.intersection(items):
        owner = (await session.place(path)).account
        values[StatusItem.MAILBOXID] = b"(%b)" % mailbox_id(owner, folder.id)
        if folder.deleted and StatusItem.DELETED_STORAGE in items:
            values[StatusItem.DELETED_STORAGE] = await session.store.scan(deleted_bytes, owner, folder.id)
    return format_status(path, [(item, values[item]) for item in items], session.utf8)
