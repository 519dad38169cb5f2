"""EXPUNGE and UID EXPUNGE – RFC 9051 §6.4.3, §6.4.9, RFC 4315 §2.1. The tombstones tell what to announce."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.model.rights import Right
from posthouse.protocols.imap.commands.expunge import Expunge
from posthouse.store.messages import expunge as remove_deleted

from ..replies import Done

if TYPE_CHECKING:
    from ..session import Session


async def expunge(session: Session, command: Expunge) -> Done:
    selected = session.folder
    selected.require(Right.EXPUNGE)
    ranges = None
    if command.uids is not None:
        selected = await session.loaded(command.uids, by_uid=True)
        ranges = selected.view.uid_ranges(selected.spans(command.uids, by_uid=True))
    await session.store.write(remove_deleted, selected.account, selected.folder, ranges)
    return Done(tells_modseq=True)
