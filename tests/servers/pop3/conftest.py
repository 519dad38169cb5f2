"""A real POP3 server on free loopback ports, over a real store; its loop runs in a thread, so clients may block."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trustme

from posthouse.database import Transaction, open_database
from posthouse.database.hints import Hints
from posthouse.directory import ROOM as DIRECTORY
from posthouse.directory import AuthSettings, Hasher, Logins, add_account, add_domain
from posthouse.model.ids import AccountId
from posthouse.model.refusals import InUse
from posthouse.net.listeners import Server, open_sockets
from posthouse.observe.logs import Logger
from posthouse.servers.login import Authenticator
from posthouse.servers.pop3.server import Pop3Server
from posthouse.servers.pop3.settings import Pop3Settings
from posthouse.store import ROOM as STORE
from posthouse.store import Store
from posthouse.store.accounts import create_account
from posthouse.store.blobs import FileBlobs
from posthouse.store.content import add_content
from posthouse.store.folders import INBOX
from posthouse.store.intake import content_of
from posthouse.store.maildrops import MaildropLock, open_maildrops
from posthouse.store.messages import NewMessage, append, remove
from posthouse.store.reading import rows

T = TypeVar("T")
NOW = 1_700_000_000
PASSWORD = "secret"
AUTH = AuthSettings(
    default_domain="example.org",
    argon2_memory=64,
    argon2_passes=1,
    scram_iterations=4096,
    failure_delay=0,
    failure_delay_most=0,
)
SETTINGS = Pop3Settings()
KEYS = Hasher(AUTH).make(PASSWORD)


class Raw:
    """A client by hand."""

    def __init__(self, port: int) -> None:
        self.socket: socket.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.buffer = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def until(self, end: bytes) -> bytes:
        """Everything up to `end`, and with it."""
        while end not in self.buffer:
            data = self.socket.recv(1 << 16)
            assert data, f"the connection ended after {self.buffer[-200:]!r}"
            self.buffer += data
        at = self.buffer.index(end) + len(end)
        data, self.buffer = self.buffer[:at], self.buffer[at:]
        return data

    def line(self) -> bytes:
        return self.until(b"\r\n")[:-2]

    def say(self, command: bytes) -> bytes:
        self.send(command + b"\r\n")
        return self.line()

    def log_in(self, user: str) -> bytes:
        """Behind the greeting; the answer to PASS."""
        assert self.line().startswith(b"+OK")
        assert self.say(b"USER " + user.encode()).startswith(b"+OK")
        return self.say(b"PASS " + PASSWORD.encode())

    def ended(self) -> bool:
        """Nothing but the end comes."""
        try:
            return self.buffer == b"" and self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def start_tls(self, context: ssl.SSLContext) -> None:
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def close(self) -> None:
        self.socket.close()


class Hub:
    def __init__(
        self,
        folder: Path,
        context: ssl.SSLContext | None,
        settings: Pop3Settings = SETTINGS,
        auth: AuthSettings = AUTH,
    ) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.database = open_database(f"sqlite:{folder}/store.db")
        self.database.migrate([STORE, DIRECTORY])
        self.store = Store(self.database, FileBlobs(folder / "blobs"), Hints())
        with self.database.transaction() as tx:
            add_domain(tx, "example.org")
        self.logins = Logins(self.database, auth)
        authenticator = Authenticator(self.logins, auth)
        pop3 = Pop3Server(self.store, authenticator, settings, "pop.example.org", "w0", lambda: context, Logger("pop3"))
        self.server = Server("pop3", pop3.session)
        self.secure = Server("pop3s", pop3.session, tls=lambda: context) if context else None
        self.port = self.run(self._listen(self.server))
        self.secure_port = self.run(self._listen(self.secure)) if self.secure else 0
        self.other_worker = open_maildrops(self.store)
        self._names = count(1)
        self._clients: list[Raw] = []

    async def _listen(self, server: Server) -> int:
        await server.listen(open_sockets(["127.0.0.1:0"]))
        return server.addresses[0].port

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def write(self, fn: Callable[..., T], *args: Any) -> T:
        return self.run(self.store.write(fn, *args))

    def person(self, *messages: bytes) -> Person:
        address = f"user{next(self._names)}@example.org"

        def work(tx: Transaction) -> AccountId:
            account = add_account(tx, address, KEYS)
            create_account(tx, account, NOW)
            return account

        person = Person(self, self.write(work), address)
        for message in messages:
            person.put(message)
        return person

    def client(self, person: Person | None = None) -> Raw:
        """Logged in as `person`, or with nothing read yet."""
        client = Raw(self.port)
        self._clients.append(client)
        if person is not None:
            assert client.log_in(person.address).startswith(b"+OK")
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()
        for server in (self.server, self.secure):
            if server is not None:
                self.run(server.close(2))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
        self.other_worker.close()
        self.logins.close()
        self.store.close()


class Person:
    def __init__(self, hub: Hub, account: AccountId, address: str) -> None:
        self.hub, self.account, self.address = hub, account, address

    def put(self, *messages: bytes) -> None:
        def work(tx: Transaction) -> None:
            for data in messages:
                new = content_of(self.hub.store.blobs, data)
                append(tx, self.account, INBOX, NewMessage(add_content(tx, new), new.size, NOW), NOW)

        self.hub.write(work)

    def expunge(self, *uids: int) -> None:
        self.hub.write(remove, self.account, INBOX, tuple((uid, uid) for uid in uids))

    def messages(self) -> list[tuple[int, int]]:
        """UID and flags of what is there."""
        with self.hub.database.snapshot() as tx:
            return [(row[0], row[1]) for row in rows(tx, self.account, INBOX, 1, 0xFFFFFFFF, ("uid", "flags"), 100_000)]

    def lock(self) -> MaildropLock:
        """As a session of another worker has it."""
        return self.hub.run(self.hub.other_worker.take(self.account, "w1/1"))

    def free(self) -> bool:
        """Whether nobody has the maildrop."""
        try:
            self.hub.run(self.lock().release())
        except InUse:
            return False
        return True


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="session")
def make_hub(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Callable[..., Hub]]:
    """A hub with settings of its own; the same settings give the same hub."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    made: dict[object, Hub] = {}

    def make(settings: Pop3Settings = SETTINGS, auth: AuthSettings = AUTH, *, tls: bool = True) -> Hub:
        key = (settings, auth, tls)
        if key not in made:
            made[key] = Hub(tmp_path_factory.mktemp("pop3"), context if tls else None, settings, auth)
        return made[key]

    yield make
    for hub in made.values():
        hub.close()


@pytest.fixture
def hub(make_hub: Callable[..., Hub]) -> Hub:
    return make_hub()
