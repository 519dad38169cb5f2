"""Whatever the library can do with folders, tables, messages and properties, at a real hub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from uuid import UUID

import pytest
from mapi_mailbox import network_of_mail_hub
from mapi_session import mapi_hub

from posthouse.clients.mapi import (
    Folder,
    Mailbox,
    Method,
    PropertiesFailed,
    Recipient,
    RopFailed,
    Special,
    connect,
    tags,
)
from posthouse.clients.mapi.channel import Channel
from posthouse.protocols.mapi.named_tags import NamedTag
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import Content, Direction, FuzzyLow, SortOrder
from posthouse.protocols.mapi.rops.attachment import AttachmentOpenMode
from posthouse.protocols.mapi.rops.message import MessageOpenMode
from posthouse.protocols.mapi.rops.recipient import RecipientType
from posthouse.protocols.mapi.rops.stream import StreamOpenMode
from posthouse.protocols.mapi.rops.table import Bookmark
from posthouse.testing import MailHub

COLOUR = NamedTag(PropertyName(UUID(int=77), "colour"), PropertyType.STRING)
SHAPE = NamedTag(PropertyName(UUID(int=77), "shape"), PropertyType.BINARY)
NUMBER = NamedTag(PropertyName(UUID(int=77), 0x8001), PropertyType.INTEGER32)
LONG = "ü€\U0001f600 " * 20_000
_names = count(1)

Work = Callable[[Mailbox, Folder], Awaitable[None]]


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", hostname="example.org") as hub:
        yield hub


@pytest.fixture
def within(hub: MailHub) -> Callable[[Work], None]:
    """Runs something in a new folder of Alice's mailbox."""

    async def run(work: Work) -> None:
        async with await connect("alice@example.org", "secret", network=network_of_mail_hub(hub)) as mailbox:
            with await mailbox.open(Special.IPM_SUBTREE) as top:
                folder = await top.create_folder(f"Folder {next(_names)}")
            await work(mailbox, folder)

    return lambda work: asyncio.run(run(work))


async def make(folder: Folder, *subjects: str) -> None:
    for subject in subjects:
        with await folder.create_message() as message:
            await message.set_subject(subject)
            await message.save()


async def subjects(folder: Folder) -> list[str]:
    return [subject for (subject,) in await folder.rows(tags.PidTagSubject)]


def test_properties(within: Callable[[Work], None]) -> None:
    """Tagged and named, small and large, of a folder: set, read, listed, deleted."""

    async def work(mailbox: Mailbox, folder: Folder) -> None:
        await folder.set({tags.PidTagComment: LONG[:500], COLOUR: "green", NUMBER: -5})
        assert await folder.get(tags.PidTagComment, COLOUR, NUMBER) == [LONG[:500], "green", -5]
        [id] = await mailbox.link.ids([COLOUR.name])
        assert await mailbox.link.names(id) == [COLOUR.name]
        found = await folder.all()
        assert found[PropertyTag(id, PropertyType.STRING)] == "green"
        assert found[tags.PidTagComment] == LONG[:500]
        await folder.delete(COLOUR)
        unknown = NamedTag(PropertyName(UUID(int=78), "never named"), PropertyType.STRING)
        assert await folder.get(COLOUR, unknown, tags.PidTagDisplayType) == [None, None, None]
        with pytest.raises(PropertiesFailed) as failed:
            await folder.set({tags.PidTagContentCount: 7})
        assert list(failed.value.problems) == ["PidTagContentCount"]

    within(work)


def test_large_values(within: Callable[[Work], None]) -> None:
    """Of a message: each comes back whole, by itself and among all."""

    async def work(mailbox: Mailbox, folder: Folder) -> None:
        values = {tags.PidTagBody: LONG, COLOUR: LONG, SHAPE: bytes(9_000)}
        with await folder.create_message() as message:
            await message.set(values)
            id = await message.save()
        with await folder.open_message(id) as message:
            assert await message.get(*values) == [LONG, LONG, bytes(9_000)]
            assert (await message.all())[tags.PidTagBody] == LONG

    within(work)


def test_streams(within: Callable[[Work], None]) -> None:
    """Read and written piece by piece; what was not committed is not there."""

    async def work(mailbox: Mailbox, folder: Folder) -> None:
        data = bytes(range(256)) * 2_000
        with await folder.create_message() as message:
            with await message.open_stream(tags.PidTagHtml, StreamOpenMode.CREATE) as stream:
                await stream.write(data[:100_000])
                await stream.write(data[100_000:])
                await stream.commit()
            with await message.open_stream(tags.PidTagHtml) as stream:
                assert stream.size == len(data)
                pieces = [piece async for piece in stream.pieces(50_000)]
                assert len(pieces) > 5
                assert b"".join(pieces) == data

    within(work)


@pytest.mark.parametrize(("packed", "requests"), [(True, 3), (False, 17)])
def test_large_uploads(
    within: Callable[[Work], None], monkeypatch: pytest.MonkeyPatch, packed: bool, requests: int
) -> None:
    """Half a megabyte goes in as many requests as the server has said that it needs, and comes back."""
    content = b"".join(b"%07d " % number for number in range(62_500))
    asked: list[int] = []
    request = Channel.request

    async def counted(channel: Channel, kind: str, body: bytes) -> bytes:
        asked.append(len(body))
        return await request(channel, kind, body)

    async def work(mailbox: Mailbox, folder: Folder) -> None:
        assert mailbox.link.session.takes_packed_streams
        mailbox.link.session.takes_packed_streams = packed
        with await folder.create_message() as message:
            with await message.open_stream(SHAPE, StreamOpenMode.CREATE) as stream:
                monkeypatch.setattr(Channel, "request", counted)
                await stream.write(content)
                monkeypatch.undo()
                await stream.commit()
            assert await message.value(SHAPE) == content

    within(work)
    assert len(asked) == requests
    assert sum(asked) < len(content) / 2  # they are compressed


def test_tables(within: Callable[[Work], None]) -> None:
    """Sorted, restricted, sought, found in; batches of any size bring every row once."""

    async def work(mailbox: Mailbox, folder: Folder) -> None:
        await make(folder, *(f"{letter}{number}" for letter in "ba" for number in range(10)))
        only_a = Content(FuzzyLow.PREFIX, 1, tags.PidTagSubject, TaggedValue(tags.PidTagSubject, "A"))
        downwards = SortOrder(tags.PidTagSubject, Direction.DESCENDING)
        async with folder.table(tags.PidTagSubject, tags.PidTagMid, COLOUR, order=[downwards]) as table:
            rows = [row async for row in table.rows(batch=3)]
            assert [row[0] for row in rows] == [f"{letter}{number}" for letter in "ba" for number in range(9, -1, -1)]
            assert {row[2] for row in rows} == {None}
            assert await table.next() == []
            assert await table.seek(Bookmark.BOOKMARK_BEGINNING, 5) == 5
            assert (await table.next(1))[0][0] == "b4"
            await table.restrict(only_a)
            assert await table.count() == 10
            await table.restrict(None)
            await table.seek()
            found = await table.find(only_a)
            assert found is not None
            assert found[0] == "a9"
            nothing = Content(FuzzyLow.PREFIX, 1, tags.PidTagSubject, TaggedValue(tags.PidTagSubject, "zz"))
            assert await table.find(nothing) is None
        assert len(await folder.message_ids(only=only_a)) == 10

    within(work)


def test_bodies(within: Callable[[Work], None]) -> None:
    """Written as HTML, read in every form; written as text, read as HTML."""

    async def work(mailbox: Mailbox, folder: Folder) -> None:
        with await folder.create_message() as message:
            await message.set_body(html="<p>Grüße, <b>7 °C</b></p>")
            id = await message.save()
        with await folder.open_message(id) as message:
            assert "Grüße, <b>7 °C</b>" in await message.html()
            assert (await message.text()).strip() == "Grüße, 7 °C"
            assert (await message.rtf()).startswith(b"{\\rtf1")
        with await folder.create_message() as message:
            await message.set_body(text="a < b\r\n")
            id = await message.save()
        with await folder.open_message(id) as message:
            assert "a &lt; b" in await message.html()
            assert await message.recipients() == []

    within(work)


def test_recipients(within: Callable[[Work], None]) -> None:
    """More than fit into one response; those who are set take the place of those before."""

    async def work(mailbox: Mailbox, folder: Folder) -> None:
        many = [Recipient(f"person{number}@example.net", f"Person {number} " + "x" * 80) for number in range(300)]
        with await folder.create_message() as message:
            await message.set_recipients(many)
            id = await message.save()
        with await folder.open_message(id, MessageOpenMode.READ_WRITE) as message:
            assert await message.recipients() == many
            few = [Recipient("a@example.net", "A", RecipientType.BCC), Recipient("alice@example.org", "Alice")]
            await message.set_recipients(few)
            await message.save()
        with await folder.open_message(id) as message:
            found = await message.recipients()
            assert [(one.address, one.kind) for one in found] == [(one.address, one.kind) for one in few]

    within(work)


def test_attachments(within: Callable[[Work], None]) -> None:
    """Added, changed, deleted; a message within a message within a message."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"piece " * 10_000

    async def work(mailbox: Mailbox, folder: Folder) -> None:
        with await folder.create_message() as message:
            first = await message.attach("a.txt", b"one")
            await message.attach("b.bin", b"two", "application/x-two")
            with await message.create_attachment() as attachment:
                await attachment.set({tags.PidTagAttachMethod: int(Method.EMBEDDED_MESSAGE)})
                with await attachment.create_message() as inner:
                    await inner.set_subject("inner")
                    await inner.attach("deep.txt", b"deep")
                    await inner.save()
                await attachment.save()
            id = await message.save()
        with await folder.open_message(id, MessageOpenMode.READ_WRITE) as message:
            listed = await message.attachments()
            assert [(one.name, one.media_type) for one in listed[:2]] == [
                ("a.txt", "text/plain"),
                ("b.bin", "application/x-two"),
            ]
            with (
                await message.open_attachment(listed[2].number) as attachment,
                await attachment.open_message() as inner,
            ):
                [deep] = await inner.attachments()
                with await inner.open_attachment(deep.number) as file:
                    assert await file.read() == b"deep"
            await message.delete_attachment(first.number)
            with await message.open_attachment(listed[1].number, AttachmentOpenMode.READ_WRITE) as file:
                await file.write(pieces())
                await file.save()
            await message.save()
        with await folder.open_message(id) as message:
            file_, _ = await message.attachments()
            with await message.open_attachment(file_.number) as file:
                assert await file.read() == b"piece " * 30_000

    within(work)


def test_folders(within: Callable[[Work], None]) -> None:
    """Copied with all that is below, emptied; a name that is taken is an error, or the folder that has it."""

    async def work(mailbox: Mailbox, folder: Folder) -> None:
        one = await folder.create_folder("One", container_class="IPF.Task", comment="why")
        assert await one.get(tags.PidTagContainerClass, tags.PidTagComment) == ["IPF.Task", "why"]
        await one.create_folder("Below")
        await make(one, "a", "b")
        assert await folder.copy_folder(one.id, folder, "Two")
        assert [(info.name, info.depth, info.messages) for info in await folder.folders(deep=True)] == [
            ("One", 0, 2),
            ("Below", 1, 0),
            ("Two", 0, 2),
            ("Below", 1, 0),
        ]
        with pytest.raises(RopFailed, match="ecDuplicateName"):
            await folder.create_folder("one")
        assert (await folder.create_folder("one", may_exist=True)).id == one.id
        assert await one.empty()
        assert await subjects(one) == []
        assert await folder.delete_folder(one.id, for_good=True)
        assert [info.name for info in await folder.folders()] == ["Two"]

    within(work)


def test_messages_are_deleted(within: Callable[[Work], None]) -> None:
    async def work(mailbox: Mailbox, folder: Folder) -> None:
        await make(folder, "a", "b", "c")
        ids = dict(zip(await subjects(folder), await folder.message_ids(), strict=True))
        assert await folder.delete_messages([ids["a"]])
        assert await folder.delete_messages([ids["b"]], for_good=True)
        assert await subjects(folder) == ["c"]

    within(work)


def test_settings_of_a_folder(within: Callable[[Work], None]) -> None:
    """Associated messages are in a table of their own."""

    async def work(mailbox: Mailbox, folder: Folder) -> None:
        with await folder.create_message(associated=True) as message:
            await message.set({tags.PidTagMessageClass: "IPM.Configuration.Mine"})
            await message.save()
        assert await subjects(folder) == []
        with await folder.contents(associated=True) as table:
            await table.columns(tags.PidTagMessageClass)
            assert await table.next() == [("IPM.Configuration.Mine",)]

    within(work)


def test_who_it_is(within: Callable[[Work], None]) -> None:
    """The mailbox itself has properties, too."""

    async def work(mailbox: Mailbox, _: Folder) -> None:
        assert mailbox.settings.address == "alice@example.org"
        assert await mailbox.value(tags.PidTagMailboxOwnerName) == mailbox.link.session.display_name

    within(work)
