"""A real IMAP server on a free loopback port, over a real store; and dialogs with it, as text."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trustme

from posthouse.database import Transaction, open_database
from posthouse.database.hints import Hints
from posthouse.directory import ROOM as DIRECTORY
from posthouse.directory import AuthSettings, Hasher, Logins, PasswordKeys, add_account, add_domain
from posthouse.model.flags import UNFLAGGED, FlagChange, Flags, How
from posthouse.model.ids import AccountId
from posthouse.model.ranges import Ranges
from posthouse.net.errors import StreamError
from posthouse.net.stream import Stream
from posthouse.observe.logs import Logger
from posthouse.servers.imap.server import ImapServer
from posthouse.servers.imap.settings import ImapSettings
from posthouse.servers.login import Authenticator
from posthouse.store import ROOM as STORE
from posthouse.store import Store
from posthouse.store.accounts import create_account
from posthouse.store.blobs import FileBlobs
from posthouse.store.content import add_content
from posthouse.store.flags import change_flags
from posthouse.store.folders import create_folder, find_folder
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, Placed, append

T = TypeVar("T")
NOW = 1_700_000_000
PASSWORD = "secret"
AUTH = AuthSettings(
    default_domain="example.org", argon2_memory=64, argon2_passes=1, scram_iterations=4096, failure_delay=0
)

PLAIN = ImapSettings()


@dataclass
class Person:
    """An account, and the short way to fill its folders."""

    hub: Hub
    account: AccountId
    address: str

    def put(self, path: str, data: bytes, flags: Flags = UNFLAGGED, date: int = NOW) -> Placed:
        new = content_of(self.hub.store.blobs, data)

        def work(tx: Transaction) -> Placed:
            folder = find_folder(tx, self.account, path)
            message = NewMessage(add_content(tx, new), new.size, date, flags)
            return append(tx, self.account, folder.id, message, NOW)

        return self.hub.write(work)

    def make_folder(self, path: str) -> None:
        self.hub.write(create_folder, self.account, path)

    def flag(self, path: str, uids: Ranges, names: list[str], how: How = How.ADD) -> None:
        def work(tx: Transaction) -> None:
            folder = find_folder(tx, self.account, path)
            change_flags(tx, self.account, folder.id, uids, FlagChange(how, Flags.from_names(names)))

        self.hub.write(work)


@dataclass
class Hub:
    """The server runs in a thread with a loop of its own, so tests may use blocking clients."""

    folder: Path
    settings: ImapSettings
    auth: AuthSettings
    context: ssl.SSLContext | None
    url: str = ""
    blobs: Callable[[Path], FileBlobs] = FileBlobs

    def __post_init__(self) -> None:
        self._started = threading.Event()
        self._stop: Callable[[], None] = lambda: None
        self._names = count(1)
        self._streams: set[Stream] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="hub")
        self._thread.start()
        self._started.wait()

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        self._stop = lambda: self.loop.call_soon_threadsafe(stopped.set)
        database = open_database(self.url or f"sqlite:{self.folder}/hub.db")
        database.migrate([STORE, DIRECTORY])
        self.store = Store(database, self.blobs(self.folder / "blobs"), Hints())
        with database.transaction() as tx:
            add_domain(tx, "example.org")
        logins = Logins(database, self.auth)
        authenticator = Authenticator(logins, self.auth)
        log = Logger("imap")
        self.server = ImapServer(self.store, authenticator, self.settings, "mx.example.org", lambda: self.context, log)
        self._tasks: set[asyncio.Task[None]] = set()
        listener = await self.loop.create_server(self._connect, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        self._started.set()
        await stopped.wait()
        listener.close()
        for stream in tuple(self._streams):
            stream.draining = True
            stream.nudge()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        logins.close()
        self.store.close()

    def _connect(self) -> Stream:
        stream = Stream(self)
        self._streams.add(stream)
        return stream

    def stream_opened(self, stream: Stream) -> None:
        task = self.loop.create_task(self._session(stream))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stream_lost(self, stream: Stream) -> None:
        self._streams.discard(stream)

    async def _session(self, stream: Stream) -> None:
        with contextlib.suppress(StreamError):
            await self.server.session(stream)
        stream.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def write(self, fn: Callable[..., T], *args: Any) -> T:
        return self.run(self.store.write(fn, *args))

    def read(self, fn: Callable[..., T], *args: Any) -> T:
        return self.run(self.store.read(fn, *args))

    def person(self, keys: PasswordKeys, quota_bytes: int = 0, attributes: dict[str, str] | None = None) -> Person:
        address = f"user{next(self._names)}@example.org"

        def work(tx: Transaction) -> AccountId:
            account = add_account(tx, address, keys, attributes)
            create_account(tx, account, NOW, quota_bytes=quota_bytes)
            return account

        return Person(self, self.write(work), address)

    def close(self) -> None:
        self._stop()
        self._thread.join()


class Raw:
    """A connection whose bytes the test writes itself."""

    def __init__(self, port: int, receive_buffer: int = 0) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")
        self.greeting = self.file.readline()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self, tag: bytes) -> tuple[bytes, bytes]:
        """What came before the tagged line, literals in place, and that line."""
        before: list[bytes] = []
        while line := self.file.readline():
            if line.startswith(tag + b" "):
                return b"".join(before), line
            before.append(line)
            while found := re.search(rb"\{(\d+)\}\r\n$", before[-1]):
                before += [self.file.read(int(found[1])), self.file.readline()]
        raise ConnectionError(b"".join(before)[-200:])

    def command(self, text: bytes) -> tuple[bytes, bytes]:
        self.send(b"t " + text + b"\r\n")
        return self.answer(b"t")

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def connect(hub: Hub, person: Person) -> Iterator[Callable[..., Raw]]:
    """Raw connections to the hub, logged in as `person` unless told otherwise."""
    made: list[Raw] = []

    def make(login: bool = True, receive_buffer: int = 0, to: Hub | None = None) -> Raw:
        made.append(Raw((to or hub).port, receive_buffer))
        if login:
            assert b" OK " in made[-1].command(b"LOGIN %b secret" % person.address.encode())[1]
        return made[-1]

    yield make
    for raw in made:
        raw.close()


@pytest.fixture(scope="session")
def keys() -> PasswordKeys:
    return Hasher(AUTH).make(PASSWORD)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture(scope="session")
def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="session")
def make_hub(tmp_path_factory: pytest.TempPathFactory, server_context: ssl.SSLContext) -> Iterator[Callable[..., Hub]]:
    """Hubs with settings of their own: `make_hub(ImapSettings(…))`. The same settings give the same hub, but to whoever
    must not meet what others leave there, such as public folders."""
    made: dict[object, Hub] = {}

    def make(settings: ImapSettings = PLAIN, auth: AuthSettings = AUTH, url: str = "", whose: str = "") -> Hub:
        key = (settings, auth, url, whose)
        if key not in made:
            made[key] = Hub(tmp_path_factory.mktemp("hub"), settings, auth, server_context, url)
        return made[key]

    yield make
    for hub in made.values():
        hub.close()


@pytest.fixture
def hub(make_hub: Callable[..., Hub]) -> Hub:
    return make_hub()


@pytest.fixture(scope="session")
def make_postgresql_hub(make_hub: Callable[..., Hub], postgresql_url: str) -> Callable[..., Hub]:
    """The same on the other engine."""
    import psycopg

    made: dict[tuple[ImapSettings, str], Hub] = {}

    def make(settings: ImapSettings = PLAIN, whose: str = "") -> Hub:
        key = (settings, whose)
        if key not in made:
            name = f"imap_hub_{len(made)}"
            with psycopg.connect(postgresql_url + "postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
            made[key] = make_hub(settings, url=postgresql_url + name)
        return made[key]

    return make


@pytest.fixture(scope="session")
def postgresql_hub(make_postgresql_hub: Callable[..., Hub]) -> Hub:
    return make_postgresql_hub()


@pytest.fixture
def person(hub: Hub, keys: PasswordKeys) -> Person:
    return hub.person(keys)
