"""The one driver of all servers: mechanisms offered, exchanges with our own client, refusals."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from posthouse.database import Database, open_database
from posthouse.directory import (
    ROOM,
    AuthSettings,
    Hasher,
    Login,
    Logins,
    add_account,
    add_certificate,
    add_domain,
    set_attributes,
)
from posthouse.directory.errors import NotAuthorized
from posthouse.model.refusals import AccountDisabled, BadCredentials, BadSyntax
from posthouse.net.tls_facts import TlsFacts
from posthouse.protocols.sasl import Cancelled, ClientMechanism, Credentials, ScramClient
from posthouse.protocols.sasl.client import ExternalClient, LoginClient, PlainClient
from posthouse.servers.login import Authenticator, Channel, EncryptionRequired, MechanismNotOffered

CHEAP = AuthSettings(
    default_domain="example.org", argon2_memory=64, argon2_passes=1, scram_iterations=4096, failure_delay=0.0
)
BINDINGS = {"tls-server-end-point": b"\x01" * 32}
LOOPBACK = Channel("127.0.0.1")
OPEN = Channel("192.0.2.1")
SAFE = Channel("192.0.2.1", True)
BOUND = Channel("192.0.2.1", True, BINDINGS)
CERTIFIED = Channel("192.0.2.1", True, BINDINGS, ("sha256:ab01", "email:alice@example.org"))

SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-1")
PLUS = ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS")
PASSWORDS = ("PLAIN", "LOGIN")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:{tmp_path}/directory.db")
    database.migrate([ROOM])
    keys = Hasher(CHEAP).make("secret")
    with database.transaction() as tx:
        add_domain(tx, "example.org")
        add_account(tx, "alice@example.org", keys)
        add_account(tx, "root@example.org", keys, {"admin": "true"})
        add_certificate(tx, "root@example.org", "sha256:ab01")
    yield database
    database.close()


@pytest.fixture
def authenticator(database: Database) -> Authenticator:
    return Authenticator(Logins(database, CHEAP), CHEAP)


def run(work: Awaitable[Any]) -> Any:
    async def inner() -> Any:
        return await work

    return asyncio.run(inner())


class Wire:
    """The protocol between the driver and a client: remembers what the server asked."""

    def __init__(self, client: ClientMechanism) -> None:
        self.client, self.asked = client, list[bytes]()

    async def ask(self, challenge: bytes) -> bytes:
        self.asked.append(challenge)
        initial = self.client.initial()
        if len(self.asked) == 1 and challenge == b"" and initial is not None:
            return initial
        return self.client.respond(challenge)


ALLOWED = [
    ("loopback", LOOPBACK, True),
    ("loopback", Channel("::1"), True),
    ("loopback", Channel(""), True),  # a Unix socket
    ("loopback", OPEN, False),
    ("loopback", SAFE, True),
    ("never", LOOPBACK, False),
    ("never", SAFE, True),
    ("always", OPEN, True),
]


@pytest.mark.parametrize(("setting", "channel", "allowed"), ALLOWED)
def test_plaintext(database: Database, setting: Any, channel: Channel, allowed: bool) -> None:
    """A password crosses a connection without TLS only where the settings say so."""
    authenticator = Authenticator(Logins(database, CHEAP), AuthSettings(allow_plaintext=setting))
    assert authenticator.plaintext_allowed(channel) == allowed
    assert ("PLAIN" in authenticator.mechanisms(channel)) == allowed
    if not allowed:
        with pytest.raises(EncryptionRequired):
            run(authenticator.login("alice@example.org", "secret", channel))


OFFERED = [
    (OPEN, SCRAM),
    (SAFE, (*SCRAM, *PASSWORDS)),
    (BOUND, (*PLUS, *SCRAM, *PASSWORDS)),
    (CERTIFIED, (*PLUS, *SCRAM, "EXTERNAL", *PASSWORDS)),
]


@pytest.mark.parametrize(("channel", "names"), OFFERED)
def test_offered(authenticator: Authenticator, channel: Channel, names: tuple[str, ...]) -> None:
    """What can work and be safe on this connection."""
    assert authenticator.mechanisms(channel) == names


ALICE = Credentials("alice", "secret")
NONCE = b"fyko+d2lbbFgONRv9qkxdawL"
CLIENTS: list[tuple[Callable[[Credentials], ClientMechanism], Channel]] = [
    (PlainClient, SAFE),
    (LoginClient, LOOPBACK),
    (lambda c: ScramClient("SCRAM-SHA-256", c, NONCE, {}), OPEN),
    (lambda c: ScramClient("SCRAM-SHA-1", c, NONCE, {}), BOUND),
    (lambda c: ScramClient("SCRAM-SHA-256", c, NONCE, BINDINGS, plus=True), BOUND),
    (lambda c: ScramClient("SCRAM-SHA-1", c, NONCE, BINDINGS, plus=True), CERTIFIED),
]


def logged_in(authenticator: Authenticator, client: ClientMechanism, channel: Channel, early: bool) -> Login:
    wire = Wire(client)
    login, final = run(
        authenticator.authenticate(client.name.lower(), client.initial() if early else None, channel, wire.ask)
    )
    client.finish(final)
    assert final == b""
    assert isinstance(login, Login)
    return login


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize(("make", "channel"), CLIENTS)
def test_login(
    authenticator: Authenticator, make: Callable[[Credentials], ClientMechanism], channel: Channel, early: bool
) -> None:
    """Every mechanism, with an initial response and without."""
    assert logged_in(authenticator, make(ALICE), channel, early).address == "alice@example.org"


@pytest.mark.parametrize("credentials", [Credentials("alice", "Secret"), Credentials("nobody", "secret")])
@pytest.mark.parametrize(("make", "channel"), CLIENTS)
def test_refused(
    authenticator: Authenticator,
    make: Callable[[Credentials], ClientMechanism],
    channel: Channel,
    credentials: Credentials,
) -> None:
    """A wrong password and an unknown user are the same answer, after the same dialog."""
    wire = Wire(make(credentials))
    with pytest.raises(BadCredentials):
        run(authenticator.authenticate(wire.client.name, None, channel, wire.ask))
    assert len(wire.asked) == (1 if wire.client.name == "PLAIN" else 2)


@pytest.mark.parametrize(("make", "channel"), CLIENTS)
def test_disabled(
    authenticator: Authenticator,
    database: Database,
    make: Callable[[Credentials], ClientMechanism],
    channel: Channel,
) -> None:
    """A disabled account hears so, after it has shown its password."""
    with database.transaction() as tx:
        set_attributes(tx, "alice@example.org", {"disabled": "true"})
    with pytest.raises(AccountDisabled):
        logged_in(authenticator, make(ALICE), channel, False)


ACTING = [(make, channel) for make, channel in CLIENTS if make is not LoginClient]


@pytest.mark.parametrize(("make", "channel"), ACTING)
def test_act_for(
    authenticator: Authenticator, make: Callable[[Credentials], ClientMechanism], channel: Channel
) -> None:
    """An administrator acts for another by the authorization identity; nobody else does."""
    login = logged_in(authenticator, make(Credentials("root", "secret", "alice@example.org")), channel, True)
    assert (login.address, login.authenticated) == ("alice@example.org", "root@example.org")
    with pytest.raises(NotAuthorized):
        logged_in(authenticator, make(Credentials("alice", "secret", "root@example.org")), channel, True)


def test_external(authenticator: Authenticator) -> None:
    """Whoever the certificate belongs to, and whom they act for."""
    itself = logged_in(authenticator, ExternalClient(Credentials("", "")), CERTIFIED, True)
    assert itself.address == "root@example.org"
    other = logged_in(authenticator, ExternalClient(Credentials("", "", "alice@example.org")), CERTIFIED, True)
    assert (other.address, other.authenticated) == ("alice@example.org", "root@example.org")


NOT_OFFERED = [
    ("PLAIN", OPEN, EncryptionRequired),
    ("LOGIN", OPEN, EncryptionRequired),
    ("EXTERNAL", BOUND, MechanismNotOffered),
    ("SCRAM-SHA-256-PLUS", SAFE, MechanismNotOffered),
    ("CRAM-MD5", SAFE, MechanismNotOffered),
    ("", SAFE, MechanismNotOffered),
]


@pytest.mark.parametrize(("name", "channel", "refusal"), NOT_OFFERED)
def test_not_offered(authenticator: Authenticator, name: str, channel: Channel, refusal: type[Exception]) -> None:
    """Nothing is asked of a client whose mechanism was not offered."""
    wire = Wire(PlainClient(ALICE))
    with pytest.raises(refusal):
        run(authenticator.authenticate(name, b"\0alice\0secret", channel, wire.ask))
    assert wire.asked == []


def test_success_data(authenticator: Authenticator) -> None:
    """RFC 5804 §2.1: ManageSieve's OK carries SCRAM's last word, others ask once more."""
    client = ScramClient("SCRAM-SHA-256", ALICE, NONCE, {})
    wire = Wire(client)
    call = authenticator.authenticate(client.name, client.initial(), OPEN, wire.ask, success_data=True)
    _, final = run(call)
    client.finish(final)
    assert len(wire.asked) == 1


def test_last_answer_is_empty(authenticator: Authenticator) -> None:
    """After the server's last word the client has nothing to say."""
    client = ScramClient("SCRAM-SHA-256", ALICE, NONCE, {})

    async def ask(challenge: bytes) -> bytes:
        return client.respond(challenge) or b"but"

    with pytest.raises(BadSyntax):
        run(authenticator.authenticate(client.name, client.initial(), OPEN, ask))


def test_cancelled(authenticator: Authenticator) -> None:
    """A client that gives up has failed nothing: it is told so by its protocol."""

    async def ask(challenge: bytes) -> bytes:
        raise Cancelled

    for name in ("PLAIN", "LOGIN", "SCRAM-SHA-1"):
        with pytest.raises(Cancelled):
            run(authenticator.authenticate(name, None, SAFE, ask))


def test_failures_are_counted(database: Database) -> None:
    """Guessing by SCRAM is guessing."""
    settings = AuthSettings(default_domain="example.org", scram_iterations=4096, failure_delay=0.0, account_failures=3)
    authenticator = Authenticator(Logins(database, settings), settings)
    outcomes = []
    for _ in range(4):
        try:
            logged_in(authenticator, ScramClient("SCRAM-SHA-1", Credentials("alice", "x"), NONCE, {}), OPEN, True)
        except Exception as error:
            outcomes.append(type(error).__name__)
    assert outcomes == ["BadCredentials"] * 3 + ["TooManyFailures"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_channel_of_a_connection(version: ssl.TLSVersion) -> None:
    """What TLS has verified of a client is what the directory is asked for."""
    authority = trustme.CA()
    facts = shake_hands(authority, authority.issue_cert("alice@example.org", common_name="Alice"), version)
    channel = Channel.of("192.0.2.1", facts)
    assert channel.encrypted
    assert ("tls-unique" in channel.bindings) == (version is ssl.TLSVersion.TLSv1_2)
    assert [identity.partition(":")[0] for identity in channel.identities] == ["sha256", "subject", "email"]
    assert channel.identities[2] == "email:alice@example.org"
    assert Channel.of("192.0.2.1", None) == Channel("192.0.2.1")


def shake_hands(authority: trustme.CA, certificate: trustme.LeafCert, version: ssl.TLSVersion) -> TlsFacts:
    """In memory; the server's side of it."""
    server_context, client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    server_context.verify_mode = ssl.CERT_REQUIRED
    for context in (server_context, client_context):
        context.minimum_version = context.maximum_version = version
        authority.configure_trust(context)
    authority.issue_cert("hub.test").configure_cert(server_context)
    certificate.configure_cert(client_context)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    client = client_context.wrap_bio(to_client, to_server, server_hostname="hub.test")
    waiting = [client, server]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)
    return TlsFacts(server)
