"""One POP3 connection.

Invariants
- One command at a time, in order, however many were pipelined.
- The maildrop is locked from login to the end, also while the client is silent; the lock of a worker that died ends by
  itself.
- Nothing is deleted but in UPDATE, which only QUIT reaches: a lost connection deletes nothing (RFC 1939 §6).
- After STLS nothing counts that was sent before it.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from posthouse.model.refusals import Refusal
from posthouse.net.errors import StreamError, TimedOut
from posthouse.net.stream import Stream
from posthouse.protocols.pop3 import replies
from posthouse.protocols.pop3.commands.login import Auth, Pass, Stls, User
from posthouse.protocols.pop3.commands.maildrop import Dele, List, Noop, Retr, Rset, Stat, Top, Uidl
from posthouse.protocols.pop3.commands.session import Capa, Lang, Quit, Utf8
from posthouse.protocols.pop3.commands.table import Row, out_of_sequence, split_line
from posthouse.protocols.pop3.framing import Receiver
from posthouse.protocols.pop3.machine import Event, Machine, State
from posthouse.protocols.pop3.replies import BadCommand, Reply, err
from posthouse.servers.login import Channel
from posthouse.store.maildrops import LEASE, LockLost

from .commands import login, maildrop, session
from .maildrop import Maildrop
from .refusals import refusal_reply

if TYPE_CHECKING:
    from .server import Pop3Server

HOLD = LEASE / 4
"""Seconds after which the lock of a waiting session is looked at."""


class Session:
    """What handlers see of a connection."""

    def __init__(self, server: Pop3Server, stream: Stream, name: str) -> None:
        self.server, self.stream, self.name = server, stream, name
        self.machine = Machine()
        self.channel = Channel.of(stream.peer.host, stream.tls)
        self.log = server.log.bind(peer=str(stream.peer), session=name)
        self.user = ""
        self.drop: Maildrop | None = None
        self._receiver = Receiver()
        self._errors = 0
        self._login_by = monotonic() + server.settings.login_timeout

    async def run(self) -> None:
        self.answer(replies.ok(f"{self.server.hostname} POP3 server ready"))
        try:
            while self.machine.state is not State.CLOSED and await self._next():
                await self.stream.breathe()
        except (TimedOut, LockLost) as error:
            self.log.debug("ended", reason=str(error))  # RFC 1939 §3: closed without a word, and without UPDATE
        except StreamError:
            pass
        finally:
            await self._leave()

    async def _leave(self) -> None:
        """Without UPDATE, if the maildrop is still ours."""
        drop, self.drop = self.drop, None
        if drop is not None:
            with contextlib.suppress(Refusal):  # the lock ends by itself
                await drop.lock.release()
            self.log.info("lost", retrieved=len(drop.retrieved))

    # in and out

    async def _next(self) -> bool:
        """One command; False when no more can come."""
        try:
            line = await self.line()
            if line is not None:
                await self._command(line)
        except BadCommand as error:
            self.complain(error.reply)
            return True
        return line is not None

    async def line(self, limit: int = 0) -> bytes | None:
        """The next line; None when the client has gone, or the hub stops. `limit`: of a response in a SASL exchange.
        Raises `BadCommand` for a line that is too long."""
        idle = self.server.settings.idle_timeout
        until = self._login_by if self.drop is None else monotonic() + idle  # before login, for all lines together
        while (line := self._receiver.line(limit)) is None:
            data = await self._arrival(until)
            if data is None:
                if self.stream.draining:
                    self.answer(err("The server is shutting down", replies.SYS_TEMP))
                    return None
            elif data:
                self._receiver.feed(data)
            else:
                return None
        return line

    async def _arrival(self, until: float) -> bytes | None:
        """What comes next; the maildrop is held meanwhile."""
        while True:
            left = until - monotonic()
            self.stream.set_deadline(left if self.drop is None else min(left, HOLD))
            try:
                return await self.stream.receive_or_nudge()
            except TimedOut:
                if self.drop is None or left <= HOLD:
                    raise
                await self.drop.lock.prolong()

    def answer(self, reply: Reply) -> None:
        self.stream.write(reply.wire)

    async def send(self, data: bytes) -> None:
        """A piece of a long answer, at the pace of the client."""
        self.stream.write(data)
        if self.stream.congested:
            await self.stream.drain()
            await self.maildrop.lock.prolong()

    def complain(self, reply: Reply) -> None:
        """An answer that a client may not provoke for ever."""
        self.answer(reply)
        self._errors += 1
        if self._errors >= self.server.settings.max_errors:
            self.answer(err("Too many errors, closing the connection"))
            self.machine.on(Event.CLOSE)

    # commands

    async def _command(self, line: bytes) -> None:
        """Raises `BadCommand` for a line that is none."""
        row, args = split_line(line)
        refused = out_of_sequence(row, self.machine.state)
        if refused is not None:
            raise BadCommand(refused)
        command = row.parse(args)
        began = monotonic()
        if self.drop is not None:
            await self.drop.lock.prolong()
        await self._handle(row, command)
        if self.log.debugging:
            self.log.debug("command", command=row.word, ms=round((monotonic() - began) * 1000, 3))

    async def _handle(self, row: Row, command: Any) -> None:
        try:
            await HANDLERS[type(command)](self, command)
        except Refusal as refusal:
            self.answer(refusal_reply(refusal))
            self.log.debug("refused", command=row.word, reason=str(refusal))
        except (StreamError, LockLost):
            raise
        except Exception as error:  # our fault: the client hears so, and the session goes on
            self.log.error("failed", error, command=row.word)
            self.answer(err("Internal error", replies.SYS_TEMP))

    @property
    def maildrop(self) -> Maildrop:
        assert self.drop is not None  # the table of commands sees to that
        return self.drop

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """What came in clear is forgotten, and so is what we know by it (RFC 2595 §4)."""
        self._receiver.clear()
        facts = await self.stream.start_tls(context)
        self.channel = Channel.of(self.stream.peer.host, facts)
        self.user = ""


HANDLERS: dict[type[Any], Callable[[Session, Any], Awaitable[None]]] = {
    User: login.user,
    Pass: login.pass_,
    Auth: login.auth,
    Stls: login.stls,
    Utf8: session.utf8,
    Capa: session.capa,
    Lang: session.lang,
    Quit: session.quit,
    Stat: maildrop.stat,
    List: maildrop.list_,
    Uidl: maildrop.uidl,
    Retr: maildrop.retr,
    Top: maildrop.top,
    Dele: maildrop.dele,
    Noop: maildrop.noop,
    Rset: maildrop.rset,
}
