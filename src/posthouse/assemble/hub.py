"""One worker: every room built from the settings and wired – `start`, `reload`, `close`."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from posthouse.assemble.negotiate import negotiation
from posthouse.assemble.offer import offer
from posthouse.assemble.stores import open_store
from posthouse.config import Settings
from posthouse.delivery.delivery import Delivery
from posthouse.delivery.release import Releaser
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
from posthouse.protocols.autodiscover import Offer
from posthouse.queue import Patience
from posthouse.queue.client import Timeouts
from posthouse.queue.connector import Connector
from posthouse.queue.reports import Reporter
from posthouse.queue.routes import Routes
from posthouse.queue.rows import HELD
from posthouse.queue.runner import Runner
from posthouse.queue.runner import Session as Carrier
from posthouse.servers.http import Doorkeeper, Negotiation, Site
from posthouse.servers.imap.server import ImapServer
from posthouse.servers.login import Authenticator
from posthouse.servers.mapi.server import MapiServer
from posthouse.servers.monitor import Monitor
from posthouse.servers.pop3.server import Pop3Server
from posthouse.servers.smtp.kinds import Kind
from posthouse.servers.smtp.refusals import reply_to
from posthouse.servers.smtp.server import SmtpServer
from posthouse.servers.web import WebServer
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
    "http": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 60\r\nConnection: close\r\n\r\n",
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
        self.name = f"{socket.gethostname()}:{os.getpid()}:{worker}:{secrets.token_hex(4)}"
        configure_logs(settings.log.level, settings.log.format)
        if not alone:
            REGISTRY.share(settings.data_folder / "metrics", worker)
        self.store = open_store(settings)
        self.tracer = Tracer()
        self.traces = TraceServer(self.tracer, settings.data_folder / "run" / f"{worker}.trace")
        self.logins = Logins(self.store.database, settings.auth)
        self._earlier_logins: list[Logins] = []
        self.mapi = MapiServer(self.store, worker, settings.data_folder / "run", settings.mapi, self.tracer)
        self._configure(settings, certificates(settings), negotiation(settings))
        self.servers = self._servers()
        self._relaying: set[asyncio.Task[None]] = set()
        """Those of earlier configurations end what they have begun."""
        self._sweeping: asyncio.Task[None] | None = None
        self._indexing: asyncio.Task[None] | None = None

    def _configure(self, settings: Settings, certificates: Certificates, negotiation: Negotiation | None) -> None:
        """All that has no state of its own."""
        self.settings, self.certificates, self._negotiation = settings, certificates, negotiation
        self.authenticator = Authenticator(self.logins, settings.auth)
        patience = Patience(settings.queue.lifetime, settings.queue.delay_warning)
        self.delivery = Delivery(self.store, settings.delivery, settings.name, patience=patience)
        self.runner = self._queue()

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
        releaser = Releaser(self.delivery, reply_to)

        async def onward(destination: str) -> tuple[Carrier, str]:
            return (releaser, "") if destination == HELD else await connector(destination)

        log = Logger("queue")
        reporter = Reporter(self.store, settings.name)
        name = f"{self.name}:{secrets.token_hex(4)}"  # what an earlier one has leased is not ours
        return Runner(self.store, onward, self.delivery, reporter, settings.queue, name, log.info)

    def _servers(self) -> dict[str, Server]:
        return {
            name: Server(
                name, session, tls=tls, gate=self._gate(), refusal=REFUSALS.get(protocol, b""), tracer=self.tracer
            )
            for name, (protocol, session, tls) in self._services().items()
        }

    def _services(self) -> dict[str, tuple[str, Session, Callable[[], ssl.SSLContext] | None]]:
        """Name, as in `[listen]` → protocol, what serves a connection, and with what TLS it begins."""
        context = self.certificates.asking_context
        imap, pop3, site = self._imap().session, self._pop3().session, self._site().session
        return {
            "smtp": ("smtp", self._smtp(Kind.MX).session, None),
            "submission": ("smtp", self._smtp(Kind.SUBMISSION).session, None),
            "submissions": ("smtp", self._smtp(Kind.SUBMISSIONS).session, context),
            "lmtp": ("smtp", self._smtp(Kind.LMTP).session, None),
            "imap": ("imap", imap, None),
            "imaps": ("imap", imap, context),
            "pop3": ("pop3", pop3, None),
            "pop3s": ("pop3", pop3, context),
            "https": ("http", site, context),
            "http": ("http", site, None),
            "metrics": ("", self._monitor().session, None),
        }

    def _gate(self) -> Gate:
        return Gate(self.settings.limits.connections, self.settings.limits.connections_per_address)

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

    def _site(self) -> Site:
        settings = self.settings.http
        doorkeeper = Doorkeeper(self.authenticator, self.settings.name, settings.proxies, self._negotiation)
        web = WebServer(self.store.database, doorkeeper, self.offer)
        mapi = self.mapi.configure(
            doorkeeper,
            self.settings.mapi,
            lambda: self.offer().url,
            self.delivery,
            self.settings.limits.message_size,
            self.settings.name,
        )
        return Site([*web.routes(), *mapi], settings.limits, Logger("http"))

    def offer(self) -> Offer:
        """What clients are told about this hub: its services by the ports at which they listen now."""
        ports = {name: server.addresses[0].port for name, server in self.servers.items() if server.addresses}
        return offer(self.settings, ports)

    def _monitor(self) -> Monitor:
        return Monitor(self.store, REGISTRY, Logger("metrics"))

    async def start(self, *, relay: bool = True) -> None:
        """Returns when every listener accepts. Without `relay` the queue only fills."""
        self.store.hints.start()
        for name, server in self.servers.items():
            await server.listen(open_sockets(getattr(self.settings.listen, name)))
        await self.mapi.start()
        await self.traces.start()
        if relay:
            self._relay()
        self._sweeping = asyncio.create_task(self._sweep())
        if self.settings.search.index:
            self._indexing = asyncio.create_task(self._index())

    def _relay(self) -> None:
        task = asyncio.create_task(self.runner.run())
        self._relaying.add(task)
        task.add_done_callback(self._relaying.discard)

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
        """New connections, deliveries and attempts obey these settings; sessions that stand go on with theirs. Where
        the hub listens and what it stores in stay as they are. BadCertificate and ConfigError change nothing."""
        new = certificates(settings), negotiation(settings)
        configure_logs(settings.log.level, settings.log.format)
        if settings.auth != self.settings.auth:  # else those who guess are still counted
            self._earlier_logins.append(self.logins)
            self.logins = Logins(self.store.database, settings.auth)
        relaying = bool(self._relaying)
        self.runner.stop()
        self._configure(settings, *new)
        for name, (_, session, tls) in self._services().items():
            self.servers[name].serve(session, tls=tls, gate=self._gate())
        if relaying:
            self._relay()

    async def close(self, grace: float = GRACE) -> None:
        """Stop accepting, let sessions and couriers end, then let go of the store."""
        self.runner.stop()
        await asyncio.gather(*(server.close(grace) for server in self.servers.values()), self.mapi.close(grace))
        if self._relaying:
            await asyncio.wait(self._relaying, timeout=grace)
        tasks = [*self._relaying, *(task for task in (self._sweeping, self._indexing) if task is not None)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.traces.close()
        for logins in (*self._earlier_logins, self.logins):
            logins.close()
        self.store.close()
