"""What clients bring of messages, against a real hub. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_session import deliver, imap_of, imap_subjects, mapi_hub
from mapi_sync import LATER, Replica, SyncSession, filled, predecessors, source_key

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.markers import MetaTagIdsetExpired
from posthouse.protocols.mapi.fast_transfer.predecessors import Xid, predecessors_of
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.base import RopRequest
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    RopGetContentsTableRequest,
    RopGetContentsTableResponse,
)
from posthouse.protocols.mapi.rops.message import RopSaveChangesMessageRequest, SaveFlags
from posthouse.protocols.mapi.rops.synchronization_upload import (
    ImportDeleteFlags,
    ImportFlag,
    MessageReadState,
    RopSynchronizationImportDeletesResponse,
    RopSynchronizationImportMessageChangeResponse,
    RopSynchronizationImportReadStateChangesRequest,
    RopSynchronizationImportReadStateChangesResponse,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.store.objects import DELETED
from posthouse.testing import MailHub

NEW = {tags.PidTagMessageClass: "IPM.Note", tags.PidTagMessageFlags: 1, tags.PidTagBody: "text"}
NOBODY = predecessors_of([])
NO_FLAGS = ContentsTableFlags(0)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub) -> SyncSession:
    return SyncSession(hub, "alice")


def modified(header: Properties) -> int:
    return value_of(header, tags.PidTagLastModificationTime)


def test_a_new_message(alice, place):
    """R349, R782, R807 to R809, R936, R3505, R778, R779, R805, R806, R1897, R1906, R1907, R1908, R1909, R1910, R1911,
    R2217, R2218, R2220, R61, R65, R3026, R1273, R3027, R1274, R2263, R2264, R934, R937, R3412, MS-OXCROPS R3968, R4588:
    it has the id that the client has chosen, its key and its predecessors, every other client sees it, and to its own
    client it does not come back."""
    slot, path, _ = place
    collector, replica, key = alice.collector(slot), Replica(), alice.new_key()
    change = replica.change()
    message = alice.bring(
        alice.importing(collector, key, change, NOBODY, modified=LATER),
        {**NEW, tags.PidTagSubject: "brought"},
    )
    assert message.counter == int.from_bytes(key[16:], "big")
    assert imap_subjects(alice.hub, "alice", path) == ["brought"]
    state = alice.after(collector, SyncState(), message.counter)
    assert alice.contents(slot, state).is_empty
    other = alice.contents(slot)
    header = other.change("brought")
    assert source_key(header) == key
    assert value_of(header, tags.PidTagChangeKey) == change.format()
    assert predecessors(header).includes_change(change)
    assert modified(header) == LATER


def test_a_key_of_somebody_else(alice, place):
    """R2219: a message may come under a key of another replica, and is found under it."""
    slot, path, _ = place
    collector, replica = alice.collector(slot), Replica()
    key, change = Xid(replica.guid, b"123456").format(), replica.change()
    alice.bring(alice.importing(collector, key, change, NOBODY, modified=LATER), {**NEW, tags.PidTagSubject: "one"})
    header = alice.contents(slot).change("one")
    assert source_key(header) == key
    again = alice.importing(collector, key, replica.change(), predecessors(header), modified=LATER)
    alice.bring(again, {**NEW, tags.PidTagSubject: "two"})
    assert imap_subjects(alice.hub, "alice", path) == ["two"]


def test_two_clients_with_one_new_message(alice, place):
    """R3508: both have opened it before either has saved it: it is there once, with both versions."""
    slot, path, _ = place
    key, rops = alice.new_key(), []
    for modified, subject in ((LATER, "first"), (2 * LATER, "second")):
        rop = alice.importing(alice.collector(slot), key, Replica().change(), NOBODY, modified=modified)
        alice.get(rop, RopSynchronizationImportMessageChangeResponse)
        alice.set(rop.output_handle_index, {**NEW, tags.PidTagSubject: subject})
        rops.append(rop)
    slots = [rop.output_handle_index for rop in rops]
    saving = [RopSaveChangesMessageRequest(0, one, one, SaveFlags.KEEP_OPEN_READ_WRITE) for one in slots]
    assert [alice.error(one) for one in saving] == [0, 0]
    assert imap_subjects(alice.hub, "alice", path) == ["second"]
    assert sorted(alice.contents(slot).subjects) == ["first", "second"]


def test_an_associated_message(alice, place):
    """R813, R814, R190701: it stands beside the folder's contents, and its change is of CnsetSeenFAI."""
    slot, path, _ = place
    collector = alice.collector(slot)
    rop = alice.importing(
        *(collector, alice.new_key(), Replica().change(), NOBODY), modified=LATER, flag=ImportFlag.ASSOCIATED
    )
    message = alice.bring(rop, {tags.PidTagMessageClass: "IPM.Configuration.x", tags.PidTagSubject: "settings"})
    state = alice.after(collector, SyncState(), message.counter)
    assert (state.seen.count(), state.seen_fai.count()) == (0, 1)
    assert alice.contents(slot, state).is_empty
    [change] = alice.contents(slot).changes
    assert value_of(change.header, tags.PidTagAssociated) is True
    assert imap_subjects(alice.hub, "alice", path) == []


def test_a_change_replaces_what_was_there(alice, place):
    """R783, R1791, R2229, R1898: all of the message is the client's; what it does not bring is gone."""
    slot, path, _ = place
    [header], state = filled(alice, place, "old")
    collector, replica = alice.collector(slot, state), Replica()
    rop = alice.importing(
        *(collector, source_key(header), replica.change(), predecessors(header)), modified=modified(header) + 1
    )
    message = alice.bring(rop, {**NEW, tags.PidTagSubject: "new"})
    assert imap_subjects(alice.hub, "alice", path) == ["new"]
    state = alice.after(collector, state, message.counter)
    assert alice.contents(slot, state).is_empty
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        [[_, text]] = [
            (uid, one[b"BODY[TEXT]"]) for uid, one in client.fetch(client.search(), ["BODY.PEEK[TEXT]"]).items()
        ]
    assert b"text" in text
    assert b"old" not in text


def test_a_mark_leaves_the_content_as_it_is(alice, place):
    """A client brings all of a message, also when it has only put a mark on it: mail stays the mail that came."""
    slot, path, _ = place
    alice.fill(path, "mail")
    first = alice.contents(slot)
    [change] = first.changes
    uid, data = _whole(alice, path)
    collector = alice.collector(slot, first.state)
    rop = alice.importing(
        *(collector, source_key(change.header), Replica().change(), predecessors(change.header)), modified=LATER
    )
    alice.get(rop, RopSynchronizationImportMessageChangeResponse)
    alice.set(rop.output_handle_index, {**_settable(change.message.properties), tags.PidTagFlagStatus: 2})
    alice.saved(rop.output_handle_index)
    assert _whole(alice, path) == (uid, data)
    again = alice.contents(slot, first.state)
    assert value_of(again.changes[0].message.properties, tags.PidTagFlagStatus) == 2


def _settable(properties: Properties):
    return {PropertyTag(key, one.type): one.value for key, one in properties.items() if isinstance(key, int)}


def _whole(alice: SyncSession, path: str):
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        [(uid, one)] = client.fetch(client.search(), ["BODY.PEEK[]"]).items()
        return uid, one[b"BODY[]"]


def test_what_is_here_already_is_not_taken(alice, place):
    """R1792, R2452, R1784, R1792001: SyncIgnore for a version that is older than the one here, or the same."""
    slot, _, _ = place
    [header], state = filled(alice, place, "mail")
    collector, replica = alice.collector(slot, state), Replica()
    change = replica.change()
    rop = alice.importing(collector, source_key(header), change, predecessors(header), modified=LATER)
    alice.bring(rop, {**NEW, tags.PidTagSubject: "mine"})
    assert alice.error(rop) == ErrorCode.ecSyncIgnore


def test_changes_of_several_replicas_add_up(alice, place):
    """R1806 to R1810: what was contained in a version stays in the list of those that follow, whoever makes them."""
    slot, path, _ = place
    [header], state = filled(alice, place, "mail")
    change = Replica().change()
    rop = alice.importing(
        *(alice.collector(slot, state), source_key(header), change, predecessors(header)), modified=LATER
    )
    alice.bring(rop, {**NEW, tags.PidTagSubject: "first"})
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        client.add_flags(client.search(), ["\\Flagged"])
    again = alice.contents(slot).change("first")
    assert predecessors(again).includes_change(change)


def test_what_was_deleted_stays_so(alice, place):
    """R2451: ObjectDeleted for a change of a message that was deleted."""
    slot, _, _ = place
    [header], state = filled(alice, place, "gone")
    collector = alice.collector(slot, state)
    assert alice.error(alice.deleting(collector, [source_key(header)])) == 0
    rop = alice.importing(*(collector, source_key(header), Replica().change(), predecessors(header)), modified=LATER)
    assert alice.error(rop) == ErrorCode.ecSyncObjectDeleted


@pytest.mark.parametrize("hard", [False, True])
def test_deletions(alice, place, hard):
    """R884, R903, R904, R2250, R902, R90205, R90205002, R2248, R2249, R1278, R1279, R72001, R7200101, MS-OXCROPS
    R407402, R407403, R4082, R4585: softly, what is deleted can be recovered; what is not there is passed over.
    MS-OXCFXICS R303401: nothing is told as expired; MS-OXCRPC R1406."""
    slot, path, folder = place
    headers, state = filled(alice, place, "a", "b", "c")
    flags = ImportDeleteFlags.HARD_DELETE if hard else ImportDeleteFlags(0)
    keys = [source_key(one) for one in headers[:2]] + [alice.new_key(), b"x" * 20]
    collector = alice.collector(slot, state)
    for _ in range(2):
        assert alice.error(alice.deleting(collector, keys, flags)) == 0
    assert imap_subjects(alice.hub, "alice", path) == ["c"]
    assert len(alice.asides(folder, DELETED)) == (0 if hard else 2)
    told = alice.contents(slot, alice.after(collector, state))
    assert told.deletions.deleted.count() == 2
    assert MetaTagIdsetExpired.format() not in told.data
    assert told.changes == []


def test_read_states(alice, place):
    """R905, R2260, R2255, R2256, R2257, MS-OXCROPS R4004, R4010, R4012: they are changed by their keys, and do not come
    back; MS-OXCFXICS R2259: of associated ones nothing changes."""
    slot, path, _ = place
    headers, state = filled(alice, place, "a", "b", "c")
    collector = alice.collector(slot, state)
    rop = alice.importing(
        *(collector, alice.new_key(), Replica().change(), NOBODY), modified=LATER, flag=ImportFlag.ASSOCIATED
    )
    beside = alice.bring(rop, {tags.PidTagMessageClass: "IPM.x"})
    key = source_key(next(one.header for one in alice.contents(slot).changes if not one.message.properties.get(0x37)))
    states = {source_key(headers[0]): True, source_key(headers[1]): True, key: True, b"y" * 20: True}
    assert alice.error(alice.reading(collector, states)) == 0
    assert alice.error(alice.reading(collector, {source_key(headers[1]): False})) == 0
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        assert len(client.search("SEEN")) == 1
    mine = alice.after(collector, state, beside.counter)
    assert alice.contents(slot, mine).is_empty
    other = alice.contents(slot, state)
    assert other.reads.read.count() == 1


@pytest.mark.parametrize("last", [True, False])
def test_read_states_of_one_message_that_was_marked_twice(alice, place, last):
    """R2258: the last mark counts, as if they came one by one."""
    slot, path, _ = place
    [header], _ = filled(alice, place, "a")
    states = tuple(MessageReadState(source_key(header), read) for read in (last, not last, last))
    assert alice.error(RopSynchronizationImportReadStateChangesRequest(0, alice.collector(slot), states)) == 0
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        assert len(client.search("SEEN")) == int(last)


def test_ids_that_nobody_was_given(alice, place):
    """R925: an id that is still to be given is no client's; nor is one that another message has."""
    slot, _, folder = place
    [header, other], _ = filled(alice, place, "there", "too")
    collector, key = alice.collector(slot), alice.new_key()
    future = key[:16] + (1 << 40).to_bytes(6, "big")
    rop = alice.importing(collector, future, Replica().change(), NOBODY, modified=LATER)
    assert alice.error(rop) == ErrorCode.ecInvalidParameter
    origin = key[:16] + folder.counter.to_bytes(6, "big")
    for to in (future, source_key(other)):
        rop = alice.moving(collector, origin, source_key(header), to, NOBODY, Replica().change())
        assert alice.error(rop) == ErrorCode.ecInvalidParameter
    assert imap_subjects(alice.hub, "alice", place[1]) == ["there", "too"]


def test_ids_a_little_beyond_those_that_were_given(alice, place):
    """R1890: with three of them, a client that takes larger and larger steps brings its fourth message, too, and nobody
    else is given what it took."""
    slot, path, _ = place
    replica, first = alice.new_ids(3)
    _, others = alice.new_ids(1)
    collector = alice.collector(slot)
    for step in (0, 1, 3, 6):
        key = replica.bytes_le + (first + step).to_bytes(6, "big")
        rop = alice.importing(collector, key, Replica().change(), NOBODY, modified=LATER)
        alice.bring(rop, {tags.PidTagSubject: f"{step}"})
    assert imap_subjects(alice.hub, "alice", path) == ["0", "1", "3", "6"]
    assert others > first + 6


def test_read_states_of_what_says_nothing_of_it(alice, place):
    """R2260: a new message whose flags its client does not tell has been read and not been sent, so it
    can become unread."""
    slot, path, _ = place
    key = alice.new_key()
    rop = alice.importing(alice.collector(slot), key, Replica().change(), NOBODY, modified=LATER)
    alice.bring(rop, {tags.PidTagSubject: "new"})
    before = alice.contents(slot).state
    collector = alice.collector(slot)
    assert alice.error(alice.reading(collector, {key: False})) == 0
    assert alice.transfer_state(collector).read.count() > 0
    assert alice.contents(slot, before).reads.unread.count() == 1
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        assert client.search("UNSEEN DRAFT") == client.search("ALL")


def test_ids_that_something_else_has(alice, place):
    """R1891: what a folder has is no id for a message, nor the other way round, also when that has gone; nor is 0."""
    slot, _, folder = place
    [header], _ = filled(alice, place, "there")
    content, tree = alice.collector(slot), alice.collector(alice.subtree, contents=False)
    replica, gone = source_key(header)[:16], alice.new()[2]
    removed = alice.hierarchy(alice.subtree).folder(gone)
    with imap_of(alice.hub, "alice") as client:
        client.delete_folder(gone)
    for number in (folder.counter, int.from_bytes(source_key(removed)[16:], "big"), 0):
        key = replica + number.to_bytes(6, "big")
        rop = alice.importing(content, key, Replica().change(), NOBODY, modified=LATER)
        assert alice.error(rop) == ErrorCode.ecInvalidParameter
    for _ in range(2):
        rop = alice.importing_folder(tree, source_key(header), "x", Replica().change(), NOBODY, modified=LATER)
        assert alice.error(rop) == ErrorCode.ecInvalidParameter
        alice.error(alice.deleting(content, [source_key(header)], ImportDeleteFlags.HARD_DELETE))


def test_flags_without_a_name(alice, place):
    """R3509, R2254, R2254001, R3509001: the operation fails."""
    slot, _, _ = place
    collector = alice.collector(slot)
    rop = alice.importing(collector, alice.new_key(), Replica().change(), NOBODY, modified=1, flag=ImportFlag(2))
    assert alice.error(rop) == ErrorCode.ecInvalidParameter
    assert alice.error(alice.deleting(collector, [], ImportDeleteFlags(0x80))) == ErrorCode.ecInvalidParameter


def test_headers_that_are_none(alice, place):
    """2.2.3.2.4.2.1, 2.2.3.2.4.3.1: a version is told by its properties in their order, no more and no fewer, and a new
    object by a GID; anything else fails."""
    content, tree = alice.collector(place[0]), alice.collector(alice.subtree, contents=False)
    change = Replica().change()
    good = alice.importing(content, alice.new_key(), change, NOBODY, modified=LATER)
    folder = alice.importing_folder(tree, alice.new_key(), "x", change, NOBODY, modified=LATER)
    told, named = good.property_values, folder.hierarchy_values
    short = alice.importing(content, b"x" * 20, change, NOBODY, modified=LATER)
    rops: list[RopRequest] = [short, alice.importing_folder(tree, b"x" * 20, "x", change, NOBODY, modified=LATER)]
    for wrong in (told[::-1], told[:-1], told[1:], (*told, told[0])):
        rops += [type(good)(0, content, alice.slot(), ImportFlag(0), wrong)]
    for wrong in (named[::-1], named[:-1], named[1:], (*named, named[0])):
        rops += [type(folder)(0, tree, wrong, ())]
    assert {alice.error(rop) for rop in rops} == {ErrorCode.ecInvalidParameter}


def test_kinds_of_contexts(alice, place):
    """R769, MS-OXCROPS R4159: a context for contents takes no folders, one for the hierarchy no messages, and a folder
    is no context."""
    slot, _, _ = place
    tree, content = alice.collector(slot, contents=False), alice.collector(slot)
    message = alice.importing(tree, alice.new_key(), Replica().change(), NOBODY, modified=1)
    folder = alice.importing_folder(content, alice.new_key(), "x", Replica().change(), NOBODY, modified=1)
    none = alice.importing(slot, alice.new_key(), Replica().change(), NOBODY, modified=1)
    for rop in (message, folder, none):
        assert alice.error(rop) == ErrorCode.ecNotSupported


def test_rights(hub, alice, place):
    """R3513, R3513001, R2262: who may read a folder of somebody else brings nothing into it, learns nothing so of what
    is in others, and nothing of what is there becomes read."""
    _, path, folder = place
    alice.fill(path, "hers")
    _, elsewhere, other = alice.new()
    alice.fill(other, "hidden")
    hidden = source_key(alice.contents(elsewhere).change("hidden"))
    alice.share_folder(folder, "bob", Right.LOOKUP | Right.READ)
    bob = SyncSession(hub, "bob", "alice")
    slot = bob.open(folder)
    first = bob.contents(slot)
    header, collector = first.change("hers"), bob.collector(slot)
    key = source_key(header)
    rops = (
        bob.importing(collector, key, Replica().change(), predecessors(header), modified=LATER),
        bob.importing(collector, b"k" * 22, Replica().change(), NOBODY, modified=LATER),
        bob.importing(collector, hidden, Replica().change(), NOBODY, modified=LATER),
        bob.deleting(collector, [key]),
        bob.reading(collector, {key: True}),
    )
    assert [bob.error(rop) for rop in rops] == [ErrorCode.ecAccessDenied] * 5
    assert imap_subjects(hub, "alice", path) == ["hers"]
    assert alice.contents(alice.open(folder), first.state).is_empty


def test_what_a_guest_has_moved_is_theirs(hub, alice, place):
    """Who may delete nothing but their own messages may delete what they have brought by a move."""
    _, path, folder = place
    alice.fill(path, "hers")
    target, slot, there = alice.new()
    alice.share_folder(folder, "bob", Right.LOOKUP | Right.READ | Right.DELETE_MESSAGES)
    alice.share_folder(target, "bob", Right.LOOKUP | Right.READ | Right.INSERT | Right.DELETE_OWNED)
    bob = SyncSession(hub, "bob", "alice")
    header, context, key = bob.contents(bob.open(folder)).change("hers"), bob.collector(bob.open(target)), bob.new_key()
    origin = key[:16] + folder.counter.to_bytes(6, "big")
    moving = bob.moving(context, origin, source_key(header), key, predecessors(header), Replica().change())
    assert bob.error(moving) == 0
    assert imap_subjects(hub, "alice", there) == ["hers"]
    assert bob.error(bob.deleting(context, [key])) == 0
    assert imap_subjects(hub, "alice", there) == []
    assert alice.contents(slot).is_empty


def test_each_is_done_when_it_answers(alice, place):
    """R1852: of many messages as of one: what stands behind in the same buffer finds it done."""
    slot, _, _ = place
    headers, _ = filled(alice, place, *(f"mail {number}" for number in range(300)))
    collector, table = alice.collector(slot), alice.slot()
    keys = [source_key(one) for one in headers]
    read = alice.reading(collector, dict.fromkeys(keys[:-1], True))
    deleted, looking = alice.deleting(collector, keys[100:]), RopGetContentsTableRequest(0, slot, table, NO_FLAGS)
    told = alice.execute(read, deleted, looking)
    assert [type(one) for one in told] == [
        RopSynchronizationImportReadStateChangesResponse,
        RopSynchronizationImportDeletesResponse,
        RopGetContentsTableResponse,
    ]
    assert told[2].row_count == 100
    assert alice.value(slot, tags.PidTagContentUnreadCount) == 0


def test_mail_that_comes_meanwhile(hub, alice):
    """R1858: what the client brings does not hide what others bring."""
    inbox = alice.opened_folder()
    first = alice.contents(inbox)
    collector = alice.collector(inbox, first.state)
    deliver(hub, "alice", "meanwhile")
    rop = alice.importing(collector, alice.new_key(), Replica().change(), NOBODY, modified=LATER)
    message = alice.bring(rop, {**NEW, tags.PidTagSubject: "mine"})
    assert alice.contents(inbox, alice.after(collector, first.state, message.counter)).subjects == ["meanwhile"]
