"""Where large message bodies live: one small interface, with files behind it.

A blob is written once under a fresh name, sealed (durable) before the transaction that refers to it commits, read as a
buffer, and removed after the transaction that dropped its last reference. A blob that no row names is garbage which
`sweep` collects.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from posthouse.model.refusals import Unavailable

Buffer = bytes | mmap.mmap


class BlobWriter(Protocol):
    def write(self, data: bytes) -> None: ...

    def buffer(self) -> Buffer:
        """All that was written, to be read before it is sealed."""

    def seal(self) -> str:
        """Make it durable; its name. Blocks for an fsync: not on the loop's thread."""

    def discard(self) -> None:
        """Forget it. Nothing happens when it is sealed or discarded already."""


class Blobs(Protocol):
    def create(self) -> BlobWriter: ...

    def is_near(self, name: str) -> bool:
        """Whether `open` costs no more than opening a file; if not, it blocks and belongs in a thread."""

    def open(self, name: str) -> Buffer:
        """The whole blob as a buffer that is read as it is used. FileNotFoundError when there is none."""

    def remove(self, name: str) -> None: ...

    def names(self) -> Iterator[tuple[str, float]]:
        """Every sealed blob with its time of sealing, for verification and sweeping."""

    def remove_unfinished(self, before: float) -> int:
        """Forget blobs that were begun, not sealed, and last touched before that time: their process died. How many."""


class FileBlobs:
    """`<folder>/ab/abcdef…`; unfinished ones in `<folder>/new`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "new").mkdir(parents=True, exist_ok=True)

    def create(self) -> FileBlobWriter:
        return FileBlobWriter(self.folder)

    def path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def is_near(self, name: str) -> bool:
        return self.path(name).exists()

    def open(self, name: str) -> Buffer:
        with self.path(name).open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.path(name).unlink()

    def remove_unfinished(self, before: float) -> int:
        count = 0
        for path in (self.folder / "new").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    count += 1
        return count

    def names(self) -> Iterator[tuple[str, float]]:
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                yield path.name, path.stat().st_mtime


class FileBlobWriter:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = secrets.token_hex(16)
        self._path = folder / "new" / self._name
        self._file = self._path.open("w+b", buffering=0)

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        with _translated():
            while view:
                view = view[self._file.write(view) :]

    def buffer(self) -> Buffer:
        return mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def seal(self) -> str:
        with _translated():
            os.fsync(self._file.fileno())
            home = self.keep_as(self._name)
            _sync_folder(home)
        return self._name

    def keep_as(self, name: str) -> Path:
        """Let it be found under a name, not yet durably; its folder."""
        with _translated():
            home = self._folder / name[:2]
            if not home.exists():
                home.mkdir(exist_ok=True)
                _sync_folder(self._folder)
            self._path.rename(home / name)
        self._file.close()
        return home

    def discard(self) -> None:
        if not self._file.closed:
            self._file.close()
            self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """A full disk is a matter of the moment."""
    try:
        yield
    except OSError as error:
        raise Unavailable from error


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
