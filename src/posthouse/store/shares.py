"""Who may scan how much at the same time: an account has a share of the threads that read, and leaves others theirs.

Whoever has used up their share waits behind themselves alone. A scan counts until its thread is free: that its caller
has gone makes no room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from posthouse.model.ids import AccountId

T = TypeVar("T")

SHARE = 2
"""Scans of an account at the same time, in a worker; both engines have threads for more."""


class Shares:
    """One for a worker: of all sessions of an account together."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[AccountId, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, account: AccountId) -> asyncio.Semaphore:
        """The same for all who ask while anybody has it."""
        turns = self._turns.get(account)
        if turns is None:
            turns = self._turns[account] = asyncio.Semaphore(SHARE)
        return turns


async def scan_in_turn(turns: asyncio.Semaphore, scan: Callable[[], Awaitable[T]]) -> T:
    await turns.acquire()
    try:
        scanning = asyncio.ensure_future(scan())
    except BaseException:  # there may be no thread
        turns.release()
        raise

    def ended(_: object) -> None:
        turns.release()
        if not scanning.cancelled():
            scanning.exception()  # of no interest when the caller has gone

    scanning.add_done_callback(ended)
    return await asyncio.shield(scanning)
