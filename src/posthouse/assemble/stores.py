"""The store with all its tables, as commands and workers open it. Light: a command that only asks imports no server."""

from __future__ import annotations

from posthouse.config import ConfigError, Settings
from posthouse.database import open_database
from posthouse.database.hints import Carrier, DatagramCarrier, Hints
from posthouse.directory import ROOM as DIRECTORY_ROOM
from posthouse.queue import ROOM as QUEUE_ROOM
from posthouse.store import ROOM as STORE_ROOM
from posthouse.store import Store
from posthouse.store.blobs import Blobs, FileBlobs

ROOMS = (STORE_ROOM, DIRECTORY_ROOM, QUEUE_ROOM)
"""Whoever has tables."""


def open_store(settings: Settings) -> Store:
    """With its tables at the newest version. Its hints reach the workers of a hub that runs on the same store."""
    store = connect_store(settings)
    try:
        store.database.migrate(ROOMS)
    except BaseException:
        store.close()
        raise
    return store


def connect_store(settings: Settings) -> Store:
    """With its tables as they are."""
    data = settings.data_folder
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = open_database(settings.store_url)
    return Store(database, _blobs(settings), Hints(_carrier(settings, database.engine)))


def _blobs(settings: Settings) -> Blobs:
    bucket = settings.blobs.bucket
    if bucket is None:
        return FileBlobs(settings.blob_folder)
    try:
        from posthouse.store.object_blobs import ObjectBlobs, connect
    except ImportError:
        raise ConfigError(["blobs.url: an object store needs more: pip install 'posthouse[s3]'"]) from None
    blobs = settings.blobs
    client = connect(bucket, blobs.access_key, blobs.secret_key)
    return ObjectBlobs(client, settings.data_folder / "blob-cache", blobs.cache)


def _carrier(settings: Settings, engine: str) -> Carrier:
    if engine == "postgresql":
        from posthouse.database.notify import NotifyCarrier

        return NotifyCarrier(settings.store_url)
    return DatagramCarrier(settings.data_folder / "hints")
