"""Calendars ([MS-OXCICAL], [MS-OXOCAL]): published examples, rules there and back, meetings that come and go."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.items.content_lines import Line, format_text, parse_components, text_of
from posthouse.protocols.mapi.mime.items.events import duration_of
from posthouse.protocols.mapi.mime.items.global_object_ids import clean_id, global_object_id, instance_of, uid_of
from posthouse.protocols.mapi.mime.items.moments import file_time_of, minutes_of
from posthouse.protocols.mapi.mime.items.recurrence import (
    Instance,
    Override,
    Pattern,
    Recurrence,
    parse_recurrence,
)
from posthouse.protocols.mapi.mime.items.recurrence_rules import occurrences, pattern_of, rule_of
from posthouse.protocols.mapi.mime.items.time_zones import (
    UTC,
    Change,
    Zone,
    format_definition,
    format_vtimezone,
    format_zone,
    parse_definition,
    parse_zone,
    read_vtimezone,
    rule_parts,
)
from posthouse.protocols.mapi.mime.items.zone_names import iana_name, windows_name
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.objects import Message, set_value, value_of

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)

# Structures, as published in [MS-OXOCAL] 4
WEEKLY = (
    "0430 0430 0B20 0100 0000 C0210000 01000000 00000000 32000000 22200000 0C000000 00000000 00000000 00000000 8020BC0C"
    "20ADBC0C 06300000 09300000 58020000 76020000 0000 00000000 00000000"
)
DAILY = (
    "0430 0430 0A20 0000 0000 A0050000 E0100000 00000000 21200000 0A000000 00000000 02000000 A0C1DC0C 80D2DC0C 00000000"
    "207EDC0C 0016DD0C 06300000 09300000 E0010000 FE010000 0000 00000000 00000000"
)


@pytest.mark.parametrize(
    ("blob", "rule", "start", "deleted"),
    [
        (WEEKLY, "FREQ=WEEKLY;BYDAY=MO,TH,FR;COUNT=12", date(2007, 3, 26), ()),
        (
            DAILY,
            "FREQ=DAILY;INTERVAL=3;UNTIL=20110504",
            date(2011, 4, 7),
            (date(2011, 4, 19), date(2011, 4, 22)),
        ),
    ],
)
def test_published_recurrences(blob: str, rule: str, start: date, deleted: tuple[date, ...]) -> None:
    """A recurrence is read, written as it was, and told as a rule; the rule gives the pattern again."""
    data = bytes.fromhex(blob)
    found = parse_recurrence(data)
    assert found.format() == data
    assert found.pattern.start == minutes_of(start)
    assert found.pattern.deleted == tuple(map(minutes_of, deleted))
    assert rule_of(found.pattern) == rule
    again = pattern_of(rule_parts(Line("RRULE", f"{rule};WKST=SU")), start)
    assert again is not None
    assert (again.first, again.count, again.end) == (found.pattern.first, found.pattern.count, found.pattern.end)


PACIFIC = Zone("Pacific Standard Time", 480, Change(11, 0, 1, 2, 0), Change(3, 0, 2, 2, 0))
STRUCT = "E0010000 00000000 C4FFFFFF 0000 00000B00000001000200000000000000 0000 00000300000002000200000000000000"


def test_time_zone() -> None:
    """A zone has one form in each structure and as VTIMEZONE, and knows its summers."""
    assert format_zone(PACIFIC) == bytes.fromhex(STRUCT)
    assert parse_zone(bytes.fromhex(STRUCT), PACIFIC.name) == PACIFIC
    assert parse_definition(format_definition(PACIFIC, 0)) == PACIFIC
    assert read_vtimezone(format_vtimezone(PACIFIC)) == PACIFIC
    winter, summer = minutes_of(date(2024, 1, 1), 12), minutes_of(date(2024, 7, 1), 12)
    assert PACIFIC.to_utc(winter) - winter == 480
    assert PACIFIC.to_utc(summer) - summer == 420
    southern = Zone("South", -600, Change(4, 0, 1, 3, 0), Change(10, 0, 1, 2, 0))
    assert southern.to_utc(winter) - winter == -660
    assert southern.to_local(southern.to_utc(summer)) == summer


@pytest.mark.parametrize(
    ("name", "windows", "again"),
    [
        ("Europe/Berlin", "W. Europe Standard Time", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Europe/Vienna", "W. Europe Standard Time", "Europe/Berlin"),
        ("America/Argentina/Buenos_Aires", "Argentina Standard Time", "America/Buenos_Aires"),
        ("Pacific Standard Time", "Pacific Standard Time", "America/Los_Angeles"),
        ("My zone", "My zone", "My zone"),
    ],
)
def test_names_of_zones(name: str, windows: str, again: str) -> None:
    """Windows has its own names for zones; one that it does not know keeps its name."""
    assert windows_name(name) == windows
    assert iana_name(windows) == again


OUTLOOK_ID = bytes.fromhex(
    "040000008200E00074C5B7101A82E00807D40910E040C9C12685C4010000000000000000100000000BF0ED4B6E4EE94E9E39E3867B378EF3"
)
FOREIGN = bytes.fromhex(
    "040000008200E00074C5B7101A82E0080000000000000000000000000000000000000000330000007643616C2D55696401000000"
    "7B38313431324433432D324132342D344539442D423230452D3131463742424539323739397D00"
)


def test_global_object_ids() -> None:
    """An id of Outlook's is its hex without the day; another is wrapped, with or without a NUL."""
    assert uid_of(OUTLOOK_ID) == clean_id(OUTLOOK_ID).hex().upper()
    assert instance_of(OUTLOOK_ID) == date(2004, 9, 16)
    assert global_object_id(uid_of(OUTLOOK_ID), date(2004, 9, 16)) == OUTLOOK_ID
    assert uid_of(FOREIGN) == uid_of(FOREIGN[:-1]) == "{81412D3C-2A24-4E9D-B20E-11F7BBE92799}"
    assert global_object_id("{81412D3C-2A24-4E9D-B20E-11F7BBE92799}") == FOREIGN


RULES = [
    ("FREQ=DAILY", [1, 2, 3]),
    ("FREQ=DAILY;INTERVAL=2", [1, 3, 5]),
    ("FREQ=WEEKLY;BYDAY=MO,WE", [1, 3, 8]),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=MO", [1, 15, 29]),
    ("FREQ=MONTHLY;BYMONTHDAY=1", [1, 32, 61]),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", [31, 60, 91]),
    ("FREQ=MONTHLY;BYDAY=2TU", [9, 44, 72]),
    ("FREQ=MONTHLY;BYDAY=-1FR", [26, 54, 89]),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", [1, 32, 61]),
    ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1", [1, 367, 732]),
    ("FREQ=YEARLY;BYMONTH=1;BYDAY=1MO", [1, 372, 736]),
]


@pytest.mark.parametrize(("rule", "days"), RULES)
def test_rules(rule: str, days: list[int]) -> None:
    """A rule from Monday, 1 January 2024, on is a pattern with the same days, and the pattern the same rule."""
    pattern = pattern_of(rule_parts(Line("RRULE", rule)), date(2024, 1, 1))
    assert pattern is not None
    begin = date(2024, 1, 1).toordinal() - 1
    assert [day.toordinal() - begin for day in islice(occurrences(pattern), 3)] == days
    assert rule_of(pattern) == rule


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=MONTHLY;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=MONTHLY;BYDAY=1MO,3MO",
        "FREQ=YEARLY;BYMONTH=1,7",
        "FREQ=YEARLY;BYWEEKNO=1",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;COUNT=0",
        "FREQ=DAILY;UNTIL=20230101",
        "FREQ=DAILY;COUNT=99999999999",
        "FREQ=YEARLY;COUNT=4000",
        "",
    ],
)
def test_rules_that_do_not_fit(rule: str) -> None:
    """What no pattern tells is not half told."""
    assert pattern_of(rule_parts(Line("RRULE", rule)), date(2024, 1, 1)) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("PT1H30M", 90), ("-PT15M", -15), ("P1DT1H", 1500), ("P2W", 20160), ("P", None), ("1H", None)],
)
def test_durations(text: str, minutes: int | None) -> None:
    """RFC 5545 §3.3.6."""
    assert duration_of(text) == minutes


# Content lines
def test_content_lines() -> None:
    """Lines continue, have parameters in quotes, groups, and types alone; components are within each other."""
    text = 'BEGIN:A\r\nX;P="a:b;c",d;Q=1:v\r\n al\r\nitem1.TEL;WORK;VOICE:1\r\n'
    text += "BEGIN:B\r\nbad\r\nN:x\r\nEND:B\r\nEND:A\r\n"
    (found,) = parse_components(text)
    assert found.lines[0] == Line("X", "val", {"P": "a:b;c,d", "Q": "1"})
    assert found.lines[1] == Line("TEL", "1", {"TYPE": "WORK,VOICE"})
    assert found.below("B")[0].lines == [Line("N", "x")]


@MANY
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_texts(text: str) -> None:
    """A text is read as it was written, however long it is; lines have at most 75 octets (RFC 5545 §3.1)."""
    assert text_of(format_text(text)) == text
    formatted = f"BEGIN:A\r\n{Line('X', format_text(text)).format()}END:A\r\n"
    assert max(len(line.encode()) for line in formatted.split("\r\n")) <= 75
    assert parse_components(formatted)[0].text("X") == text


# Messages
def calendar(method: str, *lines: str) -> str:
    event = ["BEGIN:VEVENT", "UID:1@x.example", "DTSTAMP:20240101T000000Z", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *([f"METHOD:{method}"] if method else []), *event])


BERLIN = format_vtimezone(Zone("Europe/Berlin", -60, Change(10, 0, 5, 3, 0), Change(3, 0, 5, 2, 0))).format()
HEAD = "From: Boss <boss@x.example>\r\nTo: alice@example.org\r\nSubject: Plan\r\n"


def mail(text: str, kind: str = "text/calendar; charset=utf-8") -> Message:
    return from_mime(f"{HEAD}Content-Type: {kind}\r\n\r\n{text}".encode())


def get(message: Message, tag: Any) -> Any:
    return value_of(message.properties, tag)


ONE = ("DTSTART:20240701T100000Z", "DTEND:20240701T113000Z", "SUMMARY:Plan", "LOCATION:Room\\, 1")


@pytest.mark.parametrize(
    ("method", "more", "message_class"),
    [
        ("REQUEST", (), "IPM.Schedule.Meeting.Request"),
        ("CANCEL", (), "IPM.Schedule.Meeting.Canceled"),
        ("REPLY", ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.example",), "IPM.Schedule.Meeting.Resp.Pos"),
        ("REPLY", ("ATTENDEE;PARTSTAT=DECLINED:mailto:a@x.example",), "IPM.Schedule.Meeting.Resp.Neg"),
        ("REPLY", ("ATTENDEE;PARTSTAT=TENTATIVE:mailto:a@x.example",), "IPM.Schedule.Meeting.Resp.Tent"),
        ("COUNTER", (), "IPM.Schedule.Meeting.Resp.Tent"),
        ("", (), "IPM.Appointment"),
        ("PUBLISH", (), "IPM.Appointment"),
    ],
)
def test_classes(method: str, more: tuple[str, ...], message_class: str) -> None:
    """The method is the class ([MS-OXCICAL] 2.1.3.1.1.1)."""
    message = mail(calendar(method, *ONE, *more))
    assert get(message, tags.PidTagMessageClass) == message_class
    assert message.attachments == []
    assert get(message, named_tags.PidLidAppointmentStartWhole) == file_time_of(minutes_of(date(2024, 7, 1), 10))
    assert get(message, named_tags.PidLidAppointmentDuration) == 90
    assert get(message, named_tags.PidLidLocation) == "Room, 1"
    assert uid_of(get(message, named_tags.PidLidGlobalObjectId)) == "1@x.example"


def test_request() -> None:
    """Until it is answered a meeting is tentative; what is meant is told besides."""
    message = mail(calendar("REQUEST", *ONE, "TRANSP:OPAQUE", "ATTENDEE;CN=Alice:mailto:a@x.example", "SEQUENCE:2"))
    assert get(message, named_tags.PidLidBusyStatus) == 1
    assert get(message, named_tags.PidLidIntendedBusyStatus) == 2
    assert get(message, named_tags.PidLidAppointmentStateFlags) == 3
    assert get(message, named_tags.PidLidAppointmentSequence) == 2
    assert get(message, named_tags.PidLidRequiredAttendees) == "Alice"
    assert get(message, tags.PidTagSenderName) == "Boss"


@pytest.mark.parametrize(
    "end", ["DTEND;TZID=Europe/Berlin:20240101T100000", "DTEND;TZID=Europe/Berlin:20240101T090000", "DURATION:PT45M"]
)
def test_no_end_before_the_beginning(end: str) -> None:
    """MS-OXCMSG R113, R114, R117, R121: both in UTC, whichever zone the event is in; what is told to end before it
    begins is a file."""
    begin = "DTSTART;TZID=Europe/Berlin:20240101T090000"
    message = mail(calendar("REQUEST", begin, end).replace("BEGIN:VEVENT", BERLIN + "BEGIN:VEVENT"))
    start, until = get(message, named_tags.PidLidCommonStart), get(message, named_tags.PidLidCommonEnd)
    assert start == file_time_of(minutes_of(date(2024, 1, 1), 8))
    assert start <= until
    odd = mail(calendar("REQUEST", "DTSTART:20240101T090000Z", "DTEND:20240101T085900Z"))
    assert get(odd, named_tags.PidLidCommonStart) is None
    assert len(odd.attachments) == 1


def test_file_in_mail() -> None:
    """A calendar without a method that comes with mail is a file; so is one that cannot be told."""
    text = calendar("", *ONE)
    parts = f"--b\r\n\r\nHi\r\n--b\r\nContent-Type: text/calendar\r\n\r\n{text}--b--\r\n"
    message = mail(parts, "multipart/alternative; boundary=b")
    assert get(message, tags.PidTagMessageClass) == "IPM.Note"
    assert len(message.attachments) == 1
    odd = mail(calendar("REQUEST", *ONE, "RRULE:FREQ=HOURLY"))
    assert get(odd, tags.PidTagMessageClass) == "IPM.Note"
    assert get(odd, tags.PidTagHasAttachments) is True


def test_series() -> None:
    """A series is a pattern by the clock of its zone, which is told with it."""
    begin, without = "DTSTART;TZID=Europe/Berlin:20240101T090000", "EXDATE;TZID=Europe/Berlin:20240108T090000"
    text = calendar("REQUEST", begin, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3", without)
    message = mail(text.replace("BEGIN:VEVENT", BERLIN + "BEGIN:VEVENT"))
    found = parse_recurrence(get(message, named_tags.PidLidAppointmentRecur))
    assert (found.start_offset, found.end_offset) == (540, 600)
    assert found.pattern.deleted == (minutes_of(date(2024, 1, 8)),)
    assert get(message, named_tags.PidLidAppointmentStartWhole) == file_time_of(minutes_of(date(2024, 1, 1), 8))
    assert get(message, named_tags.PidLidRecurrenceType) == 2
    assert (
        parse_definition(get(message, named_tags.PidLidAppointmentTimeZoneDefinitionRecur)).name
        == "W. Europe Standard Time"
    )
    again = to_mime(message, Writing(b"")).decode()
    assert "DTSTART;TZID=Europe/Berlin:20240101T090000\r\n" in again
    assert "EXDATE;TZID=Europe/Berlin:20240108T090000\r\n" in again
    assert get(from_mime(again.encode()), named_tags.PidLidAppointmentRecur) == found.format()


def test_instance_of_series() -> None:
    """An instance that is not like the others is an event of its own."""
    message = mail(calendar("", *ONE, "RRULE:FREQ=DAILY;COUNT=5"))
    found = parse_recurrence(get(message, named_tags.PidLidAppointmentRecur))
    day = minutes_of(date(2024, 7, 3))
    moved = Instance(day + 660, day + 750, day + 600, ((Override.BUSY_STATUS, 0),), subject="Élan")
    other = Recurrence(_with(found.pattern, day), found.start_offset, found.end_offset, (moved,))
    assert parse_recurrence(other.format()) == other
    set_value(message.properties, named_tags.PidLidAppointmentRecur, other.format())
    text = to_mime(message, Writing(b""))
    assert b"text/calendar" in text
    assert b"EXDATE" not in text
    assert b"RECURRENCE-ID:20240703T100000Z" in text
    assert b"DTSTART:20240703T110000Z" in text
    again = parse_recurrence(get(from_mime(text), named_tags.PidLidAppointmentRecur))
    assert again.instances == (moved,)
    assert again.pattern == other.pattern


def test_times_of_other_zones() -> None:
    """What is excluded, or ends, by another clock is converted; a time without a zone is that of the event."""
    begin = "DTSTART;TZID=Europe/Berlin:20240101T090000"
    for without in ("EXDATE:20240108T080000Z", "EXDATE:20240108T090000", "EXDATE;VALUE=DATE:20240108"):
        text = calendar("REQUEST", begin, "DTEND:20240101T090000Z", "RRULE:FREQ=DAILY", without)
        message = mail(text.replace("BEGIN:VEVENT", BERLIN + "BEGIN:VEVENT"))
        found = parse_recurrence(get(message, named_tags.PidLidAppointmentRecur))
        assert found.pattern.deleted == (minutes_of(date(2024, 1, 8)),)
        assert (found.start_offset, found.end_offset) == (540, 600)


def _with(pattern: Pattern, day: int) -> Pattern:
    return replace(pattern, deleted=(day,), modified=(day,))


ITEM = (*ONE, "DESCRIPTION:What\\nwe do", "CLASS:PRIVATE", "X-MICROSOFT-CDO-BUSYSTATUS:OOF", "SEQUENCE:1",
    "ORGANIZER;CN=Boss:mailto:boss@x.example", "ATTENDEE;CN=Alice;PARTSTAT=ACCEPTED:mailto:alice@example.org",
    "ATTENDEE;CUTYPE=ROOM:mailto:room@example.org", "BEGIN:VALARM", "TRIGGER:-PT30M", "END:VALARM")  # fmt: skip


def test_item_there_and_back() -> None:
    """An appointment is written as a calendar from which it can be had again. By the message id that it gets then it is
    known, and no longer by its topic."""
    item = mail(calendar("", *ITEM))
    assert get(item, tags.PidTagBody) == "What\r\nwe do"
    assert get(item, named_tags.PidLidBusyStatus) == 3
    assert get(item, named_tags.PidLidReminderDelta) == 30
    assert [value_of(r.properties, tags.PidTagRecipientType) for r in item.recipients] == [1, 1, 3]
    assert [value_of(r.properties, tags.PidTagRecipientFlags) for r in item.recipients] == [3, 1, 1]
    again = from_mime(to_mime(item, Writing(b"")))
    ignored = {tags.PidTagTransportMessageHeaders.id, tags.PidTagMessageSize.id, tags.PidTagSearchKey.id}
    ignored |= {tags.PidTagConversationId.id, tags.PidTagConversationIndexTracking.id}
    same = [key for key, typed in item.properties.items() if again.properties.get(key) == typed]
    changed = {str(key) for key in item.properties if key not in same and key not in ignored}
    assert changed <= {
        str(named_tags.PidLidInboundICalStream.name),
        str(tags.PidTagPriority.id),
        str(tags.PidTagBody.id),
    }
    assert [r.properties for r in again.recipients] == [r.properties for r in item.recipients]


def test_answer() -> None:
    """An answer goes to who organizes, and is of who sends it."""
    message = from_mime(b"From: Alice <alice@example.org>\r\nTo: Boss <boss@x.example>\r\nSubject: Yes\r\n\r\n")
    set_value(message.properties, tags.PidTagMessageClass, "IPM.Schedule.Meeting.Resp.Pos")
    set_value(
        message.properties, named_tags.PidLidAppointmentStartWhole, file_time_of(minutes_of(date(2024, 7, 1), 10))
    )
    set_value(message.properties, named_tags.PidLidGlobalObjectId, FOREIGN)
    data = to_mime(message, Writing(b""))
    assert b"method=REPLY" in data
    text = data.replace(b"\r\n ", b"").replace(b"=\r\n", b"").decode()
    assert "ORGANIZER;CN=Boss:mailto:boss@x.example\r\n" in text
    assert "ATTENDEE;CN=Alice;PARTSTAT=ACCEPTED:mailto:alice@example.org\r\n" in text
    assert "UID:{81412D3C-2A24-4E9D-B20E-11F7BBE92799}\r\n" in text


def test_broken_times() -> None:
    """An appointment whose times make no sense is written as the text that it has."""
    message = Message()
    set_value(message.properties, tags.PidTagMessageClass, "IPM.Appointment")
    set_value(message.properties, tags.PidTagBody, "Hi\r\n")
    set_value(message.properties, named_tags.PidLidAppointmentStartWhole, (1 << 63) - 1)
    assert b"text/plain" in to_mime(message, Writing(b""))


# Anything
@pytest.mark.fuzz
@MANY
@given(st.binary(max_size=200), st.integers(0, 80))
def test_any_blob(more: bytes, cut: int) -> None:
    """Whatever is called a recurrence, or a zone, is one or bad syntax; what is written of it is no error."""
    data = bytes.fromhex(WEEKLY)[:cut] + more
    message = Message()
    set_value(message.properties, tags.PidTagMessageClass, "IPM.Appointment")
    for tag in (named_tags.PidLidAppointmentRecur, named_tags.PidLidTimeZoneStruct, named_tags.PidLidGlobalObjectId):
        set_value(message.properties, tag, data)
    set_value(message.properties, named_tags.PidLidAppointmentTimeZoneDefinitionRecur, more)
    with contextlib.suppress(BadSyntax):
        parse_recurrence(data).format()
    assert to_mime(message, Writing(b""))


ODD = ("DTSTART;VALUE=DATE:20240229", "DTSTART:99999999T999999", "DTSTART:16010101T000000")
ODD_SERIES = ("RRULE:FREQ=YEARLY;UNTIL=99991231", "RECURRENCE-ID:20240101T000000", "END:VEVENT\r\nBEGIN:VEVENT")
LINES = st.sampled_from([*ITEM, *ODD, *ODD_SERIES])


@pytest.mark.fuzz
@MANY
@given(st.lists(LINES | st.text(max_size=40), max_size=12), st.sampled_from(["", "REQUEST", "REPLY", "COUNTER"]))
def test_any_calendar(lines: list[str], method: str) -> None:
    """Whatever is called a calendar makes a message, and that can be written."""
    message = from_mime(
        f"{HEAD}Content-Type: text/calendar\r\n\r\n{calendar(method, *lines)}".encode("utf-8", "replace")
    )
    assert "could not be read" not in get(message, tags.PidTagSubject)
    assert to_mime(message, Writing(b""))


def test_utc() -> None:
    """What tells no zone is in that of everybody."""
    assert UTC.to_utc(5) == UTC.to_local(5) == 5
