"""One event of a calendar, with its times by the clock of its zone – RFC 5545 §3.6.1."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from .content_lines import Component, Line, parse_components
from .known_zones import zone_called
from .moments import DAY, day_of, file_time_of, minutes_of
from .recurrence import Instance, Override, Recurrence
from .recurrence_rules import pattern_of
from .time_zones import UTC, Zone, read_vtimezone, rule_parts

_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z)?)?")
_DURATION = re.compile(r"([+-])?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?")

MAX_EVENTS = 500
"""A series and its instances."""
MAX_NAMED_ZONES = 10


@dataclass(frozen=True, slots=True)
class Event:
    component: Component
    method: str
    """Empty: none, or PUBLISH."""
    zone: Zone
    start: int
    """Minutes since 1601, by the clock of the zone."""
    end: int
    all_day: bool
    recurrence: Recurrence | None
    instance: date | None
    """RECURRENCE-ID, by the clock of the zone."""

    def utc(self, local: int) -> int:
        return file_time_of(self.zone.to_utc(local))


def read_event(text: str) -> Event | None:
    """One event, or a series with what is different about some of its instances. None: it is neither, or has a rule
    that no pattern tells."""
    calendars = [found for found in parse_components(text) if found.name == "VCALENDAR"]
    events = calendars[0].below("VEVENT")[:MAX_EVENTS] if len(calendars) == 1 else []
    if len({event.text("UID") for event in events}) != 1:
        return None
    series = events if len(events) == 1 else [event for event in events if event.get("RECURRENCE-ID") is None]
    if len(series) != 1:
        return None
    zones = {zone.name: zone for zone in map(read_vtimezone, calendars[0].below("VTIMEZONE"))}
    zones |= _named_zones(events, zones)
    method = calendars[0].text("METHOD").strip().upper()
    found = _event(series[0], zones, "" if method == "PUBLISH" else method)
    others = [event for event in events if event is not series[0]]
    return found if found is None or not others else _with_instances(found, others, zones)


def _named_zones(events: list[Component], known: Collection[str]) -> dict[str, Zone]:
    """Of which the calendar does not say the rules."""
    years: dict[str, str] = {}
    for line in (line for event in events for line in event.lines if line.name in _TIMES):
        name = line.params.get("TZID", "")
        if name and name not in known and len(years) < MAX_NAMED_ZONES:
            years.setdefault(name, line.value[:4])
    found = {name: zone_called(name, int(year)) for name, year in years.items() if re.fullmatch("[1-9][0-9]{3}", year)}
    return {name: zone for name, zone in found.items() if zone is not None}


_TIMES = ("DTSTART", "DTEND", "EXDATE", "RECURRENCE-ID")


def _event(component: Component, zones: dict[str, Zone], method: str) -> Event | None:
    start_line = component.get("DTSTART")
    start = None if start_line is None else local_time(start_line, zones)
    if start_line is None or start is None or start_line.params.get("TZID", "") not in {"", *zones}:
        return None  # nobody knows when it is
    zone = zones.get(start_line.params.get("TZID", ""), UTC)
    all_day = "T" not in start_line.value or component.text("X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE"
    end = _end(component, zones, zone, start, all_day)
    recurrence = _recurrence(component, zones, zone, start, end)
    if end < start or (recurrence is None and component.get("RRULE")) or component.get("RDATE"):
        return None
    instance = component.get("RECURRENCE-ID")
    local = None if instance is None else local_time(instance, zones, zone)
    return Event(component, method, zone, start, end, all_day, recurrence, None if local is None else day_of(local))


def _with_instances(event: Event, components: list[Component], zones: dict[str, Zone]) -> Event | None:
    """Each is told by its own times, subject and place ([MS-OXOCAL] 2.2.1.44.2)."""
    recurrence = event.recurrence
    instances = [_instance(component, event, zones) for component in components]
    told = sorted((found for found in instances if found is not None), key=lambda found: found.start)
    if recurrence is None or len(told) != len(components):
        return None
    deleted = {*recurrence.pattern.deleted, *(found.original - found.original % DAY for found in told)}
    modified = tuple(sorted(found.start - found.start % DAY for found in told))
    pattern = replace(recurrence.pattern, deleted=tuple(sorted(deleted)), modified=modified)
    return replace(event, recurrence=replace(recurrence, pattern=pattern, instances=tuple(told)))


def _instance(component: Component, event: Event, zones: dict[str, Zone]) -> Instance | None:
    which, begin = component.get("RECURRENCE-ID"), component.get("DTSTART")
    original = None if which is None else local_time(which, zones, event.zone)
    start = None if begin is None else local_time(begin, zones, event.zone)
    if which is None or original is None or start is None:
        return None
    if "T" not in which.value:
        original += event.start % DAY
    end = max(_end(component, zones, event.zone, start, event.all_day), start)
    subject, location = (_own(component, event.component, name) for name in ("SUMMARY", "LOCATION"))
    return Instance(start, end, original, _own_numbers(component, event), subject, location)


def _own_numbers(component: Component, event: Event) -> tuple[tuple[Override, int], ...]:
    """In the order of a recurrence."""
    told, usual = reminder_of(component), reminder_of(event.component)
    begin = component.get("DTSTART")
    all_day = begin is not None and "T" not in begin.value
    found = (
        (Override.REMINDER_DELTA, told or 0, told is not None and told != usual),
        (Override.REMINDER_SET, int(told is not None), (told is None) != (usual is None)),
        (Override.BUSY_STATUS, busy_of(component), busy_of(component) != busy_of(event.component)),
        (Override.SUB_TYPE, int(all_day), all_day != event.all_day),
    )
    return tuple((flag, value) for flag, value, is_own in found if is_own)


def busy_of(component: Component) -> int:
    """PidLidBusyStatus: of the first that tells: Microsoft's own word, whether it takes time, whether it is certain."""
    own = component.text("X-MICROSOFT-CDO-BUSYSTATUS").upper()
    if own in _BUSY:
        return _BUSY[own]
    if component.text("TRANSP").upper() == "TRANSPARENT":
        return 0
    return _STATUS.get(component.text("STATUS").upper(), 2)


_BUSY = {"FREE": 0, "TENTATIVE": 1, "BUSY": 2, "OOF": 3, "WORKINGELSEWHERE": 4}
_STATUS = {"CANCELLED": 0, "TENTATIVE": 1, "CONFIRMED": 2}


def reminder_of(component: Component) -> int | None:
    """Minutes before it begins; None: nobody is reminded."""
    alarms = component.below("VALARM")
    before = duration_of(alarms[0].text("TRIGGER")) if alarms else None
    return None if before is None else max(-before, 0)


def _own(component: Component, series: Component, name: str) -> str | None:
    text = component.text(name)[:255]
    return None if text == series.text(name)[:255] else text


def local_time(line: Line, zones: dict[str, Zone], zone: Zone | None = None) -> int | None:
    """By the clock of the line's zone, or of that one; a time that tells no zone is of the latter."""
    found = _MOMENT.fullmatch(line.value.strip())
    if found is None:
        return None
    year, month, day, hour, minute, _, is_utc = found.groups()
    try:
        minutes = minutes_of(date(int(year), int(month), int(day)), min(int(hour or 0), 23), min(int(minute or 0), 59))
    except ValueError:
        return None
    if not _EARLIEST <= minutes < _LATEST:
        return None
    own = UTC if is_utc else zones.get(line.params.get("TZID", ""), zone or UTC)
    return minutes if zone is None or own == zone else zone.to_local(own.to_utc(minutes))


_EARLIEST = minutes_of(date(1602, 1, 1))
_LATEST = minutes_of(date(4500, 1, 1))


def _end(component: Component, zones: dict[str, Zone], zone: Zone, start: int, all_day: bool) -> int:
    line = component.get("DTEND")
    end = None if line is None else local_time(line, zones, zone)
    if end is not None:
        return end
    length = duration_of(component.text("DURATION"))
    return start + (length if length is not None else DAY if all_day else 0)


def duration_of(text: str) -> int | None:
    """In minutes."""
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None or not any(found.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in found.groups()[1:])
    total = ((weeks * 7 + days) * 24 + hours) * 60 + minutes + seconds // 60
    return -total if found[1] == "-" else total


def _recurrence(component: Component, zones: dict[str, Zone], zone: Zone, start: int, end: int) -> Recurrence | None:
    rules = component.all("RRULE")
    pattern = pattern_of(rule_parts(rules[0]), day_of(start), start % DAY, zone) if len(rules) == 1 else None
    if pattern is None:
        return None
    excluded = (
        local_time(replace(line, value=value), zones, zone)
        for line in component.all("EXDATE")
        for value in line.value.split(",")[:1000]
    )
    days = sorted({local - local % DAY for local in excluded if local is not None})
    return Recurrence(replace(pattern, deleted=tuple(days)), start % DAY, start % DAY + end - start)
