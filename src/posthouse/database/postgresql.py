"""The engine for many machines: PostgreSQL through psycopg 3, with a pool of connections and a thread for each.

Writes are READ COMMITTED transactions; order within an account comes from the row lock that the first statement of
every change takes on its account. A deadlock or a serialisation failure is tried again, for nothing was told yet.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
from psycopg import IsolationLevel
from psycopg_pool import ConnectionPool, PoolTimeout

from posthouse.database.dialect import for_postgresql
from posthouse.database.interface import Row, Transaction
from posthouse.database.migrations import Room, is_current, migrate
from posthouse.model.hints import Hint
from posthouse.model.refusals import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

CONNECTIONS = 16
"""Of one process, at most."""
PATIENCE = 20.0
"""Seconds that whoever wants a connection waits for one, while there is none or the server is away."""
TRIES = 8
MIGRATION_LOCK = 7_305_441
"""The key of the advisory lock under which one process migrates while others wait."""


class PostgresTransaction:
    engine = "postgresql"

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self.connection = connection
        self.hints: list[Hint] = []
        self._cursor = connection.cursor()

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        return self._cursor.execute(for_postgresql(sql), params).fetchall()

    def one(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        return self._cursor.execute(for_postgresql(sql), params).fetchone()

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        return self._cursor.execute(for_postgresql(sql), params).rowcount

    def many(self, sql: str, params: Iterable[Sequence[Any]]) -> None:
        self._cursor.executemany(for_postgresql(sql), params)

    def iterate(self, sql: str, params: Sequence[Any] = ()) -> Iterator[Row]:
        with self.connection.cursor(name="rows") as cursor:
            cursor.itersize = 1000
            yield from cursor.execute(for_postgresql(sql), params)

    def notify(self, hint: Hint) -> None:
        self.hints.append(hint)


class PostgresDatabase:
    """A `Database` on a server."""

    engine = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url
        self.on_commit: Callable[[list[Hint]], None] = lambda hints: None
        self._pool: ConnectionPool[psycopg.Connection[Row]] = ConnectionPool(
            url, min_size=1, max_size=CONNECTIONS, timeout=PATIENCE, open=False, kwargs={"autocommit": False}
        )
        self._pool.open()
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="database")
        self._closed = False

    async def read(self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: self._reading(lambda tx: fn(tx, *args, **kwargs))
        )

    scan = read

    async def write(self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()

        def work() -> T:
            result, hints = self._writing(lambda tx: fn(tx, *args, **kwargs))
            if hints:  # from here, for the caller may be cancelled while it waits
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                    loop.call_soon_threadsafe(self.on_commit, hints)
            return result

        return await loop.run_in_executor(self._threads, work)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with _translated(), self._pool.connection() as connection:
            connection.isolation_level = IsolationLevel.READ_COMMITTED
            connection.read_only = False
            tx = PostgresTransaction(connection)
            with connection.transaction():
                yield tx
        if tx.hints:
            self.on_commit(tx.hints)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        with _translated(), self._pool.connection() as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with connection.transaction():
                yield PostgresTransaction(connection)

    def migrate(self, rooms: Sequence[Room]) -> None:
        with contextlib.suppress(psycopg.errors.UndefinedTable), self.snapshot() as tx:
            if is_current(tx, rooms):
                return
        with self.transaction() as tx:
            tx.all("SELECT pg_advisory_xact_lock(?)", (MIGRATION_LOCK,))
            migrate(tx, rooms)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._threads.shutdown()
            self._pool.close()

    def _reading(self, work: Callable[[Transaction], T]) -> T:
        try:
            with self.snapshot() as tx:
                return work(tx)
        except _Broken:
            self._pool.check()
        with self.snapshot() as tx:
            return work(tx)

    def _writing(self, work: Callable[[Transaction], T]) -> tuple[T, list[Hint]]:
        """Tried again only while nothing can have been committed: a connection that breaks at COMMIT leaves the outcome
        open, and is `Unavailable`."""
        left, committing = TRIES, False
        while True:
            left -= 1
            try:
                with _translated(), self._pool.connection() as connection:
                    connection.isolation_level = IsolationLevel.READ_COMMITTED
                    connection.read_only = False
                    tx = PostgresTransaction(connection)
                    with connection.transaction():
                        result = work(tx)
                        committing = True
                return result, tx.hints
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                committing = False
                if not left:
                    raise Unavailable from None
            except _Broken as error:
                if committing or not left:
                    raise Unavailable from error
                self._pool.check()


class _Broken(Unavailable):
    """The connection was lost: the server went away, or has done so while the connection lay in the pool."""


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """A server that is away or full is a matter of the moment."""
    try:
        yield
    except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.UndefinedTable):
        raise
    except PoolTimeout as error:
        raise Unavailable from error
    except psycopg.OperationalError as error:
        gone = error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
        raise (_Broken if gone else Unavailable) from error
