"""LOGOUT – RFC 9051 §6.1.3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.logout import Logout

from ..replies import COMPLETED

if TYPE_CHECKING:
    from ..session import Session


async def logout(session: Session, command: Logout) -> None:
    connection = session.connection
    connection.untagged(b"BYE", "Until next time")
    connection.reply(session.tag, b"LOGOUT", COMPLETED)
    session.ended = True
