"""Contacts ([MS-OXVCARD]): a card is read, written, and read again."""

from __future__ import annotations

import os
from base64 import b64encode
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.entry_ids import OneOffEntryId, parse_entry_id
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.items.moments import file_time_of, minutes_of
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.objects import Message, set_value, value_of

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)

CARD = (
    "FN:Dr. Ann Mary Lee",
    "N:Lee;Ann;Mary;Dr.;jun.",
    "ORG:Mill & Sons\\, Ltd.;Flour",
    "TITLE:Miller",
    "EMAIL;TYPE=INTERNET:ann@x.example",
    "item1.EMAIL:lee@y.example",
    "TEL;TYPE=WORK,VOICE:1",
    "TEL;TYPE=WORK:2",
    "TEL;TYPE=HOME:3",
    "TEL;TYPE=CELL:4",
    "TEL;TYPE=FAX,WORK:5",
    "TEL:6",
    "X-MS-TEL;TYPE=ASSISTANT:7",
    "ADR;TYPE=HOME:;;Mill Lane 1;Town;Shire;12345;Country",
    "ADR;TYPE=WORK,PREF:Box 9;;High Street;City;;999;Land",
    "BDAY:1980-02-29",
    "URL;TYPE=WORK:https://x.example/",
    "NOTE:first\\nsecond",
    "CATEGORIES:Friends,Work",
    "CLASS:PRIVATE",
    f"PHOTO;ENCODING=b;TYPE=JPEG:{b64encode(b'picture').decode()}",
)


def card(*lines: str, fields: str = "") -> Message:
    text = "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""])
    return from_mime(f"{fields}Content-Type: text/vcard; charset=utf-8\r\n\r\n{text}".encode("utf-8", "replace"))


EXPECTED = [
    (tags.PidTagMessageClass, "IPM.Contact"),
    (tags.PidTagDisplayName, "Dr. Ann Mary Lee"),
    (tags.PidTagSubject, "Dr. Ann Mary Lee"),
    (tags.PidTagSurname, "Lee"),
    (tags.PidTagGivenName, "Ann"),
    (tags.PidTagGeneration, "jun."),
    (named_tags.PidLidFileUnder, "Lee, Ann"),
    (tags.PidTagCompanyName, "Mill & Sons, Ltd."),
    (tags.PidTagDepartmentName, "Flour"),
    (tags.PidTagTitle, "Miller"),
    (named_tags.PidLidEmail1EmailAddress, "ann@x.example"),
    (named_tags.PidLidEmail1AddressType, "SMTP"),
    (named_tags.PidLidEmail2EmailAddress, "lee@y.example"),
    (named_tags.PidLidAddressBookProviderEmailList, (0, 1)),
    (named_tags.PidLidAddressBookProviderArrayType, 3),
    (tags.PidTagBusinessTelephoneNumber, "1"),
    (tags.PidTagBusiness2TelephoneNumber, "2"),
    (tags.PidTagHomeTelephoneNumber, "3"),
    (tags.PidTagMobileTelephoneNumber, "4"),
    (tags.PidTagBusinessFaxNumber, "5"),
    (tags.PidTagOtherTelephoneNumber, "6"),
    (tags.PidTagAssistantTelephoneNumber, "7"),
    (tags.PidTagHomeAddressCity, "Town"),
    (named_tags.PidLidWorkAddressPostOfficeBox, "Box 9"),
    (named_tags.PidLidWorkAddress, "Box 9\r\nHigh Street\r\n999 City\r\nLand"),
    (tags.PidTagStreetAddress, "High Street"),
    (named_tags.PidLidPostalAddressId, 2),
    (tags.PidTagBirthday, file_time_of(minutes_of(date(1980, 2, 29)))),
    (tags.PidTagBusinessHomePage, "https://x.example/"),
    (tags.PidTagBody, "first\r\nsecond"),
    (named_tags.PidNameKeywords, ("Friends", "Work")),
    (tags.PidTagSensitivity, 2),
    (named_tags.PidLidHasPicture, True),
]


@pytest.mark.parametrize(("tag", "value"), EXPECTED)
def test_card(tag: Any, value: Any) -> None:
    """Each property of a card is one of a contact, and is written again as it was ([MS-OXVCARD] 2.1.3)."""
    contact = card(*CARD)
    assert value_of(contact.properties, tag) == value
    assert value_of(from_mime(to_mime(contact, Writing(b""))).properties, tag) == value


def test_email() -> None:
    """A contact can be mailed: each address has a one-off entry id ([MS-OXOCNTC] 2.2.1.2.7)."""
    entry_id = value_of(card(*CARD).properties, named_tags.PidLidEmail1OriginalEntryId)
    assert parse_entry_id(entry_id) == OneOffEntryId("Dr. Ann Mary Lee", "SMTP", "ann@x.example")


@pytest.mark.parametrize(
    "photo",
    [CARD[-1], f"PHOTO:data:image/png;base64,{b64encode(b'picture').decode()}"],
)
def test_photo(photo: str) -> None:
    """A photo is a hidden kind of attachment, and a photo again."""
    contact = card("FN:A", photo)
    for message in (contact, from_mime(to_mime(contact, Writing(b"")))):
        (attachment,) = message.attachments
        assert value_of(attachment.properties, tags.PidTagAttachDataBinary) == b"picture"
        assert value_of(attachment.properties, tags.PidTagAttachmentContactPhoto) is True


def test_without_a_name() -> None:
    """Who has no formatted name is called by the parts of one, or by the company."""
    assert value_of(card("N:Lee;Ann").properties, tags.PidTagDisplayName) == "Ann Lee"
    assert value_of(card("ORG:Mill").properties, tags.PidTagDisplayName) == "Mill"


@pytest.mark.parametrize(
    "message",
    [
        card("FN:A", fields="Received: by x; 1 Jan 2024 00:00:00 +0000\r\n"),
        card("FN:A", "KIND:group"),
        card("FN:A", "END:VCARD", "BEGIN:VCARD", "FN:B"),
        from_mime(b"Content-Type: text/vcard\r\n\r\nnothing"),
    ],
    ids=["mail", "group", "two", "none"],
)
def test_files(message: Message) -> None:
    """A card that came by mail is a file; so is what is not one card."""
    assert value_of(message.properties, tags.PidTagMessageClass) == "IPM.Note"
    assert len(message.attachments) == 1


@pytest.mark.fuzz
@MANY
@given(st.lists(st.sampled_from(CARD) | st.text(max_size=40), max_size=12))
def test_any_card(lines: list[str]) -> None:
    """Whatever is called a card makes a message, and that can be written."""
    message = card(*lines)
    assert "could not be read" not in value_of(message.properties, tags.PidTagSubject)
    set_value(message.properties, tags.PidTagBirthday, (1 << 63) - 1)
    assert to_mime(message, Writing(b""))
