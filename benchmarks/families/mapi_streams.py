"""MAPI: an attachment of 20 MB – written, saved and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.families.mapi_tables import FOLDER, PLAIN, Session
from benchmarks.mail import USERS
from benchmarks.side import Figure, Side
from benchmarks.table import CPU_MB, Row
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.mailbox import ExecuteFlags
from posthouse.protocols.mapi.rops.attachment import RopCreateAttachmentRequest, RopSaveChangesAttachmentRequest
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    RopCreateMessageRequest,
    RopSaveChangesMessageRequest,
    SaveFlags,
)
from posthouse.protocols.mapi.rops.stream import (
    RopCommitStreamRequest,
    RopOpenStreamRequest,
    RopReadStreamRequest,
    RopSeekStreamRequest,
    RopWriteStreamRequest,
    SeekOrigin,
    StreamOpenMode,
)
from posthouse.store.folders import INBOX

PIECE, PIECES = 30_000, 700
MEGABYTES = PIECE * PIECES // 1_000_000
MESSAGE, ATTACHMENT, STREAM = range(3, 6)
KEPT_OPEN = SaveFlags.KEEP_OPEN_READ_WRITE
MORE, MOST = 0xBABE, 0x40000
"""[MS-OXCPRPT] 2.2.15.1: as much as that, in as many packed buffers as it takes."""
_HEAD = 6
"""Bytes of a response of RopReadStream before DataSize."""


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    if "http" not in side.ports:
        return
    name = f"MAPI attachment of {MEGABYTES} MB"
    for what, visit in (("written", _written), ("saved with its message", _saved), ("read", _read)):
        yield Row(f"{name} {what}", CPU_MB), _megabytes(side, partial(visit, side.ports["http"]))


def _megabytes(side: Side, visit: Callable[[Callable[[], None]], object]) -> Figure:
    return side.measure(lambda _: visit, MEGABYTES)  # type: ignore[arg-type,return-value]


async def _opened(port: int) -> Session:
    """A new message, with a stream of its attachment."""
    session = await Session.open(port, USERS[0], 6)
    inbox = ObjectId(OWN_REPLICA, INBOX)
    await session.execute(RopCreateMessageRequest(0, FOLDER, MESSAGE, LOGON_CODE_PAGE, inbox, False))
    await session.execute(RopCreateAttachmentRequest(0, MESSAGE, ATTACHMENT))
    await session.execute(
        RopOpenStreamRequest(0, ATTACHMENT, STREAM, tags.PidTagAttachDataBinary, StreamOpenMode.CREATE)
    )
    return session


async def _write(session: Session) -> None:
    for number in range(PIECES):
        await session.execute(RopWriteStreamRequest(0, STREAM, number.to_bytes(4, "little") * (PIECE // 4)))
    await session.execute(RopCommitStreamRequest(0, STREAM))


async def _save(session: Session) -> None:
    await session.execute(RopSaveChangesAttachmentRequest(0, MESSAGE, ATTACHMENT, KEPT_OPEN))
    [done] = await session.execute(RopSaveChangesMessageRequest(0, FOLDER, MESSAGE, KEPT_OPEN))
    assert done[2:6] == bytes(4), done


async def _written(port: int, start: Callable[[], None]) -> None:
    session = await _opened(port)
    start()
    await _write(session)


async def _saved(port: int, start: Callable[[], None]) -> None:
    session = await _opened(port)
    await _write(session)
    start()
    await _save(session)


async def _read(port: int, start: Callable[[], None]) -> None:
    session = await _opened(port)
    await _write(session)
    await _save(session)
    await session.execute(RopSeekStreamRequest(0, STREAM, SeekOrigin.BEGINNING, 0))
    start()
    seen = 0
    read = RopReadStreamRequest(0, STREAM, MORE, MOST)
    while found := await _piece(session, read):
        seen += found
    assert seen == PIECE * PIECES, seen


async def _piece(session: Session, read: RopReadStreamRequest) -> int:
    """How many bytes came."""
    pieces = await session.execute(read, flags=PLAIN | ExecuteFlags.CHAIN)
    return sum(int.from_bytes(piece[_HEAD : _HEAD + 2], "little") for piece in pieces)
