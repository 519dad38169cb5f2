"""The schema and its versions. Each room owns its tables and its files `migrations/NNNN_what.sql`; the version of
each room is a row. A store from a newer program than this one is refused rather than guessed at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from posthouse.database.dialect import ddl

if TYPE_CHECKING:
    from posthouse.database.interface import Transaction


class SchemaTooNew(Exception):
    """The store was written by a newer program; the text says what to do."""


@dataclass(frozen=True)
class Room:
    """A room with tables: `Room("store", __package__)`."""

    name: str
    package: str

    def migrations(self) -> list[str]:
        """The text of each migration in order; the n-th one makes version n."""
        folder = files(self.package).joinpath("migrations")
        names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
        return [folder.joinpath(name).read_text(encoding="utf-8") for name in names]


CREATE_VERSIONS = "CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version BIGINT NOT NULL)"
VERSIONS = "SELECT room, version FROM schema_version"
SET_VERSION = (
    "INSERT INTO schema_version (room, version) VALUES (?, ?)"
    " ON CONFLICT (room) DO UPDATE SET version = excluded.version"
)


def migrate(tx: Transaction, rooms: Sequence[Room], only_to: Mapping[str, int] | None = None) -> None:
    """Within one write transaction that excludes others: all of it happens, or nothing. `only_to` stops rooms at older
    versions, those that an archive has."""
    tx.run(CREATE_VERSIONS)
    versions: dict[str, int] = dict(tx.all(VERSIONS))
    for room in rooms:
        steps = room.migrations()
        have = versions.get(room.name, 0)
        if have > len(steps):
            raise SchemaTooNew(
                f"the store's tables for '{room.name}' have version {have}, this program knows {len(steps)}:"
                " use the program that wrote it, or a newer one"
            )
        if only_to is not None:
            steps = steps[: only_to.get(room.name, 0)]
        for number, text in enumerate(steps[have:], have + 1):
            for statement in ddl(tx.engine, text):
                tx.run(statement)
            tx.run(SET_VERSION, (room.name, number))


def is_current(tx: Transaction, rooms: Sequence[Room]) -> bool:
    """Whether `migrate` would find nothing to do; the versions table must exist."""
    versions: dict[str, int] = dict(tx.all(VERSIONS))
    return all(versions.get(room.name) == len(room.migrations()) for room in rooms)
