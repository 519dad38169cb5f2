"""A store on both engines: a test that asks for `store` runs once on SQLite and once on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from posthouse.database import Transaction, open_database
from posthouse.database.hints import Hints
from posthouse.model.flags import UNFLAGGED, Flags
from posthouse.model.ids import AccountId, FolderId
from posthouse.store import Store
from posthouse.store.accounts import create_account
from posthouse.store.blobs import FileBlobs
from posthouse.store.content import add_content
from posthouse.store.folders import INBOX
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, Placed, append
from posthouse.store.verify import verify

NOW = 1_700_000_000
ACCOUNT = AccountId(7)


class Shelf:
    """A store with one account, and the short way to put something into it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.database = open_database(url)
        self.blobs = FileBlobs(folder)
        self.store = Store(self.database, self.blobs, Hints())
        self.account = ACCOUNT
        self.now = NOW
        with self.database.transaction() as tx:
            create_account(tx, ACCOUNT, NOW)

    def put(
        self, tx: Transaction, data: bytes, folder: FolderId = INBOX, flags: Flags = UNFLAGGED, date: int = NOW
    ) -> Placed:
        return append(tx, ACCOUNT, folder, self.new(tx, data, flags, date), self.now)

    def new(self, tx: Transaction, data: bytes, flags: Flags = UNFLAGGED, date: int = NOW) -> NewMessage:
        """With its content in the store, and in no folder yet."""
        new = content_of(self.blobs, data)
        return NewMessage(add_content(tx, new), new.size, date, flags)


@pytest.fixture
def shelf_on(new_store_url: Callable[[str], str], tmp_path: Path) -> Iterator[Callable[[str], Shelf]]:
    """Several stores in one test: `shelf_on("sqlite")`."""
    made: list[Shelf] = []

    def make(engine: str) -> Shelf:
        made.append(Shelf(new_store_url(engine), tmp_path / f"blobs{len(made)}"))
        return made[-1]

    yield make
    for shelf in made:
        shelf.store.close()


@pytest.fixture
def shelf(engine: str, shelf_on: Callable[[str], Shelf]) -> Shelf:
    return shelf_on(engine)


@pytest.fixture
def sound(shelf: Shelf) -> Iterator[None]:
    """Whatever a test did, the store is what it says."""
    yield
    with shelf.database.snapshot() as tx:
        assert list(verify(tx, shelf.blobs)) == []
