"""Listening sockets and the sessions behind them.

    sockets = open_sockets(["127.0.0.1:0", "[::1]:0"])      # in the supervisor: free ports are chosen here, once
    server = Server("imap", imap.session, gate=Gate(10_000, 100), refusal=b"* BYE Too many connections\r\n")
    await server.listen(open_sockets(["127.0.0.1:143"]))    # in each worker: SO_REUSEPORT, the kernel shares out
    ...
    await server.close(grace=20)

A session is a coroutine that gets the stream. When it returns or fails, the stream is closed; a StreamError is the
peer's affair and logged at debug, anything else is ours and logged as an error with its traceback.

Closing: nobody is accepted any more; every stream gets `draining` and a nudge, so that sessions between commands say
goodbye at once and others after their command; what is not gone after the grace is cancelled.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from posthouse.observe.logs import Logger
from posthouse.observe.metrics import Counter, Gauge
from posthouse.observe.transcript import Tracer

from .addresses import parse_address, short_path
from .errors import StreamError, TlsFailed
from .gate import Gate
from .stream import Endpoint, Stream, endpoint

BACKLOG = 1024
FINISH_SECONDS = 2.0
REFUSALS = 500  # connections at once that are told why; above, they are just reset
_NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)

CONNECTIONS = Counter("posthouse_connections_total", "Connections accepted.", ("service",))
REFUSED = Counter("posthouse_connections_refused_total", "Connections too many.", ("service",))
OPEN = Gauge("posthouse_connections", "Connections that stand now.", ("service",))

Session = Callable[[Stream], Awaitable[None]]
TlsContext = Callable[[], ssl.SSLContext]


class CannotListen(Exception):
    """The text says which address, why, and what may help."""


class Server:
    """One service of one worker, on any number of sockets."""

    def __init__(
        self,
        name: str,
        session: Session,
        *,
        tls: TlsContext | None = None,
        gate: Gate | None = None,
        refusal: bytes = b"",
        tracer: Tracer | None = None,
    ) -> None:
        """`tls`: connections begin with a handshake (imaps). `refusal`: what a connection too many is told, in clear;
        with implicit TLS it is just closed. `gate` may be shared by several servers."""
        self.name = name
        self._session = session
        self._tls = tls
        self._gate = gate or Gate()
        self._refusal = refusal
        self._tracer = tracer
        self._log = Logger(name)
        self._tasks: dict[Stream, asyncio.Task[None]] = {}
        self._listeners: list[asyncio.Server] = []
        self.addresses: list[Endpoint] = []
        self._accepted, self._refused, self._open = (metric.labels(name) for metric in (CONNECTIONS, REFUSED, OPEN))
        self.accepted = 0
        self._refusing = 0

    @property
    def sessions(self) -> int:
        """How many there are now."""
        return len(self._tasks)

    def serve(self, session: Session, *, tls: TlsContext | None, gate: Gate) -> None:
        """Connections from here on are served by another session; those that stand go on as they are."""
        self._session, self._tls, self._gate = session, tls, gate

    async def listen(self, sockets: Iterable[socket.socket]) -> None:
        """Accept on these sockets, which are the server's from now on."""
        loop = asyncio.get_running_loop()
        for bound in sockets:
            self.addresses.append(endpoint(bound.getsockname()))
            create = loop.create_unix_server if bound.family == socket.AF_UNIX else loop.create_server
            self._listeners.append(await create(self._new_stream, sock=bound, backlog=BACKLOG))

    async def close(self, grace: float) -> None:
        """See above. Returns when all sessions have ended."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for stream in list(self._tasks):
            stream.draining = True
            stream.nudge()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=grace)
        left = list(self._tasks.items())
        for _, task in left:
            task.cancel()
        if left:
            await asyncio.wait([task for _, task in left])
        for stream, _ in left:
            stream.abort()

    def _new_stream(self) -> Stream:
        return Stream(self)

    def stream_opened(self, stream: Stream) -> None:
        """Called by the stream."""
        gate = self._gate
        if gate.enter(stream.peer.host):
            self.accepted += 1
            self._accepted.inc()
            self._open.inc()
            run = self._run(stream, gate)
        else:
            self._refused.inc()
            if not self._refusal or self._tls is not None or self._refusing >= REFUSALS:
                stream.abort()
                return
            run = self._refuse(stream)
        self._tasks[stream] = asyncio.get_running_loop().create_task(run)

    def stream_lost(self, stream: Stream) -> None:
        """Called by the stream: its session hears of it when it next waits."""

    async def _run(self, stream: Stream, gate: Gate) -> None:
        try:
            if self._tracer is not None and self._tracer.active:
                stream.tap = self._tracer.open(self.name, stream.peer.host)  # sees what comes with the handshake's end
            if self._tls is not None:
                await stream.start_tls(self._tls(), implicit=True)
            await self._session(stream)
        except TlsFailed as error:
            self._log.debug("no TLS", peer=stream.peer, reason=error)
        except StreamError as error:
            self._log.debug("connection ended", peer=stream.peer, reason=error)
        except asyncio.CancelledError:
            stream.abort()
        except Exception as error:
            self._log.error("session failed", error, peer=stream.peer)
        finally:
            stream.close()
            gate.leave(stream.peer.host)
            self._open.dec()
            del self._tasks[stream]

    async def _refuse(self, stream: Stream) -> None:
        self._refusing += 1
        try:
            self._log.info("too many connections", peer=stream.peer)
            stream.write(self._refusal)
            await stream.finish(FINISH_SECONDS)
        finally:
            self._refusing -= 1
            stream.close()
            del self._tasks[stream]


def open_sockets(addresses: Iterable[str]) -> list[socket.socket]:
    """Bound, not yet listening: until then the kernel gives them no connections, so a supervisor may hold ports with
    them (also those below 1024, before it gives up its rights). A name may stand for several addresses."""
    sockets: list[socket.socket] = []
    try:
        for address in addresses:
            sockets += _bind_all(address)
    except BaseException:
        for bound in sockets:
            bound.close()
        raise
    return sockets


def open_unix_socket(path: Path) -> socket.socket:
    """Bound to a file that only we may use; one that a dead process left there is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.setblocking(False)
        with short_path(path) as short:
            bound.bind(short)
        path.chmod(0o600)
    except BaseException:
        bound.close()
        raise
    return bound


def address_of(bound: socket.socket) -> str:
    """The "host:port" of a socket, with the port that was chosen."""
    return str(endpoint(bound.getsockname()))


def _bind_all(address: str) -> list[socket.socket]:
    host, port = parse_address(address)
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise CannotListen(f"{address}: the name cannot be resolved: {error.strerror}") from error
    sockets: list[socket.socket] = []
    for family, _, _, _, sockaddr in dict.fromkeys(found):
        if port == 0 and sockets:  # the same free port in both families
            sockaddr = (sockaddr[0], sockets[0].getsockname()[1], *sockaddr[2:])
        try:
            sockets.append(_bind(family, sockaddr))
        except OSError as error:
            if family == socket.AF_INET6 and len(found) > 1 and error.errno in _NO_IPV6:
                continue
            for bound in sockets:
                bound.close()
            raise CannotListen(f"{address}: {_mend(error)}") from error
    return sockets


def _bind(family: int, sockaddr: object) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.setblocking(False)
        bound.bind(sockaddr)  # type: ignore[arg-type]
    except BaseException:
        bound.close()
        raise
    return bound


def _mend(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program listens there; stop it or choose another port"
    if error.errno == errno.EACCES:
        return "ports below 1024 need the right CAP_NET_BIND_SERVICE, or root"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine does not have that address"
    return error.strerror or str(error)
