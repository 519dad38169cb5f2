"""The lock of a maildrop: one POP3 session's at a time, on every engine and between workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from posthouse.model.ids import AccountId
from posthouse.model.refusals import InUse, Unavailable
from posthouse.store.maildrops import LEASE, KernelLocks, LockLost, RowLocks, open_maildrops

ME, OTHER = AccountId(7), AccountId(8)


def test_a_maildrop_is_one_sessions_at_a_time(shelf: Any) -> None:
    """RFC 1939 §4: within a worker and between two; other accounts are free."""

    async def work() -> None:
        here, there = open_maildrops(shelf.store), open_maildrops(shelf.store)
        lock = await here.take(ME, "here/1")
        for locks in (here, there):
            with pytest.raises(InUse):
                await locks.take(ME, "there/1")
        await (await there.take(OTHER, "there/2")).release()
        await lock.prolong()
        await lock.release()
        await (await there.take(ME, "there/3")).release()
        here.close()
        there.close()

    asyncio.run(work())


def test_the_kernels_lock_ends_with_its_process(shelf_on: Callable[..., Any], tmp_path: Any) -> None:
    """A file that is closed, as by a worker's death, locks nothing."""

    async def work() -> None:
        dead, alive = KernelLocks(tmp_path / "locks"), KernelLocks(tmp_path / "locks")
        await dead.take(ME, "dead/1")
        dead.close()
        lock = await alive.take(ME, "alive/1")
        await lock.release()
        await lock.release()
        alive.close()

    asyncio.run(work())


@pytest.fixture
def late(shelf: Any) -> Callable[[float], None]:
    """Moves the store's clock on."""
    now = [shelf.now]
    shelf.store.clock = lambda: now[0]

    def later(seconds: float) -> None:
        now[0] += seconds

    return later


def test_a_row_is_held_for_as_long_as_its_session_says_so(shelf: Any, late: Callable[[float], None]) -> None:
    """Prolonged in time it holds; a dead worker's ends by itself; whoever was too late hears so."""

    async def work() -> None:
        locks = RowLocks(shelf.store)
        lock = await locks.take(ME, "one")
        for _ in range(3):
            late(LEASE * 0.9)
            await lock.prolong()
        with pytest.raises(InUse):
            await locks.take(ME, "two")
        late(LEASE + 1)
        second = await locks.take(ME, "two")
        with pytest.raises(LockLost):
            await lock.prolong()
        await lock.release()  # not ours any more: nothing happens
        with pytest.raises(InUse):
            await locks.take(ME, "three")
        await second.release()
        await (await locks.take(ME, "three")).release()

    asyncio.run(work())


def test_a_store_that_is_away_takes_no_lock_away(
    shelf: Any, late: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left of the time still counts."""

    async def work() -> None:
        lock = await RowLocks(shelf.store).take(ME, "one")
        late(LEASE * 0.9)

        async def away(*_: object) -> None:
            raise Unavailable

        with monkeypatch.context() as patch:
            patch.setattr(shelf.store, "write", away)
            await lock.prolong()
        await lock.prolong()
        await lock.release()

    asyncio.run(work())
