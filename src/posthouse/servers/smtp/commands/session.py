"""RSET, QUIT – RFC 5321 §4.1.1.5, §4.1.1.10; STARTTLS – RFC 3207 §4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.commands.session import Quit, Rset, StartTls
from posthouse.protocols.smtp.machine import Event
from posthouse.protocols.smtp.replies import Reply
from posthouse.servers.login import Channel

if TYPE_CHECKING:
    from ..session import Session


async def rset(session: Session, command: Rset) -> Reply:
    session.end_transaction()
    session.machine.on(Event.RESET)
    return replies.RESET_OK


async def quit_(session: Session, command: Quit) -> None:
    session.machine.on(Event.CLOSE)
    session.close(replies.BYE)


async def starttls(session: Session, command: StartTls) -> Reply | None:
    """What came in clear behind the command is dropped (CVE-2011-0411), and all that was said before forgotten."""
    stream, context = session.stream, session.server.tls
    if stream.tls is not None:
        return replies.TLS_ALREADY_ACTIVE
    if context is None or "STARTTLS" in session.server.settings.without:
        return replies.NOT_IMPLEMENTED
    session.machine.on(Event.STARTTLS)
    session.send(replies.READY_FOR_TLS)
    session.receiver.clear()
    await stream.start_tls(context(), seconds=session.timeouts.handshake)
    session.receiver.clear()
    session.forget()
    session.channel = Channel.of(stream.peer.host, stream.tls)
    session.machine.on(Event.TLS_UP)
    return None
