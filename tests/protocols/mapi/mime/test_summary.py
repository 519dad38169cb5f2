"""A row of a table and the message itself tell the same."""

from __future__ import annotations

import pytest

from posthouse.message.derive import derive
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.address_book import AddressBook
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.summary import Columns, summary
from posthouse.protocols.mapi.objects import Properties, value_of

DELIVERED = 1_700_000_000.25


def row_of(data: bytes, book: AddressBook) -> Properties | None:
    d = derive(data)
    return summary(Columns(d.size, d.sent, d.message_id, d.subject, d.fields, d.parts, d.structure), book, DELIVERED)


def test_the_same_as_the_message(messages: dict[str, bytes], book: AddressBook) -> None:
    """What a table shows of a message is what the message has when it is opened."""
    rows = 0
    for name, data in messages.items():
        row = row_of(data, book)
        if row is not None:
            opened = from_mime(data, book, DELIVERED).properties
            assert {key: opened.get(key) for key in row} == row, name
            rows += 1
    assert rows > 300


PLAIN = b"From: a@example.org\r\nSubject: Hi\r\n"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (b"\r\nHi\r\n", False),
        (b"Content-Type: application/pdf\r\n\r\nx\r\n", True),
        (b"Content-Disposition: attachment\r\n\r\nHi\r\n", True),
        (b'Content-Type: text/plain; name="a.txt"\r\n\r\nHi\r\n', False),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b\r\n\r\nHo\r\n--b--\r\n", False),
        (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n"
            b'--b\r\nContent-Disposition: inline; filename="a.txt"\r\n\r\nHo\r\n--b--\r\n',
            True,
        ),
        (b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b--\r\n", False),
    ],
)
def test_paper_clip(rest: bytes, expected: bool, book: AddressBook) -> None:
    """PidTagHasAttachments: a text without a name of its own is body, whatever stands beside it (MS-OXCMSG R498)."""
    row = row_of(PLAIN + rest, book)
    assert row is not None
    assert value_of(row, tags.PidTagHasAttachments) is expected
    assert value_of(from_mime(PLAIN + rest).properties, tags.PidTagHasAttachments) is expected


@pytest.mark.parametrize(
    "data",
    [
        PLAIN + b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n",
        PLAIN + b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b--\r\n",
        PLAIN + b"Content-Type: application/ms-tnef\r\n\r\nx",
        b"X-Nothing: known\r\n\r\nHi\r\n",
        b"To: " + b"a@example.org, " * 1000 + b"\r\n\r\nHi\r\n",
    ],
    ids=["calendar", "report", "tnef", "no known field", "too many addresses"],
)
def test_not_enough(data: bytes, book: AddressBook) -> None:
    """Where the class, or a name, is only in the message itself, a row is not made up."""
    assert row_of(data, book) is None
