"""Versions of a message that nobody has seen together, against a real hub. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from mapi_session import LOGON, imap_of, imap_subjects, mapi_hub, oid
from mapi_sync import LATER, NO_FLAG, Replica, SyncSession, predecessors, source_key

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.conflicts import MOST_VERSIONS
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.predecessors import Order, PredecessorChangeList, Xid, parse_predecessors
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.attachment import AttachmentOpenMode, RopDeleteAttachmentRequest
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
    RopSaveChangesMessageRequest,
    SaveFlags,
)
from posthouse.protocols.mapi.rops.message_status import MessageStatusFlags
from posthouse.protocols.mapi.rops.synchronization_upload import (
    ImportDeleteFlags,
    ImportFlag,
    RopSynchronizationImportMessageChangeResponse,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.identity import counter_of
from posthouse.store.objects import DELETED, DELETED_ASSOCIATED
from posthouse.testing import MailHub

NEW = {tags.PidTagMessageClass: "IPM.Note", tags.PidTagMessageFlags: 1, tags.PidTagBody: "text"}
VERY_LATE, EARLY = 1 << 60, 1
KEPT = MessageOpenMode.READ_WRITE


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


class Place:
    """A folder of one test, in which there is a mail: a client has it, and somebody has changed it since."""

    def __init__(self, hub: MailHub) -> None:
        self.alice = SyncSession(hub, "alice")
        self.folder, self.slot, self.path = self.alice.new()
        self.alice.fill(self.path, "here")
        first = self.alice.contents(self.slot)
        [change] = first.changes
        self.header, self.state = change.header, first.state
        with imap_of(hub, "alice") as client:
            client.select_folder(self.path)
            client.add_flags(client.search(), ["\\Flagged"])

    def importing(self, modified: int, change: Xid, **options: Any):
        known = options.pop("known", predecessors(self.header))
        collector = self.alice.collector(self.slot, self.state)
        return self.alice.importing(
            collector, source_key(self.header), change, known, modified=modified, **options
        ), collector

    def bring(self, subject: str, modified: int, **options: Any) -> tuple[Xid, int]:
        """The change, and the context with which it came."""
        change = Replica().change()
        rop, collector = self.importing(modified, change, **options)
        self.alice.bring(rop, {**NEW, tags.PidTagSubject: subject})
        return change, collector

    def opened(self) -> int:
        number, slot = counter_of(value_of(self.header, tags.PidTagMid)), self.alice.slot()
        rop = RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, self.folder, KEPT, oid(number or 0))
        self.alice.get(rop, RopOpenMessageResponse)
        return slot

    def status(self, message: int) -> int:
        found: int = self.alice.value(message, tags.PidTagMessageStatus)
        return found

    def versions(self, message: int, count: int) -> list[tuple[bool, str]]:
        """Of its first attachments: whether they are versions, and their subjects."""
        found = []
        for number in range(count):
            part = self.alice.opened_attachment(message, number, AttachmentOpenMode.READ_ONLY)
            within = self.alice.message_within(part, MessageOpenMode.READ_ONLY)
            told = self.alice.value(part, tags.PidTagInConflict)
            found.append((told, self.alice.value(within, tags.PidTagNormalizedSubject)))
        return found


@pytest.fixture
def place(hub):
    return Place(hub)


def contained(header: Properties) -> PredecessorChangeList:
    return parse_predecessors(value_of(header, tags.PidTagPredecessorChangeList))


def test_fail_on_conflict(place):
    """R2231, R3215, R3219, R3220, R1833, R1836, R2655, MS-OXCROPS R3962: with FailOnConflict nothing is taken;
    MS-OXCRPC R1407."""
    rop, _ = place.importing(LATER, Replica().change(), flag=ImportFlag.FAIL_ON_CONFLICT)
    assert place.alice.error(rop) == ErrorCode.ecSyncConflict
    assert imap_subjects(place.alice.hub, "alice", place.path) == ["here"]
    assert place.status(place.opened()) == 0


@pytest.mark.parametrize(("written", "subjects"), [(VERY_LATE, ["here", "there"]), (EARLY, ["there", "here"])])
def test_a_message_with_its_versions(place, written, subjects):
    """R1286, R1287, R1801, R1804 to R1807, R1811, R1812, R1814, R1815, R1820 to R1822, R1826, R1834, R1837, R1839,
    R2232, R2505, R2734, R2735, R3045, R3046, R3400, R3507, MS-OXCMSG R544, R2029: the message is what was written last,
    every version is attached, and it contains both."""
    change, _ = place.bring("there", written)
    assert imap_subjects(place.alice.hub, "alice", place.path) == [subjects[-1]]
    message = place.opened()
    assert place.status(message) == MessageStatusFlags.msInConflict == 0x800
    assert place.versions(message, 2) == [(True, subject) for subject in subjects]
    told = place.alice.values(message, tags.PidTagNormalizedSubject, tags.PidTagPredecessorChangeList)
    assert told[0] == subjects[-1]
    both = parse_predecessors(told[1])
    assert both.compare(predecessors(place.header).with_change(change)) is Order.NEWER
    assert place.alice.asides(place.folder, DELETED) == []


def test_more_versions_than_a_message_has(place):
    """R1801: there is an end to it: of one more the last stays, and the message as it was can be recovered with all of
    its versions."""
    for number in range(1, MOST_VERSIONS):
        place.bring(f"there {number}", LATER + number)
    assert len(place.versions(place.opened(), MOST_VERSIONS)) == MOST_VERSIONS
    place.bring("the last", VERY_LATE)
    assert place.status(place.opened()) == 0
    assert place.alice.contents(place.slot).subjects == ["the last"]
    [kept] = place.alice.asides(place.folder, DELETED)
    slot, soft = place.alice.slot(), MessageOpenMode.OPEN_SOFT_DELETED
    rop = RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, place.folder, soft, oid(kept.id))
    place.alice.get(rop, RopOpenMessageResponse)
    assert len(place.versions(slot, MOST_VERSIONS)) == MOST_VERSIONS


def test_others_do_not_see_the_versions(place):
    """A mail stays the mail that came when another version loses, and no other protocol has versions in it."""
    whole = _bytes(place)
    place.bring("there", EARLY)
    assert _bytes(place) == whole
    place.bring("everywhere", VERY_LATE)
    with imap_of(place.alice.hub, "alice") as client:
        client.select_folder(place.path)
        [found] = client.fetch(client.search(), ["BODYSTRUCTURE", "ENVELOPE"]).values()
    assert found[b"ENVELOPE"].subject == b"everywhere"
    assert found[b"BODYSTRUCTURE"][0] == b"text"


def _bytes(place: Place) -> tuple[int, bytes]:
    with imap_of(place.alice.hub, "alice") as client:
        client.select_folder(place.path)
        [(uid, one)] = client.fetch(client.search(), ["BODY.PEEK[]"]).items()
        return uid, one[b"BODY[]"]


@pytest.mark.parametrize(("written", "subjects"), [(VERY_LATE, ["here", "there"]), (EARLY, ["there", "here"])])
def test_versions_go_out_one_by_one(place, written, subjects):
    """R1138, R1816, R1817, R3397 to R3399, R1912: not the message that has them, but each version as a message of its
    own, with its own change and what it contains; also to the client that brought one of them."""
    change, collector = place.bring("there", written)
    told = place.alice.transfer_state(collector)
    state = SyncState(place.state.given, told.seen, told.seen_fai, told.read)
    came = place.alice.contents(place.slot, state)
    assert came.subjects == subjects
    assert [one.groups for one in came.changes] == [None, None]
    assert not any(one.message.attachments for one in came.changes)
    first, second = (one.header for one in came.changes)
    assert source_key(first) == source_key(second) == source_key(place.header)
    assert contained(first).compare(contained(second)) is Order.CONFLICT
    keys = {value_of(one, tags.PidTagChangeKey) for one in (first, second)}
    assert change.format() in keys
    assert len(keys) == 2
    assert place.alice.contents(place.slot, came.state).is_empty


def test_a_client_that_goes_on_with_its_own_version(place):
    """R1788, R1793: the next version of one that is in conflict is so with the others alone, and stands in its
    place."""
    change, _ = place.bring("there", VERY_LATE)
    place.bring("there again", VERY_LATE + 1, known=predecessors(place.header).with_change(change))
    assert place.versions(place.opened(), 2) == [(True, "here"), (True, "there again")]
    assert place.alice.contents(place.slot).subjects == ["here", "there again"]
    assert imap_subjects(place.alice.hub, "alice", place.path) == ["there again"]


def test_another_version_becomes_the_last_one(place):
    """R1826, R2232: when the version that stood for the message is gone on from, by a clock that goes wrong, the
    message is the one that is the last then."""
    change, _ = place.bring("there", VERY_LATE)
    place.bring("there again", EARLY, known=predecessors(place.header).with_change(change))
    assert place.versions(place.opened(), 2) == [(True, "there again"), (True, "here")]
    assert place.alice.value(place.opened(), tags.PidTagNormalizedSubject) == "here"
    assert place.alice.contents(place.slot).subjects == ["there again", "here"]
    assert imap_subjects(place.alice.hub, "alice", place.path) == ["here"]


def test_a_client_that_chooses(place):
    """R1791, R1810, R3399: what contains all versions follows them, and is in conflict no more; R2449."""
    place.bring("there", VERY_LATE)
    place.bring("elsewhere", EARLY)
    assert place.versions(place.opened(), 3) == [(True, "elsewhere"), (True, "here"), (True, "there")]
    came = place.alice.contents(place.slot)
    all_of_them = predecessors(place.header)
    for one in came.changes:
        all_of_them = all_of_them.merge(contained(one.header))
    place.bring("peace", EARLY, known=all_of_them)
    assert place.alice.contents(place.slot).subjects == ["peace"]
    assert place.status(place.opened()) == 0
    assert imap_subjects(place.alice.hub, "alice", place.path) == ["peace"]


def test_a_client_that_clears_up(place):
    """R1820: without its versions the message is in conflict no more."""
    place.bring("there", VERY_LATE)
    message = place.opened()
    for number in range(2):
        assert place.alice.error(RopDeleteAttachmentRequest(0, message, number)) == 0
    place.alice.saved(message)
    assert place.status(place.opened()) == 0
    assert place.alice.contents(place.slot).subjects == ["there"]


def test_marks_are_of_all_versions(place):
    """R1812: a flag on a message in conflict is no choice, and goes out with each version."""
    place.bring("there", VERY_LATE)
    message = place.opened()
    place.alice.set(message, {tags.PidTagFlagStatus: 1})
    place.alice.saved(message)
    came = place.alice.contents(place.slot)
    assert came.subjects == ["here", "there"]
    assert [value_of(one.message.properties, tags.PidTagFlagStatus) for one in came.changes] == [1, 1]


def test_whoever_changes_it_has_chosen(place):
    """What is saved in place of versions in conflict is one version; those that go can be recovered."""
    place.bring("there", VERY_LATE)
    message = place.opened()
    place.alice.set(message, {tags.PidTagSubject: "chosen"})
    place.alice.saved(message)
    assert place.alice.contents(place.slot).subjects == ["chosen"]
    assert place.status(place.opened()) == 0
    assert len(place.alice.asides(place.folder, DELETED)) == 1


@pytest.mark.parametrize(("written", "winner"), [(VERY_LATE, "there"), (EARLY, "here")])
def test_the_last_writer_wins(place, written, winner):
    """R1285, R1290, R3041, R1840, R135, R1803, R1804, R1831: where the folder says so the message is one version, which
    contains both and which every client gets; the other one can be recovered."""
    place.alice.set(place.slot, {tags.PidTagResolveMethod: 1})
    change, collector = place.bring("there", written)
    assert imap_subjects(place.alice.hub, "alice", place.path) == [winner]
    told = place.alice.transfer_state(collector)
    came = place.alice.contents(place.slot, SyncState(place.state.given, told.seen, told.seen_fai, told.read))
    assert came.subjects == [winner]
    assert contained(came.changes[0].header).compare(predecessors(place.header).with_change(change)) is Order.NEWER
    assert place.status(place.opened()) == 0
    assert len(place.alice.asides(place.folder, DELETED)) == 1


@pytest.mark.parametrize("method", [0, 2])
def test_what_a_folder_says(place, method):
    """R1286, R1292, R135: only one of the methods is without versions."""
    place.alice.set(place.slot, {tags.PidTagResolveMethod: method})
    place.bring("there", VERY_LATE)
    assert place.status(place.opened()) == MessageStatusFlags.msInConflict


@pytest.mark.parametrize("written", [VERY_LATE, EARLY])
def test_associated_messages(place, written):
    """R3402, R3403, R1831: of what no other protocol sees, the last version stays alone."""
    alice, key = place.alice, place.alice.new_key()
    values: dict[PropertyTag, Any] = {tags.PidTagMessageClass: "IPM.x"}
    for subject, modified in (("one", LATER), ("two", written)):
        rop = alice.importing(
            *(alice.collector(place.slot), key, Replica().change(), PredecessorChangeList({})),
            modified=modified,
            flag=ImportFlag.ASSOCIATED,
        )
        alice.bring(rop, {**values, tags.PidTagSubject: subject})
    [found] = [one for one in alice.contents(place.slot).changes if value_of(one.header, tags.PidTagAssociated)]
    assert value_of(found.message.properties, tags.PidTagNormalizedSubject) == ("two" if written > LATER else "one")
    assert len(alice.asides(place.folder, DELETED_ASSOCIATED)) == 1


@pytest.mark.parametrize("method", [0, 1], ids=["versions", "last"])
@pytest.mark.parametrize("written", [VERY_LATE, EARLY])
def test_what_goes_before_it_is_saved(place, written, method):
    """R2451, R2499: whoever has opened a message to bring another version of it, which is deleted for good meanwhile,
    hears that, and nothing comes of the version."""
    alice = place.alice
    alice.set(place.slot, {tags.PidTagResolveMethod: method})
    rop, collector = place.importing(written, Replica().change())
    alice.get(rop, RopSynchronizationImportMessageChangeResponse)
    slot = rop.output_handle_index
    alice.set(slot, {**NEW, tags.PidTagSubject: "there"})
    assert alice.error(alice.deleting(collector, [source_key(place.header)], ImportDeleteFlags.HARD_DELETE)) == 0
    saving = RopSaveChangesMessageRequest(0, slot, slot, SaveFlags.KEEP_OPEN_READ_WRITE)
    assert alice.error(saving) == ErrorCode.ecSyncObjectDeleted
    assert imap_subjects(alice.hub, "alice", place.path) == []
    assert alice.asides(place.folder, DELETED) == []


def changed_while_it_comes(place: Place, flag: ImportFlag = NO_FLAG) -> int:
    """What the client has read is replaced by somebody else before its own version is saved; how that ends."""
    alice, change = place.alice, Replica().change()
    [now] = [one.header for one in alice.contents(place.slot).changes]
    rop, _ = place.importing(VERY_LATE, change, known=predecessors(now), flag=flag)
    alice.get(rop, RopSynchronizationImportMessageChangeResponse)
    slot, other = rop.output_handle_index, place.opened()
    alice.set(slot, {**NEW, tags.PidTagSubject: "theirs"})
    alice.set(other, {tags.PidTagSubject: "ours"})
    alice.saved(other)
    return alice.error(RopSaveChangesMessageRequest(0, slot, slot, SaveFlags.KEEP_OPEN_READ_WRITE))


def test_what_changes_before_it_is_saved(place):
    """R3508, R2505, R2232: of what somebody has changed since the client began, both versions are kept."""
    assert changed_while_it_comes(place) == 0
    assert place.status(place.opened()) == MessageStatusFlags.msInConflict
    assert sorted(place.alice.contents(place.slot).subjects) == ["ours", "theirs"]
    assert imap_subjects(place.alice.hub, "alice", place.path) == ["theirs"]


def test_what_changes_before_it_is_saved_and_must_not(place):
    """R2231: a client that takes no conflicts hears of one, and nothing comes of its version."""
    assert changed_while_it_comes(place, ImportFlag.FAIL_ON_CONFLICT) == ErrorCode.ecSyncConflict
    assert place.alice.contents(place.slot).subjects == ["ours"]


def test_a_version_that_comes_twice_at_once(place):
    """R1792, R2500: the second time, what is here contains it."""
    alice, change = place.alice, Replica().change()
    [now] = [one.header for one in alice.contents(place.slot).changes]
    saving = []
    for _ in range(2):
        rop, _ = place.importing(VERY_LATE, change, known=predecessors(now))
        alice.get(rop, RopSynchronizationImportMessageChangeResponse)
        slot = rop.output_handle_index
        alice.set(slot, {**NEW, tags.PidTagSubject: "theirs"})
        saving.append(RopSaveChangesMessageRequest(0, slot, slot, SaveFlags.KEEP_OPEN_READ_WRITE))
    assert [alice.error(one) for one in saving] == [0, ErrorCode.ecSyncIgnore]
    assert alice.contents(place.slot).subjects == ["theirs"]


def test_of_one_origin_the_imported_one_wins(place):
    """R1830: written at the same time, in the same namespace."""
    replica = Replica()
    for subject in ("first", "second"):
        rop, _ = place.importing(VERY_LATE, replica.change())
        place.alice.bring(rop, {**NEW, tags.PidTagSubject: subject})
    assert imap_subjects(place.alice.hub, "alice", place.path) == ["second"]
