"""What is told of search folders. Statements are those of [MS-OXCNOTIF]."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from unittest.mock import Mock

import pytest
from mapi_news import EVERYTHING, PENDING, NewsSession, Waiting, counts, news_hub, news_session
from mapi_rules import awaited
from mapi_session import imap_of

from posthouse.database import Transaction
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.refusals import Unavailable
from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.restrictions import BitMask, format_restriction
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    FolderType,
    RopSetSearchCriteriaRequest,
    RopSetSearchCriteriaResponse,
    SearchRequestFlags,
)
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.protocols.mapi.rops.notification_data import (
    ObjectCreated,
    ObjectDeleted,
    ObjectModified,
    SearchCompleted,
)
from posthouse.protocols.mapi.tags import PidTagMessageFlags
from posthouse.servers.mapi.folders import search_looking, searching
from posthouse.servers.mapi.folders.search_known import NOTED, Difference, Found, Known, Place
from posthouse.servers.mapi.folders.search_looking import Room
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.people import People
from posthouse.servers.mapi.tables.contents import ContentsSource
from posthouse.store.search_folders import Search, save_search
from posthouse.testing import MailHub

UNREAD = BitMask(False, PidTagMessageFlags, 1)
FOUND = Kind.S | Kind.M


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with news_hub() as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> Iterator[NewsSession]:
    with news_session(hub, "alice") as session:
        yield session


def test_messages_in_search_folders(hub: MailHub, alice: NewsSession) -> None:
    """R118 to R121, R178, R179, R206, R210: what a search finds and no longer finds is told as of a message in a search
    folder, to who has registered for that, and how many there are then."""
    folder, _, path = alice.new()
    [old] = alice.fill(path, "old")
    number, search, _ = alice.new(kind=FolderType.SEARCH)
    unread = RopSetSearchCriteriaRequest(0, search, UNREAD, (folder,), SearchRequestFlags(0))
    alice.get(unread, RopSetSearchCriteriaResponse)
    handle = alice.register(EVERYTHING, number)
    alice.take()
    [new] = alice.fill(path, "new")
    assert alice.heard(handle) == [
        ObjectCreated(Kind.OBJECT_CREATED | FOUND, folder, new, number),
        counts(number, 2, 2),
    ]
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([1], ["\\Flagged"])
        assert alice.heard(handle) == [ObjectModified(Kind.OBJECT_MODIFIED | FOUND, folder, old)]
        client.add_flags([1], ["\\Seen"])
        gone = ObjectDeleted(Kind.OBJECT_DELETED | FOUND, folder, old, number)
        assert alice.heard(handle) == [gone, counts(number, 1, 1)]
    alice.fill("Archive", "elsewhere")
    waiting = Waiting(alice)
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.move([2], "Archive")
    assert waiting.result() == PENDING
    gone = ObjectDeleted(Kind.OBJECT_DELETED | FOUND, folder, new, number)
    assert alice.heard(handle) == [gone, counts(number, 0, 0)]


@pytest.mark.parametrize("early", [True, False])
def test_search_folders_of_the_mailbox(hub: MailHub, alice: NewsSession, early: bool) -> None:
    """R52, R118 to R121, R179: who has registered for the whole mailbox hears of what is found by searches that begin
    then, or had begun."""
    folder, _, path = alice.new()
    number, search, _ = alice.new(kind=FolderType.SEARCH)
    unread = RopSetSearchCriteriaRequest(0, search, UNREAD, (folder,), SearchRequestFlags(0))
    handle = alice.register() if early else 0
    alice.get(unread, RopSetSearchCriteriaResponse)
    handle = handle or alice.register()
    alice.take()
    [new] = alice.fill(path, "new")
    came = ObjectCreated(Kind.OBJECT_CREATED | FOUND, folder, new, number)
    assert alice.heard(handle)[-3:] == [counts(folder, 1, 1), came, counts(number, 1, 1)]
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([1], ["\\Seen"])
    gone = ObjectDeleted(Kind.OBJECT_DELETED | FOUND, folder, new, number)
    assert alice.heard(handle)[-2:] == [gone, counts(number, 0, 0)]
    alice.fill(path, "newer")
    assert alice.heard(handle)[-1] == counts(number, 1, 1)
    alice.delete_folder(number, DeleteFolderFlags(0))
    [gone] = alice.heard(handle)
    assert gone.folder_id == number
    alice.fill(path, "newest")
    assert alice.heard(handle)[-1] == counts(folder, 3, 2)


def unseen_search(alice: NewsSession, folder: ObjectId) -> ObjectId:
    """For what is unread in that folder; another worker has begun it, or it was there before the hub was started."""
    number, _, _ = alice.new(kind=FolderType.SEARCH)
    search = Search(format_restriction(UNREAD), (FolderId(folder.counter),))
    alice.hub.write(lambda tx: save_search(tx, alice.account, FolderId(number.counter), search))
    return number


def test_searches_that_nobody_has_looked_at(hub: MailHub, alice: NewsSession) -> None:
    """R52, R118 to R121, R179: who has registered for the whole mailbox hears of them as well."""
    folder, _, path = alice.new()
    [old] = alice.fill(path, "old")
    search = unseen_search(alice, folder)
    handle = alice.register()
    alice.take()
    [new] = alice.fill(path, "new")
    came = ObjectCreated(Kind.OBJECT_CREATED | FOUND, folder, new, search)
    assert alice.heard(handle)[-2:] == [came, counts(search, 2, 2)]
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([1], ["\\Seen"])
    gone = ObjectDeleted(Kind.OBJECT_DELETED | FOUND, folder, old, search)
    assert alice.heard(handle)[-2:] == [gone, counts(search, 1, 1)]


def test_a_guest_hears_of_searches(hub: MailHub, alice: NewsSession) -> None:
    """R52, R118, R179: of those that are shared, also when only their owner has looked at them."""
    folder, _, path = alice.new()
    number, slot, _ = alice.new(kind=FolderType.SEARCH)
    unread = RopSetSearchCriteriaRequest(0, slot, UNREAD, (folder,), SearchRequestFlags(0))
    alice.get(unread, RopSetSearchCriteriaResponse)
    for one in (folder, number):
        alice.share_folder(one, "bob", Right.LOOKUP | Right.READ)
    bob = NewsSession(hub, "bob", "alice")
    handle = bob.register()
    bob.take()
    [new] = alice.fill(path, "new")
    came = ObjectCreated(Kind.OBJECT_CREATED | FOUND, folder, new, number)
    assert bob.heard(handle)[-2:] == [came, counts(number, 1, 1)]


def eventually_heard(alice: NewsSession, handle: int, what: object) -> None:
    """Sooner or later, whatever else."""
    assert awaited(lambda: what in alice.heard(handle))


def test_searches_that_take_long(hub: MailHub, alice: NewsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """R52, R118 to R121, R179: nobody waits for those that look into many messages; how many they find is told when it
    is known, and from then on what they find and no longer find."""
    folder, _, path = alice.new()
    alice.fill(path, *"abcde")
    search = unseen_search(alice, folder)
    monkeypatch.setattr(searching, "AT_ONCE", 1)
    monkeypatch.setattr(searching, "PIECE", 2)
    handle = alice.register()
    eventually_heard(alice, handle, counts(search, 5, 5))
    [new] = alice.fill(path, "new")
    came = ObjectCreated(Kind.OBJECT_CREATED | FOUND, folder, new, search)
    assert alice.heard(handle)[-2:] == [came, counts(search, 6, 6)]
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([6], ["\\Seen"])
    gone = ObjectDeleted(Kind.OBJECT_DELETED | FOUND, folder, new, search)
    assert alice.heard(handle)[-2:] == [gone, counts(search, 5, 5)]


def test_searches_that_take_too_long(alice: NewsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are followed as soon as somebody looks."""
    folder, _, path = alice.new()
    alice.fill(path, "one", "two")
    search = unseen_search(alice, folder)
    monkeypatch.setattr(searching, "AT_ONCE", 1)
    monkeypatch.setattr(searching, "EFFORT", 0.0)
    handle = alice.register()
    alice.take()
    alice.fill(path, "three")
    assert alice.heard(handle)[-1] == counts(folder, 3, 3)
    assert len(alice.all_rows(alice.contents(alice.open(search), PidTagMessageFlags))) == 3
    alice.fill(path, "four")
    eventually_heard(alice, handle, counts(search, 4, 4))


def test_searches_that_find_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others find is not forgotten for them."""
    monkeypatch.setattr(searching, "AT_ONCE", 1)
    monkeypatch.setattr(searching, "REMEMBERED", 4)
    with news_hub() as hub, news_session(hub, "alice") as alice:
        (few, _, to_few), (many, _, to_many) = alice.new(), alice.new()
        alice.fill(to_few, "a", "b")
        alice.fill(to_many, "c", "d", "e")
        first, second = unseen_search(alice, few), unseen_search(alice, many)
        handle = alice.register()
        eventually_heard(alice, handle, counts(first, 2, 2))
        alice.fill(to_many, "f")
        alice.fill(to_few, "g")
        heard = alice.heard(handle)
        assert counts(first, 3, 3) in heard
        assert not [one for one in heard if getattr(one, "folder_id", None) == second]


def test_news_of_a_look_that_failed(hub: MailHub, alice: NewsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found and told when the client comes again."""
    folder, _, path = alice.new()
    [old] = alice.fill(path, "old")
    search = unseen_search(alice, folder)
    handle = alice.register(EVERYTHING, search)
    alice.take()
    [new] = alice.fill(path, "new")
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([1], ["\\Flagged"])
    with monkeypatch.context() as broken:
        failing = Mock(side_effect=Unavailable)
        broken.setattr(ContentsSource, "candidates", failing)
        alice.client.again().post("NotificationWait", bytes(8))
        failing.assert_called()
    assert alice.heard(handle) == [
        ObjectCreated(Kind.OBJECT_CREATED | FOUND, folder, new, search),
        ObjectModified(Kind.OBJECT_MODIFIED | FOUND, folder, old),
        counts(search, 2, 2),
    ]


def test_a_look_that_nobody_waits_for_any_more(alice: NewsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it has ended, nobody else looks."""
    folder, _, path = alice.new()
    alice.fill(path, *"abc")
    search = unseen_search(alice, folder)
    looking, most, begun, go_on = list[None](), list[int](), threading.Event(), threading.Event()

    def look(tx: Transaction, logon: Logon, people: People, searches: Iterable[Known], room: Room) -> None:
        looking.append(None)
        most.append(len(looking))
        if room.left == 2:
            begun.set()
            assert go_on.wait(30)
        search_looking.look(tx, logon, people, searches, room)
        looking.pop()

    monkeypatch.setattr(searching, "look", look)
    monkeypatch.setattr(searching, "AT_ONCE", 1)
    monkeypatch.setattr(searching, "PIECE", 2)
    handle = alice.register(EVERYTHING, search)
    assert begun.wait(30)
    alice.release(handle)
    with ThreadPoolExecutor(1) as pool:
        rows = pool.submit(lambda: alice.all_rows(alice.contents(alice.open(search), PidTagMessageFlags)))
        wait([rows], 0.3)
        go_on.set()
        assert len(rows.result(30)) == 3
    assert max(most) == 1


def test_very_many_changes(hub: MailHub, alice: NewsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many that all is judged anew; what is told is the same."""
    folder, _, path = alice.new()
    old = alice.fill(path, "one", "two", "three")
    search = unseen_search(alice, folder)
    monkeypatch.setattr(search_looking, "FEW_CHANGES", 1)
    handle = alice.register()
    alice.take()
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([1], ["\\Seen"])
        client.delete_messages([2])
        client.expunge()
    gone = [ObjectDeleted(Kind.OBJECT_DELETED | FOUND, folder, one, search) for one in old[:2]]
    assert alice.heard(handle)[-3:] == [*gone, counts(search, 1, 1)]


def test_a_search_for_something_else(hub: MailHub, alice: NewsSession) -> None:
    """R118, R119: what it no longer finds, and what it finds now."""
    folder, _, path = alice.new()
    read, unread = alice.fill(path, "read", "unread")
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([1], ["\\Seen"])
    number, search, _ = alice.new(kind=FolderType.SEARCH)
    handle = 0
    for restriction in (UNREAD, BitMask(True, PidTagMessageFlags, 1)):
        rop = RopSetSearchCriteriaRequest(0, search, restriction, (folder,), SearchRequestFlags(0))
        alice.get(rop, RopSetSearchCriteriaResponse)
        handle = handle or alice.register(EVERYTHING, number)
    gone = ObjectDeleted(Kind.OBJECT_DELETED | FOUND, folder, unread, number)
    came = ObjectCreated(Kind.OBJECT_CREATED | FOUND, folder, read, number)
    found = [one for one in alice.heard(handle) if not isinstance(one, SearchCompleted)]
    assert found == [gone, came, counts(number, 1, 0)]


def test_what_a_search_found_and_no_longer_finds() -> None:
    """Since any moment: one difference for each message; of very many those that came last."""
    known, folder = Known(Search()), FolderId(1)
    known.folders[folder] = Place()

    def put(message: int, seen: bool | None) -> None:
        known.put(folder, MessageId(message), seen)

    put(1, True)
    turn = known.turn
    for message, seen in ((1, False), (2, False), (3, True), (3, None), (2, False)):
        put(message, seen)
    one, two = Found(folder, MessageId(1), seen=False), Found(folder, MessageId(2), seen=False)
    assert list(known.since(turn)) == [Difference(one._replace(seen=True), one), Difference(None, two)]
    assert known.counts == (2, 2)
    assert list(known.since(known.turn)) == []
    known.leave(folder)
    assert [one.after for one in known.since(turn)] == [None]
    assert (known.counts, known.folders) == ((0, 0), {})
    known.folders[folder] = Place()
    for message in range(NOTED + 10):
        put(message, True)
    assert len(list(known.since(0))) == NOTED
