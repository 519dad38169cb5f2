"""News of a mailbox, as it happens: whoever made it happen, by whichever protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing

import pytest
from mapi_mailbox import network_of_mail_hub
from mapi_session import deliver, imap_of, mapi_hub

from posthouse.clients.mapi import Mailbox, Missed, Special, connect, tags
from posthouse.protocols.mapi.rops.notification_data import (
    NewMail,
    NotificationFlags,
    ObjectCreated,
    ObjectModified,
)
from posthouse.testing import MailHub

Work = Callable[[Mailbox], Awaitable[None]]


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", hostname="example.org") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> Callable[[Work], None]:
    async def run(work: Work) -> None:
        async with (
            asyncio.timeout(60),
            await connect("alice@example.org", "secret", network=network_of_mail_hub(hub)) as mailbox,
        ):
            await work(mailbox)

    return lambda work: asyncio.run(run(work))


def test_new_mail(hub: MailHub, alice: Callable[[Work], None]) -> None:
    """By SMTP; the event says where it is, and it can be read while the next one is waited for."""

    async def work(mailbox: Mailbox) -> None:
        async with aclosing(mailbox.notifications(NotificationFlags.NEW_MAIL)) as news:
            waiting = asyncio.ensure_future(anext(news))
            await mailbox.tree()  # the subscription is made first
            deliver(hub, "alice", "the first")
            event = await waiting
            assert isinstance(event, NewMail)
            assert event.message_id is not None
            with await mailbox.open(event.folder_id) as folder, await folder.open_message(event.message_id) as message:
                assert message.subject == "the first"

    alice(work)


def test_changes_by_others(hub: MailHub, alice: Callable[[Work], None]) -> None:
    """A flag by IMAP, a folder by MAPI in another session; two who listen hear what each wants to."""

    async def work(mailbox: Mailbox) -> None:
        deliver(hub, "alice", "to be flagged")
        async with (
            aclosing(mailbox.notifications(NotificationFlags.OBJECT_MODIFIED)) as modified,
            aclosing(mailbox.notifications(NotificationFlags.OBJECT_CREATED)) as created,
        ):
            both = [asyncio.ensure_future(anext(news)) for news in (modified, created)]
            await mailbox.tree()
            with imap_of(hub, "alice") as client:
                client.select_folder("INBOX")
                client.add_flags(client.search(), ["\\Flagged"])
                client.create_folder("Made by IMAP")
            flagged, made = await asyncio.gather(*both)
            assert isinstance(flagged, ObjectModified)
            assert flagged.folder_id == mailbox.id_of(Special.INBOX)
            assert isinstance(made, ObjectCreated)

    alice(work)


def test_a_session_is_lost(hub: MailHub, alice: Callable[[Work], None]) -> None:
    """What happened meanwhile nobody knows, and the event says so; then they come again."""

    async def work(mailbox: Mailbox) -> None:
        async with aclosing(mailbox.notifications(NotificationFlags.NEW_MAIL)) as news:
            waiting = asyncio.ensure_future(anext(news))
            await mailbox.tree()
            assert hub._loop is not None
            hub._loop.call_soon_threadsafe(hub.running.mapi._mailboxes.close)
            assert await waiting == Missed()
            waiting = asyncio.ensure_future(anext(news))
            await mailbox.tree()
            deliver(hub, "alice", "after it")
            assert isinstance(await waiting, NewMail)

    alice(work)


def test_the_subscription_ends(hub: MailHub, alice: Callable[[Work], None]) -> None:
    """With its iterator; the mailbox goes on."""

    async def work(mailbox: Mailbox) -> None:
        for _ in range(3):
            async with aclosing(mailbox.notifications()) as news:
                waiting = asyncio.ensure_future(anext(news))
                await mailbox.tree()
                waiting.cancel()
                await asyncio.wait([waiting])
        deliver(hub, "alice", "after them")
        with await mailbox.inbox() as inbox:
            assert ("after them",) in await inbox.rows(tags.PidTagSubject)

    alice(work)
