"""Messages of a real hub: opened, made, changed, saved. Statements are those of [MS-OXCMSG]."""

from __future__ import annotations

import email
from collections.abc import Iterator

import pytest
from mapi_session import MapiSession, deliver, imap_of, imap_subjects, mapi_hub

from posthouse.protocols.mapi.recipients import AddressType, RecipientFlags, RecipientRow
from posthouse.protocols.mapi.rops.attachment import (
    AttachmentOpenMode,
    RopCreateAttachmentRequest,
    RopCreateAttachmentResponse,
    RopOpenAttachmentRequest,
    RopSaveChangesAttachmentRequest,
)
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
from posthouse.protocols.mapi.rops.recipient import ModifyRecipientRow, RecipientType, RopModifyRecipientsRequest
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


def opened(session: MapiSession, message, mode=MessageOpenMode.READ_ONLY):
    slot = session.slot()
    rop = RopOpenMessageRequest(0, 0, slot, LOGON_CODE_PAGE, session.special(Special.INBOX), mode, message)
    return slot, session.get(rop, RopOpenMessageResponse)


def test_a_delivered_message_is_opened(hub):
    """R321, R327 to R330: with its subject and its recipients."""
    deliver(hub, "alice", "Re: the plan")
    alice = MapiSession(hub, "alice")
    _, response = opened(alice, alice.message_ids()[-1])
    message = response.message
    assert (message.subject_prefix, message.normalized_subject) == ("Re: ", "the plan")
    assert message.recipient_count == len(message.recipient_rows) == 1
    [row] = message.recipient_rows
    assert row.recipient_type == RecipientType.TO
    assert row.recipient_row.x500_dn is not None


def test_what_is_not_there_is_not_opened(hub):
    """R323, R333, R1477."""
    deliver(hub, "alice")
    alice = MapiSession(hub, "alice")
    there = alice.message_ids()[-1]
    for folder, message in ((Special.INBOX, there._replace(counter=999_999)), (Special.SENT_ITEMS, there)):
        rop = RopOpenMessageRequest(
            *(0, 0, alice.slot(), LOGON_CODE_PAGE, alice.special(folder), MessageOpenMode.READ_ONLY, message)
        )
        assert alice.error(rop) == ErrorCode.ecNotFound


def test_a_message_is_made_and_seen_by_imap(hub):
    """R339, R372: not before it is saved."""
    alice = MapiSession(hub, "alice")
    slot = alice.slot()
    drafts = alice.folder("Drafts")
    before = len(imap_subjects(hub, "alice", "Drafts"))
    alice.execute(RopCreateMessageRequest(0, 0, slot, LOGON_CODE_PAGE, drafts, False))
    row = RecipientRow(
        RecipientFlags.UNICODE
        | RecipientFlags.DISPLAY_NAME
        | RecipientFlags.EMAIL_ADDRESS
        | RecipientFlags(AddressType.SMTP),
        email_address="someone@example.net",
        display_name="Some One",
    )
    alice.execute(RopModifyRecipientsRequest(0, slot, (), (ModifyRecipientRow(0, RecipientType.TO, row),)))
    inner = alice.slot()
    made = alice.get(RopCreateAttachmentRequest(0, slot, inner), RopCreateAttachmentResponse)
    alice.execute(RopSaveChangesAttachmentRequest(0, slot, inner, SaveFlags(0)))
    assert len(imap_subjects(hub, "alice", "Drafts")) == before
    saved = alice.get(
        RopSaveChangesMessageRequest(0, 0, slot, SaveFlags.KEEP_OPEN_READ_WRITE), RopSaveChangesMessageResponse
    )
    assert alice.message_ids("Drafts")[-1] == saved.message_id
    other = alice.slot()
    alice.execute(RopOpenAttachmentRequest(0, slot, other, AttachmentOpenMode.READ_ONLY, made.attachment_id))
    with imap_of(hub, "alice") as client:
        client.select_folder("Drafts")
        [uid] = client.search(["UID", "*"])
        data = client.fetch([uid], ["BODY[]", "FLAGS"])[uid]
    message = email.message_from_bytes(data[b"BODY[]"])
    assert message["To"] == "Some One <someone@example.net>"
    assert b"\\Draft" in data[b"FLAGS"]


def test_of_two_who_save_the_second_is_told(hub):
    """R705, R1053."""
    deliver(hub, "alice")
    alice = MapiSession(hub, "alice")
    message = alice.message_ids()[-1]
    first, _ = opened(alice, message, MessageOpenMode.READ_WRITE)
    second, _ = opened(alice, message, MessageOpenMode.READ_WRITE)
    for slot, flags, expected in (
        (first, SaveFlags.KEEP_OPEN_READ_WRITE, 0),
        (second, SaveFlags.KEEP_OPEN_READ_WRITE, ErrorCode.ecObjectModified),
        (second, SaveFlags.FORCE_SAVE, 0),
    ):
        assert alice.error(RopSaveChangesMessageRequest(0, 0, slot, flags)) == expected
