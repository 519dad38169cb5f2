"""MAIL – RFC 5321 §4.1.1.2: a transaction begins."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from posthouse.model.address import Address
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.commands.mail import Mail
from posthouse.protocols.smtp.machine import Event
from posthouse.protocols.smtp.replies import Reply

if TYPE_CHECKING:
    from ..session import Session

SENDERS_KNOWN = 100
"""Own senders that a session remembers."""
TOO_MANY_MESSAGES = Reply(421, "4.7.0", ("Too many messages in one session, please begin another",))


ONE_HOLD = replies.SYNTAX_ERROR.with_text("HOLDFOR or HOLDUNTIL, not both")
TOO_LONG = replies.SYNTAX_ERROR.with_text("The message may not be held for so long")


async def mail(session: Session, command: Mail) -> Reply | None:
    settings = session.server.settings
    if session.server.kind.is_submission and session.login is None:
        return _login_first(session)
    if session.messages >= settings.messages:  # RFC 9422 §4.1
        session.close(TOO_MANY_MESSAGES)
        return None
    if (command.size or 0) > settings.message_size:
        return replies.MESSAGE_TOO_LARGE
    if command.hold_for is not None and command.hold_until is not None:
        return ONE_HOLD
    now = session.server.delivery.store.now()
    if release_at(command, now) > now + settings.future_release:
        return TOO_LONG
    if command.sender is not None and session.login is not None:
        await _require_own(session, command.sender)
    session.machine.on(Event.MAIL)
    session.mail = command
    return replies.SENDER_OK


def release_at(command: Mail, now: int) -> int:
    """RFC 4865: the moment until which it is held; 0 for at once, also when that moment is past."""
    if command.hold_for is not None:
        moment = now + command.hold_for
    elif command.hold_until is not None:
        moment = math.ceil(command.hold_until.timestamp())
    else:
        return 0
    return moment if moment > now else 0


def _login_first(session: Session) -> Reply:
    secure = session.stream.tls is not None or session.server.tls is None
    authenticator = session.server.authenticator
    if secure or (authenticator is not None and authenticator.plaintext_allowed(session.channel)):
        return replies.AUTH_REQUIRED
    return replies.STARTTLS_FIRST


async def _require_own(session: Session, sender: Address) -> None:
    if session.login is None or sender in session.own_senders:
        return
    await session.server.delivery.require_own(session.login, sender)
    if len(session.own_senders) < SENDERS_KNOWN:
        session.own_senders.add(sender)
