"""Time zones: VTIMEZONE (RFC 5545 §3.6.5) ⇄ PidLidTimeZoneStruct and definitions ([MS-OXOCAL] 2.2.1.39 to 2.2.1.43).

Of a zone's history only its present rules are kept: from when on it has summer time each year, and until when.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from struct import Struct, pack
from typing import NamedTuple

from posthouse.model.refusals import BadSyntax

from ...reader import Reader
from .content_lines import Component, Line
from .moments import day_of, minutes_of

_BIASES = Struct("<iii")
_SYSTEM_TIME = Struct("<8H")
_EFFECTIVE = 2
WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
_BYDAY = re.compile(r"([+-]?\d)(SU|MO|TU|WE|TH|FR|SA)")


class Change(NamedTuple):
    """When a clock is changed, each year; by the clock that is changed."""

    month: int
    weekday: int
    """0: Sunday."""
    nth: int
    """1 to 5; 5: the last."""
    hour: int
    minute: int

    def in_year(self, year: int) -> int:
        """Minutes since 1601."""
        first = date(year, self.month, 1)
        day = 1 + (self.weekday - first.isoweekday()) % 7 + 7 * (self.nth - 1)
        last = monthrange(year, self.month)[1]
        while day > last:
            day -= 7
        return minutes_of(first + timedelta(day - 1), self.hour, self.minute)


class Zone(NamedTuple):
    name: str
    bias: int
    """Minutes from local time to UTC, in winter."""
    standard: Change | None = None
    daylight: Change | None = None
    daylight_bias: int = -60
    """Minutes that come to it in summer."""

    @property
    def is_utc(self) -> bool:
        return not self.bias and self.daylight is None

    def to_utc(self, local: int) -> int:
        """Minutes since 1601."""
        return local + self.bias + (self.daylight_bias if self._is_summer(local) else 0)

    def to_local(self, utc: int) -> int:
        winter = utc - self.bias
        summer = winter - self.daylight_bias
        return summer if self.daylight and self._is_summer(summer) else winter

    def _is_summer(self, local: int) -> bool:
        if self.standard is None or self.daylight is None:
            return False
        year = day_of(local).year
        begin, end = self.daylight.in_year(year), self.standard.in_year(year)
        return begin <= local < end if begin < end else not end <= local < begin


UTC = Zone("UTC", 0)


# Structures of MAPI
def format_zone(zone: Zone) -> bytes:
    """PidLidTimeZoneStruct ([MS-OXOCAL] 2.2.1.39)."""
    biases = _BIASES.pack(zone.bias, 0, zone.daylight_bias if zone.daylight else 0)
    return biases + bytes(2) + _format_change(zone.standard) + bytes(2) + _format_change(zone.daylight)


def parse_zone(data: bytes, name: str) -> Zone:
    reader = Reader(data)
    bias, standard_bias, daylight_bias = _BIASES.unpack(reader.take(_BIASES.size))
    reader.u16()
    standard = _read_change(reader)
    reader.u16()
    return Zone(name, bias + standard_bias, standard, _read_change(reader), daylight_bias - standard_bias)


def format_definition(zone: Zone, flags: int) -> bytes:
    """PidLidAppointmentTimeZoneDefinition… ([MS-OXOCAL] 2.2.1.41), of one rule. `flags`: of that rule."""
    name = zone.name.encode("utf-16-le", "replace")[:510]
    head = pack("<BBHHH", 2, 1, 6 + len(name), 2, len(name) // 2) + name + pack("<H", 1)
    rule = pack("<BBHHH", 2, 1, 0x3E, flags | _EFFECTIVE, 1601) + bytes(14)
    biases = _BIASES.pack(zone.bias, 0, zone.daylight_bias if zone.daylight else 0)
    return head + rule + biases + _format_change(zone.standard) + _format_change(zone.daylight)


def parse_definition(data: bytes) -> Zone:
    """By the rule that is in effect, or the last. BadSyntax when there is none."""
    reader = Reader(data)
    reader.take(6)
    name = reader.take(2 * reader.u16()).decode("utf-16-le", "replace")
    found: Zone | None = None
    for _ in range(reader.u16()):
        reader.take(4)
        flags = reader.u16()
        reader.take(16)
        bias, standard_bias, daylight_bias = _BIASES.unpack(reader.take(_BIASES.size))
        standard, daylight = _read_change(reader), _read_change(reader)
        found = Zone(name, bias + standard_bias, standard, daylight, daylight_bias - standard_bias)
        if flags & _EFFECTIVE:
            break
    if found is None:
        raise BadSyntax("the rule of a time zone", reader.at)
    return found


def _format_change(change: Change | None) -> bytes:
    if change is None:
        return bytes(16)
    return _SYSTEM_TIME.pack(0, change.month, change.weekday, change.nth, change.hour, change.minute, 0, 0)


def _read_change(reader: Reader) -> Change | None:
    _, month, weekday, nth, hour, minute, _, _ = _SYSTEM_TIME.unpack(reader.take(_SYSTEM_TIME.size))
    if not 1 <= month <= 12:
        return None
    return Change(month, weekday % 7, min(max(nth, 1), 5), min(hour, 23), min(minute, 59))


# VTIMEZONE
def read_vtimezone(component: Component) -> Zone:
    """Of several rules the last to begin counts."""
    name = component.text("TZID").strip()
    winter, summer = (_latest(component.below(kind)) for kind in ("STANDARD", "DAYLIGHT"))
    if winter is None:
        return Zone(name, 0) if summer is None else Zone(name, -_minutes(summer, "TZOFFSETTO"))
    bias = -_minutes(winter, "TZOFFSETTO")
    if summer is None:
        return Zone(name, bias)
    standard, daylight = _change(winter), _change(summer)
    if standard is None or daylight is None:
        return Zone(name, bias)
    return Zone(name, bias, standard, daylight, -_minutes(summer, "TZOFFSETTO") - bias)


def _latest(rules: list[Component]) -> Component | None:
    return max(rules, key=lambda rule: rule.text("DTSTART"), default=None)


def _minutes(rule: Component, name: str) -> int:
    found = _OFFSET.match(rule.text(name).strip())
    if found is None:
        return 0
    minutes = int(found[2]) * 60 + int(found[3])
    return -minutes if found[1] == "-" else minutes


def _change(rule: Component) -> Change | None:
    parts = rule_parts(rule.get("RRULE"))
    day = _BYDAY.fullmatch(_nth(parts.get("BYMONTHDAY", "")) + parts.get("BYDAY", ""))
    clock = re.fullmatch(r"\d{8}T(\d{2})(\d{2})\d{2}Z?", rule.text("DTSTART").strip())
    month = parts.get("BYMONTH", "")
    if day is None or clock is None or not month.isdigit() or not 1 <= int(month) <= 12:
        return None
    nth = int(day[1])
    hour, minute = min(int(clock[1]), 23), min(int(clock[2]), 59)
    return Change(int(month), WEEKDAYS.index(day[2]), 5 if nth < 0 else min(max(nth, 1), 5), hour, minute)


def _nth(days: str) -> str:
    """Some say the second Sunday as the Sunday from the 8th to the 14th."""
    told = sorted(int(day) for day in days.split(",") if day.strip().isdigit())
    is_week = len(told) == 7 and told[-1] - told[0] == 6
    return str(min((told[0] + 6) // 7, 5)) if is_week else ""


def rule_parts(line: Line | None) -> dict[str, str]:
    """`FREQ=WEEKLY;BYDAY=MO` → its parts, in upper case."""
    if line is None:
        return {}
    parts = (part.partition("=") for part in line.value.upper().split(";")[:20])
    return {name.strip(): value.strip() for name, _, value in parts if value}


def format_vtimezone(zone: Zone) -> Component:
    summer = zone.bias + (zone.daylight_bias if zone.daylight else 0)
    rules = [_format_rule("STANDARD", zone.standard, zone.bias, summer)]
    if zone.standard and zone.daylight:
        rules.append(_format_rule("DAYLIGHT", zone.daylight, summer, zone.bias))
    return Component("VTIMEZONE", [Line("TZID", zone.name)], rules)


def _format_rule(kind: str, change: Change | None, bias: int, before: int) -> Component:
    clock = "000000" if change is None else f"{change.hour:02}{change.minute:02}00"
    lines = [Line("DTSTART", f"16010101T{clock}")]
    if change is not None:
        nth = -1 if change.nth == 5 else change.nth
        lines.append(Line("RRULE", f"FREQ=YEARLY;BYDAY={nth}{WEEKDAYS[change.weekday]};BYMONTH={change.month}"))
    return Component(kind, [*lines, Line("TZOFFSETFROM", _offset(before)), Line("TZOFFSETTO", _offset(bias))])


def _offset(bias: int) -> str:
    return f"{'-' if bias > 0 else '+'}{abs(bias) // 60:02}{abs(bias) % 60:02}"
