"""Lists of operations, however the server answers them: at once, in part, later, in several buffers."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from posthouse.clients.mapi.channel import Channel
from posthouse.clients.mapi.errors import BadResponse, CallFailed
from posthouse.clients.mapi.execute import Executed, execute
from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.mailbox import ExecuteResponse, parse_execute
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops import RopRequest, parse_rops
from posthouse.protocols.mapi.rops.folder import RopOpenFolderRequest, RopOpenFolderResponse
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.protocols.mapi.rops.stream import (
    RopReadStreamRequest,
    RopReadStreamResponse,
    RopWriteStreamExtendedRequest,
    RopWriteStreamExtendedResponse,
    RopWriteStreamRequest,
)
from posthouse.protocols.mapi.rops.transport import RopBackoff, RopBufferTooSmall, RopPending
from posthouse.protocols.mapi.transport import format_failure

HANDLES = (1, EMPTY, EMPTY)
FIRST, SECOND = (RopOpenFolderRequest(0, 0, place, ObjectId(1, place)) for place in (1, 2))
OPENED, OPENED_TOO = (RopOpenFolderResponse(place, has_rules=False) for place in (1, 2))
READ = RopReadStreamRequest(0, 0, 4096)


class Server:
    """In place of a channel: answers with these, and keeps what it was asked."""

    def __init__(self, *answers: bytes) -> None:
        self.left, self.asked = list(answers), []  # type: tuple[list[bytes], list[RopBuffer]]
        self.following: list[bytes] = []
        """Of the last request, the buffers behind the first."""

    async def request(self, kind: str, body: bytes) -> bytes:
        assert kind == "Execute"
        payload, *self.following = parse_extended(parse_execute(body).rop_buffer)
        self.asked.append(parse_rop_buffer(payload))
        return self.left.pop(0)

    def execute(self, *requests: RopRequest) -> Executed:
        return asyncio.run(execute(cast(Channel, self), requests, HANDLES))

    def lists(self) -> list[list[RopRequest]]:
        return [[placed.request for placed in parse_rops(one.rops)] for one in self.asked]


def answer(*buffers: bytes, handles: tuple[int, ...] = (1, 7, 8)) -> bytes:
    payloads = [RopBuffer(one, handles).format() for one in buffers]
    extended = [format_extended(one, last=at == len(payloads)) for at, one in enumerate(payloads, 1)]
    return ExecuteResponse(0, b"".join(extended)).format()


def test_all_at_once() -> None:
    """Responses in their order, and the handles of what was opened; who releases gets no response."""
    server = Server(answer(OPENED.format() + OPENED_TOO.format()))
    done = server.execute(FIRST, RopReleaseRequest(0, 0), SECOND)
    assert done.responses == [(FIRST, [OPENED]), (SECOND, [OPENED_TOO])]
    assert done.handles == (1, 7, 8)


@pytest.mark.parametrize("released", [False, True])
def test_a_buffer_that_is_too_small(released: bool) -> None:
    """MS-OXCROPS R4447: what the server gives back is asked again, with the handles that there are meanwhile."""
    rest = [RopReleaseRequest(0, 0), SECOND] if released else [SECOND]
    small = RopBufferTooSmall(40_000, b"".join(one.format() for one in rest)).format()
    server = Server(answer(OPENED.format() + small, handles=(1, 7, EMPTY)), answer(OPENED_TOO.format()))
    done = server.execute(FIRST, *rest)
    assert done.responses == [(FIRST, [OPENED]), (SECOND, [OPENED_TOO])]
    assert server.lists() == [[FIRST, *rest], rest]
    assert server.asked[1].handles == (1, 7, EMPTY)


def test_no_buffer_is_large_enough() -> None:
    """Then it is an error, and not asked for ever."""
    server = Server(answer(RopBufferTooSmall(60_000, FIRST.format()).format()))
    with pytest.raises(CallFailed, match="60000 bytes"):
        server.execute(FIRST)


def test_come_back_later() -> None:
    """MS-OXCROPS 2.2.15.2: after the time that the server says."""
    backoff = RopBackoff(0, 1).format()
    server = Server(answer(backoff, handles=HANDLES), answer(OPENED.format() + backoff), answer(OPENED_TOO.format()))
    done = server.execute(FIRST, SECOND)
    assert done.responses == [(FIRST, [OPENED]), (SECOND, [OPENED_TOO])]
    assert server.lists() == [[FIRST, SECOND], [FIRST, SECOND], [SECOND]]


def test_several_buffers() -> None:
    """[MS-OXCRPC] 3.1.4.2.1.2: they go on with the last operation."""
    pieces = [RopReadStreamResponse(0, data) for data in (b"one", b"two", b"three")]
    pending = RopPending(0).format()
    server = Server(answer(OPENED.format() + pieces[0].format(), pieces[1].format(), pieces[2].format() + pending))
    assert server.execute(FIRST, READ).responses == [(FIRST, [OPENED]), (READ, pieces)]


def test_more_than_fits_into_one_request() -> None:
    """It goes in several, in its order."""
    writes = [RopWriteStreamRequest(0, 0, bytes([number]) * 15_000) for number in range(5)]
    written = bytes.fromhex("2d 00 00000000 983a")
    server = Server(answer(written * 2), answer(written * 2), answer(written))
    server.execute(*writes)
    assert server.lists() == [writes[:2], writes[2:4], writes[4:]]


def test_an_operation_that_is_larger_than_a_buffer() -> None:
    """[MS-OXCRPC] 3.1.4.2.1.2.1: the buffers behind the first have it once more, with what comes next; what stands
    behind it in the list goes in another request."""
    data = bytes(range(256)) * 250
    writing, behind = RopWriteStreamExtendedRequest(0, 0, data), RopWriteStreamRequest(0, 0, b"end")
    written = RopWriteStreamExtendedResponse(0, written_size=len(data))
    server = Server(answer(OPENED.format() + written.format()), answer(bytes.fromhex("2d 00 00000000 0300")))
    packed = asyncio.run(execute(cast(Channel, server), [FIRST, writing], HANDLES))
    assert packed.responses == [(FIRST, [OPENED]), (writing, [written])]
    [[opening, begun]] = server.lists()
    further = [placed.request for one in server.following for placed in parse_rops(parse_rop_buffer(one).rops)]
    assert opening == FIRST
    assert b"".join(one.data for one in (begun, *further) if isinstance(one, RopWriteStreamExtendedRequest)) == data
    server = Server(answer(written.format()), answer(bytes.fromhex("2d 00 00000000 0300")))
    server.execute(writing, behind)
    assert [type(one) for [one] in server.lists()] == [RopWriteStreamExtendedRequest, RopWriteStreamRequest]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        bytes(16),
        answer(OPENED.format()[:4]),
        answer(OPENED_TOO.format() * 3),
        ExecuteResponse(0, b"\0" * 9).format(),
    ],
)
def test_what_nobody_can_read(body: bytes) -> None:
    with pytest.raises(BadResponse):
        Server(body).execute(FIRST)


def test_the_list_as_a_whole_fails() -> None:
    """With an error code, or as a remote procedure call does."""
    with pytest.raises(CallFailed, match="ecRpcFormat") as failed:
        Server(ExecuteResponse(0x4B6).format()).execute(FIRST)
    assert failed.value.code == 0x4B6
    with pytest.raises(CallFailed) as failed:
        Server(format_failure(0x6BB)).execute(FIRST)
    assert failed.value.code == 0x6BB
