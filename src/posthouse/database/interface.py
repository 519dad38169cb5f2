"""What a room above sees of a database: a transaction to work on, and the doors to one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from posthouse.database.migrations import Room
from posthouse.model.hints import Hint

Row = tuple[Any, ...]
P = ParamSpec("P")
T = TypeVar("T")


class Transaction(Protocol):
    """One transaction. SQL is written once, with `?` for parameters (see `dialect` for the few words that differ)."""

    engine: str
    """`sqlite` or `postgresql`."""

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """Every row."""

    def one(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        """The first row, or None. The statement runs to its end."""

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Execute; the number of rows changed."""

    def many(self, sql: str, params: Iterable[Sequence[Any]]) -> None:
        """Execute once per parameter set."""

    def iterate(self, sql: str, params: Sequence[Any] = ()) -> Iterator[Row]:
        """Rows as they come, without holding them all. Only one at a time may be open on a transaction."""

    def notify(self, hint: Hint) -> None:
        """Publish `hint` once this transaction is committed, and never if it is not."""


class Database(Protocol):
    """The doors. See the package's docstring for which one to take."""

    engine: str
    on_commit: Callable[[list[Hint]], None]
    """Receives the hints of committed transactions; called on the loop's thread when there is a loop."""

    async def read(self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T: ...

    def scan(self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]: ...

    async def write(self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T: ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A write transaction without a loop: committed at the end of the block, rolled back when it raises."""

    def snapshot(self) -> AbstractContextManager[Transaction]:
        """A read transaction without a loop: all statements see one state."""

    def migrate(self, rooms: Sequence[Room]) -> None:
        """Bring the tables of every room to its newest version; several processes may call this at once."""

    def close(self) -> None:
        """Wait for writes under way, then let go of every connection. Safe to call twice."""
