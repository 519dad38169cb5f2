"""VRFY, EXPN, HELP, NOOP – RFC 5321 §4.1.1.6 to §4.1.1.9. Who exists is told to those whom the operator trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.directory import describe, expand
from posthouse.model.address import Address
from posthouse.model.refusals import BadSyntax
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.commands.query import Expn, Help, Noop, Vrfy
from posthouse.protocols.smtp.grammar import parse_mailbox
from posthouse.protocols.smtp.replies import Reply, format_reply

if TYPE_CHECKING:
    from ..session import Session

HELP = Reply(
    214,
    "2.0.0",
    (
        "Commands: EHLO HELO MAIL RCPT DATA BDAT RSET VRFY EXPN HELP NOOP QUIT STARTTLS AUTH",
        "See RFC 5321, for submission RFC 6409",
    ),
)
LMTP_HELP = HELP.with_text("Commands: LHLO MAIL RCPT DATA BDAT RSET VRFY HELP NOOP QUIT STARTTLS", "See RFC 2033")
NOT_A_LIST = Reply(550, "5.1.1", ("That is not a mailing list",))
MOST = 200
"""Members of a list that EXPN tells."""


async def vrfy(session: Session, command: Vrfy) -> Reply | None:
    if not _answers(session) or command.address is None:
        return replies.CANNOT_VERIFY
    found = await session.server.delivery.store.read(describe, command.address)
    if found is None:
        return replies.UNKNOWN_RECIPIENT
    return _say(session, Reply(250, "2.1.5", (f"{found.name} <{found.address}>",)), command.smtputf8)


async def expn(session: Session, command: Expn) -> Reply | None:
    address = _address(command.text)
    if not _answers(session) or address is None:
        return replies.CANNOT_VERIFY
    members = await session.server.delivery.store.read(expand, address)
    if not members:
        return NOT_A_LIST
    return _say(session, Reply(250, "2.1.5", tuple(f"<{member}>" for member in members[:MOST])), command.smtputf8)


async def help_(session: Session, command: Help) -> Reply:
    return LMTP_HELP if session.lmtp else HELP


async def noop(session: Session, command: Noop) -> Reply:
    return replies.OK


def _answers(session: Session) -> bool:
    policy = session.server.settings.verify
    return policy == "everybody" or (policy == "authenticated" and session.login is not None)


def _address(text: str) -> Address | None:
    try:
        return parse_mailbox(text.encode())
    except BadSyntax:
        return None


def _say(session: Session, reply: Reply, utf8: bool) -> Reply | None:
    """RFC 6531 §3.7.4.2: in UTF-8 to whoever asked so."""
    if not utf8:
        return reply
    session.stream.write(format_reply(reply, utf8=True))
    return None
