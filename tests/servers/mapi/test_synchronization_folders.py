"""What clients bring of folders, against a real hub. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from mapi_session import imap_folders, imap_of, mapi_hub
from mapi_sync import LATER, Replica, SyncSession, predecessors, source_key

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.globsets import globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import idset
from posthouse.protocols.mapi.fast_transfer.predecessors import Order, Xid, predecessors_of
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.rops.folder import FolderType
from posthouse.protocols.mapi.rops.synchronization_upload import ImportDeleteFlags
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.store.folders import MAX_DEPTH
from posthouse.testing import MailHub

NOBODY = predecessors_of([])
NAMES = count(1)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub) -> SyncSession:
    return SyncSession(hub, "alice")


@pytest.fixture
def name() -> str:
    return f"synchronized {next(NAMES)}"


def collector_of(alice: SyncSession, state: SyncState = SyncState()) -> int:  # noqa: B008
    return alice.collector(alice.subtree, state, contents=False)


def made(alice: SyncSession, name: str, **options):
    """A folder that the client has brought; its key."""
    key = options.pop("key", None) or alice.new_key()
    collector = options.pop("collector", None) or collector_of(alice)
    rop = alice.importing_folder(collector, key, name, Replica().change(), NOBODY, modified=LATER, **options)
    assert alice.error(rop) == 0
    return key


def nested(alice: SyncSession, top: bytes) -> bytes:
    """The lowest that there can be below one on the first level; its key."""
    for _ in range(MAX_DEPTH - 1):
        top = made(alice, "nested", parent=top)
    return top


def test_a_new_folder(alice, name):
    """R816, R2235, R835, R2233, R2234, R1884, R3415, R3359, MS-OXCROPS R4036, R4589: every other client sees it, and to
    its own client it does not come back."""
    before = alice.hierarchy(alice.subtree).state
    collector = collector_of(alice, before)
    key = made(alice, name, collector=collector, others={tags.PidTagContainerClass: "IPF.Note"})
    assert name in imap_folders(alice.hub, "alice")
    told = alice.transfer_state(collector)
    assert (told.given, told.seen_fai, told.read) == (None, None, None)
    replica, number = alice.new_ids(1)[0], int.from_bytes(key[16:], "big")
    given = before.given | idset({replica: globset_of([number])})
    assert alice.hierarchy(alice.subtree, SyncState(given, told.seen)).is_empty
    found = alice.hierarchy(alice.subtree).folder(name)
    assert source_key(found) == key
    assert value_of(found, tags.PidTagLastModificationTime) == LATER
    assert value_of(found, tags.PidTagContainerClass) == "IPF.Note"


def test_what_is_told_twice(alice, name):
    """R2243: what the first list tells, the second cannot tell otherwise."""
    others = {tags.PidTagDisplayName: "otherwise", tags.PidTagLastModificationTime: 1, tags.PidTagComment: "comment"}
    key = made(alice, name, others=others)
    found = alice.hierarchy(alice.subtree).folder(name)
    assert source_key(found) == key
    assert value_of(found, tags.PidTagLastModificationTime) == LATER
    assert value_of(found, tags.PidTagComment) == "comment"


def test_below_one_that_was_brought(alice, name):
    """R1127, R1129: by its parent's key, also one of another replica; R2450: NoParentFolder when there is none."""
    top = made(alice, name, key=Xid(Replica().guid, b"folder").format())
    inner = made(alice, "inner", parent=top)
    assert f"{name}/inner" in imap_folders(alice.hub, "alice")
    found = alice.hierarchy(alice.subtree)
    [below] = [one for one in found.folders if source_key(one) == inner]
    assert value_of(below, tags.PidTagParentSourceKey) == top
    rop = alice.importing_folder(
        *(collector_of(alice), alice.new_key(), "x", Replica().change(), NOBODY), modified=1, parent=alice.new_key()
    )
    assert alice.error(rop) == ErrorCode.ecSyncNoParent


def test_another_name_and_place(alice, name):
    """R1791: a newer version renames the folder and moves it; R2452: the same once more is ignored."""
    key, other = made(alice, name), made(alice, f"{name} other")
    header = alice.hierarchy(alice.subtree).folder(name)
    rop = alice.importing_folder(
        *(collector_of(alice), key, "renamed", Replica().change(), predecessors(header)), modified=LATER, parent=other
    )
    assert alice.error(rop) == 0
    assert f"{name} other/renamed" in imap_folders(alice.hub, "alice")
    assert alice.error(rop) == ErrorCode.ecSyncIgnore


@pytest.mark.parametrize(("written", "winner"), [(1 << 60, "mine"), (1, "theirs")])
def test_conflicts(alice, name, written, winner):
    """R2237, R2239, R2242, R2463, R1832, R2239001, R2650: the later one wins, the operation succeeds, and the
    client hears what has come of it."""
    key, change = made(alice, name), Replica().change()
    before = alice.hierarchy(alice.subtree)
    header = before.folder(name)
    with imap_of(alice.hub, "alice") as client:
        client.rename_folder(name, f"{name} theirs")
    collector = collector_of(alice, before.state)
    rop = alice.importing_folder(*(collector, key, f"{name} mine", change, predecessors(header)), modified=written)
    assert alice.error(rop) == 0
    assert f"{name} {winner}" in imap_folders(alice.hub, "alice")
    told = alice.transfer_state(collector)
    after = alice.hierarchy(alice.subtree, SyncState(before.state.given, told.seen))
    [found] = after.folders
    assert value_of(found, tags.PidTagDisplayName) == f"{name} {winner}"
    assert predecessors(found).compare(predecessors(header).with_change(change)) is Order.NEWER


def test_versions_of_one_moment(alice, name):
    """R1829: of two that were written at the same time, the one that is here stays."""
    key, change = made(alice, name), Replica().change()
    known = predecessors(alice.hierarchy(alice.subtree).folder(name))
    with imap_of(alice.hub, "alice") as client:
        client.rename_folder(name, f"{name} theirs")
    written = alice.value(alice.open(alice.folder(f"{name} theirs")), tags.PidTagLastModificationTime)
    for modified, winner in ((written, "theirs"), (written + 1, "mine")):
        rop = alice.importing_folder(collector_of(alice), key, f"{name} mine", change, known, modified=modified)
        code = alice.error(rop)
        assert code in (0, ErrorCode.ecSyncIgnore)
        assert f"{name} {winner}" in imap_folders(alice.hub, "alice")
        change = Replica().change()


def test_names_that_other_folders_have(alice, name):
    """R2449, R816, R1897: whoever brings a new folder that is called like another has made it, under a name with a
    number behind it, and hears of that."""
    made(alice, name)
    before = alice.hierarchy(alice.subtree).state
    collector, called = collector_of(alice, before), (name, name.upper())
    keys = [made(alice, each, collector=collector) for each in called]
    here = [f"{each}{number}" for number, each in enumerate(called, 1)]
    assert {name, *here} <= imap_folders(alice.hub, "alice")
    found = alice.hierarchy(alice.subtree, SyncState(before.given, alice.transfer_state(collector).seen))
    assert [source_key(found.folder(each)) for each in here] == keys
    after = found.state
    assert alice.hierarchy(alice.subtree, after).is_empty


def test_what_has_no_place(alice, name):
    """A place within itself, in a search folder, or too deep, and a special folder that would lose its own; R836: the
    failure has no id."""
    key = made(alice, name)
    collector, found = collector_of(alice), alice.hierarchy(alice.subtree)
    known = predecessors(found.folder(name))
    within = alice.importing_folder(collector, key, name, Replica().change(), known, modified=LATER, parent=key)
    assert alice.error(within) == ErrorCode.ecFolderCycle
    search, _, _ = alice.new(kind=FolderType.SEARCH)
    origin, top = key[:16] + search.counter.to_bytes(6, "big"), alice.new_key()
    for parent, error in ((origin, ErrorCode.ecSearchFolder), (nested(alice, key), ErrorCode.ecQuotaExceeded)):
        rop = alice.importing_folder(collector, top, name, Replica().change(), NOBODY, modified=1, parent=parent)
        assert alice.error(rop) == error
    inbox = found.folder("Inbox")
    stays = alice.importing_folder(
        *(collector, source_key(inbox), "Inbox", Replica().change(), predecessors(inbox)), modified=LATER, parent=key
    )
    assert alice.error(stays) == ErrorCode.ecAccessDenied
    none = alice.importing_folder(
        *(collector, key[:16] + b"\x01" * 6, "future", Replica().change(), NOBODY), modified=1
    )
    assert alice.error(none) == ErrorCode.ecInvalidParameter


@pytest.mark.parametrize("hard", [False, True])
def test_deletions(alice, name, hard):
    """R901, R2250, R72, R7201: with all that is in them, and what is not there is passed over. R2466: what was deleted
    is not brought back."""
    top = made(alice, name)
    inner = made(alice, "inner", parent=top)
    alice.fill(f"{name}/inner", "mail")
    state = alice.hierarchy(alice.subtree).state
    collector = collector_of(alice, state)
    flags = ImportDeleteFlags.HIERARCHY | (ImportDeleteFlags.HARD_DELETE if hard else 0)
    for _ in range(2):
        assert alice.error(alice.deleting(collector, [top, inner, alice.new_key()], flags)) == 0
    assert not {one for one in imap_folders(alice.hub, "alice") if one.startswith(name)}
    assert alice.hierarchy(alice.subtree, state).deletions.deleted.count() == 2
    again = alice.importing_folder(collector, top, name, Replica().change(), NOBODY, modified=LATER)
    assert alice.error(again) == ErrorCode.ecSyncObjectDeleted


def test_all_deletions_or_none(alice, name):
    """R3512, R3511, R35121, R2470: when one of them cannot be, the others are not either, before it or behind it."""
    key = made(alice, name)
    inbox = source_key(alice.hierarchy(alice.subtree).folder("Inbox"))
    for keys in ([key, inbox], [inbox, key]):
        rop = alice.deleting(collector_of(alice), keys, ImportDeleteFlags.HIERARCHY)
        assert alice.error(rop) == ErrorCode.ecAccessDenied
        assert name in imap_folders(alice.hub, "alice")


def test_bad_versions(alice, name):
    """2.2.3.2.4.3.1: six properties in their order, with a change key and a list that can be read."""
    good = alice.importing_folder(*(collector_of(alice), alice.new_key(), name, Replica().change(), NOBODY), modified=1)
    values = good.hierarchy_values
    bad = [values[:-1], values[::-1], ()]
    bad += [(*values[:place], values[place]._replace(value=b"x"), *values[place + 1 :]) for place in (1, 3, 4)]
    for one in bad:
        rop = type(good)(good.logon_id, good.handle_index, one, ())
        assert alice.error(rop) == ErrorCode.ecInvalidParameter
