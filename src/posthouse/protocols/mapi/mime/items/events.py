"""One event of a calendar, with its times by the clock of its zone – RFC 5545 §3.6.1."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from .content_lines import Component, Line, parse_components
from .moments import DAY, day_of, file_time_of, minutes_of
from .recurrence import Recurrence
from .recurrence_rules import pattern_of
from .time_zones import UTC, Zone, read_vtimezone, rule_parts

_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z)?)?")
_DURATION = re.compile(r"([+-])?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?")


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
    """None: it is not one event, or has a rule that no pattern tells."""
    calendars = [found for found in parse_components(text) if found.name == "VCALENDAR"]
    events = calendars[0].below("VEVENT") if len(calendars) == 1 else []
    if len(events) != 1:
        return None
    component = events[0]
    zones = {zone.name: zone for zone in map(read_vtimezone, calendars[0].below("VTIMEZONE"))}
    start_line = component.get("DTSTART")
    start = None if start_line is None else local_time(start_line, zones)
    if start_line is None or start is None:
        return None
    zone = zones.get(start_line.params.get("TZID", ""), UTC)
    all_day = "T" not in start_line.value or component.text("X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE"
    end = _end(component, zones, zone, start, all_day)
    recurrence = _recurrence(component, zones, start, end)
    if end < start or (recurrence is None and component.get("RRULE")) or component.get("RDATE"):
        return None
    method = calendars[0].text("METHOD").strip().upper()
    event = Event(component, "" if method == "PUBLISH" else method, zone, start, end, all_day, recurrence, None)
    instance = component.get("RECURRENCE-ID")
    local = None if instance is None else local_time(instance, zones, zone)
    return event if local is None else replace(event, instance=day_of(local))


def local_time(line: Line, zones: dict[str, Zone], zone: Zone | None = None) -> int | None:
    """By the clock of the line's zone, or of that one: what is in UTC is converted."""
    found = _MOMENT.fullmatch(line.value.strip())
    if found is None:
        return None
    year, month, day, hour, minute, _, is_utc = found.groups()
    try:
        minutes = minutes_of(date(int(year), int(month), int(day)), min(int(hour or 0), 23), min(int(minute or 0), 59))
    except ValueError:
        return None
    if not 0 <= minutes < _LATEST:
        return None
    own = zones.get(line.params.get("TZID", ""), UTC)
    if zone is None or (own == zone and not is_utc):
        return own.to_local(minutes) if is_utc and not own.is_utc else minutes
    return zone.to_local(minutes if is_utc else own.to_utc(minutes))


_LATEST = minutes_of(date(9000, 1, 1))


def _end(component: Component, zones: dict[str, Zone], zone: Zone, start: int, all_day: bool) -> int:
    line = component.get("DTEND")
    end = None if line is None else local_time(line, zones, zone if "T" in line.value else None)
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


def _recurrence(component: Component, zones: dict[str, Zone], start: int, end: int) -> Recurrence | None:
    rules = component.all("RRULE")
    pattern = pattern_of(rule_parts(rules[0]), day_of(start)) if len(rules) == 1 else None
    if pattern is None:
        return None
    excluded = (
        local_time(replace(line, value=value), zones)
        for line in component.all("EXDATE")
        for value in line.value.split(",")[:1000]
    )
    days = sorted({local - local % DAY for local in excluded if local is not None})
    return Recurrence(replace(pattern, deleted=tuple(days)), start % DAY, start % DAY + end - start)
