"""Both engines for whoever asks: a test that asks for `engine` runs once on SQLite and once on a real PostgreSQL."""

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
from corpus import real_messages
from dns_server import DnsServer, serve_zone

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
    data = str(folder / "data")

    def run(program: str, *arguments: str) -> None:
        command = [*prefix, str(programs / program), "-D", data, *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "-A", "trust", "-U", "postgres", "-N")
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=60"
    )
    run("pg_ctl", "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """An empty database of an engine: `new_url("postgresql")`."""

    def make(engine: str) -> str:
        name = f"store{next(_names)}"
        if engine == "sqlite":
            return f"sqlite:{tmp_path / name}.db"
        return _create(request.getfixturevalue("postgresql_url"), name)

    return make


@pytest.fixture
def new_store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """A database of an engine that has the tables of all rooms: a copy, as to make them takes twice as long."""

    def make(engine: str) -> str:
        name = f"store{next(_names)}"
        template = request.getfixturevalue(f"{engine}_template")
        if engine == "sqlite":
            shutil.copyfile(template, tmp_path / f"{name}.db")
            return f"sqlite:{tmp_path / name}.db"
        return _create(request.getfixturevalue("postgresql_url"), name, template)

    return make


def _create(server: str, name: str, template: str = "template0") -> str:
    """A database of a PostgreSQL server; its URL."""
    import psycopg

    with psycopg.connect(server + "postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
    return f"{server}{name}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    _make_tables(f"sqlite:{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_url: str) -> str:
    """The name of a database with all tables."""
    _make_tables(_create(postgresql_url, "template_of_stores"))
    return "template_of_stores"


def _make_tables(url: str) -> None:
    from posthouse.assemble.stores import ROOMS
    from posthouse.database import open_database

    database = open_database(url)
    database.migrate(ROOMS)
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def serve_dns() -> Iterator[Callable[..., DnsServer]]:
    """Name servers with zones of the test's own: `serve_dns({"example.org": {"A": ["192.0.2.1"]}}).address`."""
    with contextlib.ExitStack() as stack:
        yield lambda zone, **options: stack.enter_context(serve_zone(zone, **options))


@pytest.fixture(scope="session")
def corpus() -> dict[str, bytes]:
    """Name → bytes of awkward messages of real life."""
    found = real_messages()
    if not found:
        pytest.skip("no corpus of messages here")
    return found
