"""Public folders as each reader sees them: what is read there is everybody's own – [MS-OXCSTOR] 3.2.1, RFC 9051 §2.3.2.

All that a message is belongs to the folder, but whether somebody has read it: that stands beside it (`read_marks`).
Code that reads need not know. It works on a transaction of its reader, in which the tables `message`, `folder` and
`folder_change` of the public account are views: flags with the reader's own \\Seen, their own counts, modseqs that move
when they mark something and stay when others do. Everything else is the statement itself, and costs a look into a table
of statements.

What is written to the tables comes from the `plain` transaction.
"""

from __future__ import annotations

import re
from asyncio import Semaphore
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from posthouse.database import Database, Queries, Row, Transaction
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId
from posthouse.store.folders import PUBLIC
from posthouse.store.shares import scan_in_turn

VIEWS = Queries(__package__, "readers.sql")

P = ParamSpec("P")
T = TypeVar("T")

STATEMENTS = 4096
"""Of which it is remembered what becomes of them."""
_TABLE = re.compile(
    r"\b(FROM|JOIN) (message|folder|folder_change)\b(?:\s+(?!(?:WHERE|JOIN|LEFT|ON|ORDER|GROUP|LIMIT|UNION)\b)(\w+))?"
)
_ACCOUNT = re.compile(r"\baccount_id = \?")
_OWN = {
    "message": re.compile(r"\b(?:flags|modseq|change_number)\b"),
    "folder": re.compile(r"\b(?:unseen|highest_modseq)\b"),
    "folder_change": re.compile(""),
}
"""Columns that differ from one reader to another."""


class _View(NamedTuple):
    """What becomes of a statement."""

    sql: str
    account: int
    """Which of its parameters is the account."""
    readers: tuple[int, ...]
    """Where among them the reader stands, each in the list as it is then."""

    def params(self, params: Sequence[Any], reader: AccountId) -> list[Any]:
        bound = list(params)
        for place in self.readers:
            bound.insert(place, reader)
        return bound


@lru_cache(STATEMENTS)
def _view_of(sql: str) -> _View | None:
    """None: it is the same for every reader."""
    account = _ACCOUNT.search(sql)
    if account is None or not sql.startswith(("SELECT", "WITH")):
        return None
    out, readers, at = "", list[int](), 0
    for found in _TABLE.finditer(sql):
        word, table, alias = found.groups()
        if not _OWN[table].search(sql):
            continue
        view: str = getattr(VIEWS, table)
        before = out + sql[at : found.start()] + f"{word} ("
        first = before.count("?")
        readers += range(first, first + view.count("?"))
        out, at = f"{before}{view}) {alias or table}", found.end()
    if not readers:
        return None
    return _View(out + sql[at:], sql.count("?", 0, account.start()), tuple(readers))


class ReaderTransaction:
    """In which public folders are what they are to this reader."""

    __slots__ = ("engine", "plain", "reader")

    def __init__(self, plain: Transaction, reader: AccountId) -> None:
        self.engine, self.plain, self.reader = plain.engine, plain, reader

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        return self.plain.all(*self._seen(sql, params))

    def one(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        return self.plain.one(*self._seen(sql, params))

    def iterate(self, sql: str, params: Sequence[Any] = ()) -> Iterator[Row]:
        return self.plain.iterate(*self._seen(sql, params))

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        return self.plain.run(sql, params)

    def many(self, sql: str, params: Iterable[Sequence[Any]]) -> None:
        self.plain.many(sql, params)

    def notify(self, hint: Hint) -> None:
        self.plain.notify(hint)

    def _seen(self, sql: str, params: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        view = _view_of(sql)
        if view is None or params[view.account] != PUBLIC:
            return sql, params
        return view.sql, view.params(params, self.reader)


def plain(tx: Transaction) -> Transaction:
    """Where nothing is anybody's own: what is kept for all is counted there."""
    return tx.plain if isinstance(tx, ReaderTransaction) else tx


class ReaderDoors:
    """The doors of a database, for one reader. `turns`: their share of the scans."""

    __slots__ = ("_database", "_reader", "_turns")

    def __init__(self, database: Database, reader: AccountId, turns: Semaphore) -> None:
        self._database, self._reader, self._turns = database, reader, turns

    def read(
        self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]:
        return self._database.read(lambda tx: fn(ReaderTransaction(tx, self._reader), *args, **kwargs))

    def scan(
        self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]:
        return scan_in_turn(
            self._turns,
            lambda: self._database.scan(lambda tx: fn(ReaderTransaction(tx, self._reader), *args, **kwargs)),
        )

    def write(
        self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]:
        return self._database.write(lambda tx: fn(ReaderTransaction(tx, self._reader), *args, **kwargs))
