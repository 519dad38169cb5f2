"""Hashing of passwords."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.directory import AuthSettings, Hasher, PasswordKeys
from posthouse.directory.errors import BadPassword
from posthouse.directory.passwords import candidates

CHEAP = AuthSettings(argon2_memory=64, argon2_passes=1, scram_iterations=4096)
HASHER = Hasher(CHEAP)

SAME = [
    ("pässword", "pa\u0308ssword".encode()),  # a keyboard that makes NFD
    ("pässword", "pässword".encode("latin-1")),  # a client that knows Latin-1 alone
    ("pässword", "pässword"),
    ("a\u00a0b", b"a b"),
    ("\u2168", b"IX"),
    ("a\tb", b"a\tb"),  # SASLprep has nothing for control characters
    ("🔑", "🔑".encode()),
]


@pytest.mark.parametrize(("made", "typed"), SAME)
def test_same_password(made: str, typed: str | bytes) -> None:
    """One password, whatever keyboard and charset it is typed in."""
    assert HASHER.verify(HASHER.make(made).password_hash, candidates(typed))


@pytest.mark.parametrize("typed", ["", "Secret", "secret ", b"\xff", "secret\0"])
def test_other_password(typed: str | bytes) -> None:
    """Anything else is another password."""
    assert not HASHER.verify(HASHER.make("secret").password_hash, candidates(typed))


def test_hash_made_elsewhere() -> None:
    """A hash from another program is of the bytes as they were typed there."""
    made = PasswordHasher(memory_cost=64, time_cost=1).hash("a\u0308\u00a0")
    assert HASHER.verify(made, candidates("a\u0308\u00a0"))


@pytest.mark.parametrize("stored", ["", "nonsense", "$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAA", "$2b$12$abc"])
@pytest.mark.parametrize("typed", ["", "secret"])
def test_no_hash(stored: str, typed: str) -> None:
    """Without a hash, or with a broken one, no password is right."""
    assert not HASHER.verify(stored, candidates(typed))


@pytest.mark.parametrize("password", ["", "\u00ad"])
def test_empty(password: str) -> None:
    """A password of which preparation leaves nothing would be an open door."""
    with pytest.raises(BadPassword):
        HASHER.make(password)


def test_outdated() -> None:
    """Hashes made with other parameters are to be made again."""
    keys = HASHER.make("secret")
    assert not HASHER.is_outdated(keys.password_hash, 4096)
    assert HASHER.is_outdated(keys.password_hash, 8192)
    assert Hasher(AuthSettings(argon2_memory=128, argon2_passes=1)).is_outdated(keys.password_hash, 50_000)


def test_without_scram() -> None:
    """Who does not want SCRAM keeps no keys for it."""
    assert Hasher(AuthSettings(argon2_memory=64, argon2_passes=1, scram_iterations=0)).make("secret").scram == ()


def test_nothing_is_shown() -> None:
    """No repr has what could be attacked."""
    keys = HASHER.make("secret")
    assert repr(keys) == "PasswordKeys()"
    assert repr(PasswordKeys("x")) == "PasswordKeys()"


@given(st.text(st.characters(exclude_categories=()), min_size=1))
@settings(max_examples=50, deadline=None)
def test_any_password(password: str) -> None:
    """What was made is verified."""
    try:
        keys = HASHER.make(password)
    except BadPassword:
        return
    assert HASHER.verify(keys.password_hash, candidates(password))


@given(st.binary())
def test_any_bytes(password: bytes) -> None:
    """Candidates never fail, and are at most two."""
    assert 1 <= len(candidates(password)) <= 2
