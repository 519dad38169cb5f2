"""MAPI: a client copies a folder of 100,000 messages, and comes back after a hundred changes."""

from __future__ import annotations

import imaplib
import pickle
import threading
from collections.abc import Callable, Iterator

from benchmarks.cpu import memory
from benchmarks.families.mapi_tables import FOLDER, PLAIN, Session
from benchmarks.mail import DOMAIN, FILL, HUGE, PASSWORD
from benchmarks.side import Figure, Side
from benchmarks.table import CPU, KILOBYTES, Row
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.idsets import format_replguid_idset
from posthouse.protocols.mapi.fast_transfer.markers import (
    MetaTagCnsetRead,
    MetaTagCnsetSeen,
    MetaTagCnsetSeenFAI,
    MetaTagIdsetGiven,
)
from posthouse.protocols.mapi.fast_transfer.parser import Parser
from posthouse.protocols.mapi.fast_transfer.parser.syncs import state as state_root
from posthouse.protocols.mapi.mailbox import ExecuteFlags
from posthouse.protocols.mapi.rops.fast_transfer import (
    SERVER_CHOOSES,
    RopFastTransferSourceGetBufferRequest,
    SendOptions,
    TransferStatus,
)
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.protocols.mapi.rops.synchronization import (
    RopSynchronizationConfigureRequest,
    RopSynchronizationGetTransferStateRequest,
    RopSynchronizationUploadStateStreamBeginRequest,
    RopSynchronizationUploadStateStreamContinueRequest,
    RopSynchronizationUploadStateStreamEndRequest,
    SynchronizationExtraFlags,
    SynchronizationFlags,
    SynchronizationType,
)

MESSAGES, CHANGES = FILL[HUGE][0], 100
CONTEXT, STATE = 2, 3
"""Slots: of the synchronization, and of its state."""
FLAGS = (
    SynchronizationFlags.UNICODE
    | SynchronizationFlags.NORMAL
    | SynchronizationFlags.FAI
    | SynchronizationFlags.READ_STATE
    | SynchronizationFlags.BEST_BODY
)
EXTRA = SynchronizationExtraFlags.EID | SynchronizationExtraFlags.CN | SynchronizationExtraFlags.MESSAGE_SIZE
MOST = 0x7F00
OWN = "Pss_Anon"
_HEAD = 15
"""Bytes of a response of RopFastTransferSourceGetBuffer before the buffer."""


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    if "http" not in side.ports:
        return
    copy = Copy(side)
    with Peak(side) as peak:
        first = side.measure(lambda _: copy.first, MESSAGES, times=1)
    yield Row(f"MAPI synchronization of {MESSAGES:,} messages, the first, per message", CPU), first
    yield Row(f"MAPI synchronization of {MESSAGES:,} messages, the first, memory", KILOBYTES), Figure(peak.kilobytes)
    yield (
        Row(f"MAPI synchronization of {MESSAGES:,} messages after {CHANGES} changes", CPU),
        side.measure(lambda _: copy.later, 1, times=3),
    )


class Copy:
    """What a client has: in a file, for each time that it comes it is another process."""

    def __init__(self, side: Side) -> None:
        self._side, self._file = side, side.folder / "synchronized"
        self._state, self._turn = SyncState(), 0

    async def first(self, start: Callable[[], None]) -> None:
        session = await _open(self._side)
        start()
        await self._synchronize(session)

    async def later(self, start: Callable[[], None]) -> None:
        session = await _open(self._side)
        self._state, self._turn = pickle.loads(self._file.read_bytes())
        self._change()
        start()
        await self._synchronize(session)

    def _change(self) -> None:
        """Flags of a hundred messages, all over the folder."""
        self._turn += 1
        with imaplib.IMAP4("127.0.0.1", self._side.ports["imap"]) as client:
            client.login(f"{HUGE}@{DOMAIN}", PASSWORD)
            client.select()
            spread = ",".join(str(number) for number in range(self._turn, MESSAGES, MESSAGES // CHANGES))
            client.store(spread, "+FLAGS.SILENT", r"(\Flagged)")

    async def _synchronize(self, session: Session) -> None:
        kind, options = SynchronizationType.CONTENTS, SendOptions.UNICODE
        await session.execute(
            RopSynchronizationConfigureRequest(0, FOLDER, CONTEXT, kind, options, FLAGS, None, EXTRA, ())
        )
        await self._upload(session)
        await _stream(session, CONTEXT)
        await session.execute(RopSynchronizationGetTransferStateRequest(0, CONTEXT, STATE))
        parser = Parser(state_root, 1252, MESSAGES * 1000)
        [self._state] = [*parser.feed(await _stream(session, STATE)), *parser.finish()]  # type: ignore[assignment]
        await session.execute(RopReleaseRequest(0, CONTEXT), RopReleaseRequest(0, STATE))
        self._file.write_bytes(pickle.dumps((self._state, self._turn)))

    async def _upload(self, session: Session) -> None:
        state = self._state
        for tag, ids in (
            (MetaTagIdsetGiven, state.given),
            (MetaTagCnsetSeen, state.seen),
            (MetaTagCnsetSeenFAI, state.seen_fai),
            (MetaTagCnsetRead, state.read),
        ):
            data = format_replguid_idset(ids) if ids is not None else b""
            await session.execute(
                RopSynchronizationUploadStateStreamBeginRequest(0, CONTEXT, tag, len(data)),
                RopSynchronizationUploadStateStreamContinueRequest(0, CONTEXT, data),
                RopSynchronizationUploadStateStreamEndRequest(0, CONTEXT),
            )


async def _open(side: Side) -> Session:
    return await Session.open(side.ports["http"], HUGE, slots=4)


async def _stream(session: Session, slot: int) -> bytes:
    """As clients read it: many buffers at once."""
    parts: list[bytes] = []
    while True:
        rop = RopFastTransferSourceGetBufferRequest(0, slot, SERVER_CHOOSES, MOST)
        for piece in await session.execute(rop, flags=PLAIN | ExecuteFlags.CHAIN):
            status = int.from_bytes(piece[6:8], "little")
            assert status in (TransferStatus.PARTIAL, TransferStatus.DONE), piece[:_HEAD].hex()
            parts.append(piece[_HEAD:])
            if status == TransferStatus.DONE:
                return b"".join(parts) if slot == STATE else b""
        if slot != STATE:
            parts.clear()


class Peak:
    """The most memory of their own that the server's processes have at any time, beyond what they had before."""

    def __init__(self, side: Side) -> None:
        self._side, self._ended = side, threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._before = self._most = 0

    @property
    def kilobytes(self) -> float:
        return (self._most - self._before) / 1024

    def __enter__(self) -> Peak:
        self._before = self._most = memory(self._side.roots, OWN)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._ended.wait(0.2):
            self._most = max(self._most, memory(self._side.roots, OWN))
