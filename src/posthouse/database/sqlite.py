"""The embedded engine: SQLite in WAL mode, many reading connections, one committer thread a process.

Group commit: whatever writes have queued up run in one transaction with one fsync; only then do their callers hear of
it. When one of them fails, the others run again, each in a savepoint: a write may run more than once. Between processes
a blocking `flock` stands around each group, because SQLite's own busy wait sleeps and starves. Checkpoints run in a
thread of their own, never in somebody's commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import apsw

from posthouse.database.dialect import for_sqlite
from posthouse.database.interface import Row, Transaction
from posthouse.database.migrations import Room, is_current, migrate
from posthouse.model.hints import Hint
from posthouse.model.refusals import Damaged, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

GROUP = 256
"""Writes in one group, at most."""
GROUP_SECONDS = 0.05
"""A group that has run this long is committed before it takes more."""
READERS = 4
PAGE_SIZE = 8192
"""A content's row fits into one page, and mostly a body: both are read in half the time of 4096-byte pages."""
CHECKPOINT_PAGES = 1000
"""After so many more pages in the WAL they are carried over into the file, off the writers' way."""
RESTART_PAGES = 8_000
"""From this length of the WAL (64 MB) on, the checkpointer keeps writers out for a moment so that it starts anew."""


def _connect(path: Path, *, readonly: bool) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = apsw.Connection(str(path), flags=flags, statementcachesize=512)
    connection.set_busy_timeout(30_000)
    # SQLite with STAT4 plans a join anew whenever a parameter is bound, to look at its value: 5 µs that a point query
    # does not have. Our plans follow from the schema.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    cursor = connection.cursor()
    if not readonly:
        cursor.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = OFF")
    connection.wal_autocheckpoint(0)
    cursor.execute("PRAGMA cache_size = -32768")
    cursor.execute("PRAGMA mmap_size = 1073741824")
    cursor.execute("PRAGMA temp_store = MEMORY")
    return connection


class SqliteTransaction:
    """A `Transaction` on one connection; the connection's owner begins and ends it."""

    engine = "sqlite"

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.hints: list[Hint] = []
        self._execute = connection.cursor().execute

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        return self._execute(for_sqlite(sql), params).fetchall()

    def one(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        rows = self._execute(for_sqlite(sql), params).fetchall()
        return rows[0] if rows else None

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        self._execute(for_sqlite(sql), params).fetchall()
        return self.connection.changes()

    def many(self, sql: str, params: Iterable[Sequence[Any]]) -> None:
        self.connection.cursor().executemany(for_sqlite(sql), params)

    def iterate(self, sql: str, params: Sequence[Any] = ()) -> Iterator[Row]:
        return cast(Iterator[Row], self.connection.cursor().execute(for_sqlite(sql), params))

    def notify(self, hint: Hint) -> None:
        self.hints.append(hint)


@dataclass(slots=True)
class _Write:
    """One caller's write, waiting for its group."""

    work: Callable[[Transaction], Any]
    done: Callable[[Any, BaseException | None], None]
    result: Any = None
    error: BaseException | None = None


class _FileLock:
    """`flock` between the processes of a store, and a mutex between this process's threads."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._mutex = threading.Lock()

    def __enter__(self) -> None:
        self._mutex.acquire()
        fcntl.flock(self._fd, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._fd, fcntl.LOCK_UN)
        self._mutex.release()

    def close(self) -> None:
        os.close(self._fd)


class SqliteDatabase:
    """A `Database` on one file."""

    engine = "sqlite"

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.on_commit: Callable[[list[Hint]], None] = lambda hints: None
        self._lock = _FileLock(path.with_name(path.name + "-lock"))
        with self._lock:
            self._writer = SqliteTransaction(_connect(path, readonly=False))
        self._reader: SqliteTransaction | None = None
        self._spare: SimpleQueue[SqliteTransaction] = SimpleQueue()
        self._scanners: ThreadPoolExecutor | None = None
        self._committer: _Committer | None = None
        self._closed = False

    # the loop's doors

    async def read(self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        reader = self._reader
        if reader is None:
            reader = self._reader = SqliteTransaction(_connect(self.path, readonly=True))
        try:
            reader._execute("BEGIN")
            try:
                return fn(reader, *args, **kwargs)
            finally:
                _end(reader)
        except apsw.Error as error:
            self._reader = None  # it may not have ended, and would begin no other
            raise _as_refusal(error) from error

    def scan(self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        if self._scanners is None:
            self._scanners = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        return asyncio.get_running_loop().run_in_executor(
            self._scanners, lambda: self._in_snapshot(lambda tx: fn(tx, *args, **kwargs))
        )

    async def write(self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        if self._committer is None:
            self._committer = _Committer(self._writer, self._lock, self._publish, self.path)
        future: asyncio.Future[T] = loop.create_future()

        def done(result: Any, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        self._committer.submit(_Write(lambda tx: fn(tx, *args, **kwargs), done), loop)
        return await future

    # without a loop

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        tx = self._writer
        with _translated():
            with self._lock:
                tx.hints = []
                try:
                    tx._execute("BEGIN IMMEDIATE")
                    yield tx
                    tx._execute("COMMIT")
                except BaseException:
                    _roll_back(tx)
                    raise
                hints, tx.hints = tx.hints, []
            if self._committer is None:
                self._trim()
        self._publish(hints)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        try:
            tx = self._spare.get_nowait()
        except Empty:
            tx = SqliteTransaction(_connect(self.path, readonly=True))
        with _translated():
            tx._execute("BEGIN")
            try:
                yield tx
            finally:
                _end(tx)
                self._spare.put(tx)

    def migrate(self, rooms: Sequence[Room]) -> None:
        with contextlib.suppress(apsw.SQLError), self.snapshot() as tx:
            if is_current(tx, rooms):
                return
        with self.transaction() as tx:
            migrate(tx, rooms)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._committer is not None:
            self._committer.close()
        if self._scanners is not None:
            self._scanners.shutdown()
        while not self._spare.empty():
            self._spare.get().connection.close()
        if self._reader is not None:
            self._reader.connection.close()
        with self._lock:
            self._writer.connection.close()
        self._lock.close()

    def _in_snapshot(self, work: Callable[[Transaction], T]) -> T:
        with self.snapshot() as tx:
            return work(tx)

    def _publish(self, hints: list[Hint]) -> None:
        if hints:
            self.on_commit(hints)

    def _trim(self) -> None:
        """A program without a loop has no checkpointer."""
        if os.path.getsize(f"{self.path}-wal") > CHECKPOINT_PAGES * PAGE_SIZE:
            with contextlib.suppress(apsw.BusyError, apsw.LockedError):
                self._writer.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)


def _end(tx: SqliteTransaction) -> None:
    """Of a reader's; some errors have ended it already."""
    if not tx.connection.getautocommit():
        tx._execute("COMMIT")


def _roll_back(tx: SqliteTransaction) -> None:
    if not tx.connection.getautocommit():
        tx._execute("ROLLBACK")


class _Committer:
    """The thread that runs writes in groups, and the one that checkpoints behind it."""

    def __init__(
        self, tx: SqliteTransaction, lock: _FileLock, publish: Callable[[list[Hint]], None], path: Path
    ) -> None:
        self._tx, self._lock, self._publish, self._path = tx, lock, publish, path
        self._waiting: deque[tuple[_Write, asyncio.AbstractEventLoop]] = deque()
        self._wake: SimpleQueue[None] = SimpleQueue()  # wakes a thread in half the time that an Event takes
        self._check = threading.Event()
        self._closing = False
        self._wal_pages = self._carried_over = 0
        tx.connection.set_wal_hook(self._on_wal)
        self._threads = [
            threading.Thread(target=self._run, name="committer", daemon=True),
            threading.Thread(target=self._checkpoints, name="checkpointer", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, write: _Write, loop: asyncio.AbstractEventLoop) -> None:
        if self._closing:
            raise Unavailable
        self._waiting.append((write, loop))
        self._wake.put(None)

    def close(self) -> None:
        self._closing = True
        self._wake.put(None)
        self._check.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while True:
            self._wake.get()
            while self._waiting:
                self._group()
            if self._closing:
                return

    def _group(self) -> None:
        tx = self._tx
        taken: list[tuple[_Write, asyncio.AbstractEventLoop]] = []
        with self._lock:
            tx.hints = []
            try:
                tx._execute("BEGIN IMMEDIATE")
                if not self._together(taken):
                    self._one_by_one([write for write, _ in taken])
                tx._execute("COMMIT")
            except BaseException as error:  # the group is lost: everyone in it must hear so
                _roll_back(tx)
                tx.hints = []
                if not taken:
                    taken.append(self._waiting.popleft())
                for write, _ in taken:
                    write.error = write.error or _as_refusal(error)
            hints, tx.hints = tx.hints, []
        by_loop: dict[asyncio.AbstractEventLoop, list[_Write]] = {}
        for write, loop in taken:
            by_loop.setdefault(loop, []).append(write)
        for loop, writes in by_loop.items():
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._tell, writes, hints)
                hints = []
        if self._wal_pages - self._carried_over >= CHECKPOINT_PAGES:
            self._check.set()

    def _tell(self, writes: list[_Write], hints: list[Hint]) -> None:
        for write in writes:
            write.done(write.result, write.error)
        self._publish(hints)

    def _together(self, taken: list[tuple[_Write, asyncio.AbstractEventLoop]]) -> bool:
        """What waits runs without savepoints, which copy every page that is touched after them. False when one of them
        failed: then nothing of the group is left, and a new transaction begun."""
        tx, until = self._tx, monotonic() + GROUP_SECONDS
        while self._waiting and len(taken) < GROUP and monotonic() < until:
            taken.append(self._waiting.popleft())
            write = taken[-1][0]
            try:
                write.result = write.work(tx)
            except BaseException as error:
                _roll_back(tx)
                tx.hints = []
                tx._execute("BEGIN IMMEDIATE")
                write.error = _as_refusal(error)
                return len(taken) == 1
        return True

    def _one_by_one(self, writes: list[_Write]) -> None:
        """Once more, each in a savepoint, so that a failed one leaves no trace in its group; one that breaks the
        transaction itself ends the group. The last, which failed, is not tried again."""
        tx = self._tx
        for write in writes[:-1]:
            told = len(tx.hints)
            tx._execute("SAVEPOINT one")
            try:
                write.result = write.work(tx)
            except BaseException as error:
                write.error = _as_refusal(error)
                del tx.hints[told:]
                if tx.connection.getautocommit():
                    raise
                tx._execute("ROLLBACK TO one")
            tx._execute("RELEASE one")

    def _on_wal(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        if pages < self._wal_pages:  # it has started anew
            self._carried_over = 0
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _checkpoints(self) -> None:
        connection = _connect(self._path, readonly=False)
        while True:
            self._check.wait()
            self._check.clear()
            if self._closing:
                break
            self._carried_over = self._wal_pages
            with contextlib.suppress(apsw.Error):  # busy or out of space: the WAL stays as it is, and is tried again
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
                if self._wal_pages >= RESTART_PAGES:
                    connection.set_busy_timeout(100)
                    with self._lock:
                        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
        connection.close()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        raise _as_refusal(error) from error


def _as_refusal(error: BaseException) -> BaseException:
    """A full disk or an unreachable file is a matter of the moment: try later. Of a damaged one, other parts may well
    work. Other errors stay what they are."""
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError)):
        return Damaged()
    if isinstance(error, (apsw.FullError, apsw.IOError, apsw.BusyError, apsw.ReadOnlyError, apsw.CantOpenError)):
        refusal = Unavailable()
        refusal.__cause__ = error
        return refusal
    return error
