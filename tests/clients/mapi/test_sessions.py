"""Sessions that break, and servers that are asked for what there is not: nothing is done twice, nothing is lost in
silence, and every refusal has its name."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from cutting_proxy import cutting_proxy
from mapi_mailbox import network_of_mail_hub
from mapi_session import mapi_hub

from posthouse.clients.mapi import (
    CallFailed,
    DiscoveryFailed,
    LoginRefused,
    Mailbox,
    Network,
    ObjectLost,
    RequestFailed,
    RopFailed,
    SessionLost,
    Unreachable,
    connect,
    tags,
)
from posthouse.clients.mapi.channel import Channel
from posthouse.clients.mapi.refs import Ref
from posthouse.protocols.mapi.error_codes import ErrorCode
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.mailbox import ConnectRequest
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.rops.folder import RopGetContentsTableRequest, RopGetContentsTableResponse
from posthouse.protocols.mapi.rops.table import (
    AsynchronousFlags,
    QueryRowsFlags,
    RopQueryRowsRequest,
    RopSetColumnsRequest,
)
from posthouse.protocols.mapi.transport import ResponseCode
from posthouse.servers.mapi.settings import MapiSettings
from posthouse.testing import MailHub

WHO, PASSWORD = "alice@example.org", "secret"


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", hostname="example.org") as hub:
        yield hub


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def mailbox_of(hub: MailHub, network: Network | None = None) -> Mailbox:
    return await connect(WHO, PASSWORD, network=network or network_of_mail_hub(hub))


def forget_sessions(hub: MailHub) -> None:
    """As if the worker had been started again."""
    assert hub._loop is not None
    hub._loop.call_soon_threadsafe(hub.running.mapi._mailboxes.close)


# finding the server


def test_a_wrong_password(hub: MailHub) -> None:
    async def work() -> None:
        with pytest.raises(LoginRefused):
            await connect(WHO, "wrong", network=network_of_mail_hub(hub))

    run(work())


def test_nobody_of_that_name(hub: MailHub) -> None:
    """The server knows the login, but no mailbox of that address."""

    async def work() -> None:
        with pytest.raises(DiscoveryFailed, match="500"):
            await connect("nobody@example.org", PASSWORD, login=WHO, network=network_of_mail_hub(hub))

    run(work())


def test_a_certificate_of_somebody_else(hub: MailHub) -> None:
    """The password is not sent to a server that nobody vouches for."""

    async def work() -> None:
        with pytest.raises(DiscoveryFailed, match=r"(?i)certificate"):
            await connect(
                WHO, PASSWORD, network=Network(hosts={"example.org": ("127.0.0.1", hub.https.port)}, resolver=None)
            )

    run(work())


# broken connections


@pytest.mark.parametrize("cuts", [1, 2])
def test_an_answer_that_is_lost(hub: MailHub, cuts: int) -> None:
    """A change whose response nobody has read is not made again: its client hears that, and works
    in a new session. What only reads is asked again."""

    async def work() -> None:
        async with cutting_proxy(hub.https.port) as proxy:
            network = Network(hub.client_context(), {"example.org": ("127.0.0.1", proxy.port)}, resolver=None)
            async with await mailbox_of(hub, network) as mailbox:
                with await mailbox.inbox() as inbox, await inbox.create_message() as message:
                    await message.set_subject(f"once {cuts}")
                    proxy.cut_answers = cuts
                    with pytest.raises(SessionLost):
                        await message.save()
                    proxy.cut_answers = cuts
                    subjects = [subject for (subject,) in await inbox.rows(tags.PidTagSubject)]
                    assert proxy.cut_answers == 0
                    assert subjects.count(f"once {cuts}") == 1

    run(work())


def test_a_server_that_never_answers(hub: MailHub) -> None:
    """After some attempts it is unreachable; when it answers again, so does the mailbox. Nor does it harm to give up
    waiting."""

    async def work() -> None:
        async with cutting_proxy(hub.https.port) as proxy:
            network = Network(hub.client_context(), {"example.org": ("127.0.0.1", proxy.port)}, resolver=None)
            async with await mailbox_of(hub, network) as mailbox:
                proxy.cut_answers = 100
                with pytest.raises(Unreachable):
                    await mailbox.tree()
                proxy.cut_answers = 0
                assert await mailbox.tree()
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0):
                        await mailbox.tree()
                assert await mailbox.tree()

    run(work())


# lost sessions


def test_a_session_is_lost(hub: MailHub) -> None:
    """Folders, and messages that were only to be read, are opened again by themselves; what was saved is there;
    what was not is lost, and whoever goes on with it hears so."""

    async def work() -> None:
        async with await mailbox_of(hub) as mailbox:
            inbox = await mailbox.inbox()
            with await inbox.create_message() as draft:
                await draft.set_subject("saved")
                id = await draft.save()
            message, other = await inbox.open_message(id), await inbox.create_message()
            forget_sessions(hub)
            assert "saved" in [subject for (subject,) in await inbox.rows(tags.PidTagSubject)]
            assert await message.value(tags.PidTagSubject) == "saved"
            with pytest.raises(ObjectLost):
                await other.set_subject("lost")
            with pytest.raises(ObjectLost):
                await other.save()

    run(work())


def test_a_session_is_lost_on_the_way(hub: MailHub) -> None:
    """Of a change whose answer was lost together with the session nobody knows whether it was done: it is not done
    again."""

    async def work() -> None:
        async with cutting_proxy(hub.https.port) as proxy:
            network = Network(hub.client_context(), {"example.org": ("127.0.0.1", proxy.port)}, resolver=None)
            async with await mailbox_of(hub, network) as mailbox:
                inbox = await mailbox.inbox()
                proxy.cut_answers = 1
                creating = asyncio.create_task(inbox.create_folder("Only once"))
                await proxy.cut.wait()
                forget_sessions(hub)
                with pytest.raises(SessionLost):
                    await creating
                assert [one.name for one in await inbox.folders()].count("Only once") <= 1

    run(work())


def test_objects_are_released(hub: MailHub) -> None:
    """The server forgets what the client has closed, with the next request."""

    async def work() -> None:
        async with await mailbox_of(hub) as mailbox:
            [context] = hub.running.mapi._mailboxes._contexts.values()
            before = len(context.session)
            for _ in range(5):
                (await mailbox.inbox()).close()
            await mailbox.link.session.perform()
            assert len(context.session) == before

    forget_sessions(hub)
    run(work())


# what there is not


def test_stale_handles(hub: MailHub) -> None:
    """Of an object that was never opened, and of one that was released."""

    async def work() -> None:
        async with await mailbox_of(hub) as mailbox:
            session, inbox, table = mailbox.link.session, await mailbox.inbox(), Ref()
            invented = Ref()
            invented.handle, invented.epoch = 4711, session.epoch
            with pytest.raises(RopFailed) as failed:
                await session.get(
                    lambda at: RopGetContentsTableRequest(0, at(invented), at(table)), RopGetContentsTableResponse
                )
            assert failed.value.code == ErrorCode.ecNullObject
            inbox.close()
            with pytest.raises(ObjectLost):
                await inbox.rows(tags.PidTagSubject)
            with pytest.raises(RopFailed, match="ecNotFound"):
                await mailbox.open(ObjectId(OWN_REPLICA, 123_456_789))

    run(work())


def test_cookies_that_are_wrong(hub: MailHub) -> None:
    """MS-OXCMAPIHTTP 2.2.3.3.3: none, nonsense, an old sequence, two requests at once."""

    async def work() -> None:
        async with await mailbox_of(hub) as mailbox:
            channel = mailbox.link.session._channel
            good = dict(channel.cookies)

            async def code_of(cookies: dict[str, str]) -> int:
                other = Channel(mailbox.settings.mailbox_url, channel._login, network_of_mail_hub(hub))
                other.cookies.update(cookies)
                try:
                    with pytest.raises(RequestFailed) as failed:
                        await other.request("Execute", EMPTY)
                finally:
                    other.close()
                return failed.value.code

            assert await code_of({}) == ResponseCode.MISSING_COOKIE
            assert await code_of({**good, "MapiContext": "nonsense"}) == ResponseCode.INVALID_CONTEXT_COOKIE
            assert await code_of({**good, "MapiSequence": "old"}) == ResponseCode.INVALID_SEQUENCE
            assert await mailbox.tree()

    run(work())


EMPTY = bytes.fromhex("03000000 0a000000 0000 0400 0200 0200 0200 00800000 00000000")


def test_many_contexts(hub: MailHub) -> None:
    """More than an account may have: the oldest makes room, and whose it was connects anew."""

    async def work() -> None:
        async with await mailbox_of(hub) as mailbox:
            login, dn = mailbox.link.session._channel._login, mailbox.settings.legacy_dn
            before = mailbox.link.session.epoch
            for _ in range(MapiSettings().contexts_per_account + 5):
                other = Channel(mailbox.settings.mailbox_url, login, network_of_mail_hub(hub))
                await other.request("Connect", ConnectRequest(dn).format())
                other.close()
            assert await mailbox.tree()
            assert mailbox.link.session.epoch > before

    run(work())


def test_huge_counts(hub: MailHub) -> None:
    """Of columns, of rows, of bytes: what is too much is refused, and the session goes on."""

    async def work() -> None:
        async with await mailbox_of(hub) as mailbox:
            inbox = await mailbox.inbox()
            with await inbox.contents() as table:
                many = tuple(PropertyTag(number, PropertyType.INTEGER32) for number in range(1, 7000))
                with pytest.raises(RopFailed, match="ecInvalidParameter"):
                    await table.columns(*many)
                await table.columns(tags.PidTagMid)
                await mailbox.link.session.perform(
                    lambda at: RopQueryRowsRequest(0, at(table.ref), QueryRowsFlags(0), True, 0xFFFF)
                )
                with pytest.raises(CallFailed, match="ecBufferTooSmall"):
                    await mailbox.link.session.perform(
                        lambda at: RopSetColumnsRequest(0, at(table.ref), AsynchronousFlags(0), many * 2)
                    )
            assert await mailbox.tree()

    run(work())
