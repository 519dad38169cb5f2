"""An event of iCalendar → the properties of an appointment or a meeting message – [MS-OXCICAL] 2.1.3."""

from __future__ import annotations

import re

from posthouse.model.address import Address

from ... import named_tags, tags
from ...named_tags import NamedTag
from ...objects import Message, Properties, Recipient, set_value, value_of
from ...property_values import PropertyTag
from ..address_book import AddressBook
from ..bodies import PLAIN, native_body
from ..header_in import recipient_properties
from ..people import MAX_NAME, SENDER, SENT_REPRESENTING, Person, display_list, person_properties
from ..subjects import split_subject
from .content_lines import Component, Line, in_lines, split_value
from .events import Event, busy_of, local_time, read_event, reminder_of
from .global_object_ids import clean_id, global_object_id
from .moments import FOREVER, file_time_of
from .recurrence import End, Frequency
from .time_zones import Zone, format_definition, format_zone
from .zone_names import windows_name

MAX_CALENDAR = 1024 * 1024
MAX_ATTENDEES = 500
MAX_TEXT = 32 * 1024

_CLASSES = {
    "REQUEST": "IPM.Schedule.Meeting.Request",
    "CANCEL": "IPM.Schedule.Meeting.Canceled",
    "COUNTER": "IPM.Schedule.Meeting.Resp.Tent",
}
_RESPONSES = {"ACCEPTED": "Pos", "TENTATIVE": "Tent", "DECLINED": "Neg"}
_TRACK = {"TENTATIVE": 2, "ACCEPTED": 3, "DECLINED": 4}
_SENSITIVITY = {"PUBLIC": 0, "X-PERSONAL": 1, "PRIVATE": 2, "CONFIDENTIAL": 3}
_ORGANIZER_FLAGS = 3
_REQUIRED, _OPTIONAL, _RESOURCE = 1, 2, 3


def read_calendar(text: str, message: Message, book: AddressBook, as_item: bool) -> bool:
    """Makes of the message what the calendar says. `as_item`: without a method it is an appointment, and not a file
    that came with mail. False, and nothing done: it is not one event, or more than a pattern tells."""
    event = read_event(text[:MAX_CALENDAR])
    if event is None or not (event.method or as_item):
        return False
    message_class = _class_of(event)
    if message_class is None:
        return False
    is_item = not event.method
    properties = message.properties
    set_value(properties, tags.PidTagMessageClass, message_class)
    _add_times(event, properties)
    _add_recurrence(event, properties)
    _add_identity(event, properties)
    _add_state(event, properties)
    _add_texts(event, properties, is_item)
    _add_reminder(event, properties)
    _add_people(event, message, book, is_item)
    return True


def _class_of(event: Event) -> str | None:
    if not event.method:
        return "IPM.Appointment"
    if event.method == "REPLY":
        answers = {line.params.get("PARTSTAT", "").upper() for line in event.component.all("ATTENDEE")}
        response = next((suffix for word, suffix in _RESPONSES.items() if word in answers), None)
        return None if response is None else f"IPM.Schedule.Meeting.Resp.{response}"
    return _CLASSES.get(event.method)


# Properties
def _set(properties: Properties, value: object, *found: PropertyTag | NamedTag) -> None:
    for tag in found:
        set_value(properties, tag, value)


def _add_times(event: Event, properties: Properties) -> None:
    begin = named_tags.PidLidAppointmentStartWhole, named_tags.PidLidCommonStart, tags.PidTagStartDate
    end = named_tags.PidLidAppointmentEndWhole, named_tags.PidLidCommonEnd, tags.PidTagEndDate
    _set(properties, event.utc(event.start), *begin)
    _set(properties, event.utc(event.end), *end)
    set_value(properties, named_tags.PidLidAppointmentDuration, event.end - event.start)
    set_value(properties, named_tags.PidLidAppointmentSubType, event.all_day)
    if not event.zone.is_utc and not event.recurrence:
        definition = format_definition(_known(event.zone), 0)
        display = named_tags.PidLidAppointmentTimeZoneDefinitionStartDisplay
        _set(properties, definition, display, named_tags.PidLidAppointmentTimeZoneDefinitionEndDisplay)


_KINDS = {Frequency.DAILY: 1, Frequency.WEEKLY: 2, Frequency.MONTHLY: 3, Frequency.YEARLY: 4}


def _add_recurrence(event: Event, properties: Properties) -> None:
    recurrence = event.recurrence
    set_value(properties, named_tags.PidLidRecurring, recurrence is not None)
    if recurrence is None:
        set_value(properties, named_tags.PidLidRecurrenceType, 0)
        return
    pattern = recurrence.pattern
    set_value(properties, named_tags.PidLidAppointmentRecur, recurrence.format())
    set_value(properties, named_tags.PidLidRecurrenceType, _KINDS[pattern.frequency])
    set_value(properties, named_tags.PidLidIsRecurring, True)
    set_value(properties, named_tags.PidLidClipStart, event.utc(pattern.start))
    last = file_time_of(FOREVER) if pattern.end_type is End.NEVER else event.utc(pattern.end)
    set_value(properties, named_tags.PidLidClipEnd, last)
    set_value(properties, named_tags.PidLidTimeZoneStruct, format_zone(event.zone))
    set_value(properties, named_tags.PidLidTimeZoneDescription, event.zone.name)
    set_value(properties, named_tags.PidLidAppointmentTimeZoneDefinitionRecur, format_definition(_known(event.zone), 1))


def _known(zone: Zone) -> Zone:
    """By the name under which Windows knows it."""
    return zone._replace(name=windows_name(zone.name))


def _add_identity(event: Event, properties: Properties) -> None:
    uid = event.component.text("UID").strip()
    if uid:
        found = global_object_id(uid, event.instance)
        set_value(properties, named_tags.PidLidGlobalObjectId, found)
        set_value(properties, named_tags.PidLidCleanGlobalObjectId, clean_id(found))
    if event.instance is not None:
        set_value(properties, named_tags.PidLidIsException, True)
    sequence = event.component.text("X-MICROSOFT-CDO-APPT-SEQUENCE") or event.component.text("SEQUENCE")
    number = sequence.strip()
    set_value(properties, named_tags.PidLidAppointmentSequence, int(number) if _is_number(number) else 0)
    owner = event.component.text("X-MICROSOFT-CDO-OWNERAPPTID").strip()
    if re.fullmatch(r"-?\d{1,10}", owner) and -(1 << 31) <= int(owner) < 1 << 31:
        set_value(properties, tags.PidTagOwnerAppointmentId, int(owner))
    stamp = event.component.get("DTSTAMP")
    local = None if stamp is None else local_time(stamp, {})
    if local is not None:
        is_answer = event.method in ("REPLY", "COUNTER")
        change = named_tags.PidLidAttendeeCriticalChange if is_answer else named_tags.PidLidOwnerCriticalChange
        set_value(properties, change, file_time_of(local))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9


def _add_state(event: Event, properties: Properties) -> None:
    component = event.component
    busy = busy_of(component)
    is_meeting = bool(event.method) or bool(component.all("ATTENDEE"))
    cancelled = event.method == "CANCEL"
    if event.method == "REQUEST":  # until it is answered, it is tentative; then it is what was meant
        set_value(properties, named_tags.PidLidIntendedBusyStatus, busy)
        set_value(properties, named_tags.PidLidMeetingType, 1)
        busy = 1 if busy else 0
    set_value(properties, named_tags.PidLidBusyStatus, 0 if cancelled else busy)
    set_value(
        properties,
        named_tags.PidLidAppointmentStateFlags,
        (3 if event.method else 1 if is_meeting else 0) | 4 * cancelled,
    )
    set_value(properties, named_tags.PidLidResponseStatus, 5 if event.method == "REQUEST" else 0)
    if event.method == "COUNTER":
        set_value(properties, named_tags.PidLidAppointmentCounterProposal, True)
        set_value(properties, named_tags.PidLidAppointmentProposedStartWhole, event.utc(event.start))
        set_value(properties, named_tags.PidLidAppointmentProposedEndWhole, event.utc(event.end))
    if is_meeting and event.method in ("", "REQUEST"):
        wanted = any(line.params.get("RSVP", "").upper() == "TRUE" for line in component.all("ATTENDEE"))
        _set(properties, wanted, tags.PidTagResponseRequested, tags.PidTagReplyRequested)
    importance = _importance(component)
    if importance is not None and value_of(properties, tags.PidTagImportance, 1) == 1:
        set_value(properties, tags.PidTagImportance, importance)
    if component.text("X-MICROSOFT-DISALLOW-COUNTER").upper() == "TRUE":
        set_value(properties, named_tags.PidLidAppointmentNotAllowPropose, True)


def _importance(component: Component) -> int | None:
    """The first that tells: Microsoft's own number, or the priority; None: neither does."""
    own, priority = component.text("X-MICROSOFT-CDO-IMPORTANCE").strip(), component.text("PRIORITY").strip()
    if own in ("0", "1", "2"):
        return int(own)
    if priority not in (*"123456789",):
        return None
    return 2 if priority < "5" else 1 if priority == "5" else 0


def _add_texts(event: Event, properties: Properties, is_item: bool) -> None:
    component = event.component
    location = in_lines(component.text("LOCATION")[:255])
    _set(properties, location, named_tags.PidLidLocation, *([named_tags.PidLidWhere] if event.method else []))
    sensitivity = _SENSITIVITY.get(component.text("CLASS").upper())
    if sensitivity is not None:
        set_value(properties, tags.PidTagSensitivity, sensitivity)
    categories = [word.strip() for line in component.all("CATEGORIES") for word in split_value(line.value, ",")]
    if categories:
        set_value(properties, named_tags.PidNameKeywords, tuple(dict.fromkeys(word for word in categories if word)))
    if not native_body(properties):
        set_value(properties, tags.PidTagBody, in_lines(component.text("DESCRIPTION")[:MAX_TEXT]))
        set_value(properties, tags.PidTagNativeBody, PLAIN)
    if not is_item:
        return
    prefix, normalized = split_subject(component.text("SUMMARY"))
    set_value(properties, tags.PidTagSubject, prefix + normalized)
    set_value(properties, tags.PidTagSubjectPrefix, prefix)
    set_value(properties, tags.PidTagNormalizedSubject, normalized)


def _add_reminder(event: Event, properties: Properties) -> None:
    delta = reminder_of(event.component)
    set_value(properties, named_tags.PidLidReminderSet, delta is not None)
    if delta is not None:
        set_value(properties, named_tags.PidLidReminderDelta, delta)
        set_value(properties, named_tags.PidLidReminderTime, event.utc(event.start))
        set_value(properties, named_tags.PidLidReminderSignalTime, event.utc(event.start) - file_time_of(delta))


# People
def _add_people(event: Event, message: Message, book: AddressBook, is_item: bool) -> None:
    """Of a message its header says who sends it to whom; of an item the event does."""
    organizer = event.component.get("ORGANIZER")
    person = None if organizer is None else _person(organizer, book)
    attendees = [(line, _person(line, book)) for line in event.component.all("ATTENDEE")[:MAX_ATTENDEES]]
    if event.method == "REQUEST":
        names = [found.name for line, found in attendees if found and _kind(line) == _REQUIRED]
        set_value(message.properties, named_tags.PidLidRequiredAttendees, "; ".join(names)[:MAX_TEXT])
    if not is_item:
        return
    message.recipients = []
    people = [(_REQUIRED, person)] if person else []
    if person is not None:
        message.properties.update(person_properties(SENT_REPRESENTING, person))
        message.properties.update(person_properties(SENDER, person))
        _add_recipient(message, person, _REQUIRED, _ORGANIZER_FLAGS, 0)
    for line, found in attendees:
        if found is not None and (person is None or found.address.lower() != person.address.lower()):
            status = _TRACK.get(line.params.get("PARTSTAT", "").upper(), 0)
            _add_recipient(message, found, _kind(line), 1, status)
            people.append((_kind(line), found))
    for kind, tag in _DISPLAYED.items():
        set_value(message.properties, tag, display_list(each for its, each in people if its == kind))


_DISPLAYED = {_REQUIRED: tags.PidTagDisplayTo, _OPTIONAL: tags.PidTagDisplayCc, _RESOURCE: tags.PidTagDisplayBcc}


def _add_recipient(message: Message, person: Person, kind: int, flags: int, status: int) -> None:
    row = len(message.recipients)
    properties = recipient_properties(person, kind, row)
    set_value(properties, tags.PidTagRecipientFlags, flags)
    set_value(properties, tags.PidTagRecipientTrackStatus, status)
    message.recipients.append(Recipient(row, properties))


def _kind(line: Line) -> int:
    if line.params.get("CUTYPE", "").upper() in ("RESOURCE", "ROOM"):
        return _RESOURCE
    return _OPTIONAL if line.params.get("ROLE", "").upper() in ("OPT-PARTICIPANT", "NON-PARTICIPANT") else _REQUIRED


def _person(line: Line, book: AddressBook) -> Person | None:
    value = line.value.strip()
    address = value[7:] if value.lower().startswith("mailto:") else ""
    local, at, domain = address.rpartition("@")
    if not at:
        return None
    address = str(Address(local, domain))[:1024]
    return Person(line.params.get("CN", "").strip()[:MAX_NAME] or address, address, book.by_address(address))
