"""Which conversation a client's message belongs to – [MS-OXOMSG] 2.2.1.2."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.conversation import conversation_of, topic_of
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.to_mime import Writing, to_mime
from posthouse.protocols.mapi.objects import Message, set_value, value_of
from posthouse.protocols.mapi.property_values import PropertyTag

TOPIC, SUBJECT, PREFIX = tags.PidTagConversationTopic, tags.PidTagNormalizedSubject, tags.PidTagSubjectPrefix
INDEX, TRACKING = tags.PidTagConversationIndex, tags.PidTagConversationIndexTracking
OWN_ID = tags.PidTagInternetMessageId, "<own@x.example>"
FIRST = b"\x01" + bytes(range(21))
REPLY = FIRST + b"reply"
POST = "\U0001f4ee"
"""Two units of UTF-16."""

Values = list[tuple[PropertyTag, Any]]


def made(values: Values) -> Message:
    message = Message()
    for tag, value in values:
        set_value(message.properties, tag, value)
    return message


@pytest.mark.parametrize(
    "values",
    [
        [OWN_ID],
        [OWN_ID, (INDEX, FIRST), (TRACKING, True)],
        [OWN_ID, (INDEX, REPLY)],
        [(tags.PidTagInReplyToId, "<1@x.example>"), (INDEX, REPLY)],
        [(tags.PidTagInternetReferences, "<1@x.example> <2@x.example>"), (tags.PidTagInReplyToId, "<2@x.example>")],
        [(INDEX, REPLY), (TRACKING, True)],
    ],
)
def test_who_sends_a_message_has_it_in_the_same_conversation_as_who_gets_it(values: Values) -> None:
    message = made(values)
    theirs = value_of(from_mime(to_mime(message, Writing(b""))).properties, tags.PidTagConversationId)
    assert conversation_of(message.properties) == theirs


def of_topic(text: str) -> bytes:
    return md5(text.encode("utf-16-le")).digest()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([(INDEX, FIRST), (TRACKING, True), (TOPIC, "a")], FIRST[6:22]),
        ([(INDEX, REPLY), (TRACKING, True)], FIRST[6:22]),
        ([(INDEX, FIRST), (TRACKING, False), (TOPIC, "a")], of_topic("A")),
        ([(INDEX, FIRST), (TOPIC, "a")], of_topic("A")),
        ([(INDEX, FIRST[:21]), (TRACKING, True), (TOPIC, "a")], of_topic("A")),
        ([(INDEX, b"\x02" + FIRST[1:]), (TRACKING, True), (TOPIC, "a")], of_topic("A")),
        ([(TOPIC, "i, straße, ñ")], of_topic("I, STRAßE, Ñ")),
        ([(TOPIC, "a\0b")], of_topic("A")),
        ([(TOPIC, "x" * 300)], of_topic("X" * 255)),
        ([(TOPIC, POST * 200)], md5((POST * 200).encode("utf-16-le")[:510]).digest()),
        ([(INDEX, FIRST)], b""),
        ([(TOPIC, "")], b""),
        ([], b""),
    ],
)
def test_what_no_header_tells_follows_from_index_or_topic(values: Values, expected: bytes) -> None:
    """The index where it says that it may be gone by, else 255 units of the topic, in capitals."""
    assert conversation_of(made(values).properties) == expected


def test_mail_without_a_message_id_is_known_by_its_topic() -> None:
    ids = {
        value_of(from_mime(fields + b"\r\n\r\n").properties, tags.PidTagConversationId)
        for fields in (b"Subject: News", b"Subject: Re: news", b"Subject: x\r\nThread-Topic: NEWS")
    }
    assert ids == {of_topic("NEWS")}


def test_the_topic_is_the_subject_unless_a_client_says_another() -> None:
    subject: Values = [(PREFIX, "RE: "), (SUBJECT, "news")]
    assert topic_of(made(subject).properties) == "news"
    assert topic_of(made([*subject, (TOPIC, "older news")]).properties) == "older news"
    assert topic_of({}) is None
