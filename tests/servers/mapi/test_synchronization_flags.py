"""What clients say of a synchronization, flag by flag, against a real hub. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from mapi_session import imap_of, mapi_hub
from mapi_sync import ALL, EXTRA, LATER, Replica, SyncSession, source_key

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.extended_buffer import HEADER
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.globsets import globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import IdSet, idset
from posthouse.protocols.mapi.fast_transfer.markers import MetaTagCnsetSeen
from posthouse.protocols.mapi.fast_transfer.parser.events import ChangeRead
from posthouse.protocols.mapi.fast_transfer.predecessors import Xid, predecessors_of
from posthouse.protocols.mapi.identifiers import LongTermId
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import Content, FuzzyLow, Property, RelOp
from posthouse.protocols.mapi.rop_buffer import RopBuffer, overhead
from posthouse.protocols.mapi.rops.fast_transfer import (
    SERVER_CHOOSES,
    RopFastTransferSourceGetBufferRequest,
    SendOptions,
    TransferStatus,
)
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    FolderType,
    RopSetSearchCriteriaRequest,
    RopSetSearchCriteriaResponse,
    SearchRequestFlags,
)
from posthouse.protocols.mapi.rops.synchronization import (
    LongTermIdRange,
    RopSetLocalReplicaMidsetDeletedRequest,
    RopSynchronizationConfigureRequest,
    RopSynchronizationGetTransferStateRequest,
    RopSynchronizationUploadStateStreamBeginRequest,
    RopSynchronizationUploadStateStreamContinueRequest,
    RopSynchronizationUploadStateStreamEndRequest,
    SynchronizationFlags,
    SynchronizationType,
)
from posthouse.protocols.mapi.rops.synchronization import SynchronizationExtraFlags as Extra
from posthouse.protocols.mapi.rops.synchronization_upload import (
    ImportFlag,
    RopSynchronizationImportMessageChangeResponse,
)
from posthouse.protocols.mapi.rops.transport import RopBufferTooSmall
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.identity import counter_of
from posthouse.servers.mapi.rops.fast_transfer import HEAD
from posthouse.testing import MailHub

Flag = SynchronizationFlags


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub) -> SyncSession:
    return SyncSession(hub, "alice")


@pytest.fixture
def place(alice):
    _, slot, path = alice.new()
    return slot, path


def beside(alice: SyncSession, slot: int, subject: str = "beside") -> None:
    rop = alice.importing(
        *(alice.collector(slot), alice.new_key(), Replica().change(), predecessors_of([])),
        modified=LATER,
        flag=ImportFlag.ASSOCIATED,
    )
    alice.bring(rop, {tags.PidTagMessageClass: "IPM.x", tags.PidTagSubject: subject, tags.PidTagComment: "comment"})


def test_kinds_that_were_not_asked_for_stay(alice, place):
    """R2045: what is there is not told as deleted, whatever was asked for."""
    slot, path = place
    alice.fill(path, "mail")
    beside(alice, slot)
    first = alice.contents(slot)
    for flags in (Flag.NORMAL, Flag.FAI):
        assert alice.contents(slot, first.state, flags=Flag.UNICODE | flags).is_empty


def test_a_client_that_lacks_some(alice, place):
    """R2043: a message whose id the client does not have comes, whatever changes it knows of; one that it has and is
    not there is told as deleted, however long it has been gone."""
    slot, path = place
    alice.fill(path, "one", "two", "three")
    full = alice.contents(slot)
    replica, _ = alice.new_ids(1)
    one, two, _ = sorted(full.state.given.of(replica))
    for lacking, extra in ((one, None), (one, 3), (None, 3)):
        given = full.state.given - idset({replica: globset_of([lacking] if lacking else [])})
        given |= idset({replica: globset_of([extra] if extra else [])})
        told = alice.contents(slot, SyncState(given, full.state.seen, full.state.seen_fai, full.state.read))
        assert told.subjects == (["one"] if lacking else [])
        assert [*told.deletions.deleted] == ([(1, extra)] if extra else [])
    assert two


@pytest.mark.parametrize(
    ("flags", "subjects"),
    [(Flag.NORMAL, ["mail"]), (Flag.FAI, ["beside"]), (Flag.NORMAL | Flag.FAI, ["beside", "mail"])],
)
def test_kinds_of_messages(alice, place, flags, subjects):
    """R2172 to R2175, R30, R690, R693, R2058, R2059, R2066, R2067, R3011, R38001, MS-OXCROPS R3921: those that were
    asked for; of the others nothing is said, and the state says nothing of them."""
    slot, path = place
    alice.fill(path, "mail")
    beside(alice, slot)
    found = alice.contents(slot, flags=Flag.UNICODE | flags)
    assert sorted(found.subjects) == subjects
    assert (found.state.seen.count() > 0, found.state.seen_fai.count() > 0) == (Flag.NORMAL in flags, Flag.FAI in flags)
    assert sorted(alice.contents(slot, found.state).subjects) == sorted({"beside", "mail"} - set(subjects))


def test_no_read_states(alice, place):
    """R2170, R2171, R1192, R687, R1193, R3014, R42: read states come when they are asked for, then all that came
    since."""
    slot, path = place
    alice.fill(path, "mail")
    first = alice.contents(slot)
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        client.add_flags(client.search(), ["\\Seen"])
    without = alice.contents(slot, first.state, flags=Flag.UNICODE | Flag.NORMAL)
    assert without.is_empty
    assert alice.contents(slot, without.state).reads.read.count() == 1


def test_no_deletions(alice, place):
    """R2165 to R2167, R680, R2045, R2065, R1061, R1062: deletions come when they are asked for, and nothing is lost
    that was not told."""
    slot, path = place
    alice.fill(path, "one", "two")
    first = alice.contents(slot)
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        client.delete_messages(client.search()[:1])
        client.expunge()
    without = alice.contents(slot, first.state, flags=ALL | Flag.NO_DELETIONS)
    assert without.is_empty
    assert without.state.given == first.state.given
    told = alice.contents(slot, without.state)
    assert told.deletions.deleted.count() == 1
    assert alice.contents(slot, told.state).is_empty


def test_no_deletions_of_folders(alice):
    """R2165, R2167, R2065: the same of a hierarchy."""
    folder, _, _ = alice.new()
    first = alice.hierarchy(alice.subtree)
    alice.delete_folder(folder, DeleteFolderFlags.DEL_MESSAGES)
    without = alice.hierarchy(alice.subtree, first.state, flags=ALL | Flag.NO_DELETIONS)
    assert (without.is_empty, without.state.given) == (True, first.state.given)
    told = alice.hierarchy(alice.subtree, without.state)
    assert [*told.deletions.deleted] == [(1, folder.counter)]
    assert alice.hierarchy(alice.subtree, told.state).is_empty


def test_what_is_no_longer_in_scope(alice, place):
    """R2047, R2168, R2169, R683, R133301, R1334, R75, R76, R2064: messages that a restriction does not show any
    more; and those that it shows again. R31, R3002: the state is of what it shows."""
    slot, path = place
    alice.fill(path, "one", "two")
    unread = Property(RelOp.EQ, tags.PidTagRead, TaggedValue(tags.PidTagRead, False))
    first = alice.contents(slot, restriction=unread)
    assert sorted(first.subjects) == ["one", "two"]
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        client.add_flags(client.search()[:1], ["\\Seen"])
    quiet = alice.contents(slot, first.state, restriction=unread, flags=ALL | Flag.IGNORE_NO_LONGER_IN_SCOPE)
    assert quiet.is_empty
    told = alice.contents(slot, quiet.state, restriction=unread)
    assert (told.deletions.deleted.count(), told.deletions.no_longer_in_scope.count()) == (0, 1)
    assert (first.state.given.count(), told.state.given.count()) == (2, 1)
    assert alice.contents(slot, told.state, restriction=unread).is_empty
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        client.remove_flags(client.search()[:1], ["\\Seen"])
    assert alice.contents(slot, told.state, restriction=unread).subjects == ["one"]


def test_restrictions_on_what_only_the_message_tells(alice, place):
    """R644, MS-OXCROPS R3927: of a message's subject, for instance."""
    slot, path = place
    alice.fill(path, "one", "two")
    subject = tags.PidTagSubject
    wanted = Property(RelOp.EQ, subject, TaggedValue(subject, "two"))
    assert alice.contents(slot, restriction=wanted).subjects == ["two"]


def test_properties(alice, place):
    """R2176, R2177, R2203, R2204, R696, R1147, R2642, R2645, R2646, MS-OXCROPS R3936: without those that are named,
    or with OnlySpecifiedProperties nothing but them."""
    slot, path = place
    alice.fill(path, "mail")
    named = (tags.PidTagNormalizedSubject, tags.PidTagImportance)
    [without] = alice.contents(slot, tags=named).changes
    assert not {tag.id for tag in named} & without.message.properties.keys()
    assert tags.PidTagBody.id in without.message.properties
    [only] = alice.contents(slot, tags=named, flags=ALL | Flag.ONLY_SPECIFIED_PROPERTIES).changes
    assert only.message.properties.keys() == {tag.id for tag in named}


def test_what_only_means_something_here(alice, place):
    """Where a message is and how it is opened goes to no client; Outlook gives up a folder in which it finds that."""
    slot, path = place
    alice.fill(path, "mail")
    [change] = alice.contents(slot).changes
    ids = tags.PidTagEntryId, tags.PidTagParentEntryId, tags.PidTagStoreEntryId, tags.PidTagStoreRecordKey
    here = tags.PidTagRecordKey, tags.PidTagInstanceKey, tags.PidTagMappingSignature, tags.PidTagObjectType
    opened = tags.PidTagAccess, tags.PidTagAccessLevel, tags.PidTagHasNamedProperties, tags.PidTagRtfInSync
    told = tags.PidTagMessageSize, tags.PidTagMessageSizeExtended, tags.PidTagMessageStatus, tags.PidTagRead
    assert not change.message.properties.keys() & {tag.id for tag in (*ids, *here, *opened, *told)}


@pytest.mark.parametrize("asked", [tags.PidTagBody, tags.PidTagHtml, tags.PidTagRtfCompressed])
def test_a_body_among_the_properties(alice, place, asked):
    """R2204: it comes in the form that the message has, whichever was named."""
    slot, path = place
    alice.fill(path, "mail")
    [only] = alice.contents(slot, tags=(asked,), flags=ALL | Flag.ONLY_SPECIFIED_PROPERTIES).changes
    assert only.message.properties.keys() == {tags.PidTagBody.id, tags.PidTagNativeBody.id}


def test_lists(alice, place):
    """R144, R2205, R2206, R2278, R2280, R3304, R2647, R2648, R2277: lists that are named are left out, or with
    OnlySpecifiedProperties the only ones; each that is sent is announced."""
    slot, path = place
    alice.fill(path, "mail")
    recipients, attachments = tags.PidTagMessageRecipients, tags.PidTagMessageAttachments
    for flags, expected in ((ALL, {attachments.id}), (ALL | Flag.ONLY_SPECIFIED_PROPERTIES, {recipients.id})):
        [change] = alice.contents(slot, tags=(recipients,), flags=flags).changes
        assert change.deleted == expected
    [change] = alice.contents(slot).changes
    assert change.deleted == {recipients.id, attachments.id}


def test_associated_messages_with_all_their_properties(alice, place):
    """R2183001, R2183003 to R2183006, R218300301, R21830041, R21830051, R21830061, R708: IgnoreSpecifiedOnFAI counts
    with OnlySpecifiedProperties alone, and for associated messages alone: of these all properties and lists come, of
    others those that are named."""
    slot, path = place
    alice.fill(path, "mail")
    beside(alice, slot)
    only, ignored = Flag.ONLY_SPECIFIED_PROPERTIES, Flag.IGNORE_SPECIFIED_ON_FAI
    named, lists = tags.PidTagNormalizedSubject, {tags.PidTagMessageRecipients.id, tags.PidTagMessageAttachments.id}

    def told(*wanted: PropertyTag, flags: Flag) -> dict[bool, ChangeRead]:
        """By whether it is associated."""
        changes = alice.contents(slot, tags=wanted, flags=ALL | flags).changes
        return {value_of(one.header, tags.PidTagAssociated): one for one in changes}

    for flags, there in ((only, False), (only | ignored, True)):
        found = told(named, flags=flags)
        assert (found[False].message.properties.keys(), found[False].deleted) == ({named.id}, set())
        assert (tags.PidTagComment.id in found[True].message.properties) == there
        assert found[True].deleted == (lists if there else set())
        assert there or found[True].message.properties.keys() == {named.id}
    plain, with_ignored = (told(tags.PidTagComment, tags.PidTagBody, flags=flags) for flags in (Flag(0), ignored))
    assert plain == with_ignored
    assert tags.PidTagComment.id not in plain[True].message.properties


@pytest.mark.parametrize("best", [Flag(0), Flag.BEST_BODY])
def test_bodies_as_they_are(alice, place, best):
    """R705, R2181, R2182001, R3495: whether the best body was asked for or not, as with Exchange since 2013; those of
    messages within as well."""
    slot, _ = place
    rop = alice.importing(
        *(alice.collector(slot), alice.new_key(), Replica().change(), predecessors_of([])), modified=LATER
    )
    alice.get(rop, RopSynchronizationImportMessageChangeResponse)
    message = rop.output_handle_index
    within = alice.new_attachment(message)
    inner = alice.message_within(within)
    for one in (inner, message):
        alice.set(one, {tags.PidTagHtml: b"<p>text</p>"})
    alice.saved(inner)
    alice.saved_attachment(message, within)
    alice.saved(message)
    [change] = alice.contents(slot, flags=ALL | best).changes
    embedded = change.message.attachments[0].embedded
    assert embedded is not None
    for found in (change.message, embedded):
        assert tags.PidTagHtml.id in found.properties
        assert tags.PidTagRtfCompressed.id not in found.properties


def test_identifiers_of_others(alice, place):
    """R2178, R2179, R2077 to R2079, R699, R3022, R1271, R2179001, R3061, R158: a key that a client has brought, or with
    NoForeignIdentifiers the one that its id makes."""
    slot, _ = place
    foreign = Xid(Replica().guid, b"abcdef").format()
    rop = alice.importing(*(alice.collector(slot), foreign, Replica().change(), predecessors_of([])), modified=LATER)
    message = alice.bring(rop, {tags.PidTagSubject: "brought", tags.PidTagMessageClass: "IPM.Note"})
    assert source_key(alice.contents(slot).change("brought")) == foreign
    own = source_key(alice.contents(slot, flags=ALL | Flag.NO_FOREIGN_IDENTIFIERS).change("brought"))
    assert own == alice.new_ids(1)[0].bytes_le + message.counter.to_bytes(6, "big")


def test_identifiers_of_others_that_folders_have(alice, place):
    """R1097, R2178, R2179: of folders the same, and of those above them; with NoForeignIdentifiers the
    id of the folder above comes as well, whether ids were asked for or not."""
    foreign, name = Xid(Replica().guid, b"folder").format(), f"{place[1]} brought"
    tree = alice.collector(alice.subtree, contents=False)
    for key, parent, called in ((foreign, b"", name), (alice.new_key(), foreign, f"{name} inner")):
        known = predecessors_of([])
        rop = alice.importing_folder(tree, key, called, Replica().change(), known, modified=LATER, parent=parent)
        assert alice.error(rop) == 0
    replica = alice.new_ids(1)[0].bytes_le
    for flags, extra in ((ALL, EXTRA), (ALL | Flag.NO_FOREIGN_IDENTIFIERS, EXTRA & ~Extra.EID)):
        found = alice.hierarchy(alice.subtree, flags=flags, extra=extra)
        top, inner = found.folder(name), found.folder(f"{name} inner")
        number = counter_of(value_of(inner, tags.PidTagParentFolderId))
        own = flags is not ALL
        assert source_key(top) == (replica + number.to_bytes(6, "big") if own else foreign)
        assert value_of(inner, tags.PidTagParentSourceKey) == source_key(top)


def test_progress(alice, place):
    """R2187, R2188, R1179, R1180, R1386 to R1390, R711, R714, R2675: how much will come, in front of it and of each
    message."""
    slot, path = place
    alice.fill(path, "one", "two")
    beside(alice, slot)
    found = alice.contents(slot, flags=ALL | Flag.PROGRESS)
    assert sorted(found.subjects) == ["beside", "one", "two"]
    assert len(alice.contents(slot, flags=ALL | Flag.PROGRESS).data) > len(alice.contents(slot).data)


def test_the_latest_first(alice, place):
    """R2198, R3502, R723: by OrderByDeliveryTime."""
    slot, path = place
    with imap_of(alice.hub, "alice") as client:
        for subject, year in (("b", 2021), ("a", 2020), ("c", 2022)):
            client.append(path, f"Subject: {subject}\r\n\r\n".encode(), msg_time=datetime(year, 1, 1, tzinfo=UTC))
    assert alice.contents(slot, extra=EXTRA | Extra.ORDER_BY_DELIVERY_TIME).subjects == ["c", "b", "a"]


def test_the_latest_first_of_what_was_not_delivered(alice, place):
    """R2199: the last change of a message counts where it was never delivered."""
    slot, _ = place
    for subject, written in (("b", 2021), ("a", 2020), ("c", 2022)):
        modified = file_time(int(datetime(written, 1, 1, tzinfo=UTC).timestamp()))
        rop = alice.importing(
            *(alice.collector(slot), alice.new_key(), Replica().change(), predecessors_of([])), modified=modified
        )
        alice.bring(rop, {tags.PidTagSubject: subject, tags.PidTagMessageClass: "IPM.Note"})
    with imap_of(alice.hub, "alice") as client:
        client.append(place[1], b"Subject: mail\r\n\r\n", msg_time=datetime(2021, 6, 1, tzinfo=UTC))
    ordered = EXTRA | Extra.ORDER_BY_DELIVERY_TIME
    assert alice.contents(slot, extra=ordered).subjects == ["c", "mail", "b", "a"]


@pytest.mark.parametrize("extra", [Extra(0), Extra.EID, Extra.MESSAGE_SIZE, Extra.CN, EXTRA, EXTRA | Extra(0x30)])
def test_what_headers_tell(alice, place, extra):
    """R2191, R2195 to R2197, R2761, R716, R716001, R716002, R718, R718001, R721, R3500, R3501, R3016, R3017, R3018,
    R3019, R3020, R1269, R3021, R1270, R3047, R3048, R1095, R109701, R10970102, MS-OXCROPS R3930: exactly what was asked
    for, which the checker of the grammar sees; MS-OXCFXICS R2201, R2730: bits without a name are ignored."""
    slot, path = place
    alice.fill(path, "mail")
    assert alice.contents(slot, extra=extra).subjects == ["mail"]
    assert alice.hierarchy(alice.subtree, extra=extra).folders


def test_configurations_that_there_are_not(alice, place):
    """R2160, R2695, R2180, R2189, R3498: unknown kinds and flags, and the one that is reserved. R34991: what only
    servers send to each other, UseCpid, is taken."""
    slot, _ = place

    def error(kind: int = 1, flags: int = int(ALL), send: int = 1) -> int:
        rop = RopSynchronizationConfigureRequest(
            *(0, slot, alice.slot(), SynchronizationType(kind), SendOptions(send), Flag(flags), None, EXTRA, ())
        )
        return alice.error(rop)

    assert error() == error(send=int(SendOptions.USE_CPID)) == 0
    for wrong in ({"kind": 4}, {"flags": int(ALL) | 0x200}, {"send": 0x81}):
        assert error(**wrong) == ErrorCode.ecInvalidParameter
    assert error(flags=int(ALL) | 0x1000) == ErrorCode.ecRpcFormat


def test_the_state_of_a_download(alice, place):
    """R3503, R3506, R2216, R758, R765, R766, R2214, R2215, R3592, R3504002, R3593001: what was told, until all has been
    downloaded; then what the client has."""
    slot, path = place
    alice.fill(path, "mail")
    context = alice.configured(slot, SynchronizationType.CONTENTS)
    before = alice.transfer_state(context)
    assert before == SyncState(IdSet(), IdSet(), IdSet(), IdSet())
    alice.stream(context)
    after = alice.transfer_state(context)
    assert after.given.count() == 1
    assert alice.contents(slot, after).is_empty


def test_states_that_there_are_not(alice, place):
    """R2207 to R2211, R729, R3194, R751, R2212, R2213, R1882, R33551, R2657, R2658, MS-OXCROPS R4200: a state comes in
    order, of properties that belong to it; MS-OXCFXICS R1879, R1883: whatever their type is."""
    slot, _ = place
    context = alice.configured(slot, SynchronizationType.CONTENTS)
    begin = RopSynchronizationUploadStateStreamBeginRequest(0, context, MetaTagCnsetSeen, 4)
    go_on = RopSynchronizationUploadStateStreamContinueRequest(0, context, b"\xff" * 40)
    end = RopSynchronizationUploadStateStreamEndRequest(0, context)
    assert [alice.error(rop) for rop in (go_on, end)] == [ErrorCode.ecNotInitialized] * 2
    assert [alice.error(rop) for rop in (begin, begin)] == [0, ErrorCode.ecInvalidParameter]
    assert [alice.error(rop) for rop in (go_on, end)] == [0, ErrorCode.ecFormatError]
    other = RopSynchronizationUploadStateStreamBeginRequest(0, context, tags.PidTagSubject, 4)
    assert alice.error(other) == ErrorCode.ecInvalidParameter
    pieces = alice.new_ids(1)[0].bytes_le + b"\x05" + bytes(5) + b"\x42\x00\xaa" * 200_000 + b"\x50\x00"
    context = alice.configured(slot, SynchronizationType.CONTENTS)
    begin = RopSynchronizationUploadStateStreamBeginRequest(0, context, MetaTagCnsetSeen, len(pieces))
    assert alice.error(begin) == 0
    for at in range(0, len(pieces), 0x6000):
        part = RopSynchronizationUploadStateStreamContinueRequest(0, context, pieces[at : at + 0x6000])
        assert alice.error(part) == 0
    end = RopSynchronizationUploadStateStreamEndRequest(0, context)
    assert alice.error(end) == ErrorCode.ecFormatError
    large = RopSynchronizationUploadStateStreamBeginRequest(0, context, MetaTagCnsetSeen, 0xFFFFFFFF)
    assert alice.error(large) == ErrorCode.ecMemory
    integer = RopSynchronizationUploadStateStreamBeginRequest(
        *(0, context, PropertyTag(0x4017, PropertyType.INTEGER32), 4)
    )
    assert alice.error(integer) == 0
    assert alice.error(RopSynchronizationGetTransferStateRequest(0, slot, alice.slot())) == ErrorCode.ecNotSupported


@pytest.mark.parametrize(
    ("encoded", "members"),
    [
        ("04 00000000 42 01 02 50 00", None),
        ("050000000000 020001 42 01 02 50 00", None),
        ("050000000000 0109 42 01 02 50 00", 3),
        ("050000000000 43 01 02 50 00", None),
        ("52 000000000002 000000000001 00", None),
    ],
    ids=["four bytes", "seven bytes", "a counter before it", "no such command", "a range that goes down"],
)
def test_sets_that_there_are_not(alice, place, encoded, members):
    """R2002, R2003, R3391, R3393: a Bitmask over more or fewer than five bytes, commands that there are not, and ranges
    from high to low are FormatErrors; a sixth byte makes a counter, and stays before nothing."""
    replica = alice.new_ids(1)[0].bytes_le
    context = alice.configured(place[0], SynchronizationType.CONTENTS)
    data = replica + bytes.fromhex(encoded)
    alice.execute(
        RopSynchronizationUploadStateStreamBeginRequest(0, context, MetaTagCnsetSeen, len(data)),
        RopSynchronizationUploadStateStreamContinueRequest(0, context, data),
    )
    end = RopSynchronizationUploadStateStreamEndRequest(0, context)
    assert alice.error(end) == (ErrorCode.ecFormatError if members is None else 0)
    assert alice.transfer_state(context).seen.count() == (members or 0)


def test_states_of_any_size(alice, place):
    """MS-OXCROPS R4225: 3.1.5.4: a range of all ids is no work, and ids of other replicas are passed over."""
    slot, path = place
    alice.fill(path, "mail")
    replica, first = alice.new_ids(1)
    everything = idset({replica: globset_of([first]).with_range(1, (1 << 48) - 1)})
    found = alice.contents(slot, SyncState(everything, everything, everything, everything))
    assert found.changes == []
    assert found.deletions.deleted.count() > 1 << 47
    other = idset({Replica().guid: globset_of([1, 2, 3])})
    assert alice.contents(slot, SyncState(other, other, other, other)).subjects == ["mail"]


def test_ids_that_will_not_be_used(alice, place):
    """R2267, R2268, R957, R940, MS-OXCROPS R4269: they are taken note of."""
    slot, _ = place
    replica, first = alice.new_ids(10)
    low, high = LongTermId(replica, first), LongTermId(replica, first + 9)
    good = RopSetLocalReplicaMidsetDeletedRequest(0, slot, (LongTermIdRange(low, high),))
    bad = RopSetLocalReplicaMidsetDeletedRequest(0, slot, (LongTermIdRange(high, low),))
    assert (alice.error(good), alice.error(bad)) == (0, ErrorCode.ecInvalidParameter)


def test_strings_in_the_code_page(alice, place):
    """R2163, R2162, R2274, MS-OXCROPS R3918: of a client that does not know Unicode; to others they go as they are
    kept. In messages within as well."""
    slot, path = place
    alice.fill(path, "mail")
    assert "mail".encode("utf-16-le") in alice.contents(slot).data
    context = alice.configured(slot, SynchronizationType.CONTENTS, flags=ALL & ~Flag.UNICODE)
    data = alice.stream(context)
    assert b"mail" in data
    assert "mail".encode("utf-16-le") not in data
    outer = alice.new_message()
    within = alice.new_attachment(outer)
    inner = alice.message_within(within)
    alice.set(inner, {tags.PidTagSubject: "inside"})
    alice.saved(inner)
    alice.saved_attachment(outer, within)
    alice.saved(outer)
    inbox = alice.opened_folder()
    assert "inside".encode("utf-16-le") in alice.contents(inbox).data
    data = alice.stream(alice.configured(inbox, SynchronizationType.CONTENTS, flags=ALL & ~Flag.UNICODE))
    assert (b"inside" in data, "inside".encode("utf-16-le") in data) == (True, False)


def test_rights_that_are_taken_away_meanwhile(hub, alice):
    """Of a download that has begun, what may no longer be read does not come."""
    folder, _, path = alice.new()
    alice.fill(path, *(f"mail {number}" for number in range(9)))
    alice.share_folder(folder, "bob", Right.LOOKUP | Right.READ)
    bob = SyncSession(hub, "bob", "alice")
    context = bob.configured(bob.open(folder), SynchronizationType.CONTENTS)
    [begun] = bob.execute(RopFastTransferSourceGetBufferRequest(0, context, 0x400))
    alice.share_folder(folder, "bob", Right.LOOKUP)
    first, rest = "mail 0".encode("utf-16-le"), "mail 8".encode("utf-16-le")
    assert first in begun.transfer_buffer
    assert rest not in bob.stream(context)


def test_folders_that_nobody_may_see(hub, alice):
    """3.2.5.3: what is below a folder that the client may not know of is not there for it."""
    top, slot, name = alice.new()
    inner, _, _ = alice.new(slot)
    alice.share_folder(top, "bob", Right.LOOKUP | Right.READ)
    bob = SyncSession(hub, "bob", "alice")
    opened = bob.open(top)
    before = bob.hierarchy(opened)
    assert before.folders == []
    alice.share_folder(inner, "bob", Right.LOOKUP)
    after = bob.hierarchy(opened, before.state)
    assert len(after.folders) == 1
    assert value_of(after.folders[0], tags.PidTagDisplayName)
    assert name


def test_sizes_of_buffers(alice, place):
    """R2137, R2137001, R2138 to R2141, R2141001, R2142, R2143, R538, MS-OXCROPS R3720, R3723: as large as is left and
    not more than the client says, or exactly a size for which there must be room."""
    slot, path = place
    alice.fill(path, *(f"mail {number}" for number in range(40)))

    def first(*sizes: int):
        context = alice.configured(slot, SynchronizationType.CONTENTS)
        return alice.execute(RopFastTransferSourceGetBufferRequest(0, context, *sizes))[0]

    chosen, limited, given = first(SERVER_CHOOSES, 0xFFFF), first(SERVER_CHOOSES, 0x400), first(0x400)
    assert 0x4000 < len(chosen.transfer_buffer) < 0x8000
    assert 0x300 < len(limited.transfer_buffer) <= 0x400
    assert limited.transfer_buffer == given.transfer_buffer
    context = alice.configured(slot, SynchronizationType.CONTENTS)
    request = RopFastTransferSourceGetBufferRequest(0, context, 0x4800).format()
    rops = alice.execute_raw(RopBuffer(request * 2, tuple(alice.handles)).format()).rops
    sent = int.from_bytes(rops[13:15], "little")
    assert sent <= 0x4800
    assert rops[15 + sent] == 0xFF
    assert rops.endswith(request)
    assert (given.transfer_status, given.total_step_count) == (TransferStatus.PARTIAL, 40)


@pytest.mark.parametrize("sizes", [(3,), (SERVER_CHOOSES, 3)])
def test_buffers_for_which_everything_is_too_large(alice, place, sizes):
    """R3150001: not even a marker fits, and there is no NoRoom for that; R2146, R3489: it fails for good."""
    alice.fill(place[1], "mail")
    context = alice.configured(place[0], SynchronizationType.CONTENTS)
    for size in (sizes, (0x400,)):
        [told] = alice.execute(RopFastTransferSourceGetBufferRequest(0, context, *size))
        assert (told.return_value, told.transfer_status) == (ErrorCode.ecBufferTooSmall, TransferStatus.ERROR)


def test_a_buffer_behind_a_full_one(alice, place):
    """R3150001, R2137: what the first operation leaves is too little for the next one, which is done when the client
    sends it again."""
    alice.fill(place[1], *(f"mail {number}" for number in range(100)))
    whole = alice.stream(alice.configured(place[0], SynchronizationType.CONTENTS))
    context = alice.configured(place[0], SynchronizationType.CONTENTS)
    rest = RopFastTransferSourceGetBufferRequest(0, context, SERVER_CHOOSES, 0xFFFF)
    room = 0x8000 - HEADER.size - overhead(len(alice.handles)) - len(RopBufferTooSmall(0, rest.format()).format())
    first = RopFastTransferSourceGetBufferRequest(0, context, room - HEAD)
    data = alice.execute_raw(RopBuffer(first.format() + rest.format(), tuple(alice.handles)).format()).rops
    size = int.from_bytes(data[13:15], "little")
    assert data[15 + size] == 0xFF
    assert data.endswith(rest.format())
    assert data[15 : 15 + size] + alice.stream(context) == whole


def test_what_cannot_be_downloaded(alice, place):
    """3.2.5.8.1.5: a folder has no buffers, and a download that has begun takes no state any more."""
    slot, path = place
    alice.fill(path, "mail")
    assert alice.error(RopFastTransferSourceGetBufferRequest(0, slot, 0x100)) == ErrorCode.ecNotSupported
    context = alice.configured(slot, SynchronizationType.CONTENTS)
    alice.stream(context)
    begin = RopSynchronizationUploadStateStreamBeginRequest(0, context, MetaTagCnsetSeen, 4)
    assert alice.error(begin) == ErrorCode.ecNotSupported


def test_search_folders(alice):
    """R643: what a search folder shows is synchronized as if it were in it."""
    folder, _, path = alice.new()
    alice.fill(path, "needle one", "hay", "needle two")
    _, search, _ = alice.new(kind=FolderType.SEARCH)
    subject = tags.PidTagSubject
    needle = Content(FuzzyLow.SUBSTRING, 1, subject, TaggedValue(subject, "needle"))
    flags = SearchRequestFlags.RESTART_SEARCH
    alice.get(RopSetSearchCriteriaRequest(0, search, needle, (folder,), flags), RopSetSearchCriteriaResponse)
    first = alice.contents(search)
    assert sorted(first.subjects) == ["needle one", "needle two"]
    assert alice.contents(search, first.state).is_empty
    alice.fill(path, "needle three")
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        client.delete_messages(client.search()[:1])
        client.expunge()
    second = alice.contents(search, first.state)
    assert second.subjects == ["needle three"]
    assert second.deletions.deleted.count() == 1
