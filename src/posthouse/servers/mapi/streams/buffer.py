"""The bytes of a stream, which its clones share.

Those that are only read are the property's own. A copy is made for the first who writes; it counts for the account.
"""

from __future__ import annotations

from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.memory import Share


class Buffer:
    def __init__(self, data: bytes, most: int, memory: Share) -> None:
        """`most`: bytes that there may be; ecTooBig for more."""
        self._data: bytes | bytearray = data
        self._most, self._memory = most, memory
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
        self._memory.take(size - len(own))
        own += bytes(max(size - len(own), 0))
        del own[size:]

    def _own(self) -> bytearray:
        if not isinstance(self._data, bytearray):
            self._memory.take(len(self._data))
            self._data = bytearray(self._data)
        return self._data

    # who has it

    def share(self) -> Buffer:
        self._users += 1
        return self

    def leave(self) -> None:
        """The last one to leave lets go of what was written."""
        self._users -= 1
        if not self._users:
            self._memory.give_back()
