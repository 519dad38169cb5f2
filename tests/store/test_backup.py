"""Backup while the hub runs, restore on either engine."""

from __future__ import annotations

import gzip
import io
import threading

import pytest

from posthouse.database import open_database
from posthouse.database.catalogue import tables
from posthouse.database.migrations import Room, SchemaTooNew
from posthouse.model.flags import Flag, Flags
from posthouse.store import ROOM
from posthouse.store.archive import BadArchive
from posthouse.store.backup import PASSING, StoreNotEmpty, backup, restore
from posthouse.store.blobs import FileBlobs
from posthouse.store.content import sweep
from posthouse.store.folders import INBOX, create_folder
from posthouse.store.messages import copy, expunge, move
from posthouse.store.verify import verify

ROOMS = [ROOM, Room("directory", "posthouse.directory"), Room("queue", "posthouse.queue")]
BIG = b"Subject: big\r\n\r\n" + b"0123456789abcde\r\n" * 20_000


def fill(shelf, start=0):
    with shelf.database.transaction() as tx:
        for number in range(start, start + 10):
            data = b"Subject: =?utf-8?q?n=C3=BC?= %d\r\n\r\n\x80\xff bytes\r\n" % number
            shelf.put(tx, data, flags=Flags(Flag.SEEN, frozenset(["k"])))
        shelf.put(tx, BIG + b"%d" % start)
        expunge(tx, shelf.account, INBOX)


def all_rows(database, blobs):
    """Everything that a backup keeps; a blob by its bytes, for it is called something else after a restore."""
    found = {}
    with database.snapshot() as tx:
        for table in tables(tx, ROOMS):
            rows = [dict(zip(table.columns, row, strict=True)) for row in tx.all(table.select)]
            for row in rows:
                if table.name == "content" and row["blob"]:
                    row["blob"] = bytes(blobs.open(row["blob"]))
            found[table.name] = sorted(map(repr, rows)), table.serial
    return {name: rows for name, rows in found.items() if name not in PASSING}


@pytest.fixture
def new_store_url(new_url):
    """Here stores have no tables of other rooms unless a test makes them."""

    def make(engine):
        url = new_url(engine)
        database = open_database(url)
        database.migrate([ROOM])
        database.close()
        return url

    return make


@pytest.fixture
def full(shelf):
    shelf.database.migrate(ROOMS)
    fill(shelf)
    with shelf.database.transaction() as tx:
        other = create_folder(tx, shelf.account, "Résumés/2023").id
        copy(tx, shelf.account, INBOX, ((2, 4), (11, 11)), other, shelf.now)
        move(tx, shelf.account, INBOX, ((7, 8),), other, shelf.now)
        tx.run("INSERT INTO queue_attempt VALUES (1, 1, 1, 5, 'mx.example.org', 'failed', '4.2.1', 'é')")
        tx.run("UPDATE directory_state SET generation = 5, secret = 'x'")
    return shelf


def saved(shelf, rooms=ROOMS):
    target = io.BytesIO()
    summary = backup(shelf.database, shelf.blobs, rooms, target, lambda: 1e9)
    return target.getvalue(), summary


@pytest.fixture
def empty(new_url, tmp_path):
    """Something to restore into: `empty("postgresql")`."""
    made = []

    def make(engine):
        made.append(open_database(new_url(engine)))
        return made[-1], FileBlobs(tmp_path / f"restored{len(made)}")

    yield make
    for database in made:
        database.close()


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_round_trip(full, empty, to):
    """Every row of every room comes back on either engine, identity columns go on where they were, blobs are there:
    UIDs, UIDVALIDITY, modseq and POP3's unique ids are the same (pitfall 12)."""
    archive, summary = saved(full)
    database, blobs = empty(to)
    back = restore(database, blobs, ROOMS, io.BytesIO(archive))
    assert (back.rows, back.blobs, summary.lost) == (summary.rows, summary.blobs, 0)
    assert summary.blobs == 1
    assert all_rows(database, blobs) == all_rows(full.database, full.blobs)
    with database.snapshot() as tx:
        assert list(verify(tx, blobs, deep=True)) == []
    database.migrate(ROOMS)


def test_while_others_write(full, empty):
    """A backup is one moment: writers go on, and what they write afterwards is not in it."""
    stop = threading.Event()

    def write():
        start = 100
        while not stop.is_set():
            fill(full, start)
            with full.database.transaction() as tx:
                expunge(tx, full.account, INBOX, ((1, 2**32 - 1),))
            start += 100

    writer = threading.Thread(target=write)
    writer.start()
    try:
        archives = [saved(full)[0] for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    for archive in archives:
        database, blobs = empty("sqlite")
        restore(database, blobs, ROOMS, io.BytesIO(archive))
        with database.snapshot() as tx:
            assert list(verify(tx, blobs, deep=True)) == []


def test_sweeper_rests(full, monkeypatch):
    """No content goes away under a backup, and the sweeper works again when it is over."""
    with full.database.transaction() as tx:
        tx.run("DELETE FROM message WHERE uid = 11")
        tx.run("INSERT INTO content_released (content_id) SELECT content_id FROM content WHERE blob IS NULL")
    looked_at = []

    def sweep_meanwhile(name):
        if name == "content":
            with full.database.transaction() as tx:
                looked_at.append(sweep(tx, int(1e9))[0])

    backup(full.database, full.blobs, ROOMS, io.BytesIO(), lambda: 1e9, sweep_meanwhile)
    with full.database.transaction() as tx:
        looked_at.append(sweep(tx, int(1e9))[0])
    assert looked_at == [0, 10]


def test_not_empty(full):
    """A restore never mixes with what is there."""
    archive, _ = saved(full)
    before = all_rows(full.database, full.blobs)
    with pytest.raises(StoreNotEmpty, match="not empty"):
        restore(full.database, full.blobs, ROOMS, io.BytesIO(archive))
    assert all_rows(full.database, full.blobs) == before


def test_into_a_fresh_hub(full, empty, engine):
    """A store that was only set up counts as empty."""
    archive, _ = saved(full)
    database, blobs = empty(engine)
    database.migrate(ROOMS)
    restore(database, blobs, ROOMS, io.BytesIO(archive))
    assert all_rows(database, blobs) == all_rows(full.database, full.blobs)


def flipped(archive):
    data = bytearray(gzip.decompress(archive))
    at = data.index(b"0123456789abcde") + 100_000
    data[at] ^= 1
    return gzip.compress(bytes(data), 1)


DAMAGES = {
    "cut short": lambda archive: archive[: len(archive) // 2],
    "no end": lambda archive: gzip.compress(gzip.decompress(archive)[:-10240], 1),
    "one bit": flipped,
    "no archive": lambda archive: b"hello",
    "another archive": lambda archive: gzip.compress(b"\0" * 10240),
    "nothing": lambda archive: b"",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged(shelf_on, empty, damage):
    """What is cut short, changed or no backup at all is refused, and nothing of it is kept."""
    shelf = shelf_on("sqlite")
    fill(shelf)
    archive = DAMAGES[damage](saved(shelf, [ROOM])[0])
    database, blobs = empty("sqlite")
    with pytest.raises(BadArchive):
        restore(database, blobs, [ROOM], io.BytesIO(archive))
    assert list(blobs.names()) == []
    with database.snapshot() as tx:
        assert tables(tx, [ROOM]) == []


def test_versions(shelf_on, empty, tmp_path, monkeypatch):
    """An older archive is brought to the program's version; a newer one is refused."""
    shelf = shelf_on("sqlite")
    fill(shelf)
    archive, _ = saved(shelf, [ROOM])
    steps = ROOM.migrations()
    monkeypatch.setattr(Room, "migrations", lambda room: [*steps, "ALTER TABLE folder ADD COLUMN color BIGINT;"])
    database, blobs = empty("sqlite")
    restore(database, blobs, [ROOM], io.BytesIO(archive))
    with database.snapshot() as tx:
        assert set(tx.all("SELECT color FROM folder")) == {(None,)}
        assert tx.all("SELECT version FROM schema_version") == [(len(steps) + 1,)]
    monkeypatch.setattr(Room, "migrations", lambda room: [])
    with pytest.raises(SchemaTooNew, match="newer program"):
        restore(*empty("sqlite"), [ROOM], io.BytesIO(archive))
