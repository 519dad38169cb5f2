"""Read messages of public folders on their way, piece by piece – [MS-OXCSTOR] 3.2.5.12.1, 3.2.5.13.1.

A client takes the set of one folder after the other, and brings it in the same way; the pieces of one set belong
together as long as folder and place are those that follow from the last.
"""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from posthouse.protocols.mapi.identifiers import LongTermId
from posthouse.protocols.mapi.rops.per_user import RopWritePerUserInformationRequest

from .errors import ErrorCode, RopError
from .memory import Share

MAX_PIECE = 4096
"""Bytes that a client gets at once, also when it does not say how many it would take (R992, R997)."""
MAX_SET = 1024 * 1024
"""Bytes of a set that a client brings: some hundred thousand messages that have nothing to do with each other."""


class Piece(NamedTuple):
    data: bytes
    is_last: bool


class Taken(NamedTuple):
    """What a client has got to the end: of which folder, by a first piece of which size, and its hash."""

    folder: LongTermId
    most: int
    digest: bytes


class Sending:
    """One logon's: what it is taking, and what it took last."""

    def __init__(self, memory: Share) -> None:
        self._memory = memory
        self._folder: LongTermId | None = None
        self._most = 0
        self._data = b""
        self._taken: Taken | None = None

    def holds(self, folder: LongTermId, offset: int) -> bool:
        """Whether this piece is of the set that is under way."""
        return offset > 0 and self._folder == folder

    def begin(self, folder: LongTermId, most: int, data: bytes) -> None:
        """Of what the client has taken already, as it is now, there is nothing to send when it asks the same again
        (R541, R544). One that wants pieces of another size wants them (R979, R1005)."""
        self._memory.take(len(data) - len(self._data))
        self._folder, self._most = folder, most
        self._data = b"" if self._taken == Taken(folder, most, sha256(data).digest()) else data

    def piece(self, offset: int, most: int) -> Piece:
        """ecError when the set ends before that place, as it does before one that was meant to be negative (R1259)."""
        if offset > len(self._data):
            raise RopError(ErrorCode.ecError)  # R1260
        data = self._data[offset : offset + min(most or MAX_PIECE, MAX_PIECE)]
        is_last = offset + len(data) == len(self._data)
        if is_last and self._folder is not None and self._data:
            self._taken = Taken(self._folder, self._most, sha256(self._data).digest())
        return Piece(data, is_last)


class Receiving:
    """One logon's: what has come of a set."""

    def __init__(self, memory: Share) -> None:
        self._memory = memory
        self._folder: LongTermId | None = None
        self._replica = UUID(int=0)
        self._data = bytearray()

    def take(self, rop: RopWritePerUserInformationRequest) -> None:
        """ecError for a piece that does not follow the last one; what had come is then forgotten (R1017 to R1019)."""
        if rop.folder_id != self._folder or rop.data_offset != len(self._data):
            self.forget()
            if rop.data_offset:
                raise RopError(ErrorCode.ecError)
        if len(self._data) + len(rop.data) > MAX_SET:
            self.forget()
            raise RopError(ErrorCode.ecMemory)
        if not rop.data_offset:
            self._folder, self._replica = rop.folder_id, rop.repl_guid or UUID(int=0)
        self._memory.take(len(rop.data))
        self._data += rop.data

    def whole(self) -> tuple[UUID, bytes]:
        """All of it, with the store that it is about; nothing is under way then."""
        found = self._replica, bytes(self._data)
        self.forget()
        return found

    def forget(self) -> None:
        self._memory.give_back()
        self._folder, self._replica, self._data = None, UUID(int=0), bytearray()
