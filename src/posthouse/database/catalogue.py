"""What tables there are, whichever room they belong to: for what works on all of them alike, as a backup does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from posthouse.database.interface import Transaction
from posthouse.database.migrations import Room

_CREATE = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)
_SEED = re.compile(r"^INSERT INTO (\w+)", re.MULTILINE)

_COLUMNS = {
    "sqlite": "SELECT name FROM pragma_table_info(?) ORDER BY cid",
    "postgresql": "SELECT column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position",
}
_SERIAL = {
    "sqlite": "SELECT seq FROM sqlite_sequence WHERE name = ?",
    "postgresql": "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(?, column_name)), 0)"
    " FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name = ? AND is_identity = 'YES'",
}


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[str, ...]
    serial: int
    """The last number that its identity column gave; 0 when it has none."""

    @property
    def select(self) -> str:
        return f"SELECT {', '.join(self.columns)} FROM {self.name}"

    @property
    def insert(self) -> str:
        return f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({', '.join('?' * len(self.columns))})"


def tables(tx: Transaction, rooms: Sequence[Room]) -> list[Table]:
    """Every table of the rooms that there is at the moment, in the order in which migrations make them."""
    found = []
    for name in dict.fromkeys(name for room in rooms for text in room.migrations() for name in _CREATE.findall(text)):
        columns = tuple(row[0] for row in tx.all(_COLUMNS[tx.engine], (name,)))
        if columns:
            found.append(Table(name, columns, _serial(tx, name)))
    return found


def seeded(rooms: Sequence[Room]) -> set[str]:
    """Tables into which a migration puts rows."""
    return {name for room in rooms for text in room.migrations() for name in _SEED.findall(text)}


def _serial(tx: Transaction, table: str) -> int:
    if tx.engine == "sqlite":
        if tx.one("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'") is None:
            return 0
        row = tx.one(_SERIAL["sqlite"], (table,))
    else:
        row = tx.one(_SERIAL["postgresql"], (table, table))
    return int(row[0]) if row else 0


def set_serial(tx: Transaction, table: str, last: int) -> None:
    """The identity column goes on after `last`."""
    if tx.engine == "sqlite":
        tx.run("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        tx.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))
        return
    row = tx.one(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = ? AND is_identity = 'YES'",
        (table,),
    )
    if row is not None:
        tx.all("SELECT setval(pg_get_serial_sequence(?, ?), ?)", (table, row[0], last))
