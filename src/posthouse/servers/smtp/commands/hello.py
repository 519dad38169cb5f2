"""EHLO, HELO, LHLO – RFC 5321 §4.1.1.1, RFC 2033 §4.1: who the client says it is, and what we offer at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.smtp.commands.hello import Ehlo, Helo, Lhlo
from posthouse.protocols.smtp.machine import Event
from posthouse.protocols.smtp.replies import Reply

if TYPE_CHECKING:
    from ..session import Session


async def ehlo(session: Session, command: Ehlo) -> Reply:
    return _extended(session, command.domain)


async def lhlo(session: Session, command: Lhlo) -> Reply:
    return _extended(session, command.domain)


async def helo(session: Session, command: Helo) -> Reply:
    """Without extensions: MAIL and RCPT take no parameters then."""
    _begin(session, command.domain, extended=False)
    session.parameters = frozenset()
    return Reply(250, "", (session.server.hostname,))


def _extended(session: Session, domain: str) -> Reply:
    server = session.server
    _begin(session, domain, extended=True)
    starttls = server.tls is not None and session.stream.tls is None and "STARTTLS" not in server.settings.without
    greeting = server.greeting(starttls, offered_mechanisms(session))
    session.parameters = greeting.parameters
    return greeting.reply


def _begin(session: Session, domain: str, *, extended: bool) -> None:
    session.end_transaction()
    session.machine.on(Event.HELLO)
    session.helo, session.extended = domain, extended
    session.forget_origin()


def offered_mechanisms(session: Session) -> tuple[str, ...]:
    """On a service for other hubs only over TLS; no service shows AUTH where no password may be said."""
    authenticator = session.server.authenticator
    if authenticator is None:
        return ()
    if not session.server.kind.is_submission and session.stream.tls is None:
        return ()
    if not authenticator.plaintext_allowed(session.channel) and session.server.tls is not None:
        return ()
    return authenticator.mechanisms(session.channel)
