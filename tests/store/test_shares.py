"""What an account reads in all its sessions leaves threads to others, on both engines."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import suppress
from unittest.mock import Mock

import pytest

from posthouse.model.ids import AccountId
from posthouse.store.shares import SHARE

ANN, BEN = AccountId(8), AccountId(9)


class Slow:
    """Scans that take until they may go on."""

    def __init__(self):
        self.go, self.begun = threading.Event(), []

    def __call__(self, tx):
        self.begun.append(tx)
        assert self.go.wait(30)

    async def wait_for(self, count):
        """Until so many have begun, and time for one more to begin."""
        while len(self.begun) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)


def test_share_of_an_account(shelf):
    """Whichever session it is; what waits is done in the end."""

    async def run():
        slow = Slow()
        scans = [asyncio.create_task(shelf.store.as_seen_by(ANN).scan(slow)) for _ in range(3 * SHARE)]
        await slow.wait_for(SHARE)
        assert len(slow.begun) == SHARE
        assert await asyncio.wait_for(shelf.store.as_seen_by(BEN).scan(lambda tx: "ben"), 30) == "ben"
        assert await asyncio.wait_for(shelf.store.scan(lambda tx: "hub"), 30) == "hub"
        slow.go.set()
        await asyncio.gather(*scans)
        assert len(slow.begun) == 3 * SHARE

    asyncio.run(run())


def test_callers_that_go_make_no_room(shelf):
    """Their threads are still at it; who has only waited is forgotten."""

    async def run():
        slow = Slow()
        for _ in range(2 * SHARE):
            scan = asyncio.create_task(shelf.store.as_seen_by(ANN).scan(slow))
            await slow.wait_for(min(SHARE, len(slow.begun) + 1))
            scan.cancel()
            with suppress(asyncio.CancelledError):
                await scan
        assert len(slow.begun) == SHARE
        slow.go.set()
        assert await asyncio.wait_for(shelf.store.as_seen_by(ANN).scan(lambda tx: "ann"), 30) == "ann"
        assert len(slow.begun) == SHARE

    asyncio.run(run())


def test_failure_after_the_caller_has_gone(shelf):
    """Nobody wants to know."""
    slow = Slow()

    def fail(tx):
        slow(tx)
        raise KeyError

    async def run():
        complaints = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        scan = asyncio.create_task(shelf.store.as_seen_by(ANN).scan(fail))
        await slow.wait_for(1)
        scan.cancel()
        with suppress(asyncio.CancelledError):
            await scan
        slow.go.set()
        for _ in range(2 * SHARE):  # one of these has the same turn
            await shelf.store.as_seen_by(ANN).scan(lambda tx: None)
        await asyncio.sleep(0.1)
        del scan
        gc.collect()
        assert not complaints

    asyncio.run(run())


def test_no_thread_takes_no_turn(shelf, monkeypatch):
    async def run():
        with monkeypatch.context() as short:
            short.setattr(asyncio.get_running_loop(), "run_in_executor", Mock(side_effect=RuntimeError), raising=False)
            for _ in range(SHARE):
                with pytest.raises(RuntimeError):
                    await shelf.store.as_seen_by(ANN).scan(lambda tx: None)
        assert await asyncio.wait_for(shelf.store.as_seen_by(ANN).scan(lambda tx: "ann"), 30) == "ann"

    asyncio.run(run())


def test_failure_ends_a_turn(shelf):
    def fail(tx):
        raise KeyError

    async def run():
        for _ in range(2 * SHARE):
            with pytest.raises(KeyError):
                await asyncio.wait_for(shelf.store.as_seen_by(ANN).scan(fail), 30)

    asyncio.run(run())
