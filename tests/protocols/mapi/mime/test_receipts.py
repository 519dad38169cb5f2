"""Receipts ([MS-OXOMSG] 2.2.2, RFC 8098): made for who wants one, written, and read again."""

from __future__ import annotations

import pytest

from posthouse.message.headers import get, header_of
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.address_book import EMPTY
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.people import Person
from posthouse.protocols.mapi.mime.receipts import make_receipt, receiver_of
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Message, set_value, value_of

READER = Person("Alice", "alice@example.org")
WANTED = (
    b"From: Boss <boss@x.example>\r\nDisposition-Notification-To: Desk <desk@x.example>\r\n"
    b"Message-ID: <1@x.example>\r\nSubject: Plan\r\n\r\nHi\r\n"
)


def receipt(data: bytes, was_read: bool = True) -> Message | None:
    original = from_mime(data)
    to = receiver_of(original, was_read, EMPTY)
    return None if to is None else make_receipt(original, to, READER, was_read, 7)


@pytest.mark.parametrize(
    ("was_read", "message_class", "disposition"),
    [(True, "REPORT.IPM.Note.IPNRN", "displayed"), (False, "REPORT.IPM.Note.IPNNRN", "deleted")],
)
def test_receipts(was_read: bool, message_class: str, disposition: str) -> None:
    """It goes to who is named for it, tells which mail and what became of it, and is a report for its reader, too."""
    made = receipt(WANTED, was_read)
    assert made is not None
    data = to_mime(made, Writing(b"", "mail.example.org"))
    header = header_of(data)
    assert get(header, b"to") == b"Desk <desk@x.example>"
    assert get(header, b"from") == b"Alice <alice@example.org>"
    assert (get(header, b"content-type") or b"").startswith(
        b"multipart/report; report-type=disposition-notification; boundary="
    )
    again = from_mime(data).properties
    for found in (made.properties, again):
        assert value_of(found, tags.PidTagMessageClass) == message_class
        assert value_of(found, tags.PidTagOriginalMessageId) == "<1@x.example>"
        assert value_of(found, tags.PidTagReportDisposition) == disposition
        assert value_of(found, tags.PidTagClientSubmitTime) == file_time(7)
        assert value_of(found, tags.PidTagInReplyToId) == "<1@x.example>"
    assert value_of(again, tags.PidTagReportDispositionMode) == "manual-action/mdn-sent-automatically"
    assert b"Final-Recipient: rfc822; alice@example.org\r\n" in data


def test_nobody_asked() -> None:
    """Who does not want a receipt gets none."""
    assert receipt(b"From: boss@x.example\r\n\r\nHi\r\n") is None


def test_no_receipt_for_a_report() -> None:
    """A report is not answered, whatever it asks for (RFC 8098 §2.1)."""
    made = receipt(WANTED)
    assert made is not None
    set_value(made.properties, tags.PidTagReadReceiptRequested, True)
    assert receiver_of(made, True, EMPTY) is None
