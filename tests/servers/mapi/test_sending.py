"""Messages that MAPI clients send. Statements are those of [MS-OXCROPS]; rules are of [MS-OXOMSG] 3.2.5."""

from __future__ import annotations

import email
from collections.abc import Iterator
from email.message import Message

import pytest
from mapi_session import MapiSession, imap_of, imap_subjects, mapi_hub, oid

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.recipients import RecipientFlags, RecipientRow
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    RopCreateMessageRequest,
    RopSaveChangesMessageRequest,
    SaveFlags,
)
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
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.testing import MailHub

SMTP = RecipientFlags.UNICODE | RecipientFlags.DISPLAY_NAME | RecipientFlags.EMAIL_ADDRESS | RecipientFlags(3)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol") as hub:
        yield hub


def written(session: MapiSession, *addresses: str, folder: str = "Drafts", bcc: str = "") -> int:
    """The slot of a message to these."""
    slot = session.slot()
    session.execute(RopCreateMessageRequest(0, 0, slot, LOGON_CODE_PAGE, session.folder(folder), False))
    rows = [
        ModifyRecipientRow(
            number,
            RecipientType.BCC if address == bcc else RecipientType.TO,
            RecipientRow(SMTP, email_address=address, display_name=address.partition("@")[0]),
        )
        for number, address in enumerate((*addresses, *([bcc] if bcc else [])))
    ]
    session.execute(RopModifyRecipientsRequest(0, slot, (), tuple(rows)))
    return slot


def last(hub: MailHub, name: str, path: str = "INBOX") -> Message:
    with imap_of(hub, name) as client:
        client.select_folder(path)
        [uid] = client.search(["UID", "*"])
        return email.message_from_bytes(client.fetch([uid], ["BODY[]"])[uid][b"BODY[]"])


def test_what_is_submitted_arrives_and_a_copy_is_in_sent_items(hub):
    """R2348: the draft is gone, whoever was hidden is told to nobody but the sender."""
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
    """[MS-OXOMSG] 3.2.5.2: the client keeps its own."""
    alice = MapiSession(hub, "alice")
    slot = written(alice, "bob@example.org")
    sent = len(imap_subjects(hub, "alice", "Sent"))
    response = alice.get(RopTransportSendRequest(0, slot), RopTransportSendResponse)
    told = {value.tag: value.value for value in response.property_values}
    assert told[tags.PidTagSenderSmtpAddress] == "alice@example.org"
    assert tags.PidTagClientSubmitTime in told
    assert len(imap_subjects(hub, "alice", "Sent")) == sent
    assert last(hub, "bob")["From"] == "alice <alice@example.org>"


def test_nobody_to_send_to(hub):
    alice = MapiSession(hub, "alice")
    assert alice.error(RopSubmitMessageRequest(0, written(alice))) == ErrorCode.ecNoRecipients


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
