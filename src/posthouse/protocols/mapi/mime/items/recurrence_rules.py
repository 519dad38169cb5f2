"""RRULE ⇄ the pattern of a recurrence – RFC 5545 §3.3.10, [MS-OXCICAL] 2.1.3.2.

Patterns know less than rules. A rule that none can tell is not half told, and the event stays the file that it is.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import takewhile

from .moments import DAY, FOREVER, day_of, minutes_of
from .recurrence import End, Frequency, Kind, Pattern
from .time_zones import UTC, WEEKDAYS, Zone

MAX_COUNT = 5_000
_LAST = 5
_ENDLESS_COUNT = 10
_WORKDAYS = 0x3E
_NTH = re.compile(r"([+-]?[1-5])?(SU|MO|TU|WE|TH|FR|SA)")
_KNOWN = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"))
_UNTIL = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(?:\d{2})?(Z)?)?")


# Rule → pattern
def pattern_of(parts: dict[str, str], start: date, clock: int = 0, zone: Zone = UTC) -> Pattern | None:
    """`parts`: of the rule, in upper case; `start`, `clock`: of the first instance, the day and the minute of the day,
    by local time."""
    if not set(parts) <= _KNOWN:
        return None
    interval = _number(parts.get("INTERVAL", "1"), 999)
    days = _days(parts.get("BYDAY", ""))
    if interval is None or days is None:
        return None
    first_day = WEEKDAYS.index(parts["WKST"]) if parts.get("WKST") in WEEKDAYS else 1
    build = {"DAILY": _daily, "WEEKLY": _weekly, "MONTHLY": _monthly, "YEARLY": _yearly}.get(parts.get("FREQ", ""))
    endless = None if build is None else build(parts, start, interval, days)
    return None if endless is None else _ended(replace(endless, first_day=first_day), parts, clock, zone)


def _number(text: str, most: int) -> int | None:
    return int(text) if text.isdigit() and len(text) < 6 and 1 <= int(text) <= most else None


def _days(text: str) -> list[tuple[int, int]] | None:
    """(which of the month or 0, weekday); None: it says something else."""
    found = [_NTH.fullmatch(day.strip()) for day in text.split(",")] if text else []
    return None if None in found else [(int(day[1] or 0), WEEKDAYS.index(day[2])) for day in found if day]


def _mask(days: list[tuple[int, int]]) -> int:
    return sum({1 << day for _, day in days})


def _pattern(frequency: Frequency, kind: Kind, period: int, specific: tuple[int, ...], start: date) -> Pattern:
    pattern = Pattern(frequency, kind, 0, period, specific, End.NEVER, _ENDLESS_COUNT, minutes_of(start))
    return replace(pattern, first=first_date_time(pattern))


def _daily(parts: dict[str, str], start: date, interval: int, days: list[tuple[int, int]]) -> Pattern | None:
    if set(parts) & {"BYMONTHDAY", "BYMONTH", "BYSETPOS"}:
        return None
    if days:  # every workday is a pattern of weeks
        is_workdays = interval == 1 and _mask(days) == _WORKDAYS
        return _pattern(Frequency.DAILY, Kind.WEEK, 1, (_WORKDAYS,), start) if is_workdays else None
    return _pattern(Frequency.DAILY, Kind.DAY, interval * DAY, (), start)


def _weekly(parts: dict[str, str], start: date, interval: int, days: list[tuple[int, int]]) -> Pattern | None:
    if set(parts) & {"BYMONTHDAY", "BYMONTH", "BYSETPOS"} or any(nth for nth, _ in days):
        return None
    mask = _mask(days) or 1 << start.isoweekday() % 7
    return _pattern(Frequency.WEEKLY, Kind.WEEK, interval, (mask,), start)


def _monthly(parts: dict[str, str], start: date, interval: int, days: list[tuple[int, int]]) -> Pattern | None:
    if "BYMONTH" in parts:
        return None
    return _in_month(Frequency.MONTHLY, parts, start, interval, days)


def _yearly(parts: dict[str, str], start: date, interval: int, days: list[tuple[int, int]]) -> Pattern | None:
    if parts.get("BYMONTH", str(start.month)) != str(start.month) or (days and "BYMONTH" not in parts):
        return None
    return _in_month(Frequency.YEARLY, parts, start, 12 * interval, days)


def _in_month(
    frequency: Frequency, parts: dict[str, str], start: date, months: int, days: list[tuple[int, int]]
) -> Pattern | None:
    position = parts.get("BYSETPOS", "")
    if days:
        nth = int(position) if re.fullmatch("-1|[1-4]", position) else 0
        nth = days[0][0] if len(days) == 1 and not position else nth
        if nth not in (-1, 1, 2, 3, 4) or "BYMONTHDAY" in parts or (position and any(which for which, _ in days)):
            return None
        specific = (_mask(days), _LAST if nth < 0 else nth)
        return _pattern(frequency, Kind.MONTH_NTH, months, specific, start)
    told = parts.get("BYMONTHDAY", str(start.day))
    day = _END_OF_MONTH if told == "-1" else _number(told, _END_OF_MONTH)
    if day is None or position:
        return None
    shortest = monthrange(2001, start.month)[1] if frequency is Frequency.YEARLY else 28
    if told != "-1" and day > shortest:  # a rule passes over months without the day, a pattern takes their last
        return None
    return _pattern(frequency, Kind.MONTH, months, (day,), start)


_END_OF_MONTH = 31


def _ended(pattern: Pattern, parts: dict[str, str], clock: int, zone: Zone) -> Pattern | None:
    """OccurrenceCount and EndDate belong together, whichever was told."""
    if "COUNT" in parts:
        count = _number(parts["COUNT"], MAX_COUNT)
        days = [] if count is None else [day for day, _ in zip(occurrences(pattern), range(count), strict=False)]
        end_type = End.COUNT
    elif "UNTIL" in parts:
        found = _UNTIL.fullmatch(parts["UNTIL"])
        until = _last_day(found, clock, zone) if found else None
        days = [] if until is None else list(takewhile(lambda day: day <= until, _bounded(pattern)))
        end_type = End.DATE
    else:
        return pattern
    if not days or minutes_of(days[-1]) >= FOREVER:
        return None
    return replace(pattern, end_type=end_type, count=len(days), end=minutes_of(days[-1]))


def _last_day(found: re.Match[str], clock: int, zone: Zone) -> date | None:
    """On which an instance that begins at that minute of the day is not too late, by the clock of the zone."""
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        if found[4] is None:
            return day
        told = minutes_of(day, min(int(found[4]), 23), min(int(found[5]), 59))
        local = zone.to_local(told) if found[6] else told
        return day_of(local if local % DAY >= clock else local - DAY)
    except ValueError:
        return None


def _bounded(pattern: Pattern) -> Iterator[date]:
    return (day for day, _ in zip(occurrences(pattern), range(MAX_COUNT), strict=False))


def first_date_time(pattern: Pattern) -> int:
    """[MS-OXOCAL] 2.2.1.44.1: by which it is seen in which weeks or months there are instances."""
    start = day_of(pattern.start)
    if pattern.kind is Kind.DAY:
        return pattern.start % pattern.period
    if pattern.kind is Kind.WEEK:
        return minutes_of(week_of(start, pattern.first_day)) % (pattern.period * 7 * DAY)
    months = ((start.year - 1601) * 12 + start.month - 1) % pattern.period
    return minutes_of(date(1601 + months // 12, months % 12 + 1, 1))


def week_of(day: date, first_day: int) -> date:
    return day - timedelta((day.isoweekday() - first_day) % 7)


def occurrences(pattern: Pattern) -> Iterator[date]:
    """Days from the first instance on, for ever."""
    start = day_of(pattern.start)
    days: Iterator[date]
    if pattern.kind is Kind.DAY:
        days = (start + timedelta(n * pattern.period // DAY) for n in range(1 << 20))
    elif pattern.kind is Kind.WEEK:
        days = _of_weeks(pattern, start)
    else:
        days = _of_months(pattern, start)
    try:
        yield from (day for day in days if day >= start)
    except OverflowError:
        return


def _of_weeks(pattern: Pattern, start: date) -> Iterator[date]:
    week = week_of(start, pattern.first_day)
    while True:
        yield from (day for n in range(7) if pattern.specific[0] >> (day := week + timedelta(n)).isoweekday() % 7 & 1)
        week += timedelta(7 * pattern.period)


def _of_months(pattern: Pattern, start: date) -> Iterator[date]:
    months = start.year * 12 + start.month - 1
    while months < 12 * 9999:
        year, month = months // 12, months % 12 + 1
        yield from _in(pattern, year, month)
        months += pattern.period


def _in(pattern: Pattern, year: int, month: int) -> list[date]:
    last = monthrange(year, month)[1]
    if pattern.kind is not Kind.MONTH_NTH:
        return [date(year, month, min(pattern.specific[0], last))]
    mask, nth = pattern.specific
    days = [day for n in range(1, last + 1) if mask >> (day := date(year, month, n)).isoweekday() % 7 & 1]
    return [days[-1]] if nth == _LAST and days else days[nth - 1 : nth]


# Pattern → rule
def rule_of(pattern: Pattern, until: str = "") -> str | None:
    """`until`: the last instance, of a pattern that ends with a day; empty: that day. None: there is no such rule."""
    parts = _frequency(pattern)
    if parts is None or pattern.calendar not in (0, 1):
        return None
    if pattern.end_type is End.COUNT:
        parts.append(f"COUNT={pattern.count}")
    elif pattern.end_type is End.DATE and pattern.end != FOREVER:
        parts.append(f"UNTIL={until or f'{day_of(pattern.end):%Y%m%d}'}")
    if pattern.kind is Kind.WEEK and pattern.period > 1:
        parts.append(f"WKST={WEEKDAYS[pattern.first_day % 7]}")
    return ";".join(parts)


def _frequency(pattern: Pattern) -> list[str] | None:
    if pattern.kind is Kind.DAY:
        return _every("DAILY", max(pattern.period // DAY, 1))
    if pattern.kind is Kind.WEEK:
        return [*_every("WEEKLY", pattern.period), f"BYDAY={_names(pattern.specific[0])}"]
    if pattern.kind not in (Kind.MONTH, Kind.MONTH_NTH, Kind.MONTH_END):
        return None
    yearly = pattern.frequency is Frequency.YEARLY and pattern.period % 12 == 0
    parts = _every("YEARLY", pattern.period // 12) if yearly else _every("MONTHLY", pattern.period)
    if yearly:
        parts.append(f"BYMONTH={day_of(pattern.start).month}")
    return parts + _day_parts(pattern)


def _every(frequency: str, interval: int) -> list[str]:
    return [f"FREQ={frequency}", *([f"INTERVAL={interval}"] if interval > 1 else [])]


def _names(mask: int) -> str:
    return ",".join(name for day, name in enumerate(WEEKDAYS) if mask >> day & 1)


def _day_parts(pattern: Pattern) -> list[str]:
    if pattern.kind is not Kind.MONTH_NTH:
        day = pattern.specific[0]
        return ["BYMONTHDAY=-1"] if day > 30 else [f"BYMONTHDAY={day}"]
    mask, nth = pattern.specific
    position = -1 if nth == _LAST else nth
    names = _names(mask)
    return [f"BYDAY={position}{names}"] if len(names) == 2 else [f"BYDAY={names}", f"BYSETPOS={position}"]
