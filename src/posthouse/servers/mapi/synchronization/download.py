"""A stream on its way to a client – [MS-OXCFXICS] 3.2.5.8, 3.2.5.3.

It is made as it is read: the buffers of one response take one look at the store, and besides them no more than one
object is in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import NoReturn

from posthouse.database import Transaction
from posthouse.protocols.mapi.fast_transfer.chunker import Chunk, Chunker, Steps, TransferStatus
from posthouse.protocols.mapi.fast_transfer.pieces import Piece
from posthouse.protocols.mapi.fast_transfer.writer import SendOptions, Writer
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.servers.mapi.errors import RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.session import MailboxSession, ServerObject

NAME_SECONDS = 30.0


class Reading:
    """The store, for whoever makes a stream: another transaction for each response."""

    def __init__(self, logon: Logon) -> None:
        self.logon = logon
        self._tx: Transaction | None = None

    @property
    def tx(self) -> Transaction:
        if self._tx is None:
            raise RuntimeError("a stream is made only as it is read")
        return self._tx

    def within(self, tx: Transaction, chunker: Chunker, size: int) -> None:
        self._tx = tx
        try:
            chunker.gather(size)
        finally:
            self._tx = None


Make = Callable[[Reading, Writer, Steps], Iterator[Piece]]
"""Begins when the first buffer is asked for."""


class Download(ServerObject):
    """A context for RopFastTransferSourceGetBuffer."""

    make: Make
    """Set before anything is taken."""

    def __init__(self, logon: Logon, session: MailboxSession, options: SendOptions) -> None:
        super().__init__(logon.logon_id)
        self.logon, self._options = logon, options
        self._code_page = session.language.code_page
        self._chunker: Chunker | None = None
        self._reading = Reading(logon)
        self._failure: RopError | None = None
        self.is_done = False
        """All of it has been taken."""

    @property
    def has_begun(self) -> bool:
        return self._chunker is not None

    async def take(self, room: int, ahead: int = 0) -> Chunk:
        """At most `room` bytes. `ahead`: so many more will be asked for at once."""
        if self._failure is not None:
            raise self._failure
        if self._chunker is None:
            await self.logon.names.all()
            steps, loop = Steps(), asyncio.get_running_loop()
            writer = Writer(self._options, self._code_page, lambda name: _id_of(self.logon, loop, name))
            self._chunker = Chunker(self.make(self._reading, writer, steps), steps)
        if not self._chunker.has(room):
            await self.logon.store.scan(self._reading.within, self._chunker, room + ahead)
        chunk = self._chunker.take(room)
        self.is_done = chunk.status is TransferStatus.DONE
        return chunk

    def fail(self, failure: RopError) -> NoReturn:
        """Whoever goes on to ask gets the same (R2146, R3489)."""
        self._failure = failure
        raise failure


def _id_of(logon: Logon, loop: asyncio.AbstractEventLoop, name: PropertyName) -> int | None:
    """A name that has no id yet gets one. We are in a thread that reads; the loop goes on meanwhile."""
    known = logon.names.known(name)
    if known:
        return known
    work = logon.names.ids_of([name], create=True)
    [number] = asyncio.run_coroutine_threadsafe(work, loop).result(NAME_SECONDS)
    return number or None
