"""Migrations happen once, in order, whoever else is at it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import pytest

from posthouse.database import open_database
from posthouse.database.catalogue import seeded, set_serial, tables
from posthouse.database.migrations import Room, SchemaTooNew
from posthouse.directory import ROOM as DIRECTORY
from posthouse.queue import ROOM as QUEUE
from posthouse.store import ROOM


@pytest.mark.parametrize("room", [ROOM, DIRECTORY, QUEUE], ids=lambda room: room.name)
def test_numbers(room):
    """The number of a file is the version that it makes: none is left out, so none can come in between later."""
    names = sorted(entry.name for entry in files(room.package).joinpath("migrations").iterdir())
    found = [int(name[:4]) for name in names if name.endswith(".sql")]
    assert found == list(range(1, len(found) + 1))


@pytest.fixture
def room(monkeypatch):
    """A room whose migrations a test writes."""
    room = Room("play", "posthouse.store")
    steps = ["CREATE TABLE play (id {serial}, note TEXT);\nINSERT INTO play (note) VALUES ('seed');"]
    monkeypatch.setattr(Room, "migrations", lambda self: steps)
    return room, steps


def test_versions(database, room):
    """Each step is done once; a newer step is done on top; the program refuses what is newer than itself."""
    play, steps = room
    database.migrate([play])
    database.migrate([play])
    steps.append("ALTER TABLE play ADD COLUMN more BIGINT")
    database.migrate([play])
    with database.snapshot() as tx:
        assert tx.all("SELECT note, more FROM play") == [("seed", None)]
        assert tx.all("SELECT room, version FROM schema_version") == [("play", 2)]
    del steps[1:]
    with pytest.raises(SchemaTooNew, match="use the program that wrote it"):
        database.migrate([play])


def test_a_step_that_fails(database, room):
    """All of it or nothing."""
    play, steps = room
    steps.append("CREATE TABLE other (id {id}); CREATE TABLE nonsense nonsense")
    with pytest.raises(Exception, match="syntax"):
        database.migrate([play])
    with database.snapshot() as tx:
        assert tables(tx, [play]) == []


def migrate(url):
    database = open_database(url)
    database.migrate([ROOM])
    with database.snapshot() as tx:
        count = len(tables(tx, [ROOM]))
    database.close()
    return count


IN_A_PROCESS = """
import sys
from posthouse.database import open_database
from posthouse.database.catalogue import tables
from posthouse.store import ROOM
database = open_database(sys.argv[1])
database.migrate([ROOM])
with database.snapshot() as tx:
    print(len(tables(tx, [ROOM])))
"""


def test_at_once(url, engine):
    """Several processes start at the same moment."""
    with ThreadPoolExecutor(6) as threads:
        counts = set(threads.map(migrate, [url] * 6))
    if engine == "sqlite":
        command = [sys.executable, "-c", IN_A_PROCESS, f"{url}2"]
        processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        counts |= {int(process.communicate()[0]) for process in processes}
    assert len(counts) == 1


def test_catalogue(database, room):
    """Tables, columns and identity numbers are known on both engines."""
    play, _ = room
    database.migrate([play])
    with database.transaction() as tx:
        (table,) = tables(tx, [play])
        assert (table.name, table.columns, table.serial) == ("play", ("id", "note"), 1)
        set_serial(tx, "play", 41)
        assert tx.one("INSERT INTO play (note) VALUES ('x') RETURNING id") == (42,)
    assert seeded([play]) == {"play"}
