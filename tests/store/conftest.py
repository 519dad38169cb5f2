"""A store on both engines: a test that asks for `store` runs once on SQLite and once on a real PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from posthouse.database import Transaction, open_database
from posthouse.database.hints import Hints
from posthouse.model.flags import UNFLAGGED, Flags
from posthouse.model.ids import AccountId, FolderId
from posthouse.store import ROOM, Store
from posthouse.store.accounts import create_account
from posthouse.store.blobs import FileBlobs
from posthouse.store.content import add_content
from posthouse.store.folders import INBOX
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, Placed, append

NOW = 1_700_000_000
ACCOUNT = AccountId(7)
_names = count(1)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A server of our own on a free port, gone at the end."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found or shutil.which("setpriv") is None:
        pytest.skip("PostgreSQL is not installed")
    programs = found[-1]
    folder = Path(tempfile.mkdtemp(prefix="posthouse-pg-"))
    prefix: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    data = folder / "data"
    run = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL}
    subprocess.run([*prefix, programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-N"], **run)
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=60"
    )
    subprocess.run(
        [*prefix, programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start"], **run
    )
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/"
    finally:
        subprocess.run([*prefix, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """An empty database of an engine: `new_url("postgresql")`."""

    def make(engine: str) -> str:
        name = f"store{next(_names)}"
        if engine == "sqlite":
            return f"sqlite:{tmp_path / name}.db"
        import psycopg

        server = request.getfixturevalue("postgresql_url")
        with psycopg.connect(server + "postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return f"{server}{name}"

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Shelf:
    """A store with one account, and the short way to put something into it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.database = open_database(url)
        self.database.migrate([ROOM])
        self.blobs = FileBlobs(folder)
        self.store = Store(self.database, self.blobs, Hints())
        self.account = ACCOUNT
        self.now = NOW
        with self.database.transaction() as tx:
            create_account(tx, ACCOUNT, NOW)

    def put(
        self, tx: Transaction, data: bytes, folder: FolderId = INBOX, flags: Flags = UNFLAGGED, date: int = NOW
    ) -> Placed:
        new = content_of(self.blobs, data)
        content = add_content(tx, new)
        return append(tx, ACCOUNT, folder, NewMessage(content, new.size, date, flags), self.now)


@pytest.fixture
def shelf_on(new_url: Callable[[str], str], tmp_path: Path) -> Iterator[Callable[[str], Shelf]]:
    """Several stores in one test: `shelf_on("sqlite")`."""
    made: list[Shelf] = []

    def make(engine: str) -> Shelf:
        made.append(Shelf(new_url(engine), tmp_path / f"blobs{len(made)}"))
        return made[-1]

    yield make
    for shelf in made:
        shelf.store.close()


@pytest.fixture
def shelf(engine: str, shelf_on: Callable[[str], Shelf]) -> Shelf:
    return shelf_on(engine)
