"""A directory with a domain in it, and cheap hashing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from posthouse.database import Database, Transaction, open_database
from posthouse.directory import AuthSettings, Hasher, PasswordKeys, add_domain

SETTINGS = AuthSettings(
    default_domain="example.org",
    argon2_memory=64,
    argon2_passes=1,
    hashing_threads=2,
    scram_iterations=4096,
    account_failures=5,
    address_failures=8,
    failure_window=600,
)


@pytest.fixture
def database(engine: str, new_store_url: Callable[[str], str]) -> Iterator[Database]:
    database = open_database(new_store_url(engine))
    with database.transaction() as tx:
        add_domain(tx, "example.org")
    yield database
    database.close()


@pytest.fixture
def tx(database: Database) -> Iterator[Transaction]:
    with database.transaction() as tx:
        yield tx


@pytest.fixture(scope="session")
def settings() -> AuthSettings:
    return SETTINGS


@pytest.fixture(scope="session")
def keys() -> PasswordKeys:
    """Of the password `secret`."""
    return Hasher(SETTINGS).make("secret")
