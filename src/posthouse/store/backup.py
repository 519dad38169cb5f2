"""Backup and restore of everything durable: the tables of all rooms, and the blobs.

A backup is one snapshot, taken while the hub runs; meanwhile the sweeper rests, so that no blob of the snapshot goes
away. It says nothing of the engine: what was SQLite can come back as PostgreSQL. UIDs, UIDVALIDITY, modseqs and ids are
rows like any other, so clients see no difference after a restore.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from posthouse.database import Database, Queries, Row, Transaction
from posthouse.database.catalogue import Table, seeded, set_serial, tables
from posthouse.database.migrations import Room, SchemaTooNew, migrate
from posthouse.store.archive import MANIFEST, ArchiveReader, ArchiveWriter, BadArchive, Readable, read_rows
from posthouse.store.blobs import Blobs
from posthouse.store.content import blob_names, pause_sweeping, resume_sweeping

SQL = Queries(__package__, "backup.sql")

FORMAT = 1
PASSING = frozenset(("maildrop_lock", "sweep_pause"))
"""Tables of what matters to running processes alone."""
PAUSE_SECONDS = 3600
"""The sweeper's rest is extended as the backup goes on, and ends by itself when the backup dies."""
INSERTS = 500

Progress = Callable[[str], None]


class StoreNotEmpty(Exception):
    """A restore never mixes with what is there."""


@dataclass(slots=True)
class Summary:
    rows: int = 0
    blobs: int = 0
    lost: int = 0
    """Blobs that a row names and that are not there; `verify` tells which messages miss them."""


def backup(
    database: Database,
    blobs: Blobs,
    rooms: Sequence[Room],
    target: BinaryIO,
    clock: Callable[[], float],
    progress: Progress = lambda what: None,
) -> Summary:
    """Write everything to `target`, which may be a pipe. `progress` hears the name of each table as it begins."""
    holder = f"backup:{clock()}"

    def pause() -> None:
        with database.transaction() as tx:
            pause_sweeping(tx, holder, int(clock()) + PAUSE_SECONDS)

    pause()
    try:
        with database.snapshot() as tx:
            return _write(tx, blobs, rooms, ArchiveWriter(target, int(clock())), int(clock()), pause, progress)
    finally:
        with database.transaction() as tx:
            resume_sweeping(tx, holder)


def _write(
    tx: Transaction,
    blobs: Blobs,
    rooms: Sequence[Room],
    archive: ArchiveWriter,
    now: int,
    pause: Callable[[], None],
    progress: Progress,
) -> Summary:
    summary = Summary()
    found = [table for table in tables(tx, rooms) if table.name not in PASSING]
    versions: dict[str, int] = dict(tx.all(SQL.versions))
    manifest = {"format": FORMAT, "made": now, "engine": tx.engine, "versions": versions}
    archive.add_json(MANIFEST, manifest | {"tables": [asdict(table) for table in found]})
    progress("blobs")
    for number, name in enumerate(sorted(blob_names(tx))):
        _write_blob(blobs, name, archive, summary)
        if number % 100 == 99:
            pause()
    for table in found:
        progress(table.name)
        summary.rows += archive.add_rows(table.name, tx.iterate(table.select))
    archive.finish()
    return summary


def _write_blob(blobs: Blobs, name: str, archive: ArchiveWriter, summary: Summary) -> None:
    try:
        data = blobs.open(name)
    except OSError:
        summary.lost += 1
        return
    archive.add_stream(f"blobs/{name}", len(data), _Reader(data))
    summary.blobs += 1


class _Reader:
    """A buffer read from its start."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        end = len(self._data) if size < 0 else self._at + size
        piece = bytes(self._data[self._at : end])
        self._at += len(piece)
        return piece


def restore(
    database: Database, blobs: Blobs, rooms: Sequence[Room], source: BinaryIO, progress: Progress = lambda what: None
) -> Summary:
    """Into an empty store, of either engine: all of it or nothing. Tables are made as the archive has them and then
    brought to this program's version. `StoreNotEmpty`, `BadArchive`, `SchemaTooNew`."""
    names: dict[str, str] = {}
    try:
        with ArchiveReader(source) as archive, database.transaction() as tx:
            return _read(tx, blobs, rooms, archive.members(), names, progress)
    except BaseException:
        for name in names.values():
            blobs.remove(name)
        raise


def _read(
    tx: Transaction,
    blobs: Blobs,
    rooms: Sequence[Room],
    members: Iterator[tuple[str, Readable]],
    names: dict[str, str],
    progress: Progress,
) -> Summary:
    """`names`: the blobs of the archive and what they are called here."""
    summary = Summary()
    described = {table.name: table for table in _prepare(tx, rooms, next(members))}
    current = ""
    for member, data in members:
        kind, _, rest = member.partition("/")
        if kind == "blobs":
            names[rest] = _read_blob(blobs, data)
            summary.blobs += 1
        elif kind == "rows":
            name = rest.partition("/")[0]
            if name != current:
                current = name
                progress(name)
            summary.rows += _insert(tx, described[name], read_rows(data.read()), names)
    for table in described.values():
        if table.serial:
            set_serial(tx, table.name, table.serial)
    migrate(tx, rooms)
    return summary


def _prepare(tx: Transaction, rooms: Sequence[Room], member: tuple[str, Readable]) -> list[Table]:
    """Empty tables in the form that the archive has."""
    name, data = member
    if name != MANIFEST:
        raise BadArchive("not a backup: it does not begin with a manifest")
    manifest = json.loads(data.read())
    if manifest["format"] != FORMAT:
        raise BadArchive(f"a backup of format {manifest['format']}; this program reads format {FORMAT}")
    known = {room.name: len(room.migrations()) for room in rooms}
    for room, version in manifest["versions"].items():
        if version > known.get(room, 0):
            raise SchemaTooNew(f"the backup's tables for '{room}' have version {version}: restore with a newer program")
    _clear(tx, rooms)
    migrate(tx, rooms, only_to=manifest["versions"])
    for table in seeded(rooms) - PASSING:
        tx.run(f"DELETE FROM {table}")
    return [Table(entry["name"], tuple(entry["columns"]), entry["serial"]) for entry in manifest["tables"]]


def _clear(tx: Transaction, rooms: Sequence[Room]) -> None:
    """Drop tables that are there, if nobody has put anything into them."""
    there = tables(tx, rooms)
    for table in there:
        if table.name not in seeded(rooms) | PASSING and tx.one(f"SELECT 1 FROM {table.name} LIMIT 1") is not None:
            raise StoreNotEmpty(
                f"the store is not empty (there is something in '{table.name}'): restore into a new one"
            )
    for table in there:
        tx.run(f"DROP TABLE {table.name}")
    if there:
        tx.run(SQL.forget_versions)


def _read_blob(blobs: Blobs, data: Readable) -> str:
    writer = blobs.create()
    try:
        while piece := data.read(1 << 20):
            writer.write(piece)
        return writer.seal()
    except BaseException:
        writer.discard()
        raise


def _insert(tx: Transaction, table: Table, rows: list[Sequence[Any]], names: dict[str, str]) -> int:
    renamed = list(_renamed(table, rows, names)) if "blob" in table.columns else rows
    for start in range(0, len(renamed), INSERTS):
        tx.many(table.insert, renamed[start : start + INSERTS])
    return len(rows)


def _renamed(table: Table, rows: list[Sequence[Any]], names: dict[str, str]) -> Iterator[Row]:
    """What names blobs, with the names that they have here."""
    blob = table.columns.index("blob")
    for row in rows:
        yield (*row[:blob], names.get(row[blob], row[blob]), *row[blob + 1 :])
