"""RCPT – RFC 5321 §4.1.1.3: each recipient is accepted or refused here, at the door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.model.address import Recipient
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.commands.rcpt import Rcpt, require_smtputf8
from posthouse.protocols.smtp.machine import Event
from posthouse.protocols.smtp.replies import Reply

if TYPE_CHECKING:
    from ..session import Session


async def rcpt(session: Session, command: Rcpt) -> Reply:
    envelope = session.mail
    if envelope is None:
        return replies.MAIL_FIRST
    if len(session.accepted) >= session.server.settings.recipients:
        return replies.TOO_MANY_RECIPIENTS
    if not envelope.parameters:
        require_smtputf8(command)
        size, utf8 = 0, False
    else:
        size, utf8 = envelope.size or 0, envelope.smtputf8
        if not utf8:
            require_smtputf8(command)
    recipient = (
        Recipient(command.recipient, command.notify, command.orcpt)
        if command.parameters
        else Recipient(command.recipient)
    )
    accepted = await session.server.delivery.check_recipient(session.origin(utf8), recipient, size)
    session.machine.on(Event.RCPT)
    session.accepted.append(accepted)
    return replies.RECIPIENT_OK
