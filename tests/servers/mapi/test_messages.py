"""Messages of a real hub: opened, made, changed, saved. Statements are those of [MS-OXCMSG]."""

from __future__ import annotations

import email
import time
from collections.abc import Iterator
from typing import Any

import pytest
from mapi_properties import NOT_FOUND, PropertySession, problem, typed
from mapi_session import LOGON, account_of, deliver, dn_of, imap_of, imap_subjects, mapi_hub, oid, share

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.rops.folder import RopDeleteMessagesRequest
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
    RopSaveChangesMessageRequest,
    RopSaveChangesMessageResponse,
    SaveFlags,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.objects import find_message
from posthouse.store.quota import Resource, set_quotas
from posthouse.testing import MailHub

KEEP_READ_ONLY, KEEP, FORCE = SaveFlags.KEEP_OPEN_READ_ONLY, SaveFlags.KEEP_OPEN_READ_WRITE, SaveFlags.FORCE_SAVE
MF_READ, MF_UNMODIFIED, MF_UNSENT, MF_RESEND, MF_EVER_READ = 0x1, 0x2, 0x8, 0x80, 0x400
GUEST = Right.LOOKUP | Right.READ


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol", "dave") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return PropertySession(hub, "alice")


def delivered(session, *arguments, **options):
    deliver(session.hub, session.whose, *arguments, **options)
    return session.message_ids()[-1]


def opening(session, message, mode=MessageOpenMode.READ_ONLY, folder=Special.INBOX, page=LOGON_CODE_PAGE, on=LOGON):
    return RopOpenMessageRequest(0, on, session.slot(), page, session.special(folder), mode, message)


def opened(session, message, mode=MessageOpenMode.READ_ONLY):
    return session.get(opening(session, message, mode), RopOpenMessageResponse).message


def creation(session, folder=Special.INBOX, code_page=LOGON_CODE_PAGE, associated=False, on=LOGON):
    return RopCreateMessageRequest(0, on, session.slot(), code_page, session.special(folder), associated)


def saving(session, slot, flags=KEEP):
    return session.error(RopSaveChangesMessageRequest(0, slot, slot, flags))


def row_of(session, message):
    return session.hub.read(lambda tx: find_message(tx, session.account, message.counter))


def guest(hub, name, rights, whose="alice"):
    share(hub, whose, "INBOX", name, rights)
    return PropertySession(hub, name, whose)


# Opening – 3.2.5.1


def test_a_delivered_message_is_opened(alice):
    """R250, R682, R683, R1387, R321, R327 to R330, R647, R651, R672, R673, R675 to R681, R684 to R686, R977,
    R10000: with subject and recipients."""
    message = opened(alice, delivered(alice, "Re: the plan"))
    assert (message.subject_prefix, message.normalized_subject) == ("Re: ", "the plan")
    assert message.has_named_properties is False
    assert message.recipient_count == len(message.recipient_rows) == 1
    [row] = message.recipient_rows
    assert row.recipient_type == 1
    assert row.recipient_row.x500_dn is not None


def test_what_is_not_there_is_not_opened(alice):
    """R323, R333, R648, R1477: also when it is elsewhere."""
    there = delivered(alice)
    assert alice.error(opening(alice, there._replace(counter=999_999))) == ErrorCode.ecNotFound
    assert alice.error(opening(alice, there, folder=Special.SENT_ITEMS)) == ErrorCode.ecNotFound


def test_what_can_be_recovered_is_opened_by_whoever_asks_for_it(alice):
    """R325, R326, R335, R668: OpenSoftDeleted may stand among other bits; it is only read, however it was asked for."""
    message = delivered(alice)
    alice.execute(RopDeleteMessagesRequest(0, alice.opened_folder(), False, False, (message,)))
    for mode in (MessageOpenMode.READ_ONLY, MessageOpenMode.READ_WRITE, MessageOpenMode.BEST_ACCESS):
        assert alice.error(opening(alice, message, mode)) == ErrorCode.ecNotFound
    for flags in (4, 5, 7, 0xC):
        mode = MessageOpenMode(flags)
        assert opened(alice, message, mode).normalized_subject == "hello"
        assert saving(alice, alice.opened_message(message, mode)) == ErrorCode.ecError


def test_how_it_is_opened_says_what_can_be_done(alice):
    """R661, R663, R665, R11, R1098, R1699, R3019: PidTagAccessLevel is of the handle."""
    message = delivered(alice)
    for mode, writable in (
        (MessageOpenMode.READ_ONLY, False),
        (MessageOpenMode.READ_WRITE, True),
        (MessageOpenMode.BEST_ACCESS, True),
    ):
        slot = alice.opened_message(message, mode)
        assert alice.value(slot, tags.PidTagAccessLevel) == int(writable)
        assert saving(alice, slot) == (0 if writable else ErrorCode.ecError)


def test_other_modes_are_like_read_only(alice):
    """R1293, R1838."""
    message = delivered(alice)
    found = [opened(alice, message, MessageOpenMode(mode)) for mode in (0x02, 0x10, 0x82)]
    assert found[0] == found[1] == found[2]
    assert saving(alice, alice.opened_message(message, MessageOpenMode(0x10))) == ErrorCode.ecError


def test_a_guest_opens_what_the_owner_allows(alice, hub):
    """R324, R2184, R1097, R3009: what a guest may not know of is not there; what they may not read is refused. At the
    best access, what they may not change is refused when they save it."""
    message = delivered(alice)
    bob = guest(hub, "bob", Right.LOOKUP)
    assert bob.error(opening(bob, message)) == ErrorCode.ecAccessDenied
    share(hub, "alice", "INBOX", "bob", GUEST)
    assert bob.error(opening(bob, message, MessageOpenMode.READ_WRITE)) == ErrorCode.ecAccessDenied
    slot = bob.opened_message(message, MessageOpenMode.BEST_ACCESS)
    assert bob.values(slot, tags.PidTagAccess, tags.PidTagAccessLevel) == [0x2, 1]
    assert bob.set(slot, {tags.PidTagNormalizedSubject: "another"}) == ()
    for flags in (KEEP, FORCE):
        assert saving(bob, slot, flags) == ErrorCode.ecAccessDenied
    assert opened(alice, message).normalized_subject == "hello"
    share(hub, "alice", "INBOX", "bob", GUEST | Right.WRITE)
    slot = bob.opened_message(message, MessageOpenMode.BEST_ACCESS)
    assert bob.values(slot, tags.PidTagAccess, tags.PidTagAccessLevel) == [0x3, 1]


def test_a_guest_without_any_right_to_a_folder_does_not_find_its_messages(alice, hub):
    message = delivered(alice)
    share(hub, "alice", "Drafts", "carol", GUEST)
    carol = PropertySession(hub, "carol", "alice")
    assert carol.error(opening(carol, message)) == ErrorCode.ecNotFound


def test_on_something_else(alice):
    """R1478: messages are opened and made through folders and logons."""
    message = delivered(alice)
    other = alice.opened_message(message)
    for rop in (opening(alice, message, on=other), creation(alice, on=other)):
        assert alice.error(rop) == ErrorCode.ecNullObject
    for rop in (opening(alice, message, on=alice.opened_folder()), creation(alice, on=alice.opened_folder())):
        assert alice.error(rop) == 0


def test_a_code_page_that_nobody_knows(alice):
    assert alice.error(opening(alice, delivered(alice), page=12_345)) == ErrorCode.ecUnknownCodePage
    assert alice.error(creation(alice, code_page=12_345)) == ErrorCode.ecUnknownCodePage


# Making – 3.2.5.2


def test_what_a_new_message_has(alice, hub):
    """R340 to R347, R349, R352, R354, R356 to R365, R1480, R1481, R1912, R1914, R1713, R2034, R3016, R687, R164102,
    R21, R496."""
    before = file_time(time.time() - 60)
    slot = alice.new_message()
    fixed = {
        tags.PidTagImportance: 1,
        tags.PidTagMessageClass: "IPM.Note",
        tags.PidTagSensitivity: 0,
        tags.PidTagDisplayBcc: "",
        tags.PidTagDisplayCc: "",
        tags.PidTagDisplayTo: "",
        tags.PidTagMessageFlags: MF_READ | MF_UNSENT | MF_EVER_READ,
        tags.PidTagMessageSize: 0,
        tags.PidTagHasAttachments: False,
        tags.PidTagTrustSender: 1,
        tags.PidTagAccess: 0x7,
        tags.PidTagAccessLevel: 1,
        tags.PidTagMessageLocaleId: 0x409,
        tags.PidTagLocaleId: 0x409,
        tags.PidTagCreatorName: "alice",
        tags.PidTagCreatorEntryId: AddressBookEntryId(dn_of(hub, "alice")).format(),
        tags.PidTagLastModifierName: "alice",
        tags.PidTagLastModifierEntryId: AddressBookEntryId(dn_of(hub, "alice")).format(),
        tags.PidTagHasNamedProperties: False,
        tags.PidTagMessageStatus: 0,
    }
    assert dict(zip(fixed, alice.values(slot, *fixed), strict=True)) == fixed
    moments = tags.PidTagCreationTime, tags.PidTagLastModificationTime, tags.PidTagLocalCommitTime
    created, modified, committed, key = alice.values(slot, *moments, tags.PidTagSearchKey)
    assert created == modified == committed > before
    assert len(key) == 16
    assert key != alice.value(alice.new_message(), tags.PidTagSearchKey)


def test_a_new_message_is_nowhere_until_it_is_saved(alice, hub):
    """R260, R1388, R1389, R1839, R339, R372, R370, R728, R991: nothing of it is told before."""
    there = len(imap_subjects(hub, "alice"))
    [response] = alice.execute(rop := creation(alice))
    assert response.message_id is None
    alice.set(rop.output_handle_index, {tags.PidTagSubject: "mine"})
    assert len(imap_subjects(hub, "alice")) == there
    message = alice.saved(rop.output_handle_index)
    assert imap_subjects(hub, "alice")[-1] == "mine"
    assert alice.message_ids()[-1] == message
    assert alice.value(rop.output_handle_index, tags.PidTagMessageSize) > 0


def test_who_may_not_make_messages_there(alice, hub):
    """R369, R3018; nor when the right goes before they are saved."""
    carol = guest(hub, "carol", GUEST)
    assert carol.error(creation(carol)) == ErrorCode.ecAccessDenied
    share(hub, "alice", "INBOX", "carol", GUEST | Right.INSERT)
    slot = carol.new_message()
    share(hub, "alice", "INBOX", "carol", GUEST)
    assert saving(carol, slot) == ErrorCode.ecAccessDenied
    share(hub, "alice", "INBOX", "carol", GUEST | Right.INSERT)
    assert saving(carol, slot) == 0
    assert carol.value(slot, tags.PidTagLastModifierName) == "carol"


def test_associated_messages_are_for_mapi_alone(alice, hub):
    """R987, R988, R527."""
    there = len(imap_subjects(hub, "alice"))
    [_] = alice.execute(rop := creation(alice, associated=True))
    message = alice.saved(rop.output_handle_index)
    assert len(imap_subjects(hub, "alice")) == there
    slot = alice.opened_message(message)
    assert alice.value(slot, tags.PidTagMessageFlags) & 0x40
    assert alice.value(slot, tags.PidTagAssociated) is True


def test_strings_of_8_bits_are_in_the_code_page_of_the_message(alice):
    """R504, MS-OXCROPS R1684, R1759: not in that of the client, who may speak another language today."""
    slot = alice.new_message(code_page=1251)
    narrow = typed(tags.PidTagSubject, PropertyType.STRING8)
    alice.set(slot, {narrow: "привет".encode("cp1251")})
    assert alice.value(slot, tags.PidTagMessageCodepage) == 1251
    message = alice.saved(slot)
    assert opened(alice, message).normalized_subject == "привет"
    other = alice.opened_message(message, code_page=866)
    assert alice.value(other, narrow) == "привет".encode("cp866")


def test_strings_of_8_bits_are_in_the_code_page_of_the_folder(alice):
    """R27: of a message that has none; it is that of the logon."""
    narrow, there = typed(tags.PidTagSubject, PropertyType.STRING8), "größer".encode("cp1252")
    slot = alice.new_message(code_page=0)
    alice.set(slot, {narrow: there})
    assert alice.value(slot, tags.PidTagMessageCodepage) == 1252
    alice.set(slot, {tags.PidTagMessageCodepage: 0})
    again = alice.opened_message(alice.saved(slot), code_page=0)
    assert alice.values(again, tags.PidTagSubject, narrow, tags.PidTagMessageCodepage) == ["größer", there, 0]


# Saving – 3.2.5.3


def test_each_handle_has_its_own_version(alice):
    """R1475, R1460, R703, R704."""
    message = delivered(alice)
    one, other = alice.opened_message(message), alice.opened_message(message)
    alice.set(one, {tags.PidTagSubject: "changed"})
    assert alice.value(one, tags.PidTagSubject) == "changed"
    assert alice.value(other, tags.PidTagSubject) == "hello"
    alice.saved(one)
    assert alice.value(other, tags.PidTagSubject) == "hello"
    assert alice.value(alice.opened_message(message), tags.PidTagSubject) == "changed"


def test_of_two_who_save_the_second_is_told(alice):
    """R705, R724, R1053, R1461, R1916, R722: unless it wants to have its way; its handle stays as it was."""
    message = delivered(alice)
    first, second = alice.opened_message(message), alice.opened_message(message)
    alice.set(second, {tags.PidTagSubject: "second"})
    assert saving(alice, first) == 0
    assert saving(alice, second) == ErrorCode.ecObjectModified
    assert saving(alice, second, KEEP_READ_ONLY) == ErrorCode.ecObjectModified
    assert saving(alice, second, FORCE) == 0
    assert alice.value(alice.opened_message(message), tags.PidTagSubject) == "second"


@pytest.mark.parametrize("flags", [0x00, KEEP_READ_ONLY, 0x09, KEEP, 0x0A, FORCE, 0x0C, 0x40, 0x80])
def test_what_remains_of_the_handle(alice, flags):
    """R1407, R710, R719, R723, R1906, R1907, R2192: whoever could save can save again; other flags are ignored."""
    slot = alice.opened_message(delivered(alice))
    assert saving(alice, slot, SaveFlags(flags)) == 0
    assert alice.value(slot, tags.PidTagAccessLevel) == 1
    assert saving(alice, slot) == 0


def test_a_handle_cannot_remain_for_reading_only_and_for_writing(alice):
    """R373: and nothing is saved."""
    slot = alice.opened_message(delivered(alice))
    for flags in (0x03, 0x0F):
        assert saving(alice, slot, SaveFlags(flags)) == ErrorCode.ecNotSupported
    assert saving(alice, slot) == 0


def test_what_fails_leaves_the_handle_as_it_was(alice):
    """R1670, R718, R722."""
    message = delivered(alice)
    alice.saved(alice.opened_message(message))
    for flags in (KEEP_READ_ONLY, KEEP):
        slot = alice.opened_message(message)
        alice.saved(alice.opened_message(message))
        assert saving(alice, slot, flags) == ErrorCode.ecObjectModified
        assert alice.value(slot, tags.PidTagAccessLevel) == 1


def test_a_message_that_went_away_is_not_saved(alice):
    """Not even by whoever wants to save whatever others have done to it, who would think it was there."""
    message = delivered(alice)
    slot = alice.opened_message(message)
    alice.execute(RopDeleteMessagesRequest(0, alice.opened_folder(), False, False, (message,)))
    assert saving(alice, slot) == ErrorCode.ecObjectDeleted
    assert saving(alice, slot, FORCE) == ErrorCode.ecObjectDeleted
    gone = delivered(alice)
    slot = alice.opened_message(gone)
    with imap_of(alice.hub, "alice") as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search(["UID", "*"]))
        client.expunge()
    assert saving(alice, slot) == ErrorCode.ecObjectDeleted


def test_what_others_have_read_meanwhile_stays_read(alice, hub):
    """That is no change of the message (3.2.5.10): saving it undoes nothing of it."""
    slot = alice.opened_message(delivered(alice))
    alice.set(slot, {tags.PidTagImportance: 2})
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX")
        client.add_flags(client.search(["UID", "*"]), ["\\Seen", "\\Deleted"])
    assert saving(alice, slot) == 0
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX")
        [uid] = client.search(["UID", "*"])
        assert set(client.get_flags([uid])[uid]) == {b"\\Seen", b"\\Deleted", b"\\Recent"} - {b"\\Recent"}
        client.remove_flags([uid], ["\\Deleted"])


def test_when_it_was_committed_and_by_whom(alice):
    """R1890, R1099 to R1102: the server says it, whatever a client says."""
    slot = alice.opened_message(delivered(alice))
    wanted = tags.PidTagLocalCommitTime, tags.PidTagLastModificationTime, tags.PidTagChangeKey
    before = alice.values(slot, *wanted)
    assert alice.set(slot, {tags.PidTagLocalCommitTime: 1}) == problem(tags.PidTagLocalCommitTime, ErrorCode.ecComputed)
    alice.saved(slot)
    after = alice.values(slot, *wanted)
    assert after[0] >= before[0]
    assert after[1] >= before[1]
    assert after[2] != before[2]
    assert alice.value(slot, tags.PidTagLastModifierName) == "alice"


def test_who_has_no_room_left(hub):
    """ecQuotaExceeded, and the message is still there to be saved elsewhere."""
    dave = PropertySession(hub, "dave")
    hub.write(lambda tx: set_quotas(tx, account_of(hub, "dave"), {Resource.STORAGE: 1}))
    slot = dave.new_message()
    assert saving(dave, slot) == ErrorCode.ecQuotaExceeded
    hub.write(lambda tx: set_quotas(tx, account_of(hub, "dave"), {}))
    assert saving(dave, slot) == 0


# What is whose to say – 2.2.1


def test_flags_are_a_clients_to_say_until_the_message_is_saved(alice):
    """R31, R510, R512, R515, R516, R519, R1140."""
    slot = alice.new_message()
    assert alice.set(slot, {tags.PidTagMessageFlags: 0xFFFF & ~MF_READ}) == ()
    assert alice.value(slot, tags.PidTagMessageFlags) == MF_UNSENT | MF_RESEND
    message = alice.saved(slot)
    assert alice.value(slot, tags.PidTagMessageFlags) == MF_UNSENT | MF_RESEND | MF_UNMODIFIED
    refused = alice.set(slot, {tags.PidTagMessageFlags: MF_READ})
    assert refused == problem(tags.PidTagMessageFlags, ErrorCode.ecComputed)
    slot = alice.opened_message(message)
    alice.set(slot, {tags.PidTagSubject: "again"})
    alice.saved(slot)
    found = alice.value(alice.opened_message(message), tags.PidTagMessageFlags)
    assert found == MF_UNSENT | MF_RESEND


def test_mail_is_unmodified_until_somebody_changes_it(alice):
    """R519."""
    message = delivered(alice)
    slot = alice.opened_message(message)
    assert alice.value(slot, tags.PidTagMessageFlags) & MF_UNMODIFIED
    alice.set(slot, {tags.PidTagImportance: 2})
    alice.saved(slot)
    for one in (slot, alice.opened_message(message)):
        assert not alice.value(one, tags.PidTagMessageFlags) & MF_UNMODIFIED


READ_ONLY = (
    *(tags.PidTagAccess, tags.PidTagAccessLevel, tags.PidTagChangeKey, tags.PidTagCreationTime),
    *(tags.PidTagLastModificationTime, tags.PidTagLastModifierName, tags.PidTagObjectType, tags.PidTagRecordKey),
    *(tags.PidTagSearchKey, tags.PidTagHasAttachments, tags.PidTagMessageSize, tags.PidTagMessageStatus),
)
_SAMPLES = {PropertyType.INTEGER32: 7, PropertyType.BINARY: b"1" * 16, PropertyType.TIME: 7, PropertyType.STRING: "x"}


@pytest.mark.parametrize("tag", READ_ONLY, ids=lambda tag: f"{tag.id:#x}")
def test_what_every_message_has_and_no_client_sets(alice, tag):
    """R11, R15, R16, R47, R1097 to R1105, R1125, R1128, R1724, R498, R3002, R3004: the others of a request are set."""
    slot = alice.opened_message(delivered(alice))
    before = alice.value(slot, tag)
    wanted = {tag: _SAMPLES.get(tag.type, True), tags.PidTagSubject: "set"}
    assert alice.set(slot, wanted) == problem(tag, ErrorCode.ecComputed)
    assert alice.values(slot, tag, tags.PidTagSubject) == [before, "set"]
    assert type(before) in (int, bytes, str, bool)


SPOILING: tuple[tuple[PropertyTag, Any], ...] = (
    (tags.PidTagHasAttachments, True),
    (tags.PidTagMessageSize, 2),
    (tags.PidTagAccess, 0),
    (tags.PidTagAccessLevel, 0),
    (tags.PidTagObjectType, 1),
    (tags.PidTagRecordKey, b"x"),
    (tags.PidTagMessageStatus, 0x800),
    (tags.PidTagCreationTime, 7),
    (tags.PidTagLastModificationTime, 7),
    *((tags.PidTagMessageFlags, 1 << bit) for bit in (*range(11), 13, 15)),
)


@pytest.mark.parametrize(("tag", "value"), SPOILING, ids=lambda one: f"{one.id if isinstance(one, tuple) else one!r}")
def test_a_handle_that_was_to_set_what_no_client_sets_saves_no_more(alice, tag, value):
    """R1111, R1644, R1867, R1868, R1869 to R1880, R1881 to R1884, MS-OXCPRPT R47507: whatever is set besides, and
    however often; another handle does."""
    message = alice.saved(alice.new_message())
    slot = alice.opened_message(message)
    alice.set(slot, {tag: value})
    alice.set(slot, {tags.PidTagSubject: "never"})
    for _ in range(2):
        assert saving(alice, slot) == ErrorCode.ecError
        assert alice.value(slot, tags.PidTagAccessLevel) == 1
    again = alice.opened_message(message)
    assert alice.value(again, tags.PidTagSubject) == NOT_FOUND
    assert saving(alice, again) == 0


@pytest.mark.parametrize("text", ["", "IPM.Note.", "IPM.Nöte", "IPM.\tNote", "I" * 256])
def test_what_is_no_message_class(alice, text):
    """R19, R501, R502."""
    slot = alice.new_message()
    assert alice.set(slot, {tags.PidTagMessageClass: text}) == problem(
        tags.PidTagMessageClass, ErrorCode.ecInvalidParameter
    )
    assert alice.set(slot, {tags.PidTagMessageClass: "I" * 255}) == ()


def test_a_message_is_made_whole_and_imap_sees_all_of_it(alice, hub):
    """R700: with its attachments and its flags."""
    slot = alice.new_message(special=Special.SENT_ITEMS)
    alice.set(slot, {tags.PidTagSubject: "whole", tags.PidTagBody: "text", tags.PidTagImportance: 2})
    attachment = alice.new_attachment(slot)
    alice.set(attachment, {tags.PidTagAttachDataBinary: b"data", tags.PidTagAttachLongFilename: "a.bin"})
    alice.saved_attachment(slot, attachment)
    alice.get(RopSaveChangesMessageRequest(0, slot, slot, KEEP), RopSaveChangesMessageResponse)
    with imap_of(hub, "alice") as client:
        client.select_folder("Sent")
        [uid] = client.search(["UID", "*"])
        data = client.fetch([uid], ["BODY[]", "FLAGS"])[uid]
    message = email.message_from_bytes(data[b"BODY[]"])
    assert (message["Subject"], message["Importance"]) == ("whole", "High")
    assert [part.get_filename() for part in message.walk()][-1] == "a.bin"
    assert b"\\Draft" in data[b"FLAGS"]


def test_an_id_of_another_mailbox(alice):
    rop = opening(alice, oid(1)._replace(replica=77))
    assert alice.error(rop) == ErrorCode.ecNotFound
