"""One worker: every room built from the settings and wired – `start`, `reload`, `close`."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from posthouse.assemble.stores import open_store
from posthouse.config import Settings
from posthouse.delivery.delivery import Delivery
from posthouse.directory import Logins
from posthouse.net.connect import connect
from posthouse.net.gate import Gate
from posthouse.net.listeners import Server, Session, open_sockets
from posthouse.net.resolver import Resolver
from posthouse.net.tls import Certificates, client_context, self_signed
from posthouse.net.tracing import TraceServer
from posthouse.observe.logs import Logger, configure_logs
from posthouse.observe.metrics import REGISTRY
from posthouse.observe.transcript import Tracer
from posthouse.queue.client import Timeouts
from posthouse.queue.connector import Connector
from posthouse.queue.reports import Reporter
from posthouse.queue.routes import Routes
from posthouse.queue.runner import Runner
from posthouse.servers.imap.server import ImapServer
from posthouse.servers.login import Authenticator
from posthouse.servers.monitor import Monitor
from posthouse.servers.pop3.server import Pop3Server
from posthouse.servers.smtp.kinds import Kind
from posthouse.servers.smtp.server import SmtpServer
from posthouse.store.indexing import Indexer

GRACE = 20.0
"""Seconds for sessions to end by themselves when the hub stops."""
SWEEP_SECONDS = 60.0
"""Between two looks for contents that nobody has any more."""
INDEX_SECONDS = 10.0
"""Between two looks for mail that is not in the full-text index."""
EMPTIED_ROUNDS = 360
"""In which the index is looked through once for what is gone."""

REFUSALS = {
    "smtp": b"421 4.7.0 Too many connections, try again later\r\n",
    "imap": b"* BYE Too many connections, try again later\r\n",
    "pop3": b"-ERR [SYS/TEMP] Too many connections, try again later\r\n",
}
"""What a connection too many is told."""


def certificates(settings: Settings) -> Certificates:
    """Those of the configuration, or a self-signed one in the data folder, made when there is none."""
    tls = settings.tls
    if tls.certificate:
        certificate, key = Path(tls.certificate), Path(tls.key)
    else:
        certificate, key = self_signed(settings.data_folder / "tls", settings.name)
    return Certificates(certificate, key, Path(tls.client_ca) if tls.client_ca else None)


class Hub:
    """One worker. Everything in it is on one event loop."""

    def __init__(self, settings: Settings, worker: str, *, alone: bool = False) -> None:
        """`worker` distinguishes the workers of one hub in its metrics and logs: `w0`. `alone`: there are no
        others to add counters up with, and the process outlives this hub."""
        self.settings = settings
        self.name = f"{socket.gethostname()}:{os.getpid()}:{worker}:{secrets.token_hex(4)}"
        configure_logs(settings.log.level, settings.log.format)
        if not alone:
            REGISTRY.share(settings.data_folder / "metrics", worker)
        self.store = open_store(settings)
        self.certificates = certificates(settings)
        self.tracer = Tracer()
        self.traces = TraceServer(self.tracer, settings.data_folder / "run" / f"{worker}.trace")
        self.logins = Logins(self.store.database, settings.auth)
        self.authenticator = Authenticator(self.logins, settings.auth)
        self.delivery = Delivery(self.store, settings.delivery, settings.name, queue_lifetime=settings.queue.lifetime)
        self.runner = self._queue()
        self.servers = self._servers()
        self._relaying: asyncio.Task[None] | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._indexing: asyncio.Task[None] | None = None

    def _queue(self) -> Runner:
        settings, relay = self.settings, self.settings.relay
        routes = Routes(
            Resolver(settings.dns.servers),
            settings.name,
            smarthost=relay.smarthost,
            port=relay.port,
            families=relay.families,
        )
        connector = Connector(
            routes,
            partial(connect, seconds=settings.queue.connect_timeout, source=relay.source or None),
            relay,
            settings.name,
            client_context(verify=False),
            client_context(ca_file=Path(relay.ca_file) if relay.ca_file else None),
            Timeouts(),
        )
        log = Logger("queue")
        reporter = Reporter(self.store, settings.name)
        return Runner(self.store, connector, self.delivery, reporter, settings.queue, self.name, log.info)

    def _servers(self) -> list[tuple[Server, Sequence[str]]]:
        """Each service with where it listens."""
        listen, context = self.settings.listen, self.certificates.asking_context
        imap, pop3 = self._imap().session, self._pop3().session
        services: list[tuple[str, str, Session, Sequence[str], Callable[[], ssl.SSLContext] | None]] = [
            ("smtp", "smtp", self._smtp(Kind.MX).session, listen.smtp, None),
            ("submission", "smtp", self._smtp(Kind.SUBMISSION).session, listen.submission, None),
            ("submissions", "smtp", self._smtp(Kind.SUBMISSIONS).session, listen.submissions, context),
            ("lmtp", "smtp", self._smtp(Kind.LMTP).session, listen.lmtp, None),
            ("imap", "imap", imap, listen.imap, None),
            ("imaps", "imap", imap, listen.imaps, context),
            ("pop3", "pop3", pop3, listen.pop3, None),
            ("pop3s", "pop3", pop3, listen.pop3s, context),
            ("metrics", "", self._monitor().session, listen.metrics, None),
        ]
        return [
            (self._server(name, session, tls, REFUSALS.get(protocol, b"")), where)
            for name, protocol, session, where, tls in services
        ]

    def _server(self, name: str, session: Session, tls: Callable[[], ssl.SSLContext] | None, refusal: bytes) -> Server:
        limits = self.settings.limits
        gate = Gate(limits.connections, limits.connections_per_address)
        return Server(name, session, tls=tls, gate=gate, refusal=refusal, tracer=self.tracer)

    def _smtp(self, kind: Kind) -> SmtpServer:
        settings, limits = self.settings, self.settings.limits
        return SmtpServer(
            kind,
            self.delivery,
            replace(settings.smtp, message_size=limits.message_size, recipients=limits.recipients),
            authenticator=self.authenticator,
            tls=self.certificates.context if kind is Kind.MX else self.certificates.asking_context,
        )

    def _imap(self) -> ImapServer:
        settings = self.settings
        return ImapServer(
            self.store,
            self.authenticator,
            replace(settings.imap, message_size=settings.limits.message_size),
            settings.name,
            self.certificates.asking_context,
            Logger("imap"),
        )

    def _pop3(self) -> Pop3Server:
        settings = self.settings
        return Pop3Server(
            self.store,
            self.authenticator,
            settings.pop3,
            settings.name,
            self.name,
            self.certificates.asking_context,
            Logger("pop3"),
        )

    def _monitor(self) -> Monitor:
        return Monitor(self.store, REGISTRY)

    async def start(self, *, relay: bool = True) -> None:
        """Returns when every listener accepts. Without `relay` the queue only fills."""
        self.store.hints.start()
        for server, where in self.servers:
            await server.listen(open_sockets(where))
        await self.traces.start()
        if relay:
            self._relaying = asyncio.create_task(self.runner.run())
        self._sweeping = asyncio.create_task(self._sweep())
        if self.settings.search.index:
            self._indexing = asyncio.create_task(self._index())

    async def _sweep(self) -> None:
        log = Logger("store")
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                while await self.store.sweep():
                    pass
            except Exception as error:
                log.error("sweep failed", error)

    async def _index(self) -> None:
        """Every worker looks whether there is work; one at a time does it."""
        log, indexer, rounds = Logger("store"), Indexer(self.store, self.name), 0
        while True:
            await asyncio.sleep(INDEX_SECONDS)
            try:
                if written := await indexer.round():
                    log.info("indexed", segments=written)
                if rounds % EMPTIED_ROUNDS == 0:
                    await indexer.drop_emptied()
                rounds += 1
            except Exception as error:
                log.error("indexing failed", error)

    def reload(self, settings: Settings) -> None:
        """Certificate and log settings change at once; what else changed needs a restart."""
        self.certificates.reload()
        configure_logs(settings.log.level, settings.log.format)

    async def close(self, grace: float = GRACE) -> None:
        """Stop accepting, let sessions and couriers end, then let go of the store."""
        self.runner.stop()
        await asyncio.gather(*(server.close(grace) for server, _ in self.servers))
        if self._relaying is not None:
            await asyncio.wait([self._relaying], timeout=grace)
        tasks = [task for task in (self._relaying, self._sweeping, self._indexing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.traces.close()
        self.logins.close()
        self.store.close()
