"""The MAPI client library against a hub of several workers: what one protocol does, the others see."""

from __future__ import annotations

import asyncio
import email
import email.policy
import os
import signal
from collections.abc import Coroutine, Iterator
from contextlib import aclosing
from email.message import EmailMessage
from typing import Any, TypeVar

import pytest
from hubs import DOMAIN, Authority, Hub
from imapclient.exceptions import LoginError
from mapi_mailbox import mailbox_of
from programs import eventually

from posthouse.clients.mapi import Folder, Mailbox, Method, Missed, ObjectLost, Recipient, Special, tags
from posthouse.protocols.mapi.restrictions import Direction, SortOrder
from posthouse.protocols.mapi.rops.message import MessageOpenMode
from posthouse.protocols.mapi.rops.notification_data import NewMail
from posthouse.protocols.mapi.rops.recipient import RecipientType

T = TypeVar("T")

LARGE = bytes(range(256)) * 1500
"""More than fits into one request or response."""
FLAGGED = 2
"""PidTagFlagStatus, followupFlagged ([MS-OXOFLAG] 2.2.1.1)."""
NOWHERE = {"smarthost": "127.0.0.1:1"}
"""What goes to other domains stays in the queue."""
AS_SENT = (SortOrder(tags.PidTagSubject, Direction.ASCENDING),)
"""Subjects are numbers; without an order a table begins with the newest, and one second has several."""
HTML = "<html><body><p>Grüße, <b>7 °C</b></p></body></html>"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Hub]:
    hub = Hub(tmp_path_factory.mktemp("mapi"), authority, {"workers": 3, "mapi": {"enabled": True}, "relay": NOWHERE})
    hub.command("domain", "add", DOMAIN)
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.log_text()


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def written() -> EmailMessage:
    """With everything that a message can have."""
    inner = EmailMessage(policy=email.policy.SMTP)
    inner["From"], inner["To"], inner["Subject"] = "Carol <carol@example.net>", "dan@example.net", "The inner one"
    inner.set_content("within\n")
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = "Zoë <zoe@example.net>", f"someone@{DOMAIN}"
    message["Subject"], message["Message-ID"] = "Grüße aus Köln", "<one@example.net>"
    message["Date"] = "Thu, 26 Nov 2026 10:00:00 +0100"
    message.set_content("Grüße, 7 °C\n")
    message.add_alternative(HTML, subtype="html")
    message.add_attachment(LARGE, maintype="application", subtype="octet-stream", filename="große Datei.bin")
    message.add_attachment(inner)
    return message


async def only(folder: Folder) -> Any:
    [found] = await folder.message_ids()
    return found


def test_a_mail_is_read(hub: Hub) -> None:
    """Sent by SMTP: its row, its body in each form, its recipients, its attachments, the message within it."""
    person = hub.person()
    hub.send("zoe@example.net", person, written().as_bytes(), "smtp")

    async def read() -> None:
        async with await mailbox_of(hub, person) as mailbox:
            with await mailbox.inbox() as inbox:
                rows = await inbox.rows(tags.PidTagSubject, tags.PidTagSenderName, tags.PidTagHasAttachments)
                assert rows == [("Grüße aus Köln", "Zoë", True)]
                with await inbox.open_message(await only(inbox)) as message:
                    assert message.subject == "Grüße aus Köln"
                    assert (await message.text()).strip() == "Grüße, 7 °C"
                    assert "<b>7 °C</b>" in await message.html()
                    assert [one.address for one in await message.recipients()] == [f"someone@{DOMAIN}"]
                    file, attached = await message.attachments()
                    assert (file.name, file.media_type) == ("große Datei.bin", "application/octet-stream")
                    with await message.open_attachment(file.number) as attachment:
                        assert await attachment.read() == LARGE
                    assert attached.method == Method.EMBEDDED_MESSAGE
                    with (
                        await message.open_attachment(attached.number) as attachment,
                        await attachment.open_message() as within,
                    ):
                        assert within.subject == "The inner one"
                        assert (await within.text()).strip() == "within"

    run(read())


def test_a_tree_of_folders(hub: Hub) -> None:
    """Made, renamed, moved and deleted by MAPI; IMAP sees each step, and makes one that MAPI sees."""
    person = hub.person()

    def seen() -> set[str]:
        with hub.imap(person) as client:
            return {path for _, _, path in client.list_folders()}

    async def change() -> None:
        async with await mailbox_of(hub, person) as mailbox:
            top = await mailbox.open(Special.IPM_SUBTREE)
            work = await top.create_folder("Work")
            year = await work.create_folder("2026")
            assert {"Work", "Work/2026"} <= seen()
            await work.rename("Arbeit")
            assert {"Arbeit", "Arbeit/2026"} <= seen()
            assert await work.move_folder(year.id, top, "This year")
            assert "This year" in seen()
            assert await top.delete_folder(work.id)
            assert "Arbeit" not in seen()
            with hub.imap(person) as client:
                client.create_folder("By IMAP/Below")
            assert [(one.name, one.depth) for one in await mailbox.tree() if one.name in ("By IMAP", "Below")] == [
                ("By IMAP", 0),
                ("Below", 1),
            ]
            assert await mailbox.find("by imap/BELOW") is not None
            assert await mailbox.find("by imap/nowhere") is None

    run(change())


async def write(mailbox: Mailbox, *recipients: Recipient) -> None:
    with await mailbox.open(Special.OUTBOX) as outbox, await outbox.create_message() as message:
        await message.set_subject("Größen")
        await message.set_body(text="7 °C\r\n")
        await message.set_recipients(recipients)
        await message.attach("data.bin", LARGE)
        with await message.create_attachment() as attachment:
            await attachment.set({tags.PidTagAttachMethod: int(Method.EMBEDDED_MESSAGE)})
            with await attachment.create_message() as within:
                await within.set_subject("The inner one")
                await within.set_body(text="within\r\n")
                await within.save()
            await attachment.save()
        await message.submit()


def test_a_mail_is_sent(hub: Hub) -> None:
    """To a local and to an outside recipient: the one gets it, whole and the same by IMAP and POP3; for the other it is
    in the queue; a copy, read, is in Sent Items."""
    sender, reader = hub.person(), hub.person()

    async def send() -> None:
        async with await mailbox_of(hub, sender) as mailbox:
            await write(mailbox, Recipient(reader, "The reader"), Recipient("eve@elsewhere.example", "Eve"))

    run(send())
    [raw] = hub.inbox(reader)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Subject"] == "Größen"
    assert sender in message["From"]
    assert reader in message["To"]
    assert "eve@elsewhere.example" in message["To"]
    data, within = message.iter_attachments()
    assert data.get_filename() == "data.bin"
    assert data.get_content() == LARGE
    assert within.get_content()["Subject"] == "The inner one"
    pop3 = hub.pop3(reader)
    assert b"\r\n".join(pop3.retr(1)[1]) + b"\r\n" == raw
    pop3.quit()
    assert "eve@elsewhere.example" in hub.command("queue", "list")
    with hub.imap(sender) as client:
        client.select_folder("Sent", readonly=True)
        [kept] = client.fetch(client.search(), ["FLAGS", "ENVELOPE"]).values()
        assert b"\\Seen" in kept[b"FLAGS"]
        assert kept[b"ENVELOPE"].message_id == message["Message-ID"].encode()


def test_a_draft_goes_through_all_protocols(hub: Hub) -> None:
    """Saved by MAPI, found by IMAP; the bytes that IMAP has told do not change when MAPI reads; deleted by MAPI it is
    gone for the others."""
    person = hub.person()

    async def draft() -> None:
        async with await mailbox_of(hub, person) as mailbox:
            with await mailbox.inbox() as inbox:
                with await inbox.create_message() as message:
                    await message.set_subject("A draft")
                    await message.set_body(html=HTML)
                    await message.set_recipients(
                        [Recipient("a@example.net", "A"), Recipient("b@example.net", "B", RecipientType.CC)]
                    )
                    id = await message.save()
                [before] = hub.inbox(person)
                with await inbox.open_message(id) as message:
                    assert "<b>7 °C</b>" in await message.html()
                    assert [(one.name, one.kind) for one in await message.recipients()] == [
                        ("A", RecipientType.TO),
                        ("B", RecipientType.CC),
                    ]
                assert hub.inbox(person) == [before]
                assert email.message_from_bytes(before, policy=email.policy.default)["Cc"] == "B <b@example.net>"
                assert await inbox.delete_messages([id])
                assert hub.inbox(person) == []

    run(draft())


def test_messages_are_moved_and_copied(hub: Hub) -> None:
    """Byte for byte, as IMAP sees them."""
    person = hub.person()
    for number in range(3):
        hub.send("zoe@example.net", person, b"Subject: %d\r\n\r\nbody\r\n" % number, "smtp")

    def bodies(path: str) -> list[bytes]:
        with hub.imap(person) as client:
            client.select_folder(path, readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            return [found[uid][b"BODY[]"] for uid in sorted(found)]

    before = bodies("INBOX")

    async def carry() -> None:
        async with await mailbox_of(hub, person) as mailbox:
            inbox, top = await mailbox.inbox(), await mailbox.open(Special.IPM_SUBTREE)
            other = await top.create_folder("Other")
            first, second, _ = await inbox.message_ids(order=AS_SENT)
            assert await inbox.move_messages([first], other)
            assert await inbox.move_messages([second], other, copy=True)

    run(carry())
    assert sorted(bodies("Other")) == sorted(before[:2])
    assert bodies("INBOX") == before[1:]


def test_two_clients_at_once(hub: Hub) -> None:
    """In one mailbox, in sessions of their own: nothing of either is lost."""
    person = hub.person()
    each = 10

    async def client(name: str) -> None:
        async with await mailbox_of(hub, person) as mailbox:
            with await mailbox.inbox() as inbox:
                for number in range(each):
                    with await inbox.create_message() as message:
                        await message.set_subject(f"{name}{number}")
                        await message.save()

    async def both() -> list[str]:
        await asyncio.gather(client("a"), client("b"))
        async with await mailbox_of(hub, person) as mailbox:
            with await mailbox.inbox() as inbox:
                return [subject for (subject,) in await inbox.rows(tags.PidTagSubject)]

    assert sorted(run(both())) == sorted(f"{name}{number}" for name in "ab" for number in range(each))


def test_news(hub: Hub) -> None:
    """Of what another client does through whichever worker, while one waits."""
    person = hub.person()

    async def work() -> None:
        async with (
            asyncio.timeout(60),
            await mailbox_of(hub, person) as mailbox,
            aclosing(mailbox.notifications()) as news,
        ):
            for number in range(6):  # each by a connection of its own, so the kernel chooses another worker
                waiting = asyncio.ensure_future(anext(news))
                await mailbox.tree()
                subject = b"Subject: %d\r\n\r\n" % number
                await asyncio.to_thread(hub.send, "zoe@example.net", person, subject, "smtp")
                event = await waiting
                assert not isinstance(event, Missed)
                while not isinstance(event, NewMail):
                    event = await anext(news)

    run(work())


def test_a_large_folder(hub: Hub) -> None:
    """More rows than fit into one buffer come in several, each once and in the order that was asked for."""
    person = hub.person()
    count = 700
    with hub.imap(person) as client:
        for number in range(count):
            client.append("INBOX", b"Subject: %04d %s\r\n\r\n" % (number, b"x" * 100))

    async def read() -> list[str]:
        async with await mailbox_of(hub, person) as mailbox:
            with await mailbox.inbox() as inbox:
                async with inbox.table(tags.PidTagSubject) as table:
                    await table.sort(tags.PidTagSubject)
                    assert await table.count() == count
                    return [subject[:4] async for (subject,) in table.rows()]

    assert run(read()) == [f"{number:04}" for number in range(count)]


def test_the_read_state(hub: Hub) -> None:
    """And the flag to follow a message up: set by MAPI, seen by IMAP, and the other way round."""
    person = hub.person()
    for number in range(3):
        hub.send("zoe@example.net", person, b"Subject: %d\r\n\r\nbody\r\n" % number, "smtp")

    def seen() -> list[bool]:
        with hub.imap(person) as client:
            client.select_folder("INBOX", readonly=True)
            found = client.fetch(client.search(), ["FLAGS"])
            return [b"\\Seen" in found[uid][b"FLAGS"] for uid in sorted(found)]

    async def mark() -> None:
        async with await mailbox_of(hub, person) as mailbox:
            with await mailbox.inbox() as inbox:
                first, second, third = await inbox.message_ids(order=AS_SENT)
                assert await inbox.mark([first, second], read=True)
                assert seen() == [True, True, False]
                assert await inbox.mark([first], read=False)
                with await inbox.open_message(third) as message:
                    await message.mark(read=True)
                assert seen() == [False, True, True]
                with await inbox.open_message(first, MessageOpenMode.READ_WRITE) as message:
                    await message.set({tags.PidTagFlagStatus: FLAGGED})
                    await message.save()
                with hub.imap(person) as client:
                    client.select_folder("INBOX")
                    assert client.search("FLAGGED") == [1]
                    client.set_flags([1, 2], [])
                    client.add_flags([3], ["\\Flagged"])
                rows = await inbox.rows(tags.PidTagMessageFlags, tags.PidTagFlagStatus, order=AS_SENT)
                assert [(flags & 1, status) for flags, status in rows] == [(0, None), (0, None), (1, FLAGGED)]

    run(mark())


def test_people_are_found(hub: Hub) -> None:
    """In the address book, by the beginning of a name; browsed page by page; with their details."""
    alice, bob = hub.person("alice"), hub.person("bob")
    hub.command("account", "set", bob, "display-name=Robert Brown", "title=Boss", "department=Research")

    async def look() -> None:
        async with await mailbox_of(hub, alice) as mailbox, mailbox.address_book() as book:
            found, nobody = await book.resolve("Robert", "nobody at all")
            assert found.person is not None
            assert (found.person.name, found.person.address) == ("Robert Brown", bob)
            assert (found.person.title, found.person.department) == ("Boss", "Research")
            assert (nobody.person, nobody.ambiguous) == (None, False)
            listed = [person.address async for person in book.browse()]
            assert {alice, bob} <= set(listed)
            assert len(listed) == len(set(listed))
            details = await book.details(found.person.legacy_dn)
            assert details is not None
            assert details[tags.PidTagSmtpAddress] == bob
            assert await book.details("/o=nobody/cn=there") is None

    run(look())


def test_workers_are_killed(hub: Hub) -> None:
    """In the midst of a session: what was saved is there, and the client goes on in another session."""
    person = hub.person()

    async def work() -> None:
        async with await mailbox_of(hub, person) as mailbox, mailbox.address_book() as book:
            inbox = await mailbox.inbox()
            with await inbox.create_message() as message:
                await message.set_subject("saved")
                await message.attach("data.bin", LARGE)
                id = await message.save()
            other = await inbox.create_message()
            assert [one async for one in book.browse()]
            before = set(hub.workers())
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            eventually(lambda: len(set(hub.workers()) - before) == 3 and is_up(hub))
            assert await inbox.rows(tags.PidTagSubject) == [("saved",)]
            with await inbox.open_message(id) as message, await message.open_attachment(0) as attachment:
                assert await attachment.read() == LARGE
            with pytest.raises(ObjectLost):
                await other.save()
            assert [one async for one in book.browse()]

    run(work())


def is_up(hub: Hub) -> bool:
    """A connection is accepted again."""
    try:
        hub.imap("nobody", "imaps").shutdown()
    except LoginError:
        return True
    except OSError:
        return False
    return True
