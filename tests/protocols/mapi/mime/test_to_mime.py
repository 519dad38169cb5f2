"""Messages of MAPI as bytes, and those bytes read again ([MS-OXCMAIL] 2.1)."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.message.headers import get, get_all, header_of, iter_fields
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime.address_book import AddressBook
from posthouse.protocols.mapi.mime.attachments import new_attachment
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.header_in import recipient_properties
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.people import SENDER, SENT_REPRESENTING, Person, person_properties
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.named_tags import PS_INTERNET_HEADERS, NamedTag
from posthouse.protocols.mapi.objects import Message, Properties, Recipient, set_value, value_of
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.rtf_compressed import store_rtf

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)

Tag = PropertyTag | NamedTag
WRITING = Writing(b"7/12", "mail.example.org", moment=1_700_000_000)


def made(*values: tuple[Tag, Any]) -> Message:
    message = Message()
    for tag, value in values:
        set_value(message.properties, tag, value)
    return message


def header(message: Message, name: str, writing: Writing = WRITING) -> str | None:
    found = get(header_of(to_mime(message, writing)), name.encode())
    return None if found is None else found.decode()


FIELDS: list[tuple[list[tuple[Tag, Any]], str, str | None]] = [
    ([(tags.PidTagSubject, "Hello")], "Subject", "Hello"),
    ([(tags.PidTagSubjectPrefix, "RE: "), (tags.PidTagNormalizedSubject, "Hello")], "Subject", "RE: Hello"),
    ([(tags.PidTagSubject, "Grüße")], "Subject", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?="),
    ([(tags.PidTagSubject, "=?utf-8?Q?a?=")], "Subject", "=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?="),
    ([], "Subject", ""),
    ([], "Date", "Tue, 14 Nov 2023 22:13:20 +0000"),
    ([(tags.PidTagClientSubmitTime, file_time(0))], "Date", "Thu, 1 Jan 1970 00:00:00 +0000"),
    ([(tags.PidTagInternetMessageId, "<a@b.example>")], "Message-ID", "<a@b.example>"),
    ([(tags.PidTagInReplyToId, "<a@b.example>")], "In-Reply-To", "<a@b.example>"),
    ([(tags.PidTagInternetReferences, "<a@b> <c@d>")], "References", "<a@b> <c@d>"),
    ([(tags.PidTagConversationTopic, "T")], "Thread-Topic", "T"),
    ([(tags.PidTagConversationIndex, b"\x01" + bytes(21))], "Thread-Index", "AQ" + "A" * 28 + "=="),
    ([(tags.PidTagImportance, 2)], "Importance", "High"),
    ([(tags.PidTagImportance, 0)], "X-Priority", "5"),
    ([(tags.PidTagImportance, 1)], "Importance", None),
    ([(tags.PidTagSensitivity, 3)], "Sensitivity", "Company-Confidential"),
    ([(tags.PidTagSensitivity, 0)], "Sensitivity", None),
    ([(tags.PidTagExpiryTime, file_time(0))], "Expires", "Thu, 1 Jan 1970 00:00:00 +0000"),
    ([(tags.PidTagAutoResponseSuppress, -1)], "X-Auto-Response-Suppress", "All"),
    ([(tags.PidTagAutoResponseSuppress, 0x12)], "X-Auto-Response-Suppress", "NDR, OOF"),
    ([(tags.PidTagMessageLocaleId, 0x407)], "Content-Language", "de-DE"),
    ([(named_tags.PidNameKeywords, ("private",))], "Keywords", None),
    ([(tags.PidTagMessageClass, "IPM.Note.Custom.Order")], "Content-Class", "urn:content-class:custom.Order"),
    ([(tags.PidTagMessageClass, "IPM.Note.rules.OOFTemplate.Microsoft")], "Content-Class", "ooftemplate.Microsoft"),
    ([(tags.PidTagMessageClass, "IPM.Note.Rules.ReplyTemplate")], "Content-Class", "replytemplate"),
    ([(tags.PidTagMessageClass, "IPM.Note.Rules.ReplyTemplates")], "Content-Class", None),
    ([(tags.PidTagMessageClass, "IPM.Note.Rules.OofTemplate.Microsoft")], "Auto-Submitted", "auto-replied"),
    ([(tags.PidTagAutoForwarded, True)], "Auto-Submitted", None),
    ([(tags.PidTagAutoForwarded, True)], "X-MS-Exchange-Organization-AutoForwarded", "true"),
    ([(tags.PidTagAutoForwarded, False)], "X-MS-Exchange-Organization-AutoForwarded", None),
    ([], "Auto-Submitted", None),
    ([(tags.PidTagFlagStatus, 2), (named_tags.PidLidFlagRequest, "Call me")], "X-Message-Flag", "Call me"),
    ([(tags.PidTagFlagStatus, 1), (named_tags.PidLidFlagRequest, "Call me")], "X-Message-Flag", None),
    ([(named_tags.PidLidFlagRequest, "Call me")], "X-Message-Flag", None),
    ([(tags.PidTagTransportMessageHeaders, "X: y\r\n")], "X", None),
]


@pytest.mark.parametrize(("values", "name", "expected"), FIELDS)
def test_fields(values: list[tuple[Tag, Any]], name: str, expected: str | None) -> None:
    """Each property has its field; what is nobody's business has none."""
    assert header(made(*values), name) == expected


def test_whom_a_flag_asks() -> None:
    """[MS-OXCMAIL] X-Message-Flag: those to whom it is sent; in the sender's own copy flags tell it."""
    flagged = made((tags.PidTagFlagStatus, 2), (named_tags.PidLidFlagRequest, "Call me"))
    assert header(flagged, "X-Message-Flag", Writing(b"", with_bcc=True)) is None


def test_message_id() -> None:
    """A message that has no id gets one, always the same for the same seed."""
    first = header(made(), "Message-ID")
    assert first is not None
    assert re.fullmatch(r"<[0-9a-f]{32}@mail\.example\.org>", first)
    assert header(made((tags.PidTagInternetMessageId, "a b\r\nX: y")), "Message-ID") == first
    assert header(made(), "Message-ID", Writing(b"other", "mail.example.org")) != first


CAME = (
    "Return-Path: <c@client.example>\r\nReceived: from a.example\r\n\tby b.example; Tue, 14 Nov 2023 12:00:00 +0000\r\n"
    "DKIM-Signature: v=1; b=abc\r\nARC-Seal: i=1\r\nAuthentication-Results: mx.example; dkim=pass\nX-Own: häuser\r\n"
    "Subject: as it was\r\nTo: a@x.example\r\nIn-Reply-To: <1@x.example>\r\nX-Mailer: M\r\nX-Set: old\r\n"
    "Content-Type: text/html\r\nX-Posthouse-Delegated-By: boss@x.example\r\nX-Cut: of"
)


def test_what_no_property_tells_stays() -> None:
    """In its owner's mailbox, as it came, in front of what is told anew; who gets it from there hears nothing of it."""
    named = PropertyName(PS_INTERNET_HEADERS, "x-set")
    message = made((tags.PidTagTransportMessageHeaders, CAME), (tags.PidTagSubject, "another"))
    message.properties[named] = Typed(PropertyType.STRING, "new")
    data = to_mime(message, Writing(b"", "x.example", with_bcc=True))
    assert data.startswith(
        b"Return-Path: <c@client.example>\r\n"
        b"Received: from a.example\r\n\tby b.example; Tue, 14 Nov 2023 12:00:00 +0000\r\n"
        b"DKIM-Signature: v=1; b=abc\r\nARC-Seal: i=1\r\nAuthentication-Results: mx.example; dkim=pass\r\n"
        b"X-Own: h\xc3\xa4user\r\nSubject: another\r\n"
    )
    names = [field.name for field in iter_fields(data)]
    assert len(names) == len(set(names))
    assert not {b"To", b"In-Reply-To", b"X-Mailer", b"X-Posthouse-Delegated-By", b"X-Cut"} & set(names)
    assert get(data, b"x-set") == b"new"
    sent = to_mime(message, WRITING)
    assert not re.search(rb"(?i)^(received|x-own|dkim-signature|return-path)", sent, re.M)


def add(message: Message, kind: int, name: str, address: str) -> None:
    row = len(message.recipients)
    message.recipients.append(Recipient(row, recipient_properties(Person(name, address), kind, row)))


def test_people() -> None:
    """From is who is represented, Sender who is not the same; Bcc is for the sender's own copy alone."""
    message = Message()
    message.properties.update(person_properties(SENT_REPRESENTING, Person("Boss", "boss@b.example")))
    message.properties.update(person_properties(SENDER, Person("Aide", "aide@b.example")))
    for kind, name, address in [(1, "A, B", "a@x.example"), (2, "c@x.example", "c@x.example"), (3, "D", "d@x.example")]:
        add(message, kind, name, address)
    assert header(message, "From") == "Boss <boss@b.example>"
    assert header(message, "Sender") == "Aide <aide@b.example>"
    assert header(message, "To") == '"A, B" <a@x.example>'
    assert header(message, "Cc") == "c@x.example"
    assert header(message, "Bcc") is None
    assert header(message, "Bcc", Writing(b"", with_bcc=True)) == "D <d@x.example>"
    message.properties.update(person_properties(SENDER, Person("Boss", "Boss@b.example")))
    assert header(message, "Sender") is None


def test_foreign_domains() -> None:
    """A domain of any letters goes as A-labels, so that any hop takes it; a local part cannot."""
    message = Message()
    add(message, 1, "I", "info@bücher.example")
    add(message, 1, "J", "jürgen@x.example")
    assert header(message, "To") == "I <info@xn--bcher-kva.example>, J <jürgen@x.example>"


def test_only_bcc() -> None:
    """Who is only copied blindly is not told, but there must be a To (RFC 5322 §3.6.3 would allow none)."""
    message = Message()
    add(message, 3, "D", "d@x.example")
    assert header(message, "To") == "undisclosed-recipients:;"


def test_people_of_the_address_book(book: AddressBook) -> None:
    """Who is EX is written with the SMTP address, which the address book knows when the message does not."""
    alice = book.by_address("alice@example.org")
    assert alice is not None
    message = made(
        (tags.PidTagSentRepresentingName, "Alice"),
        (tags.PidTagSentRepresentingAddressType, "EX"),
        (tags.PidTagSentRepresentingEmailAddress, alice.dn.upper()),
    )
    unknown = Recipient(0)
    for tag, value in [
        (tags.PidTagDisplayName, "Nobody"),
        (tags.PidTagAddressType, "EX"),
        (tags.PidTagEmailAddress, "/o=Elsewhere/cn=nobody"),
        (tags.PidTagRecipientType, 0x10000001),
    ]:
        set_value(unknown.properties, tag, value)
    message.recipients.append(unknown)
    writing = Writing(b"", book=book)
    assert header(message, "From", writing) == "Alice <alice@example.org>"
    assert header(message, "To", writing) == "Nobody: ;"


def test_receipts() -> None:
    """A wish for a receipt names who gets it."""
    message = made((tags.PidTagReadReceiptRequested, True))
    message.properties.update(person_properties(SENDER, Person("Aide", "aide@b.example")))
    assert header(message, "Disposition-Notification-To") == "Aide <aide@b.example>"
    assert header(made((tags.PidTagReadReceiptRequested, True)), "Disposition-Notification-To") is None


def own(name: str, value: str) -> Message:
    message = Message()
    message.properties[PropertyName(PS_INTERNET_HEADERS, name)] = Typed(PropertyType.STRING, value)
    return message


def test_own_fields() -> None:
    """What a client puts among the internet headers becomes a field ([MS-OXCMAIL] 2.1.3.2)."""
    assert header(own("X-Department", "Sales"), "X-Department") == "Sales"


@pytest.mark.parametrize(
    "name", ["From", "received", "DKIM-Signature", "arc-seal", "bcc", "x bad", "x:y", "resent-to", "Keywords", ""]
)
def test_refused_fields(name: str) -> None:
    """Not what is made of something else, nor what only others on the way may say."""
    before = to_mime(Message(), WRITING)
    assert to_mime(own(name, "x"), WRITING) == before


@pytest.mark.parametrize(
    "tag",
    [
        tags.PidTagSubject,
        tags.PidTagConversationTopic,
        tags.PidTagInternetReferences,
        tags.PidTagInReplyToId,
        tags.PidTagListUnsubscribe,
        tags.PidTagSentRepresentingName,
        named_tags.PidNameAcceptLanguage,
    ],
)
def test_no_injection(tag: Tag) -> None:
    """Nothing that a client sets makes another field, or ends the header."""
    message = made(
        (tag, "a\r\nX-Evil: 1\r\n\r\nbody\0\nX-Evil: 2"), (tags.PidTagSentRepresentingSmtpAddress, "a@x.example")
    )
    message.recipients.append(
        Recipient(0, recipient_properties(Person("a\r\nX-Evil: 3", "a@x.example>\r\nX: y"), 1, 0))
    )
    data = to_mime(message, WRITING)
    names = [field.name.lower() for field in iter_fields(header_of(data))]
    assert b"x-evil" not in names
    assert b"x" not in names
    assert len(names) == len(set(names))
    assert data.endswith(b"\r\n\r\n")


# Bodies
def kinds(data: bytes) -> list[str]:
    return [kind.decode() for kind in re.findall(rb"(?im)^content-type: ([a-z-]+/[a-z0-9-]+)", data)]


PICTURE = [(tags.PidTagAttachContentId, "i@x")]


def with_picture(document: bytes) -> Message:
    message = made((tags.PidTagHtml, document), (tags.PidTagInternetCodepage, 65001))
    attachment = new_attachment(0, b"png", "i.png", "image/png")
    set_value(attachment.properties, tags.PidTagAttachContentId, "i@x")
    message.attachments.append(attachment)
    return message


def test_plain() -> None:
    """A message of text is that text."""
    data = to_mime(made((tags.PidTagBody, "Hello\r\n")), WRITING)
    assert kinds(data) == ["text/plain"]
    assert data.endswith(b"\r\n\r\nHello\r\n")


def test_html() -> None:
    """HTML has a plain form beside it, and says that it is UTF-8."""
    message = made((tags.PidTagHtml, b'<meta charset="windows-1252"><p>\xe4</p>'), (tags.PidTagInternetCodepage, 1252))
    data = to_mime(message, WRITING)
    assert kinds(data) == ["multipart/alternative", "text/plain", "text/html"]
    again = from_mime(data)
    assert value_of(again.properties, tags.PidTagHtml) == '<meta charset="utf-8"><p>ä</p>\r\n'.encode()
    assert value_of(again.properties, tags.PidTagBody) == "ä\r\n"


def test_rtf() -> None:
    """RTF is written as what it holds."""
    html = made((tags.PidTagRtfCompressed, store_rtf(rb"{\rtf1\fromhtml1 {\*\htmltag <b>}a{\*\htmltag </b>}}")))
    assert kinds(to_mime(html, WRITING)) == ["multipart/alternative", "text/plain", "text/html"]
    text = made((tags.PidTagRtfCompressed, store_rtf(rb"{\rtf1 a\par b}")))
    assert to_mime(text, WRITING).endswith(b"\r\n\r\na\r\nb\r\n")


def test_pictures() -> None:
    """What the HTML shows is related to it; what it does not show is a file, whatever it says of itself."""
    shown = with_picture(b'<img src="cid:i@x">')
    assert kinds(to_mime(shown, WRITING))[:4] == [
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    other = with_picture(b"<p>nothing</p>")
    set_value(other.attachments[0].properties, tags.PidTagAttachmentHidden, True)
    assert kinds(to_mime(other, WRITING))[0] == "multipart/mixed"
    assert b"Content-Disposition: attachment" in to_mime(other, WRITING)


NAMES = ["a.txt", "ä" * 200 + ".txt", 'say "hi".txt', "x" * 250, "a;b=c.txt"]


@pytest.mark.parametrize("name", NAMES)
def test_file_names(name: str) -> None:
    """Names of any letters and length come through (RFC 2231)."""
    message = made((tags.PidTagBody, "x\r\n"))
    message.attachments.append(new_attachment(0, b"data", name, "text/plain"))
    (attachment,) = from_mime(to_mime(message, WRITING)).attachments
    assert value_of(attachment.properties, tags.PidTagAttachLongFilename) == name.replace('"', "_")
    assert value_of(attachment.properties, tags.PidTagAttachDataBinary) == b"data"


@pytest.mark.parametrize("kind", ["multipart/mixed", "message/rfc822", "text/plain\r\nX: y", "", "a", "a/b; c=d"])
def test_types_of_files(kind: str) -> None:
    """A file is of a type that one part can have."""
    message = Message()
    message.attachments.append(new_attachment(0, b"data", "a.bin", kind))
    data = to_mime(message, WRITING)
    assert kinds(data) == ["application/octet-stream"]
    assert get(header_of(data), b"x") is None


def test_references_to_files() -> None:
    """Of a file that is elsewhere, there is a small one that leads there."""
    message = made((tags.PidTagBody, "x"))
    attachment = new_attachment(0, None, "", "")
    set_value(attachment.properties, tags.PidTagAttachMethod, 7)
    set_value(attachment.properties, tags.PidTagAttachLongFilename, "plan.docx")
    set_value(attachment.properties, tags.PidTagAttachLongPathname, "https://files.example/plan.docx")
    message.attachments.append(attachment)
    (found,) = from_mime(to_mime(message, WRITING)).attachments
    assert value_of(found.properties, tags.PidTagAttachLongFilename) == "plan.docx.url"
    assert b"URL=https://files.example/plan.docx" in value_of(found.properties, tags.PidTagAttachDataBinary)


def test_message_within() -> None:
    """A message in a message is message/rfc822, and its blind copies are not told either."""
    inner = made((tags.PidTagSubject, "Within"), (tags.PidTagBody, "Hi\r\n"))
    add(inner, 3, "D", "d@x.example")
    message = made((tags.PidTagBody, "x"))
    attachment = new_attachment(0, None, "", "message/rfc822")
    attachment.embedded = inner
    message.attachments.append(attachment)
    data = to_mime(message, WRITING)
    assert b"d@x.example" not in data
    (found,) = from_mime(data).attachments
    assert found.embedded is not None
    assert value_of(found.embedded.properties, tags.PidTagSubject) == "Within"
    assert value_of(found.embedded.properties, tags.PidTagBody) == "Hi\r\n"


# S/MIME
SIGNED = (
    b'Subject: s\r\nContent-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b\r\n\r\n'
    b"--b\r\nContent-Type: text/plain \r\n\r\nHi  \r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nx\r\n"
    b"--b--\r\n"
)


def test_signed() -> None:
    """What was signed is written byte for byte ([MS-OXOSMIME] 2.1.2)."""
    data = to_mime(from_mime(SIGNED), WRITING)
    assert data[data.index(b"\r\n\r\n") :] == SIGNED[SIGNED.index(b"\r\n\r\n") :]
    assert get(header_of(data), b"content-type") == get(header_of(SIGNED), b"content-type")


def test_encrypted() -> None:
    """So is what was encrypted, in base64 ([MS-OXOSMIME] 2.1.1)."""
    field = b"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"
    mail = b"Content-Type: " + field + b"\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=\r\n"
    data = to_mime(from_mime(mail), WRITING)
    assert get(header_of(data), b"content-type") == field
    assert data.endswith(b"\r\n\r\naGk=\r\n")


def test_broken_signature() -> None:
    """An attachment that only says it is a signed message is sent as the file that it is."""
    message = made((tags.PidTagMessageClass, "IPM.Note.SMIME.MultipartSigned"), (tags.PidTagBody, "x"))
    message.attachments.append(new_attachment(0, b"X: y\r\n\r\n", "a.p7m", "multipart/signed"))
    assert kinds(to_mime(message, WRITING))[0] == "multipart/mixed"


# All of it
def test_every_message(messages: dict[str, bytes]) -> None:
    """What is written is the same each time, of 7 bits, of CRLF lines within their limit, and unambiguous."""
    for name, original in messages.items():
        message = from_mime(original)
        data = to_mime(message, WRITING)
        assert data == to_mime(message, WRITING), name
        if "SMIME" not in value_of(message.properties, tags.PidTagMessageClass):
            assert b"\n" not in data.replace(b"\r\n", b""), name
            assert max(map(len, data.split(b"\r\n"))) <= 998, name
            body = data[data.index(b"\r\n\r\n") :]
            assert body.isascii() or "message/rfc822" in kinds(data), name
        fields = [field.name.lower() for field in iter_fields(header_of(data))]
        assert len(fields) == len(set(fields)), name
        assert len(get_all(header_of(data), b"from")) <= 1, name


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)
WORDS = TEXT.map(lambda text: " ".join(text.split()))
BODY = st.lists(TEXT, max_size=6).map(lambda lines: "".join(f"{line}\r\n" for line in lines))
LOCAL = st.text("abcxyz0189.+-_", min_size=1, max_size=20).filter(
    lambda text: ".." not in text and text.strip(".") == text
)
NAMED = WORDS.filter(bool)
PEOPLE = st.builds(Person, NAMED, LOCAL.map(lambda local: f"{local}@x.example"), st.none())
OTHERS = st.builds(Person, NAMED, LOCAL.map(lambda local: f"{local}@y.example"), st.none())
FILES = st.tuples(
    st.binary(max_size=300), st.text("abc äß1.", min_size=1, max_size=90).filter(lambda t: bool(t.strip(" .")))
)


@st.composite
def written(draw: st.DrawFn) -> Message:
    message = made((tags.PidTagSubject, draw(WORDS)), (tags.PidTagMessageClass, "IPM.Note"))
    message.properties.update(person_properties(SENT_REPRESENTING, draw(PEOPLE)))
    message.properties.update(person_properties(SENDER, draw(OTHERS)))
    for person in draw(st.lists(PEOPLE, max_size=3)):
        row = len(message.recipients)
        message.recipients.append(Recipient(row, recipient_properties(person, 1, row)))
    set_value(message.properties, tags.PidTagImportance, draw(st.integers(0, 2)))
    set_value(message.properties, tags.PidTagSensitivity, draw(st.integers(0, 3)))
    set_value(message.properties, tags.PidTagBody, draw(BODY))
    if draw(st.booleans()):
        set_value(message.properties, tags.PidTagHtml, b"<html>" + draw(BODY).encode() + b"</html>\r\n")
        set_value(message.properties, tags.PidTagInternetCodepage, 65001)
    for number, (data, name) in enumerate(draw(st.lists(FILES, max_size=2))):
        message.attachments.append(new_attachment(number, data, name.strip(" ."), "application/pdf"))
    return message


@MANY
@given(written())
def test_there_and_back(message: Message) -> None:
    """A message that is written and read again has the same subject, people, bodies and files."""
    again = from_mime(to_mime(message, WRITING))
    for tag in _SAME:
        assert value_of(again.properties, tag) == value_of(message.properties, tag), tag
    before = [recipient.properties for recipient in message.recipients]
    assert [recipient.properties for recipient in again.recipients] == before
    assert [_file(a.properties) for a in again.attachments] == [_file(a.properties) for a in message.attachments]
    has_body = value_of(message.properties, tags.PidTagBody) or value_of(message.properties, tags.PidTagHtml)
    if has_body or not message.attachments:
        assert value_of(again.properties, tags.PidTagBody) == value_of(message.properties, tags.PidTagBody)


_SAME = (
    tags.PidTagSubject,
    tags.PidTagImportance,
    tags.PidTagSensitivity,
    tags.PidTagHtml,
    tags.PidTagSenderName,
    tags.PidTagSentRepresentingName,
    tags.PidTagSentRepresentingEntryId,
    tags.PidTagSentRepresentingSmtpAddress,
)


def _file(properties: Properties) -> tuple[Any, ...]:
    wanted = (tags.PidTagAttachDataBinary, tags.PidTagAttachLongFilename, tags.PidTagAttachMimeTag)
    return tuple(value_of(properties, tag) for tag in wanted)
