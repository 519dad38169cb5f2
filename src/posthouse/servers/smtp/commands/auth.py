"""AUTH – RFC 4954 §4: the exchange itself is `servers.login`; here is how it travels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.model.refusals import BadSyntax, Refusal
from posthouse.net.errors import ConnectionLost
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.commands.auth import Auth, challenge, parse_auth_response
from posthouse.protocols.smtp.framing import AUTH_LINE_LIMIT
from posthouse.protocols.smtp.machine import Event
from posthouse.protocols.smtp.replies import BadCommand, Reply

from ..refusals import AUTH_REPLIES, reply_to
from .hello import offered_mechanisms

if TYPE_CHECKING:
    from ..session import Session


async def auth(session: Session, command: Auth) -> Reply:
    if session.login is not None:
        return replies.ALREADY_AUTHENTICATED
    authenticator = session.server.authenticator
    if authenticator is None:
        return replies.NOT_IMPLEMENTED
    if not offered_mechanisms(session):
        return replies.TLS_REQUIRED_FOR_AUTH
    session.machine.on(Event.AUTH)
    try:
        login, _ = await authenticator.authenticate(
            command.mechanism, command.initial, session.channel, lambda data: _ask(session, data)
        )
    except BadCommand:
        raise
    except BadSyntax as bad:
        return replies.BAD_BASE64.with_text(f"Malformed response: {bad.expected} expected")
    except Refusal as refusal:
        session.log.info("login failed", mechanism=command.mechanism, reason=refusal)
        return reply_to(refusal, AUTH_REPLIES)
    finally:
        session.machine.on(Event.AUTH_END)
    session.login = login
    session.stream.identify(login.address)
    session.forget_origin()
    session.log.info("login", login=login.address, mechanism=command.mechanism, by=login.authenticated or None)
    return replies.AUTHENTICATED


async def _ask(session: Session, data: bytes) -> bytes:
    session.stream.write(challenge(data))
    session.stream.set_deadline(session.timeouts.command)
    receiver = session.receiver
    while (line := receiver.line(AUTH_LINE_LIMIT)) is None:
        received = await session.stream.receive()
        if not received:
            raise ConnectionLost("the client went away in AUTH")
        receiver.feed(received)
    return parse_auth_response(line)
