"""CLOSE and UNSELECT – RFC 9051 §6.4.1, §6.4.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.model.rights import Right
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.close import Close
from posthouse.store.messages import expunge

from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def close(session: Session, command: Close) -> Done:
    """Whatever is expunged is not told of; without the right to, nothing is (RFC 4314 §4)."""
    selected = session.folder
    if command.expunge and not selected.examined and selected.rights & Right.EXPUNGE:
        await session.store.write(expunge, selected.account, selected.folder)
    leave(session)
    return COMPLETED


def leave(session: Session, *, announce: bool = False) -> None:
    """No folder is selected from here on."""
    if session.selected is not None and announce:
        session.connection.untagged(b"OK", "Previous mailbox is now closed", codes.CLOSED)
    session.selected = None
