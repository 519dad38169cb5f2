"""Appointments and meeting messages → iCalendar – [MS-OXCICAL] 2.1.3, from right to left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

from ... import named_tags, tags
from ...moments import EPOCH
from ...objects import Message, Properties, value_of
from ..bodies import plain_body
from ..header_out import Writing, subject_of
from .attendees import people_of
from .content_lines import Component, Line, format_text
from .global_object_ids import instance_of, uid_of
from .moments import DAY, day_of, minutes_of, minutes_of_file_time
from .recurrence import Instance, Override
from .recurrence_rules import rule_of
from .time_zones import format_vtimezone
from .times import Times, times_of

PRODUCT = "-//Posthouse//Mail hub//EN"

_MESSAGES = "ipm.schedule.meeting."
_METHODS = {"request": "REQUEST", "canceled": "CANCEL", "resp.pos": "REPLY", "resp.tent": "REPLY", "resp.neg": "REPLY"}
_ANSWERS = {"resp.pos": "ACCEPTED", "resp.tent": "TENTATIVE", "resp.neg": "DECLINED"}
_BUSY = ("FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE")
_CLASSES = {1: "X-PERSONAL", 2: "PRIVATE", 3: "CONFIDENTIAL"}
_PRIORITY = {0: "9", 2: "1"}
_FREE = (0, 4)


class Calendar(NamedTuple):
    method: str
    """Empty: of an item, which is nobody's message."""
    text: str


def _line(times: Times, name: str, local: int) -> Line:
    if times.all_day:
        return Line(name, f"{day_of(local):%Y%m%d}", {"VALUE": "DATE"})
    if times.needs_zone:
        return Line(name, _clock(local), {"TZID": times.zone.name})
    return Line(name, _clock(times.zone.to_utc(local)) + "Z")


def _clock(minutes: int) -> str:
    return f"{day_of(minutes):%Y%m%d}T{minutes % DAY // 60:02}{minutes % 60:02}00"


def calendar_of(message: Message, writing: Writing) -> Calendar | None:
    """None: it is neither, or its times make no sense."""
    message_class = (value_of(message.properties, tags.PidTagMessageClass) or "").lower()
    kind = message_class[len(_MESSAGES) :] if message_class.startswith(_MESSAGES) else ""
    method = _METHODS.get(kind, "")
    if not method and not message_class.startswith("ipm.appointment"):
        return None
    try:
        return Calendar(method, _calendar(message, writing, method, _ANSWERS.get(kind, "")).format())
    except (ValueError, OverflowError):
        return None


def _calendar(message: Message, writing: Writing, method: str, answer: str) -> Component:
    times = times_of(message.properties)
    if method == "REPLY" and value_of(message.properties, named_tags.PidLidAppointmentCounterProposal):
        method = "COUNTER"
    lines = [Line("PRODID", PRODUCT), Line("VERSION", "2.0"), *([Line("METHOD", method)] if method else [])]
    zones = [format_vtimezone(times.zone)] if times.needs_zone else []
    uid = _uid(message.properties, writing)
    shared = [
        Line("UID", format_text(uid)),
        Line("DTSTAMP", _clock(_stamp(message.properties, writing)) + "Z"),
        Line("SEQUENCE", str(max(value_of(message.properties, named_tags.PidLidAppointmentSequence, 0), 0))),
        *people_of(message, writing, method, answer),
    ]
    event = Component("VEVENT", [*shared, *_event(message, times, method)], _alarms(message.properties, method, {}))
    moved = [_moved(instance, message, times, method, shared) for instance in _instances(times)]
    return Component("VCALENDAR", lines, [*zones, event, *moved])


# What is told
def _stamp(properties: Properties, writing: Writing) -> int:
    for tag in (named_tags.PidLidAttendeeCriticalChange, named_tags.PidLidOwnerCriticalChange):
        told = value_of(properties, tag)
        if told:
            return minutes_of_file_time(told)
    return int(writing.moment + EPOCH) // 60


def _uid(properties: Properties, writing: Writing) -> str:
    found = value_of(properties, named_tags.PidLidGlobalObjectId)
    return uid_of(found) if found else f"{blake2b(writing.seed, digest_size=16).hexdigest()}@{writing.domain}"


# The event
def _event(message: Message, times: Times, method: str) -> Iterator[Line]:
    properties = message.properties
    yield _line(times, "DTSTART", times.start)
    yield _line(times, "DTEND", times.end)
    yield from _series(times)
    instance = instance_of(value_of(properties, named_tags.PidLidGlobalObjectId) or b"")
    if instance is not None and times.recurrence is None:
        replaced = value_of(properties, named_tags.PidLidExceptionReplaceTime)
        local = minutes_of(instance) + times.start % DAY
        yield _line(times, "RECURRENCE-ID", times.zone.to_local(minutes_of_file_time(replaced)) if replaced else local)
    yield Line("SUMMARY", format_text(subject_of(properties)))
    yield from _texts(properties, value_of(properties, named_tags.PidLidLocation), plain_body(properties))
    yield from _state(properties, times.all_day, method, value_of(properties, named_tags.PidLidBusyStatus, 2))


def _series(times: Times) -> Iterator[Line]:
    if times.recurrence is None:
        return
    pattern = times.recurrence.pattern
    yield Line("RRULE", rule_of(pattern, _until(times, pattern.end + times.recurrence.start_offset)) or "")
    moved = {instance.original - instance.original % DAY for instance in times.recurrence.instances}
    for day in pattern.deleted:
        if day not in moved:
            yield _line(times, "EXDATE", day + times.recurrence.start_offset)


def _until(times: Times, last: int) -> str:
    """The beginning of the last instance: in UTC, whichever zone the series is in (RFC 5545 §3.3.10)."""
    return f"{day_of(last):%Y%m%d}" if times.all_day else _clock(times.zone.to_utc(last)) + "Z"


def _instances(times: Times) -> tuple[Instance, ...]:
    return () if times.recurrence is None else times.recurrence.instances


def _moved(instance: Instance, message: Message, times: Times, method: str, shared: list[Line]) -> Component:
    """An instance that is not like the others, with all that it has: what it has not, clients take for gone."""
    properties, own = message.properties, dict(instance.numbers)
    mine = times._replace(all_day=bool(own.get(Override.SUB_TYPE, times.all_day)))
    location = value_of(properties, named_tags.PidLidLocation) if instance.location is None else instance.location
    busy = own.get(Override.BUSY_STATUS, value_of(properties, named_tags.PidLidBusyStatus, 2))
    lines = [
        *shared,
        _line(times, "RECURRENCE-ID", instance.original),
        _line(mine, "DTSTART", instance.start),
        _line(mine, "DTEND", instance.end),
        Line("SUMMARY", format_text(subject_of(properties) if instance.subject is None else instance.subject)),
        *_texts(properties, location, _own_text(instance, message, times)),
        *_state(properties, mine.all_day, method, busy),
    ]
    return Component("VEVENT", lines, _alarms(properties, method, own))


def _own_text(instance: Instance, message: Message, times: Times) -> str | None:
    """Of the exception attachment ([MS-OXOCAL] 2.2.10.1), or that of all."""
    when = times.zone.to_utc(instance.original)
    for inner in (attachment.embedded for attachment in message.attachments):
        replaced = inner and value_of(inner.properties, named_tags.PidLidExceptionReplaceTime)
        if inner and replaced and minutes_of_file_time(replaced) == when:
            own = plain_body(inner.properties)
            return plain_body(message.properties) if own is None else own
    return plain_body(message.properties)


def _texts(properties: Properties, location: str | None, text: str | None) -> Iterator[Line]:
    body = (text or "").strip()
    if body:
        yield Line("DESCRIPTION", format_text(body))
    if location:
        yield Line("LOCATION", format_text(location))
    words = value_of(properties, named_tags.PidNameKeywords)
    if words:
        yield Line("CATEGORIES", ",".join(map(format_text, words)))
    kind = _CLASSES.get(value_of(properties, tags.PidTagSensitivity, 0))
    yield Line("CLASS", kind or "PUBLIC")
    priority = _PRIORITY.get(value_of(properties, tags.PidTagImportance, 1))
    yield Line("PRIORITY", priority or "5")


def _state(properties: Properties, all_day: bool, method: str, shown: int) -> Iterator[Line]:
    meant = value_of(properties, named_tags.PidLidIntendedBusyStatus, shown) if method == "REQUEST" else shown
    busy = meant if 0 <= meant < len(_BUSY) else 2
    yield Line("TRANSP", "TRANSPARENT" if busy in _FREE else "OPAQUE")
    yield Line("STATUS", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    yield Line("X-MICROSOFT-CDO-BUSYSTATUS", "TENTATIVE" if method == "REQUEST" else _BUSY[busy])
    if method == "REQUEST":
        yield Line("X-MICROSOFT-CDO-INTENDEDSTATUS", _BUSY[busy])
    yield Line("X-MICROSOFT-CDO-ALLDAYEVENT", "TRUE" if all_day else "FALSE")
    importance = value_of(properties, tags.PidTagImportance)
    if importance in (0, 1, 2):
        yield Line("X-MICROSOFT-CDO-IMPORTANCE", str(importance))
    owner = value_of(properties, tags.PidTagOwnerAppointmentId)
    if owner is not None:
        yield Line("X-MICROSOFT-CDO-OWNERAPPTID", str(owner))
    if value_of(properties, named_tags.PidLidAppointmentNotAllowPropose):
        yield Line("X-MICROSOFT-DISALLOW-COUNTER", "TRUE")


def _alarms(properties: Properties, method: str, own: Mapping[Override, int]) -> list[Component]:
    """Of one's own items: others have their own wishes. `own`: what an instance has."""
    is_set = own.get(Override.REMINDER_SET, value_of(properties, named_tags.PidLidReminderSet))
    if method or not is_set:
        return []
    told = own.get(Override.REMINDER_DELTA, value_of(properties, named_tags.PidLidReminderDelta, 15))
    delta = min(max(told, 0), 1 << 20)
    lines = [Line("ACTION", "DISPLAY"), Line("DESCRIPTION", "Reminder"), Line("TRIGGER", f"-PT{delta}M")]
    return [Component("VALARM", lines)]
