"""Of messages and attachments: what is told at once, what is asked of tables, in which bytes. Statements are those of
[MS-OXCMSG].
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack

import pytest
from mapi_properties import KEEP, any_type
from mapi_sending import SMTP
from mapi_session import LOGON, deliver, imap_of, mapi_hub
from mapi_tables import TableSession

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.recipients import RecipientRow
from posthouse.protocols.mapi.restrictions import And, Content, FuzzyLow, Property, RelOp, SubObject
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops.attachment import (
    AttachmentOpenMode,
    AttachmentTableFlags,
    RopCreateAttachmentRequest,
    RopDeleteAttachmentRequest,
    RopGetAttachmentTableRequest,
    RopGetAttachmentTableResponse,
    RopGetValidAttachmentsRequest,
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
from posthouse.protocols.mapi.rops.message_status import (
    MessageStatusFlags,
    ReadFlags,
    RopSetMessageReadFlagRequest,
    RopSetMessageReadFlagResponse,
    RopSetMessageStatusRequest,
)
from posthouse.protocols.mapi.rops.recipient import (
    ModifyRecipientRow,
    RecipientType,
    RopModifyRecipientsRequest,
    RopReadRecipientsRequest,
    RopReadRecipientsResponse,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

NAME = PropertyName(named_tags.PS_PUBLIC_STRINGS, "Cost centre")


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture(scope="module")
def alice(hub):
    return TableSession(hub, "alice")


def made(alice, subject, **values):
    """The id of a message in the Inbox; values by the names of tags."""
    slot = alice.new_message()
    alice.set(slot, {tags.PidTagSubject: subject} | {getattr(tags, name): value for name, value in values.items()})
    return alice.saved(slot)


def subjects(alice, restriction):
    """Of messages in the Inbox."""
    table = alice.contents_of(alice.special(Special.INBOX), tags.PidTagSubject)
    return set(alice.rows(alice.restrict(table, restriction)))


def to(alice, slot, *rows):
    """Kinds and addresses."""
    people = [
        ModifyRecipientRow(number, kind, RecipientRow(SMTP, email_address=address, display_name=address))
        for number, (kind, address) in enumerate(rows)
    ]
    alice.execute(RopModifyRecipientsRequest(0, slot, (), tuple(people)))


def test_a_message_class_has_no_case(alice):
    """R1605: whatever is asked, and with however exact a comparison."""
    made(alice, "card", PidTagMessageClass="IPM.Note.Acme")
    tag = tags.PidTagMessageClass
    for condition in (
        Property(RelOp.EQ, tag, TaggedValue(tag, "ipm.note.ACME")),
        *(
            Content(low, 0, tag, TaggedValue(tag, "IPM.NOTE.ac" + rest))
            for low, rest in ((FuzzyLow.FULL_STRING, "me"), (FuzzyLow.PREFIX, ""), (FuzzyLow.SUBSTRING, "M"))
        ),
    ):
        assert subjects(alice, condition) == {"card"}


def test_messages_are_found_by_their_recipients_and_attachments(alice):
    """R1244 to R1247, R2042, R2043."""
    slot = alice.new_message()
    alice.set(slot, {tags.PidTagSubject: "with a plan"})
    to(alice, slot, (RecipientType.CC, "planner@x.example"))
    attachment = alice.new_attachment(slot)
    alice.set(attachment, {tags.PidTagAttachLongFilename: "plan.pdf"})
    alice.saved_attachment(slot, attachment)
    alice.saved(slot)
    who, name, kind = tags.PidTagDisplayName, tags.PidTagAttachLongFilename, tags.PidTagRecipientType
    planner = Content(FuzzyLow.SUBSTRING, 1, who, TaggedValue(who, "PLANNER"))
    file = Property(RelOp.EQ, name, TaggedValue(name, "plan.pdf"))
    copied = And((planner, Property(RelOp.EQ, kind, TaggedValue(kind, 2))))
    for tag, condition in ((tags.PidTagMessageRecipients, copied), (tags.PidTagMessageAttachments, file)):
        assert subjects(alice, SubObject(tag, condition)) == {"with a plan"}
        assert tag.type == PropertyType.OBJECT


def test_who_got_it_at_the_first_attempt(alice):
    """R984, R1298, R1323: bits beside the kind, as they were set."""
    kinds = RecipientType.TO | RecipientType.FAILED_BEFORE, RecipientType.CC | RecipientType.SUCCEEDED_BEFORE
    slot = alice.new_message()
    to(alice, slot, *((kind, f"{kind.value}@x.example") for kind in kinds))
    message = alice.saved(slot)
    rop = RopOpenMessageRequest(
        *(0, LOGON, alice.slot(), LOGON_CODE_PAGE, alice.special(Special.INBOX), MessageOpenMode.READ_ONLY, message)
    )
    opened = alice.get(rop, RopOpenMessageResponse).message
    assert [row.recipient_type for row in opened.recipient_rows] == [0x11, 0x82]
    again = alice.get(RopReadRecipientsRequest(0, rop.output_handle_index, 0), RopReadRecipientsResponse)
    assert [row.recipient_type for row in again.recipient_rows] == [0x11, 0x82]


def test_a_recipient_that_fits_in_no_response(alice):
    """R1056: what is longer than a response is set in parts, for a request is no longer either."""
    slot = alice.new_message()
    row = RecipientRow(SMTP, email_address="x@x.example", display_name="x" * 7_000)
    alice.execute(RopModifyRecipientsRequest(0, slot, (), (ModifyRecipientRow(0, RecipientType.TO, row),)))
    alice.get(RopReadRecipientsRequest(0, slot, 0), RopReadRecipientsResponse)
    raw = RopBuffer(RopReadRecipientsRequest(0, slot, 0).format(), tuple(alice.handles)).format()
    [code] = unpack("<I", alice.execute_raw(raw, most=4_096).rops[2:6])
    assert code == ErrorCode.ecBufferTooSmall


def test_whether_a_message_has_named_properties(alice):
    """R1668, R1669, R242, MS-OXCROPS R1704: anybody's; then all properties are told with them."""
    message = made(alice, "named")
    slot = alice.opened_message(message)
    wanted = alice.named(NAME, PropertyType.STRING)
    assert wanted not in alice.all_values(slot)
    alice.set(slot, {wanted: "4711"})
    alice.saved(slot)
    rop = RopOpenMessageRequest(
        *(0, LOGON, alice.slot(), LOGON_CODE_PAGE, alice.special(Special.INBOX), MessageOpenMode.READ_ONLY, message)
    )
    assert alice.get(rop, RopOpenMessageResponse).message.has_named_properties is True
    assert alice.all_values(rop.output_handle_index)[wanted] == "4711"


def test_ids_and_status_are_columns(alice):
    """R251, R1421, R55."""
    deliver(alice.hub, "alice", "marked")
    message, folder = alice.message_ids()[-1], alice.opened_folder()
    flags = MessageStatusFlags.msRemoteDownload
    alice.execute(RopSetMessageStatusRequest(0, folder, message, flags, flags))
    table = alice.contents(folder, tags.PidTagMid, tags.PidTagMessageStatus, tags.PidTagSubject)
    [(mid, status)] = [row[:2] for row in alice.rows(table) if row[2] == "marked"]
    assert mid.to_bytes(8, "little", signed=True) == message.format()
    assert status == flags
    assert alice.value(alice.opened_message(message), tags.PidTagSubject) == "marked"


@pytest.mark.parametrize(
    ("message_class", "kind"),
    [
        ("IPM.Note.Acme.Form", b"text/plain"),
        ("IPM.Contact.Acme", b"text/vcard"),
        ("IPM.Appointment.Acme.Form", b"text/calendar"),
    ],
)
def test_a_class_that_nobody_knows_is_the_one_that_it_is_of(alice, hub, message_class, kind):
    """R1476, R243, R22: what the last groups say is a program's own affair."""
    slot = alice.new_message()
    when = file_time(1_800_000_000)
    for tag in (named_tags.PidLidAppointmentStartWhole, named_tags.PidLidAppointmentEndWhole):
        alice.set(slot, {alice.named(tag.name, tag.type): when})
    alice.set(slot, {tags.PidTagMessageClass: message_class, tags.PidTagBody: "text", tags.PidTagDisplayName: "Carol"})
    alice.saved(slot)
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX")
        [uid] = client.search(["UID", "*"])
        assert kind in client.fetch([uid], ["BODY[]"])[uid][b"BODY[]"].lower()


def test_saving_names_the_folder(alice):
    """R701, R1847, R838, R3022, R3023, R724: the handle that the client wants it to."""
    folder, slot = alice.opened_folder(), alice.new_message()
    assert SaveFlags.FORCE_SAVE == 0x04
    rop = RopSaveChangesMessageRequest(0, folder, slot, SaveFlags.FORCE_SAVE)
    assert alice.get(rop, RopSaveChangesMessageResponse).handle_index == folder
    marking = RopSetMessageReadFlagRequest(0, folder, slot, ReadFlags(0))
    assert alice.get(marking, RopSetMessageReadFlagResponse).handle_index == folder


# Attachments


def test_numbers_of_attachments_are_typed(alice):
    """R229, R232, R237: what a message within has is no bytes."""
    slot = alice.new_message()
    attachment = alice.new_attachment(slot)
    alice.set(attachment, {tags.PidTagAttachMethod: 1})
    for tag in (tags.PidTagAttachSize, tags.PidTagAttachNumber):
        assert alice.value(attachment, any_type(tag)).type == PropertyType.INTEGER32
    embedded = alice.new_attachment(slot)
    inner = alice.message_within(embedded)
    alice.execute(RopSaveChangesMessageRequest(0, embedded, inner, KEEP))
    assert PropertyTag(tags.PidTagAttachDataObject.id, PropertyType.OBJECT) in alice.listed(embedded)


def test_an_attachment_becomes_a_message_by_its_method(alice):
    """R315."""
    slot = alice.new_message()
    attachment = alice.new_attachment(slot)
    alice.set(attachment, {tags.PidTagAttachMethod: 5})
    inner = alice.message_within(attachment, MessageOpenMode.CREATE)
    assert alice.value(inner, tags.PidTagMessageClass) == "IPM.Note"


def test_names_in_a_table_of_attachments(alice):
    """R907, MS-OXCROPS R2306: in Unicode, by a flag."""
    slot = alice.new_message()
    attachment = alice.new_attachment(slot)
    alice.set(attachment, {tags.PidTagDisplayName: "Übersicht 日本"})
    alice.saved_attachment(slot, attachment)
    table = alice.slot()
    rop = RopGetAttachmentTableRequest(0, slot, table, AttachmentTableFlags.UNICODE)
    alice.get(rop, RopGetAttachmentTableResponse)
    assert alice.rows(alice.set_columns(table, tags.PidTagDisplayName)) == ["Übersicht 日本"]


def test_responses_about_attachments_byte_by_byte(alice):
    """R859, R865, R873, R879, R895, R1372, R1843, R698: [MS-OXCROPS] 2.2.6.12 to 2.2.6.18."""
    slot = alice.new_message()
    first, opened, table, message = (alice.slot() for _ in range(4))
    ok = bytes(4)
    inbox = alice.special(Special.INBOX)
    for rop, wanted in (
        (RopCreateMessageRequest(0, LOGON, message, LOGON_CODE_PAGE, inbox, False), bytes([6, message, *ok, 0])),
        (RopCreateAttachmentRequest(0, slot, first), bytes([0x23, first, *ok, *ok])),
        (RopSaveChangesAttachmentRequest(0, slot, first, KEEP), bytes([0x25, slot, *ok])),
        (RopOpenAttachmentRequest(0, slot, opened, AttachmentOpenMode.READ_ONLY, 0), bytes([0x22, opened, *ok])),
        (RopGetAttachmentTableRequest(0, slot, table, AttachmentTableFlags(0)), bytes([0x21, table, *ok])),
        (RopGetValidAttachmentsRequest(0, slot), bytes([0x52, slot, *ok, 1, 0, *ok])),
        (RopDeleteAttachmentRequest(0, slot, 0), bytes([0x24, slot, *ok])),
        (RopDeleteAttachmentRequest(0, slot, 0), bytes([0x24, slot, *ErrorCode.ecNotFound.to_bytes(4, "little")])),
    ):
        buffer = alice.execute_raw(RopBuffer(rop.format(), tuple(alice.handles)).format())
        alice.handles[:] = buffer.handles
        assert buffer.rops == wanted
