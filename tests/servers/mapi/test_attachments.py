"""Attachments of messages, and messages within them. Statements are those of [MS-OXCMSG]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_properties import KEEP, NOT_FOUND, PropertySession, problem
from mapi_sending import last
from mapi_session import LOGON, imap_of, mapi_hub, share

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.rops.attachment import (
    AttachmentOpenMode,
    RopCreateAttachmentRequest,
    RopCreateAttachmentResponse,
    RopDeleteAttachmentRequest,
    RopDeleteAttachmentResponse,
    RopGetValidAttachmentsRequest,
    RopGetValidAttachmentsResponse,
    RopOpenAttachmentRequest,
    RopOpenEmbeddedMessageRequest,
    RopOpenEmbeddedMessageResponse,
    RopSaveChangesAttachmentRequest,
    RopSaveChangesAttachmentResponse,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopSaveChangesMessageRequest,
    SaveFlags,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.messages import message as limits
from posthouse.testing import MailHub

READ_ONLY, READ_WRITE, BEST = AttachmentOpenMode
BY_VALUE, BY_REFERENCE, BY_REFERENCE_ONLY, EMBEDDED, STORAGE, BY_WEB_REFERENCE = 1, 2, 4, 5, 6, 7
NAME, DATA, METHOD = tags.PidTagAttachLongFilename, tags.PidTagAttachDataBinary, tags.PidTagAttachMethod


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return PropertySession(hub, "alice")


def with_file(session, message, name="a.txt"):
    """An attachment, saved into the message; its number."""
    slot = session.slot()
    made = session.get(RopCreateAttachmentRequest(0, message, slot), RopCreateAttachmentResponse)
    session.set(slot, {NAME: name, DATA: name.encode(), METHOD: BY_VALUE})
    session.saved_attachment(message, slot)
    return made.attachment_id


def begun(session):
    """A message with a text."""
    slot = session.new_message()
    session.set(slot, {tags.PidTagBody: "text"})
    return slot


def opening(session, message, number, mode=READ_ONLY):
    return RopOpenAttachmentRequest(0, message, session.slot(), mode, number)


def within(session, attachment, mode, page=LOGON_CODE_PAGE):
    return RopOpenEmbeddedMessageRequest(0, attachment, session.slot(), page, mode)


def numbers(session, message):
    return session.get(RopGetValidAttachmentsRequest(0, message), RopGetValidAttachmentsResponse).attachment_ids


# Making – 3.2.5.13


def test_what_a_new_attachment_has(alice):
    """R447, R448, R451 to R453, R2035, R588, R615, R627, R630, R634, R637, R861, R867, R1649, R1650, R1921, R1651,
    R219, R3008, R1825 to R1827, MS-OXCROPS R2175."""
    message, slot = alice.new_message(), alice.slot()
    made = alice.get(RopCreateAttachmentRequest(0, message, slot), RopCreateAttachmentResponse)
    fixed = {
        tags.PidTagAttachNumber: made.attachment_id,
        tags.PidTagAttachSize: 0,
        tags.PidTagAccessLevel: 0,
        tags.PidTagRenderingPosition: -1,
        METHOD: 0,
        tags.PidTagAttachmentLinkId: 0,
        tags.PidTagAttachmentFlags: 0,
        tags.PidTagObjectType: 7,
        tags.PidTagAttachAdditionalInformation: b"",
        tags.PidTagAttachEncoding: NOT_FOUND,
    }
    assert dict(zip(fixed, alice.values(slot, *fixed), strict=True)) == fixed
    created, modified = alice.values(slot, tags.PidTagCreationTime, tags.PidTagLastModificationTime)
    assert created == modified
    assert isinstance(alice.value(slot, tags.PidTagRecordKey), bytes)


@pytest.mark.parametrize(
    "tag",
    [tags.PidTagAttachSize, tags.PidTagAttachNumber, tags.PidTagAccessLevel, tags.PidTagObjectType],
    ids=lambda tag: f"{tag.id:#x}",
)
def test_what_the_server_says_of_attachments(alice, tag):
    """R1077, R1078, R231."""
    slot = alice.new_attachment(alice.new_message())
    before = alice.value(slot, tag)
    assert alice.set(slot, {tag: 99}) == problem(tag, ErrorCode.ecComputed)
    assert alice.value(slot, tag) == before


@pytest.mark.parametrize(
    ("tag", "value"),
    [(tags.PidTagAttachSize, 2), (tags.PidTagAccessLevel, 0), (tags.PidTagObjectType, 1), (tags.PidTagRecordKey, b"x")],
    ids=lambda one: f"{one!r}"[:20],
)
def test_a_handle_that_was_to_set_what_no_client_sets_saves_no_more(alice, tag, value):
    """R1114, R1639, MS-OXCPRPT R47509: the message is as it was."""
    message = alice.new_message()
    slot = alice.new_attachment(message)
    alice.set(slot, {tag: value, NAME: "a.txt"})
    assert alice.error(RopSaveChangesAttachmentRequest(0, message, slot, KEEP)) == ErrorCode.ecError
    assert numbers(alice, message) == ()


def test_numbers_are_not_given_twice(alice):
    """R233, R234, R448, R1836: nor when one is gone. MS-OXCROPS R2197: it is deleted by its PidTagAttachNumber."""
    message = alice.new_message()
    first, second = with_file(alice, message, "1"), with_file(alice, message, "2")
    number = alice.value(alice.opened_attachment(message, second), tags.PidTagAttachNumber)
    alice.get(RopDeleteAttachmentRequest(0, message, number), RopDeleteAttachmentResponse)
    assert numbers(alice, message) == (first,)
    third = with_file(alice, message, "3")
    assert len({first, second, third}) == 3


def test_there_are_only_so_many(alice, monkeypatch):
    """R1060."""
    monkeypatch.setattr(limits, "MAX_ATTACHMENTS", 2)
    message = alice.new_message()
    with_file(alice, message, "1")
    with_file(alice, message, "2")
    rop = RopCreateAttachmentRequest(0, message, alice.slot())
    assert alice.error(rop) == ErrorCode.ecMaxAttachmentExceeded


# Opening – 3.2.5.12


def test_how_one_is_opened(alice):
    """R292, R436, R853, R917 to R919, R1842, MS-OXCROPS R2139, R2142: for writing only where the message can be
    changed."""
    slot = alice.new_message()
    number = with_file(alice, slot)
    message = alice.saved(slot)
    for mode, writable in ((READ_ONLY, 0), (READ_WRITE, 1), (BEST, 1)):
        attachment = alice.opened_attachment(slot, number, mode)
        assert alice.values(attachment, NAME, DATA, tags.PidTagAccessLevel) == ["a.txt", b"a.txt", writable]
    reading = alice.opened_message(message, MessageOpenMode.READ_ONLY)
    assert alice.error(opening(alice, reading, number, READ_WRITE)) == ErrorCode.ecAccessDenied
    assert alice.value(alice.opened_attachment(reading, number, BEST), tags.PidTagAccessLevel) == 0


def test_an_attachment_that_is_not_there(alice):
    """R440, R1063."""
    message = alice.new_message()
    assert alice.error(opening(alice, message, 5)) == ErrorCode.ecNotFound
    assert alice.error(RopDeleteAttachmentRequest(0, message, 5)) == ErrorCode.ecNotFound


def test_who_may_only_read_changes_no_attachments(alice, hub):
    """R442, R1064, R1066."""
    slot = alice.new_message()
    number = with_file(alice, slot)
    message = alice.saved(slot)
    share(hub, "alice", "INBOX", "bob", Right.LOOKUP | Right.READ)
    bob = PropertySession(hub, "bob", "alice")
    there = bob.opened_message(message, MessageOpenMode.READ_ONLY)
    for rop in (
        opening(bob, there, number, READ_WRITE),
        RopCreateAttachmentRequest(0, there, bob.slot()),
        RopDeleteAttachmentRequest(0, there, number),
    ):
        assert bob.error(rop) == ErrorCode.ecAccessDenied
    attachment = bob.opened_attachment(there, number, BEST)
    assert bob.error(within(bob, attachment, MessageOpenMode.CREATE)) == ErrorCode.ecAccessDenied


def test_on_something_else(alice):
    """R1620, R1712, R1524, R1525, R467."""
    folder, message = alice.opened_folder(), alice.new_message()
    for rop in (
        opening(alice, folder, 0),
        RopCreateAttachmentRequest(0, folder, alice.slot()),
        RopDeleteAttachmentRequest(0, folder, 0),
        RopGetValidAttachmentsRequest(0, LOGON),
        within(alice, message, MessageOpenMode.CREATE),
    ):
        assert alice.error(rop) == ErrorCode.ecNullObject, rop
    assert alice.error(RopSaveChangesAttachmentRequest(0, message, message, KEEP)) == ErrorCode.ecNotSupported


# Saving and deleting – 3.2.5.14, 3.2.5.15


def test_an_attachment_is_saved_with_its_message(alice):
    """R297, R298, R301 to R304, R306, R1396, R876, R446, R875, R1062, R1367, R1715, MS-OXCROPS R2338: into the message
    first, and no other handle sees it before that is saved."""
    slot = alice.new_message()
    message = alice.saved(slot)
    attachment = alice.new_attachment(slot)
    alice.set(attachment, {NAME: "new", DATA: b"1"})
    assert numbers(alice, slot) == ()
    alice.saved_attachment(slot, attachment)
    assert numbers(alice, slot) == (0,)
    assert numbers(alice, alice.opened_message(message)) == ()
    alice.saved(slot)
    assert numbers(alice, alice.opened_message(message)) == (0,)
    assert alice.value(alice.opened_message(message), tags.PidTagHasAttachments) is True


def test_when_an_attachment_was_modified(alice):
    """R1264: when what has changed is saved, and not when nothing has; a client may say another time."""
    slot, tag = alice.new_message(), tags.PidTagLastModificationTime
    number = with_file(alice, slot)
    attachment = alice.opened_attachment(slot, number)
    first = alice.value(attachment, tag)
    alice.saved_attachment(slot, attachment)
    assert alice.value(attachment, tag) == first
    alice.set(attachment, {NAME: "changed"})
    alice.saved_attachment(slot, attachment)
    second = alice.value(alice.opened_attachment(slot, number), tag)
    assert second > first == alice.value(attachment, tags.PidTagCreationTime)
    alice.set(attachment, {NAME: "again", tag: 5})
    alice.saved_attachment(slot, attachment)
    assert alice.value(alice.opened_attachment(slot, number), tag) == 5


def test_changes_are_seen_when_they_are_saved(alice):
    """R462: one handle's are not another's."""
    slot = alice.new_message()
    number = with_file(alice, slot)
    one, other = (alice.opened_attachment(slot, number) for _ in range(2))
    alice.set(one, {NAME: "changed"})
    assert alice.value(other, NAME) == "a.txt"
    alice.saved_attachment(slot, one)
    assert alice.value(alice.opened_attachment(slot, number), NAME) == "changed"


@pytest.mark.parametrize("flags", [0x01, 0x02, 0x04, 0x0A, 0x09, 0x00])
def test_what_remains_of_the_handle(alice, flags):
    """R462, MS-OXCROPS R2221: it can be saved again, as that of a message."""
    message = alice.new_message()
    slot = alice.new_attachment(message)
    rop = RopSaveChangesAttachmentRequest(0, message, slot, SaveFlags(flags))
    alice.get(rop, RopSaveChangesAttachmentResponse)
    assert alice.value(slot, tags.PidTagAccessLevel) == 1
    assert alice.error(rop) == 0


def test_flags_that_contradict_each_other(alice):
    """R466."""
    message = alice.new_message()
    rop = RopSaveChangesAttachmentRequest(0, message, alice.new_attachment(message), SaveFlags(0x03))
    assert alice.error(rop) == ErrorCode.ecNotSupported


def test_an_attachment_goes_with_its_message(alice):
    """R1395, R469, R868, R1523: PidTagHasAttachments at once, for others when the message is saved."""
    slot = alice.new_message()
    number = with_file(alice, slot)
    message = alice.saved(slot)
    alice.get(RopDeleteAttachmentRequest(0, slot, number), RopDeleteAttachmentResponse)
    assert alice.value(slot, tags.PidTagHasAttachments) is False
    assert not alice.value(slot, tags.PidTagMessageFlags) & 0x10
    other = alice.opened_message(message)
    assert alice.value(other, tags.PidTagHasAttachments) is True
    alice.saved(slot)
    assert alice.value(alice.opened_message(message), tags.PidTagHasAttachments) is False


def test_what_was_deleted_is_not_saved_any_more(alice):
    """R868: who still has it open hears that it is gone, and may make another."""
    slot = alice.new_message()
    number = with_file(alice, slot)
    opened = alice.opened_attachment(slot, number)
    alice.get(RopDeleteAttachmentRequest(0, slot, number), RopDeleteAttachmentResponse)
    assert alice.error(RopSaveChangesAttachmentRequest(0, slot, opened, KEEP)) == ErrorCode.ecObjectDeleted
    assert numbers(alice, slot) == ()
    made = alice.new_attachment(slot)
    for _ in range(2):
        alice.saved_attachment(slot, made)
    assert len(numbers(alice, slot)) == 1
    alice.get(RopDeleteAttachmentRequest(0, slot, *numbers(alice, slot)), RopDeleteAttachmentResponse)
    assert alice.error(RopSaveChangesAttachmentRequest(0, slot, made, KEEP)) == ErrorCode.ecObjectDeleted


def test_what_the_text_shows_is_no_attachment_to_speak_of(alice):
    """R522, R523: PidTagAttachmentHidden ([MS-OXCMAIL] 2.2.3.4)."""
    slot = alice.new_message()
    with_file(alice, slot)
    hidden = alice.new_attachment(slot)
    alice.set(hidden, {NAME: "p.png", DATA: b"png", tags.PidTagAttachmentHidden: True})
    alice.saved_attachment(slot, hidden)
    alice.get(RopDeleteAttachmentRequest(0, slot, 0), RopDeleteAttachmentResponse)
    assert alice.value(slot, tags.PidTagHasAttachments) is False
    assert numbers(alice, slot) == (1,)


# Methods – 2.2.2.9


def test_files_and_names(alice, hub):
    """R227, R228, R236, R240, R590, R600, R602, R604, R230: the name that is shown is that of the file."""
    slot = begun(alice)
    with_file(alice, slot, "Grüße.txt")
    alice.saved(slot)
    part = last(hub, "alice").get_payload()[-1]
    assert part.get_payload(decode=True) == "Grüße.txt".encode()
    attachment = alice.opened_attachment(slot, 0)
    assert alice.values(attachment, tags.PidTagDisplayName, tags.PidTagAttachSize) == ["Grüße.txt", 0x40 + 11]


@pytest.mark.parametrize("method", [BY_REFERENCE, BY_REFERENCE_ONLY, BY_WEB_REFERENCE])
def test_where_a_file_is(alice, hub, method):
    """R592, R594, R59801, R606: kept as it is; others get a way to it."""
    slot = begun(alice)
    attachment = alice.new_attachment(slot)
    path = r"\\server\share\plan.doc"
    alice.set(attachment, {METHOD: method, NAME: "plan.doc", tags.PidTagAttachLongPathname: path})
    alice.saved_attachment(slot, attachment)
    again = alice.opened_message(alice.saved(slot))
    found = alice.values(alice.opened_attachment(again, 0), METHOD, tags.PidTagAttachLongPathname)
    assert found == [method, path]
    [_, part] = last(hub, "alice").get_payload()
    assert b"URL=file://server/share/plan.doc" in part.get_payload(decode=True)


def test_an_object_of_a_program(alice, hub):
    """R238, R598, R954, R957: afStorage."""
    slot = alice.new_message()
    attachment = alice.new_attachment(slot)
    tag = bytes.fromhex("2A864886F7140A030201")[:9]
    alice.set(attachment, {METHOD: STORAGE, tags.PidTagAttachTag: tag, tags.PidTagAttachDataBinary: b"\\xd0\\xcf"})
    alice.saved_attachment(slot, attachment)
    again = alice.opened_message(alice.saved(slot))
    found = alice.values(alice.opened_attachment(again, 0), METHOD, tags.PidTagAttachTag)
    assert found == [STORAGE, tag]


# Messages within – 3.2.5.16


def made_within(alice, message, subject="inner"):
    attachment = alice.new_attachment(message)
    inner = alice.message_within(attachment)
    alice.set(inner, {tags.PidTagSubject: subject, tags.PidTagBody: "deep"})
    return attachment, inner


def test_a_message_within_a_message(alice, hub):
    """R307, R314, R316 to R319, R479, R481, R540, R596, R881, R889, R913, R1363, R1845, R1848: step by step outwards,
    and IMAP sees it in the end."""
    slot = begun(alice)
    attachment, inner = made_within(alice, slot)
    assert alice.value(attachment, METHOD) == EMBEDDED
    assert alice.error(within(alice, attachment, MessageOpenMode.READ_ONLY)) == ErrorCode.ecNotFound
    assert alice.error(RopSaveChangesMessageRequest(0, attachment, inner, KEEP)) == 0
    seen = alice.get(within(alice, attachment, MessageOpenMode.READ_ONLY), RopOpenEmbeddedMessageResponse)
    assert seen.message.normalized_subject == "inner"
    assert alice.value(inner, tags.PidTagMessageSize) > 100
    assert numbers(alice, slot) == ()
    alice.saved_attachment(slot, attachment)
    message = alice.saved(slot)
    part = last(hub, "alice").get_payload()[-1]
    assert part.get_content_type() == "message/rfc822"
    assert part.get_payload(0)["Subject"] == "inner"
    again = alice.opened_attachment(alice.opened_message(message), 0)
    deep = alice.message_within(again, MessageOpenMode.READ_WRITE)
    assert alice.values(deep, tags.PidTagSubject, tags.PidTagBody) == ["inner", "deep"]


def test_what_is_not_saved_within_is_nowhere(alice):
    """R481: each step must be taken."""
    slot = alice.new_message()
    attachment, inner = made_within(alice, slot)
    alice.saved_attachment(slot, attachment)
    message = alice.saved(slot)
    again = alice.opened_attachment(alice.opened_message(message), 0)
    assert alice.error(within(alice, again, MessageOpenMode.READ_ONLY)) == ErrorCode.ecNotFound
    assert alice.error(RopSaveChangesMessageRequest(0, attachment, inner, KEEP)) == 0


def test_how_a_message_within_is_opened(alice):
    """R912, R3013, MS-OXCROPS R2247: as the attachment is, whatever a client asks for."""
    slot = alice.new_message()
    attachment, inner = made_within(alice, slot)
    assert alice.error(RopSaveChangesMessageRequest(0, attachment, inner, KEEP)) == 0
    alice.saved_attachment(slot, attachment)
    reading = alice.opened_attachment(slot, 0, READ_ONLY)
    for parent, writable in ((attachment, 1), (reading, 0)):
        rop = within(alice, parent, MessageOpenMode.READ_ONLY)
        alice.get(rop, RopOpenEmbeddedMessageResponse)
        assert alice.value(rop.output_handle_index, tags.PidTagAccessLevel) == writable
        saving = RopSaveChangesMessageRequest(0, parent, rop.output_handle_index, KEEP)
        assert alice.error(saving) == (0 if writable else ErrorCode.ecError)
    existing = within(alice, attachment, MessageOpenMode.CREATE)
    assert alice.get(existing, RopOpenEmbeddedMessageResponse).message.normalized_subject == "inner"


def test_a_code_page_that_nobody_knows(alice):
    """R1068."""
    attachment = alice.new_attachment(alice.new_message())
    rop = within(alice, attachment, MessageOpenMode.CREATE, page=12_345)
    assert alice.error(rop) == ErrorCode.ecUnknownCodePage


def test_messages_within_messages_end_somewhere(alice):
    """What is kept must be readable again."""
    outer, depth = alice.new_message(), 0
    while True:
        attachment = alice.new_attachment(outer)
        rop = within(alice, attachment, MessageOpenMode.CREATE)
        [response] = alice.execute(rop)
        if response.return_value:
            break
        outer, depth = rop.output_handle_index, depth + 1
    assert response.return_value == ErrorCode.ecTooComplex
    assert 10 < depth < 100


def test_a_delivered_message_loses_nothing_when_one_attachment_goes(alice, hub):
    """Of mail, too: the others stay as they are, and their numbers."""
    slot = begun(alice)
    for name in ("one.txt", "two.txt", "three.txt"):
        with_file(alice, slot, name)
    alice.saved(slot)
    with imap_of(hub, "alice") as client:  # once more, as mail
        client.append("INBOX", last(hub, "alice").as_bytes())
    opened = alice.opened_message(alice.message_ids()[-1])
    assert alice.error(RopDeleteAttachmentRequest(0, opened, 1)) == 0
    message = alice.saved(opened)
    again = alice.opened_message(message)
    assert numbers(alice, again) == (0, 2)
    assert alice.value(alice.opened_attachment(again, 2), DATA) == b"three.txt"
    assert [part.get_filename() for part in last(hub, "alice").get_payload()[1:]] == ["one.txt", "three.txt"]
    assert alice.value(again, tags.PidTagAttachDataBinary) == NOT_FOUND
