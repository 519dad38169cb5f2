"""Messages that clients have moved by themselves, against a real hub. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_session import imap_of, imap_subjects, mapi_hub, oid
from mapi_sync import LATER, Replica, SyncSession, filled, predecessors, source_key

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.predecessors import Order, Xid, predecessors_of
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.protocols.mapi.rops.synchronization_upload import ImportDeleteFlags, ImportFlag
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

NEW = {tags.PidTagMessageClass: "IPM.Note", tags.PidTagMessageFlags: 1, tags.PidTagBody: "text"}
NOBODY = predecessors_of([])


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture
def alice(hub) -> SyncSession:
    return SyncSession(hub, "alice")


class Carried:
    """A message that somebody has changed since the client got it, and that the client has moved to another folder."""

    def __init__(self, alice: SyncSession, place, header: Properties) -> None:
        self.target, self.key, self.change = alice.new()[1], alice.new_key(), Replica().change()
        self.collector = alice.collector(self.target)
        origin = self.key[:16] + place[2].counter.to_bytes(6, "big")
        known = predecessors(header)
        rop = alice.moving(self.collector, origin, source_key(header), self.key, known, self.change)
        self.error = alice.error(rop)
        self.known = known.with_change(self.change)
        self.after = alice.after(self.collector, SyncState(), self.id.counter)

    @property
    def id(self) -> ObjectId:
        return oid(int.from_bytes(self.key[16:], "big"))


def test_moves(alice, place):
    """R839, R2246, R78, R879001, R2244, R2245, R1892, MS-OXCROPS R4124: the message is in the folder of the context,
    under the id that the client has chosen; the client's own folders have nothing to say to it any more."""
    slot, path, folder = place
    [header], state = filled(alice, place, "wanders")
    _, target, there = alice.new()
    collector, key, change = alice.collector(target), alice.new_key(), Replica().change()
    origin = key[:16] + folder.counter.to_bytes(6, "big")
    rop = alice.moving(collector, origin, source_key(header), key, predecessors(header), change)
    assert alice.error(rop) == 0
    assert imap_subjects(alice.hub, "alice", path) == []
    assert imap_subjects(alice.hub, "alice", there) == ["wanders"]
    number = int.from_bytes(key[16:], "big")
    assert alice.message_ids(there) == [oid(number)]
    assert alice.contents(target, alice.after(collector, SyncState(), number)).is_empty
    moved = alice.contents(target).change("wanders")
    assert predecessors(moved).includes_change(change)
    assert alice.contents(slot, state).deletions.deleted.count() == 1


def key_elsewhere(alice: SyncSession) -> bytes:
    """Of another replica."""
    return Xid(Replica().guid, b"abcdef").format()


@pytest.mark.parametrize("new_key", [SyncSession.new_key, key_elsewhere], ids=["own", "elsewhere"])
def test_moves_to_names_that_are_or_were_others(alice, place, new_key):
    """R1891, R1892: neither a message that is there gives its name, nor one that was, nor the message itself."""
    _, path, folder = place
    [first, second, third], _ = filled(alice, place, "first", "second", "third")
    _, target, there = alice.new()
    collector, key = alice.collector(target), new_key(alice)
    origin = source_key(first)[:16] + folder.counter.to_bytes(6, "big")

    def move(header: Properties, to: bytes) -> int:
        change = Replica().change()
        return alice.error(alice.moving(collector, origin, source_key(header), to, predecessors(header), change))

    assert move(first, source_key(first)) == ErrorCode.ecInvalidParameter
    assert move(first, key) == 0
    assert move(second, key) == ErrorCode.ecInvalidParameter
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(there)
        client.delete_messages(client.search())
        client.expunge()
    assert move(second, key) == ErrorCode.ecInvalidParameter
    assert imap_subjects(alice.hub, "alice", path) == ["second", "third"]
    assert move(third, new_key(alice)) == 0
    assert imap_subjects(alice.hub, "alice", there) == ["third"]


def test_moves_from_a_folder_with_a_key_of_somebody_else(alice, place):
    """2.2.3.2.4.4.1: the folder is named by its source key, whoever has made that."""
    key = Xid(Replica().guid, b"folder").format()
    tree, name = alice.collector(alice.subtree, contents=False), f"{place[1]} elsewhere"
    rop = alice.importing_folder(tree, key, name, Replica().change(), NOBODY, modified=LATER)
    assert alice.error(rop) == 0
    alice.fill(name, "wanders")
    header = alice.contents(alice.open(alice.folder(name))).change("wanders")
    to, known = alice.new_key(), predecessors(header)
    moving = alice.moving(alice.collector(place[0]), key, source_key(header), to, known, Replica().change())
    assert alice.error(moving) == 0
    assert imap_subjects(alice.hub, "alice", place[1]) == ["wanders"]


def test_moves_of_associated_messages(alice, place):
    """R2247: their changes are of CnsetSeenFAI."""
    slot, _, folder = place
    key = alice.new_key()
    rop = alice.importing(
        *(alice.collector(slot), key, Replica().change(), NOBODY), modified=LATER, flag=ImportFlag.ASSOCIATED
    )
    alice.bring(rop, {tags.PidTagMessageClass: "IPM.x", tags.PidTagSubject: "beside"})
    header = alice.contents(slot).change("beside")
    _, target, _ = alice.new()
    collector, to = alice.collector(target), alice.new_key()
    origin = to[:16] + folder.counter.to_bytes(6, "big")
    assert alice.error(alice.moving(collector, origin, key, to, predecessors(header), Replica().change())) == 0
    state = alice.after(collector, SyncState(), int.from_bytes(to[16:], "big"))
    assert (state.seen.count(), state.seen_fai.count()) == (0, 1)
    assert alice.contents(target, state).is_empty
    assert alice.contents(target).subjects == ["beside"]
    assert alice.contents(slot).subjects == []


@pytest.mark.parametrize("by_the_move", [False, True])
def test_moves_of_what_the_client_has_changed(alice, place, by_the_move):
    """R875, R876, R858: NewerClientChange, and the change that the client brings then is no conflict; also when it says
    of the move itself that the message had it before."""
    _, _, folder = place
    [header], _ = filled(alice, place, "wanders")
    _, target, path = alice.new()
    collector, to = alice.collector(target), alice.new_key()
    origin = to[:16] + folder.counter.to_bytes(6, "big")
    change = Replica().change()
    edit = predecessors(header).with_change(change)
    move = change if by_the_move else Replica().change()
    assert alice.error(alice.moving(collector, origin, source_key(header), to, edit, move)) == (
        ErrorCode.NewerClientChange
    )
    rop = alice.importing(collector, to, Replica().change(), edit, modified=1, flag=ImportFlag.FAIL_ON_CONFLICT)
    alice.bring(rop, {**NEW, tags.PidTagSubject: "edited"})
    assert imap_subjects(alice.hub, "alice", path) == ["edited"]


def test_moves_of_what_others_have_changed(alice, place):
    """R2246, R3337, R1806: the client has moved an older version. The change of the move is one that it knows, and the
    later version comes to it all the same; that one contains the client's, so it is no conflict."""
    [header], _ = filled(alice, place, "wanders")
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(place[1])
        client.add_flags(client.search(), ["\\Flagged"])
    moved = Carried(alice, place, header)
    assert (moved.error, moved.after.seen.count()) == (0, 1)
    came = alice.contents(moved.target, moved.after)
    [change] = came.changes
    assert value_of(change.message.properties, tags.PidTagFlagStatus) == 2
    assert predecessors(change.header).compare(moved.known) is Order.NEWER
    assert alice.contents(moved.target, came.state).is_empty


def test_moves_of_what_others_have_read(alice, place):
    """R1916: whoever has moved a message hears that somebody had read it before; the message itself does not come
    again."""
    [header], _ = filled(alice, place, "wanders")
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(place[1])
        client.add_flags(client.search(), ["\\Seen"])
    moved = Carried(alice, place, header)
    came = alice.contents(moved.target, moved.after)
    assert (moved.error, came.changes, came.reads.read.count()) == (0, [], 1)
    assert alice.contents(moved.target, came.state).is_empty


@pytest.mark.parametrize("flag", [ImportDeleteFlags(0), ImportDeleteFlags.HARD_DELETE])
def test_moves_of_what_others_have_deleted(alice, place, flag):
    """R2250, R2451, R880: there is nothing left to move; the failure has no id."""
    [header], state = filled(alice, place, "gone")
    assert alice.error(alice.deleting(alice.collector(place[0], state), [source_key(header)], flag)) == 0
    expected = ErrorCode.ecNotFound if flag else ErrorCode.ecSyncObjectDeleted
    assert Carried(alice, place, header).error == expected
