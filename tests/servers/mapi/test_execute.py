"""Lists of operations: order, handles, room and failures – with operations of the test's own among the real ones.

Statements are those of [MS-OXCROPS].
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from struct import pack, unpack
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.directory import Login, Memberships
from posthouse.model.ids import AccountId
from posthouse.model.refusals import BadSyntax
from posthouse.net import turns
from posthouse.observe.logs import Logger
from posthouse.observe.transcript import Tracer
from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.fields import U8, U16, U32
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.mailbox import ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops import RopRequest, registry
from posthouse.protocols.mapi.rops.base import rop
from posthouse.protocols.mapi.rops.folder import DeleteFolderFlags, RopDeleteFolderRequest
from posthouse.protocols.mapi.rops.moving import RopMoveCopyMessagesRequest
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.protocols.mapi.rops.transport import RopBackoff
from posthouse.protocols.mapi.transport import Version
from posthouse.servers.mapi import requests as mapi_requests
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.mailbox import Mailbox
from posthouse.servers.mapi.memory import Memory
from posthouse.servers.mapi.news import MAX_NEWS
from posthouse.servers.mapi.rops.processor import Call, DoesNotFit, ExecuteFailed, More, Processor
from posthouse.servers.mapi.rops.release import release
from posthouse.servers.mapi.session import HANDLES, MAX_OBJECTS, WEIGHT, MailboxSession, ServerObject
from posthouse.servers.mapi.settings import MapiSettings
from posthouse.servers.mapi.tracing import Tracing


@rop(0xE0)
class Open(RopRequest):
    """Makes an object."""

    output_handle_index: U8 = 0


@rop(0xE1)
class Say(RopRequest):
    """Answers with so many bytes, if its object is there."""

    size: U16 = 0


@rop(0xE3)
class Read(RopRequest):
    """Brings so many bytes, as many at once as there is room for."""

    count: U32 = 0


@rop(0xE4)
class Within(RopRequest):
    """Makes an object by another."""

    output_handle_index: U8 = 0


@rop(0xE2)
class Unhandled(RopRequest):
    """The server does nothing with it."""


@pytest.fixture(autouse=True)
def operations(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Open, Say, Read, Within, Unhandled):
        monkeypatch.setitem(registry.REQUESTS, kind.ROP_ID, kind)


LOGIN = Login(AccountId(1), "alice@example.org")


class Desk:
    """A session, and what was done in it."""

    def __init__(self) -> None:
        self.session, self.done = MailboxSession(LOGIN), list[str]()
        self.go: asyncio.Event | None = None
        self.seconds = 0.0
        """For which it works at what it says."""
        handlers: dict[type[RopRequest], Any] = {
            RopReleaseRequest: release,
            Open: self._open,
            Say: self._say,
            Read: self._read,
            Within: self._within,
        }
        self.processor = Processor(handlers, Logger("test"))
        settings, tracing = MapiSettings(executes_per_account=1), Tracing(Tracer())
        self.mailbox = Mailbox(cast(Any, None), Memberships(), self.processor, settings, tracing)

    async def _open(self, call: Call, rop: Open) -> bytes:
        if rop.handle_index == 99:
            raise RopError(ErrorCode.ecAccessDenied)
        call.put(rop.output_handle_index, ServerObject(rop.logon_id))
        self.done.append("open")
        return pack("<BBI", rop.ROP_ID, rop.response_index, 0)

    async def _within(self, call: Call, rop: Within) -> bytes:
        made = ServerObject(call.object(rop).logon_id)
        call.put(rop.output_handle_index, made)
        return pack("<BBI", rop.ROP_ID, rop.response_index, 0)

    async def _say(self, call: Call, rop: Say) -> bytes:
        call.object(rop)
        if rop.size > call.room:
            raise DoesNotFit(rop.size)
        self.done.append(f"say {rop.size}")
        time.sleep(self.seconds)  # noqa: ASYNC251
        return pack("<BBI", rop.ROP_ID, rop.response_index, 0) + bytes(rop.size - 6)

    async def _read(self, call: Call, rop: Read) -> bytes | More:
        if self.go is not None:
            await self.go.wait()
        now = min(rop.count, call.room - 6)
        response = pack("<BBI", rop.ROP_ID, rop.response_index, 0) + bytes(now)
        if now == rop.count:
            return response
        return More(response, Read(rop.logon_id, rop.handle_index, rop.count - now), 0x2000)

    async def call(
        self, count: int, flags: ExecuteFlags, most: int, client: Version | None = None, times: int = 1
    ) -> list[RopBuffer]:
        """An Execute that reads; the buffers of its response."""
        buffer = format_extended(RopBuffer(Read(4, 0, count).format() * times, (7,)).format())
        request = ExecuteRequest(flags, buffer, most)
        body = await self.mailbox.execute(mapi_requests.Call(LOGIN, request, client, self.session))
        assert body[4:8] == bytes(4)
        size = unpack("<I", body[12:16])[0]
        assert size <= most
        return [parse_rop_buffer(payload) for payload in parse_extended(body[16 : 16 + size])]

    def run(self, rops: list[RopRequest] | bytes, handles: list[int], size: int = 0x8000) -> RopBuffer:
        raw = rops if isinstance(rops, bytes) else b"".join(rop.format() for rop in rops)
        return asyncio.run(self.processor.execute(self.session, RopBuffer(raw, tuple(handles)), size)).buffer


def test_handles() -> None:
    """R4548, R4550, R4556 to R4560, R4565, R4488, R4665, R4707, R4716 to R4719, R4537: in order, and a handle that one
    makes the next one uses."""
    desk = Desk()
    answer = desk.run([Open(0, 0, 1), Say(0, 1, 8), Open(0, 0, 0)], [EMPTY, EMPTY])
    assert answer.rops == bytes.fromhex("E00100000000 E10100000000 0000 E00000000000".replace(" ", ""))
    assert answer.handles == (1, 0)
    assert len(set(answer.handles) - {EMPTY}) == 2


def test_failures_in_their_own_form() -> None:
    """R669, R670, R672, R674, R773, R774, R776, R779: PartialCompletion is there although the operation failed."""
    delete = RopDeleteFolderRequest(0, 0, DeleteFolderFlags(0), ObjectId(1, 13))
    move = RopMoveCopyMessagesRequest(0, 1, 2, (), False, False)
    answer = Desk().run([delete, move], [1])
    assert answer.rops == bytes.fromhex("1D0002010480 00 330102010480 00")


def test_table_grows() -> None:
    """R4563: the table has a slot for each index that a response names."""
    assert Desk().run([Open(0, 0, 3)], [7]).handles == (7, EMPTY, EMPTY, 0)
    assert Desk().run([Say(0, 3, 8)], [7]).handles == (7, EMPTY, EMPTY, EMPTY)
    assert Desk().run([RopReleaseRequest(0, 3)], [7]).handles == (7,)


@pytest.mark.parametrize(
    ("rop", "handles", "code"),
    [
        (Say(0, 0, 8), [EMPTY], 0x4B9),
        (Say(0, 0, 8), [77], 0x4B9),
        (Say(0, 5, 8), [0], 0x4B9),
        (Say(0, 0, 8), [], 0x4B9),
        (Say(1, 0, 8), [0], 0x80070005),
        (Say(0, 0, 8), [1], 0x80040108),
    ],
    ids=["empty slot", "never given", "index beyond the table", "no table", "another logon", "released"],
)
def test_what_is_not_there(rop: RopRequest, handles: list[int], code: int) -> None:
    """R4552 to R4555, R4712, R457301, R457302, R457303, R471201, R4714001: the answer tells why, and the list goes
    on."""
    desk = Desk()
    desk.run([Open(0, 0, 0), Open(0, 0, 1), RopReleaseRequest(0, 1)], [EMPTY, EMPTY])
    answer = desk.run([rop, Open(0, 0, 0)], handles)
    assert answer.rops[:6] == pack("<BBI", 0xE1, rop.handle_index, code)
    assert answer.rops[6] == 0xE0


def test_failure_clears_its_slot() -> None:
    """An operation that fails leaves no handle, and those that build on it fail as well."""
    desk = Desk()
    answer = desk.run([Open(0, 99, 1), Say(0, 1, 8)], [5, 6])
    assert answer.rops == pack("<BBIBBI", 0xE0, 1, 0x80070005, 0xE1, 1, 0x4B9)
    assert answer.handles == (5, EMPTY)


def test_one_slot_for_both() -> None:
    """What an operation works on may stand where the object that it makes will (R4558)."""
    desk = Desk()
    desk.run([Open(0, 0, 0)], [EMPTY])
    assert desk.run([Within(0, 0, 0)], [0]).handles == (1,)
    answer = desk.run([Within(0, 0, 0)], [77])
    assert (answer.rops, answer.handles) == (pack("<BBI", 0xE4, 0, 0x4B9), (EMPTY,))


def test_not_supported() -> None:
    """A known operation that nobody handles is answered; the others are done."""
    assert Desk().run([Unhandled(0, 0), Open(0, 0, 0)], [EMPTY]).rops[:6] == pack("<BBI", 0xE2, 0, 0x80040102)


@pytest.mark.parametrize("raw", [b"\x00\0\0", b"\xee\0\0", b"\x01", b"\x01\0", b"\xe0\0\0", b"\xe1\0\0\1"])
def test_unreadable_list(raw: bytes) -> None:
    """R4551, R16, R180001, R180005, R18, R213: 0x4B6 for all of them, as for RopIds that nothing has, and none is done,
    also not what stood before."""
    desk = Desk()
    with pytest.raises(ExecuteFailed) as failed:
        desk.run(Open(0, 0, 0).format() + raw, [EMPTY])
    assert failed.value.code == 0x4B6
    assert desk.done == []


def test_release() -> None:
    """R4566 to R4573, R4580, R4581: no response, also for what is not there; the handle is gone, its slot stays."""
    desk = Desk()
    desk.run([Open(0, 0, 0)], [EMPTY])
    answer = desk.run([RopReleaseRequest(0, 0), RopReleaseRequest(0, 9), Say(0, 0, 8)], [0])
    assert answer.rops == pack("<BBI", 0xE1, 0, 0x80040108)
    assert answer.handles == (0,)
    assert len(desk.session) == 0


def test_empty_list() -> None:
    """An Execute without operations fetches news alone."""
    assert Desk().run([], [3, 4]) == RopBuffer(b"", (3, 4))


def test_buffer_too_small() -> None:
    """R4439, R4443 to R4447, R4517 to R4519, R4545, R454502: what does not fit is not done and is sent
    back; with as much room as it is said to need, it is done."""
    desk = Desk()
    desk.run([Open(0, 0, 0)], [EMPTY])
    answer = desk.run([Say(0, 0, 100), Say(0, 0, 500), Say(0, 0, 7)], [0], 400)
    rest = Say(0, 0, 500).format() + Say(0, 0, 7).format()
    needed = 8 + 6 + 500 + 3 + len(Say(0, 0, 7).format())
    assert answer.rops[100:] == pack("<BH", 0xFF, needed) + rest
    assert desk.done[1:] == ["say 100"]
    desk.run(rest, [0], needed - 8)
    assert desk.done[1:] == ["say 100", "say 500", "say 7"]


async def turns_beside(desk: Desk, rops: bytes) -> tuple[int, asyncio.Task[Any]]:
    """How often others have their turn until this list is done; and that."""
    work = asyncio.create_task(desk.processor.execute(desk.session, RopBuffer(rops, (0,)), 0x8000))
    seen = 0
    while not work.done():
        seen += 1
        await asyncio.sleep(0)
    return seen, work


def test_others_have_their_turn() -> None:
    """However many operations a list has, and though none of them waits for anything."""

    desk = Desk()
    desk.run([Open(0, 0, 0)], [EMPTY])
    desk.seconds = 0.006
    seen, _ = asyncio.run(turns_beside(desk, Say(0, 0, 7).format() * 20))
    assert seen >= 20
    assert desk.done[1:] == ["say 7"] * 20


def test_others_have_their_turn_while_a_list_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any of it is done, and though it cannot be read in the end."""

    monkeypatch.setattr(turns, "TURN", 0)
    seen, work = asyncio.run(turns_beside(Desk(), RopReleaseRequest(0, 0).format() * 100 + b"\x01"))
    assert seen >= 100
    assert isinstance(work.exception(), ExecuteFailed)


def test_a_list_that_fits_nowhere() -> None:
    """R454505: nor is a list sent back for ever, whose first response and last operations no buffer can hold."""
    desk = Desk()
    desk.run([Open(0, 0, 0)], [EMPTY])
    rest = [Say(0, 0, 1)] * (20_000 // len(Say(0, 0, 1).format()))
    with pytest.raises(ExecuteFailed) as failed:
        desk.run([Say(0, 0, 20_000), *rest], [0])
    assert (failed.value.code, desk.done) == (0x47D, ["open"])


def test_what_was_done_is_answered() -> None:
    """R4545: however little room there is, no response of an operation that was done is lost."""
    for size in range(6, 200):
        desk = Desk()
        desk.run([Open(0, 0, 0)], [EMPTY])
        try:
            answer = desk.run([Say(0, 0, 20)] * 5, [0], size)
        except ExecuteFailed:
            assert desk.done == ["open"]
            continue
        assert len(answer.format()) <= size
        assert answer.rops.count(pack("<BBI", 0xE1, 0, 0)) == len(desk.done) - 1


def test_the_table_has_its_room() -> None:
    """R4563: that it will grow is known before anything is done."""
    for size in range(1_000, 1_200):
        desk = Desk()
        desk.run([Open(0, 0, 0)], [EMPTY])
        with contextlib.suppress(ExecuteFailed):
            answer = desk.run([Say(0, 0, 100), Open(0, 0, 250)], [0], size)
            assert len(answer.format()) <= size
            assert answer.rops.startswith(pack("<BBI", 0xE1, 0, 0)) == ("say 100" in desk.done)


def test_more_than_any_buffer() -> None:
    """R454505, R454509: what fits into no buffer at all fails with 0x47D."""
    desk = Desk()
    desk.run([Open(0, 0, 0)], [EMPTY])
    with pytest.raises(ExecuteFailed) as failed:
        desk.run([Say(0, 0, 40_000)], [0])
    assert failed.value.code == 0x47D


def test_backoff() -> None:
    """R4451 to R4459, R4463: every operation of one logon, for so many milliseconds."""
    assert RopBackoff(3, 5000).format() == bytes.fromhex("F9 03 88130000 00 0000")


@pytest.mark.parametrize(
    ("flags", "count", "most", "read"),
    [
        (4, 100_000, 0x40000, [32_756, 32_756, 32_756, 1732]),
        (0, 100_000, 0x40000, [32_756]),
        (4, 100_000, 0x8008, [32_756]),
        (4, 100_000, 0xA000, [32_756]),
        (4, 100_000, 0xB000, [32_756, 12_260]),
        (4, 10, 0x40000, [10]),
        (5, 60_000, 0x40000, [32_756, 27_244]),
    ],
)
def test_packing(flags: int, count: int, most: int, read: list[int]) -> None:
    """MS-OXCRPC R775, R777, R790, R958, R1280, R1628, R4852, R642, R959, R961 to R965, R967, R968, R970, R972, R778,
    R779: what the last operation has left goes into further buffers, if the client takes them and there is room that is
    worth while; never more than was asked for."""
    buffers = asyncio.run(Desk().call(count, ExecuteFlags(flags), most))
    assert [len(buffer.rops) - 6 for buffer in buffers] == read
    assert {(buffer.rops[:6], buffer.handles) for buffer in buffers} == {(pack("<BBI", 0xE3, 0, 0), (7,))}


def test_busy() -> None:
    """R4541 to R4544, R4450, R4512, R4514: beyond an account's share, a client that knows RopBackoff gets it in place
    of all responses, any other a busy server."""

    async def talk() -> None:
        desk = Desk()
        desk.go = asyncio.Event()
        first = asyncio.create_task(desk.call(1, ExecuteFlags(3), 0x8000))
        await asyncio.sleep(0)
        [answer] = await desk.call(1, ExecuteFlags(3), 0x8000, (15, 0, 4815, 1002), times=3)
        assert answer == RopBuffer(RopBackoff(4, 1000).format(), (7,))
        for client in ((12, 0, 4228, 0), None):
            with pytest.raises(mapi_requests.RpcFailure, match="0x6bb"):
                await desk.call(1, ExecuteFlags(3), 0x8000, client)
        desk.go.set()
        await first
        [answer] = await desk.call(1, ExecuteFlags(3), 0x8000)
        assert answer.rops[0] == 0xE3

    asyncio.run(talk())


def test_news() -> None:
    """R453901, R453902, R4506, R452201, R452202, R4693031: notifications follow the responses as far as they fit, then
    RopPending."""
    desk = Desk()
    for number in range(3):
        desk.session.news.notify(bytes([0x2A, number]) + bytes(8))
    assert asyncio.run(desk.session.news.wait(5))
    answer = desk.run([Open(0, 0, 0)], [EMPTY], 6 + 6 + 25)
    assert answer.rops[6:] == b"\x2a\0" + bytes(8) + b"\x2a\1" + bytes(8) + b"\x6e\0\0"
    assert desk.run([], []).rops == b"\x2a\2" + bytes(8)
    assert not asyncio.run(desk.session.news.wait(0.01))


def test_bounds() -> None:
    """Objects and news of one session are bounded."""
    session = MailboxSession(LOGIN)
    for _ in range(MAX_OBJECTS):
        session.add(ServerObject(0))
    with pytest.raises(RopError, match="ecTooManyOpenObjects"):
        session.add(ServerObject(0))
    for number in range(MAX_NEWS + 1):
        session.news.notify(b"%d" % number)
    assert session.news.fetch(6) == b"500" + b"\x6e\0\0"
    session.release_logon(0)
    assert len(session) == 0


def test_objects_of_all_sessions_are_counted() -> None:
    """A mailbox has many sessions, and an account has so much memory for all of them."""
    memory, sessions = Memory(3 * WEIGHT), [MailboxSession(LOGIN), MailboxSession(LOGIN)]
    for session in sessions:
        session.memory = memory.of(LOGIN.account)
    handles = [session.add(ServerObject(0)) for session in (*sessions, sessions[0])]
    with pytest.raises(RopError, match="ecMemory"):
        sessions[1].add(ServerObject(0))
    sessions[0].release(handles[0])
    sessions[0].release(handles[0])
    sessions[1].add(ServerObject(0))
    sessions[0].close()
    assert sessions[1].add(ServerObject(0))
    with pytest.raises(RopError, match="ecMemory"):
        sessions[1].add(ServerObject(0))


def test_handles_begin_with_the_logon_id() -> None:
    """R4556: the logon, the first object of its LogonId, is where programs written for Exchange look for it."""
    session = MailboxSession(LOGIN)
    given = [session.add(ServerObject(logon_id)) for logon_id in (0x8F, 0x8F, 3, 0x8F, 0)]
    assert given == [0x8F000000, 0x8F000001, 0x03000000, 0x8F000002, 0]


def test_handles_come_round() -> None:
    """R4560: a handle is used again only when all others of its logon were, and 0xFFFFFFFF never."""
    session = MailboxSession(LOGIN)
    session._next[0xFF] = HANDLES - 2
    assert [session.add(ServerObject(0xFF)) for _ in range(3)] == [EMPTY - 1, 0xFF000000, 0xFF000001]
    session._next[0xFF] = HANDLES - 2
    assert session.add(ServerObject(0xFF)) == 0xFF000002


@given(st.binary(max_size=100), st.lists(st.integers(0, EMPTY), max_size=4), st.integers(6, 500))
@pytest.mark.fuzz
def test_any_list(raw: bytes, handles: list[int], size: int) -> None:
    """Anything ends in a buffer that fits or in an error code."""
    with contextlib.suppress(ExecuteFailed):
        assert len(Desk().run(raw, handles, size).format()) <= size


@given(st.binary(max_size=60))
@pytest.mark.fuzz
def test_any_payload(payload: bytes) -> None:
    """Read and written again it is the same."""
    with contextlib.suppress(BadSyntax):
        assert parse_rop_buffer(payload).format() == payload
