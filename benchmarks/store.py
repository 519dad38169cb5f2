"""What the store's operations cost: CPU of this process for each message, the least of several runs.

    python benchmarks/store.py [postgresql://…]

The CPU of a PostgreSQL server is not in it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from posthouse.database import open_database
from posthouse.database.hints import Hints
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.store import ROOM, Store
from posthouse.store.accounts import create_account
from posthouse.store.blobs import FileBlobs
from posthouse.store.content import NewContent, add_content
from posthouse.store.criteria import All, Body, HasFlag, Header, Not, Subject, Text
from posthouse.store.flags import change_flags
from posthouse.store.folders import INBOX, create_folder
from posthouse.store.intake import content_of
from posthouse.store.messages import MAX_UID, NewMessage, append, copy, expunge, move
from posthouse.store.reading import changes, rows, uids
from posthouse.store.search import search

MESSAGES = 10_000
RECIPIENTS = [AccountId(100 + n) for n in range(10)]
A = AccountId(1)
EVERY = ((1, MAX_UID),)
LINE = b"The quick brown fox jumps over the lazy dog, again and again, and again.\r\n"


def message(number: int) -> bytes:
    return (
        b"Received: from a.example.org ([192.0.2.1]) by mx.example.org; Mon, 6 Nov 2023 10:00:00 +0000\r\n"
        b"From: Ann Example <ann@example.org>\r\nTo: Bob Example <bob@example.org>, Carol <carol@example.org>\r\n"
        b"Subject: Report number %d of the quarter\r\nDate: Mon, 6 Nov 2023 10:00:00 +0000\r\n"
        b"Message-ID: <%d.report@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        % (number, number)
    ) + LINE * 48


class Bench:
    def __init__(self, url: str, folder: Path) -> None:
        self.database = open_database(url)
        self.database.migrate([ROOM])
        self.store = Store(self.database, FileBlobs(folder), Hints())
        with self.database.transaction() as tx:
            for account in (A, *RECIPIENTS):
                create_account(tx, account, 1)
            self.target = create_folder(tx, A, "target").id
            self.one = create_folder(tx, A, "one").id

    def measure(self, name: str, count: int, work: Callable[[], Any], before: Callable[[], Any] = int) -> None:
        """CPU µs of one of `count`, and elapsed."""
        least, elapsed = float("inf"), float("inf")
        for _ in range(5):
            before()
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            least = min(least, time.process_time() - cpu)
            elapsed = min(elapsed, time.perf_counter() - wall)
        print(f"{name:42} {least / count * 1e6:9.2f} µs CPU {elapsed / count * 1e6:9.2f} µs", flush=True)

    def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        with self.database.transaction() as tx:
            return fn(tx, *args)

    def read(self, fn: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with self.database.snapshot() as tx:
            return fn(tx, *args, **options)


def put(tx: Any, new: NewContent, account: AccountId, folder: FolderId) -> Any:
    return append(tx, account, folder, NewMessage(add_content(tx, new), new.size, 1_700_000_000), 1_700_000_000)


def put_all(tx: Any, new: NewContent, accounts: list[AccountId]) -> None:
    content = add_content(tx, new)
    for account in accounts:
        append(tx, account, INBOX, NewMessage(content, new.size, 1_700_000_000), 1_700_000_000)


def writing(bench: Bench) -> None:
    news = [content_of(bench.store.blobs, message(n)) for n in range(MESSAGES)]
    fresh = iter(range(MESSAGES, 10**9))

    def some(count: int) -> list[NewContent]:
        return [content_of(bench.store.blobs, message(next(fresh))) for _ in range(count)]

    waiting: list[NewContent] = []

    async def at_once(clients: int) -> None:
        queue = iter(waiting)

        async def client() -> None:
            for new in queue:
                await bench.store.write(put, new, A, bench.one)

        await asyncio.gather(*(client() for _ in range(clients)))

    def prepare(count: int) -> None:
        waiting[:] = some(count)

    with asyncio.Runner() as runner:
        for clients in (1, 10, 50):
            name = f"append 4 KB, {clients} at once"
            bench.measure(name, 1000, lambda c=clients: runner.run(at_once(c)), lambda: prepare(1000))

    def multi() -> None:
        for new in waiting:
            bench.write(put_all, new, RECIPIENTS)

    bench.measure("10 recipients, per copy", 1000, multi, lambda: prepare(100))
    with bench.database.transaction() as tx:
        for new in news:
            put(tx, new, A, INBOX)


def changing(bench: Bench) -> None:
    add, drop = (FlagChange(how, Flags(Flag.FLAGGED)) for how in (How.ADD, How.REMOVE))
    label = FlagChange(How.ADD, Flags(keywords=frozenset(["$label1"])))
    unlabel = FlagChange(How.REMOVE, label.flags)

    def flags(change: FlagChange) -> Callable[[], Any]:
        return lambda: bench.write(change_flags, A, INBOX, EVERY, change)

    bench.measure("STORE 1:* +FLAGS", MESSAGES, flags(add), flags(drop))
    bench.measure("STORE 1:* +FLAGS, nothing to change", MESSAGES, flags(add), flags(add))
    bench.measure("STORE 1:* -FLAGS", MESSAGES, flags(drop), flags(add))
    bench.measure("STORE 1:* +FLAGS keyword", MESSAGES, flags(label), flags(unlabel))
    flags(unlabel)()
    flags(drop)()
    one = ((5000, 5000),)

    def single() -> None:
        for _ in range(100):
            bench.write(change_flags, A, INBOX, one, add)
            bench.write(change_flags, A, INBOX, one, drop)

    bench.measure("STORE of one, alone", 200, single)
    bench.measure("COPY of 1000", 1000, lambda: bench.write(copy, A, INBOX, ((1, 1000),), bench.target, 1))
    odd = tuple((n, n) for n in range(1, 2000, 2))
    bench.measure("COPY of 1000, every other", 1000, lambda: bench.write(copy, A, INBOX, odd, bench.target, 1))

    def refill() -> None:
        bench.write(copy, A, INBOX, ((1, 1000),), bench.target, 1)

    def newest() -> tuple[tuple[int, int], ...]:
        last = bench.read(uids, A, bench.target)[-1]
        return ((last - 999, last),)

    bench.measure("MOVE of 1000", 1000, lambda: bench.write(move, A, bench.target, newest(), bench.one, 1), refill)

    def mark() -> None:
        refill()
        bench.write(change_flags, A, bench.target, newest(), FlagChange(How.ADD, Flags(Flag.DELETED)))

    bench.measure("EXPUNGE of 1000", 1000, lambda: bench.write(expunge, A, bench.target), mark)


def reading(bench: Bench) -> None:
    def fetch(*columns: str) -> Callable[[], None]:
        def run() -> None:
            with bench.database.snapshot() as tx:
                low = 1
                while found := rows(tx, A, INBOX, low, MAX_UID, ("uid", *columns)):
                    low = found[-1][0] + 1

        return run

    for columns in (
        ("flags", "keywords"),
        ("flags", "keywords", "modseq"),
        ("envelope",),
        ("structure",),
        ("fields",),
        ("body",),
    ):
        bench.measure(f"rows {' '.join(columns)}", MESSAGES, fetch(*columns))
    bench.measure("UIDs", MESSAGES, lambda: bench.read(uids, A, INBOX))
    bench.measure("changes, none", 1, lambda: bench.read(changes, A, INBOX, ModSeq(2**60)))
    for name, criteria in (
        ("flag, all", All()),
        ("flag, none", HasFlag(Flag.DRAFT)),
        ("flag, NOT", Not(HasFlag(Flag.DRAFT))),
        ("SUBJECT", Subject("number 77")),
        ("FROM", Header("from", "carol")),
        ("TO", Header("to", "carol")),
        ("MESSAGE-ID", Header("message-id", "<77.")),
        ("TEXT", Text("number 777")),
        ("BODY", Body("not there")),
        ("BODY, not ASCII", Body("größe")),
    ):
        bench.measure(f"SEARCH {name}", MESSAGES, lambda c=criteria: bench.read(search, bench.store.blobs, A, INBOX, c))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:{folder}/store.db"
        bench = Bench(url, Path(folder) / "blobs")
        writing(bench)
        changing(bench)
        reading(bench)
        bench.store.close()


if __name__ == "__main__":
    main()
