"""From a URL to an open database: `sqlite:/var/lib/posthouse/store.db` or `postgresql://host/name`."""

from __future__ import annotations

from pathlib import Path

from posthouse.database.interface import Database


def open_database(url: str) -> Database:
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":
        from posthouse.database.sqlite import SqliteDatabase

        return SqliteDatabase(Path(rest))
    if scheme in ("postgresql", "postgres"):
        from posthouse.database.postgresql import PostgresDatabase

        return PostgresDatabase(url)
    raise ValueError(f"no engine for {scheme}: a store's url begins with sqlite: or postgresql://")
