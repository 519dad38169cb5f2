"""Folders that were deleted softly come back as a whole, against a real hub. Statements are those of [MS-OXCFOLD]."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from mapi_carrying import Carrier
from mapi_folders import OPEN_DELETED
from mapi_session import imap_folders, imap_subjects, mapi_hub, share
from mapi_sync import LATER, Replica, SyncSession, predecessors, source_key

from posthouse.model.rights import ALL_RIGHTS, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.predecessors import predecessors_of
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.rops.fast_transfer import FolderCopyFlags, SourceOperation
from posthouse.protocols.mapi.rops.folder import DeleteFolderFlags, RopDeleteMessagesRequest, RopDeleteMessagesResponse
from posthouse.protocols.mapi.rops.moving import (
    RopCopyFolderRequest,
    RopMoveCopyMessagesRequest,
    RopMoveFolderRequest,
    RopMoveFolderResponse,
)
from posthouse.protocols.mapi.rops.synchronization_upload import ImportFlag
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.store.objects import ASSOCIATED, DELETED
from posthouse.store.quota import Resource, set_quotas
from posthouse.testing import MailHub

ALL = DeleteFolderFlags.DEL_MESSAGES | DeleteFolderFlags.DEL_FOLDERS
HARD = DeleteFolderFlags.DELETE_HARD_DELETE


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> Carrier:
    return Carrier(hub, "alice")


class Tree:
    """A folder with one below it, both with mail, and a message beside it."""

    def __init__(self, alice: Carrier) -> None:
        self.alice = alice
        self.top, self.slot, self.name = alice.new()
        self.below, self.slot_below, inner = alice.new(self.slot)
        self.path, self.path_below = self.name, f"{self.name}/{inner}"
        alice.fill(self.path, "one", "two")
        alice.fill(self.path_below, "three")
        collector = alice.collector(self.slot)
        rop = alice.importing(
            *(collector, alice.new_key(), Replica().change(), predecessors_of([])),
            modified=LATER,
            flag=ImportFlag.ASSOCIATED,
        )
        alice.bring(rop, {tags.PidTagMessageClass: "IPM.Configuration.x", tags.PidTagSubject: "settings"})
        alice.set(self.slot, {tags.PidTagComment: "a comment"})

    def delete(self, flags: DeleteFolderFlags = ALL) -> None:
        self.alice.delete_folder(self.top, flags)

    def recovering(self, name: str, target: int | None = None) -> RopMoveFolderRequest:
        above = self.alice.subtree
        return RopMoveFolderRequest(0, above, above if target is None else target, False, True, self.top, name)

    def recover(self, name: str) -> None:
        told = self.alice.get(self.recovering(name), RopMoveFolderResponse)
        assert not told.partial_completion


@pytest.fixture
def tree(alice: Carrier) -> Tree:
    return Tree(alice)


def test_it_comes_back_with_all_that_went_with_it(tree: Tree) -> None:
    """R22004, R593: under the name that it gets, where the client wants it, as the same folder: with its
    messages, those beside them, its properties, and the folders below it; it is deleted no more."""
    tree.delete()
    assert tree.path not in imap_folders(tree.alice.hub, "alice")
    tree.recover(f"{tree.name} again")
    inner = tree.path_below.rpartition("/")[2]
    assert imap_subjects(tree.alice.hub, "alice", f"{tree.name} again") == ["one", "two"]
    assert imap_subjects(tree.alice.hub, "alice", f"{tree.name} again/{inner}") == ["three"]
    assert len(tree.alice.asides(tree.top, ASSOCIATED)) == 1
    assert tree.alice.asides(tree.top, DELETED) == tree.alice.asides(tree.below, DELETED) == []
    slot = tree.alice.open(tree.top)
    assert tree.alice.values(slot, tags.PidTagDisplayName, tags.PidTagComment) == [f"{tree.name} again", "a comment"]
    assert tree.alice.open(tree.below)


def test_what_had_gone_before_stays_deleted(tree: Tree) -> None:
    """R498: messages and folders that were deleted one by one, before, are no part of it."""
    alice, clock = tree.alice, tree.alice.hub
    [one, _] = alice.message_ids(tree.path)
    alice.get(RopDeleteMessagesRequest(0, tree.slot, False, False, (one,)), RopDeleteMessagesResponse)
    alice.delete_folder(tree.below, ALL, tree.slot)
    age(alice, tree.top)
    tree.delete()
    tree.recover(tree.name)
    assert imap_subjects(clock, "alice", tree.path) == ["two"]
    assert tree.path_below not in imap_folders(clock, "alice")
    assert [row.id for row in alice.asides(tree.top, DELETED)] == [one.counter]
    assert alice.open(tree.below, OPEN_DELETED)


def age(alice: SyncSession, folder: ObjectId) -> None:
    """What was deleted in it was deleted an hour earlier."""
    where = alice.account, folder.counter

    def earlier(tx: Any) -> None:
        tx.run("UPDATE aside_message SET deleted = deleted - 3600 WHERE account_id = ? AND folder_id = ?", where)
        tx.run("UPDATE deleted_folder SET deleted = deleted - 3600 WHERE account_id = ? AND parent_id = ?", where)

    alice.hub.write(earlier)


@pytest.mark.parametrize("away", [False, True], ids=["was told", "was away"])
def test_other_clients(tree: Tree, away: bool) -> None:
    """MS-OXCFXICS R1859: a client that heard of the deletion gets the folders again, and one that was away gets them
    as they are now; each of their messages comes once, and whoever asks again gets nothing."""
    alice = tree.alice
    first = alice.hierarchy(alice.subtree)
    known = alice.contents(tree.slot).state
    tree.delete()
    state = first.state if away else alice.hierarchy(alice.subtree, first.state).state
    tree.recover(tree.name)
    came = alice.hierarchy(alice.subtree, state)
    assert sorted(value_of(one, tags.PidTagFolderId) for one in came.folders) == sorted(
        value_of(one, tags.PidTagFolderId)
        for one in first.folders
        if source_key(one)[16:] in (tree.top.counter.to_bytes(6, "big"), tree.below.counter.to_bytes(6, "big"))
    )
    assert came.deletions.deleted.count() == 0
    assert alice.hierarchy(alice.subtree, came.state).is_empty
    inner = alice.contents(alice.open(tree.below))
    assert inner.subjects == ["three"]
    slot = alice.open(tree.top)
    again = alice.contents(slot, known if away else SyncState())
    assert sorted(again.subjects) == ["one", "settings", "two"]
    assert again.deletions.deleted.count() == (3 if away else 0)
    assert alice.contents(slot, again.state).is_empty


def test_a_client_that_had_changed_a_message(tree: Tree) -> None:
    """MS-OXCFXICS R2451: the message has come back as another one; the change of what it was does not come beside
    it."""
    alice = tree.alice
    came = alice.contents(tree.slot)
    header = came.change("one")
    tree.delete()
    tree.recover(tree.name)
    collector, known = alice.collector(alice.open(tree.top), came.state), predecessors(header)
    rop = alice.importing(collector, source_key(header), Replica().change(), known, modified=LATER)
    assert alice.error(rop) == ErrorCode.ecSyncObjectDeleted
    assert imap_subjects(alice.hub, "alice", tree.path) == ["one", "two"]


def test_a_name_that_is_taken(tree: Tree) -> None:
    """R1111: DuplicateName, and it stays deleted."""
    tree.delete()
    tree.alice.create(tree.alice.subtree, tree.name)
    assert tree.alice.error(tree.recovering(tree.name)) == ErrorCode.ecDuplicateName
    assert tree.alice.open(tree.top, OPEN_DELETED)
    tree.recover(f"{tree.name} too")


def test_a_mailbox_that_is_full(tree: Tree) -> None:
    """What comes back counts again; without room for it nothing comes."""
    alice = tree.alice
    tree.delete()
    alice.hub.write(lambda tx: set_quotas(tx, alice.account, {Resource.MESSAGE: 1}))
    try:
        assert alice.error(tree.recovering(tree.name)) == ErrorCode.ecQuotaExceeded
    finally:
        alice.hub.write(lambda tx: set_quotas(tx, alice.account, {}))
    assert tree.path not in imap_folders(alice.hub, "alice")
    tree.recover(tree.name)
    assert imap_subjects(alice.hub, "alice", tree.path) == ["one", "two"]


def test_what_was_deleted_for_good(tree: Tree) -> None:
    """R764, R497: there is nothing left of it."""
    tree.delete(ALL | HARD)
    assert tree.alice.error(tree.recovering(tree.name)) == ErrorCode.ecNotFound


@pytest.mark.parametrize(("who", "moves"), [("bob", True), ("bob", False), ("alice", False)])
def test_somewhere_else(hub: MailHub, tree: Tree, who: str, moves: bool) -> None:
    """It goes into another mailbox, or as a copy into any: with what went with it, and nothing that had gone before. A
    move leaves in what was deleted only that; a copy leaves all."""
    alice, other = tree.alice, SyncSession(hub, who)
    folder, _, path = other.new()
    [one, _] = alice.message_ids(tree.path)
    alice.get(RopDeleteMessagesRequest(0, tree.slot, False, False, (one,)), RopDeleteMessagesResponse)
    age(alice, tree.top)
    tree.delete()
    if who != "alice":
        share(hub, who, path, "alice", ALL_RIGHTS)
        there = alice.slot()
        alice.log_on(who, there, logon_id=1)
        target = alice.open_in(there, 1, folder)
    else:
        target = alice.open(folder)
    above, name = alice.subtree, f"{tree.name} found"
    rop = RopMoveFolderRequest(0, above, target, False, True, tree.top, name)
    if not moves:
        rop = RopCopyFolderRequest(0, above, target, False, True, True, tree.top, name)
    assert alice.error(rop) == 0
    found, inner = f"{path}/{name}", tree.path_below.rpartition("/")[2]
    assert imap_subjects(hub, who, found) == ["two"]
    assert imap_subjects(hub, who, f"{found}/{inner}") == ["three"]
    assert len(other.asides(other.folder(found), ASSOCIATED)) == 1
    assert other.value(other.open(other.folder(found)), tags.PidTagComment) == "a comment"
    left = [row.id for row in alice.asides(tree.top, DELETED)]
    assert (one.counter in left, len(left)) == (True, 1 if moves else 2)
    assert (alice.open_error(tree.below, OPEN_DELETED) == 0) == (not moves)
    assert alice.error(tree.recovering(tree.name)) == 0


@pytest.mark.parametrize("deleted", [False, True], ids=["folder there", "folder deleted"])
def test_messages_of_it(hub: MailHub, tree: Tree, deleted: bool) -> None:
    """What was deleted in a folder, or with it, goes into another mailbox, moved or copied."""
    alice, bob = tree.alice, SyncSession(hub, "bob")
    ids = alice.message_ids(tree.path)
    if deleted:
        tree.delete()
    else:
        alice.get(RopDeleteMessagesRequest(0, tree.slot, False, False, tuple(ids)), RopDeleteMessagesResponse)
    folder, _, path = bob.new()
    share(hub, "bob", path, "alice", ALL_RIGHTS)
    there, source = alice.slot(), alice.open(tree.top, OPEN_DELETED)
    alice.log_on("bob", there, logon_id=1)
    target = alice.open_in(there, 1, folder)
    for one, copy in ((ids[0], True), (ids[1], False)):
        assert alice.error(RopMoveCopyMessagesRequest(0, source, target, (one,), False, copy)) == 0
    assert imap_subjects(hub, "bob", path) == ["one", "two"]
    assert [row.id for row in alice.asides(tree.top, DELETED)] == [ids[0].counter]


def test_by_nobody_else(hub: MailHub, tree: Tree) -> None:
    """Who does not have the whole mailbox hears of nothing that was deleted in it."""
    alice = tree.alice
    tree.delete()
    inbox = alice.folder("INBOX")
    alice.share_folder(inbox, "bob", Right.LOOKUP | Right.READ | Right.CREATE)
    bob = SyncSession(hub, "bob", "alice")
    slot = bob.open(inbox)
    for rop in (
        RopMoveFolderRequest(0, slot, slot, False, True, tree.top, "mine"),
        RopCopyFolderRequest(0, slot, slot, False, True, True, tree.top, "mine"),
    ):
        assert bob.error(rop) == ErrorCode.ecNotFound
    assert bob.open_error(tree.top, OPEN_DELETED) == ErrorCode.ecNotFound


def test_as_a_stream(hub: MailHub, tree: Tree) -> None:
    """MS-OXCFXICS R1295: of a folder that is opened as deleted a stream has what was deleted in it, also earlier, with
    the folders that went with it; it can be put elsewhere, also into another mailbox."""
    alice, bob = tree.alice, Carrier(hub, "bob")
    [one, _] = alice.message_ids(tree.path)
    alice.get(RopDeleteMessagesRequest(0, tree.slot, False, False, (one,)), RopDeleteMessagesResponse)
    age(alice, tree.top)
    tree.delete()
    opened = alice.open(tree.top, OPEN_DELETED)
    whole, listed = alice.copied_folder(opened, FolderCopyFlags.COPY_SUBFOLDERS), alice.copied_messages(opened, one)
    inner = tree.path_below.rpartition("/")[2]
    for session, who in ((alice, "alice"), (bob, "bob")):
        for data, operation in (
            (alice.copied_to(opened), SourceOperation.COPY_TO),
            (whole, SourceOperation.COPY_FOLDER),
        ):
            target, slot, path = session.new()
            session.put(slot, data, operation)
            assert sorted(imap_subjects(hub, who, path)) == ["one", "two"]
            assert imap_subjects(hub, who, f"{path}/{inner}") == ["three"]
            assert len(session.asides(target, ASSOCIATED)) == 1
        _, slot, path = session.new()
        session.put(slot, listed, SourceOperation.COPY_MESSAGES)
        assert imap_subjects(hub, who, path) == ["one"]


def test_a_stream_of_one_that_is_there(tree: Tree) -> None:
    """MS-OXCFXICS R387, R388: whoever opens a folder as deleted that is not gets what is there, whatever the Level
    is."""
    alice = tree.alice
    [one, _] = alice.message_ids(tree.path)
    alice.get(RopDeleteMessagesRequest(0, tree.slot, False, False, (one,)), RopDeleteMessagesResponse)
    opened = alice.open(tree.top, OPEN_DELETED)
    for data, there in ((alice.copied_to(opened), True), (alice.copied_to(opened, level=1), False)):
        assert ("two".encode("utf-16-le") in data, "one".encode("utf-16-le") in data) == (there, False)
    assert "one".encode("utf-16-le") not in alice.copied_messages(opened, one)
