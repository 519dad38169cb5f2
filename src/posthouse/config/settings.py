"""All settings of a hub. Each section is declared by the room that obeys it; those here belong to no single room."""

from __future__ import annotations

import os
import socket
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Literal

from posthouse.config.loader import ConfigError, build
from posthouse.delivery.settings import DeliverySettings
from posthouse.directory.settings import AuthSettings
from posthouse.net.addresses import BadAddress, parse_address
from posthouse.queue.settings import QueueSettings, RelaySettings
from posthouse.servers.http.settings import HttpSettings
from posthouse.servers.imap.settings import ImapSettings
from posthouse.servers.mapi.settings import MapiSettings
from posthouse.servers.pop3.settings import Pop3Settings
from posthouse.servers.smtp.settings import SmtpSettings
from posthouse.store.bucket import Bucket
from posthouse.store.settings import SearchSettings


def _check_address(setting: str, address: str, default_port: int | None = None) -> None:
    try:
        parse_address(address, default_port)
    except BadAddress as error:
        raise ValueError(f"{setting}: {error}") from None


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """Where each service listens: a list of "host:port". An empty list switches it off; port 0 takes a free one."""

    smtp: tuple[str, ...] = ()
    """Mail from other hubs (MX), usually port 25."""
    submission: tuple[str, ...] = ()
    """Mail from our users, with STARTTLS, usually port 587."""
    submissions: tuple[str, ...] = ()
    """Mail from our users over TLS, usually port 465."""
    lmtp: tuple[str, ...] = ()
    """Mail from a front end of ours; anyone who may connect may deliver, so keep it on this machine."""
    imap: tuple[str, ...] = ()
    """IMAP with STARTTLS, usually port 143."""
    imaps: tuple[str, ...] = ()
    """IMAP over TLS, usually port 993."""
    pop3: tuple[str, ...] = ()
    """POP3 with STLS, usually port 110."""
    pop3s: tuple[str, ...] = ()
    """POP3 over TLS, usually port 995."""
    https: tuple[str, ...] = ()
    """Outlook (MAPI) and the set-up of mail programs, over TLS, usually port 443."""
    http: tuple[str, ...] = ()
    """The same without TLS, for a reverse proxy, or on port 80 to tell clients of `https`."""
    metrics: tuple[str, ...] = ()
    """Prometheus' /metrics, and /healthz; keep it where only your monitoring can reach it."""

    def __post_init__(self) -> None:
        for service in fields(self):
            for address in getattr(self, service.name):
                _check_address(service.name, address)


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """The hub's certificate. Without one a self-signed certificate is made once and kept in the data folder."""

    certificate: str = ""
    """File with the certificate and its chain, PEM."""
    key: str = ""
    """File with the private key, PEM."""
    client_ca: str = ""
    """File with the authorities whose client certificates may log in by SASL EXTERNAL; empty: none are asked for."""

    def __post_init__(self) -> None:
        if bool(self.certificate) != bool(self.key):
            raise ValueError("certificate and key: both or neither")


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """The database."""

    url: str = "sqlite:"
    """`sqlite:` keeps it in the data folder, `sqlite:/path/to/file` elsewhere; `postgresql://user@host/database`."""


@dataclass(frozen=True, slots=True)
class BlobSettings:
    """Large message bodies."""

    url: str = "file:"
    """`file:` keeps them in the data folder, `file:/path` elsewhere (on PostgreSQL with several machines: shared);
    `s3://bucket/prefix?endpoint=https://host&region=name` in an object store (needs the extra `posthouse[s3]`)."""
    access_key: str = ""
    """For the object store; empty: from the environment, as Amazon's tools do."""
    secret_key: str = ""
    """Belongs to the access key."""
    cache: int = 2 * 1024**3
    """Bytes of this machine's disk, in the data folder, for copies of what is in the object store."""

    def __post_init__(self) -> None:
        if not self.url.startswith(("file:", "s3:")):
            raise ValueError(f"url: begins with file: or s3://, not {self.url!r}")
        if self.url.startswith("s3:"):
            Bucket.parse(self.url)
        if bool(self.access_key) != bool(self.secret_key):
            raise ValueError("access_key and secret_key: both or neither")

    @property
    def bucket(self) -> Bucket | None:
        """None: blobs are files."""
        return Bucket.parse(self.url) if self.url.startswith("s3:") else None


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """Where names are looked up."""

    servers: tuple[str, ...] = ()
    """Name servers as "address:port"; empty: the system's."""

    def __post_init__(self) -> None:
        for server in self.servers:
            _check_address("servers", server, 53)


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """What one message, and one peer, may take."""

    message_size: int = 50 * 1024 * 1024
    """Bytes of the largest message that is accepted, by SMTP and by IMAP."""
    recipients: int = 1000
    """Of one message; RFC 5321 §4.5.3.1.8 asks for at least 100."""
    connections: int = 10_000
    """In all, for each service in each worker."""
    connections_per_address: int = 100
    """From one address, for each service in each worker; loopback addresses are not counted."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is written to stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """`info` has one line for each delivery and login, `debug` one for each command."""
    format: Literal["text", "json"] = "text"
    """For people, or for programs."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole file."""

    hostname: str = ""
    """The hub's own name, as it says it in greetings and as its certificate has it; empty: this machine's."""
    workers: int = 0
    """Worker processes; 0: one for each core, four at most."""
    data: str = ""
    """Folder of the store, its blobs and a self-made certificate; empty: `data` beside the configuration file."""
    version: int = 1
    """Of the form of this file. A program that knows only older ones says so instead of guessing."""
    listen: ListenSettings = field(default_factory=ListenSettings)
    tls: TlsSettings = field(default_factory=TlsSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    blobs: BlobSettings = field(default_factory=BlobSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    auth: AuthSettings = field(default_factory=AuthSettings)
    relay: RelaySettings = field(default_factory=RelaySettings)
    dns: DnsSettings = field(default_factory=DnsSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
    smtp: SmtpSettings = field(default_factory=SmtpSettings)
    imap: ImapSettings = field(default_factory=ImapSettings)
    pop3: Pop3Settings = field(default_factory=Pop3Settings)
    http: HttpSettings = field(default_factory=HttpSettings)
    mapi: MapiSettings = field(default_factory=MapiSettings)
    log: LogSettings = field(default_factory=LogSettings)

    def __post_init__(self) -> None:
        if self.version != 1:
            raise ValueError(f"version: this program reads version 1 of the file, not {self.version}")

    @property
    def name(self) -> str:
        return self.hostname or socket.getfqdn()

    @property
    def worker_count(self) -> int:
        return self.workers or min(4, os.cpu_count() or 1)

    @property
    def data_folder(self) -> Path:
        return Path(self.data)

    @property
    def store_url(self) -> str:
        """With the default place filled in."""
        return f"sqlite:{self.data_folder / 'store.db'}" if self.store.url == "sqlite:" else self.store.url

    @property
    def blob_folder(self) -> Path:
        place = self.blobs.url.removeprefix("file:")
        return Path(place) if place else self.data_folder / "blobs"


def load_settings(file: Path) -> Settings:
    """Read and check a file; relative paths in it are relative to it. ConfigError names the file in each line."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError([f"{file}: there is no such file; `posthouse init` makes one"]) from None
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: is not TOML: {error}"]) from None
    try:
        return make_settings(table, file.parent)
    except ConfigError as error:
        raise ConfigError([f"{file}: {problem}" for problem in error.problems]) from None


def make_settings(table: dict[str, object], base: Path) -> Settings:
    """Settings from a table; `base` is the folder for relative paths."""
    base = base.resolve()
    table = {"data": "data", **table}
    settings = build(Settings, table)
    problems = []
    if not settings.store.url.startswith(("sqlite:", "postgresql://", "postgres://")):
        problems.append(f"store.url: begins with sqlite: or postgresql://, not {settings.store.url!r}")
    if problems:
        raise ConfigError(problems)
    return _absolute(settings, base)


def _absolute(settings: Settings, base: Path) -> Settings:
    def path(text: str) -> str:
        return str(base / text) if text else ""

    tls = settings.tls
    return replace(
        settings,
        data=path(settings.data),
        tls=replace(tls, certificate=path(tls.certificate), key=path(tls.key), client_ca=path(tls.client_ca)),
        http=replace(settings.http, kerberos_keytab=path(settings.http.kerberos_keytab)),
    )
