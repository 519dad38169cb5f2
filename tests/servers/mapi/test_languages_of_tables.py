"""Tables in the order of a language: of the mailbox, or of its client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_session import LOGON, mapi_hub
from mapi_tables import DOWN, UP, TableSession

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.restrictions import Property, RelOp
from posthouse.protocols.mapi.rops.table import Bookmark
from posthouse.testing import MailHub
from posthouse.testing.hub import Account

SUBJECT, SENDER = tags.PidTagSubject, tags.PidTagSentRepresentingName
SWEDISH, TURKISH, DANISH = 0x41D, 0x41F, 0x406
WORDS = "ö", "Ål", "zebra", "ärta", "al", "ål"
IN_ENGLISH = ["al", "Ål", "ål", "ärta", "ö", "zebra"]
IN_SWEDISH = ["al", "zebra", "Ål", "ål", "ärta", "ö"]


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol", "dora") as hub:
        yield hub


def sorted_table(session: TableSession, path: str, tag: PropertyTag = SUBJECT, direction=UP) -> int:
    table = session.contents(session.open(session.folder(path)), tag)
    return session.sort(table, (tag, direction), (tags.PidTagMid, UP))


def is_at_least(text: str) -> Property:
    return Property(RelOp.GE, SUBJECT, TaggedValue(SUBJECT, text))


def test_tables_are_in_the_order_of_the_mailboxs_language(hub):
    """MS-OXCSTOR R4005: contents and folders, in whichever session; what comes later stands in its place; and a client
    finds where a letter begins."""
    alice = TableSession(hub, "alice")
    _, slot, path = alice.new()
    alice.fill(path, *WORDS)
    for name in WORDS[:5]:
        alice.create(slot, name)
    assert alice.all_rows(sorted_table(alice, path)) == IN_ENGLISH
    assert alice.set(LOGON, {tags.PidTagSortLocaleId: SWEDISH}) == ()
    for session in (alice, TableSession(hub, "alice")):
        table = sorted_table(session, path)
        assert session.all_rows(table) == IN_SWEDISH
        assert session.all_rows(sorted_table(session, path, direction=DOWN))[0] == "ö"
        session.seek(table, Bookmark.BOOKMARK_BEGINNING)
        assert session.found(table, is_at_least("å")) == "Ål"
        folders = session.hierarchy(session.open(session.folder(path)), tags.PidTagDisplayName)
        assert session.rows(folders) == ["al", "zebra", "Ål", "ärta", "ö"]
    alice.fill(path, "äga")
    assert session.all_rows(table) == ["al", "zebra", "Ål", "ål", "äga", "ärta", "ö"]
    assert alice.delete(LOGON, tags.PidTagSortLocaleId) == ()
    assert alice.all_rows(sorted_table(alice, path))[-1] == "zebra"


def test_a_table_is_in_the_order_of_its_clients_language(hub):
    """MS-OXCMAPIHTTP R197, MS-OXCRPC R498: as it said when it connected, until its mailbox has one."""
    bob = TableSession(hub, "bob", sort_locale=SWEDISH)
    _, _, path = bob.new()
    bob.fill(path, *WORDS)
    assert bob.all_rows(sorted_table(bob, path)) == IN_SWEDISH
    assert bob.set(LOGON, {tags.PidTagSortLocaleId: 0x409}) == ()
    assert bob.all_rows(sorted_table(bob, path)) == IN_ENGLISH
    other = TableSession(hub, "bob", sort_locale=SWEDISH)
    assert other.all_rows(sorted_table(other, path)) == IN_ENGLISH


def test_categories_are_in_the_order_of_the_language(hub):
    carol = TableSession(hub, "carol", sort_locale=DANISH)
    _, slot, path = carol.new()
    carol.fill(path, "ære", "ål", "aal", "zebra", "ål")
    table = carol.contents(slot, SUBJECT, tags.PidTagContentCount)
    carol.sort(table, (SUBJECT, UP), categories=1)
    assert carol.all_rows(table) == [("zebra", 1), ("ære", 1), ("aal", 1), ("ål", 2)]


def test_senders_in_a_language_of_two_letters_i(hub):
    """By name as it is written: of a key in capitals nobody knows which i it was."""
    dora = TableSession(hub, "dora", sort_locale=TURKISH)
    _, _, path = dora.new()
    account = Account(hub, dora.account, "dora@example.org", "secret")
    for name in ("İnci", "hale", "ilk", "Irmak", "jale"):
        account.add_message(f"From: {name} <x@example.net>\r\nSubject: x\r\n\r\n".encode(), path)
    assert dora.all_rows(sorted_table(dora, path, SENDER)) == ["hale", "Irmak", "ilk", "İnci", "jale"]
