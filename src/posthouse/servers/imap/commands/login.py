"""LOGIN and AUTHENTICATE – RFC 9051 §6.2.2, §6.2.3, RFC 4959 (SASL-IR)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.directory import Login as Who
from posthouse.model.refusals import BadSyntax, Refusal
from posthouse.net.errors import ConnectionLost
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.authenticate import Authenticate, format_challenge
from posthouse.protocols.imap.commands.login import Login
from posthouse.protocols.imap.events import Line, Overrun
from posthouse.protocols.sasl import Cancelled, decode_response
from posthouse.servers.homes import home_of
from posthouse.servers.login import MechanismNotOffered

from ..replies import Done, Goodbye

if TYPE_CHECKING:
    from ..session import Session


async def login(session: Session, command: Login) -> Done:
    try:
        who = await session.server.authenticator.login(command.user, command.password, session.channel)
    except Refusal as refusal:
        session.log.info("login refused", reason=str(refusal))
        raise
    return await _welcome(session, who)


async def authenticate(session: Session, command: Authenticate) -> Done:
    async def ask(challenge: bytes) -> bytes:
        session.connection.write(format_challenge(challenge))
        return decode_response(await _next_line(session))

    authenticator = session.server.authenticator
    try:
        who, _ = await authenticator.authenticate(command.mechanism, command.initial, session.channel, ask)
    except Cancelled:
        return Done("Authentication cancelled", b"", b"BAD")
    except MechanismNotOffered as refusal:
        return Done(str(refusal), codes.CANNOT, b"NO")
    except Refusal as refusal:
        session.log.info("login refused", mechanism=command.mechanism, reason=str(refusal))
        raise
    return await _welcome(session, who)


async def _next_line(session: Session) -> bytes:
    session.connection.receiver.expect_line()
    event = await session.connection.next_event()
    if event is None:
        raise ConnectionLost("the client has gone")
    if isinstance(event, Overrun):
        raise Goodbye(event.text, event.code)
    if not isinstance(event, Line):
        raise BadSyntax("a line of base64")
    return event.data


async def _welcome(session: Session, who: Who) -> Done:
    """The capabilities come along, so that nobody has to ask. Whose mail is on another host is sent there (RFC 2221
    §4.1), unless there is something for them here as well."""
    if session.server.capabilities.is_on("LOGIN-REFERRALS"):
        home = await session.store.read(home_of, who.account)
        if home and home != session.server.hostname:
            code = codes.referral(who.address, home)
            if not await session.store.read(session.places_of(who).shares_here):
                return Done(f"Your mail is at {home}", code, b"NO")
            session.on_login(who, home)
            return Done(f"Your own mail is at {home}", code)
    session.on_login(who)
    return Done("Logged in", codes.capability(session.capabilities()))
