"""What is not there and does not come back, whoever brings it, against a real hub. Statements are those of
[MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from uuid import UUID

import pytest
from mapi_properties import KEEP
from mapi_session import LOGON, imap_folders, imap_of, imap_subjects, mapi_hub
from mapi_sync import LATER, NOTHING, Replica, SyncSession, predecessors, source_key

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.predecessors import Xid, predecessors_of
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    RopDeleteMessagesRequest,
    RopHardDeleteMessagesAndSubfoldersRequest,
    RopHardDeleteMessagesRequest,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopOpenMessageRequest,
    RopSaveChangesMessageRequest,
)
from posthouse.protocols.mapi.rops.moving import RopMoveCopyMessagesRequest
from posthouse.protocols.mapi.rops.synchronization import LongTermIdRange, RopSetLocalReplicaMidsetDeletedRequest
from posthouse.protocols.mapi.rops.synchronization_upload import (
    ImportDeleteFlags,
    ImportFlag,
    RopSynchronizationImportMessageChangeResponse,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.store.deletion import purge_deleted
from posthouse.testing import MailHub

NEW = {tags.PidTagMessageClass: "IPM.Note", tags.PidTagMessageFlags: 1, tags.PidTagBody: "text"}
NOBODY = predecessors_of([])
GONE = ErrorCode.ecSyncObjectDeleted
SOFTLY, HARD = ImportDeleteFlags(0), ImportDeleteFlags.HARD_DELETE
NAMES = count(1)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub) -> SyncSession:
    return SyncSession(hub, "alice")


def key_elsewhere(alice: SyncSession) -> bytes:
    """Of another replica."""
    return Xid(Replica().guid, b"abcdef").format()


def brought(alice: SyncSession, slot: int, key: bytes, flag: ImportFlag = ImportFlag(0)) -> int:  # noqa: B008
    """How it ends to bring a message under this key."""
    rop = alice.importing(alice.collector(slot), key, Replica().change(), NOBODY, modified=LATER, flag=flag)
    return alice.error(rop)


@pytest.mark.parametrize("kind", [ImportFlag(0), ImportFlag.ASSOCIATED], ids=["message", "associated"])
@pytest.mark.parametrize("new_key", [SyncSession.new_key, key_elsewhere], ids=["own", "elsewhere"])
@pytest.mark.parametrize("how", [SOFTLY, HARD], ids=["softly", "hard"])
def test_deletions_before_it_ever_came(alice, new_key, how, kind):
    """R2251, R2652: what one client has deleted another one does not bring."""
    _, slot, path = alice.new()
    key, other = new_key(alice), new_key(alice)
    assert alice.error(alice.deleting(alice.collector(slot), [key], how)) == 0
    assert brought(alice, slot, key, kind) == GONE
    assert brought(alice, slot, other, kind) == 0
    assert imap_subjects(alice.hub, "alice", path) == []


@pytest.mark.parametrize("new_key", [SyncSession.new_key, key_elsewhere], ids=["own", "elsewhere"])
def test_deletions_of_folders_before_they_ever_came(alice, new_key):
    """R2251, R2652: the same of folders; R2466: also of the one above."""
    tree = alice.collector(alice.subtree, contents=False)
    key, name = new_key(alice), f"never {next(NAMES)}"
    assert alice.error(alice.deleting(tree, [key], ImportDeleteFlags.HIERARCHY)) == 0
    itself = alice.importing_folder(tree, key, name, Replica().change(), NOBODY, modified=LATER)
    below = alice.importing_folder(tree, alice.new_key(), name, Replica().change(), NOBODY, modified=LATER, parent=key)
    assert [alice.error(itself), alice.error(below)] == [GONE, GONE]
    assert name not in imap_folders(alice.hub, "alice")


def by_imap(alice: SyncSession, path: str, header) -> None:
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        client.delete_messages(client.search())
        client.expunge()


def moved_by_imap(alice: SyncSession, path: str, header) -> None:
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        client.move(client.search(), "Trash")


def by_a_client(alice: SyncSession, path: str, header) -> None:
    slot = alice.open(alice.folder(path))
    assert alice.error(alice.deleting(alice.collector(slot), [source_key(header)], HARD)) == 0


@pytest.mark.parametrize("how", [by_imap, moved_by_imap, by_a_client])
def test_messages_that_went_for_good(alice, how: Callable):
    """R2451: a client that has not heard of it yet does not bring them back."""
    _, slot, path = alice.new()
    alice.fill(path, "gone")
    first = alice.contents(slot)
    header = first.change("gone")
    how(alice, path, header)
    rop = alice.importing(
        *(alice.collector(slot, first.state), source_key(header), Replica().change(), predecessors(header)),
        modified=LATER,
    )
    assert alice.error(rop) == GONE
    assert imap_subjects(alice.hub, "alice", path) == []
    assert alice.contents(slot, first.state).deletions.deleted.count() == 1


@pytest.mark.parametrize("how", [by_imap, moved_by_imap, by_a_client])
def test_what_went_for_good_under_a_key_of_somebody_else(alice, how: Callable):
    """R2251, R2451: whoever has deleted it, another client, which has it, does not bring it back."""
    _, slot, path = alice.new()
    key = key_elsewhere(alice)
    rop = alice.importing(alice.collector(slot), key, Replica().change(), NOBODY, modified=LATER)
    alice.bring(rop, {**NEW, tags.PidTagSubject: "gone"})
    header = alice.contents(slot).change("gone")
    how(alice, path, header)
    again = alice.importing(alice.collector(slot), key, Replica().change(), predecessors(header), modified=LATER)
    assert alice.error(again) == GONE
    assert imap_subjects(alice.hub, "alice", path) == []


def deleted_hard(alice: SyncSession, folder: ObjectId, slot: int, message: ObjectId, header) -> None:
    assert alice.error(RopHardDeleteMessagesRequest(0, slot, False, False, (message,))) == 0


def emptied(alice: SyncSession, folder: ObjectId, slot: int, message: ObjectId, header) -> None:
    assert alice.error(RopHardDeleteMessagesAndSubfoldersRequest(0, slot, False, True)) == 0


def moved(alice: SyncSession, folder: ObjectId, slot: int, message: ObjectId, header) -> None:
    assert alice.error(RopMoveCopyMessagesRequest(0, slot, alice.new()[1], (message,), False, False)) == 0


def moved_by_a_client(alice: SyncSession, folder: ObjectId, slot: int, message: ObjectId, header) -> None:
    collector, origin = alice.collector(alice.new()[1]), alice.identity.key(folder.counter)
    told = source_key(header), alice.new_key(), predecessors(header), Replica().change()
    assert alice.error(alice.moving(collector, origin, *told)) == 0


def forgotten(alice: SyncSession, folder: ObjectId, slot: int, message: ObjectId, header) -> None:
    """Deleted softly, so long ago that nobody can recover it."""
    assert alice.error(RopDeleteMessagesRequest(0, slot, False, False, (message,))) == 0
    alice.hub.write(lambda tx: purge_deleted(tx, 1 << 40))


@pytest.mark.parametrize("new_key", [SyncSession.new_key, key_elsewhere], ids=["own", "elsewhere"])
@pytest.mark.parametrize("how", [deleted_hard, emptied, moved, moved_by_a_client, forgotten])
def test_associated_messages_that_went_for_good(alice, how: Callable, new_key):
    """R2451: nor do these come back, which no other protocol sees; those with other keys come."""
    folder, slot, _ = alice.new()
    key, change = new_key(alice), Replica().change()
    rop = alice.importing(alice.collector(slot), key, change, NOBODY, modified=LATER, flag=ImportFlag.ASSOCIATED)
    message = alice.bring(rop, {tags.PidTagMessageClass: "IPM.Configuration.x"})
    [header] = [one.header for one in alice.contents(slot).changes]
    how(alice, folder, slot, message, header)
    again = alice.importing(
        *(alice.collector(slot), key, Replica().change(), predecessors(header)),
        modified=2 * LATER,
        flag=ImportFlag.ASSOCIATED,
    )
    assert alice.error(again) == GONE
    assert brought(alice, slot, new_key(alice), ImportFlag.ASSOCIATED) == 0
    assert alice.contents(slot).is_empty


def test_a_message_that_is_written_anew_has_not_gone(alice):
    """R2451: its content and its UID are others, its key is the same."""
    folder, slot, path = alice.new()
    key, change = key_elsewhere(alice), Replica().change()
    rop = alice.importing(alice.collector(slot), key, change, NOBODY, modified=LATER)
    message = alice.bring(rop, {**NEW, tags.PidTagSubject: "first"})
    opened, mode = alice.slot(), MessageOpenMode.READ_WRITE
    alice.execute(RopOpenMessageRequest(0, LOGON, opened, LOGON_CODE_PAGE, folder, mode, message))
    alice.set(opened, {tags.PidTagSubject: "second"})
    alice.saved(opened)
    header = alice.contents(slot).change("second")
    assert source_key(header) == key
    again = alice.importing(alice.collector(slot), key, Replica().change(), predecessors(header), modified=1 << 62)
    alice.bring(again, {**NEW, tags.PidTagSubject: "third"})
    assert imap_subjects(alice.hub, "alice", path) == ["third"]


def test_folders_that_went_for_good_under_a_key_of_somebody_else(alice):
    """R2466: whoever has deleted them."""
    key, name = key_elsewhere(alice), f"elsewhere {next(NAMES)}"
    tree, change = alice.collector(alice.subtree, contents=False), Replica().change()
    assert alice.error(alice.importing_folder(tree, key, name, change, NOBODY, modified=LATER)) == 0
    with imap_of(alice.hub, "alice") as client:
        client.delete_folder(name)
    known = predecessors_of([change])
    again = alice.importing_folder(tree, key, name, Replica().change(), known, modified=2 * LATER)
    assert alice.error(again) == GONE
    assert name not in imap_folders(alice.hub, "alice")


def test_folders_that_somebody_has_changed_by_their_ids(alice):
    """R2077, R2466: they keep the name that another replica has given them, and are found under it."""
    key, name = key_elsewhere(alice), f"elsewhere {next(NAMES)}"
    tree, change, other = alice.collector(alice.subtree, contents=False), Replica().change(), Replica().change()
    assert alice.error(alice.importing_folder(tree, key, name, change, NOBODY, modified=LATER)) == 0
    folder, known = alice.folder(name), predecessors_of([change])
    own = alice.identity.key(folder.counter)
    assert alice.error(alice.importing_folder(tree, own, name, other, known, modified=LATER)) == 0
    assert source_key(alice.hierarchy(alice.subtree).folder(name)) == key
    alice.delete_folder(folder, DeleteFolderFlags(0))
    again = alice.importing_folder(tree, key, name, Replica().change(), known.with_change(other), modified=LATER)
    assert alice.error(again) == GONE


def test_folders_that_went_for_good(alice):
    """R2466: neither are folders, nor does anything come below them."""
    _, _, path = alice.new()
    before = alice.hierarchy(alice.subtree)
    header = before.folder(path)
    with imap_of(alice.hub, "alice") as client:
        client.delete_folder(path)
    tree, key = alice.collector(alice.subtree, before.state, contents=False), source_key(header)
    itself = alice.importing_folder(tree, key, path, Replica().change(), predecessors(header), modified=LATER)
    below = alice.importing_folder(tree, alice.new_key(), "x", Replica().change(), NOBODY, modified=LATER, parent=key)
    assert [alice.error(itself), alice.error(below)] == [GONE, GONE]
    assert path not in imap_folders(alice.hub, "alice")


@pytest.mark.parametrize("softly", [True, False])
def test_in_a_folder_that_has_gone(alice, softly):
    """R2466, R2499: nothing comes into it any more, whatever was begun before. R2250: what was in it has gone with
    it."""
    folder, slot, path = alice.new()
    alice.fill(path, "gone")
    header = alice.contents(slot).change("gone")
    key, known = source_key(header), predecessors(header)
    content, tree = alice.collector(slot), alice.collector(slot, contents=False)
    late = alice.importing(content, alice.new_key(), Replica().change(), NOBODY, modified=LATER)
    alice.get(late, RopSynchronizationImportMessageChangeResponse)
    if softly:
        alice.delete_folder(folder, DeleteFolderFlags.DEL_MESSAGES)
    else:
        with imap_of(alice.hub, "alice") as client:
            client.delete_folder(path)
    rops = (
        RopSaveChangesMessageRequest(0, late.output_handle_index, late.output_handle_index, KEEP),
        alice.importing(content, alice.new_key(), Replica().change(), NOBODY, modified=LATER),
        alice.importing(content, key, Replica().change(), known, modified=LATER),
        alice.importing_folder(tree, alice.new_key(), "x", Replica().change(), NOBODY, modified=LATER),
        alice.moving(content, alice.identity.key(folder.counter), key, alice.new_key(), known, Replica().change()),
        alice.reading(content, {key: True}),
    )
    assert [alice.error(one) for one in rops] == [GONE] * len(rops)
    assert alice.error(alice.deleting(content, [key])) == 0


def unused(slot: int, replica: UUID, *ranges: tuple[int, int]) -> RopSetLocalReplicaMidsetDeletedRequest:
    told = (LongTermIdRange(LongTermId(replica, low), LongTermId(replica, high)) for low, high in ranges)
    return RopSetLocalReplicaMidsetDeletedRequest(0, slot, tuple(told))


def test_ids_that_will_not_be_used(alice):
    """R2267, R2268, R2269, R2270, R957, R958, R3248: no message comes under them in that folder; messages that are
    there stay, other folders and other ids are as before."""
    (_, slot, path), (_, other, _) = alice.new(), alice.new()
    replica, first = alice.new_ids(20)
    keys = [replica.bytes_le + number.to_bytes(6, "big") for number in range(first, first + 20)]
    rop = alice.importing(alice.collector(slot), keys[5], Replica().change(), NOBODY, modified=LATER)
    alice.bring(rop, {**NEW, tags.PidTagSubject: "there"})
    ranges = ((first, first + 3), (first + 8, first + 9), (first + 4, first + 7))
    assert alice.error(unused(slot, replica, *ranges)) == 0
    assert [brought(alice, slot, key) for key in keys[:5] + keys[6:12]] == [GONE] * 9 + [0, 0]
    assert brought(alice, other, keys[0]) == 0
    assert imap_subjects(alice.hub, "alice", path) == ["there"]
    assert alice.contents(slot).deletions.deleted.count() == 0
    header = alice.contents(slot).change("there")
    again = alice.importing(alice.collector(slot), keys[5], Replica().change(), predecessors(header), modified=LATER)
    assert alice.error(again) == 0


def test_ids_that_nobody_was_given_yet(alice):
    """R925: they are still to be used, whatever a client says of them."""
    _, slot, _ = alice.new()
    replica, first = alice.new_ids(1)
    assert alice.error(unused(slot, replica, (1, (1 << 48) - 1))) == 0
    assert brought(alice, slot, replica.bytes_le + first.to_bytes(6, "big")) == GONE
    assert brought(alice, slot, alice.new_key()) == 0


@pytest.mark.parametrize("right", [Right.INSERT, Right.INSERT | Right.DELETE_OWNED], ids=["none", "their own"])
def test_guests(hub, alice, right):
    """Who may not delete in a folder of somebody else, or nothing but their own messages, does not say what is not to
    come there, and deletes nothing of others."""
    folder, slot, path = alice.new()
    alice.fill(path, "hers")
    hers = source_key(alice.contents(slot).change("hers"))
    alice.share_folder(folder, "bob", Right.LOOKUP | Right.READ | right)
    bob = SyncSession(hub, "bob", "alice")
    replica, first = alice.new_ids(2)
    keys = [replica.bytes_le + number.to_bytes(6, "big") for number in (first, first + 1)]
    assert bob.error(unused(bob.open(folder), replica, (first, first))) == 0
    collector = bob.collector(bob.open(folder))
    told = bob.error(bob.deleting(collector, keys))
    assert told == (0 if Right.DELETE_OWNED in right else ErrorCode.ecAccessDenied)
    assert bob.error(bob.deleting(collector, [*keys, hers])) == ErrorCode.ecAccessDenied
    assert [brought(alice, slot, key) for key in keys] == [0, 0]
    assert imap_subjects(hub, "alice", path) == ["hers"]


def test_guests_delete_all_or_none(hub, alice):
    """R3511, R3512, R35121: where what others have written is among what is to go, one's own stays as well."""
    folder, slot, path = alice.new()
    alice.fill(path, "hers")
    hers = source_key(alice.contents(slot).change("hers"))
    alice.share_folder(folder, "bob", Right.LOOKUP | Right.READ | Right.INSERT | Right.DELETE_OWNED)
    bob, key = SyncSession(hub, "bob", "alice"), alice.new_key()
    collector = bob.collector(bob.open(folder))
    rop = bob.importing(collector, key, Replica().change(), NOBODY, modified=LATER)
    bob.bring(rop, {**NEW, tags.PidTagSubject: "his"})
    for keys in ([key, hers], [hers, key]):
        assert bob.error(bob.deleting(collector, keys)) == ErrorCode.ecAccessDenied
        assert imap_subjects(hub, "alice", path) == ["hers", "his"]
    assert bob.error(bob.deleting(collector, [key, key])) == 0
    assert imap_subjects(hub, "alice", path) == ["hers"]


def test_a_first_synchronization_of_what_never_was(alice):
    """R1278: of what never came nothing is told."""
    _, slot, _ = alice.new()
    assert alice.error(alice.deleting(alice.collector(slot), [alice.new_key()])) == 0
    assert alice.contents(slot, NOTHING).is_empty
