"""What is told of search folders. Statements are those of [MS-OXCNOTIF]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_news import EVERYTHING, PENDING, NewsSession, Waiting, counts, news_hub, news_session
from mapi_session import imap_of

from posthouse.model.ids import FolderId
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
from posthouse.protocols.mapi.rops.notification_data import ObjectCreated, ObjectDeleted, ObjectModified
from posthouse.protocols.mapi.tags import PidTagMessageFlags
from posthouse.servers.mapi.folders import search_looking
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


def test_searches_that_would_take_long(alice: NewsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that look into many messages are followed only when somebody has asked for them."""
    folder, _, path = alice.new()
    alice.fill(path, "one", "two")
    search = unseen_search(alice, folder)
    monkeypatch.setattr(search_looking, "AT_ONCE", 1)
    unasked, asked = alice.register(), 0
    alice.take()
    alice.fill(path, "three")
    assert alice.heard(unasked)[-1] == counts(folder, 3, 3)
    asked = alice.register(EVERYTHING, search)
    alice.take()
    [new] = alice.fill(path, "four")
    came = ObjectCreated(Kind.OBJECT_CREATED | FOUND, folder, new, search)
    assert alice.heard(asked) == [came, counts(search, 4, 4)]
