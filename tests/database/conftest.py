"""A database with one small table, on both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from posthouse.database import Database, open_database


@pytest.fixture
def url(engine: str, new_url: Callable[[str], str]) -> str:
    return new_url(engine)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = open_database(url)
    with made.transaction() as tx:
        tx.run("CREATE TABLE t (k BIGINT PRIMARY KEY, v TEXT)")
    yield made
    made.close()
