"""CLOSE and UNSELECT – RFC 9051 §6.4.1, §6.4.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.model.rights import Right
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.close import Close
from posthouse.store.folders import load_folder

from ..owned import remove_permitted
from ..progress import UnderWay
from ..replies import Done

if TYPE_CHECKING:
    from ..session import Session


async def close(session: Session, command: Close) -> Done:
    """Whatever is expunged is not told of; without the right to, nothing is (RFC 4314 §4)."""
    selected, code = session.folder, b""
    if command.expunge and not selected.examined and selected.rights_on_own & Right.EXPUNGE:
        with UnderWay(session):
            await session.write(remove_permitted, selected)
        if session.qresync:
            folder = await session.store.read(load_folder, selected.account, selected.folder)
            code = codes.highestmodseq(folder.highest_modseq)  # RFC 7162 §3.2.8
    leave(session)
    return Done(code=code)


def leave(session: Session, *, announce: bool = False) -> None:
    """No folder is selected from here on."""
    if session.selected is not None and announce:
        session.connection.untagged(b"OK", "Previous mailbox is now closed", codes.CLOSED)
    if session.selected is not None and session.notifications is not None:
        session.notifications.on_left(session.selected)
    session.selected = None
