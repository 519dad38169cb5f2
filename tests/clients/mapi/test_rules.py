"""What the library knows of rules, permissions and absences, at a real hub with mail that comes by SMTP."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest
from mapi_mailbox import network_of_mail_hub
from mapi_rules import quiet
from mapi_session import deliver, imap_of, imap_subjects

from posthouse.clients.mapi import (
    Folder,
    Mailbox,
    MemberRights,
    RopFailed,
    Rule,
    RuleState,
    Special,
    connect,
    permissions,
    rules,
    tags,
)
from posthouse.testing import Account, MailHub

Work = Callable[[Mailbox, Folder], Awaitable[None]]


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with MailHub(settings={"mapi": {"enabled": True}}, hostname="example.org", relay="127.0.0.1:1") as hub:
        yield hub


@pytest.fixture(scope="module", autouse=True)
def people(hub: MailHub) -> dict[str, Account]:
    return {name: hub.add_account(f"{name}@example.org") for name in ("alice", "bob", "carol")}


@pytest.fixture
def at_inbox(hub: MailHub) -> Callable[[Work], None]:
    """Runs something with Alice's Inbox, whose rules are gone afterwards."""

    async def run(work: Work) -> None:
        async with await connect("alice@example.org", "secret", network=network_of_mail_hub(hub)) as mailbox:
            inbox = await mailbox.inbox()
            await work(mailbox, inbox)
            for rule in await inbox.rules.all():
                await inbox.rules.remove(rule)

    return lambda work: asyncio.run(run(work))


async def made(mailbox: Mailbox, name: str) -> Folder:
    with await mailbox.open(Special.IPM_SUBTREE) as top:
        return await top.create_folder(name)


async def sent(hub: MailHub, *subjects: str) -> None:
    for subject in subjects:
        await asyncio.to_thread(deliver, hub, "alice", subject)


def send(hub: MailHub, subject: str, sender: str) -> None:
    header = f"From: {sender}\r\nTo: alice@example.org\r\nSubject: {subject}\r\n"
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail(sender, ["alice@example.org"], f"{header}\r\nthe text of it\r\n")


def test_rules_are_kept(at_inbox: Callable[[Work], None]) -> None:
    """They come back as they were made, in their order, and change by their ids."""

    async def work(mailbox: Mailbox, inbox: Folder) -> None:
        later = await inbox.rules.add(Rule("later", rules.always(), [rules.mark_read()], sequence=20))
        first = await inbox.rules.add(
            Rule("first", rules.subject_has("x"), [rules.delete()], RuleState.ENABLED | RuleState.EXIT_LEVEL)
        )
        assert await inbox.rules.all() == [first, later]
        assert first.id != later.id
        renamed = replace(later, name="renamed", sequence=5)
        await inbox.rules.change(renamed)
        await inbox.rules.switch(first, on=False)
        off = replace(first, state=RuleState.EXIT_LEVEL)
        assert await inbox.rules.all() == [renamed, off]
        await inbox.rules.remove(off)
        assert await inbox.rules.all() == [renamed]

    at_inbox(work)


def test_actions(hub: MailHub, people: dict[str, Account], at_inbox: Callable[[Work], None]) -> None:
    """Mail is moved, copied, marked, changed and deleted; forwarded as its owner does, or as it is."""

    async def work(mailbox: Mailbox, inbox: Folder) -> None:
        moved, copied = await made(mailbox, "moved"), await made(mailbox, "copied")
        for word, action in (
            ("move", rules.move_to(moved.id)),
            ("copy", rules.copy_to(copied.id)),
            ("read", rules.mark_read()),
            ("urgent", rules.put(tags.PidTagImportance, 2)),
            ("away with it", rules.delete()),
            ("on", rules.forward_to("bob@example.org")),
            ("over", rules.redirect_to("carol@example.org")),
        ):
            await inbox.rules.add(Rule(word, rules.subject_has(word), [action]))
        await sent(hub, "move it", "copy it", "read it", "urgent: it", "away with it", "pass it on", "hand it over")
        assert imap_subjects(hub, "alice", "moved") == ["move it"]
        assert imap_subjects(hub, "alice", "copied") == ["copy it"]
        rows = await inbox.rows(tags.PidTagSubject, tags.PidTagMessageFlags, tags.PidTagImportance)
        told = {subject: (flags & 1, importance) for subject, flags, importance in rows}
        assert told == {
            "copy it": (0, 1),
            "read it": (1, 1),
            "urgent: it": (0, 2),
            "pass it on": (0, 1),
            "hand it over": (0, 1),
        }

    at_inbox(work)
    quiet(hub)
    [on], [over] = (people[name].messages() for name in ("bob", "carol"))
    assert (on.parsed["Subject"], on.parsed["From"]) == ("FW: pass it on", "alice <alice@example.org>")
    assert over.parsed["Subject"] == "hand it over"


def test_conditions(hub: MailHub, at_inbox: Callable[[Work], None]) -> None:
    """By subject, text, sender and receiver, together and apart."""

    async def work(mailbox: Mailbox, inbox: Folder) -> None:
        expected = {
            "both": rules.all_of(rules.subject_has("ONE"), rules.subject_has("two")),
            "either": rules.any_of(rules.subject_has("one"), rules.subject_has("two")),
            "neither": rules.unless(rules.any_of(rules.subject_has("one"), rules.subject_has("two"))),
            "text": rules.body_has("text"),
            "sender": rules.comes_from("X@example.net"),
            "me": rules.names_me(),
        }
        for name, condition in expected.items():
            folder = await made(mailbox, name)
            await inbox.rules.add(Rule(name, condition, [rules.copy_to(folder.id)]))
        subjects = ["one", "one and two", "three"]
        for subject in subjects:
            await asyncio.to_thread(send, hub, subject, "x@example.net")
        found = {name: imap_subjects(hub, "alice", name) for name in expected}
        assert found == {
            "both": ["one and two"],
            "either": ["one", "one and two"],
            "neither": ["three"],
            "text": subjects,
            "sender": subjects,
            "me": subjects,
        }

    at_inbox(work)


def test_a_rule_that_is_none(at_inbox: Callable[[Work], None]) -> None:
    async def work(mailbox: Mailbox, inbox: Folder) -> None:
        with pytest.raises(RopFailed, match="ecInvalidParam"):
            await inbox.rules.add(Rule("does nothing", rules.always(), []))

    at_inbox(work)


def test_permissions(hub: MailHub, at_inbox: Callable[[Work], None]) -> None:
    """Granted, changed, and taken away; also of those who are in no list."""

    async def work(mailbox: Mailbox, inbox: Folder) -> None:
        folder = await made(mailbox, "shared")
        async with mailbox.address_book() as book:
            [bob] = await book.resolve("bob@example.org")
        assert bob.person is not None
        await folder.permissions.grant(bob.person, permissions.AUTHOR)
        [member] = [one for one in await folder.permissions.all() if one.id not in (0, -1)]
        assert (member.name, member.rights) == ("bob", permissions.AUTHOR)
        with imap_of(hub, "bob") as client:
            assert client.folder_exists("Users/alice@example.org/shared")
        await folder.permissions.change(member.id, permissions.EDITOR)
        await folder.permissions.change(permissions.DEFAULT, permissions.REVIEWER)
        rights = {one.id: one.rights for one in await folder.permissions.all()}
        assert rights == {0: permissions.REVIEWER, -1: MemberRights(0), member.id: permissions.EDITOR}
        await folder.permissions.remove(member.id)
        assert {one.id for one in await folder.permissions.all()} == {0, -1}

    at_inbox(work)


def test_who_is_away(hub: MailHub, people: dict[str, Account], at_inbox: Callable[[Work], None]) -> None:
    """Each sender hears it once, and the new text when there is one; nobody any more when its owner is back."""

    def write(subject: str) -> None:
        send(hub, subject, "bob@example.org")
        quiet(hub)

    async def work(mailbox: Mailbox, inbox: Folder) -> None:
        assert not await mailbox.is_away()
        await mailbox.leave("Until Monday.")
        assert await mailbox.is_away()
        await asyncio.to_thread(write, "first")
        await asyncio.to_thread(write, "second")
        await mailbox.leave("Until Tuesday.")
        await asyncio.to_thread(write, "third")
        await mailbox.come_back()
        assert not await mailbox.is_away()
        await asyncio.to_thread(write, "fourth")
        assert await inbox.rules.all() == []
        with await inbox.contents(associated=True) as table:
            await table.columns(tags.PidTagMessageClass)
            assert [row async for row in table.rows()] == []

    at_inbox(work)
    answers = [one.parsed for one in people["bob"].messages() if "Automatic reply" in str(one.parsed["Subject"])]
    assert [(one["Subject"], one.get_content().strip()) for one in answers] == [
        ("Automatic reply: first", "Until Monday."),
        ("Automatic reply: third", "Until Tuesday."),
    ]
