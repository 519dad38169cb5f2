"""Clients that do not keep to the rules, against a hub of several workers: they get the documented code, and the others
hear nothing of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from hubs import DOMAIN, Authority, Hub
from mapi_mailbox import mailbox_of, network_of

from posthouse.clients.mapi import Mailbox, MapiError, RequestFailed, tags
from posthouse.clients.mapi.channel import Channel, ContextGone
from posthouse.protocols.mapi.extended_buffer import format_extended
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.mailbox_responses import RpcStatus, parse_connect_response, parse_execute_response
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.transport import ResponseCode

AT_ONCE = 20
MANY = 1000
PER_ACCOUNT = 16
FLAGS = ExecuteFlags.NO_COMPRESSION | ExecuteFlags.NO_XOR_MAGIC
BUSY = 0x6BB
"""RPC_S_SERVER_TOO_BUSY."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Hub]:
    sections = {"workers": 3, "mapi": {"enabled": True, "contexts": 200, "contexts_per_account": PER_ACCOUNT}}
    hub = Hub(tmp_path_factory.mktemp("hostile"), authority, sections)
    hub.command("domain", "add", DOMAIN)
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.log_text()
    assert "Traceback" not in hub.log_text()


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def execute(rops: bytes = b"", handles: tuple[int, ...] = (), most: int = 0x8000) -> bytes:
    return ExecuteRequest(FLAGS, format_extended(RopBuffer(rops, handles).format()), most).format()


def channel_of(hub: Hub, mailbox: Mailbox, *, cookies: bool = True) -> Channel:
    """Another connection of the same client, which may lead to another worker."""
    own = mailbox.link.session._channel
    other = Channel(mailbox.settings.mailbox_url, own._login, network_of(hub))
    if cookies:
        other.cookies.update(own.cookies)
    return other


async def code_of(channel: Channel, kind: str, body: bytes) -> int:
    try:
        await channel.request(kind, body)
    except RequestFailed as failed:
        return failed.code
    except ContextGone:
        return ResponseCode.CONTEXT_NOT_FOUND
    finally:
        channel.close()
    return 0


def test_requests_at_once(hub: Hub) -> None:
    """MS-OXCMAPIHTTP R1227, R1228: of many in one context with the same sequence one is done; the others are told that
    it was not their turn."""
    person = hub.person()

    async def work() -> None:
        async with await mailbox_of(hub, person) as mailbox:
            channels = [channel_of(hub, mailbox) for _ in range(AT_ONCE)]
            codes = Counter(await asyncio.gather(*(code_of(one, "Execute", execute()) for one in channels)))
            assert codes == {0: 1, ResponseCode.INVALID_SEQUENCE: AT_ONCE - 1}

    run(work())


def test_cookies_of_somebody_else(hub: Hub) -> None:
    """MS-OXCMAPIHTTP R1225: who guesses, or has overheard, the cookies of another's session learns that there is none;
    its owner is not disturbed."""
    alice, mallory = hub.person(), hub.person()

    async def work() -> None:
        async with await mailbox_of(hub, alice) as mailbox, await mailbox_of(hub, mallory) as other:
            before = mailbox.link.session.epoch
            for kind, body in (("Execute", execute()), ("Disconnect", bytes(4)), ("PING", b"")):
                channel = channel_of(hub, other, cookies=False)
                channel.cookies.update(mailbox.link.session._channel.cookies)
                assert await code_of(channel, kind, body) == ResponseCode.CONTEXT_NOT_FOUND
            assert await mailbox.tree()
            assert mailbox.link.session.epoch == before

    run(work())


@pytest.mark.timeout(300)
def test_contexts_by_the_thousand(hub: Hub) -> None:
    """Of one account: the oldest make room for the newest. Another account's session goes on."""
    alice, mallory = hub.person(), hub.person()

    async def connect(mailbox: Mailbox) -> int:
        channel = channel_of(hub, mailbox, cookies=False)
        try:
            body = await channel.request("Connect", ConnectRequest(mailbox.settings.legacy_dn).format())
            return parse_connect_response(body).error_code
        except RpcStatus as failed:
            return failed.status
        finally:
            channel.close()

    async def work() -> None:
        async with await mailbox_of(hub, alice) as mailbox, await mailbox_of(hub, mallory) as other:
            before = mailbox.link.session.epoch
            found: Counter[int] = Counter()
            for _ in range(MANY // AT_ONCE):
                found.update(await asyncio.gather(*(connect(other) for _ in range(AT_ONCE))))
            assert set(found) <= {0, BUSY}
            assert found[0] > MANY // 2
            assert await mailbox.tree()
            assert mailbox.link.session.epoch == before

    run(work())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (execute(b"\x02"), 0x4B6),
        (execute(b"\xee\0\0"), 0x4B6),
        (execute(b"\x07\0\0\0\0\0\0\xff\xff"), 0x4B6),
        (execute(b"\x0a\0\0\xff\xff\xff\xff"), 0x4B6),
        (execute(b"\x1e\0\0\0\0\xff\xff" + bytes(8)), 0x4B6),
        (ExecuteRequest(FLAGS, b"", 0x8000).format(), 0x80040115),
        (ExecuteRequest(FLAGS, bytes(9), 0x8000).format(), 0x4B6),
        (execute(most=4), 0),
    ],
    ids=["no end", "no such operation", "tags", "values", "messages", "no buffer", "half a buffer", "no room"],
)
def test_counts_that_promise_too_much(hub: Hub, body: bytes, code: int) -> None:
    """MS-OXCROPS R4551: nothing is done, the list as a whole fails, and the session goes on; where there is no room for
    an answer, that is no failure."""
    person = hub.person()

    async def work() -> None:
        async with await mailbox_of(hub, person) as mailbox:
            session = mailbox.link.session
            assert parse_execute_response(await session._channel.request("Execute", body)).error_code == code
            before = session.epoch
            with await mailbox.inbox() as inbox:
                assert await inbox.rows(tags.PidTagSubject) == []
            assert session.epoch == before

    run(work())


def test_bodies_that_are_too_large(hub: Hub) -> None:
    """A megabyte of nothing is refused before it is looked at."""
    person = hub.person()

    async def work() -> None:
        async with await mailbox_of(hub, person) as mailbox:
            with pytest.raises(MapiError):
                await mailbox.link.session._channel.request("Execute", bytes(1_000_000))
            assert await mailbox.tree()

    run(work())
