"""One POP3 connection.

Invariants
- One command at a time, in order, however many were pipelined.
- The maildrop is locked from login to the end; a lock that nobody holds any more ends by itself.
- Nothing is deleted but in UPDATE, which only QUIT reaches: a lost connection deletes nothing (RFC 1939 §6).
- After STLS nothing counts that was sent before it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from posthouse import __version__
from posthouse.directory import Login
from posthouse.model.refusals import BadSyntax, Refusal
from posthouse.net.errors import StreamError, TimedOut
from posthouse.net.stream import Stream
from posthouse.protocols.pop3 import replies
from posthouse.protocols.pop3.capabilities import Offer, capa_response, lang_response, listing
from posthouse.protocols.pop3.commands.login import Auth, Pass, Stls, User
from posthouse.protocols.pop3.commands.maildrop import Dele, List, Noop, Retr, Rset, Stat, Top, Uidl
from posthouse.protocols.pop3.commands.session import Capa, Lang, Quit, Utf8
from posthouse.protocols.pop3.commands.table import out_of_sequence, split_line
from posthouse.protocols.pop3.framing import AUTH_LINE_LIMIT, Receiver
from posthouse.protocols.pop3.machine import Event, Machine, State
from posthouse.protocols.pop3.multiline import DotEncoder, TopCutter
from posthouse.protocols.pop3.replies import BadCommand, Reply, err, ok
from posthouse.protocols.sasl.encoding import Cancelled, decode_response
from posthouse.servers.login import Channel
from posthouse.store.blobs import Buffer

from .maildrop import Maildrop
from .refusals import refusal_reply

if TYPE_CHECKING:
    from .server import Pop3Server

CHUNK = 64 * 1024
LANGUAGES = (("en", "English"),)


class Session:
    def __init__(self, server: Pop3Server, stream: Stream, name: str) -> None:
        self._server, self._stream, self._name = server, stream, name
        self._receiver = Receiver()
        self._machine = Machine()
        self._channel = Channel.of(stream.peer.host, stream.tls)
        self._user = ""
        self._drop: Maildrop | None = None
        self._errors = 0
        self._log = server.log.bind(peer=str(stream.peer), session=name)

    async def run(self) -> None:
        stream = self._stream
        self._answer(ok(f"{self._server.hostname} POP3 server ready"))
        try:
            while self._machine.state is not State.CLOSED:
                line = await self._line()
                if line is None:
                    return
                await self._command(line)
                if stream.congested:
                    await stream.drain()
        except TimedOut:
            self._answer(err("Closing an idle connection"))
        except StreamError:
            pass
        finally:
            await self._leave()

    async def _leave(self) -> None:
        drop, self._drop = self._drop, None
        if drop is not None:
            await drop.release()
            self._log.info("lost", account=drop.account)

    # in and out

    async def _line(self, limit: int = 0) -> bytes | None:
        """The next line; None when the client has gone, or the hub stops between commands."""
        settings = self._server.settings
        while True:
            try:
                line = self._receiver.line(limit)
            except BadCommand as error:
                self._complain(error.reply)
                if self._machine.state is State.CLOSED:
                    return None
                continue
            if line is not None:
                return line
            self._stream.set_deadline(settings.idle_timeout if self._drop is not None else settings.login_timeout)
            data = await (self._stream.receive() if limit else self._stream.receive_or_nudge())
            if data is None:
                if self._stream.draining:
                    self._answer(err("The server is shutting down", replies.SYS_TEMP))
                    return None
                continue
            if not data:
                return None
            self._receiver.feed(data)

    def _answer(self, reply: Reply) -> None:
        self._stream.write(reply.wire)

    def _complain(self, reply: Reply) -> None:
        self._answer(reply)
        self._errors += 1
        if self._errors >= self._server.settings.max_errors:
            self._answer(err("Too many errors, closing the connection"))
            self._machine.on(Event.CLOSE)

    async def _command(self, line: bytes) -> None:
        began = monotonic()
        try:
            row, args = split_line(line)
            refused = out_of_sequence(row, self._machine.state)
            if refused is not None:
                self._complain(refused)
                return
            command = row.parse(args)
        except BadCommand as error:
            self._complain(error.reply)
            return
        try:
            if self._drop is not None:
                await self._drop.prolong()
            await HANDLERS[type(command)](self, command)
        except Refusal as refusal:
            self._answer(refusal_reply(refusal))
            self._log.debug("refused", command=row.word, reason=str(refusal))
        except StreamError:
            raise
        except Exception as error:  # our fault: the client hears so, and the session goes on
            self._log.error("failed", error, command=row.word)
            self._answer(err("Internal error", replies.SYS_TEMP))
        if self._log.debugging:
            self._log.debug("command", command=row.word, ms=round((monotonic() - began) * 1000, 3))

    # AUTHORIZATION

    async def user(self, command: User) -> None:
        if not self._server.authenticator.plaintext_allowed(self._channel):
            self._answer(replies.TLS_REQUIRED)
            return
        self._user = command.name
        self._machine.on(Event.USER)
        self._answer(replies.SEND_PASSWORD)

    async def pass_(self, command: Pass) -> None:
        await self._log_in(self._server.authenticator.login(self._user, command.password, self._channel))

    async def auth(self, command: Auth) -> None:
        authenticator = self._server.authenticator
        if not command.mechanism:
            self._stream.write(listing("Mechanisms follow", authenticator.mechanisms(self._channel)))
            return
        self._machine.on(Event.AUTH)
        await self._log_in(self._exchange(command))

    async def _exchange(self, command: Auth) -> Login:
        login, _ = await self._server.authenticator.authenticate(
            command.mechanism, command.initial, self._channel, self._ask
        )
        return login

    async def _ask(self, challenge: bytes) -> bytes:
        self._stream.write(replies.challenge(challenge))
        line = await self._line(AUTH_LINE_LIMIT)
        if line is None:
            raise Cancelled
        return decode_response(line)

    async def _log_in(self, verify: Awaitable[Login]) -> None:
        try:
            login = await verify
            self._drop = drop = await Maildrop.open(self._server.store, login.account, self._name)
        except (Refusal, BadSyntax, Cancelled) as error:
            self._machine.on(Event.REFUSED)
            self._refuse_login(error)
            return
        except Exception:
            self._machine.on(Event.REFUSED)
            raise
        self._machine.on(Event.LOGIN)
        self._log = self._log.bind(account=login.address)
        self._log.info("login", messages=len(drop))
        count, octets = drop.totals()
        self._answer(ok(f"Maildrop has {count} messages ({octets} octets)"))

    def _refuse_login(self, error: Refusal | BadSyntax | Cancelled) -> None:
        self._log.info("login-refused", reason=str(error) or type(error).__name__)
        if isinstance(error, Cancelled):
            self._answer(replies.CANCELLED)
        elif isinstance(error, BadSyntax):
            self._complain(err("Cannot decode the response"))
        else:
            self._complain(refusal_reply(error))

    async def stls(self, command: Stls) -> None:
        context = self._server.tls()
        if self._stream.tls is not None:
            self._answer(replies.TLS_ALREADY_ACTIVE)
        elif context is None:
            self._answer(err("TLS is not available", replies.SYS_PERM))
        else:
            self._machine.on(Event.STLS)
            self._answer(replies.READY_FOR_TLS)
            self._receiver.clear()
            facts = await self._stream.start_tls(context)
            self._channel = Channel.of(self._stream.peer.host, facts)
            self._user = ""
            self._machine.on(Event.TLS_UP)

    async def utf8(self, command: Utf8) -> None:
        """What is stored is sent as it is in either case; the client now says that it understands (RFC 6856 §2.1)."""
        self._answer(ok("UTF8 enabled"))

    # any state

    async def capa(self, command: Capa) -> None:
        server, before_login = self._server, self._drop is None
        authenticator = server.authenticator
        offer = Offer(
            user=before_login and authenticator.plaintext_allowed(self._channel),
            stls=before_login and self._stream.tls is None and server.tls() is not None,
            mechanisms=authenticator.mechanisms(self._channel) if before_login else (),
            login_delay=server.settings.login_delay,
            implementation=f"Posthouse-{__version__}",
        )
        self._stream.write(capa_response(offer))

    async def lang(self, command: Lang) -> None:
        if not command.tag:
            self._stream.write(lang_response(LANGUAGES))
        elif command.tag == "*" or command.tag.lower().split("-")[0] == "en":
            self._answer(ok("en English it is"))
        else:
            self._answer(err("No such language here"))

    async def quit(self, command: Quit) -> None:
        drop, self._drop = self._drop, None
        self._machine.on(Event.QUIT)
        if drop is not None:
            complete = await drop.update(mark_seen=self._server.settings.mark_seen)
            self._machine.on(Event.CLOSE)
            self._log.info("quit", deleted=len(drop.deleted), retrieved=len(drop.retrieved))
            self._answer(replies.BYE if complete else replies.SOME_NOT_REMOVED)
        else:
            self._answer(replies.BYE)

    # TRANSACTION

    @property
    def maildrop(self) -> Maildrop:
        assert self._drop is not None  # the table of commands sees to that
        return self._drop

    async def stat(self, command: Stat) -> None:
        self._answer(replies.drop_listing(*self.maildrop.totals()))

    async def list(self, command: List) -> None:
        drop = self.maildrop
        if command.message is not None:
            self._one(command.message, lambda number: ok(f"{number} {drop.size(number)}"))
            return
        count, octets = drop.totals()
        self._answer(ok(f"{count} messages ({octets} octets)"))
        await self._pieces(lambda piece: replies.scan_listings((number, drop.size(number)) for number in piece))

    async def uidl(self, command: Uidl) -> None:
        drop = self.maildrop
        if command.message is not None:
            self._one(command.message, lambda number: ok(f"{number} {drop.unique_id(number).decode()}"))
            return
        self._answer(ok("Unique ids follow"))
        await self._pieces(
            lambda piece: replies.unique_id_listings((number, drop.unique_id(number)) for number in piece)
        )

    def _one(self, number: int, reply: Callable[[int], Reply]) -> None:
        self._answer(reply(number) if self.maildrop.has(number) else replies.NO_SUCH_MESSAGE)

    async def _pieces(self, lines: Callable[[Any], bytes]) -> None:
        """A listing in pieces, so that a large maildrop is never one large answer."""
        numbers = list(self.maildrop.left())
        for start in range(0, len(numbers), 1000):
            self._stream.write(lines(numbers[start : start + 1000]))
            if self._stream.congested:
                await self._stream.drain()
        self._stream.write(replies.END)

    async def retr(self, command: Retr) -> None:
        content = await self._content(command.message)
        if content is not None:
            self.maildrop.retrieved.add(command.message)
            self._answer(ok(f"{len(content)} octets"))
            encoder = DotEncoder()
            for start in range(0, len(content), CHUNK):
                await self._send(encoder.encode(content[start : start + CHUNK]))
            self._stream.write(encoder.finish())

    async def top(self, command: Top) -> None:
        content = await self._content(command.message)
        if content is not None:
            self._answer(ok("Top of the message follows"))
            cutter, encoder = TopCutter(command.lines), DotEncoder()
            for start in range(0, len(content), CHUNK):
                if cutter.done:
                    break
                await self._send(encoder.encode(cutter.feed(content[start : start + CHUNK])))
            self._stream.write(encoder.finish())

    async def _content(self, number: int) -> Buffer | None:
        content = await self.maildrop.message(number) if self.maildrop.has(number) else None
        if content is None:
            self._answer(replies.NO_SUCH_MESSAGE)
        return content

    async def _send(self, data: bytes) -> None:
        self._stream.write(data)
        if self._stream.congested:
            await self._stream.drain()

    async def dele(self, command: Dele) -> None:
        number, drop = command.message, self.maildrop
        if number in drop.deleted:
            self._answer(replies.ALREADY_DELETED)
        elif not drop.has(number):
            self._answer(replies.NO_SUCH_MESSAGE)
        else:
            drop.deleted.add(number)
            self._answer(ok(f"Message {number} deleted"))

    async def noop(self, command: Noop) -> None:
        self._answer(ok())

    async def rset(self, command: Rset) -> None:
        self.maildrop.deleted.clear()
        self._answer(ok(f"Maildrop has {len(self.maildrop)} messages"))


HANDLERS: dict[type[Any], Callable[[Session, Any], Awaitable[None]]] = {
    User: Session.user,
    Pass: Session.pass_,
    Auth: Session.auth,
    Stls: Session.stls,
    Utf8: Session.utf8,
    Capa: Session.capa,
    Lang: Session.lang,
    Quit: Session.quit,
    Stat: Session.stat,
    List: Session.list,
    Uidl: Session.uidl,
    Retr: Session.retr,
    Top: Session.top,
    Dele: Session.dele,
    Noop: Session.noop,
    Rset: Session.rset,
}
