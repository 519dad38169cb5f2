"""Messages are marked as read, receipts go out, status is kept. Statements are those of [MS-OXCMSG]."""

from __future__ import annotations

import email
import smtplib
from collections.abc import Iterator

import pytest
from mapi_properties import PropertySession, problem
from mapi_session import LOGON, imap_of, imap_subjects, mapi_hub, oid, share
from mapi_tables import TableSession

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.rops.message import RopSaveChangesMessageRequest, SaveFlags
from posthouse.protocols.mapi.rops.message_status import (
    MessageStatusFlags,
    ReadFlags,
    RopGetMessageStatusRequest,
    RopSetMessageReadFlagRequest,
    RopSetMessageReadFlagResponse,
    RopSetMessageStatusRequest,
    RopSetMessageStatusResponse,
    RopSetReadFlagsRequest,
    RopSetReadFlagsResponse,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.identity import object_id
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.objects import find_message
from posthouse.testing import MailHub

MF_READ, MF_NOTIFY_READ, MF_NOTIFY_UNREAD, MF_EVER_READ = 0x1, 0x100, 0x200, 0x400
PATHS = "INBOX", "Trash"
DEFAULT = ReadFlags(0)
DOWNLOAD, DELETE = MessageStatusFlags.msRemoteDownload, MessageStatusFlags.msRemoteDelete


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return TableSession(hub, "alice")


def delivered(alice, subject="hello", receipt_to=""):
    """A message in Alice's Inbox; its sender may want a receipt."""
    wanted = f"Disposition-Notification-To: {receipt_to}\r\n" if receipt_to else ""
    with smtplib.SMTP(alice.hub.smtp.host, alice.hub.smtp.port, timeout=30) as smtp:
        text = (
            f"From: bob@example.org\r\nTo: alice@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x.example>"
        )
        smtp.sendmail("x@example.net", ["alice@example.org"], f"{text}\r\n{wanted}\r\nworld\r\n")
    return alice.message_ids()[-1]


def row_of(alice, message):
    return alice.hub.read(lambda tx: find_message(tx, alice.account, message.counter))


def flags_of(alice, message):
    return alice.value(alice.opened_message(message), tags.PidTagMessageFlags)


def set_read(alice, flags, *messages, folder=Special.INBOX, asynchronous=False):
    rop = RopSetReadFlagsRequest(0, alice.opened_folder(folder), asynchronous, flags, messages)
    return alice.get(rop, RopSetReadFlagsResponse).partial_completion


def receipts(hub, name="bob"):
    return [subject for subject in imap_subjects(hub, name) if subject.startswith(("Read:", "Not read:"))]


def test_many_are_read_at_once(alice, hub):
    """R287, R291, R1145, R1509 to R1511, R795, R805, R815, R834, R426, R1512, R1705, R1706, R1917: also for IMAP, with
    one modseq, and answered when it is done, to who has not said that it knows RopProgress."""
    messages = [delivered(alice, f"one {number}") for number in range(3)]
    assert set_read(alice, DEFAULT, *messages, asynchronous=True) is False
    assert all(flags_of(alice, message) & MF_READ for message in messages)
    assert len({row_of(alice, message).modseq for message in messages}) == 1
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX", readonly=True)
        assert len(client.search(["SEEN"])) >= 3


def test_what_was_read_becomes_unread(alice):
    """R822."""
    message = delivered(alice)
    set_read(alice, DEFAULT, message)
    set_read(alice, ReadFlags.rfClearReadFlag | ReadFlags.rfSuppressReceipt, message)
    assert not flags_of(alice, message) & MF_READ


@pytest.mark.parametrize("by", ["MAPI", "IMAP", "IMAP in place of all flags", "IMAP with a keyword"])
def test_what_was_read_once_has_been_read_for_ever(alice, hub, by):
    """R1140, R1141, R3006: whoever marks it as unread, in rows too, and in those of its copies."""
    message = delivered(alice, f"ever {by}")
    assert not flags_of(alice, message) & (MF_READ | MF_EVER_READ)
    set_read(alice, DEFAULT, message)
    assert flags_of(alice, message) & MF_EVER_READ
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX")
        uid = max(client.search())
        match by:
            case "MAPI":
                set_read(alice, ReadFlags.rfClearReadFlag, message)
            case "IMAP":
                client.remove_flags(uid, ["\\Seen"])
            case "IMAP in place of all flags":
                client.set_flags(uid, ["\\Flagged"])
            case _:
                client.add_flags(uid, ["later"])
                client.remove_flags(uid, ["later", "\\Seen"])
        assert not {b"\\Seen", b"later"} & set(client.get_flags(uid)[uid])
        client.copy(uid, "Trash")
    tables = [alice.contents_of(alice.folder(path), tags.PidTagSubject, tags.PidTagMessageFlags) for path in PATHS]
    flags = [row[1] for table in tables for row in alice.rows(table) if row[0] == f"ever {by}"]
    assert [one & (MF_READ | MF_EVER_READ) for one in (*flags, flags_of(alice, message))] == [MF_EVER_READ] * 3


def test_saving_a_message_leaves_it_read_for_ever(alice):
    """R1140: also with another content, one that is associated with the folder, and one that was not saved when it was
    marked."""
    slot = alice.new_message()
    alice.get(RopSetMessageReadFlagRequest(0, slot, slot, ReadFlags.rfClearReadFlag), RopSetMessageReadFlagResponse)
    for message in (delivered(alice, "saved"), alice.saved(alice.new_message(associated=True)), alice.saved(slot)):
        set_read(alice, DEFAULT, message)
        opened = alice.opened_message(message)
        set_read(alice, ReadFlags.rfClearReadFlag, message)
        alice.set(opened, {tags.PidTagBody: "another"})
        alice.saved(opened)
        for one in (flags_of(alice, message), alice.value(opened, tags.PidTagMessageFlags)):
            assert one & (MF_READ | MF_EVER_READ) == MF_EVER_READ


def test_reading_is_no_change_of_the_message(alice):
    """R1703, R1710: the change number stays, and with it change key and predecessors."""
    message = delivered(alice, receipt_to="bob@example.org")
    slot = alice.opened_message(message)
    kept = tags.PidTagChangeKey, tags.PidTagPredecessorChangeList, tags.PidTagLastModificationTime
    before = [alice.value(slot, tag) for tag in kept]
    set_read(alice, DEFAULT, message)
    alice.get(RopSetMessageReadFlagRequest(0, slot, slot, ReadFlags.rfClearReadFlag), RopSetMessageReadFlagResponse)
    again = alice.opened_message(message)
    assert [alice.value(again, tag) for tag in kept] == before
    assert alice.error(RopSaveChangesMessageRequest(0, slot, slot, SaveFlags.KEEP_OPEN_READ_WRITE)) == 0


@pytest.mark.parametrize("saved_by", ["mail", "client"])
def test_when_a_message_was_last_changed_counts_its_read_state(alice, hub, saved_by):
    """R1888, R1889: whichever way it is marked, also to the handle that marks it. When it was last modified
    ([MS-OXCPRPT] R36) says nothing of marks."""
    message = delivered(alice)
    slot = alice.opened_message(message)
    if saved_by == "client":
        alice.saved(slot)
    moments = tags.PidTagLocalCommitTime, tags.PidTagLastModificationTime
    committed, modified = alice.values(slot, *moments)
    alice.get(RopSetMessageReadFlagRequest(0, slot, slot, DEFAULT), RopSetMessageReadFlagResponse)
    told = [alice.values(slot, *moments)]
    set_read(alice, ReadFlags.rfClearReadFlag, message)
    told.append(alice.values(alice.opened_message(message), *moments))
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX")
        client.add_flags(client.search(["UID", "*"]), ["\\Seen"])
    rows = alice.rows(alice.contents(alice.opened_folder(), tags.PidTagMid, *moments))
    told += [row[1:] for row in rows if row[0] == object_id(message.counter)]
    alice.get(
        RopSetMessageStatusRequest(0, alice.opened_folder(), message, DOWNLOAD, DOWNLOAD), RopSetMessageStatusResponse
    )
    told.append(alice.values(alice.opened_message(message), *moments))
    assert [one[1] for one in told] == [modified] * 4
    commits = [committed, *(one[0] for one in told)]
    assert commits == sorted(set(commits)), "later each time"


def test_flags_of_other_protocols_are_a_change(alice, hub):
    """[MS-OXCPRPT] R36: PidTagFlagStatus is another one, and the message was modified; also where it is copied to."""
    message = delivered(alice)
    moments = tags.PidTagLocalCommitTime, tags.PidTagLastModificationTime
    before = alice.values(alice.opened_message(message), *moments)
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX")
        client.add_flags(client.search(["UID", "*"]), ["\\Flagged"])
        after = alice.values(alice.opened_message(message), *moments)
        client.copy(client.search(["UID", "*"]), "INBOX")
    assert after[1] > before[1]
    assert after[0] == after[1]
    assert alice.value(alice.opened_message(alice.message_ids()[-1]), tags.PidTagLastModificationTime) == after[1]


def test_what_is_not_there_is_told_and_the_rest_is_done(alice):
    """R1514, R1674, R3021."""
    message = delivered(alice)
    assert set_read(alice, DEFAULT, oid(999_999), message) is True
    assert flags_of(alice, message) & MF_READ
    elsewhere = delivered(alice)
    assert set_read(alice, DEFAULT, elsewhere, folder=Special.SENT_ITEMS) is True
    assert not flags_of(alice, elsewhere) & MF_READ


def test_a_receipt_goes_out_once(alice, hub):
    """R529, R531, R796, R815, R836: to whom the message names, from its reader, with the null reverse-path (RFC
    8098 §2.1, §3)."""
    message = delivered(alice, "wanted", "bob@example.org")
    assert flags_of(alice, message) & (MF_NOTIFY_READ | MF_NOTIFY_UNREAD) == MF_NOTIFY_READ | MF_NOTIFY_UNREAD
    for flags in (DEFAULT, ReadFlags.rfClearReadFlag, DEFAULT, ReadFlags.rfGenerateReceiptOnly):
        set_read(alice, flags, message)
    assert receipts(hub).count("Read: wanted") == 1
    assert not flags_of(alice, message) & (MF_NOTIFY_READ | MF_NOTIFY_UNREAD)
    with imap_of(hub, "bob") as client:
        client.select_folder("INBOX")
        [uid] = client.search(["SUBJECT", "Read: wanted"])
        report = email.message_from_bytes(client.fetch([uid], ["BODY[]"])[uid][b"BODY[]"])
    assert report["Return-Path"] == "<>"
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "disposition-notification"
    facts = report.get_payload(1).as_string()
    assert "Final-Recipient: rfc822; alice@example.org" in facts
    assert "Original-Message-ID: <wanted@x.example>" in facts
    assert "displayed" in facts
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX", readonly=True)
        assert len(client.search(["KEYWORD", "$MDNSent", "SUBJECT", "wanted"])) == 1


def test_whoever_answered_by_imap_does_not_answer_again(alice, hub):
    """RFC 3503 §3.1: $MDNSent is of every client."""
    message = delivered(alice, "answered", "bob@example.org")
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX")
        client.add_flags(client.search(["SUBJECT", "answered"]), ["$MDNSent"])
    set_read(alice, DEFAULT, message)
    assert "Read: answered" not in receipts(hub)


@pytest.mark.parametrize(
    ("flags", "read", "awaited"),
    [
        (ReadFlags.rfSuppressReceipt, MF_READ, 0),
        (ReadFlags.rfClearReadFlag, 0, MF_NOTIFY_READ | MF_NOTIFY_UNREAD),
        (ReadFlags.rfClearNotifyRead, 0, MF_NOTIFY_UNREAD),
        (ReadFlags.rfClearNotifyUnread, 0, MF_NOTIFY_READ),
        (ReadFlags.rfClearNotifyRead | ReadFlags.rfClearNotifyUnread, 0, 0),
        (ReadFlags(0x0A), MF_READ, None),
    ],
    ids=lambda value: str(int(value)) if value is not None else "sent",
)
def test_receipts_that_nobody_wants(alice, hub, flags, read, awaited):
    """R817, R818, R820, R822, R827, R829."""
    name = f"unwanted-{int(flags)}"
    message = delivered(alice, name, "bob@example.org")
    set_read(alice, flags, message)
    found = flags_of(alice, message)
    assert found & MF_READ == read
    assert found & (MF_NOTIFY_READ | MF_NOTIFY_UNREAD) == (awaited or 0)
    assert (f"Read: {name}" in receipts(hub)) is (awaited is None)
    if awaited is not None and not awaited & MF_NOTIFY_READ:
        set_read(alice, DEFAULT, message)
        assert f"Read: {name}" not in receipts(hub)


def test_a_receipt_without_reading(alice, hub):
    """R825."""
    message = delivered(alice, "only", "bob@example.org")
    set_read(alice, ReadFlags.rfGenerateReceiptOnly, message)
    assert not flags_of(alice, message) & MF_READ
    assert "Read: only" in receipts(hub)


def test_a_guest_sends_no_receipts(alice, hub):
    """Nor does one take that away from the owner; without the right to it, nothing is marked."""
    message = delivered(alice, "guest", "bob@example.org")
    share(hub, "alice", "INBOX", "carol", Right.LOOKUP | Right.READ)
    carol = PropertySession(hub, "carol", "alice")
    folder = carol.opened_folder()
    rop = RopSetReadFlagsRequest(0, folder, False, DEFAULT, (message,))
    assert carol.error(rop) == ErrorCode.ecAccessDenied
    share(hub, "alice", "INBOX", "carol", Right.LOOKUP | Right.READ | Right.SEEN)
    assert carol.error(rop) == 0
    assert "Read: guest" not in receipts(hub)
    assert flags_of(alice, message) & MF_READ
    set_read(alice, DEFAULT, message)
    assert "Read: guest" in receipts(hub)


def test_an_open_message_is_marked(alice, hub):
    """R290, R537, R846, R835, R920, R1841, R849, R852: at once for all others; in a private mailbox nothing
    more is told."""
    message = delivered(alice, "open", "bob@example.org")
    slot = alice.opened_message(message)
    response = alice.get(RopSetMessageReadFlagRequest(0, slot, slot, DEFAULT), RopSetMessageReadFlagResponse)
    assert response.changed is None
    assert alice.value(slot, tags.PidTagMessageFlags) & (MF_READ | MF_NOTIFY_READ) == MF_READ
    assert alice.value(slot, tags.PidTagRead) is True
    assert flags_of(alice, message) & MF_READ
    assert "Read: open" in receipts(hub)


def test_a_message_that_was_never_saved_is_marked_for_itself(alice):
    slot = alice.new_message()
    alice.get(RopSetMessageReadFlagRequest(0, slot, slot, ReadFlags.rfClearReadFlag), RopSetMessageReadFlagResponse)
    message = alice.saved(slot)
    assert not flags_of(alice, message) & MF_READ


def test_status_is_a_mark_that_is_no_change(alice):
    """R118 to R120, R283, R286, R542, R547, R549, R786, R1393, R1394, R1420, R2028, R2030, R773, R784, R807,
    R793, R794, R416, R1500, R1501, R421: bits of the mask are set and cleared, others stay."""
    message = delivered(alice)
    folder = alice.opened_folder()
    before = row_of(alice, message)

    def change(flags, mask):
        rop = RopSetMessageStatusRequest(0, folder, message, MessageStatusFlags(flags), MessageStatusFlags(mask))
        return alice.get(rop, RopSetMessageStatusResponse).message_status_flags

    def status():
        rop = RopGetMessageStatusRequest(0, folder, message)
        return alice.get(rop, RopSetMessageStatusResponse).message_status_flags

    assert status() == 0
    assert change(DOWNLOAD | DELETE, DOWNLOAD) == 0
    assert status() == DOWNLOAD
    assert change(DELETE, DELETE) == DOWNLOAD
    assert status() == DOWNLOAD | DELETE
    assert change(0, DOWNLOAD) == DOWNLOAD | DELETE
    assert status() == DELETE
    assert alice.value(alice.opened_message(message), tags.PidTagMessageStatus) == DELETE
    after = row_of(alice, message)
    assert (after.change_number, after.uid, after.saved) == (before.change_number, before.uid, before.saved)
    assert after.modseq > before.modseq


@pytest.mark.parametrize("bit", [DOWNLOAD, MessageStatusFlags.msInConflict, DELETE], ids=lambda bit: bit.name)
def test_each_status_by_itself(alice, bit):
    """R2028 to R2030, R416, R1500: in place of all others. As a property no client sets any of them (R545)."""
    message, folder = delivered(alice), alice.opened_folder()
    slot = alice.opened_message(message)
    refused = problem(tags.PidTagMessageStatus, ErrorCode.ecComputed)
    assert alice.set(slot, {tags.PidTagMessageStatus: int(bit)}) == refused
    every = DOWNLOAD | MessageStatusFlags.msInConflict | DELETE
    for flags in (every, bit):
        alice.get(RopSetMessageStatusRequest(0, folder, message, flags, every), RopSetMessageStatusResponse)
        found = alice.get(RopGetMessageStatusRequest(0, folder, message), RopSetMessageStatusResponse)
        assert found.message_status_flags == flags
    assert alice.value(alice.opened_message(message), tags.PidTagMessageStatus) == bit


def test_a_conflict_without_versions_ends_when_it_is_saved(alice):
    """MS-OXCFXICS R1820: there is none to choose from."""
    message, folder = delivered(alice), alice.opened_folder()
    conflict = MessageStatusFlags.msInConflict
    alice.get(RopSetMessageStatusRequest(0, folder, message, conflict, conflict), RopSetMessageStatusResponse)
    slot = alice.opened_message(message)
    alice.set(slot, {tags.PidTagSubject: "another"})
    alice.saved(slot)
    assert alice.value(alice.opened_message(message), tags.PidTagMessageStatus) == 0


def test_status_survives_a_change_of_the_message(alice):
    message, folder = delivered(alice), alice.opened_folder()
    alice.get(RopSetMessageStatusRequest(0, folder, message, DOWNLOAD, DOWNLOAD), RopSetMessageStatusResponse)
    slot = alice.opened_message(message)
    alice.set(slot, {tags.PidTagSubject: "another"})
    alice.saved(slot)
    found = alice.get(RopGetMessageStatusRequest(0, folder, message), RopSetMessageStatusResponse)
    assert found.message_status_flags == DOWNLOAD


def test_status_of_what_is_not_there(alice):
    folder = alice.opened_folder()
    assert alice.error(RopGetMessageStatusRequest(0, folder, oid(999_999))) == ErrorCode.ecNotFound
    assert alice.error(RopSetMessageStatusRequest(0, folder, oid(999_999), DOWNLOAD, DOWNLOAD)) == ErrorCode.ecNotFound


def test_on_something_else(alice):
    """R1505, R1507, R1516, R1521: three work on folders, one on a message."""
    message = delivered(alice)
    slot, folder = alice.opened_message(message), alice.opened_folder()
    for rop in (
        RopSetMessageStatusRequest(0, slot, message, DOWNLOAD, DOWNLOAD),
        RopGetMessageStatusRequest(0, slot, message),
        RopSetReadFlagsRequest(0, slot, False, DEFAULT, (message,)),
        RopSetMessageReadFlagRequest(0, folder, folder, DEFAULT),
        RopSetMessageReadFlagRequest(0, folder, LOGON, DEFAULT),
    ):
        assert alice.error(rop) == ErrorCode.ecNullObject, rop
