"""A small hub for SMTP tests: real sockets, a real store, the four services, a loop in a thread of its own."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from posthouse.database import Transaction, open_database
from posthouse.database.hints import Hints
from posthouse.delivery.delivery import Delivery
from posthouse.delivery.settings import DeliverySettings
from posthouse.directory import (
    ROOM as DIRECTORY,
)
from posthouse.directory import (
    AuthSettings,
    Hasher,
    Logins,
    add_account,
    add_alias,
    add_domain,
    add_group,
    find_principal,
    set_attributes,
)
from posthouse.net.listeners import Server, open_sockets
from posthouse.net.tls import self_signed, server_context
from posthouse.queue import ROOM as QUEUE
from posthouse.queue.rows import listing
from posthouse.servers.login import Authenticator
from posthouse.servers.smtp.kinds import Kind
from posthouse.servers.smtp.server import SmtpServer
from posthouse.servers.smtp.settings import SmtpSettings
from posthouse.store import ROOM as STORE
from posthouse.store import Store
from posthouse.store.accounts import create_account, set_quota
from posthouse.store.blobs import FileBlobs
from posthouse.store.folders import INBOX, find_folder
from posthouse.store.reading import rows

T = TypeVar("T")
AUTH = AuthSettings(
    default_domain="example.org",
    argon2_memory=64,
    argon2_passes=1,
    scram_iterations=4096,
    failure_delay=0.0,
    failure_delay_most=0.0,
)
PASSWORD = "secret"
PEOPLE = ("alice", "bob", "carol", "dave", "root")


@dataclass
class Hub:
    folder: Path
    settings: SmtpSettings = field(default_factory=SmtpSettings)
    delivery_settings: DeliverySettings = field(default_factory=DeliverySettings)
    auth: AuthSettings = AUTH

    def __post_init__(self) -> None:
        self.database = open_database(f"sqlite:{self.folder / 'store.db'}")
        self.database.migrate([STORE, DIRECTORY, QUEUE])
        self.store = Store(self.database, FileBlobs(self.folder / "blobs"), Hints())
        with self.database.transaction() as tx:
            self._people(tx)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        certificate, key = self_signed(self.folder, "mx.example.org")
        self.context = server_context(certificate, key)
        self.client_context = ssl.create_default_context(cafile=str(certificate))
        self.client_context.check_hostname = False
        self.logins = Logins(self.database, self.auth)
        self.delivery = Delivery(self.store, self.delivery_settings, "mx.example.org")
        self.servers: dict[Kind, Server] = {}
        self.ports = {kind: self.run(self._listen(kind)) for kind in Kind}

    def _people(self, tx: Transaction) -> None:
        keys = Hasher(self.auth).make(PASSWORD)
        for domain in ("example.org", "any.test", "bücher.test"):
            add_domain(tx, domain)
        for name in (*PEOPLE, "käthe"):
            attributes = {"admin": "true"} if name == "root" else None
            account = add_account(tx, f"{name}@example.org", keys, attributes)
            create_account(tx, account, 1_700_000_000)
        set_attributes(tx, "dave@example.org", {"disabled": "true"})
        add_alias(tx, "team@example.org", ["alice@example.org", "bob@example.org"])
        add_alias(tx, "info@example.org", ["alice@example.org"])
        add_alias(tx, "away@example.org", ["friend@elsewhere.test"])
        add_alias(tx, "both@example.org", ["alice@example.org", "friend@elsewhere.test"])
        add_alias(tx, "ring@example.org", ["gnir@example.org"])
        add_alias(tx, "gnir@example.org", ["ring@example.org"])
        add_alias(tx, "@any.test", ["carol@example.org"])
        add_group(tx, "staff@example.org", ["alice@example.org", "bob@example.org"])
        add_group(tx, "board@example.org", ["alice@example.org"])
        set_attributes(tx, "board@example.org", {"senders": "members"})

    async def _listen(self, kind: Kind) -> int:
        smtp = SmtpServer(
            kind,
            self.delivery,
            self.settings,
            authenticator=Authenticator(self.logins, self.auth),
            tls=lambda: self.context,
        )
        tls = (lambda: self.context) if kind is Kind.SUBMISSIONS else None
        server = Server(kind.value, smtp.session, tls=tls)
        await server.listen(open_sockets(["127.0.0.1:0"]))
        self.servers[kind] = server
        return server.addresses[0].port

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def account(self, tx: Transaction, address: str) -> Any:
        found = find_principal(tx, address)
        assert found is not None
        return found.id

    def quota(self, address: str, size: int = 0, messages: int = 0) -> None:
        with self.database.transaction() as tx:
            set_quota(tx, self.account(tx, address), size, messages)

    def mailbox(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Every message of a folder, in order."""
        with self.database.snapshot() as tx:
            account = self.account(tx, address)
            number = INBOX if folder == "INBOX" else find_folder(tx, account, folder).id
            found = rows(tx, account, number, 1, 0xFFFFFFFF, ("body", "blob"), 100_000)
        return [body if body is not None else bytes(self.store.blobs.open(blob)[:]) for body, blob in found]

    def texts(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """The same without the trace fields that we put in front."""
        return [without_trace(message) for message in self.mailbox(address, folder)]

    def queue(self) -> list[Any]:
        with self.database.snapshot() as tx:
            return listing(tx)

    def contents(self) -> int:
        with self.database.snapshot() as tx:
            row = tx.one("SELECT count(*) FROM content")
        return int(row[0]) if row else 0

    def close(self) -> None:
        for server in self.servers.values():
            self.run(server.close(1))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
        self.logins.close()
        self.store.close()


def without_trace(message: bytes) -> bytes:
    lines = message.split(b"\r\n")
    at = 0
    assert lines[0].startswith(b"Return-Path: <")
    at = 1
    assert lines[at].startswith(b"Received: from ")
    at += 1
    while lines[at][:1] == b"\t":
        at += 1
    return b"\r\n".join(lines[at:])


@pytest.fixture
def new_hub(tmp_path: Path) -> Iterator[Callable[..., Hub]]:
    made: list[Hub] = []

    def make(**settings: Any) -> Hub:
        folder = tmp_path / f"hub{len(made)}"
        folder.mkdir()
        made.append(Hub(folder, **settings))
        return made[-1]

    yield make
    for hub in made:
        hub.close()


@pytest.fixture
def hub(new_hub: Callable[..., Hub]) -> Hub:
    return new_hub()
