"""Messages as MAPI sees them: one rule of [MS-OXCMAIL] a test. Statements are those of [MS-OXCMSG]."""

from __future__ import annotations

import os
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId, OneOffEntryId, parse_entry_id, parse_entry_list
from posthouse.protocols.mapi.mime.address_book import AddressBook
from posthouse.protocols.mapi.mime.from_mime import MAX_EMBEDDED, from_mime
from posthouse.protocols.mapi.mime.received import fields_name_owner, names_owner, tell_receiver
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.named_tags import PS_INTERNET_HEADERS, NamedTag
from posthouse.protocols.mapi.objects import Attachment, Message, value_of
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyTag

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)

Tag = PropertyTag | NamedTag


def get(message: Message | Attachment, tag: Tag) -> Any:
    return value_of(message.properties, tag)


FIELDS: list[tuple[bytes, Tag, Any]] = [
    (b"Subject: RE: Hello", tags.PidTagSubjectPrefix, "RE: "),
    (b"Subject: RE: Hello", tags.PidTagNormalizedSubject, "Hello"),
    (b"Subject: RE: Hello", tags.PidTagSubject, "RE: Hello"),
    (b"Subject: Aw: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=", tags.PidTagNormalizedSubject, "Grüße"),
    (b"Subject: R2: Hello", tags.PidTagSubjectPrefix, ""),
    (b"Subject: Note: Hello", tags.PidTagNormalizedSubject, "Note: Hello"),
    (b"Subject: Re:Hello", tags.PidTagSubjectPrefix, ""),
    (b"X: y", tags.PidTagSubject, ""),
    (b"Date: Thu, 1 Jan 1970 01:00:00 +0100", tags.PidTagClientSubmitTime, file_time(0)),
    (b"Message-ID: <a@b.example>", tags.PidTagInternetMessageId, "<a@b.example>"),
    (b"In-Reply-To: <a@b.example>", tags.PidTagInReplyToId, "<a@b.example>"),
    (b"References: <a@b.example>\r\n <c@d.example>", tags.PidTagInternetReferences, "<a@b.example> <c@d.example>"),
    (b"Thread-Topic: Another", tags.PidTagConversationTopic, "Another"),
    (b"Subject: Re: One", tags.PidTagConversationTopic, "One"),
    (b"X: y", tags.PidTagImportance, 1),
    (b"Importance: High", tags.PidTagImportance, 2),
    (b"X-MSMail-Priority: low", tags.PidTagImportance, 0),
    (b"X-Priority: 1 (Highest)", tags.PidTagImportance, 2),
    (b"X-Priority: 4", tags.PidTagImportance, 0),
    (b"X-Priority: whatever", tags.PidTagImportance, 1),
    (b"Priority: urgent", tags.PidTagImportance, 2),
    (b"Priority: non-urgent", tags.PidTagPriority, -1),
    (b"X: y", tags.PidTagSensitivity, 0),
    (b"Sensitivity: Company-Confidential", tags.PidTagSensitivity, 3),
    (b"Sensitivity: private", tags.PidTagSensitivity, 2),
    (b"X: y", tags.PidTagReadReceiptRequested, False),
    (b"Disposition-Notification-To: R <r@b.example>", tags.PidTagReadReceiptRequested, True),
    (b"Disposition-Notification-To: R <r@b.example>", tags.PidTagNonReceiptNotificationRequested, True),
    (b"Disposition-Notification-To: R <r@b.example>", tags.PidTagReadReceiptSmtpAddress, "r@b.example"),
    (b"Return-Receipt-To: r@b.example", tags.PidTagOriginatorDeliveryReportRequested, True),
    (b"Reply-By: 1 Jan 1970 00:00 +0000", tags.PidTagReplyTime, file_time(0)),
    (b"Expiry-Date: 1 Jan 1970 00:00 +0000", tags.PidTagExpiryTime, file_time(0)),
    (b"X-Message-Flag: Call back", named_tags.PidLidFlagRequest, "Call back"),
    (b"X-Message-Flag: Call back", tags.PidTagFlagStatus, 2),
    (b"Keywords: red, , green", named_tags.PidNameKeywords, ("red", "green")),
    (b"Accept-Language: de", named_tags.PidNameAcceptLanguage, "de"),
    (b"X-Auto-Response-Suppress: DR, oof", tags.PidTagAutoResponseSuppress, 0x11),
    (b"X-Auto-Response-Suppress: All", tags.PidTagAutoResponseSuppress, -1),
    (b"Auto-Submitted: auto-replied", tags.PidTagAutoResponseSuppress, 0x30),
    (b"Auto-Submitted: no", tags.PidTagAutoResponseSuppress, None),
    (b"Precedence: bulk", tags.PidTagAutoResponseSuppress, 0x30),
    (b"List-Unsubscribe: <https://x.example/>", tags.PidTagListUnsubscribe, "<https://x.example/>"),
    (b"X-Microsoft-Classified: true", named_tags.PidLidClassified, True),
    (b"X-CallID: 5", tags.PidTagCallId, "5"),
    (b"Content-ID: <body@x>", tags.PidTagBodyContentId, "<body@x>"),
    (b"Content-Location: https://x.example/", tags.PidTagBodyContentLocation, "https://x.example/"),
    (b"Content-Class: voice", tags.PidTagMessageClass, "IPM.Note.Microsoft.Voicemail.UM"),
    (b"Content-Class: urn:content-class:custom.Order", tags.PidTagMessageClass, "IPM.Note.Custom.Order"),
    (b"Content-Class: InfoPathForm.77.name", tags.PidTagMessageClass, "IPM.InfoPathForm.77"),
    (b"Content-Class: OOFtemplate.Microsoft", tags.PidTagMessageClass, "IPM.Note.Rules.OofTemplate.Microsoft"),
    (b"Content-Class: replytemplate", tags.PidTagMessageClass, "IPM.Note.Rules.ReplyTemplate"),
    (b"Content-Class: replytemplates", tags.PidTagMessageClass, "IPM.Note"),
    (b"Content-Class: sms-alert", tags.PidTagMessageClass, "IPM.Note.Mobile.SMS.Alert"),
    (b"X-MS-Exchange-Organization-AutoForwarded: true", tags.PidTagAutoForwarded, True),
    (b"X-MS-Exchange-Organization-AutoForwarded: false", tags.PidTagAutoForwarded, None),
    (b"X: y", tags.PidTagMessageClass, "IPM.Note"),
    (b"X: y", tags.PidTagMessageFlags, 2),
    (b"X: y", tags.PidTagTransportMessageHeaders, "X: y\r\n\r\n"),
    (b"Received: by b; 1 Jan 1970 00:00:01 +0000", tags.PidTagMessageDeliveryTime, file_time(1)),
    (b"Date: 1 Jan 1970 00:00:02 +0000", tags.PidTagMessageDeliveryTime, file_time(2)),
]


@pytest.mark.parametrize(("field", "tag", "value"), FIELDS, ids=[field.decode()[:40] for field, _, _ in FIELDS])
def test_fields(field: bytes, tag: Tag, value: Any) -> None:
    """R2073, R2078, R1162, R1164: each field has its property, or where it is not there its default
    ([MS-OXCMAIL] 2.2.3.2)."""
    assert get(from_mime(field + b"\r\n\r\nHi\r\n"), tag) == value


def test_delivered() -> None:
    """When it came counts more than what it says of itself."""
    message = from_mime(b"Received: by b; 1 Jan 1970 00:00:01 +0000\r\n\r\nHi\r\n", delivered=7)
    assert get(message, tags.PidTagMessageDeliveryTime) == file_time(7)


@pytest.mark.parametrize("subject", ["RE: " + "x" * 300, "ä" * 300, "🙂" * 300])
def test_long_subjects(subject: str) -> None:
    """R60, R66, R1239: prefix and normalized subject are the subject, together of less than 254 characters."""
    message = from_mime(b"Subject: " + subject.encode() + b"\r\n\r\n")
    prefix, rest = get(message, tags.PidTagSubjectPrefix), get(message, tags.PidTagNormalizedSubject)
    assert get(message, tags.PidTagSubject) == prefix + rest
    assert 250 <= len((prefix + rest).encode("utf-16-le")) // 2 < 254


def test_sender_and_from() -> None:
    """Who is named in From is represented, who is in Sender sends; one stands for the other ([MS-OXCMAIL] 2.2.3.2)."""
    both = from_mime(b"From: Boss <boss@b.example>\r\nSender: aide@b.example\r\n\r\n")
    assert get(both, tags.PidTagSentRepresentingName) == "Boss"
    assert get(both, tags.PidTagSentRepresentingSmtpAddress) == "boss@b.example"
    assert get(both, tags.PidTagSenderName) == "aide@b.example"
    assert get(both, tags.PidTagSenderSearchKey) == b"SMTP:AIDE@B.EXAMPLE\0"
    one = from_mime(b"From: Boss <boss@b.example>\r\n\r\n")
    assert get(one, tags.PidTagSenderEmailAddress) == "boss@b.example"
    assert parse_entry_id(get(one, tags.PidTagSenderEntryId)) == OneOffEntryId("Boss", "SMTP", "boss@b.example")


def test_local_people(book: AddressBook) -> None:
    """Who is in the address book is EX and known by DN, and has the SMTP address besides."""
    message = from_mime(b"From: A <Alice@Example.org>\r\nTo: staff@example.org, b@b.example\r\n\r\n", book)
    alice = book.by_address("alice@example.org")
    assert alice is not None
    assert get(message, tags.PidTagSenderAddressType) == "EX"
    assert get(message, tags.PidTagSenderEmailAddress) == alice.dn
    assert get(message, tags.PidTagSenderSmtpAddress) == "Alice@Example.org"
    assert get(message, tags.PidTagSenderName) == "A"
    assert parse_entry_id(get(message, tags.PidTagSenderEntryId)) == AddressBookEntryId(alice.dn)
    staff, other = message.recipients
    assert value_of(staff.properties, tags.PidTagDisplayType) == 1
    assert value_of(staff.properties, tags.PidTagObjectType) == 8
    assert value_of(other.properties, tags.PidTagAddressType) == "SMTP"
    assert value_of(other.properties, tags.PidTagObjectType) == 6


def test_recipients() -> None:
    """Each address is a recipient, in order, of the kind of its field; groups are their members."""
    message = from_mime(b"Bcc: d@x.example\r\nTo: A <a@x.example>, g: b@x.example;\r\nCc: c@x.example\r\n\r\n")
    found = [(value_of(r.properties, tags.PidTagRecipientType), r.properties[0x3001].value) for r in message.recipients]
    assert found == [(1, "A"), (1, "b@x.example"), (2, "c@x.example"), (3, "d@x.example")]
    assert [recipient.row_id for recipient in message.recipients] == [0, 1, 2, 3]
    assert get(message, tags.PidTagDisplayTo) == "A; b@x.example"
    assert get(message, tags.PidTagDisplayCc) == "c@x.example"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (b"To: Alice@example.org", (True, False, True)),
        (b"Cc: al@example.org", (False, True, True)),
        (b"Bcc: alice@example.org", (False, False, True)),
        (b"To: bob@example.org", (False, False, False)),
    ],
)
def test_owner(fields: bytes, told: tuple[bool, ...], book: AddressBook) -> None:
    """A message knows in whose mailbox it is, and whether it is for the owner ([MS-OXOMSG] 2.2.1.27 on)."""
    owner = book.owner_of(1)
    assert owner is not None
    message = from_mime(fields + b"\r\n\r\n", book)
    tell_receiver(message, owner)
    name, _, value = fields.partition(b":")
    named = names_owner(message, owner)
    assert named == fields_name_owner({name.lower(): value}, owner, book)
    message.properties.update(named)
    asked = tags.PidTagMessageToMe, tags.PidTagMessageCcMe, tags.PidTagMessageRecipientMe
    assert tuple(get(message, tag) for tag in asked) == told
    assert get(message, tags.PidTagReceivedByName) == "Alice Ample"
    assert get(message, tags.PidTagReceivedRepresentingEmailAddress) == owner.entry.dn


def test_reply_to() -> None:
    """Those to whom replies go are a list of entry ids, and of names."""
    message = from_mime(b"Reply-To: A <a@x.example>, b@x.example\r\n\r\n")
    entries = [parse_entry_id(entry) for entry in parse_entry_list(get(message, tags.PidTagReplyRecipientEntries))]
    assert entries == [
        OneOffEntryId("A", "SMTP", "a@x.example"),
        OneOffEntryId("b@x.example", "SMTP", "b@x.example"),
    ]
    assert get(message, tags.PidTagReplyRecipientNames) == "A; b@x.example"


def test_conversations() -> None:
    """A thread is known by its first message id, whoever answers; an index of Outlook's is kept as it is."""
    first = from_mime(b"Message-ID: <1@x.example>\r\nSubject: A\r\n\r\n", delivered=0)
    reply = from_mime(b"Message-ID: <2@x.example>\r\nIn-Reply-To: <1@x.example>\r\n\r\n", delivered=0)
    late = from_mime(b"Message-ID: <3@x.example>\r\nReferences: <1@x.example> <2@x.example>\r\n\r\n", delivered=0)
    other = from_mime(b"Message-ID: <4@x.example>\r\n\r\n", delivered=0)
    ids = [get(message, tags.PidTagConversationId) for message in (first, reply, late)]
    assert len(set(ids)) == 1
    assert get(other, tags.PidTagConversationId) not in ids
    index = get(first, tags.PidTagConversationIndex)
    assert (len(index), index[:1], index[6:]) == (22, b"\x01", ids[0])
    assert get(first, tags.PidTagConversationIndexTracking) is True
    own = b"\x01" + bytes(range(21)) + b"reply"
    answer = from_mime(b"Thread-Index: " + b64encode(own) + b"\r\n\r\n")
    assert get(answer, tags.PidTagConversationIndex) == own
    assert get(answer, tags.PidTagConversationId) == own[6:22]


@pytest.mark.parametrize("value", [b"", b"%%%", b64encode(b"\x02" + bytes(21)), b64encode(b"\x01" + bytes(22))])
def test_bad_indexes(value: bytes) -> None:
    """What is no conversation index is none."""
    message = from_mime(b"Message-ID: <1@x.example>\r\nThread-Index: " + value + b"\r\n\r\n", delivered=0)
    assert get(message, tags.PidTagConversationIndex)[6:] == get(message, tags.PidTagConversationId)


def test_named_headers() -> None:
    """R1250: few fields become named properties, what the content is among them: a sender cannot use up the names of a
    mailbox."""
    many = b"".join(b"X-%d: y\r\n" % number for number in range(2000))
    known = {"x-mailer": "M", "list-id": "<l.example>", "content-class": "urn:content-classes:message"}
    message = from_mime(many + "".join(f"{name}: {value}\r\n" for name, value in known.items()).encode() + b"\r\n")
    named = {key.name for key in message.properties if isinstance(key, PropertyName)}
    assert named == known.keys()
    for name, value in known.items():
        assert message.properties[PropertyName(PS_INTERNET_HEADERS, name)].value == value


# Bodies
def multipart(kind: bytes, *parts: bytes) -> bytes:
    boundary = b"=" + kind
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n%b--%b--\r\n' % (kind, boundary, body, boundary)


TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "Grüße\r\n".encode()
RICH = b"Content-Type: text/html; charset=iso-8859-1\r\n\r\n" + "<b>Grüße</b>".encode("latin-1")
IMAGE = b"Content-Type: image/png\r\nContent-ID: <i@x>\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=\r\n"
FILE = b'Content-Type: a/b\r\nContent-Disposition: attachment; filename="x.bin"\r\n\r\nhi'
SHOWN = b'Content-Type: text/html\r\n\r\n<img src="cid:i@x">'

BODIES: list[tuple[str, bytes, str | None, bytes | None, int]] = [
    ("plain", TEXT, "Grüße\r\n", None, 0),
    ("line ends", b"\r\na\nb\rc", "a\r\nb\r\nc", None, 0),
    ("html", RICH, None, "<b>Grüße</b>".encode(), 0),
    ("alternative", multipart(b"alternative", TEXT, RICH), "Grüße\r\n", "<b>Grüße</b>".encode(), 0),
    ("file", multipart(b"mixed", TEXT, FILE), "Grüße\r\n", None, 1),
    ("footer", multipart(b"mixed", TEXT, TEXT), "Grüße\r\nGrüße\r\n", None, 0),
    ("mixed texts", multipart(b"mixed", RICH, TEXT), None, "<b>Grüße</b><br>\r\n<div>Grüße</div>".encode(), 0),
    ("related", multipart(b"related", SHOWN, IMAGE), None, b'<img src="cid:i@x">', 1),
    ("nested", multipart(b"alternative", TEXT, multipart(b"related", SHOWN, IMAGE)), "Grüße\r\n", SHOWN[27:], 1),
    ("picture between", multipart(b"mixed", TEXT, IMAGE, TEXT), "Grüße\r\nGrüße\r\n", None, 1),
    ("no text", multipart(b"mixed", FILE), None, None, 1),
    ("enriched", b"Content-Type: text/enriched\r\n\r\n<bold>a</bold> <<b>", "a <b>", None, 0),
    ("unknown charset", b"Content-Type: text/plain; charset=nobody\r\n\r\n\xe4", "ä", None, 0),
]


@pytest.mark.parametrize(("name", "data", "plain", "html", "count"), BODIES, ids=[row[0] for row in BODIES])
def test_bodies(name: str, data: bytes, plain: str | None, html: bytes | None, count: int) -> None:
    """R16, R2053, R2054, R2059, R2061, R2082: the richest form is the body, a plain one is kept, other parts are
    attached."""
    message = from_mime(data)
    assert get(message, tags.PidTagBody) == plain
    assert get(message, tags.PidTagHtml) == html
    assert get(message, tags.PidTagNativeBody) == (1 if html is None else 3)
    assert len(message.attachments) == count
    assert get(message, tags.PidTagHasAttachments) is bool(count)


@pytest.mark.parametrize(
    "head", [b'<meta charset="iso-8859-1">', b'<META http-equiv=content-type content="text/html; charset=iso-8859-1">']
)
def test_declared_charset(head: bytes) -> None:
    """HTML that tells its character set is read by it, and then tells the new one."""
    html = get(from_mime(b"Content-Type: text/html\r\n\r\n" + head + b"\xe4"), tags.PidTagHtml)
    assert html == head.replace(b"iso-8859-1", b"utf-8") + "ä".encode()


# Attachments
CSV = b"Content-Type: text/csv; charset=utf-8\r\nContent-Disposition: attachment\r\n\r\n"
_LOCATION, _BASE = tags.PidTagAttachContentLocation, tags.PidTagAttachContentBase
ATTACHED: list[tuple[bytes, Tag, Any]] = [
    (FILE, tags.PidTagAttachLongFilename, "x.bin"),
    (FILE, tags.PidTagAttachExtension, ".bin"),
    (FILE, tags.PidTagDisplayName, "x.bin"),
    (FILE, tags.PidTagAttachMethod, 1),
    (FILE, tags.PidTagAttachDataBinary, b"hi"),
    (FILE, tags.PidTagAttachMimeTag, "a/b"),
    (FILE, tags.PidTagRenderingPosition, -1),
    (FILE, tags.PidTagAttachSize, 2),
    (FILE, tags.PidTagAttachmentHidden, False),
    (IMAGE, tags.PidTagAttachDataBinary, b"hi"),
    (IMAGE, tags.PidTagAttachContentId, "i@x"),
    (IMAGE, tags.PidTagAttachLongFilename, "attachment0.png"),
    (b"Content-Type: A/B; name=../../etc/passwd\r\n\r\n", tags.PidTagAttachLongFilename, "passwd"),
    (b'Content-Type: a/b; name="a:b?.txt"\r\n\r\n', tags.PidTagAttachLongFilename, "a_b_.txt"),
    (b"Content-Type: a/b; name*=utf-8''%c3%a4.txt\r\n\r\n", tags.PidTagAttachLongFilename, "ä.txt"),
    (b"Content-Type: a/b\r\nContent-Description: What\r\n\r\n", tags.PidTagDisplayName, "What"),
    (b"Content-Type: a/b\r\nContent-Location: l\r\n\r\n", tags.PidTagAttachContentLocation, "l"),
    (b"Content-Type: a/b\r\nContent-Location: https://x.example/a\r\n\r\n", _LOCATION, "https://x.example/a"),
    (
        b"Content-Type: a/b\r\nContent-Location: l\r\nContent-Base: https://x.example/\r\n\r\n",
        _BASE,
        "https://x.example/",
    ),
    (
        b"Content-Type: text/csv; charset=utf-8\r\nContent-Disposition: attachment\r\n\r\n",
        tags.PidTagTextAttachmentCharset,
        "utf-8",
    ),
    (
        b'Content-Type: a/b\r\nContent-Disposition: attachment; creation-date="1 Jan 1970 00:00:00 +0000"\r\n\r\n',
        tags.PidTagCreationTime,
        file_time(0),
    ),
]


@pytest.mark.parametrize(("part", "tag", "value"), ATTACHED)
def test_attachments(part: bytes, tag: Tag, value: Any) -> None:
    """R225, R236, R590, R600, R604, R965, R967, R1280: what a part says of itself is in its attachment
    ([MS-OXCMAIL] 2.2.3.4)."""
    (attachment,) = from_mime(part).attachments
    assert get(attachment, tag) == value


@pytest.mark.parametrize(
    ("params", "url"),
    [
        ("access-type=anon-ftp; site=ftp.example; directory=pub; name=a.txt", "ftp://ftp.example/pub/a.txt"),
        ('access-type=URL; url="https://x.example/ a"', "https://x.example/a"),
        ('access-type=URL; url="javascript:x"', None),
        ("access-type=mail-server; server=a@x.example", None),
    ],
)
def test_external_bodies(params: str, url: str | None) -> None:
    """A body that is elsewhere is a small file that leads there ([MS-OXCMAIL] 2.2.3.4); others are as they are."""
    (attachment,) = from_mime(f"Content-Type: message/external-body; {params}\r\n\r\nhi".encode()).attachments
    expected = b"hi" if url is None else f"[InternetShortcut]\r\nURL={url}\r\n".encode()
    assert get(attachment, tags.PidTagAttachDataBinary) == expected


def test_what_each_attachment_has() -> None:
    """R234, R602, R615, R627, R630, R634, R637, R1826, R1827: numbers and keys differ, names are short, too."""
    long = b'Content-Type: a/b; name="a very long name.jpeg"\r\n\r\n'
    first, second = from_mime(multipart(b"mixed", long, FILE)).attachments
    assert (get(first, tags.PidTagAttachNumber), get(second, tags.PidTagAttachNumber)) == (0, 1)
    assert get(first, tags.PidTagRecordKey) != get(second, tags.PidTagRecordKey)
    assert get(first, tags.PidTagAttachFilename) == "a_very~1.jpe"
    for attachment in (first, second):
        assert get(attachment, tags.PidTagRenderingPosition) == -1
        assert get(attachment, tags.PidTagObjectType) == 7
        assert get(attachment, tags.PidTagAttachEncoding) is None
        assert get(attachment, tags.PidTagAttachAdditionalInformation) == b""
        assert get(attachment, tags.PidTagAttachmentFlags) == get(attachment, tags.PidTagAttachmentLinkId) == 0


def test_shown_in_html() -> None:
    """R973: what the HTML shows is hidden; when that is all, there is no paper clip."""
    message = from_mime(multipart(b"related", SHOWN, IMAGE))
    assert get(message.attachments[0], tags.PidTagAttachmentHidden) is True
    assert get(message.attachments[0], tags.PidTagAttachFlags) == 4
    assert get(message, named_tags.PidLidSmartNoAttach) is True
    more = from_mime(multipart(b"mixed", multipart(b"related", SHOWN, IMAGE), FILE))
    assert [get(a, tags.PidTagAttachmentHidden) for a in more.attachments] == [True, False]
    assert get(more, named_tags.PidLidSmartNoAttach) is None
    unused = from_mime(multipart(b"related", RICH, IMAGE))
    assert get(unused.attachments[0], tags.PidTagAttachmentHidden) is False


def test_message_within() -> None:
    """R596: a message in a message is an attachment of method 5, called by its subject."""
    inner = b"Subject: Within\r\nFrom: a@x.example\r\n\r\nHi\r\n"
    message = from_mime(multipart(b"mixed", TEXT, b"Content-Type: message/rfc822\r\n\r\n" + inner))
    (attachment,) = message.attachments
    assert get(attachment, tags.PidTagAttachMethod) == 5
    assert get(attachment, tags.PidTagDisplayName) == "Within"
    assert attachment.embedded is not None
    assert get(attachment.embedded, tags.PidTagBody) == "Hi\r\n"
    encoded = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64encode(inner)
    (attachment,) = from_mime(encoded).attachments
    assert attachment.embedded is not None
    assert get(attachment.embedded, tags.PidTagSubject) == "Within"


def test_too_deep() -> None:
    """Messages within messages end somewhere; what is deeper is there as it came."""
    data = b"Subject: innermost\r\n\r\nhello\r\n"
    for _ in range(MAX_EMBEDDED + 5):
        data = b"Content-Type: message/rfc822\r\n\r\n" + data
    message, depth = from_mime(data), 0
    while (inner := message.attachments[0].embedded) is not None:
        message, depth = inner, depth + 1
    assert depth == MAX_EMBEDDED
    assert b"innermost" in get(message.attachments[0], tags.PidTagAttachDataBinary)


# S/MIME and reports
def test_encrypted() -> None:
    """One part of CMS is one attachment, out of its encoding, and nobody has a body ([MS-OXOSMIME] 2.1.1)."""
    field = b"application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"
    message = from_mime(b"Content-Type: " + field + b"\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=\r\n")
    assert get(message, tags.PidTagMessageClass) == "IPM.Note.SMIME"
    assert get(message, tags.PidTagBody) is None
    assert get(message, named_tags.PidNameContentType) == field.decode()
    (attachment,) = message.attachments
    assert get(attachment, tags.PidTagAttachDataBinary) == b"hi"
    assert get(attachment, tags.PidTagAttachMimeTag) == "application/pkcs7-mime"
    assert get(attachment, tags.PidTagAttachLongFilename) == "SMIME.p7m"


def test_signed() -> None:
    """A signed multipart is kept byte for byte below its Content-Type; its text is shown ([MS-OXOSMIME] 2.1.2)."""
    head = b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b'
    body = b"before\r\n--b\r\n\r\nHi  \r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nx\r\n--b--\r\nbehind"
    message = from_mime(b"Subject: s\r\n" + head + b"\r\n\r\n" + body)
    assert get(message, tags.PidTagMessageClass) == "IPM.Note.SMIME.MultipartSigned"
    assert get(message, tags.PidTagBody) == "Hi  "
    (attachment,) = message.attachments
    assert get(attachment, tags.PidTagAttachDataBinary) == head + b"\r\n\r\n" + body
    assert get(attachment, tags.PidTagAttachMimeTag) == "multipart/signed"


def report(kind: bytes, part: bytes) -> Message:
    parts = TEXT, b"Content-Type: message/" + part, b"Content-Type: text/rfc822-headers\r\n\r\nSubject: lost"
    return from_mime(multipart(b"report", *parts).replace(b"report;", b"report; report-type=" + kind + b";", 1))


@pytest.mark.parametrize(
    ("action", "suffix"),
    [
        (b"failed", "NDR"),
        (b"Delayed", "Delayed"),
        (b"delivered", "DR"),
        (b"relayed", "Relayed"),
        (b"expanded", "Expanded"),
    ],
)
def test_delivery_status(action: bytes, suffix: str) -> None:
    """What became of a mail is the class of the report, and told for each recipient ([MS-OXCMAIL] 2.2.3.7.1)."""
    message = report(
        b"delivery-status",
        b"delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; b@x.example\r\n"
        b"Action: " + action + b"\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no\r\n",
    )
    assert get(message, tags.PidTagMessageClass) == f"REPORT.IPM.Note.{suffix}"
    assert get(message, tags.PidTagOriginalSubject) == "lost"
    assert get(message, tags.PidTagBody) == "Grüße\r\n"
    (recipient,) = message.recipients
    assert value_of(recipient.properties, tags.PidTagSmtpAddress) == "b@x.example"
    assert value_of(recipient.properties, tags.PidTagNonDeliveryReportStatusCode) == 511
    assert value_of(recipient.properties, tags.PidTagSupplementaryInfo) == "550 no"
    assert value_of(recipient.properties, tags.PidTagRemoteMessageTransferAgent) == "mx.example"


@pytest.mark.parametrize(("word", "suffix"), [(b"displayed", "IPNRN"), (b"deleted", "IPNNRN")])
def test_disposition(word: bytes, suffix: str) -> None:
    """That a mail was read, or was not, is the class of the notification ([MS-OXCMAIL] 2.2.3.7.2)."""
    message = report(
        b"disposition-notification",
        b"disposition-notification\r\n\r\nOriginal-Message-ID: <1@x.example>\r\n"
        b"Disposition: manual-action/MDN-sent-manually; " + word + b"/error\r\n",
    )
    assert get(message, tags.PidTagMessageClass) == f"REPORT.IPM.Note.{suffix}"
    assert get(message, tags.PidTagOriginalMessageId) == "<1@x.example>"


# Anything
def test_every_message(messages: dict[str, bytes], book: AddressBook) -> None:
    """Every awkward message has a class, a body or an attachment where it has anything, and texts without NUL."""
    for name, data in messages.items():
        message = from_mime(data, book)
        assert get(message, tags.PidTagMessageClass), name
        for typed in message.properties.values():
            assert not (isinstance(typed.value, str) and "\0" in typed.value), name
        assert [a.number for a in message.attachments] == list(range(len(message.attachments))), name


@pytest.mark.fuzz
@MANY
@given(st.binary(max_size=2000))
def test_any_bytes(data: bytes) -> None:
    """Whatever comes is a message."""
    assert get(from_mime(data), tags.PidTagMessageClass)


@pytest.mark.fuzz
@MANY
@given(st.data())
def test_damaged_messages(messages: dict[str, bytes], data: st.DataObject) -> None:
    """A message with some bytes changed is still a message."""
    names = sorted(name for name, message in messages.items() if len(message) < 20_000)
    damaged = bytearray(messages[data.draw(st.sampled_from(names))])
    for place, byte in data.draw(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=20)):
        if place < len(damaged):
            damaged[place] = byte
    assert get(from_mime(bytes(damaged)), tags.PidTagMessageClass)


def test_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing else helps, the message is its own attachment, and its text can be read."""

    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("posthouse.protocols.mapi.mime.from_mime._convert", fail)
    message = from_mime(b"Subject: x\r\n\r\nHi", delivered=1)
    assert get(message.attachments[0], tags.PidTagAttachDataBinary) == b"Subject: x\r\n\r\nHi"
    assert get(message, tags.PidTagBody) == "Subject: x\r\n\r\nHi"
    assert get(message, tags.PidTagMessageClass) == "IPM.Note"
