"""Logins: who it is, and nothing else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from posthouse.database import Database
from posthouse.directory import (
    AuthSettings,
    Hasher,
    Login,
    Logins,
    PasswordKeys,
    add_account,
    add_alias,
    add_certificate,
    add_group,
    remove_account,
    set_attributes,
    set_password,
)
from posthouse.directory.accounts import find_login
from posthouse.directory.errors import NotAuthorized
from posthouse.directory.logins import invent_keys
from posthouse.directory.names import Key
from posthouse.model.refusals import AccountDisabled, BadCredentials, TooManyFailures, TryLater

PEER = "192.0.2.1"


class Hub:
    """Logins whose waiting is written down instead of done, and whose hashing is counted."""

    def __init__(self, database: Database, settings: AuthSettings) -> None:
        self.database, self.slept, self.hashed = database, list[float](), 0
        self.logins = Logins(database, settings, sleep=self._sleep)
        verify = self.logins._hasher.verify

        def counting(stored: str, tries: tuple[bytes, ...]) -> bool:
            self.hashed += 1
            return verify(stored, tries)

        self.logins._hasher.verify = counting  # type: ignore[method-assign,assignment]

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def change(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with self.database.transaction() as tx:
            return fn(tx, *args, **kwargs)


def run(work: Awaitable[Any]) -> Any:
    async def inner() -> Any:
        return await work

    return asyncio.run(inner())


@pytest.fixture
def hub(database: Database, settings: AuthSettings, keys: PasswordKeys) -> Hub:
    with database.transaction() as tx:
        add_account(tx, "Alice@example.org", keys)
        add_account(tx, "bob@example.org", keys)
        add_account(tx, "root@example.org", keys, {"admin": "true"})
        add_account(tx, "no-password@example.org")
        add_group(tx, "team@example.org", ["alice@example.org"])
        add_alias(tx, "info@example.org", ["alice@example.org"])
    return Hub(database, settings)


@pytest.mark.parametrize("name", ["alice@example.org", "ALICE@Example.ORG", "alice", "Alice ", "alice@example.org."])
def test_login(hub: Hub, name: str) -> None:
    """In any spelling, and a bare name with the default domain."""
    login = run(hub.logins.verify(name, "secret", PEER))
    assert (login.address, login.admin, login.authenticated) == ("Alice@example.org", False, "")


REFUSED = [
    "nobody",
    "no-password",
    "team",
    "info",
    "alice@elsewhere.example",
    "",
    "@",
    "alice@@example.org",
    "\udcff",
    "a\0b",
    "a@\0",
]


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("password", ["secret", "wrong", b"\xff", ""])
def test_refused_alike(hub: Hub, name: str, password: str | bytes) -> None:
    """Whoever does not exist, has no password or is no account: the same answer, after hashing once as for others."""
    with pytest.raises(BadCredentials) as refused:
        run(hub.logins.verify(name, password, PEER))
    assert str(refused.value) == BadCredentials.default
    assert (hub.hashed, hub.slept) == (1, [0.1])


def test_wrong_password(hub: Hub) -> None:
    """The same for a wrong password."""
    with pytest.raises(BadCredentials):
        run(hub.logins.verify("alice", "wrong", PEER))
    assert (hub.hashed, hub.slept) == (1, [0.1])


def test_hashed_once(hub: Hub) -> None:
    """A password that was right is not hashed again; another one is."""

    async def logins() -> None:
        for _ in range(20):
            await hub.logins.verify("alice", "secret", PEER)
        with pytest.raises(BadCredentials):
            await hub.logins.verify("alice", "Secret", PEER)

    run(logins())
    assert hub.hashed == 2


def test_many_at_once(hub: Hub) -> None:
    """A hundred sessions of one account at one moment are one hash."""

    async def logins() -> None:
        await asyncio.gather(*(hub.logins.verify("alice", "secret", PEER) for _ in range(100)))

    run(logins())
    assert hub.hashed == 1


def test_one_of_many_gives_up(hub: Hub) -> None:
    """A session that goes away does not take the hash from those who share it."""

    async def logins() -> Login:
        first = asyncio.create_task(hub.logins.verify("alice", "secret", PEER))
        second = asyncio.create_task(hub.logins.verify("alice", "secret", PEER))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert run(logins()).address == "Alice@example.org"


def test_changes_count_at_once(hub: Hub, settings: AuthSettings) -> None:
    """The next login sees a new password, a disabled account, a removed one: nothing stale."""

    async def logins() -> None:
        verify = hub.logins.verify
        await verify("alice", "secret", PEER)
        hub.change(set_password, "alice@example.org", Hasher(settings).make("other"))
        with pytest.raises(BadCredentials):
            await verify("alice", "secret", PEER)
        await verify("alice", "other", PEER)
        hub.change(set_attributes, "alice@example.org", {"disabled": "true", "admin": "true"})
        with pytest.raises(AccountDisabled):
            await verify("alice", "other", PEER)
        with pytest.raises(BadCredentials):
            await verify("alice", "secret", PEER)
        hub.change(set_attributes, "alice@example.org", {"disabled": "false"})
        assert (await verify("alice", "other", PEER)).admin
        hub.change(remove_account, "alice@example.org")
        with pytest.raises(BadCredentials):
            await verify("alice", "other", PEER)
        hub.change(add_account, "alice@example.org", PasswordKeys(""))
        with pytest.raises(BadCredentials):
            await verify("alice", "other", PEER)

    run(logins())


def test_locked_out(hub: Hub) -> None:
    """After many failures not even the right password is tried, and nothing is hashed."""

    async def logins() -> None:
        for n in range(5):
            with pytest.raises(BadCredentials):
                await hub.logins.verify("alice", f"guess {n}", PEER)
        with pytest.raises(TooManyFailures):
            await hub.logins.verify("alice", "secret", PEER)
        with pytest.raises(TooManyFailures):
            await hub.logins.scram_keys("alice", "SCRAM-SHA-256", PEER)

    run(logins())
    assert hub.hashed == 5
    assert hub.slept == [0.1, 0.2, 0.4, 0.8, 1.6]


def test_guesses_at_once(hub: Hub) -> None:
    """Guesses sent all at one moment are no more guesses: those who wait are refused when the count is full."""

    async def logins() -> list[BaseException | Login]:
        guesses = [*(f"guess {n}" for n in range(40)), "secret"]
        return await asyncio.gather(
            *(hub.logins.verify("alice", guess, PEER) for guess in guesses), return_exceptions=True
        )

    outcomes = run(logins())
    assert not any(isinstance(outcome, Login) for outcome in outcomes)
    assert 5 <= hub.hashed <= 5 + 2 * 2


def test_queue_is_bounded(database: Database, settings: AuthSettings) -> None:
    """More logins than may wait are asked to come back later."""
    small = Hub(database, replace(settings, hashing_queue=3, hashing_threads=1))
    refused = threading.Event()
    small.logins._hasher.verify = lambda stored, tries: refused.wait(60) and False  # type: ignore[method-assign,assignment]

    async def logins() -> list[str]:
        tasks = [asyncio.create_task(small.logins.verify(f"user{n}", "x", f"192.0.2.{n}")) for n in range(10)]
        while sum(task.done() for task in tasks) < 7:
            await asyncio.wait([task for task in tasks if not task.done()], return_when=asyncio.FIRST_COMPLETED)
        refused.set()
        return sorted(type(error).__name__ for error in await asyncio.gather(*tasks, return_exceptions=True))

    assert run(logins()) == [BadCredentials.__name__] * 3 + [TryLater.__name__] * 7


def test_renewed(hub: Hub, database: Database, settings: AuthSettings) -> None:
    """Newer parameters: hashed anew at the next login, which is when the password is known."""
    newer = replace(settings, argon2_memory=128, scram_iterations=5000)

    async def login() -> None:
        await Hub(database, newer).logins.verify("alice", "secret", PEER)

    run(login())
    with database.snapshot() as tx:
        row = find_login(tx, Key("example.org", "alice"))
    assert row is not None
    assert row.password_hash is not None
    assert "m=128," in row.password_hash
    assert (row.scram_iterations, row.version) == (5000, 1)
    run(login())


def test_scram_keys(hub: Hub, keys: PasswordKeys) -> None:
    """A user's own keys."""
    assert run(hub.logins.scram_keys("alice", "SCRAM-SHA-1", PEER)) == keys.scram[1]


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
def test_invented_keys(hub: Hub, database: Database, settings: AuthSettings, mechanism: str) -> None:
    """Nobody's keys look like somebody's: the same at each time, in each worker, in each spelling."""

    async def ask(name: str) -> tuple[bytes, int, int, int]:
        keys = await Hub(database, settings).logins.scram_keys(name, mechanism, PEER)
        return keys.salt, keys.iterations, len(keys.stored_key), len(keys.server_key)

    nobody, other, alice = run(ask("nobody")), run(ask("other")), run(ask("alice"))
    assert run(ask("NOBODY@example.org")) == nobody
    assert nobody[0] != other[0]
    assert len(nobody[0]) == len(alice[0])
    assert nobody[1:] == alice[1:]
    assert run(ask("no-password"))[1:] == alice[1:]


def test_invented_keys_are_secret() -> None:
    """Another hub invents others, and the two mechanisms differ."""
    salts = {
        invent_keys(secret, "x", name, 1).salt for secret in (b"a", b"b") for name in ("SCRAM-SHA-256", "SCRAM-SHA-1")
    }
    assert len(salts) == 4


def test_proven(hub: Hub) -> None:
    """After SCRAM's proof the account is looked at once more."""
    assert run(hub.logins.proven("alice", PEER)).address == "Alice@example.org"
    hub.change(set_attributes, "alice@example.org", {"disabled": "true"})
    with pytest.raises(AccountDisabled):
        run(hub.logins.proven("alice", PEER))
    hub.change(remove_account, "alice@example.org")
    with pytest.raises(BadCredentials):
        run(hub.logins.proven("alice", PEER))


CERTIFICATES = [
    (["sha256:AB:01"], "bob@example.org"),
    (["sha256:00", "subject:CN=Bob", "email:alice@example.org"], "bob@example.org"),  # enrolled before e-mail
    (["sha256:00", "email:nobody@example.org", "email:Alice@example.org"], "Alice@example.org"),
    (["email:team@example.org"], ""),
    (["sha256:00", "subject:CN=alice@example.org"], ""),
    ([], ""),
]


@pytest.mark.parametrize(("identities", "address"), CERTIFICATES)
def test_certified(hub: Hub, identities: list[str], address: str) -> None:
    """By an enrolled certificate, or by the e-mail address that a CA has vouched for."""
    hub.change(add_certificate, "bob@example.org", "sha256:ab01")
    hub.change(add_certificate, "bob@example.org", "subject:CN=Bob")
    if address:
        assert run(hub.logins.certified(identities, PEER)).address == address
    else:
        with pytest.raises(BadCredentials):
            run(hub.logins.certified(identities, PEER))
        assert hub.slept == [0.1]


AUTHORIZED = [
    ("alice", "", "Alice@example.org"),
    ("alice", "ALICE@example.org", "Alice@example.org"),
    ("alice", "alice", "Alice@example.org"),
    ("alice", "bob", ""),
    ("alice", "nobody", ""),
    ("root", "bob", "bob@example.org"),
    ("root", "nobody", ""),
    ("root", "team", ""),
]


@pytest.mark.parametrize(("user", "authzid", "address"), AUTHORIZED)
def test_authorize(hub: Hub, user: str, authzid: str, address: str) -> None:
    """Everybody for themselves, an administrator for everybody; the refusal tells nobody who exists."""

    async def act() -> Login:
        login = await hub.logins.verify(user, "secret", PEER)
        return await hub.logins.authorize(login, authzid)

    if not address:
        with pytest.raises(NotAuthorized):
            run(act())
        return
    login = run(act())
    assert login.address == address
    assert (login.authenticated, login.admin) == (("root@example.org", False) if user == "root" else ("", False))


def test_no_secret_is_shown(hub: Hub) -> None:
    """Neither a login nor a failure has the password in it."""
    with pytest.raises(BadCredentials) as refused:
        run(hub.logins.verify("alice", "hunter2", PEER))
    assert "hunter2" not in repr(refused.value) + repr(vars(hub.logins))
