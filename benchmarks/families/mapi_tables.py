"""MAPI: a table of 100,000 messages – opened and ordered, and read through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.families.mapi import Client
from benchmarks.mail import FILL, HUGE
from benchmarks.side import Figure, Side
from benchmarks.table import CPU, Row
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.mailbox import ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.restrictions import Direction, SortOrder
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.folder import RopGetContentsTableRequest, RopOpenFolderRequest
from posthouse.protocols.mapi.rops.logon import LogonFlags, OpenFlags, RopLogonRequest
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.protocols.mapi.rops.table import (
    AsynchronousFlags,
    QueryRowsFlags,
    RopQueryRowsRequest,
    RopSetColumnsRequest,
    RopSortTableRequest,
)
from posthouse.store.folders import INBOX

ROWS = FILL[HUGE][0]
COLUMNS = (
    *(tags.PidTagFolderId, tags.PidTagMid, tags.PidTagInstID, tags.PidTagInstanceNum, tags.PidTagInstanceKey),
    *(tags.PidTagSubject, tags.PidTagSentRepresentingName, tags.PidTagDisplayTo, tags.PidTagMessageClass),
    *(tags.PidTagMessageFlags, tags.PidTagMessageSize, tags.PidTagImportance, tags.PidTagMessageDeliveryTime),
    *(tags.PidTagHasAttachments, tags.PidTagIconIndex),
)
"""As a client's list of messages has them."""
ORDERS = {
    "when they came": tags.PidTagMessageDeliveryTime,
    "subject": tags.PidTagSubject,
    "sender": tags.PidTagSentRepresentingName,
    "size": tags.PidTagMessageSize,
}
PLAIN = ExecuteFlags.NO_COMPRESSION | ExecuteFlags.NO_XOR_MAGIC
LOGON, FOLDER, TABLE = range(3)
FORWARD, MOST = True, 1000
_HEAD = 7
"""Bytes of a response of RopQueryRows before RowCount."""


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    if "http" not in side.ports:
        return
    port = side.ports["http"]
    for name, tag in ORDERS.items():
        visit = partial(_opened, port, tag)
        yield (
            Row(f"MAPI table of {ROWS:,} opened, by {name}, per message", CPU),
            side.measure(lambda _, visit=visit: visit, ROWS),  # type: ignore[misc]
        )
    yield (
        Row(f"MAPI table of {ROWS:,} read through, per row", CPU),
        side.measure(lambda _: partial(_read, port), ROWS),
    )


class Session:
    """Somebody with an open folder."""

    def __init__(self, client: Client, slots: int) -> None:
        self._client, self._handles = client, [EMPTY] * slots

    @classmethod
    async def open(cls, port: int, user: str, slots: int = 3) -> Session:
        client = await Client.open(port, user)
        await client.connect()
        session = cls(client, slots)
        opening = LogonFlags.PRIVATE, OpenFlags.USE_PER_MDB_REPLID_MAPPING, 0, client.dn
        await session.execute(RopLogonRequest(0, LOGON, *opening))
        await session.execute(RopOpenFolderRequest(0, LOGON, FOLDER, ObjectId(OWN_REPLICA, INBOX)))
        return session

    async def execute(self, *requests: RopRequest, flags: ExecuteFlags = PLAIN) -> list[bytes]:
        """The responses, a buffer for each payload."""
        raw = RopBuffer(b"".join(rop.format() for rop in requests), tuple(self._handles)).format()
        body = await self._client.post("Execute", ExecuteRequest(flags, format_extended(raw), 0x40000).format())
        answer = body.partition(b"\r\n\r\n")[2]
        size = int.from_bytes(answer[12:16], "little")
        buffers = [parse_rop_buffer(payload) for payload in parse_extended(answer[16 : 16 + size])]
        self._handles[:] = buffers[0].handles
        return [buffer.rops for buffer in buffers]

    async def table(self, tag: PropertyTag) -> None:
        """With its first rows read."""
        direct = AsynchronousFlags(0)
        await self.execute(
            RopReleaseRequest(0, TABLE),
            RopGetContentsTableRequest(0, FOLDER, TABLE),
            RopSetColumnsRequest(0, TABLE, direct, COLUMNS),
            RopSortTableRequest(0, TABLE, direct, 0, 0, (SortOrder(tag, Direction.DESCENDING),)),
            RopQueryRowsRequest(0, TABLE, QueryRowsFlags(0), FORWARD, 20),
        )

    async def rows(self) -> int:
        """How many came next."""
        rop = RopQueryRowsRequest(0, TABLE, QueryRowsFlags.ENABLE_PACKED_BUFFERS, FORWARD, MOST)
        pieces = await self.execute(rop, flags=PLAIN | ExecuteFlags.CHAIN)
        return sum(int.from_bytes(piece[_HEAD : _HEAD + 2], "little") for piece in pieces)


async def _opened(port: int, tag: PropertyTag, start: Callable[[], None]) -> None:
    session = await Session.open(port, HUGE)
    start()
    await session.table(tag)


async def _read(port: int, start: Callable[[], None]) -> None:
    session = await Session.open(port, HUGE)
    await session.table(tags.PidTagMessageDeliveryTime)
    start()
    seen = 20
    while found := await session.rows():
        seen += found
    assert seen == ROWS, seen
