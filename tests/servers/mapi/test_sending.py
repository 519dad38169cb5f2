"""Messages that MAPI clients send. Statements are those of [MS-OXCROPS]; rules are of [MS-OXOMSG] 3.3.5."""

from __future__ import annotations

import email
import time
from collections.abc import Iterator

import pytest
from mapi_folders import FolderSession
from mapi_properties import PropertySession
from mapi_sending import SMTP, last, written
from mapi_session import LOGON, MapiSession, account_of, dn_of, imap_of, imap_subjects, mapi_hub, oid, share
from mapi_tables import TableSession
from programs import eventually

from posthouse.directory import DELEGATE, change_links
from posthouse.model.rights import Right
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.identifiers import folder_server_id
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.property_values import PropertyType
from posthouse.protocols.mapi.recipients import RecipientFlags, RecipientRow
from posthouse.protocols.mapi.restrictions import BitMask
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
    RopSaveChangesMessageRequest,
    SaveFlags,
)
from posthouse.protocols.mapi.rops.message_status import ReadFlags, RopSetReadFlagsRequest
from posthouse.protocols.mapi.rops.recipient import ModifyRecipientRow, RecipientType, RopModifyRecipientsRequest
from posthouse.protocols.mapi.rops.sending import (
    LockState,
    RopAbortSubmitRequest,
    RopGetAddressTypesRequest,
    RopGetAddressTypesResponse,
    RopGetTransportFolderRequest,
    RopGetTransportFolderResponse,
    RopOptionsDataRequest,
    RopOptionsDataResponse,
    RopSetSpoolerRequest,
    RopSpoolerLockMessageRequest,
    RopSubmitMessageRequest,
    RopTransportNewMailRequest,
    RopTransportSendRequest,
    RopTransportSendResponse,
)
from posthouse.protocols.mapi.rops.stream import (
    RopOpenStreamRequest,
    RopOpenStreamResponse,
    RopWriteStreamRequest,
    StreamOpenMode,
)
from posthouse.queue.rows import ids as queue_ids
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.messages import sending
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.store.quota import Resource, set_quotas
from posthouse.store.submissions import queued_as
from posthouse.testing import MailHub


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol", "dave", limits={"message_size": 2_000_000}) as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return FolderSession(hub, "alice")


def test_what_is_submitted_arrives_and_a_copy_is_in_sent_items(hub):
    """R2348, MS-OXCMSG R513: the draft is gone, whoever was hidden is told to nobody but the sender. MS-OXCSTOR R654:
    a mailbox that does not say otherwise keeps what it has sent."""
    alice = MapiSession(hub, "alice")
    slot = written(alice, "bob@example.org", bcc="carol@example.org")
    alice.execute(RopSaveChangesMessageRequest(0, 0, slot, SaveFlags.KEEP_OPEN_READ_WRITE))
    drafts = len(imap_subjects(hub, "alice", "Drafts"))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    assert len(imap_subjects(hub, "alice", "Drafts")) == drafts - 1
    got, kept = last(hub, "bob"), last(hub, "alice", "Sent")
    assert got["From"] == "alice <alice@example.org>"
    assert (got["To"], got["Bcc"]) == ("bob <bob@example.org>", None)
    assert kept["Bcc"] == "carol <carol@example.org>"
    assert got["Message-ID"] == kept["Message-ID"] == last(hub, "carol")["Message-ID"]
    with imap_of(hub, "alice") as client:
        client.select_folder("Sent")
        [uid] = client.search(["UID", "*"])
        assert client.fetch([uid], ["FLAGS"])[uid][b"FLAGS"] == (b"\\Seen",)


def test_what_the_transport_sends_leaves_no_copy(hub):
    """[MS-OXOMSG] 3.3.5.1.2, MS-OXCROPS R2485, R2491: the client keeps its own."""
    alice = MapiSession(hub, "alice")
    slot = written(alice, "bob@example.org")
    sent = len(imap_subjects(hub, "alice", "Sent"))
    response = alice.get(RopTransportSendRequest(0, slot), RopTransportSendResponse)
    assert not response.no_properties_returned
    told = {value.tag: value.value for value in response.property_values}
    assert told[tags.PidTagSenderSmtpAddress] == "alice@example.org"
    assert tags.PidTagClientSubmitTime in told
    assert len(imap_subjects(hub, "alice", "Sent")) == sent
    assert last(hub, "bob")["From"] == "alice <alice@example.org>"


def test_nobody_to_send_to(hub):
    """As from Exchange; the draft stays as it was."""
    alice = MapiSession(hub, "alice")
    slot, before = written(alice), imap_subjects(hub, "alice", "Drafts")
    assert alice.error(RopSaveChangesMessageRequest(0, slot, slot, SaveFlags.KEEP_OPEN_READ_WRITE)) == 0
    assert alice.error(RopSubmitMessageRequest(0, slot)) == ErrorCode.ecInvalidRecips == 0x467
    assert imap_subjects(hub, "alice", "Drafts") == [*before, ""]


def test_one_bad_recipient_among_many_is_a_report(hub):
    alice = MapiSession(hub, "alice")
    before = len(imap_subjects(hub, "bob"))
    assert alice.error(RopSubmitMessageRequest(0, written(alice, "nobody@example.org", "bob@example.org"))) == 0
    assert len(imap_subjects(hub, "bob")) == before + 1
    report = last(hub, "alice")
    assert report.get_content_type() == "multipart/report"
    assert "nobody@example.org" in report.as_string()


def test_what_clients_of_a_spooler_ask(hub):
    """R2426, R2444: on a logon."""
    alice = MapiSession(hub, "alice")
    assert alice.get(RopGetAddressTypesRequest(0, 0), RopGetAddressTypesResponse).address_types == (b"EX", b"SMTP")
    outbox = alice.get(RopGetTransportFolderRequest(0, 0), RopGetTransportFolderResponse).folder_id
    assert outbox == oid(own_folder(Special.OUTBOX))
    assert alice.error(RopSetSpoolerRequest(0, 0)) == 0
    assert alice.error(RopSpoolerLockMessageRequest(0, 0, oid(1), LockState.lstLock)) == 0
    assert alice.error(RopTransportNewMailRequest(0, 0, oid(1), oid(1), b"IPM.Note", 0)) == 0
    options = alice.get(RopOptionsDataRequest(0, 0, b"SMTP", False), RopOptionsDataResponse)
    assert (options.options_info, options.help_file) == (b"", b"")
    assert alice.error(RopAbortSubmitRequest(0, 0, outbox, oid(999_999))) == ErrorCode.ecNotFound


# On behalf of somebody – [MS-OXOMSG] 3.3.5.1.1


def represents(hub: MailHub, name: str):
    """Properties of a message from this person."""
    return {
        tags.PidTagSentRepresentingName: name,
        tags.PidTagSentRepresentingAddressType: "EX",
        tags.PidTagSentRepresentingEmailAddress: dn_of(hub, name),
    }


def test_nobody_speaks_in_anothers_name(alice, hub):
    """ecSendAsDenied, and nothing was sent and nothing has moved."""
    slot = written(alice, "bob@example.org")
    alice.set(slot, represents(hub, "carol"))
    alice.saved(slot)
    before = len(imap_subjects(hub, "bob")), len(imap_subjects(hub, "alice", "Drafts"))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == ErrorCode.ecSendAsDenied
    assert (len(imap_subjects(hub, "bob")), len(imap_subjects(hub, "alice", "Drafts"))) == before
    assert alice.value(slot, tags.PidTagAccessLevel) == 1


def test_a_delegate_sends_on_behalf(alice, hub):
    """From is who is represented, Sender who has sent it (RFC 5322 §3.6.2)."""
    hub.write(lambda tx: change_links(tx, account_of(hub, "dave"), DELEGATE, add=["alice@example.org"]))
    slot = written(alice, "bob@example.org")
    alice.set(slot, represents(hub, "dave"))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    got = last(hub, "bob")
    assert (got["From"], got["Sender"]) == ("dave <dave@example.org>", "alice <alice@example.org>")
    assert got["Return-Path"] == "<alice@example.org>"
    bob = PropertySession(hub, "bob")
    opened = bob.opened_message(bob.message_ids()[-1])
    assert bob.value(opened, tags.PidTagSentRepresentingSmtpAddress) == "dave@example.org"
    assert bob.value(opened, tags.PidTagSenderSmtpAddress) == "alice@example.org"


def test_a_delegate_sends_from_the_mailbox_of_the_other(hub):
    """A copy is where the other one keeps what was sent."""
    hub.write(lambda tx: change_links(tx, account_of(hub, "dave"), DELEGATE, add=["alice@example.org"]))
    share(hub, "dave", "Drafts", "alice", Right.LOOKUP | Right.READ | Right.WRITE | Right.INSERT)
    alice = PropertySession(hub, "alice", "dave")
    slot = written(alice, "bob@example.org")
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    assert (last(hub, "bob")["From"], last(hub, "bob")["Sender"]) == (
        "dave <dave@example.org>",
        "alice <alice@example.org>",
    )
    assert last(hub, "dave", "Sent")["Sender"] == "alice <alice@example.org>"


# Later – [MS-OXOMSG] 2.2.3.10 to 2.2.3.12


def deferred(alice, when=None, folder=None, **options):
    """The slot and the id of a message that waits."""
    slot = written(alice, "bob@example.org", folder=folder, **options)
    later = {tags.PidTagDeferredSendTime: file_time(time.time() + when)} if when is not None else LATER
    alice.set(slot, {tags.PidTagSubject: "later", **later})
    message = alice.saved(slot)
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    return slot, message


LATER = {tags.PidTagDeferredSendNumber: 2, tags.PidTagDeferredSendUnits: 1}
"""In two hours."""


def test_what_is_sent_later_waits(alice, hub):
    """MS-OXCMSG R513, R520: PidTagDeferredSendNumber and PidTagDeferredSendUnits: until then nobody has it, and it is
    marked as submitted, and no more as unsent, wherever it is asked for."""
    before = len(imap_subjects(hub, "bob")), len(imap_subjects(hub, "alice", "Sent"))
    submitted, message = deferred(alice)
    assert alice.value(submitted, tags.PidTagMessageFlags) & 0xC == 0x4
    session = TableSession(hub, "alice")
    table = session.contents(session.open(session.folder("Drafts")), tags.PidTagMessageFlags)
    for unsent, told in ((True, 0x8), (False, 0x4)):
        session.restrict(table, BitMask(unsent, tags.PidTagMessageFlags, 0x8))
        found = session.rows(table)
        assert all(flags & 0xC == told for flags in found)
    assert len(found) > 0
    assert (len(imap_subjects(hub, "bob")), len(imap_subjects(hub, "alice", "Sent"))) == before
    slot = opened_in(alice, alice.folder("Drafts"), message)
    assert alice.value(slot, tags.PidTagMessageFlags) & 0xC == 0x4
    assert alice.error(RopSubmitMessageRequest(0, slot)) == ErrorCode.ecSubmitted
    saving = RopSaveChangesMessageRequest(0, 0, slot, SaveFlags.KEEP_OPEN_READ_WRITE)
    assert alice.error(saving) == ErrorCode.ecSubmitted


def opened_in(session, folder, message):
    slot = session.slot()
    rop = RopOpenMessageRequest(0, 0, slot, LOGON_CODE_PAGE, folder, MessageOpenMode.READ_WRITE, message)
    session.get(rop, RopOpenMessageResponse)
    return slot


def test_what_waits_can_be_taken_back(alice, hub):
    """RopAbortSubmit: it is a draft again, and can be submitted again; what has gone has gone."""
    _, message = deferred(alice)
    drafts = alice.folder("Drafts")
    assert alice.error(RopAbortSubmitRequest(0, 0, drafts, message)) == 0
    assert alice.error(RopAbortSubmitRequest(0, 0, drafts, message)) == ErrorCode.ecNotInQueue
    slot = opened_in(alice, drafts, message)
    assert alice.value(slot, tags.PidTagMessageFlags) & 0xC == 0x8
    alice.delete(slot, *LATER)
    before = len(imap_subjects(hub, "bob"))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    assert len(imap_subjects(hub, "bob")) == before + 1


def test_whoever_has_it_open_hears_that_it_waits_no_more(alice):
    """MS-OXCMSG R520, MS-OXCROPS R2369: also through the handle that it was submitted by, and others of its session."""
    submitted, message = deferred(alice)
    other, drafts = deferred(alice)[0], alice.folder("Drafts")
    slot = opened_in(alice, drafts, message)
    assert [alice.value(one, tags.PidTagMessageFlags) & 0xC for one in (submitted, slot)] == [0x4, 0x4]
    assert alice.error(RopAbortSubmitRequest(0, 0, drafts, message)) == 0
    assert [alice.value(one, tags.PidTagMessageFlags) & 0xC for one in (submitted, slot)] == [0x8, 0x8]
    assert alice.value(other, tags.PidTagMessageFlags) & 0xC == 0x4
    alice.delete(slot, *LATER)
    saving = RopSaveChangesMessageRequest(0, 0, slot, SaveFlags.KEEP_OPEN_READ_WRITE)
    assert alice.error(saving) == 0


def test_it_goes_when_its_time_has_come(busy_hub):
    """PidTagDeferredSendTime; then it is in Sent Items, as if it had been sent at once."""
    hub, alice = busy_hub, PropertySession(busy_hub, "alice")
    before, arrived = len(imap_subjects(hub, "alice", "Sent")), len(imap_subjects(hub, "bob"))
    deferred(alice, when=2, folder=alice.special(Special.OUTBOX))
    eventually(lambda: len(imap_subjects(hub, "bob")) > arrived)
    assert len(imap_subjects(hub, "alice", "Sent")) == before + 1
    with imap_of(hub, "alice") as client:
        client.select_folder("Sent")
        [uid] = client.search(["UID", "*"])
        assert client.get_flags([uid])[uid] == (b"\\Seen",)
    sent = alice.message_ids("Sent")[-1]
    slot = opened_in(alice, alice.folder("Sent"), sent)
    assert not alice.value(slot, tags.PidTagMessageFlags) & 0xC
    assert last(hub, "bob")["Message-ID"] == last(hub, "alice", "Sent")["Message-ID"]


def test_it_stays_when_its_time_has_come(busy_hub):
    """MS-OXCSTOR R666: as if it had been sent at once."""
    hub, alice = busy_hub, PropertySession(busy_hub, "alice")
    arrived = len(imap_subjects(hub, "bob"))
    _, message = deferred(alice, when=2, stays=True)
    eventually(lambda: len(imap_subjects(hub, "bob")) > arrived)
    assert not alice.value(opened_in(alice, alice.folder("Drafts"), message), tags.PidTagMessageFlags) & 0xC


def test_what_is_deleted_while_it_waits_is_not_sent(busy_hub):
    hub, alice = busy_hub, PropertySession(busy_hub, "alice")
    _, message = deferred(alice, when=2)
    waiting = hub.read(lambda tx: queued_as(tx, alice.account, message.counter))
    assert waiting in hub.read(queue_ids)
    with imap_of(hub, "alice") as client:
        client.select_folder("Drafts")
        client.delete_messages(client.search(["SUBJECT", "later"]))
        client.expunge()
    before = imap_subjects(hub, "bob")
    eventually(lambda: waiting not in hub.read(queue_ids))
    assert imap_subjects(hub, "bob") == before


# Who gets it, and who does not


def test_outside_recipients_go_on_from_here(alice, hub):
    """Into the queue, with the addresses of this side as they are outside."""
    slot = written(alice, "someone@example.net", "bob@example.org")
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    [sent] = [one for one in hub.outgoing() if one.recipients == ("someone@example.net",)]
    assert sent.sender == "alice@example.org"
    message = email.message_from_bytes(sent.data)
    assert message["From"] == "alice <alice@example.org>"
    assert message["To"] == "someone <someone@example.net>, bob <bob@example.org>"


@pytest.mark.parametrize(
    ("flags", "got"), [(0x88, {"bob": 1, "carol": 0, "dave": 0}), (0x08, {"bob": 1, "carol": 1, "dave": 1})]
)
def test_a_message_that_is_sent_again_goes_to_those_who_did_not_get_it(alice, hub, flags, got):
    """[MS-OXOMSG] 3.3.5.1.3: mfResend says that it is; what recipients are marked with is nothing by itself."""
    slot = written(alice)
    alice.set(slot, {tags.PidTagMessageFlags: flags})
    marks = {"bob": RecipientType.FAILED_BEFORE, "carol": RecipientType.SUCCEEDED_BEFORE, "dave": RecipientType(0)}
    rows = [
        ModifyRecipientRow(
            number,
            RecipientType.TO | mark,
            RecipientRow(SMTP, email_address=f"{name}@example.org", display_name=name),
        )
        for number, (name, mark) in enumerate(marks.items())
    ]
    alice.execute(RopModifyRecipientsRequest(0, slot, (), tuple(rows)))
    before = {name: len(imap_subjects(hub, name)) for name in ("bob", "carol", "dave")}
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    after = {name: len(imap_subjects(hub, name)) for name in before}
    assert {name: after[name] - before[name] for name in before} == got


def test_too_many_recipients(alice, hub, monkeypatch):
    """Nobody gets it then."""
    monkeypatch.setattr(sending, "MAX_RECIPIENTS", 1)
    before = len(imap_subjects(hub, "bob"))
    slot = written(alice, "bob@example.org", "carol@example.org")
    assert alice.error(RopSubmitMessageRequest(0, slot)) == ErrorCode.ecTooManyRecips
    assert len(imap_subjects(hub, "bob")) == before


def test_what_is_too_large_is_not_sent(alice, hub):
    slot = written(alice, "bob@example.org")
    for number in range(3):
        attachment = alice.new_attachment(slot)
        alice.set(attachment, {tags.PidTagAttachLongFilename: f"{number}.bin"})
        stream = alice.slot()
        mode = StreamOpenMode.CREATE
        alice.get(RopOpenStreamRequest(0, attachment, stream, tags.PidTagAttachDataBinary, mode), RopOpenStreamResponse)
        for _ in range(30):
            alice.execute(RopWriteStreamRequest(0, stream, bytes(30_000)))
        alice.release(stream)
        alice.saved_attachment(slot, attachment)
    before = len(imap_subjects(hub, "bob"))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == ErrorCode.ecMessageTooBig
    assert len(imap_subjects(hub, "bob")) == before


def test_a_message_within_another_or_aside_is_not_sent(alice):
    message = alice.new_message()
    within = alice.message_within(alice.new_attachment(message))
    slot = alice.slot()
    alice.execute(RopCreateMessageRequest(0, 0, slot, LOGON_CODE_PAGE, alice.folder("Drafts"), True))
    for one in (within, slot):
        assert alice.error(RopSubmitMessageRequest(0, one)) == ErrorCode.ecNotSupported


def test_a_message_is_sent_once(alice, hub):
    """However many handles there are on it; nor as somebody else has written it meanwhile."""
    slot, drafts = written(alice, "bob@example.org"), alice.folder("Drafts")
    message = alice.saved(slot)
    other, third = opened_in(alice, drafts, message), opened_in(alice, drafts, message)
    alice.saved(slot)
    assert alice.error(RopSubmitMessageRequest(0, other)) == ErrorCode.ecObjectModified
    before = len(imap_subjects(hub, "bob"))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    assert alice.error(RopSubmitMessageRequest(0, third)) == ErrorCode.ecObjectDeleted
    assert len(imap_subjects(hub, "bob")) == before + 1


# What stays


def test_a_client_may_want_no_copy(alice, hub):
    """PidTagDeleteAfterSubmit."""
    slot = written(alice, "bob@example.org")
    alice.set(slot, {tags.PidTagDeleteAfterSubmit: True})
    alice.saved(slot)
    before = len(imap_subjects(hub, "alice", "Sent")), len(imap_subjects(hub, "alice", "Drafts"))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    assert (len(imap_subjects(hub, "alice", "Sent")), len(imap_subjects(hub, "alice", "Drafts"))) == (
        before[0],
        before[1] - 1,
    )


@pytest.mark.parametrize("saved", [False, True])
def test_what_nobody_wants_to_be_moved_stays_where_it_was(alice, hub, saved):
    """MS-OXCSTOR R666: as what was sent, with its sender and the time, and no draft any more."""
    _, _, path = alice.new()
    slot = written(alice, "bob@example.org", folder=alice.folder(path), stays=True)
    alice.set(slot, {tags.PidTagSubject: f"stays, {saved}"})
    if saved:
        message = alice.saved(slot)
    before = len(imap_subjects(hub, "alice", "Sent"))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    assert imap_subjects(hub, "bob")[-1] == f"stays, {saved}"
    assert len(imap_subjects(hub, "alice", "Sent")) == before
    [kept] = alice.message_ids(path)
    if saved:
        assert kept == message
    there = opened_in(alice, alice.folder(path), kept)
    assert alice.value(there, tags.PidTagMessageFlags) & 0xD == 0x1
    assert alice.value(there, tags.PidTagSenderSmtpAddress) == "alice@example.org"
    assert isinstance(alice.value(there, tags.PidTagClientSubmitTime), int)
    assert last(hub, "bob")["Message-ID"] == last(hub, "alice", path)["Message-ID"]
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        assert set(client.get_flags(client.search()).values()) == {(b"\\Seen",)}


def test_a_mailbox_says_where_copies_go(alice, hub):
    """MS-OXCSTOR R665, R666: what its clients have set, for messages that say nothing."""
    archive = alice.folder("Archive")
    alice.set(LOGON, {tags.PidTagSentMailSvrEID: folder_server_id(archive)})
    before = len(imap_subjects(hub, "alice", "Archive")), len(imap_subjects(hub, "alice", "Drafts"))
    assert alice.error(RopSubmitMessageRequest(0, written(alice, "bob@example.org", stays=True))) == 0
    assert alice.delete(LOGON, tags.PidTagSentMailSvrEID) == ()
    after = len(imap_subjects(hub, "alice", "Archive")), len(imap_subjects(hub, "alice", "Drafts"))
    assert after == (before[0] + 1, before[1])


@pytest.mark.parametrize("tag", [tags.PidTagSentMailSvrEID, tags.PidTagSentMailEntryId])
def test_a_client_says_where_the_copy_goes(alice, hub, tag):
    archive = alice.folder("Archive")
    folder = {
        tags.PidTagSentMailSvrEID: folder_server_id(archive),
        tags.PidTagSentMailEntryId: alice.identity.folder_entry_id(archive.counter),
    }
    slot = written(alice, "bob@example.org", stays=True)
    alice.set(slot, {tag: folder[tag]})
    before = len(imap_subjects(hub, "alice", "Archive")), len(imap_subjects(hub, "alice", "Sent"))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    after = len(imap_subjects(hub, "alice", "Archive")), len(imap_subjects(hub, "alice", "Sent"))
    assert after == (before[0] + 1, before[1])


def test_who_has_no_room_for_the_copy_sends_nothing(alice, hub):
    """The message and its copy are one transaction."""
    slot = written(alice, "bob@example.org")
    account, before = account_of(hub, "alice"), len(imap_subjects(hub, "bob"))
    hub.write(lambda tx: set_quotas(tx, account, {Resource.STORAGE: 1}))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == ErrorCode.ecQuotaExceeded
    hub.write(lambda tx: set_quotas(tx, account, {}))
    assert len(imap_subjects(hub, "bob")) == before
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0


def test_who_asked_for_it_hears_that_it_was_read(alice, hub):
    """[MS-OXOMSG] 2.2.2: from one client of MAPI to another, and back as a report."""
    slot = written(alice, "bob@example.org")
    alice.set(slot, {tags.PidTagSubject: "please read", tags.PidTagReadReceiptRequested: True})
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    bob = PropertySession(hub, "bob")
    rop = RopSetReadFlagsRequest(0, bob.opened_folder(), False, ReadFlags(0), (bob.message_ids()[-1],))
    assert bob.error(rop) == 0
    report = alice.opened_message(alice.message_ids()[-1])
    assert alice.values(report, tags.PidTagMessageClass, tags.PidTagSubject) == [
        "REPORT.IPM.Note.IPNRN",
        "Read: please read",
    ]


# In two forms – [MS-OXCMAIL] 2.1.3


def needing_tnef(alice, *addresses):
    slot = written(alice, *addresses)
    alice.set(slot, {alice.named(named_tags.PidLidUseTnef.name, PropertyType.BOOLEAN): True})
    return slot


def sent_to(hub, *addresses):
    """The kinds of the parts of each message that is on its way to these, together."""
    found = [email.message_from_bytes(one.data) for one in hub.outgoing() if one.recipients == addresses]
    return [[part.get_content_type() for part in message.walk()] for message in found]


def outgoing(hub, *addresses):
    """Of the one that is."""
    [kinds] = sent_to(hub, *addresses)
    return kinds


WITH_TNEF = ["multipart/mixed", "text/plain", "application/ms-tnef"]


def test_tnef_goes_only_to_who_is_elsewhere_and_takes_it(alice, hub):
    """The message needs TNEF; one recipient is said not to take it, one is of this hub."""
    slot = needing_tnef(alice, "bob@example.org", "rich@elsewhere.example", "plain@elsewhere.example")
    row = RecipientRow(
        SMTP | RecipientFlags.NON_RICH_TEXT, email_address="plain@elsewhere.example", display_name="plain"
    )
    changed = ModifyRecipientRow(2, RecipientType.TO, row)
    alice.execute(RopModifyRecipientsRequest(0, slot, (), (changed,)))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    assert outgoing(hub, "rich@elsewhere.example") == WITH_TNEF
    assert outgoing(hub, "plain@elsewhere.example") == ["text/plain"]
    assert last(hub, "bob").get_content_type() == "text/plain"


def test_both_forms_go_or_neither(alice, hub):
    """Somebody has changed the message meanwhile: then it was not sent, to nobody, and can be sent once more."""
    people = "bob@example.org", "both@elsewhere.example"
    slot = needing_tnef(alice, *people)
    message = alice.saved(slot)
    alice.saved(opened_in(alice, alice.folder("Drafts"), message))
    before = len(imap_subjects(hub, "bob"))
    assert alice.error(RopSubmitMessageRequest(0, slot)) == ErrorCode.ecObjectModified
    assert (len(imap_subjects(hub, "bob")), sent_to(hub, "both@elsewhere.example")) == (before, [])
    assert alice.error(RopSubmitMessageRequest(0, opened_in(alice, alice.folder("Drafts"), message))) == 0
    assert (len(imap_subjects(hub, "bob")), sent_to(hub, "both@elsewhere.example")) == (before + 1, [WITH_TNEF])


def test_who_takes_tnef_gets_it_when_the_others_have_no_room(alice, hub):
    """Of whom the sender hears in a report."""
    hub.write(lambda tx: set_quotas(tx, account_of(hub, "carol"), {Resource.STORAGE: 1}))
    slot = needing_tnef(alice, "carol@example.org", "alone@elsewhere.example")
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    hub.write(lambda tx: set_quotas(tx, account_of(hub, "carol"), {}))
    assert sent_to(hub, "alone@elsewhere.example") == [WITH_TNEF]
    report = last(hub, "alice")
    assert report.get_content_type() == "multipart/report"
    assert "carol@example.org" in report.as_string()


def test_what_waits_has_one_form(alice, hub):
    """TNEF only when everybody takes it: what is taken back is taken back from all."""
    for others in ((), ("bob@example.org",)):
        slot = needing_tnef(alice, f"late{len(others)}@elsewhere.example", *others)
        alice.set(slot, LATER)
        assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    assert outgoing(hub, "late0@elsewhere.example") == WITH_TNEF
    [mixed] = [one for one in hub.outgoing() if "late1@elsewhere.example" in one.recipients]
    assert b"ms-tnef" not in mixed.data
