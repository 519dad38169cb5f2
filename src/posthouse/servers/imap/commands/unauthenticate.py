"""UNAUTHENTICATE – RFC 8437 §3, §4: one connection for several people, one after the other. There is no NO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.unauthenticate import Unauthenticate

from ..replies import Done

if TYPE_CHECKING:
    from ..session import Session


async def unauthenticate(session: Session, command: Unauthenticate) -> None:
    connection = session.connection
    session.on_unauthenticate()
    connection.reply(session.tag, b"UNAUTHENTICATE", Done("Log in again"))
    if connection.stream.compressed:
        connection.stream.stop_deflate()
