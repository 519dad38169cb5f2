"""A byte stream to one peer: an asyncio.Protocol below, a coroutine face above.

How a session uses it:

    framer = LineReceiver()                       # sans-IO, from posthouse.protocols
    stream.write(b"220 mx.example.org ready\r\n")
    while True:
        stream.set_deadline(300)
        data = await stream.receive_or_nudge()    # sends what was written, then waits
        if data is None: …                        # somebody called nudge(), or the hub stops: see stream.draining
        if not data: return                       # the peer has finished
        framer.feed(data)
        for command in framer:
            stream.write(answer)                  # kept back: all answers of one packet leave in one packet
            await stream.breathe()                # the peer does not read: wait, or TimedOut; others: have their turn

Invariants
- Input is bounded: above INPUT_HIGH we stop reading from the socket until the session takes what there is.
- Output is bounded if the session drains: `write` collects up to CORK bytes, then hands them to the transport; above
  OUTPUT_HIGH in the transport `congested` is true, and `drain` waits until the peer has read most of it.
- One task receives. Any task may write, nudge and drain. What has been written is sent when the receiving task waits,
  at `flush`, at `close`, and above CORK bytes: a session that makes the peer wait for anything else must `flush`.
- Cancelling a waiting task loses nothing: bytes stay buffered for the next `receive`.
- After the connection is lost, `write` does nothing, `receive` gives the rest of the input and then fails with
  ConnectionLost (after an orderly end: b""), `drain` fails with ConnectionLost.

The listener closes the stream when the session's coroutine returns or fails; sessions need no try/finally for it.
"""

import asyncio
import math
import ssl
import zlib
from time import monotonic
from typing import NamedTuple, Protocol, cast

from .deflate import Deflate
from .errors import ConnectionLost, StreamError, TimedOut, TlsFailed
from .tls_engine import TlsEngine
from .tls_facts import TlsFacts
from .turns import after_others

INPUT_HIGH = 64 * 1024
CORK = 64 * 1024
JOIN = 4 * CORK  # up to here one copy is cheaper than many small buffers
OUTPUT_HIGH = 128 * 1024
OUTPUT_LOW = 32 * 1024
DRAIN_SECONDS = 300.0  # RFC 5321 §4.5.3.2.5 gives a data block 3 minutes
LINGER_SECONDS = 30.0  # how long a closed stream may take to send its last bytes
HANDSHAKE_SECONDS = 30.0


class Endpoint(NamedTuple):
    """One end of a connection. `host` is numeric, IPv4-mapped IPv6 already unwrapped; "" for a Unix socket."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


NOWHERE = Endpoint("", 0)


class Tap(Protocol):
    """Sees every byte after decryption, in order: a protocol transcript."""

    def received(self, data: bytes) -> None: ...

    def sent(self, data: bytes) -> None: ...

    def identify(self, account: str) -> None: ...


class StreamOwner(Protocol):
    """Whoever made the stream and wants to know its fate: a listener."""

    def stream_opened(self, stream: "Stream") -> None: ...

    def stream_lost(self, stream: "Stream") -> None: ...


class Stream(asyncio.Protocol):
    """One connection, either direction. `start_tls` upgrades it in place."""

    __slots__ = (
        "__weakref__",
        "_congested",
        "_deadline",
        "_deflate",
        "_drainers",
        "_ended",
        "_engine",
        "_failure",
        "_input",
        "_input_size",
        "_loop",
        "_lost",
        "_nudged",
        "_open",
        "_output",
        "_output_size",
        "_owner",
        "_paused",
        "_reader",
        "_timer",
        "_timer_due",
        "_transport",
        "_turn",
        "bytes_in",
        "bytes_out",
        "drain_seconds",
        "draining",
        "peer",
        "tap",
        "tls",
    )

    def __init__(self, owner: StreamOwner | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._owner = owner
        self._transport: asyncio.Transport | None = None
        self._input: list[bytes] = []
        self._input_size = 0
        self._output: list[bytes | bytearray | memoryview] = []
        self._output_size = 0
        self._reader: asyncio.Future[None] | None = None
        self._drainers: list[asyncio.Future[None]] = []
        self._paused = False
        self._congested = False
        self._nudged = False
        self._ended = False
        self._open = False  # between connection_made and close, abort or loss
        self._lost = False
        self._failure: BaseException | None = None
        self._engine: TlsEngine | None = None
        self._deflate: Deflate | None = None
        self._deadline = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = math.inf
        self._turn = monotonic()
        self.bytes_in = 0
        self.bytes_out = 0
        self.drain_seconds = DRAIN_SECONDS
        self.draining = False  # the hub stops: finish this command, say goodbye, return
        self.peer = NOWHERE
        self.tap: Tap | None = None
        self.tls: TlsFacts | None = None  # None: not encrypted

    # -- receiving ------------------------------------------------------------------------------------------------

    async def receive(self) -> bytes:
        """What has arrived, at once if anything has; b"" when the peer has finished sending.

        Raises TimedOut at the deadline and ConnectionLost. A nudge does not end it: use this inside a command (the
        message after DATA, a literal), where neither news nor the hub's stop may come between.
        """
        while not self._input:
            if self._ended:
                return self._end()
            await self._arrival()
            self._turn = monotonic()
        return self._take()

    async def receive_or_nudge(self) -> bytes | None:
        """As `receive`, but None as soon as `nudge` was called or the hub stops: use this between commands."""
        while True:
            if self._nudged:
                self._nudged = False
                return None
            if self._input:
                return self._take()
            if self._ended:
                return self._end()
            await self._arrival()
            self._turn = monotonic()

    def nudge(self) -> None:
        """Make `receive_or_nudge` return None, now or when it is next called. Many nudges count as one."""
        if not self._nudged:
            self._nudged = True
            self._wake()

    def identify(self, account: str) -> None:
        """Who has logged in, for a transcript that was asked for by account."""
        if self.tap is not None:
            self.tap.identify(account)

    @property
    def pending(self) -> bool:
        """Input waits: `receive` would return at once."""
        return bool(self._input)

    def drop_input(self) -> int:
        """Forget what has arrived and was not received; how many bytes that were (`start_tls` does this itself)."""
        return len(self._take()) if self._input else 0

    def _take(self) -> bytes:
        chunks = self._input
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self._input_size = 0
        if self._deflate is not None:
            self._inflate(self._deflate)
        if self._paused and not self._is_full():
            self._paused = False
            if self._transport is not None and not self._transport.is_closing():
                self._transport.resume_reading()
        return data

    def _is_full(self) -> bool:
        """Nothing more is read from the socket until the session takes what there is."""
        if self._deflate is not None and (self._deflate.pending or self._deflate.ended):
            return True
        return self._input_size >= INPUT_HIGH

    def _end(self) -> bytes:
        if self._failure is not None:
            raise ConnectionLost(str(self._failure) or type(self._failure).__name__) from self._failure
        return b""

    def _arrival(self) -> asyncio.Future[None]:
        if self._reader is not None and not self._reader.done():
            raise RuntimeError("two tasks receive from one stream")
        self.flush()
        if self._deadline <= self._loop.time():
            raise TimedOut("the peer sent nothing in time")
        self._reader = reader = self._loop.create_future()
        return reader

    def _wake(self) -> None:
        reader = self._reader
        if reader is not None:
            self._reader = None
            if not reader.done():
                reader.set_result(None)

    # -- sending --------------------------------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send later, in order (see the invariants). `data` must not change afterwards."""
        self._output.append(data)
        self._output_size += len(data)
        if self._output_size >= CORK:
            self.flush()

    def writelines(self, pieces: "list[bytes] | tuple[bytes, ...]") -> None:
        """Write many pieces; cheaper than a call for each."""
        self._output += pieces
        self._output_size += sum(map(len, pieces))
        if self._output_size >= CORK:
            self.flush()

    def flush(self) -> None:
        """Hand everything written to the transport now."""
        output = self._output
        if not output:
            return
        self._output = []
        size, self._output_size = self._output_size, 0
        if not self._open:
            return
        self.bytes_out += size
        if self.tap is not None:
            self.tap.sent(b"".join(output))
        if len(output) == 1:
            self._send_plain(output[0])
        elif size <= JOIN:
            self._send_plain(b"".join(output))
        else:
            for piece in output:
                self._send_plain(piece)

    def _send_plain(self, data: bytes | bytearray | memoryview) -> None:
        if self._deflate is not None:
            data = self._deflate.compress(data)
        if self._engine is None:
            self._send(data)
            return
        try:
            self._send(self._engine.encrypt(data))
        except ssl.SSLError as error:
            self._give_up(self._engine, error)

    def _send(self, data: bytes | bytearray | memoryview) -> None:
        if self._open and self._transport is not None and data:
            self._transport.write(data)

    @property
    def congested(self) -> bool:
        """The peer does not read as fast as we write: `drain` would wait."""
        return self._congested

    async def drain(self) -> None:
        """Wait until the peer has read most of what was sent; at once if it keeps up. Small writes stay corked.

        Raises TimedOut if that takes more than `drain_seconds`; the session's own deadline stands still meanwhile.
        """
        if self._lost:
            raise ConnectionLost("the connection is closed") from self._failure
        if not self._congested:
            return
        began, deadline = self._loop.time(), self._deadline
        self.set_deadline(self.drain_seconds)
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._drainers.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._drainers:
                self._drainers.remove(waiter)
            if deadline != math.inf:
                deadline += self._loop.time() - began
            self._set_deadline(deadline)

    async def breathe(self) -> None:
        """Between two commands of a peer that may have sent many: wait as `drain` does, and let others have their turn
        if this one has been long."""
        if self._congested:
            await self.drain()
            self._turn = monotonic()
        else:
            self._turn = await after_others(self._turn)

    # -- time -----------------------------------------------------------------------------------------------------

    def set_deadline(self, seconds: float | None) -> None:
        """From now on `receive` may wait this long in all, over several calls; None: for ever. Cheap: call it often."""
        self._set_deadline(math.inf if seconds is None else self._loop.time() + seconds)

    def _set_deadline(self, when: float) -> None:
        self._deadline = when
        if when < self._timer_due:
            self._arm(when)

    def _arm(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = when
        self._timer = self._loop.call_at(when, self._on_timer)

    def _on_timer(self) -> None:
        self._timer, self._timer_due = None, math.inf
        if self._loop.time() < self._deadline:
            if self._deadline != math.inf and not self._lost:
                self._arm(self._deadline)
            return
        if self._reader is not None and not self._reader.done():
            self._reader.set_exception(TimedOut("the peer sent nothing in time"))
            self._reader = None
        for drainer in self._drainers:
            if not drainer.done():
                drainer.set_exception(TimedOut("the peer does not read what we send"))

    # -- TLS ------------------------------------------------------------------------------------------------------

    async def start_tls(
        self,
        context: ssl.SSLContext,
        *,
        server_hostname: str | None = None,
        implicit: bool = False,
        seconds: float = HANDSHAKE_SECONDS,
    ) -> TlsFacts:
        """Encrypt from here on. We are the server unless `context` is a client's.

        After STARTTLS: `write` the go-ahead first, it leaves unencrypted; all plaintext that was received and not yet
        taken is dropped, on both sides (CVE-2011-0411). With `implicit` the connection begins with TLS, and what has
        arrived already belongs to the handshake. `server_hostname` (client) is asked for by SNI and verified if the
        context verifies. Raises TlsFailed, with the connection closed. No deadline stands afterwards: set one.
        """
        if not implicit:
            self.drop_input()
        self.flush()
        engine = TlsEngine(context, server_hostname)
        tap, self.tap = self.tap, None  # a transcript shows what is said inside
        self.set_deadline(seconds)
        try:
            await self._shake_hands(engine)
        except ssl.SSLError as error:
            self._give_up(engine, error)
            raise TlsFailed(tls_reason(error)) from error
        except StreamError as error:
            self.abort()
            raise TlsFailed(f"no handshake: {error}") from error
        except asyncio.CancelledError:
            self.abort()
            raise
        self.set_deadline(None)
        self.tap, self._engine, self.tls = tap, engine, TlsFacts(engine.tls)
        self._decrypt(engine, b"")  # the peer's first words may have come with its last handshake message
        return self.tls

    async def _shake_hands(self, engine: TlsEngine) -> None:
        data = self._take()
        while not engine.handshake(data):
            self.write(engine.outgoing())
            data = await self.receive()
            if not data:
                raise ConnectionLost("the peer went away")
        self.write(engine.outgoing())
        self.flush()

    def _decrypt(self, engine: TlsEngine, ciphertext: bytes) -> None:
        try:
            data = engine.decrypt(ciphertext)
        except ssl.SSLError as error:
            self._give_up(engine, error)
            return
        if reply := engine.outgoing():
            self._send(reply)
        if data:
            self._decompress(data)
        if engine.ended:
            self.eof_received()

    def _give_up(self, engine: TlsEngine, error: ssl.SSLError) -> None:
        """Broken TLS: tell the peer by the alert that OpenSSL made, and close."""
        self._failure = TlsFailed(tls_reason(error))
        self._ended = True
        self._send(engine.outgoing())
        self._shut()
        self._wake()

    # -- compression ----------------------------------------------------------------------------------------------

    @property
    def compressed(self) -> bool:
        return self._deflate is not None

    def start_deflate(self) -> None:
        """Compress from here on, within TLS if there is any – RFC 4978 §3. `write` the go-ahead first, it leaves as it
        is; what has arrived and was not yet taken is dropped."""
        self.drop_input()
        self.flush()
        self._deflate = Deflate()

    def stop_deflate(self) -> None:
        """What was written leaves compressed, what comes next does not, on either side – RFC 8437 §4.1."""
        self.flush()
        deflate, self._deflate = self._deflate, None
        if deflate is not None and deflate.rest:
            self._arrived(deflate.rest)

    def _decompress(self, data: bytes) -> None:
        if self._deflate is None:
            self._arrived(data)
        else:
            self._deflate.feed(data)
            self._inflate(self._deflate)

    def _inflate(self, deflate: Deflate) -> None:
        """As much as there is room for."""
        try:
            while deflate.pending and self._input_size < INPUT_HIGH:
                if piece := deflate.read(INPUT_HIGH - self._input_size):
                    self._arrived(piece)
        except zlib.error as error:
            self._failure = ConnectionLost(f"what came is not compressed: {error}")
            self._deflate, self._ended = None, True
            self._shut()
            self._wake()
            return
        if self._is_full() and not self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    # -- the end --------------------------------------------------------------------------------------------------

    @property
    def local(self) -> Endpoint:
        """Our end of the connection."""
        return NOWHERE if self._transport is None else endpoint(self._transport.get_extra_info("sockname"))

    @property
    def closed(self) -> bool:
        """Nothing can be sent any more."""
        return not self._open

    def close(self) -> None:
        """Send what was written, then end the connection, within LINGER_SECONDS; returns at once."""
        self._say_goodbye()
        self._shut()

    def abort(self) -> None:
        """End the connection now, whatever was not yet sent."""
        self._open = False
        if self._transport is not None:
            self._transport.abort()

    def _say_goodbye(self) -> None:
        self.flush()
        if self._engine is not None and self._open:
            self._send(self._engine.goodbye())

    def _shut(self) -> None:
        self._open = False
        if self._transport is None or self._lost or self._transport.is_closing():
            return
        self._transport.close()
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = -math.inf  # no deadline takes this timer's place
        if self._transport.get_write_buffer_size():
            self._timer = self._loop.call_later(LINGER_SECONDS, self.abort)

    async def finish(self, seconds: float = 2.0) -> None:
        """Close such that the peer surely gets our last words although it is still sending.

        Closing a socket with unread input resets the connection, and the peer may then never see the answer that says
        why. So: end our side, read and forget until the peer ends its own or the time is over, then close.
        """
        self._say_goodbye()
        if self._open and self._transport is not None:
            self._transport.write_eof()
        self._open = False
        self.set_deadline(seconds)
        try:
            while await self.receive():
                pass
        except (ConnectionLost, TimedOut):
            pass
        finally:
            self.close()

    # -- called by the event loop ---------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open = True
        self._transport.set_write_buffer_limits(high=OUTPUT_HIGH, low=OUTPUT_LOW)
        self.peer = endpoint(transport.get_extra_info("peername"))
        if self._owner is not None:
            self._owner.stream_opened(self)

    def data_received(self, data: bytes) -> None:
        if self._engine is None:
            self._decompress(data)
        else:
            self._decrypt(self._engine, data)

    def _arrived(self, data: bytes) -> None:
        self._input.append(data)
        self._input_size = size = self._input_size + len(data)
        self.bytes_in += len(data)
        if self.tap is not None:
            self.tap.received(data)
        reader = self._reader
        if reader is not None:
            self._reader = None
            if not reader.done():
                reader.set_result(None)
        elif size >= INPUT_HIGH and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        self._ended = True
        self._wake()
        return True  # the peer may still read our answers

    def pause_writing(self) -> None:
        self._congested = True

    def resume_writing(self) -> None:
        self._congested = False
        for drainer in self._drainers:
            if not drainer.done():
                drainer.set_result(None)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._lost:
            return
        orderly = self._ended and exc is None
        self._lost = self._ended = True
        self._open = False
        self._congested = False
        if not orderly and self._failure is None:
            self._failure = exc or ConnectionLost("the connection was closed")
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._output.clear()
        self._wake()
        for drainer in self._drainers:
            if not drainer.done():
                drainer.set_exception(ConnectionLost("the peer went away"))
        if self._owner is not None:
            self._owner.stream_lost(self)


def endpoint(name: object) -> Endpoint:
    """From what the socket module calls an address."""
    if not isinstance(name, tuple) or len(name) < 2:
        return NOWHERE
    host = str(name[0])
    if host.startswith("::ffff:") and "." in host:
        host = host[7:]
    return Endpoint(host, int(name[1]))


def tls_reason(error: ssl.SSLError) -> str:
    """OpenSSL's own words, without the library's file and line: "no shared cipher"."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {error.verify_message}"
    return (error.reason or str(error)).replace("_", " ").lower()
