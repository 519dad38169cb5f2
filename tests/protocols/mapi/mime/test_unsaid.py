"""What a receiver's mailbox keeps beside a content, for MIME does not tell it."""

from __future__ import annotations

import pytest

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.people import SENDER, SENT_REPRESENTING, Person, person_properties
from posthouse.protocols.mapi.mime.rtf_writer import rtf_of_text
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.mime.unsaid import unsaid
from posthouse.protocols.mapi.objects import Attachment, Message, set_value, value_of
from posthouse.protocols.mapi.rtf_compressed import store_rtf

WRITING = Writing(b"seed", "example.org", 1_700_000_000)
ALICE = Person("Alice", "alice@example.org", None)


def note(**values):
    """By the names of tags."""
    message = Message()
    for role in (SENDER, SENT_REPRESENTING):
        message.properties.update(person_properties(role, ALICE))
    for name, value in ({"PidTagMessageClass": "IPM.Note", "PidTagSubject": "plan"} | values).items():
        set_value(message.properties, getattr(tags, name, None) or getattr(named_tags, name), value)
    return message


def attached(message, method, within=None, **values):
    attachment = Attachment(len(message.attachments), {}, within)
    for name, value in values.items():
        set_value(attachment.properties, getattr(tags, name), value)
    set_value(attachment.properties, tags.PidTagAttachMethod, method)
    message.attachments.append(attachment)
    return message


def found(message):
    return unsaid(message, to_mime(message, WRITING), WRITING)


@pytest.mark.parametrize(
    "message",
    [
        note(PidTagBody="text"),
        note(PidTagHtml=b"<p>text</p>", PidTagInternetCodepage=65001),
        note(PidTagBody="text", PidTagImportance=2, PidTagSensitivity=2, PidTagReadReceiptRequested=True),
        attached(note(PidTagBody="text"), 1, PidTagAttachDataBinary=b"data", PidTagAttachLongFilename="a.bin"),
        attached(note(PidTagBody="text"), 5, note(PidTagBody="deep")),
    ],
    ids=["plain", "html", "wishes", "a file", "a message within"],
)
def test_mail_says_all_of_itself(message):
    assert found(message) is None


def test_what_a_header_has_no_field_for():
    """Votes, a class that is no mail's, names of anybody's."""
    message = note(PidTagBody="text", PidTagMessageClass="IPM.TaskRequest", PidLidVerbStream=b"\2\1")
    beside = found(message)
    assert value_of(beside.properties, tags.PidTagMessageClass) == "IPM.TaskRequest"
    assert value_of(beside.properties, named_tags.PidLidVerbStream) == b"\2\1"
    assert beside.attachments == []
    assert not {tags.PidTagBody.id, tags.PidTagSubject.id, tags.PidTagSenderName.id} & beside.properties.keys()


def test_what_is_nobody_elses_business():
    """Whether the sender has read it, and which folder it came from."""
    message = note(PidTagBody="text", PidTagFlagStatus=2, PidTagIconIndex=3, PidTagSentMailSvrEID=b"1" * 21)
    assert found(message) is None


def test_a_body_that_is_rtf_stays_rtf():
    rtf = store_rtf(rtf_of_text("text"))
    beside = found(note(PidTagRtfCompressed=rtf))
    assert value_of(beside.properties, tags.PidTagRtfCompressed) == rtf
    assert value_of(beside.properties, tags.PidTagNativeBody) == 2


def test_attachments_that_are_more_than_files():
    """All of them then, for their places in the message are one order."""
    message = attached(note(PidTagBody="text"), 1, PidTagAttachDataBinary=b"data", PidTagAttachLongFilename="a.bin")
    attached(message, 5, note(PidTagMessageClass="IPM.Task", PidLidTaskStatus=2))
    file, task = found(message).attachments
    assert value_of(file.properties, tags.PidTagAttachDataBinary) == b"data"
    assert (file.number, task.number) == (0, 1)
    assert value_of(task.embedded.properties, tags.PidTagMessageClass) == "IPM.Task"
    assert value_of(task.embedded.properties, named_tags.PidLidTaskStatus) == 2
