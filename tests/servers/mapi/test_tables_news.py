"""What a table tells of its rows to who listens, for [MS-OXCNOTIF]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_session import imap_of, mapi_hub
from mapi_tables import UP, TableSession

from posthouse.protocols.mapi import tags
from posthouse.servers.mapi.tables.news import RowNews
from posthouse.servers.mapi.tables.table import Table
from posthouse.testing import MailHub

SUBJECT, NAME = tags.PidTagSubject, tags.PidTagDisplayName


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return TableSession(hub, "alice")


def listen(hub, session, slot) -> list[RowNews | None]:
    """What the table tells from now on."""
    handle = session.handles[slot]
    found = [
        context.session.find(handle)
        for context in hub.running.mapi._mailboxes._contexts.values()
        if isinstance(context.session.find(handle), Table)
    ]
    news: list[RowNews | None] = []
    found[-1].listener = news.append
    return news


def test_messages_that_come_go_and_change(hub, alice):
    """Each in the order of the table."""
    _, slot, path = alice.new()
    first, _, third = (one.counter for one in alice.fill(path, "b", "c", "d"))
    table = alice.sort(alice.contents(slot, SUBJECT), (SUBJECT, UP))
    alice.rows(table)
    news = listen(hub, alice, table)
    alice.position(table)
    assert news == []
    [new] = alice.fill(path, "a")
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([3], ["\\Seen"])
        client.add_flags([1], ["\\Deleted"])
        client.expunge()
    alice.position(table)
    assert news == [RowNews((first,), (new.counter,), (third,))]


def test_folders_that_come_go_and_change(hub, alice):
    _, slot, top = alice.new()
    inner, _, name = alice.new(slot)
    table = alice.hierarchy(slot, NAME)
    alice.rows(table)
    news = listen(hub, alice, table)
    alice.fill(f"{top}/{name}", "mail")
    alice.position(table)
    other, _, _ = alice.new(slot)
    alice.position(table)
    assert news == [RowNews((), (), (inner.counter,)), RowNews((), (other.counter,), ())]


def test_with_categories_all_may_be_others(hub, alice):
    _, slot, path = alice.new()
    alice.fill(path, "a")
    table = alice.sort(alice.contents(slot, SUBJECT), (SUBJECT, UP), categories=1)
    alice.rows(table)
    news = listen(hub, alice, table)
    alice.fill(path, "b")
    alice.position(table)
    assert news == [None]
