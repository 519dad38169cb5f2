"""Answers and forwards as they are made, and as others read them. Statements are those of [MS-OXORULE]."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.message.headers import get, header_of
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.address_book import EMPTY
from posthouse.protocols.mapi.mime.automatic import (
    MAX_REFERENCES,
    Addressee,
    AnswerKind,
    addressees,
    answer_of,
    cover_of,
    forward_of,
    text_of,
)
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.header_in import recipient_properties
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.people import Person
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.objects import Message, Recipient, set_value, value_of
from posthouse.protocols.mapi.property_values import PropertyTag

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)
ME, BOB = Person("Alice", "alice@example.org"), Person("Bob", "bob@example.net")
TO = (Addressee(BOB),)
AT = 1_700_000_000
WRITING = Writing(b"seed", "example.org", AT)
ORIGINAL = b"""From: Bob <bob@example.net>\r
To: alice@example.org\r
Cc: carol@example.org\r
Subject: Re: the <plan>\r
Date: Thu, 1 Jan 1970 00:00:00 +0000\r
Message-ID: <3@x.example>\r
References: <1@x.example> <2@x.example>\r
Importance: High\r
"""
PLAIN = from_mime(ORIGINAL + b"\r\nHow is it going?\r\n")
RICH = from_mime(
    ORIGINAL
    + b"Content-Type: text/html\r\n\r\n<html><body bgcolor=white><p>How is it <b>going</b>?</p></body></html>\r\n"
)


def template(**values: Any) -> Message:
    made = Message()
    for name, value in values.items():
        set_value(made.properties, getattr(tags, name), value)
    return made


def answered(model: Message, *, away: bool = False, stock: bool = False) -> Message:
    """As whoever gets it reads it."""
    return from_mime(to_mime(answer_of(PLAIN, model, ME, TO, AT, AnswerKind(away, stock)), WRITING))


def get_value(message: Message, tag: PropertyTag) -> Any:
    return value_of(message.properties, tag)


OOF = template(
    PidTagMessageClass="IPM.Note.Rules.OofTemplate.Microsoft", PidTagSubject="ignored", PidTagBody="I am away.\r\n"
)


def test_an_answer_is_of_its_template_and_of_the_original() -> None:
    """R525, R922: text and importance are the template's; to whom it is and what it is about, the original's."""
    model = template(PidTagSubject="Thanks", PidTagBody="It has arrived.\r\n", PidTagImportance=0)
    answer = answered(model)
    assert get_value(answer, tags.PidTagSubject) == "Thanks"
    assert get_value(answer, tags.PidTagBody) == "It has arrived.\r\n"
    assert get_value(answer, tags.PidTagImportance) == 0
    assert get_value(answer, tags.PidTagSentRepresentingSmtpAddress) == "alice@example.org"
    assert get_value(answer, tags.PidTagDisplayTo) == "Bob"
    assert get_value(answer, tags.PidTagInReplyToId) == "<3@x.example>"
    assert get_value(answer, tags.PidTagInternetReferences) == "<1@x.example> <2@x.example> <3@x.example>"
    assert get_value(answer, tags.PidTagConversationId) == get_value(PLAIN, tags.PidTagConversationId)
    assert get_value(answer, tags.PidTagAutoResponseSuppress) == -1
    assert get_value(answer, tags.PidTagAutoForwarded) is True


@pytest.mark.parametrize(
    ("model", "away", "subject", "message_class"),
    [
        (template(), False, "RE: the <plan>", "IPM.Note.Rules.ReplyTemplate"),
        (template(PidTagSubject="Mine"), False, "Mine", "IPM.Note.Rules.ReplyTemplate"),
        (OOF, True, "Automatic reply: Re: the <plan>", "IPM.Note.Rules.OofTemplate.Microsoft"),
        (
            template(PidTagMessageClass="IPM.Note"),
            True,
            "Automatic reply: Re: the <plan>",
            "IPM.Note.Rules.OofTemplate",
        ),
        (OOF, False, "ignored", "IPM.Note.Rules.ReplyTemplate"),
    ],
)
def test_subject_and_class(model: Message, away: bool, subject: str, message_class: str) -> None:
    """R795, R906: whoever is away answers as Exchange does; what a client has put behind the class stays."""
    answer = answered(model, away=away)
    assert get_value(answer, tags.PidTagSubject) == subject
    assert get_value(answer, tags.PidTagMessageClass) == message_class


def test_the_text_of_the_hub() -> None:
    """R289, R290: nothing of the template's text."""
    answer = answered(OOF, away=True, stock=True)
    assert get_value(answer, tags.PidTagBody) == 'This is an automatic reply to your message "Re: the <plan>".\r\n'


def test_a_long_thread() -> None:
    """References do not grow without end: the first is kept, and the last ones."""
    ids = [f"<{number}@x.example>" for number in range(100)]
    original = from_mime(f"References: {' '.join(ids)}\r\nMessage-ID: <last@x.example>\r\n\r\n".encode())
    told = get_value(answer_of(original, template(), ME, TO, AT, AnswerKind()), tags.PidTagInternetReferences)
    assert told.split() == [ids[0], *ids[-MAX_REFERENCES:], "<last@x.example>"]


def test_who_else_is_in_a_template() -> None:
    """Whoever has an address."""
    people = (Person("Carol", "carol@example.net"), Person("Dan", ""))
    model = Message(recipients=[Recipient(i, recipient_properties(who, 2, i)) for i, who in enumerate(people)])
    assert addressees(model, EMPTY) == [Addressee(people[0], 2)]


def test_a_forward_has_the_original_below() -> None:
    """Text and header lines that tell who has written it, in the name of whoever forwards it."""
    forward = from_mime(to_mime(forward_of(PLAIN, ME, TO, AT), WRITING))
    assert get_value(forward, tags.PidTagSubject) == "FW: the <plan>"
    assert get_value(forward, tags.PidTagSenderSmtpAddress) == "alice@example.org"
    assert get_value(forward, tags.PidTagImportance) == 2
    assert get_value(forward, tags.PidTagAutoForwarded) is True
    assert get_value(forward, tags.PidTagBody).split("\r\n") == [
        "",
        "-----Original Message-----",
        "From: Bob <bob@example.net>",
        "Sent: Thu, 1 Jan 1970 00:00:00 +0000",
        "To: alice@example.org",
        "Cc: carol@example.org",
        "Subject: Re: the <plan>",
        "",
        "How is it going?",
        "",
    ]


def test_a_forward_of_html() -> None:
    """It stays HTML; what is told is escaped, and stands within the body."""
    forward = from_mime(to_mime(forward_of(RICH, ME, TO, AT), WRITING))
    document = get_value(forward, tags.PidTagHtml).decode()
    assert document.index("<body bgcolor=white><hr>") < document.index("<b>Subject:</b> Re: the &lt;plan&gt;")
    assert "<p>How is it <b>going</b>?</p>" in document
    assert "Subject: Re: the <plan>" in get_value(forward, tags.PidTagBody)


def test_attachments_go_on() -> None:
    """A file is in the forward as it was in the original."""
    mixed = (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n'
        b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\ndata\r\n--b--\r\n"
    )
    forward = from_mime(to_mime(forward_of(from_mime(ORIGINAL + mixed), ME, TO, AT), WRITING))
    [attachment] = forward.attachments
    assert value_of(attachment.properties, tags.PidTagAttachLongFilename) == "a.pdf"
    assert value_of(attachment.properties, tags.PidTagAttachDataBinary) == b"data"


def test_a_cover_has_no_text() -> None:
    cover = from_mime(to_mime(cover_of(PLAIN, ME, TO, AT), WRITING))
    assert (get_value(cover, tags.PidTagSubject), get_value(cover, tags.PidTagBody)) == ("FW: the <plan>", "")


def test_a_short_message() -> None:
    """R698, R897: who has written, about what, and as much of it as fits."""
    long = from_mime(ORIGINAL + b"\r\n" + b"word \r\n" * 100)
    short = from_mime(to_mime(text_of(long, ME, TO, AT), WRITING))
    assert get_value(short, tags.PidTagMessageClass) == "IPM.Note.Mobile.SMS.Alert"
    body = get_value(short, tags.PidTagBody)
    assert body.startswith("Bob: Re: the <plan>: word word ")
    assert len(body.strip()) <= 160


def test_whatever_has_come_goes_on(messages: dict[str, bytes]) -> None:
    """Nothing that a stranger sends keeps a rule from being executed."""
    for name, data in messages.items():
        assert_written(data, name)


@pytest.mark.fuzz
@MANY
@given(st.data())
def test_damaged_messages_go_on(messages: dict[str, bytes], data: st.DataObject) -> None:
    names = sorted(name for name, message in messages.items() if len(message) < 20_000)
    damaged = bytearray(messages[data.draw(st.sampled_from(names))])
    for place, byte in data.draw(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=20)):
        if place < len(damaged):
            damaged[place] = byte
    assert_written(bytes(damaged))


def assert_written(data: bytes, name: str = "") -> None:
    original = from_mime(data)
    for made in (
        answer_of(original, OOF, ME, TO, AT, AnswerKind(True, True)),
        forward_of(original, ME, TO, AT),
        text_of(original, ME, TO, AT),
        cover_of(original, ME, TO, AT),
    ):
        written = to_mime(made, WRITING)
        header = header_of(written)
        assert max(map(len, header.split(b"\r\n"))) <= 998, name
        assert header.isascii(), name
        assert get(header, b"from") == b"Alice <alice@example.org>", name
        assert get_value(from_mime(written), tags.PidTagAutoForwarded) is True, name
