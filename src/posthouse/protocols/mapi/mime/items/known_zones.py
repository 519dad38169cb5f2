"""Zones that a calendar only names, as the system's table of zones (IANA) has them. RFC 5545 §3.2.19 wants their rules
beside them, and not everybody gives these."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .time_zones import Change, Zone
from .zone_names import iana_name

_MINUTE = timedelta(minutes=1)


def zone_called(name: str, year: int) -> Zone | None:
    """With the rules of that year; None: there is no zone of that name, of either kind."""
    try:
        info = ZoneInfo(iana_name(name))
        changes = _changes(info, year)
        winter = min(_offset(info, datetime(year, month, 1, tzinfo=UTC)) for month in (1, 7))
    except (ValueError, OSError, KeyError, OverflowError):
        return None
    told = {offset: change for change, offset in changes}
    summer = next((offset for offset in told if offset > winter), None)
    if len(changes) != 2 or len(told) != 2 or summer is None:
        return Zone(name, -winter)
    return Zone(name, -winter, told[winter], told[summer], winter - summer)


def _offset(info: ZoneInfo, moment: datetime) -> int:
    """Minutes from UTC to local time."""
    offset = moment.astimezone(info).utcoffset()
    return 0 if offset is None else int(offset / _MINUTE)


def _changes(info: ZoneInfo, year: int) -> list[tuple[Change, int]]:
    """When the clock is changed in that year, and to which offset."""
    found = []
    moment, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    before = _offset(info, moment)
    while moment < end:
        day_behind = moment + timedelta(days=1)
        after = _offset(info, day_behind)
        if after != before:
            while _offset(info, moment) == before:
                moment += _MINUTE
            found.append((_change(moment + before * _MINUTE), after))
        moment, before = day_behind, after
    return found


def _change(clock: datetime) -> Change:
    """By the clock that is changed."""
    is_last = clock.day + 7 > monthrange(clock.year, clock.month)[1]
    nth = 5 if is_last else (clock.day - 1) // 7 + 1
    return Change(clock.month, clock.isoweekday() % 7, nth, clock.hour, clock.minute)
