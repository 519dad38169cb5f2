"""One SMTP or LMTP conversation.

Invariants
- One command at a time, in order; its answer is written before the next is looked at. Answers of pipelined commands
  leave together, when there is nothing more to do (RFC 2920 §3.2).
- A message is answered with 250 only after its transaction is on disk.
- Whatever was received in clear before STARTTLS, and everything learned, is forgotten (RFC 3207 §4.2).
- A failed command leaves the state as it was. Too many of them end the session.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from posthouse.delivery.incoming import Incoming
from posthouse.delivery.origin import Origin
from posthouse.delivery.recipients import Accepted
from posthouse.directory import Login
from posthouse.model.address import Address
from posthouse.model.refusals import Refusal
from posthouse.net.errors import StreamError, TimedOut
from posthouse.net.stream import Stream
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.commands.mail import Mail
from posthouse.protocols.smtp.commands.table import Command, Row, out_of_sequence, parse_arguments, split_line
from posthouse.protocols.smtp.framing import Receiver
from posthouse.protocols.smtp.machine import Event, Machine, State
from posthouse.protocols.smtp.replies import BadCommand, Reply
from posthouse.protocols.smtp.trace_fields import protocol_name
from posthouse.servers.login import Channel

from .commands import HANDLERS
from .commands.content import Endless, swallow
from .kinds import Kind
from .refusals import reply_to

if TYPE_CHECKING:
    from .server import SmtpServer

TOO_MANY_COMMANDS = replies.TOO_MANY_ERRORS.with_text("Too many commands without a message")
TALK = frozenset({"RCPT", "DATA", "BDAT"})
"""Commands that belong to a message; any other is one without."""


class Session:
    __slots__ = (
        "_closing",
        "_commands",
        "_errors",
        "_origins",
        "_unknown",
        "accepted",
        "channel",
        "extended",
        "helo",
        "id",
        "incoming",
        "lmtp",
        "log",
        "login",
        "machine",
        "mail",
        "messages",
        "normalises",
        "own_senders",
        "parameters",
        "receiver",
        "server",
        "stream",
        "timeouts",
    )

    def __init__(self, server: SmtpServer, stream: Stream) -> None:
        self.server, self.stream = server, stream
        self.id = secrets.token_hex(6)
        self.log = server.log.bind(session=self.id, peer=str(stream.peer))
        self.timeouts = server.settings.timeouts
        self.lmtp = server.kind is Kind.LMTP
        self.receiver, self.machine = Receiver(), Machine()
        self.channel = Channel.of(stream.peer.host, stream.tls)
        self.normalises = server.normalises(stream.peer.host)
        self._errors = self._unknown = self._commands = self.messages = 0
        self._closing = False
        self.forget()

    def forget(self) -> None:
        """All that the client has told: at the start, and after STARTTLS."""
        self.helo, self.extended = "", False
        self.parameters: frozenset[str] = frozenset()
        self.login: Login | None = None
        self.own_senders: set[Address] = set()
        self._origins: dict[bool, Origin] = {}
        self.incoming: Incoming | None = None
        self.end_transaction()

    def end_transaction(self) -> None:
        """No sender, no recipients, no half message."""
        if self.incoming is not None:
            self.incoming.discard()
            self.incoming = None
        self.receiver.end_chunks()
        self.mail: Mail | None = None
        self.accepted: list[Accepted] = []

    async def run(self) -> None:
        try:
            self.send(self.server.banner)
            while not self._closing:
                self.stream.set_deadline(self.timeouts.command)
                data = await self.stream.receive_or_nudge()
                if data is None:
                    if self.stream.draining:
                        self.close(replies.SHUTTING_DOWN)
                    continue
                if not data:
                    return
                self.receiver.feed(data)
                await self._commands_at_hand()
            if self.receiver.waiting or self.stream.pending or self.machine.state is not State.CLOSED:
                await self.stream.finish()  # more is coming: a plain close would take our last words away
        except Endless:
            await self.stream.finish()
        except TimedOut:
            self.log.debug("timed out", state=self.machine.state.name)
            self.send(replies.TIMED_OUT)
            self.stream.flush()
        finally:
            self.end_transaction()

    async def _commands_at_hand(self) -> None:
        """Everything that has arrived as whole lines."""
        while not self._closing:
            try:
                line = self.receiver.line()
            except BadCommand as bad:
                self._failed(bad.reply)
                continue
            if line is None:
                return
            if self.stream.draining and not self.machine.in_transaction:
                self.close(replies.SHUTTING_DOWN)
                return
            await self._command(line)
            await self.stream.breathe()

    async def _command(self, line: bytes) -> None:
        row: Row | None = None
        try:
            row, args = split_line(line, self.lmtp)
            if row.word not in TALK:
                self._count_command()
                if self._closing:
                    return
            refused = out_of_sequence(row, self.machine.state)
            if row.word == "BDAT":
                reply = await self._chunk(row, args, refused)
            elif refused is not None:
                reply = refused
            else:
                reply = await self._handle(row, parse_arguments(row, args, self.parameters))
        except BadCommand as bad:
            reply = bad.reply
        except Refusal as refusal:
            reply = reply_to(refusal)
        except StreamError:
            raise
        except Exception as error:
            self.log.error("command failed", error, command=row.word if row else None)
            self.machine_reset()
            reply = replies.LOCAL_ERROR
        if reply is not None:
            self._answer(row, reply)

    async def _handle(self, row: Row, command: Command) -> Reply | None:
        return await HANDLERS[row.word](self, command)

    async def _chunk(self, row: Row, args: bytes, refused: Reply | None) -> Reply | None:
        """The octets of a chunk come whatever we think of it; after a BDAT without a size nobody knows what is data."""
        try:
            command = row.parse(args)
        except BadCommand as bad:
            self.close(bad.reply)
            return None
        if refused is not None:
            await swallow(self, command)
            return refused
        return await self._handle(row, command)

    def _answer(self, row: Row | None, reply: Reply) -> None:
        if reply.code < 400:
            self.stream.write(reply.wire)
        elif row is not None and row.word == "RCPT":
            self._refused_recipient(reply)
        else:
            self._failed(reply)

    def send(self, reply: Reply) -> None:
        self.stream.write(reply.wire)

    def _failed(self, reply: Reply) -> None:
        self.send(reply)
        self.log.debug("refused", reply=str(reply))
        self._errors += 1
        if self._errors >= self.server.settings.errors:
            self.close(replies.TOO_MANY_ERRORS)

    def _refused_recipient(self, reply: Reply) -> None:
        self.send(reply)
        sender = self.mail.sender if self.mail is not None else None
        self.log.info("recipient refused", sender=sender or "<>", reply=str(reply))
        self._unknown += 1
        if self._unknown >= self.server.settings.unknown_recipients:
            self.close(replies.TOO_MANY_ERRORS)

    def _count_command(self) -> None:
        self._commands += 1
        if self._commands > self.server.settings.idle_commands:
            self.close(TOO_MANY_COMMANDS)

    def close(self, last: Reply) -> None:
        """Say this and end; input that waits is not looked at any more."""
        if not self._closing:
            self._closing = True
            self.send(last)

    def progress(self) -> None:
        """A message has come to its end."""
        self._commands = 0
        self.messages += 1

    def machine_reset(self) -> None:
        """Back to where a transaction may begin."""
        self.end_transaction()
        if self.machine.in_transaction:
            self.machine.on(Event.END)

    def origin(self, utf8: bool) -> Origin:
        """What delivery is told of this session; the same until the client says EHLO or AUTH again."""
        known = self._origins.get(utf8)
        if known is None:
            known = self._origins[utf8] = self._make_origin(utf8)
        return known

    def forget_origin(self) -> None:
        self._origins = {}

    def _make_origin(self, utf8: bool) -> Origin:
        tls = self.stream.tls
        protocol = protocol_name(
            lmtp=self.lmtp, extended=self.extended, tls=tls is not None, auth=self.login is not None, utf8=utf8
        )
        host = self.stream.peer.host
        return Origin(
            session=self.id,
            protocol=protocol,
            peer=host,
            helo=self.helo,
            tls=f"{tls.version} with cipher {tls.cipher}" if tls is not None else "",
            login=self.login,
            may_relay=self.server.may_relay(host),
            answers_each=self.lmtp,
        )
