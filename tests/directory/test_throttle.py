"""Failures counted and slowed, in tables that do not grow."""

from __future__ import annotations

import pytest

from posthouse.directory import AuthSettings, throttle
from posthouse.directory.throttle import Throttle, counted_address
from posthouse.directory.verified import Verified
from posthouse.model.refusals import TooManyFailures

PEER, OTHER = "192.0.2.1", "192.0.2.2"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(settings: AuthSettings, clock: Clock) -> Throttle:
    return Throttle(settings, clock)


def fail(limits: Throttle, times: int, account: str = "alice", peer: str = PEER) -> None:
    for _ in range(times):
        limits.failed(account, peer)


def test_delays_grow(limits: Throttle) -> None:
    """Each failure takes twice as long as the last, up to a most."""
    delays = [limits.failed("alice", PEER) for _ in range(40)]
    assert delays[:4] == [0.1, 0.2, 0.4, 0.8]
    assert delays[-1] == 3.0


def test_account_locked_out(limits: Throttle, clock: Clock) -> None:
    """After so many failures nobody may try this account, until the window is over."""
    fail(limits, 4)
    limits.check("alice", OTHER)
    fail(limits, 1)
    with pytest.raises(TooManyFailures):
        limits.check("alice", OTHER)
    limits.check("bob", OTHER)
    clock.now += 600
    limits.check("alice", OTHER)


def test_address_locked_out(limits: Throttle) -> None:
    """Trying one password at many accounts is counted by address."""
    for n in range(8):
        limits.check(f"user{n}", PEER)
        limits.failed(f"user{n}", PEER)
    with pytest.raises(TooManyFailures):
        limits.check("user9", PEER)
    limits.check("user9", OTHER)


def test_owner_is_not_locked_out(limits: Throttle, clock: Clock) -> None:
    """Others' failures do not keep out who has logged in from this address lately."""
    limits.succeeded("alice", OTHER)
    fail(limits, 5)
    limits.check("alice", OTHER)
    with pytest.raises(TooManyFailures):
        limits.check("alice", PEER)
    clock.now += 86_400
    fail(limits, 5)
    with pytest.raises(TooManyFailures):
        limits.check("alice", OTHER)


def test_success_forgives_nothing(limits: Throttle) -> None:
    """With an account of one's own one could otherwise start over after each guess."""
    fail(limits, 7, "bob")
    limits.succeeded("mallory", PEER)
    fail(limits, 1, "carol")
    with pytest.raises(TooManyFailures):
        limits.check("mallory", PEER)


def test_trusted_address(limits: Throttle) -> None:
    """A web mail on this machine speaks for many: it is not locked out, its users' accounts are."""
    for n in range(20):
        limits.failed(f"user{n}", "127.0.0.1")
    limits.check("alice", "127.0.0.1")
    fail(limits, 5, "alice", "127.0.0.1")
    with pytest.raises(TooManyFailures):
        limits.check("alice", "127.0.0.1")


COUNTED = [
    ("192.0.2.1", "192.0.2.1"),
    ("::ffff:192.0.2.1", "192.0.2.1"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("fe80::1%eth0", "fe80::/64"),
    ("127.0.0.1", ""),
    ("::1", ""),
    ("", ""),
    ("/run/posthouse.sock", ""),
]


@pytest.mark.parametrize(("peer", "counted"), COUNTED)
def test_what_is_counted(limits: Throttle, peer: str, counted: str) -> None:
    """An IPv6 customer has a network, not an address."""
    assert counted_address(peer, limits._trusted) == counted


def test_bounded(limits: Throttle, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names are tried, the tables stay as they are; the newest are kept."""
    monkeypatch.setattr(throttle, "TABLE", 10)
    for n in range(100):
        limits.failed(f"user{n}", f"192.0.2.{n}")
        limits.succeeded(f"user{n}", f"192.0.2.{n}")
    assert len(limits._accounts) == len(limits._addresses) == len(limits._known) == 10


def test_verified(clock: Clock) -> None:
    """A password is known for a while, for its account and version, and the table is bounded."""
    verified = Verified(60, 2, clock)
    token = verified.token(1, 1, b"secret")
    assert not verified.knows(token)
    verified.add(token)
    assert verified.knows(verified.token(1, 1, b"secret"))
    for other in (verified.token(1, 2, b"secret"), verified.token(2, 1, b"secret"), verified.token(1, 1, b"Secret")):
        assert not verified.knows(other)
    clock.now += 60
    assert not verified.knows(token)
    verified.add(verified.token(2, 1, b"x"))
    verified.add(verified.token(3, 1, b"x"))
    assert not verified.knows(token)
    assert verified.knows(verified.token(2, 1, b"x"))


def test_token_is_this_process_s(clock: Clock) -> None:
    """What is kept is worth nothing in another process."""
    assert Verified(60, 2, clock).token(1, 1, b"x") != Verified(60, 2, clock).token(1, 1, b"x")
    assert b"secret" not in Verified(60, 2, clock).token(1, 1, b"secret")
