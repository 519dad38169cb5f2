"""Clients that keep a copy, against a real hub. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_session import deliver, imap_of, mapi_hub
from mapi_sync import SyncSession

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import Deletions, ReadStateChanges
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.rops.synchronization import SynchronizationType
from posthouse.testing import MailHub


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol", "dave") as hub:
        yield hub


def test_each_change_comes_once(hub):
    """R1858, R2157, R2158, R669, R670, R1863, R1864, R2042, R2044, R2056, R2057, R2074, R3341, R3344, R3349, R3411,
    R3419, R3339, R5001, R641, R642, R348, R336, R337, R338, R5100, R316901101, R21370012: with the state that it ends
    with, a synchronization has nothing more to say; R28: all four sets are part of it; R16, R17, R19: the checker of
    the grammar misses nothing that must be there, in its place, and meets nothing that must not."""
    alice = SyncSession(hub, "alice")
    inbox = alice.opened_folder()
    deliver(hub, "alice", "one")
    deliver(hub, "alice", "two")
    first = alice.contents(inbox)
    assert sorted(first.subjects) == ["one", "two"]
    assert None not in (first.state.given, first.state.seen, first.state.seen_fai, first.state.read)
    again = alice.contents(inbox, first.state)
    assert (again.changes, again.deletions, again.reads) == ([], Deletions(), ReadStateChanges())
    deliver(hub, "alice", "three")
    third = alice.contents(inbox, again.state)
    assert third.subjects == ["three"]


def test_what_other_clients_do_is_in_the_next_one(hub):
    """R72001, R84, R1278, R2046, R2048, R2063, R2071, R2072, R2073, R2075, R2076, R2083, R2084, R2665, R2666, R3315,
    R5000, R62: read states without the message, flags as a change, what is expunged as deleted; what was read as well
    is told once."""
    bob = SyncSession(hub, "bob")
    inbox = bob.opened_folder()
    for subject in ("read", "flagged", "gone", "still"):
        deliver(hub, "bob", subject)
    first = bob.contents(inbox)
    ids = bob.message_ids()
    with imap_of(hub, "bob") as client:
        client.select_folder("INBOX")
        client.add_flags([1], ["\\Seen"])
        client.add_flags([2], ["\\Flagged"])
        client.add_flags([2, 3], ["\\Seen"])
        client.delete_messages([3])
        client.expunge([3])
    second = bob.contents(inbox, first.state)
    assert second.subjects == ["flagged"]
    assert value_of(second.changes[0].message.properties, tags.PidTagFlagStatus) == 2
    assert [*second.deletions.deleted] == [(1, ids[2].counter)]
    assert [*second.reads.read] == [(1, ids[0].counter)]
    assert value_of(second.changes[0].message.properties, tags.PidTagMessageFlags) & 1
    assert bob.contents(inbox, second.state).changes == []


def test_what_becomes_unread(hub):
    """R87, R67, R2068, R2083, R5000: what was read and is no more; what was read and unread again since, is one
    change."""
    dave = SyncSession(hub, "dave")
    inbox = dave.opened_folder()
    deliver(hub, "dave", "mail")
    first = dave.contents(inbox)
    with imap_of(hub, "dave") as client:
        client.select_folder("INBOX")
        client.add_flags([1], ["\\Seen"])
        second = dave.contents(inbox, first.state)
        assert (second.reads.read.count(), second.reads.unread.count()) == (1, 0)
        client.remove_flags([1], ["\\Seen"])
    for before in (first.state, second.state):
        third = dave.contents(inbox, before)  # R67: as often as the client asks from there
        assert (third.changes, third.reads.read.count(), third.reads.unread.count()) == ([], 0, 1)
    assert dave.contents(inbox, third.state).is_empty


@pytest.mark.parametrize("size", [0x200, 0x1000, 0x7000])
def test_buffers_of_any_size(hub, size):
    """R2142, R2143, R2135, R2136: cut where it may be."""
    alice = SyncSession(hub, "alice")
    inbox = alice.opened_folder()
    slots = [alice.configured(inbox, SynchronizationType.CONTENTS) for _ in range(2)]
    assert alice.stream(slots[0], size) == alice.stream(slots[1], 0x7FFF - 100)


def test_folders_come_parents_first(hub):
    """R1128, R1129, R1127, R29, R38, R1126, R1272, R3025, R1333, R1337002, R133703, R72, R2042, MS-OXCROPS R3915: those
    right below the folder have no parent's key."""
    carol = SyncSession(hub, "carol")
    with imap_of(hub, "carol") as client:
        client.create_folder("a/b/c")
    found = carol.hierarchy(carol.subtree)
    names = [value_of(one, tags.PidTagDisplayName) for one in found.folders]
    assert names.index("a") < names.index("b") < names.index("c")
    assert {"Inbox", "Calendar", "Sent", "Drafts"} <= set(names)
    parents = {
        value_of(one, tags.PidTagDisplayName): value_of(one, tags.PidTagParentSourceKey) for one in found.folders
    }
    assert parents["a"] == b"" != parents["b"]
    with imap_of(hub, "carol") as client:
        client.delete_folder("a/b/c")
        client.rename_folder("a", "z")
    second = carol.hierarchy(carol.subtree, found.state)
    assert [value_of(one, tags.PidTagDisplayName) for one in second.folders] == ["z"]
    assert second.deletions.deleted.count() == 1
    assert carol.hierarchy(carol.subtree, second.state).is_empty
