"""One SMTP session as a client – RFC 5321 §3, §4.5.3.2: greeting, EHLO, STARTTLS, AUTH, then messages.

    session = SmtpSession(stream, hostname, timeouts)
    await session.begin()
    replies = await session.send(delivery)       # one for each recipient
    await session.quit()

What the peer says is a value (`Reply`), also when it is a no; `SessionFailed` means that this connection is of no more
use, and carries the reply or the words which explain it. Nothing here decides about retries.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from posthouse.database import Transaction
from posthouse.message.convert import to_7bit
from posthouse.model.address import Envelope, Recipient
from posthouse.model.refusals import BadCredentials, BadSyntax
from posthouse.net.errors import StreamError, TlsFailed
from posthouse.net.stream import Stream
from posthouse.protocols.sasl.client import Credentials, choose
from posthouse.protocols.sasl.encoding import decode_base64, encode_base64
from posthouse.protocols.smtp.client import DotStuffer, ReplyParser, format_mail, format_rcpt
from posthouse.protocols.smtp.downgrade import Convert, Needs, Plan, Undeliverable, plan
from posthouse.protocols.smtp.extensions import PIPELINING, STARTTLS, Extensions, parse_extensions
from posthouse.protocols.smtp.replies import Reply
from posthouse.store.blobs import Buffer

CHUNK = 256 * 1024
HEADER = 128 * 1024
"""Of a message's beginning, where its header is looked for."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for each answer; RFC 5321 §4.5.3.2 gives the least for each."""

    greeting: float = 300.0
    command: float = 300.0
    data_start: float = 120.0
    data_block: float = 180.0
    data_end: float = 600.0


class SessionFailed(Exception):
    """The connection is of no more use. `reply` is what the peer said, or our words in the form of one."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


Settle = Callable[[Transaction, Sequence[Recipient], Reply], None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for some recipients at one destination."""

    envelope: Envelope
    recipients: Sequence[Recipient]
    content: Buffer
    utf8_header: bool = False
    queue_id: int = 0
    """Where it waited."""
    settle: Settle | None = None
    """For who has the message in our own database: notes, in the transaction in which they get it, that some of the
    recipients are served. Raises a Refusal when they are not ours any more; then nothing may be kept."""

    @classmethod
    def of(cls, envelope: Envelope, recipients: Sequence[Recipient], content: Buffer) -> Delivery:
        """What the content needs is looked up in it: a client's BODY is a claim, and mail made here may have none."""
        utf8_header = envelope.smtputf8 and not bytes(content[:HEADER]).partition(b"\r\n\r\n")[0].isascii()
        if envelope.body == "7BIT" and not _is_ascii(content):
            envelope = replace(envelope, body="8BITMIME")
        return cls(envelope, recipients, content, utf8_header)


def _is_ascii(content: Buffer) -> bool:
    return all(piece.isascii() for piece in _pieces(content))


def _pieces(content: Buffer) -> Iterator[bytes]:
    return (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))


def _converted(content: Buffer) -> tuple[int, Iterator[bytes]] | None:
    """Its size, for MAIL and BDAT, is known by making it once; to be sent it is made again."""
    converted = to_7bit(content)
    return None if converted is None else (sum(map(len, converted.pieces())), converted.pieces())


class SmtpSession:
    def __init__(self, stream: Stream, hostname: str, timeouts: Timeouts) -> None:
        self._stream, self._hostname, self._timeouts = stream, hostname, timeouts
        self._parser = ReplyParser()
        self._replies: list[Reply] = []
        self.peer = Extensions()
        self.sent = 0
        """Messages which this connection has carried."""

    async def begin(
        self,
        tls: ssl.SSLContext | None = None,
        tls_name: str = "",
        credentials: Credentials | None = None,
        *,
        require_tls: bool = False,
    ) -> None:
        """Up to where a message may be sent. With `tls`, STARTTLS is used if it is offered (RFC 3207)."""
        greeting = await self._reply(self._timeouts.greeting)
        if greeting.code != 220:
            raise SessionFailed(greeting)
        await self._hello()
        if tls is not None and STARTTLS in self.peer and self._stream.tls is None:
            await self._start_tls(tls, tls_name)
        if require_tls and self._stream.tls is None:
            raise SessionFailed(Reply(454, "4.7.10", ("TLS is required here and the next mail system offers none",)))
        if credentials is not None:
            await self._authenticate(credentials)

    async def send(self, delivery: Delivery) -> list[Reply]:
        """One reply for each recipient: of its RCPT when that was refused, of the message otherwise."""
        envelope, recipients = delivery.envelope, delivery.recipients
        decided = plan(
            Needs(len(delivery.content), envelope.body, delivery.utf8_header, envelope.require_tls),
            envelope.sender,
            [recipient.address for recipient in recipients],
            self.peer,
            tls=self._stream.tls is not None,
        )
        if isinstance(decided, Undeliverable):
            return [Reply(554, decided.status, (decided.text,))] * len(recipients)
        size, pieces = len(delivery.content), _pieces(delivery.content)
        if decided.convert is not Convert.NOTHING:
            made = await asyncio.to_thread(_converted, delivery.content)
            if made is None:
                no = Reply(
                    554, "5.6.3", ("The message needs a conversion for the next mail system that is not possible",)
                )
                return [no] * len(recipients)
            size, pieces = made
        self.sent += 1
        commands = [self._mail(envelope, decided, size)]
        commands += [format_rcpt(recipient, self.peer, smtputf8=decided.smtputf8) for recipient in recipients]
        if decided.chunking:
            return await self._send_chunks(commands, size, pieces)
        return await self._send_data(commands, pieces)

    def _mail(self, envelope: Envelope, decided: Plan, size: int) -> bytes:
        return format_mail(
            envelope.sender,
            self.peer,
            size=size,
            body=decided.body,
            smtputf8=decided.smtputf8,
            ret=envelope.ret,
            envid=envelope.envid,
            require_tls=envelope.require_tls,
        )

    async def quit(self) -> None:
        """Politely, but without waiting for long."""
        try:
            self._stream.write(b"QUIT\r\n")
            await self._reply(5)
        except (SessionFailed, StreamError):
            pass
        self._stream.close()

    # the beginning

    async def _hello(self) -> None:
        reply = await self._command(f"EHLO {self._hostname}\r\n".encode(), self._timeouts.command)
        if reply.code == 250:
            self.peer = parse_extensions(reply)
            return
        reply = await self._command(f"HELO {self._hostname}\r\n".encode(), self._timeouts.command)
        if reply.code != 250:
            raise SessionFailed(reply)
        self.peer = Extensions(reply.lines[0].partition(" ")[0])

    async def _start_tls(self, context: ssl.SSLContext, name: str) -> None:
        reply = await self._command(b"STARTTLS\r\n", self._timeouts.command)
        if reply.code != 220:
            return  # offered and not given: go on in clear, as without the offer
        self._parser.clear()
        self._replies.clear()
        await self._stream.start_tls(context, server_hostname=name or None)
        await self._hello()

    async def _authenticate(self, credentials: Credentials) -> None:
        nonce = secrets.token_urlsafe(18).encode()
        plaintext = self._stream.tls is not None or self._stream.peer.host in ("127.0.0.1", "::1")
        mechanism = choose(self.peer.mechanisms, credentials, nonce, {}, plaintext=plaintext)
        if mechanism is None:
            raise SessionFailed(Reply(454, "4.7.0", ("The relay offers no login that we can use",)))
        initial = mechanism.initial()
        first = b"" if initial is None else b" " + (encode_base64(initial) or b"=")
        reply = await self._command(b"AUTH " + mechanism.name.encode() + first + b"\r\n", self._timeouts.command)
        try:
            while reply.code == 334:
                answer = await asyncio.to_thread(mechanism.respond, decode_base64(reply.text.encode()))
                reply = await self._command(encode_base64(answer) + b"\r\n", self._timeouts.command)
            if reply.code == 235:
                mechanism.finish()
                return
        except (BadSyntax, BadCredentials) as error:
            raise SessionFailed(Reply(454, "4.7.0", (f"The login at the relay failed: {error}",))) from error
        raise SessionFailed(Reply(454, "4.7.8", (f"The relay refused our login: {reply.text}",)))

    # a message

    async def _envelope(self, commands: list[bytes], last: bytes = b"") -> tuple[list[Reply], Reply | None]:
        """MAIL and every RCPT, in one go where the peer can; with DATA at the end if given. The replies to the RCPTs
        (of MAIL, if that was refused), and to DATA."""
        if PIPELINING in self.peer:
            self._stream.write(b"".join(commands) + last)
            replies = [await self._reply(self._timeouts.command) for _ in commands]
            data = await self._reply(self._timeouts.data_start) if last else None
            refused = replies[0] if not replies[0].positive else None
            return [refused or reply for reply in replies[1:]], data
        mail = await self._command(commands[0], self._timeouts.command)
        if not mail.positive:
            return [mail] * (len(commands) - 1), None
        replies = [await self._command(command, self._timeouts.command) for command in commands[1:]]
        if last and any(reply.positive for reply in replies):
            return replies, await self._command(last, self._timeouts.data_start)
        return replies, None

    async def _send_data(self, commands: list[bytes], pieces: Iterable[bytes]) -> list[Reply]:
        replies, go = await self._envelope(commands, b"DATA\r\n")
        if go is None or go.code != 354:
            await self._reset()
            return [reply if not reply.positive or go is None else go for reply in replies]
        if not any(reply.positive for reply in replies):  # RFC 2920 §3.1: nobody is left, and yet it wants a message
            await self._command(b".\r\n", self._timeouts.data_end)
            return replies
        stuffer = DotStuffer()
        for piece in pieces:
            await self._block(stuffer.encode(piece))
        final = await self._command(stuffer.finish(), self._timeouts.data_end)
        return [final if reply.positive else reply for reply in replies]

    async def _send_chunks(self, commands: list[bytes], size: int, pieces: Iterable[bytes]) -> list[Reply]:
        """RFC 3030: the octets as they are."""
        replies, _ = await self._envelope(commands)
        if not any(reply.positive for reply in replies):
            await self._reset()
            return replies
        self._stream.write(f"BDAT {size} LAST\r\n".encode())
        for piece in pieces:
            await self._block(piece)
        final = await self._reply(self._timeouts.data_end)
        return [final if reply.positive else reply for reply in replies]

    async def _block(self, data: bytes) -> None:
        self._stream.drain_seconds = self._timeouts.data_block
        self._stream.write(data)
        if self._stream.congested:
            try:
                await self._stream.drain()
            except StreamError as error:
                raise SessionFailed(_lost(error)) from error

    async def _reset(self) -> None:
        reply = await self._command(b"RSET\r\n", self._timeouts.command)
        if not reply.positive:
            raise SessionFailed(reply)

    async def _command(self, line: bytes, seconds: float) -> Reply:
        self._stream.write(line)
        return await self._reply(seconds)

    async def _reply(self, seconds: float) -> Reply:
        """The next one; 421 at any time ends the session (RFC 5321 §3.8)."""
        self._stream.set_deadline(seconds)
        while not self._replies:
            try:
                data = await self._stream.receive()
                if not data:
                    raise SessionFailed(Reply(451, "4.4.2", ("The next mail system closed the connection",)))
                self._replies += self._parser.feed(data)
            except TlsFailed:
                raise
            except StreamError as error:
                raise SessionFailed(_lost(error)) from error
            except BadSyntax as error:
                raise SessionFailed(Reply(451, "4.5.0", ("The next mail system does not speak SMTP",))) from error
        reply = self._replies.pop(0)
        if reply.code == 421:
            raise SessionFailed(reply)
        return reply


def _lost(error: StreamError) -> Reply:
    return Reply(451, "4.4.2", (f"The connection to the next mail system failed: {error}",))
