"""DATA and BDAT – RFC 5321 §4.1.1.4, RFC 3030 §2: the content goes from the socket into the store piece by piece.

What cannot be taken is still read to its end, so that client and server agree where the next command begins, but no
further than `PATIENCE` messages of the largest size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.delivery.incoming import Incoming, Outcome
from posthouse.model.address import Envelope
from posthouse.model.refusals import MessageTooLarge, Refusal
from posthouse.net.errors import ConnectionLost, StreamError
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.commands.content import Bdat, Data
from posthouse.protocols.smtp.machine import Event
from posthouse.protocols.smtp.replies import Reply

from ..refusals import reply_to
from .mail import release_at

if TYPE_CHECKING:
    from ..session import Session

PATIENCE = 4


class Endless(StreamError):
    """The client sends on and on; it has been told, and the session ends."""


async def data(session: Session, command: Data) -> Reply | None:
    if session.mail is not None and session.mail.body == "BINARYMIME":
        return replies.MIXED_BDAT_DATA
    incoming = begin(session)
    session.machine.on(Event.DATA)
    session.send(replies.START_MAIL_INPUT)
    session.stream.set_deadline(session.timeouts.data_start)
    session.receiver.begin_data(session.normalises)
    refusal = await _receive(session, incoming)
    if refusal is None and session.receiver.violation is not None:
        refusal = session.receiver.violation.reply
    return await end(session, incoming, refusal)


async def bdat(session: Session, command: Bdat) -> Reply | None:
    incoming = session.incoming or begin(session)
    binary = session.mail is not None and session.mail.body == "BINARYMIME"
    session.receiver.begin_chunk(command.size, strict=not binary)
    session.stream.set_deadline(session.timeouts.data_block)
    refusal = await _receive(session, incoming)
    violation = session.receiver.end_chunks() if command.last else session.receiver.violation
    if refusal is None and violation is not None:
        refusal = violation.reply
    if command.last or refusal is not None:
        return await end(session, incoming, refusal)
    session.machine.on(Event.CHUNK)
    return replies.CHUNK_OK.with_text(f"{command.size} octets received")


async def swallow(session: Session, command: object) -> None:
    """The octets of a chunk that we have no use for."""
    if isinstance(command, Bdat):
        session.receiver.end_chunks()
        session.receiver.begin_chunk(command.size, strict=False)
        session.stream.set_deadline(session.timeouts.data_block)
        await _receive(session, None)
        session.receiver.end_chunks()


def begin(session: Session) -> Incoming:
    mail, server = session.mail, session.server
    if mail is None:
        raise RuntimeError("content without MAIL")
    envelope = Envelope(mail.sender)
    if mail.parameters:
        release = release_at(mail, server.delivery.store.now())
        envelope = Envelope(mail.sender, (), mail.ret, mail.envid, mail.body, mail.smtputf8, release=release)
    session.incoming = server.delivery.begin(
        session.origin(envelope.smtputf8),
        envelope,
        session.accepted,
        f"{session.id}.{session.messages + 1}",
        server.settings.message_size,
    )
    return session.incoming


async def _receive(session: Session, incoming: Incoming | None) -> Reply | None:
    """All of the content, or of a chunk. What it could not be taken for."""
    receiver, stream = session.receiver, session.stream
    refusal: Reply | None = None
    left = PATIENCE * session.server.settings.message_size
    while True:
        chunks, done = receiver.body()
        for chunk in chunks:
            left -= len(chunk)
            if refusal is None and incoming is not None:
                try:
                    incoming.write(chunk)
                except MessageTooLarge as too_large:
                    incoming.discard()
                    refusal = reply_to(too_large)
        if done:
            return refusal
        if left < 0:
            session.close(refusal or replies.MESSAGE_TOO_LARGE)
            raise Endless
        received = await stream.receive()
        if not received:
            raise ConnectionLost("the client went away in a message")
        stream.set_deadline(session.timeouts.data_block)
        receiver.feed(received)


async def end(session: Session, incoming: Incoming, refusal: Reply | None) -> Reply | None:
    """The answer, and each recipient's own in LMTP (RFC 2033 §4.2)."""
    accepted, outcomes = session.accepted, list[Outcome]()
    if refusal is None:
        session.incoming = None
        try:
            outcomes = await incoming.finish()
        except Refusal as why:
            refusal = reply_to(why)
    session.end_transaction()
    session.machine.on(Event.END)
    session.progress()
    if not session.lmtp:
        return refusal or Reply(250, "2.0.0", (f"Accepted {incoming.id}",))
    for each in outcomes:
        session.send(reply_to(each.refusal) if each.refusal else _delivered(each))
    for _ in accepted if refusal is not None else ():
        session.send(refusal or replies.OK)
    return None


def _delivered(outcome: Outcome) -> Reply:
    return Reply(250, "2.1.5", (f"{outcome.recipient.address} delivered",))
