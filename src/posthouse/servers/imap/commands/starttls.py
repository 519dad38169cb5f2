"""STARTTLS – RFC 9051 §6.2.1. Whatever came in plaintext behind it is dropped (CVE-2011-0411)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.starttls import StartTls

from ..replies import Done

if TYPE_CHECKING:
    from ..session import Session


async def starttls(session: Session, command: StartTls) -> Done | None:
    connection = session.connection
    context = session.server.tls()
    if connection.encrypted or context is None:
        return Done("TLS is active already" if connection.encrypted else "TLS is not available", b"", b"BAD")
    connection.reply(session.tag, b"STARTTLS", Done("Begin TLS negotiation now"))
    connection.receiver.clear()
    await connection.stream.start_tls(context)
    session.on_tls()
    return None
