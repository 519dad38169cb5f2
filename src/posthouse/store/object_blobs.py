"""Large message bodies in an object store that speaks the S3 protocol, with files of this machine in front.

A blob is written as a file, sent to the bucket when it is sealed, and stays among the files, which are no more than a
cache: what is read soon, as new mail is, is read without the network. What is missing there is fetched once. The cache
is bounded; the oldest files go first, and a file that somebody still reads lives on until he is done.

A process that dies in the middle of sending may leave parts behind that no row and no listing names: let a rule of the
bucket abort incomplete uploads after a day.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from posthouse.model.refusals import Unavailable
from posthouse.store.blobs import Buffer, FileBlobs, FileBlobWriter
from posthouse.store.bucket import Bucket

if TYPE_CHECKING:
    from obstore.store import S3Config

CONNECT_TIMEOUT = timedelta(seconds=5)
REQUEST_TIMEOUT = timedelta(seconds=120)
RETRY_TIMEOUT = timedelta(seconds=20)
PIECE = 1 << 20


def connect(place: Bucket, access_key: str = "", secret_key: str = "") -> S3Store:
    """Without keys those of the environment are taken, as Amazon's own tools do."""
    config: S3Config = {"bucket": place.name, "region": place.region or "us-east-1"}
    if place.endpoint:
        config["endpoint"] = place.endpoint
    if access_key:
        config["access_key_id"], config["secret_access_key"] = access_key, secret_key
    return S3Store(
        prefix=place.prefix or None,
        config=config,
        client_options={
            "allow_http": place.endpoint.startswith("http://"),
            "connect_timeout": CONNECT_TIMEOUT,
            "timeout": REQUEST_TIMEOUT,
        },
        retry_config={"max_retries": 3, "retry_timeout": RETRY_TIMEOUT},
    )


class ObjectBlobs:
    """`<prefix>/ab/abcdef…` in the bucket, the same below the folder of the cache."""

    def __init__(self, bucket: S3Store, cache: Path, cache_size: int) -> None:
        """`cache_size`: bytes which the files in front may take, about."""
        self._bucket = bucket
        self._files = FileBlobs(cache)
        self._cache_size = cache_size
        self._unchecked = 0
        """Bytes written since the cache was last looked through."""

    def create(self) -> ObjectBlobWriter:
        return ObjectBlobWriter(self, self._files.create())

    def is_near(self, name: str) -> bool:
        return self._files.is_near(name)

    def open(self, name: str) -> Buffer:
        """From the cache, or fetched into it: blocks for the network, where `is_near` says no."""
        try:
            return self._files.open(name)
        except FileNotFoundError:
            self._fetch(name)
            return self._files.open(name)

    def remove(self, name: str) -> None:
        self._files.remove(name)
        with _translated(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._bucket, _key(name))

    def names(self) -> Iterator[tuple[str, float]]:
        with _translated():
            for page in obstore.list(self._bucket):
                for entry in page:
                    yield entry["path"].rpartition("/")[2], entry["last_modified"].timestamp()

    def remove_unfinished(self, before: float) -> int:
        return self._files.remove_unfinished(before)

    def send(self, name: str) -> None:
        """A file of the cache to the bucket, from where it can be read when this returns."""
        path = self._files.path(name)
        try:
            obstore.put(self._bucket, _key(name), path)
        except (BaseError, OSError) as error:  # also a bucket that is not there
            raise Unavailable from error
        self._note(path.stat().st_size)

    def forget(self, name: str) -> None:
        self._files.remove(name)

    def _fetch(self, name: str) -> None:
        writer = self._files.create()
        size = 0
        try:
            with _translated():
                for piece in obstore.get(self._bucket, _key(name)).stream(min_chunk_size=PIECE):
                    writer.write(bytes(piece))
                    size += len(piece)
            writer.keep_as(name)
        finally:
            writer.discard()
        self._note(size)

    def _note(self, size: int) -> None:
        self._unchecked += size
        if self._unchecked > self._cache_size // 8:
            self._unchecked = 0
            self._make_room()

    def _make_room(self) -> None:
        """The oldest go, until an eighth is free."""
        found = sorted(self._cached())
        excess = sum(size for _, size, _ in found) - self._cache_size * 7 // 8
        for _, size, path in found:
            if excess <= 0:
                return
            path.unlink(missing_ok=True)
            excess -= size

    def _cached(self) -> Iterator[tuple[float, int, Path]]:
        for path in self._files.folder.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                facts = os.stat(path)
                yield facts.st_mtime, facts.st_size, path


class ObjectBlobWriter:
    def __init__(self, blobs: ObjectBlobs, file: FileBlobWriter) -> None:
        self._blobs = blobs
        self._file = file

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def buffer(self) -> Buffer:
        return self._file.buffer()

    def seal(self) -> str:
        name = self._file.seal()
        try:
            self._blobs.send(name)
        except BaseException:
            self._blobs.forget(name)
            raise
        return name

    def discard(self) -> None:
        self._file.discard()


def _key(name: str) -> str:
    return f"{name[:2]}/{name}"


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """A store that does not answer is a matter of the moment; what is not there is told by FileNotFoundError."""
    try:
        yield
    except BaseError as error:
        raise Unavailable from error
