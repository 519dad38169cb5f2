"""Clients that keep a copy, against a real hub. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Iterator

import fx_checker
import pytest
from mapi_session import LOGON, MapiSession, deliver, imap_of, mapi_hub

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import Deletions, ReadStateChanges, SyncState
from posthouse.protocols.mapi.fast_transfer.idsets import format_replguid_idset
from posthouse.protocols.mapi.fast_transfer.markers import (
    MetaTagCnsetRead,
    MetaTagCnsetSeen,
    MetaTagCnsetSeenFAI,
    MetaTagIdsetGiven,
)
from posthouse.protocols.mapi.fast_transfer.parser import Parser
from posthouse.protocols.mapi.fast_transfer.parser.events import ChangeRead, FolderChangeRead
from posthouse.protocols.mapi.fast_transfer.parser.syncs import contents_sync, hierarchy_sync
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.rops.fast_transfer import (
    RopFastTransferSourceGetBufferRequest,
    RopFastTransferSourceGetBufferResponse,
    SendOptions,
    TransferStatus,
)
from posthouse.protocols.mapi.rops.folder import FolderOpenFlags, RopOpenFolderRequest, RopOpenFolderResponse
from posthouse.protocols.mapi.rops.synchronization import (
    RopSynchronizationConfigureRequest,
    RopSynchronizationConfigureResponse,
    RopSynchronizationUploadStateStreamBeginRequest,
    RopSynchronizationUploadStateStreamContinueRequest,
    RopSynchronizationUploadStateStreamEndRequest,
    SynchronizationExtraFlags,
    SynchronizationFlags,
    SynchronizationType,
)
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

ALL = (
    SynchronizationFlags.UNICODE
    | SynchronizationFlags.NORMAL
    | SynchronizationFlags.FAI
    | SynchronizationFlags.READ_STATE
)
EXTRA = SynchronizationExtraFlags.EID | SynchronizationExtraFlags.CN | SynchronizationExtraFlags.MESSAGE_SIZE
EXPECTED = fx_checker.Expected(extra_flags=int(EXTRA))
NOTHING = SyncState()
LIMIT = 64 * 1024 * 1024


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol", "dave") as hub:
        yield hub


def opened(session: MapiSession, folder) -> int:
    slot = session.slot()
    session.get(RopOpenFolderRequest(0, LOGON, slot, folder, FolderOpenFlags(0)), RopOpenFolderResponse)
    return slot


def stream(session: MapiSession, slot: int, size: int = 0x4000) -> bytes:
    """All of it, and it is what the grammar says."""
    parts = []
    while True:
        request = RopFastTransferSourceGetBufferRequest(0, slot, size)
        response = session.get(request, RopFastTransferSourceGetBufferResponse)
        parts.append(response.transfer_buffer)
        assert response.transfer_status in (TransferStatus.PARTIAL, TransferStatus.DONE)
        if response.transfer_status is TransferStatus.DONE:
            return b"".join(parts)


def configured(session: MapiSession, folder: int, kind: SynchronizationType, state: SyncState, **options) -> int:
    slot = session.slot()
    session.get(
        RopSynchronizationConfigureRequest(
            *(0, folder, slot, kind, options.get("send", SendOptions.UNICODE), options.get("flags", ALL)),
            *(options.get("restriction"), options.get("extra", EXTRA), options.get("tags", ())),
        ),
        RopSynchronizationConfigureResponse,
    )
    for tag, ids in (
        (MetaTagIdsetGiven, state.given),
        (MetaTagCnsetSeen, state.seen),
        (MetaTagCnsetSeenFAI, state.seen_fai),
        (MetaTagCnsetRead, state.read),
    ):
        if ids is not None:
            data = format_replguid_idset(ids)
            begin = RopSynchronizationUploadStateStreamBeginRequest(0, slot, tag, len(data))
            end = RopSynchronizationUploadStateStreamEndRequest(0, slot)
            for one in (begin, RopSynchronizationUploadStateStreamContinueRequest(0, slot, data), end):
                assert session.error(one) == 0
    return slot


class Synced:
    """What came."""

    def __init__(self, data: bytes, root) -> None:
        parser = Parser(root, 1252, LIMIT)
        events = [*parser.feed(data), *parser.finish()]
        self.changes = [one for one in events if isinstance(one, ChangeRead)]
        self.folders = [one.properties for one in events if isinstance(one, FolderChangeRead)]
        self.deletions = next((one for one in events if isinstance(one, Deletions)), Deletions())
        self.reads = next((one for one in events if isinstance(one, ReadStateChanges)), ReadStateChanges())
        self.state = next(one for one in events if isinstance(one, SyncState))

    @property
    def subjects(self) -> list[str]:
        return [value_of(one.message.properties, tags.PidTagSubject) for one in self.changes]


def contents(session: MapiSession, folder: int, state: SyncState = NOTHING, **options) -> Synced:
    data = stream(
        session,
        configured(session, folder, SynchronizationType.CONTENTS, state, **options),
        options.get("size", 0x4000),
    )
    fx_checker.check_contents_sync(data, EXPECTED)
    return Synced(data, contents_sync)


def test_each_change_comes_once(hub):
    """R1858: with the state that it ends with, a synchronization has nothing more to say."""
    alice = MapiSession(hub, "alice")
    inbox = opened(alice, alice.special(Special.INBOX))
    deliver(hub, "alice", "one")
    deliver(hub, "alice", "two")
    first = contents(alice, inbox)
    assert sorted(first.subjects) == ["one", "two"]
    again = contents(alice, inbox, first.state)
    assert (again.changes, again.deletions, again.reads) == ([], Deletions(), ReadStateChanges())
    deliver(hub, "alice", "three")
    third = contents(alice, inbox, again.state)
    assert third.subjects == ["three"]


def test_what_other_clients_do_is_in_the_next_one(hub):
    """R1129 and its kin: read states without the message, flags as a change, what is expunged as deleted."""
    bob = MapiSession(hub, "bob")
    inbox = opened(bob, bob.special(Special.INBOX))
    for subject in ("read", "flagged", "gone", "still"):
        deliver(hub, "bob", subject)
    first = contents(bob, inbox)
    ids = bob.message_ids()
    with imap_of(hub, "bob") as client:
        client.select_folder("INBOX")
        client.add_flags([1], ["\\Seen"])
        client.add_flags([2], ["\\Flagged"])
        client.delete_messages([3])
        client.expunge([3])
    second = contents(bob, inbox, first.state)
    assert second.subjects == ["flagged"]
    assert value_of(second.changes[0].message.properties, tags.PidTagFlagStatus) == 2
    assert [*second.deletions.deleted] == [(1, ids[2].counter)]
    assert [*second.reads.read] == [(1, ids[0].counter)]
    assert contents(bob, inbox, second.state).changes == []


@pytest.mark.parametrize("size", [0x200, 0x1000, 0x7000])
def test_buffers_of_any_size(hub, size):
    """R2139: cut where it may be."""
    alice = MapiSession(hub, "alice")
    inbox = opened(alice, alice.special(Special.INBOX))
    slots = [configured(alice, inbox, SynchronizationType.CONTENTS, NOTHING) for _ in range(2)]
    assert stream(alice, slots[0], size) == stream(alice, slots[1], 0x7FFF - 100)


def test_folders_come_parents_first(hub):
    """R1129, R1127: those right below the folder have no parent's key."""
    carol = MapiSession(hub, "carol")
    with imap_of(hub, "carol") as client:
        client.create_folder("a/b/c")
    top = opened(carol, carol.special(Special.IPM_SUBTREE))
    slot = configured(carol, top, SynchronizationType.HIERARCHY, NOTHING)
    data = stream(carol, slot)
    fx_checker.check_hierarchy_sync(data, EXPECTED)
    found = Synced(data, hierarchy_sync)
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
    slot = configured(carol, top, SynchronizationType.HIERARCHY, found.state)
    second = Synced(stream(carol, slot), hierarchy_sync)
    assert [value_of(one, tags.PidTagDisplayName) for one in second.folders] == ["z"]
    assert second.deletions.deleted.count() == 1
