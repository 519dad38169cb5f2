"""USER, PASS, AUTH, STLS – RFC 1939 §7, RFC 5034, RFC 2595 §4."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from posthouse.directory import Login
from posthouse.model.refusals import BadSyntax, Refusal
from posthouse.protocols.pop3 import replies
from posthouse.protocols.pop3.capabilities import listing
from posthouse.protocols.pop3.commands.login import Auth, Pass, Stls, User
from posthouse.protocols.pop3.framing import AUTH_LINE_LIMIT
from posthouse.protocols.pop3.machine import Event
from posthouse.protocols.pop3.replies import Reply, err, ok
from posthouse.protocols.sasl.encoding import Cancelled, decode_response

from ..maildrop import Maildrop
from ..refusals import refusal_reply

if TYPE_CHECKING:
    from ..session import Session


async def user(session: Session, command: User) -> None:
    if not session.server.authenticator.plaintext_allowed(session.channel):
        session.complain(replies.TLS_REQUIRED)
        return
    session.user = command.name
    session.machine.on(Event.USER)
    session.answer(replies.SEND_PASSWORD)


async def pass_(session: Session, command: Pass) -> None:
    authenticator = session.server.authenticator
    await _log_in(session, authenticator.login(session.user, command.password, session.channel))


async def auth(session: Session, command: Auth) -> None:
    if not command.mechanism:
        mechanisms = session.server.authenticator.mechanisms(session.channel)
        session.stream.write(listing("Mechanisms follow", mechanisms))
        return
    session.machine.on(Event.AUTH)
    await _log_in(session, _exchange(session, command))


async def _exchange(session: Session, command: Auth) -> Login:
    async def ask(challenge: bytes) -> bytes:
        session.stream.write(replies.challenge(challenge))
        line = await session.line(AUTH_LINE_LIMIT)
        if line is None:
            raise Cancelled
        return decode_response(line)

    login, _ = await session.server.authenticator.authenticate(command.mechanism, command.initial, session.channel, ask)
    return login


async def _log_in(session: Session, verify: Awaitable[Login]) -> None:
    try:
        login = await verify
        server = session.server
        session.drop = drop = await Maildrop.open(server.store, server.locks, login.account, session.name)
    except (Refusal, BadSyntax, Cancelled) as error:
        session.machine.on(Event.REFUSED)
        session.log.info("login-refused", reason=str(error) or type(error).__name__)
        session.complain(_login_reply(error))
        return
    except Exception:
        session.machine.on(Event.REFUSED)
        raise
    session.machine.on(Event.LOGIN)
    session.stream.identify(login.address)
    session.log = session.log.bind(account=login.address)
    session.log.info("login", messages=len(drop))
    count, octets = drop.totals()
    session.answer(ok(f"Maildrop has {count} messages ({octets} octets)"))


def _login_reply(error: Refusal | BadSyntax | Cancelled) -> Reply:
    if isinstance(error, Cancelled):
        return replies.CANCELLED
    return err("Cannot decode the response") if isinstance(error, BadSyntax) else refusal_reply(error)


async def stls(session: Session, command: Stls) -> None:
    context = session.server.tls()
    if session.stream.tls is not None:
        session.answer(replies.TLS_ALREADY_ACTIVE)
    elif context is None:
        session.answer(err("TLS is not available", replies.SYS_PERM))
    else:
        session.machine.on(Event.STLS)
        session.answer(replies.READY_FOR_TLS)
        await session.start_tls(context)
        session.machine.on(Event.TLS_UP)
