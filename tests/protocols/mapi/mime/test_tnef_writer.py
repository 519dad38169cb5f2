"""TNEF outwards: what is written ([MS-OXTNEF]) is read back the same, and only who is to get it gets it."""

from __future__ import annotations

import contextlib
import email
import os
from struct import pack, unpack_from
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime.apple import MAC_BINARY
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.header_in import recipient_properties
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.people import SENDER, Person, person_properties
from posthouse.protocols.mapi.mime.tnef import MAX_DEPTH, Tnef, TnefAttachment, parse_tnef
from posthouse.protocols.mapi.mime.tnef_out import wants_tnef
from posthouse.protocols.mapi.mime.tnef_writer import format_tnef
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.named_tags import PS_INTERNET_HEADERS
from posthouse.protocols.mapi.objects import Attachment, Message, Properties, Recipient, set_value, value_of
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyType
from posthouse.protocols.mapi.rtf_compressed import store_rtf

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)
RICH = Writing(b"seed", "example.org", 1e9, tnef=True)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VALUES: dict[int, st.SearchStrategy[Any]] = {
    PropertyType.INTEGER16: st.integers(-(1 << 15), (1 << 15) - 1),
    PropertyType.INTEGER32: st.integers(-(1 << 31), (1 << 31) - 1),
    PropertyType.INTEGER64: st.integers(-(1 << 63), (1 << 63) - 1),
    PropertyType.CURRENCY: st.integers(-(1 << 63), (1 << 63) - 1),
    PropertyType.FLOATING32: st.floats(width=32, allow_nan=False),
    PropertyType.FLOATING64: st.floats(allow_nan=False),
    PropertyType.FLOATING_TIME: st.floats(allow_nan=False),
    PropertyType.TIME: st.integers(0, (1 << 64) - 1),
    PropertyType.GUID: st.uuids(),
    PropertyType.STRING: TEXT,
    PropertyType.BINARY: st.binary(max_size=20),
}
SINGLE: dict[int, st.SearchStrategy[Any]] = {
    PropertyType.BOOLEAN: st.booleans(),
    PropertyType.ERROR_CODE: st.integers(0, (1 << 32) - 1),
    PropertyType.OBJECT: st.binary(max_size=20),
}
TYPED = st.one_of(
    *[st.builds(Typed, st.just(int(kind)), one) for kind, one in (VALUES | SINGLE).items()],
    *[st.builds(Typed, st.just(kind | MULTIPLE), st.lists(one, max_size=3).map(tuple)) for kind, one in VALUES.items()],
)
NAMES = st.builds(PropertyName, st.uuids(), st.one_of(st.integers(0, (1 << 32) - 1), TEXT.filter(bool)))
PROPERTIES = st.dictionaries(st.one_of(st.integers(1, 0x7FFF), NAMES), TYPED, max_size=6)
CLASS = st.sampled_from(["", "IPM.Note", "IPM.Note.Mine", "IPM.Schedule.Meeting.Request", "REPORT.IPM.Note.NDR"])


def files(inner: st.SearchStrategy[Tnef]) -> st.SearchStrategy[TnefAttachment]:
    title = st.text(st.characters(codec="cp1252", exclude_characters="\0"), max_size=12)
    return st.builds(TnefAttachment, title, st.binary(max_size=30), PROPERTIES, st.none() | inner)


def tnefs(depth: int) -> st.SearchStrategy[Tnef]:
    inner = tnefs(depth - 1) if depth > 1 else st.nothing()
    attachments = st.lists(files(inner), max_size=2)
    return st.builds(Tnef, CLASS, st.just(""), st.just(""), PROPERTIES, st.lists(PROPERTIES, max_size=2), attachments)


@pytest.mark.fuzz
@MANY
@given(tnefs(3))
def test_read_back(found: Tnef) -> None:
    """The reader makes of it what it was made of: every type, named or not, in a message, a recipient, a file."""
    assert parse_tnef(format_tnef(found)) == found


@pytest.mark.fuzz
@MANY
@given(tnefs(2), st.data())
def test_damaged(found: Tnef, data: st.DataObject) -> None:
    """Of what was written and then damaged, the reader makes something, or says that it is none."""
    whole = bytearray(format_tnef(found))
    for _ in range(3):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadSyntax):
        parse_tnef(bytes(whole))


def test_layout() -> None:
    """2.1.3: signature and key, the version and the code page first; every attribute with the sum of its bytes; all
    properties of the message behind its other attributes, those of a file behind its data."""
    data = format_tnef(
        Tnef(
            "IPM.Note",
            properties={tags.PidTagImportance.id: Typed(PropertyType.INTEGER32, 2)},
            recipients=[{tags.PidTagDisplayName.id: Typed(PropertyType.STRING, "Bob")}],
            attachments=[TnefAttachment("a.txt", b"data", {0x3001: Typed(PropertyType.STRING, "a.txt")})],
        )
    )
    assert data[:4] == b"\x78\x9f\x3e\x22"
    assert unpack_from("<H", data, 4) != (0,)
    seen, at = [], 6
    while at < len(data):
        level, number, size = unpack_from("<BII", data, at)
        content = data[at + 9 : at + 9 + size]
        assert unpack_from("<H", data, at + 9 + size) == (sum(content) & 0xFFFF,)
        seen.append((level, number))
        at += 9 + size + 2
    assert seen == [
        *((1, 0x00089006), (1, 0x00069007), (1, 0x00078008), (1, 0x00069004), (1, 0x00069003)),
        *((2, 0x00069002), (2, 0x00018010), (2, 0x0006800F), (2, 0x00069005)),
    ]
    assert b"IPM.Microsoft Mail.Note\0" in data


@pytest.mark.parametrize(("encoding", "flags"), [(MAC_BINARY, 1), (b"", 0)])
def test_mac_binary(encoding: bytes, flags: int) -> None:
    """2.1.3.3.15: whether the data of a file is MacBinary stands in front of it."""
    told = {tags.PidTagAttachEncoding.id: Typed(PropertyType.BINARY, encoding)}
    data = format_tnef(Tnef(attachments=[TnefAttachment(properties=told)]))
    at = data.index(pack("<BII", 2, 0x00069002, 14)) + 9
    assert unpack_from("<HIHHI", data, at) == (1, 0xFFFFFFFF, 0, 0, flags)


def test_unwritable() -> None:
    """What TNEF has no form for is left out, and the count is of what is there."""
    odd: Properties = {0x1001: Typed(PropertyType.NULL, None), 0x1002: Typed(PropertyType.OBJECT, None)}
    kept: Properties = {0x1003: Typed(PropertyType.INTEGER32, 1)}
    assert parse_tnef(format_tnef(Tnef(properties=odd | kept))).properties == kept


# Messages
ALICE, BOB = Person("Alice", "alice@example.org"), Person("Bob", "bob@elsewhere.example")
MINE = PropertyName(UUID(int=7), "Mine")


def message(*values: tuple[Any, Any]) -> Message:
    made = Message(dict(person_properties(SENDER, ALICE)))
    for tag, value in ((tags.PidTagMessageClass, "IPM.Note.Mine"), (tags.PidTagSubject, "Rich"), *values):
        set_value(made.properties, tag, value)
    made.recipients = [Recipient(0, recipient_properties(BOB, 1, 0))]
    return made


def file(number: int, *values: tuple[Any, Any]) -> Attachment:
    made = Attachment(number)
    for tag, value in values:
        set_value(made.properties, tag, value)
    return made


def get(found: Message, tag: Any) -> Any:
    return value_of(found.properties, tag)


def test_a_message_there_and_back() -> None:
    """[MS-OXCMAIL] 2.1.3.3.2: a text, and winmail.dat with what MIME cannot tell: class, names, RTF, an OLE object."""
    rtf = store_rtf(rb"{\rtf1\ansi {\b bold}}")
    rich = message((tags.PidTagRtfCompressed, rtf), (tags.PidTagBody, "bold"), (tags.PidTagOwnerAppointmentId, 5))
    rich.properties[MINE] = Typed(PropertyType.STRING, "own")
    ole = file(0, (tags.PidTagAttachMethod, 6), (tags.PidTagAttachDataObject, b"storage"))
    data = (tags.PidTagAttachDataBinary, b"data")
    rich.attachments = [
        ole,
        file(1, (tags.PidTagAttachLongFilename, "a long name.txt"), (tags.PidTagAttachMethod, 1), data),
    ]
    written = to_mime(rich, RICH)
    told = email.message_from_bytes(written)
    text, winmail = told.get_payload()
    assert (text.get_content_type(), text.get_payload().strip()) == ("text/plain", "bold")
    assert (winmail.get_content_type(), winmail.get_filename()) == ("application/ms-tnef", "winmail.dat")
    assert told["X-MS-TNEF-Correlator"] == told["Message-ID"]
    back = from_mime(written)
    assert get(back, tags.PidTagMessageClass) == "IPM.Note.Mine"
    assert get(back, tags.PidTagRtfCompressed) == rtf
    assert get(back, tags.PidTagNativeBody) == 2
    assert get(back, tags.PidTagOwnerAppointmentId) == 5
    assert back.properties[MINE].value == "own"
    first, second = back.attachments
    assert first.properties[tags.PidTagAttachDataObject.id] == Typed(PropertyType.OBJECT, b"storage")
    assert value_of(second.properties, tags.PidTagAttachDataBinary) == b"data"
    assert value_of(second.properties, tags.PidTagAttachLongFilename) == "a long name.txt"


@pytest.mark.parametrize(("tag", "value", "native"), [(tags.PidTagHtml, b"<b>x</b>", 3), (tags.PidTagBody, "x", 1)])
def test_bodies(tag: Any, value: Any, native: int) -> None:
    """The best body stays the best; a plain text is in RTF as well for who looks there."""
    written = to_mime(message((tag, value)), RICH)
    back = from_mime(written)
    assert get(back, tags.PidTagNativeBody) == native
    assert get(back, tag) == value
    winmail = email.message_from_bytes(written).get_payload()[1].get_payload(decode=True)
    assert (tags.PidTagRtfCompressed.id in parse_tnef(winmail).properties) == (native == 1)


def test_a_message_within() -> None:
    """It has no header, so its people and its moments are in TNEF; who was hidden there is told to nobody."""
    inner = message((tags.PidTagClientSubmitTime, 5), (tags.PidTagBody, "inner"))
    inner.recipients.append(Recipient(1, recipient_properties(Person("Hidden", "hidden@example.org"), 3, 1)))
    outer = message()
    outer.attachments = [file(0, (tags.PidTagAttachMethod, 5))]
    outer.attachments[0].embedded = inner
    written = to_mime(outer, RICH)
    [attachment] = from_mime(written).attachments
    found = attachment.embedded
    assert found is not None
    assert get(found, tags.PidTagSenderSmtpAddress) == "alice@example.org"
    assert get(found, tags.PidTagClientSubmitTime) == 5
    assert get(found, tags.PidTagBody) == "inner"
    assert [value_of(one.properties, tags.PidTagSmtpAddress) for one in found.recipients] == ["bob@elsewhere.example"]


def test_what_stays_at_home() -> None:
    """Neither what a mailbox says of a message, nor whom it hides, nor fields of the header."""
    own = message((tags.PidTagRead, True), (tags.PidTagFlagStatus, 2), (tags.PidTagDisplayBcc, "Hidden"))
    own.properties[PropertyName(PS_INTERNET_HEADERS, "x-mine")] = Typed(PropertyType.STRING, "value")
    winmail = email.message_from_bytes(to_mime(own, RICH)).get_payload()[1].get_payload(decode=True)
    found = parse_tnef(winmail)
    assert not {tags.PidTagRead.id, tags.PidTagFlagStatus.id, tags.PidTagDisplayBcc.id} & found.properties.keys()
    assert not [key for key in found.properties if isinstance(key, PropertyName)]
    assert found.recipients == []


def test_too_deep() -> None:
    """What a reader would not look at goes as MIME."""
    whole = message()
    for _ in range(MAX_DEPTH):
        outer = message()
        outer.attachments = [file(0, (tags.PidTagAttachMethod, 5))]
        outer.attachments[0].embedded = whole
        whole = outer
    assert b"application/ms-tnef" not in to_mime(whole, RICH)
    assert whole.attachments[0].embedded is not None
    assert b"application/ms-tnef" in to_mime(whole.attachments[0].embedded, RICH)


def test_signed() -> None:
    """[MS-OXOSMIME]: what was signed goes as it is, whoever gets it."""
    signed = message((tags.PidTagMessageClass, "IPM.Note.SMIME"))
    signed.attachments = [file(0, (tags.PidTagAttachDataBinary, b"cms"))]
    assert b"ms-tnef" not in to_mime(signed, RICH)


@pytest.mark.parametrize(
    ("whole", "use", "recipient", "encoding", "wanted"),
    [
        (None, None, True, None, False),
        (None, None, None, None, False),
        (None, False, True, None, False),
        (None, True, True, None, True),
        (None, True, None, None, True),
        (None, True, False, None, False),
        (None, True, True, 0x00060000, False),
        (None, True, True, 0x00040000, True),
        (True, None, False, None, True),
        (False, True, True, None, False),
    ],
)
def test_who_gets_it(
    whole: bool | None, use: bool | None, recipient: bool | None, encoding: int | None, wanted: bool
) -> None:
    """[MS-OXCMAIL] 2.1.3, [MS-OXOMSG] 2.2.1.66: pure MIME unless the client says that the message needs more, to
    recipients who are not said to lack it; what it says of everybody goes before all."""
    properties: Properties = {}
    person: Properties = {}
    for where, tag, value in (
        (properties, tags.PidTagSendRichInfo, whole),
        (properties, named_tags.PidLidUseTnef, use),
        (person, tags.PidTagSendRichInfo, recipient),
        (person, tags.PidTagSendInternetEncoding, encoding),
    ):
        if value is not None:
            set_value(where, tag, value)
    assert wants_tnef(properties, person) is wanted
