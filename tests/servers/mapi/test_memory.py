"""What open objects take is counted, whichever thread they come and go in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from posthouse.model.ids import AccountId
from posthouse.servers.mapi.errors import RopError
from posthouse.servers.mapi.memory import Memory, Share

LIMIT = 1_000_000


@pytest.fixture
def hurried_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hurried_threads")
def test_nothing_is_miscounted() -> None:
    memory = Memory(LIMIT)

    def come_and_go(size: int) -> None:
        for _ in range(5_000):
            memory.of(AccountId(1)).take(size)

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(come_and_go, size) for size in range(1, 9)]:
            done.result()
    memory.of(AccountId(1)).take(LIMIT)
    with pytest.raises(RopError):
        memory.of(AccountId(1)).take(LIMIT + 1)


def test_what_goes_while_somebody_counts() -> None:
    """The garbage collector comes at any moment, in the thread that counts."""

    gone: list[Share] = []

    class Account(int):
        def __hash__(self) -> int:
            if gone:
                gone.pop().give_back()
            return int(self)

    memory, account = Memory(LIMIT), AccountId(Account(1))
    for left in (0, 1, 2):
        shares = [memory.of(AccountId(1)) for _ in range(3)]
        for share in shares:
            share.take(LIMIT // 4)
        gone[:] = shares[left:]
        with suppress(RopError):
            memory.of(account).take(1)
        for share in shares:
            share.give_back()
        memory.of(AccountId(1)).take(LIMIT)
