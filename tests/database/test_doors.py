"""The doors of a database: what is read together is one state, what is written is on disk or not there at all."""

from __future__ import annotations

import asyncio
import threading

import psycopg
import pytest

from posthouse.database import open_database
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.refusals import OverQuota, Unavailable


def insert(tx, k, v="x", fail=None):
    tx.run("INSERT INTO t (k, v) VALUES (?, ?)", (k, v))
    tx.notify(hint(k))
    if fail is not None:
        raise fail
    return k


def hint(k):
    return Hint(AccountId(k), FolderId(1), ModSeq(k))


def keys(tx):
    return [row[0] for row in tx.all("SELECT k FROM t ORDER BY k")]


def test_transaction(database):
    """All or nothing, and hints only for what is committed."""
    told = []
    database.on_commit = told.extend
    with database.transaction() as tx:
        insert(tx, 1)
        assert told == []
    assert told == [hint(1)]
    with pytest.raises(OverQuota), database.transaction() as tx:
        insert(tx, 2, fail=OverQuota())
    with database.snapshot() as tx:
        assert keys(tx) == [1]
    assert told == [hint(1)]


def test_statements(database):
    """`one` gives the first row or None, `run` counts, `many` repeats, `iterate` goes along beside other statements."""
    with database.transaction() as tx:
        tx.many("INSERT INTO t (k, v) VALUES (?, ?)", [(n, str(n)) for n in range(3000)])
        assert tx.one("SELECT v FROM t WHERE k = ?", (5000,)) is None
        assert tx.one("UPDATE t SET v = 'seen' WHERE k = ? RETURNING v", (7,)) == ("seen",)
        assert tx.run("UPDATE t SET v = 'y' WHERE k < ?", (10,)) == 10
        assert tx.run("INSERT INTO t (k, v) VALUES (5, 'z') ON CONFLICT DO NOTHING") == 0
        assert tx.run("DELETE FROM t WHERE k = ?", (5000,)) == 0
    with database.snapshot() as tx:
        rows = tx.iterate("SELECT k FROM t ORDER BY k")
        assert next(rows) == (0,)
        assert tx.one("SELECT v FROM t WHERE k = ?", (9,)) == ("y",)
        assert sum(row[0] for row in rows) == sum(range(3000))


def test_snapshot_is_one_state(database):
    """What commits meanwhile is not seen."""
    with database.snapshot() as tx:
        assert keys(tx) == []
        with database.transaction() as other:
            insert(other, 1)
        assert keys(tx) == []


def test_group(database):
    """Many writes at once: one that fails leaves the others as they are, and only its own caller hears of it."""

    async def run():
        told = []
        database.on_commit = told.extend
        writes = [database.write(insert, k, fail=OverQuota() if k % 10 == 3 else None) for k in range(100)]
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        await asyncio.sleep(0)
        return told, outcomes, await database.read(keys)

    told, outcomes, there = asyncio.run(run())
    kept = [k for k in range(100) if k % 10 != 3]
    assert there == kept
    assert [k for k, outcome in enumerate(outcomes) if isinstance(outcome, OverQuota)] == list(range(3, 100, 10))
    assert [outcome for outcome in outcomes if not isinstance(outcome, OverQuota)] == kept
    assert sorted(hint.account for hint in told) == kept


def test_returned_means_committed(database, url):
    """When `write` returns, another process sees it, and hints of it have been published."""

    async def run():
        told = []
        database.on_commit = told.extend
        other = open_database(url)
        for k in range(20):
            await database.write(insert, k)
            assert k in await other.read(keys)
            assert hint(k) in told
        other.close()

    asyncio.run(run())


def test_cancelled_caller(database):
    """A caller that does not wait any more does not disturb the others; its write may happen or not, as a whole."""

    async def run():
        tasks = [asyncio.create_task(database.write(insert, k)) for k in range(40)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return await database.write(keys)

    assert set(range(1, 40, 2)) <= set(asyncio.run(run()))


def test_scan_beside_writes(database):
    """A long read waits for nobody, and nobody for it."""

    async def run():
        started, go_on = threading.Event(), threading.Event()

        def slow(tx):
            before = keys(tx)
            started.set()
            assert go_on.wait(20)
            return before, keys(tx)

        scan = asyncio.ensure_future(database.scan(slow))
        await asyncio.to_thread(started.wait, 20)
        await database.write(insert, 1)
        go_on.set()
        return await scan, await database.read(keys)

    assert asyncio.run(run()) == (([], []), [1])


def test_many_scans_at_once(database):
    """Threads do not take each other's connections."""

    async def run():
        def count(tx, k):
            return tx.all("SELECT CAST(? AS BIGINT)", (k,))[0][0]

        return await asyncio.gather(*(database.scan(count, k) for k in range(200)))

    assert asyncio.run(run()) == list(range(200))


def test_error_in_statement(database):
    """A write that breaks a constraint fails alone."""

    async def run():
        outcomes = await asyncio.gather(*(database.write(insert, k) for k in (1, 2, 1, 3)), return_exceptions=True)
        return outcomes, await database.read(keys)

    outcomes, there = asyncio.run(run())
    assert there == [1, 2, 3]
    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1


def test_close(database):
    """Writes under way are finished; later ones are refused; closing twice is no fault."""

    async def run():
        tasks = [asyncio.create_task(database.write(insert, k)) for k in range(30)]
        await asyncio.sleep(0)
        await asyncio.to_thread(database.close)
        database.close()
        return await asyncio.gather(*tasks)

    assert asyncio.run(run()) == list(range(30))


@pytest.fixture
def small(new_url):
    """A disk that is full at 64 pages."""
    database = open_database(new_url("sqlite"))
    with database.transaction() as tx:
        tx.run("CREATE TABLE t (k BIGINT PRIMARY KEY, v TEXT)")
    yield database
    database.close()


def test_full_disk(small):
    """A full disk is a matter of the moment: everyone in the group hears so, and it goes on when there is room."""
    told = []
    small.on_commit = told.extend

    def limit(tx, pages):
        return tx.all(f"PRAGMA max_page_count = {pages}")

    async def run():
        await small.write(limit, 64)
        full = await asyncio.gather(*(small.write(insert, k, "x" * 5000) for k in range(200)), return_exceptions=True)
        there = await small.read(keys)
        await small.write(limit, 100_000)
        await small.write(insert, 1000)
        return full, there, await small.read(keys)

    full, there, later = asyncio.run(run())
    refused = [k for k, outcome in enumerate(full) if isinstance(outcome, Unavailable)]
    assert len(refused) > 100
    assert all(isinstance(outcome, (int, Unavailable)) for outcome in full)
    assert there == [k for k in range(200) if k not in refused]
    assert later == [*there, 1000]
    assert sorted(h.account for h in told) == [*there, 1000]
    with small.transaction() as tx:
        limit(tx, 10)
    with pytest.raises(Unavailable), small.transaction() as tx:
        insert(tx, 2000, "x" * 500_000)


def test_server_away(new_url):
    """A PostgreSQL that cut the connection is met by a new one; nothing is done twice."""
    database = open_database(new_url("postgresql"))
    try:
        with database.transaction() as tx:
            tx.run("CREATE TABLE t (k BIGINT PRIMARY KEY, v TEXT)")

        def cut():
            with psycopg.connect(database.url) as killer:
                killer.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        async def run():
            for k in range(5):
                await asyncio.to_thread(cut)
                await database.write(insert, k)
            await asyncio.to_thread(cut)
            return await database.read(keys)

        assert asyncio.run(run()) == list(range(5))
    finally:
        database.close()
