"""Days and minutes since 1601, in which calendars of MAPI count – [MS-OXOCAL] 2.2.1.44.1."""

from __future__ import annotations

from datetime import date

from ...moments import UNITS

DAY = 1440
FOREVER = 0x5AE980DF
"""The end of what has none: the last minute of August 4500."""
_ZERO = date(1601, 1, 1).toordinal()
_LAST = date.max.toordinal() - _ZERO


def minutes_of(day: date, hour: int = 0, minute: int = 0) -> int:
    return (day.toordinal() - _ZERO) * DAY + hour * 60 + minute


def day_of(minutes: int) -> date:
    """ValueError when there is no such day."""
    days = minutes // DAY
    if not 0 <= days <= _LAST:
        raise ValueError("a day of our calendar")
    return date.fromordinal(days + _ZERO)


def file_time_of(minutes: int, second: int = 0) -> int:
    return (minutes * 60 + second) * UNITS


def minutes_of_file_time(value: int) -> int:
    return value // UNITS // 60
