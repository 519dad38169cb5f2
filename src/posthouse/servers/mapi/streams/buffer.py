"""The bytes of a stream, which its clones share.

Those that are only read are the property's own. A copy is made for the first who writes, and counts for that account.
"""

from __future__ import annotations

from collections import Counter

from posthouse.model.ids import AccountId
from posthouse.servers.mapi.errors import ErrorCode, RopError


class Budget:
    """Of a worker: how many bytes the streams of each account hold."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: Counter[AccountId] = Counter()

    def take(self, account: AccountId, size: int) -> None:
        """ecMemory when it would be too many."""
        if self._held[account] + size > self._limit:
            raise RopError(ErrorCode.ecMemory)
        self._held[account] += size

    def give(self, account: AccountId, size: int) -> None:
        self._held[account] -= size
        if not self._held[account]:
            del self._held[account]


class Buffer:
    def __init__(self, data: bytes, most: int, budget: Budget, account: AccountId) -> None:
        """`most`: bytes that there may be; ecTooBig for more."""
        self._data: bytes | bytearray = data
        self._most, self._budget, self._account = most, budget, account
        self._users = 1

    def __len__(self) -> int:
        return len(self._data)

    def all(self) -> bytes:
        return bytes(self._data)

    def read(self, begin: int, size: int) -> bytes:
        return bytes(self._data[begin : begin + size])

    def write(self, begin: int, data: bytes) -> None:
        """Over what is there and beyond; zeros fill what is between."""
        end = begin + len(data)
        if end > len(self._data):
            self.resize(end)
        self._own()[begin:end] = data

    def resize(self, size: int) -> None:
        """Cut off, or filled with zeros."""
        if size > self._most:
            raise RopError(ErrorCode.ecTooBig)
        own = self._own()
        grown = size - len(own)
        if grown > 0:
            self._budget.take(self._account, grown)
            own += bytes(grown)
        else:
            del own[size:]
            self._budget.give(self._account, -grown)

    def _own(self) -> bytearray:
        if not isinstance(self._data, bytearray):
            self._budget.take(self._account, len(self._data))
            self._data = bytearray(self._data)
        return self._data

    # who has it

    def share(self) -> Buffer:
        self._users += 1
        return self

    def leave(self) -> None:
        """The last one to leave lets go of what was written."""
        self._users -= 1
        if not self._users and isinstance(self._data, bytearray):
            self._budget.give(self._account, len(self._data))
