"""The form of a backup: a gzipped tar, written and read in one pass, so that it may be a pipe.

manifest.json           version, engine, time, versions of the schema, tables with their columns
blobs/<name>            a large message body
rows/<table>/<n>.jsonl  rows as JSON arrays in the manifest's order of columns; bytes as {"b": base64}
checksums.json          SHA-256 of every member before it; an archive without it is cut short
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, BinaryIO, Protocol

from posthouse.database import Row

MANIFEST = "manifest.json"
CHECKSUMS = "checksums.json"
PIECE = 4 * 1024 * 1024
"""Bytes of rows in one member, about."""
COMPRESSION = 1


class BadArchive(Exception):
    """Not a backup, damaged, or cut short; the text says which."""


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class ArchiveWriter:
    def __init__(self, target: BinaryIO, now: int) -> None:
        self._gzip = gzip.GzipFile(fileobj=target, mode="wb", compresslevel=COMPRESSION, mtime=now)
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._now = now
        self._checksums: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        self.add_stream(name, len(data), io.BytesIO(data))

    def add_stream(self, name: str, size: int, source: Readable) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self._now, 0o600
        hashing = _Hashing(source)
        self._tar.addfile(info, hashing)
        self._checksums[name] = hashing.hexdigest()

    def add_json(self, name: str, value: object) -> None:
        self.add(name, json.dumps(value, indent=1).encode())

    def add_rows(self, table: str, rows: Iterable[Row]) -> int:
        """How many there were."""
        count = number = size = 0
        lines: list[bytes] = []
        for row in rows:
            line = json.dumps(row, default=_as_json, ensure_ascii=False, separators=(",", ":")).encode()
            lines.append(line)
            size += len(line) + 1
            count += 1
            if size > PIECE:
                self.add(f"rows/{table}/{number}.jsonl", b"\n".join(lines) + b"\n")
                number, size, lines = number + 1, 0, []
        if lines:
            self.add(f"rows/{table}/{number}.jsonl", b"\n".join(lines) + b"\n")
        return count

    def finish(self) -> None:
        self.add_json(CHECKSUMS, self._checksums)
        self._tar.close()
        self._gzip.close()


def _as_json(value: object) -> object:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"b": base64.b64encode(value).decode()}
    raise TypeError(f"a column of type {type(value).__name__} has no form in an archive")


class _Hashing:
    """A source whose bytes are hashed as they are read."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._hash.update(data)
        return data

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class ArchiveReader:
    """The members in their order; a checksum that does not fit is found at the end at the latest: nothing that was read
    counts before `members` has ended without an exception."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source

    def __enter__(self) -> ArchiveReader:
        with _translated():
            self._tar = tarfile.open(fileobj=self._source, mode="r|gz")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._tar.close()

    def members(self) -> Iterator[tuple[str, Readable]]:
        found: dict[str, str] = {}
        while True:
            with _translated():
                info = self._tar.next()
                file = self._tar.extractfile(info) if info is not None else None
            if info is None or file is None:
                raise BadArchive("the archive is cut short")
            hashing = _Hashing(_Translating(file))
            if info.name == CHECKSUMS:
                break
            yield info.name, hashing
            while hashing.read(1 << 20):
                pass
            found[info.name] = hashing.hexdigest()
        if json.loads(hashing.read()) != found:
            raise BadArchive("the archive is damaged: a checksum does not fit")


class _Translating:
    def __init__(self, source: Readable) -> None:
        self._source = source

    def read(self, size: int = -1) -> bytes:
        with _translated():
            return self._source.read(size)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise BadArchive(f"not a backup, or a damaged one: {error}") from error


def read_rows(data: bytes) -> list[Sequence[Any]]:
    return [[_from_json(value) for value in json.loads(line)] for line in data.splitlines()]


def _from_json(value: Any) -> Any:
    return base64.b64decode(value["b"]) if isinstance(value, dict) else value
