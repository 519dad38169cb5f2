"""Contacts and appointments with awkward contents: as vCard and iCalendar and back again they are the same."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.items.events_out import calendar_of
from posthouse.protocols.mapi.mime.items.known_zones import zone_called
from posthouse.protocols.mapi.mime.items.moments import file_time_of, minutes_of
from posthouse.protocols.mapi.mime.items.recurrence import Override, parse_recurrence
from posthouse.protocols.mapi.mime.items.time_zones import Change, Zone, format_definition, parse_definition
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.objects import Attachment, Message, set_value, value_of

TEXTS = [
    "Müller, “Jörg”; \\n Söhne: 50%",
    "日本語の長い名前は折り返しが必要になります。" * 5,
    "a;b,c\\d\r\nsecond line",
    "😀" * 40,
    'quoted "so", and \\"so\\"',
    "\\,\\;\\\\",
]


def again(message: Message) -> Message:
    return from_mime(to_mime(message, Writing(b"seed")))


def get(message: Message, tag: Any) -> Any:
    return value_of(message.properties, tag)


def item(message_class: str, values: dict[Any, Any]) -> Message:
    message = Message()
    for tag, value in {tags.PidTagMessageClass: message_class, **values}.items():
        set_value(message.properties, tag, value)
    return message


# contacts

OF_CONTACT = [
    *(tags.PidTagDisplayName, tags.PidTagSurname, tags.PidTagGivenName, tags.PidTagMiddleName, tags.PidTagGeneration),
    *(tags.PidTagDisplayNamePrefix, tags.PidTagNickname, tags.PidTagCompanyName, tags.PidTagDepartmentName),
    *(tags.PidTagTitle, tags.PidTagProfession, tags.PidTagManagerName, tags.PidTagAssistant, tags.PidTagSpouseName),
    *(tags.PidTagHobbies, tags.PidTagOfficeLocation, tags.PidTagHomeAddressStreet, tags.PidTagHomeAddressCity),
    *(named_tags.PidLidWorkAddressStreet, named_tags.PidLidWorkAddressCountry, tags.PidTagOtherAddressPostOfficeBox),
    *(named_tags.PidLidInstantMessagingAddress, tags.PidTagBody),
]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_of_contacts(text: str) -> None:
    contact = item("IPM.Contact", dict.fromkeys(OF_CONTACT, text))
    found = again(contact)
    assert {tag: get(found, tag) for tag in OF_CONTACT} == dict.fromkeys(OF_CONTACT, text)


def test_lists_of_contacts() -> None:
    """Categories and children, each of which may have commas."""
    told = {named_tags.PidNameKeywords: tuple(TEXTS[:2]), tags.PidTagChildrensNames: ("Ann, the elder", "Bob")}
    found = again(item("IPM.Contact", told))
    assert {tag: get(found, tag) for tag in told} == told


ADDRESSES = ("ann@x.example", "jörg.müller@bücher.example", '"a;b,c"@y.example')
NUMBERS = {
    tags.PidTagBusinessTelephoneNumber: "+49 30 1,,2;ext=3",
    tags.PidTagBusiness2TelephoneNumber: "2",
    tags.PidTagHomeTelephoneNumber: "3",
    tags.PidTagHome2TelephoneNumber: "4",
    tags.PidTagMobileTelephoneNumber: "5",
    tags.PidTagBusinessFaxNumber: "6",
    tags.PidTagHomeFaxNumber: "7",
    tags.PidTagPrimaryFaxNumber: "8",
    tags.PidTagCallbackTelephoneNumber: "9",
    tags.PidTagOtherTelephoneNumber: "10",
}


def test_several_addresses_and_numbers() -> None:
    rows = (
        (named_tags.PidLidEmail1EmailAddress, named_tags.PidLidEmail1AddressType),
        (named_tags.PidLidEmail2EmailAddress, named_tags.PidLidEmail2AddressType),
        (named_tags.PidLidEmail3EmailAddress, named_tags.PidLidEmail3AddressType),
    )
    told: dict[Any, Any] = {tags.PidTagDisplayName: "Ann", **NUMBERS}
    for (address, kind), value in zip(rows, ADDRESSES, strict=True):
        told |= {address: value, kind: "SMTP"}
    found = again(item("IPM.Contact", told))
    assert {tag: get(found, tag) for tag in told} == told


def test_cards_of_old_telephones() -> None:
    """vCard 2.1: values in quoted-printable, over several lines, and types alone beside other parameters."""
    text = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg;;;\r\n"
        "FN;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:J=F6rg M=FCller\r\n"
        "ADR;WORK;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:;;Stra=C3=9Fe 1=0D=0Ahinten, =\r\nlinks;Stadt;;123;\r\n"
        "TEL;WORK;VOICE:1\r\nTEL;CELL:2\r\nEND:VCARD\r\n"
    )
    found = from_mime(f"Content-Type: text/x-vcard; charset=utf-8\r\n\r\n{text}".encode())
    assert (get(found, tags.PidTagSurname), get(found, tags.PidTagGivenName)) == ("Müller", "Jörg")
    assert get(found, tags.PidTagDisplayName) == "Jörg Müller"
    assert get(found, named_tags.PidLidWorkAddressStreet) == "Straße 1\r\nhinten, links"
    assert get(found, named_tags.PidLidWorkAddressCity) == "Stadt"
    assert (get(found, tags.PidTagBusinessTelephoneNumber), get(found, tags.PidTagMobileTelephoneNumber)) == ("1", "2")


# appointments

HEAD = "From: Boss <boss@x.example>\r\nTo: alice@example.org\r\nSubject: Plan\r\n"


def zone_lines(name: str, winter: str, summer: str, *, autumn: str, spring: str) -> str:
    rules = (
        *("BEGIN:STANDARD", f"DTSTART:{autumn}", f"TZOFFSETFROM:{summer}", f"TZOFFSETTO:{winter}", "END:STANDARD"),
        *("BEGIN:DAYLIGHT", f"DTSTART:{spring}", f"TZOFFSETFROM:{winter}", f"TZOFFSETTO:{summer}", "END:DAYLIGHT"),
    )
    return "\r\n".join(("BEGIN:VTIMEZONE", f"TZID:{name}", *rules, "END:VTIMEZONE", ""))


BERLIN = zone_lines(
    *("Europe/Berlin", "+0100", "+0200"),
    autumn="19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    spring="19960331T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
)
PACIFIC = zone_lines(
    *("Pacific", "-0800", "-0700"),
    autumn="20071104T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
    spring="20070311T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14",
)


def event(*lines: str, zones: str = "", others: tuple[tuple[str, ...], ...] = ()) -> Message:
    events = ["\r\n".join(("BEGIN:VEVENT", "UID:1@x.example", *one, "END:VEVENT", "")) for one in (lines, *others)]
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zones}{''.join(events)}END:VCALENDAR\r\n"
    return from_mime(f"{HEAD}Content-Type: text/calendar; charset=utf-8\r\n\r\n{text}".encode())


def written(message: Message) -> list[str]:
    calendar = calendar_of(message, Writing(b"seed"))
    assert calendar is not None
    return calendar.text.replace("\r\n ", "").split("\r\n")


KEPT = (
    *(named_tags.PidLidAppointmentStartWhole, named_tags.PidLidAppointmentEndWhole, named_tags.PidLidLocation),
    *(named_tags.PidLidAppointmentSubType, named_tags.PidLidAppointmentRecur, named_tags.PidNameKeywords),
    *(named_tags.PidLidAppointmentTimeZoneDefinitionStartDisplay, named_tags.PidLidTimeZoneStruct),
    *(tags.PidTagSubject, tags.PidTagBody, named_tags.PidLidReminderDelta),
)


def require_same(message: Message) -> None:
    assert get(message, tags.PidTagMessageClass) == "IPM.Appointment"
    found = again(message)
    assert {tag: get(found, tag) for tag in KEPT} == {tag: get(message, tag) for tag in KEPT}


AT_BERLIN = "DTSTART;TZID=Europe/Berlin:"
EVENTS = {
    "all day": ("DTSTART;VALUE=DATE:20240701", "DTEND;VALUE=DATE:20240704"),
    "in summer": (f"{AT_BERLIN}20240701T090000", "DURATION:PT1H"),
    "in winter": (f"{AT_BERLIN}20240101T090000", "DURATION:PT1H"),
    "over the night in which summer ends": (f"{AT_BERLIN}20241026T230000", "DURATION:PT6H"),
    "in the first of two hours": ("DTSTART:20241027T003000Z", "DURATION:PT10M"),
    "a series over a change": (f"{AT_BERLIN}20240318T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=9"),
    "a series without some": (
        *(f"{AT_BERLIN}20240318T233000", "DURATION:PT2H", "RRULE:FREQ=DAILY;COUNT=9"),
        *("EXDATE;TZID=Europe/Berlin:20240319T233000,20240322T233000", "EXDATE:20240324T223000Z"),
    ),
    "a series of days": (
        *("DTSTART;VALUE=DATE:20240229", "DTEND;VALUE=DATE:20240301", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1"),
        "EXDATE;VALUE=DATE:20240430",
    ),
    "to be reminded of": ("DTSTART:20240701T100000Z", "BEGIN:VALARM", "TRIGGER:-P1DT2H", "END:VALARM"),
}


@pytest.mark.parametrize("name", EVENTS)
def test_times(name: str) -> None:
    require_same(event(*EVENTS[name], "SUMMARY:x", zones=BERLIN))


@pytest.mark.parametrize("text", TEXTS)
def test_texts_of_appointments(text: str) -> None:
    plain = text.replace("\r\n", " ")
    told = {tags.PidTagSubject: plain, tags.PidTagNormalizedSubject: plain, tags.PidTagSubjectPrefix: ""}
    told |= {named_tags.PidLidLocation: text, tags.PidTagBody: text, named_tags.PidNameKeywords: (plain, "other")}
    begin = event("DTSTART:20240701T100000Z", "DURATION:PT1H")
    for tag, value in told.items():
        set_value(begin.properties, tag, value)
    require_same(begin)


def test_the_second_of_two_hours() -> None:
    """A clock tells it as it tells the first: it is written in UTC."""
    message = event("DTSTART:20241027T013000Z", "DURATION:PT10M", "SUMMARY:x")
    display = get(event(*EVENTS["in winter"], zones=BERLIN), KEPT[6])
    set_value(message.properties, named_tags.PidLidAppointmentTimeZoneDefinitionStartDisplay, display)
    assert "DTSTART:20241027T013000Z" in written(message)


EXCEPTIONS = (
    (
        *("RECURRENCE-ID;TZID=Europe/Berlin:20240401T090000", f"{AT_BERLIN}20240402T103000"),
        *("DTEND;TZID=Europe/Berlin:20240402T120000", "SUMMARY:Sönderfall\\, groß", "LOCATION:"),
    ),
    (
        *("RECURRENCE-ID;TZID=Europe/Berlin:20240408T090000", f"{AT_BERLIN}20240408T090000"),
        *("DTEND;TZID=Europe/Berlin:20240408T093000", "SUMMARY:x", "LOCATION:Room"),
    ),
)


def test_instances_that_are_different() -> None:
    begin = f"{AT_BERLIN}20240318T090000", "DURATION:PT1H", "SUMMARY:x", "LOCATION:Room", "RRULE:FREQ=WEEKLY;COUNT=5"
    message = event(*begin, zones=BERLIN, others=EXCEPTIONS)
    first, second = parse_recurrence(get(message, named_tags.PidLidAppointmentRecur)).instances
    assert (first.subject, first.location, second.subject, second.location) == ("Sönderfall, groß", "", None, None)
    assert second.end - second.start == 30
    require_same(message)


OWN = {
    "free": (("X-MICROSOFT-CDO-BUSYSTATUS:FREE",), ((Override.BUSY_STATUS, 0),)),
    "perhaps": (("STATUS:TENTATIVE",), ((Override.BUSY_STATUS, 1),)),
    "reminded of earlier": (
        ("BEGIN:VALARM", "TRIGGER:-PT90M", "END:VALARM"),
        ((Override.REMINDER_DELTA, 90),),
    ),
}


@pytest.mark.parametrize("name", OWN)
def test_what_an_instance_has_of_its_own(name: str) -> None:
    """[MS-OXOCAL] 2.2.1.44.2; all else is the series'."""
    lines, own = OWN[name]
    alarm = "BEGIN:VALARM", "TRIGGER:-PT15M", "END:VALARM"
    series = f"{AT_BERLIN}20240318T090000", "DURATION:PT1H", "SUMMARY:x", "DESCRIPTION:all", "CLASS:PRIVATE", *alarm
    begin = "RECURRENCE-ID;TZID=Europe/Berlin:20240319T090000", f"{AT_BERLIN}20240319T090000", "DURATION:PT1H"
    other = *begin, "SUMMARY:x", *lines, *(() if "BEGIN:VALARM" in lines else alarm)
    message = event(*series, "RRULE:FREQ=DAILY;COUNT=3", zones=BERLIN, others=(other,))
    [instance] = parse_recurrence(get(message, named_tags.PidLidAppointmentRecur)).instances
    assert instance.numbers == own
    require_same(message)
    told = written(message)
    assert (told.count("DESCRIPTION:all"), told.count("CLASS:PRIVATE")) == (2, 2)


def test_the_text_of_an_instance() -> None:
    """[MS-OXOCAL] 2.2.10.1: it stands in an attachment that is for that instance."""
    series = (
        f"{AT_BERLIN}20240318T090000",
        "DURATION:PT1H",
        "DESCRIPTION:of all",
        "RRULE:FREQ=WEEKLY;COUNT=5",
        "SUMMARY:x",
    )
    message = event(*series, zones=BERLIN, others=EXCEPTIONS)
    kind = "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}"
    nine = file_time_of(minutes_of(date(2024, 4, 1), 7))
    own = item(kind, {tags.PidTagBody: "its own", named_tags.PidLidExceptionReplaceTime: nine})
    message.attachments.append(Attachment(0, embedded=own))
    set_value(message.attachments[0].properties, tags.PidTagAttachMethod, 5)
    lines = written(message)
    assert [line for line in lines if line.startswith("DESCRIPTION:")] == [
        *("DESCRIPTION:of all", "DESCRIPTION:its own", "DESCRIPTION:of all")
    ]


def test_an_instance_of_which_nobody_is_reminded() -> None:
    """And one that takes the whole day."""
    series = f"{AT_BERLIN}20240318T090000", "DURATION:PT1H", "BEGIN:VALARM", "TRIGGER:-PT15M", "END:VALARM", "SUMMARY:x"
    day = "DTSTART;VALUE=DATE:20240319", "DTEND;VALUE=DATE:20240320", "SUMMARY:x"
    other = ("RECURRENCE-ID;TZID=Europe/Berlin:20240319T090000", *day)
    message = event(*series, "RRULE:FREQ=DAILY;COUNT=3", zones=BERLIN, others=(other,))
    [instance] = parse_recurrence(get(message, named_tags.PidLidAppointmentRecur)).instances
    assert instance.numbers == ((Override.REMINDER_SET, 0), (Override.SUB_TYPE, 1))
    assert {"DTSTART;VALUE=DATE:20240319", "DTEND;VALUE=DATE:20240320"} <= set(written(message))
    assert written(message).count("BEGIN:VALARM") == 1
    require_same(message)


@pytest.mark.parametrize(
    ("until", "days"),
    [
        ("20240105T010000Z", 4),
        ("20240105T005959Z", 3),
        ("20240104", 4),
        ("20240104T170000", 4),
        ("20240104T235959Z", 3),
    ],
)
def test_the_last_of_a_series(until: str, days: int) -> None:
    """RFC 5545 §3.3.10: its time counts, and is in UTC: at five in the afternoon in California it is the next day."""
    begin = ("DTSTART;TZID=Pacific:20240101T170000", "DURATION:PT1H", f"RRULE:FREQ=DAILY;UNTIL={until}", "SUMMARY:x")
    message = event(*begin, zones=PACIFIC)
    assert parse_recurrence(get(message, named_tags.PidLidAppointmentRecur)).pattern.count == days
    assert f"RRULE:FREQ=DAILY;UNTIL=2024010{days + 1}T010000Z" in written(message)
    require_same(message)


def test_a_zone_whose_summer_is_told_by_days() -> None:
    """The Sunday from the 8th to the 14th of March is the second one."""
    message = event("DTSTART;TZID=Pacific:20240701T090000", "DURATION:PT1H", "SUMMARY:x", zones=PACIFIC)
    zone = parse_definition(get(message, named_tags.PidLidAppointmentTimeZoneDefinitionStartDisplay))
    assert zone.daylight == Change(3, 0, 2, 2, 0)
    assert "DTSTART;TZID=Pacific:20240701T090000" in written(message)


@pytest.mark.parametrize("name", ["Europe/Berlin", "W. Europe Standard Time"])
def test_a_zone_that_is_only_named(name: str) -> None:
    message = event(f"DTSTART;TZID={name}:20240701T090000", "DURATION:PT1H", "SUMMARY:x")
    same = event(f"{AT_BERLIN}20240701T090000", "DURATION:PT1H", "SUMMARY:x", zones=BERLIN)
    assert {tag: get(message, tag) for tag in KEPT} == {tag: get(same, tag) for tag in KEPT}


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("America/New_York", Zone("America/New_York", 300, Change(11, 0, 1, 2, 0), Change(3, 0, 2, 2, 0))),
        ("Australia/Sydney", Zone("Australia/Sydney", -600, Change(4, 0, 1, 3, 0), Change(10, 0, 1, 2, 0))),
        ("Europe/Dublin", Zone("Europe/Dublin", 0, Change(10, 0, 5, 2, 0), Change(3, 0, 5, 1, 0))),
        ("Asia/Kathmandu", Zone("Asia/Kathmandu", -345)),
        *(("Nowhere/At All", None), ("../../etc/passwd", None), ("x" * 5000, None)),
    ],
)
def test_known_zones(name: str, zone: Zone | None) -> None:
    assert zone_called(name, 2024) == zone


def test_a_zone_of_any_name() -> None:
    """What clients call a zone makes no lines of its own."""
    message = event(*EVENTS["in winter"], "SUMMARY:x", zones=BERLIN)
    zone = parse_definition(get(message, KEPT[6]))._replace(name='my "own"\r\nSUMMARY: zone: 1;2,3')
    set_value(message.properties, KEPT[6], format_definition(zone, 0))
    lines = written(message)
    assert lines.count("SUMMARY:x") == 1
    assert "TZID:my ownSUMMARY: zone: 1;2,3" in lines
    assert 'DTSTART;TZID="my ownSUMMARY: zone: 1;2,3":20240101T090000' in lines


def test_a_zone_that_nobody_knows() -> None:
    """Nothing is told at a wrong time: the calendar stays a file."""
    message = event("DTSTART;TZID=Our/Own:20240701T090000", "DURATION:PT1H", "SUMMARY:x")
    assert get(message, tags.PidTagMessageClass) == "IPM.Note"


MEETING = "DTSTART:20240701T100000Z", "SUMMARY:x", "ORGANIZER:mailto:boss@x.example"


@pytest.mark.parametrize(("told", "wanted"), [(";RSVP=TRUE", True), (";RSVP=FALSE", False), ("", False)])
@pytest.mark.parametrize("method", ["", "METHOD:REQUEST\r\n"])
def test_whether_an_answer_is_wanted(told: str, wanted: bool, method: str) -> None:
    """[MS-OXOCAL] 2.2.1.36, 2.2.1.37: both properties say the same; without them a client thinks that nobody waits."""
    message = event(*MEETING, f"ATTENDEE{told}:mailto:alice@example.org", zones=method)
    answers = tags.PidTagResponseRequested, tags.PidTagReplyRequested
    assert [get(message, tag) for tag in answers] == [wanted, wanted]
    assert [get(again(message), tag) for tag in answers] == [wanted, wanted]


@pytest.mark.parametrize(
    ("lines", "importance"),
    [
        *((("PRIORITY:1",), 2), (("PRIORITY:4",), 2), (("PRIORITY:5",), 1), (("PRIORITY:9",), 0), (("PRIORITY:0",), 1)),
        (("PRIORITY:9", "X-MICROSOFT-CDO-IMPORTANCE:2"), 2),
    ],
)
def test_how_important_it_is(lines: tuple[str, ...], importance: int) -> None:
    """Microsoft's own word counts, then the priority."""
    message = event("DTSTART:20240701T100000Z", "SUMMARY:x", *lines)
    assert get(message, tags.PidTagImportance) == importance
    assert get(again(message), tags.PidTagImportance) == importance


def test_the_number_of_an_appointment() -> None:
    """PidTagOwnerAppointmentId, by which clients find what they have."""
    message = event(*MEETING, "X-MICROSOFT-CDO-OWNERAPPTID:-1234567890")
    assert get(message, tags.PidTagOwnerAppointmentId) == -1_234_567_890
    assert "X-MICROSOFT-CDO-OWNERAPPTID:-1234567890" in written(message)


@pytest.mark.parametrize("name", ['Boss, Big: the "one"', "Müller; Jörg", "a^b ^n ^' c", "日本 語"])
def test_names_of_people(name: str) -> None:
    """RFC 6868: also with quotation marks."""
    quoted = name.replace("^", "^^").replace('"', "^'")
    lines = "DTSTART:20240701T100000Z", "SUMMARY:x", "ORGANIZER:mailto:boss@x.example"
    message = event(*lines, f'ATTENDEE;ROLE=OPT-PARTICIPANT;CN="{quoted}":MAILTO:j@x.example')
    attendee = message.recipients[1].properties
    assert value_of(attendee, tags.PidTagDisplayName) == name
    assert value_of(again(message).recipients[1].properties, tags.PidTagDisplayName) == name
