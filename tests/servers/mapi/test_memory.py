"""What open objects take is counted, whichever thread they come and go in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from posthouse.model.ids import AccountId
from posthouse.servers.mapi.errors import RopError
from posthouse.servers.mapi.memory import Memory

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
