"""The hub in a thread of the test's process: the same code as `posthouse serve`, on a store in a temporary folder."""

from __future__ import annotations

import asyncio
import email.policy
import shutil
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import uvloop

from posthouse.assemble.hub import Hub
from posthouse.config.settings import Settings, make_settings
from posthouse.database import Transaction
from posthouse.directory import Hasher, add_account, add_alias, add_domain, is_ours
from posthouse.model.flags import Flag, Flags
from posthouse.model.ids import AccountId
from posthouse.queue import rows as queue
from posthouse.store import accounts, folders
from posthouse.store.content import add_content, open_content
from posthouse.store.intake import content_of
from posthouse.store.messages import MAX_UID, NewMessage, append
from posthouse.store.reading import rows

T = TypeVar("T")

SERVICES = ("smtp", "submission", "submissions", "lmtp", "imap", "imaps", "pop3", "pop3s", "https", "http")
PASSWORD = "secret"
START_SECONDS = 30.0
_HASHING = {"argon2_memory": 64, "argon2_passes": 1, "scram_iterations": 4096, "failure_delay": 0.0}
"""Quick, for passwords that protect nothing."""


@dataclass(frozen=True, slots=True)
class Port:
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message in a folder."""

    uid: int
    flags: tuple[str, ...]
    data: bytes
    """As it is stored, trace fields in front."""

    @property
    def parsed(self) -> EmailMessage:
        return BytesParser(policy=email.policy.default).parsebytes(self.data)


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message for other domains, waiting in the queue."""

    id: int
    sender: str
    """Empty for the null reverse-path."""
    recipients: tuple[str, ...]
    data: bytes

    @property
    def parsed(self) -> EmailMessage:
        return BytesParser(policy=email.policy.default).parsebytes(self.data)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with mail at the hub."""

    hub: MailHub = field(repr=False)
    id: AccountId
    address: str
    password: str

    def messages(self, folder: str = "INBOX") -> list[ReceivedMessage]:
        """All of a folder, in the order of arrival."""
        return self.hub.read(lambda tx: self._messages(tx, folder))

    def _messages(self, tx: Transaction, folder: str) -> list[ReceivedMessage]:
        number = folders.find_folder(tx, self.id, folder).id
        columns = ("uid", "flags", "keywords", "content_id")
        return [
            ReceivedMessage(
                uid,
                tuple(Flags(Flag(flags), frozenset((keywords or "").split())).names()),
                bytes(open_content(tx, self.hub.running.store.blobs, content)),
            )
            for uid, flags, keywords, content in rows(tx, self.id, number, 1, MAX_UID, columns, 1_000_000)
        ]

    def wait_for_messages(self, count: int = 1, folder: str = "INBOX", seconds: float = 10.0) -> list[ReceivedMessage]:
        """The messages of a folder once there are at least `count`; TimeoutError tells how many came."""
        until = time.monotonic() + seconds
        while len(found := self.messages(folder)) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{self.address}: {len(found)} of {count} messages in {folder} after {seconds:g} s")
            time.sleep(0.01)
        return found

    def add_message(self, data: bytes, folder: str = "INBOX", flags: Sequence[str] = ()) -> int:
        """Put a message there as if it had come before; its UID."""
        content, now = content_of(self.hub.running.store.blobs, data), int(time.time())

        def put(tx: Transaction) -> int:
            number = folders.find_folder(tx, self.id, folder).id
            new = NewMessage(add_content(tx, content), content.size, now, Flags.from_names(list(flags)))
            return append(tx, self.id, number, new, now).uid

        return self.hub.write(put)

    def add_folder(self, path: str) -> None:
        self.hub.write(lambda tx: folders.create_folder(tx, self.id, path))


class MailHub:
    """`with MailHub() as hub`. Domains come to be with their first account."""

    def __init__(
        self, *, relay: str = "", hostname: str = "localhost", settings: dict[str, object] | None = None
    ) -> None:
        """`relay`: "host:port" to which mail for other domains is really sent; without it that mail stays in the queue,
        for `outgoing`. `settings`: tables of the configuration file, to change what the hub does."""
        self._folder = Path(tempfile.mkdtemp(prefix="posthouse-"))
        self._relays = bool(relay)
        self._settings = _settings(self._folder, relay, hostname, settings or {})
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hub: Hub | None = None
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="posthouse", daemon=True)

    # its life

    def __enter__(self) -> MailHub:
        self._thread.start()
        if not self._started.wait(START_SECONDS) or self._error is not None:
            raise RuntimeError("the hub did not start") from self._error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self) -> None:
        try:
            uvloop.run(self._serve())
        except BaseException as error:  # whoever waits for the start must hear of it
            self._error = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._hub = hub = Hub(self._settings, "test", alone=True)
        await hub.start(relay=self._relays)
        self._started.set()
        await self._stop.wait()
        await hub.close(grace=0.5)

    @property
    def running(self) -> Hub:
        """The hub itself, for what is not here."""
        if self._hub is None:
            raise RuntimeError("the hub is not running: use it in a with statement")
        return self._hub

    def read(self, work: Callable[[Transaction], T]) -> T:
        with self.running.store.database.snapshot() as tx:
            return work(tx)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """On the hub's own loop, so that its sessions hear of the change."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(self.running.store.write(work), self._loop).result()

    # where it listens

    def _port(self, service: str) -> Port:
        endpoint = self.running.servers[service].addresses[0]
        return Port(endpoint.host, endpoint.port)

    @property
    def smtp(self) -> Port:
        """For mail to the accounts, without a login."""
        return self._port("smtp")

    @property
    def submission(self) -> Port:
        """For mail from the accounts to anywhere, with a login; STARTTLS if you like."""
        return self._port("submission")

    @property
    def submissions(self) -> Port:
        return self._port("submissions")

    @property
    def lmtp(self) -> Port:
        return self._port("lmtp")

    @property
    def imap(self) -> Port:
        return self._port("imap")

    @property
    def imaps(self) -> Port:
        return self._port("imaps")

    @property
    def pop3(self) -> Port:
        return self._port("pop3")

    @property
    def pop3s(self) -> Port:
        return self._port("pop3s")

    @property
    def https(self) -> Port:
        return self._port("https")

    @property
    def http(self) -> Port:
        """The same without TLS."""
        return self._port("http")

    @property
    def certificate(self) -> Path:
        """The self-made certificate, PEM: what a client is told to trust."""
        return self._folder / "data" / "tls" / "certificate.pem"

    def client_context(self) -> ssl.SSLContext:
        """For TLS connections to this hub."""
        return ssl.create_default_context(cafile=str(self.certificate))

    # who is there

    def add_account(self, address: str, password: str = PASSWORD, *, quota: int = 0) -> Account:
        keys = Hasher(self._settings.auth).make(password)

        def make(tx: Transaction) -> AccountId:
            domain = address.rpartition("@")[2]
            if not is_ours(tx, domain):
                add_domain(tx, domain)
            number = add_account(tx, address, keys)
            accounts.create_account(tx, number, int(time.time()), quota_bytes=quota)
            return number

        return Account(self, self.write(make), address, password)

    def add_alias(self, address: str, *targets: str) -> None:
        """Also a catch-all, `@example.org`."""
        self.write(lambda tx: add_alias(tx, address, targets))

    # what goes elsewhere

    def outgoing(self) -> list[OutgoingMessage]:
        """Mail for other domains that waits in the queue, the oldest first."""
        return self.read(self._outgoing)

    def _outgoing(self, tx: Transaction) -> list[OutgoingMessage]:
        return [
            OutgoingMessage(
                message.id,
                str(message.envelope.sender or ""),
                tuple(str(one.recipient.address) for one in recipients),
                bytes(open_content(tx, self.running.store.blobs, message.content)),
            )
            for message, recipients in queue.listing(tx)
        ]


def _settings(folder: Path, relay: str, hostname: str, changes: dict[str, object]) -> Settings:
    table: dict[str, object] = {
        "hostname": hostname,
        "listen": {service: ["127.0.0.1:0"] for service in SERVICES},
        "auth": _HASHING,
        "relay": {"smarthost": relay},
        "log": {"level": "warning"},
    }
    for key, value in changes.items():
        before = table.get(key)
        table[key] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
    return make_settings(table, folder)
