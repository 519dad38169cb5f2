"""winmail.dat ([MS-OXTNEF]): read, merged into the message it came with, and against anything."""

from __future__ import annotations

import contextlib
import os
from base64 import encodebytes
from struct import pack
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime.bodies import html_body
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.tnef import MAX_DEPTH, parse_tnef
from posthouse.protocols.mapi.objects import Message, value_of
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rtf_compressed import store_rtf

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)

IMESSAGE = UUID("00020307-0000-0000-C000-000000000046").bytes_le


def attribute(number: int, data: bytes, level: int = 1) -> bytes:
    return pack("<BII", level, number, len(data)) + data + pack("<H", sum(data) & 0xFFFF)


def variable(data: bytes) -> bytes:
    return pack("<II", 1, len(data)) + data + bytes(-len(data) % 4)


def text(value: str) -> bytes:
    return variable(value.encode("utf-16-le") + b"\0\0")


def properties(*values: tuple[bytes, bytes]) -> bytes:
    return pack("<I", len(values)) + b"".join(tag + value for tag, value in values)


def tag(found: PropertyTag) -> bytes:
    return found.format()


KEYWORDS = pack("<HH", 0x101F, 0x8001) + named_tags.PidNameKeywords.name.guid.bytes_le + pack("<II", 1, 18)
KEYWORDS += "Keywords".encode("utf-16-le") + b"\0\0" + b"\0\0"
CLASSIFIED = pack("<HH", 0x000B, 0x8000) + named_tags.PidLidClassified.name.guid.bytes_le + pack("<II", 0, 0x85B5)
RTF = store_rtf(rb"{\rtf1\fromhtml1 {\*\htmltag <b>}rich{\*\htmltag </b>}}")

MESSAGE = [
    (tag(tags.PidTagMessageClass), text("IPM.Note.Secret")),
    (tag(tags.PidTagSubject), text("RE: Inside")),
    (tag(tags.PidTagImportance), pack("<i", 2)),
    (tag(tags.PidTagRtfCompressed), variable(RTF)),
    (tag(tags.PidTagSenderName), text("Somebody Else")),
    (tag(tags.PidTagClientSubmitTime), bytes(8)),
    (tag(tags.PidTagFlagStatus), pack("<i", 2)),
    (tag(tags.PidTagRead), pack("<i", 1)),
    (tag(tags.PidTagOwnerAppointmentId), pack("<i", 5)),
    (CLASSIFIED, pack("<i", 1)),
    (
        KEYWORDS,
        pack("<II", 2, 4) + "a".encode("utf-16-le") + b"\0\0" + pack("<I", 4) + "b".encode("utf-16-le") + b"\0\0",
    ),
]
HEAD = pack("<IH", 0x223E9F78, 7) + attribute(0x00069007, pack("<II", 1252, 0))


def stream(*attributes: bytes) -> bytes:
    return HEAD + b"".join(attributes)


def file(name: bytes, data: bytes, *values: tuple[bytes, bytes]) -> bytes:
    parts = [(0x00069002, bytes(14)), (0x00018010, name + b"\0"), (0x0006800F, data), (0x00069005, properties(*values))]
    return b"".join(attribute(number, content, 2) for number, content in parts)


WHOLE = stream(
    attribute(0x00069003, properties(*MESSAGE)),
    file(b"OLD~1.TXT", b"data", (tag(tags.PidTagAttachLongFilename), text("a long name.txt"))),
)


def mail(tnef: bytes, fields: bytes = b"") -> bytes:
    return (
        b"From: Carol <carol@elsewhere.test>\r\nSubject: Outside\r\nDate: 1 Jan 2024 00:00:00 +0000\r\n" + fields
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\n"
        + b'Content-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + encodebytes(tnef) + b"\r\n--b--\r\n"
    )  # fmt: skip


def get(message: Message, wanted: Any) -> Any:
    return value_of(message.properties, wanted)


def test_merged() -> None:
    """What the message is, TNEF says; who wrote it and when, the header; what a sender may not set is left out."""
    message = from_mime(mail(WHOLE))
    assert get(message, tags.PidTagMessageClass) == "IPM.Note.Secret"
    assert get(message, tags.PidTagSubject) == "RE: Inside"
    assert get(message, tags.PidTagNormalizedSubject) == "Inside"
    assert get(message, tags.PidTagImportance) == 2
    assert get(message, tags.PidTagOwnerAppointmentId) == 5
    assert get(message, tags.PidTagBody) == "plain"
    assert get(message, tags.PidTagNativeBody) == 2
    assert html_body(message.properties) == "<b>rich</b>"
    assert get(message, named_tags.PidLidClassified) is True
    assert get(message, named_tags.PidNameKeywords) == ("a", "b")
    assert get(message, tags.PidTagSenderName) == "Carol"
    assert get(message, tags.PidTagClientSubmitTime) > 0
    assert get(message, tags.PidTagFlagStatus) is None
    assert get(message, tags.PidTagRead) is None
    (attachment,) = message.attachments
    assert value_of(attachment.properties, tags.PidTagAttachLongFilename) == "a long name.txt"
    assert value_of(attachment.properties, tags.PidTagAttachDataBinary) == b"data"


def test_of_another_message() -> None:
    """MS-OXCMSG R1176 to R1178: TNEF whose key is not that of the message is a file like any other."""
    own = stream(
        attribute(0x00069003, properties((tag(tags.PidTagTnefCorrelationKey), variable(b"<1@x>\0")), *MESSAGE))
    )
    assert get(from_mime(mail(own, b"X-MS-TNEF-Correlator: <1@x>\r\n")), tags.PidTagSubject) == "RE: Inside"
    other = from_mime(mail(own, b"X-MS-TNEF-Correlator: <2@x>\r\n"))
    assert get(other, tags.PidTagSubject) == "Outside"
    assert value_of(other.attachments[0].properties, tags.PidTagAttachLongFilename) == "winmail.dat"


@pytest.mark.parametrize("name", ["IPM.Note.SMIME", "IPM.Configuration.X", "IPM.ExtendedRule.Message", "Other"])
def test_classes(name: str) -> None:
    """Nobody sends a rule, a setting, or what would have to be signed."""
    data = stream(attribute(0x00069003, properties((tag(tags.PidTagMessageClass), text(name)))))
    assert get(from_mime(mail(data)), tags.PidTagMessageClass) == "IPM.Note"


def test_old_attributes() -> None:
    """Class, subject and text are also in attributes of their own, under old names (2.1.3.3)."""
    old = (0x00078008, b"IPM.Microsoft Schedule.MtgReq\0"), (0x00018004, b"Caf\xe9\0"), (0x0002800C, b"text\0")
    message = from_mime(b"Content-Type: application/ms-tnef\r\n\r\n" + stream(*(attribute(*each) for each in old)))
    assert get(message, tags.PidTagMessageClass) == "IPM.Schedule.Meeting.Request"
    assert get(message, tags.PidTagSubject) == "Café"
    assert get(message, tags.PidTagBody) == "text"


def test_message_within() -> None:
    """A message within is TNEF in TNEF, behind the name of its interface; not without end."""
    data = stream(attribute(0x00069003, properties((tag(tags.PidTagSubject), text("innermost")))))
    for _ in range(MAX_DEPTH - 1):
        data = stream(file(b"", b"", (tag(tags.PidTagAttachDataObject), variable(IMESSAGE + data))))
    message = from_mime(mail(data))
    for _ in range(MAX_DEPTH - 1):
        assert message.attachments[0].embedded is not None
        message = message.attachments[0].embedded
    assert get(message, tags.PidTagSubject) == "innermost"
    too_deep = stream(file(b"", b"", (tag(tags.PidTagAttachDataObject), variable(IMESSAGE + data))))
    with pytest.raises(BadSyntax):
        parse_tnef(too_deep)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        stream(attribute(0x00069003, pack("<I", 0xFFFFFF))),
        stream(attribute(0x00069003, properties((pack("<HH", 0x0FFF, 1), b"")))),
        stream(attribute(0x00069003, properties((tag(tags.PidTagSubject), pack("<I", 0xFFFFFFFF))))),
    ],
    ids=["nothing", "a zip file", "too many", "unknown type", "too many values"],
)
def test_damaged(data: bytes) -> None:
    """What is no TNEF stays the file that it is."""
    with pytest.raises(BadSyntax):
        parse_tnef(data)
    assert len(from_mime(mail(data)).attachments) == 1
    assert get(from_mime(mail(data)), tags.PidTagBody) == "plain"


def test_rest() -> None:
    """What is behind the last whole attribute is passed over; programs add to files, and cut them."""
    assert parse_tnef(WHOLE + b"\r\n\r\n") == parse_tnef(WHOLE)
    assert parse_tnef(WHOLE[:-10]).subject == parse_tnef(WHOLE).subject


@pytest.mark.fuzz
@MANY
@given(st.binary(max_size=200), st.integers(0, len(WHOLE)), st.integers(0, 20))
def test_anything(more: bytes, cut: int, hole: int) -> None:
    """Whatever comes is read, or bad syntax; the mail is a message in any case."""
    for data in (more, HEAD + more, WHOLE[:cut] + more + WHOLE[cut + hole :]):
        with contextlib.suppress(BadSyntax):
            parse_tnef(data)
        assert get(from_mime(mail(data)), tags.PidTagMessageClass)
