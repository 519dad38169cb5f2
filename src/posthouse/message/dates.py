"""Dates of messages – RFC 5322 §3.3 and §4.3 – and IMAP's internal date – RFC 9051 §9 date-time.

date-time = [day-name ","] 1*2DIGIT month 2*4DIGIT 2DIGIT ":" 2DIGIT [":" 2DIGIT] zone
zone      = ("+" / "-") 4DIGIT / "UT" / "GMT" / "EST" / … / ALPHA           ; unknown names count as -0000
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name.lower().encode("ascii"): number for number, name in enumerate(MONTH_NAMES, 1)}
_ZONES = {
    b"edt": -240, b"est": -300, b"cdt": -300, b"cst": -360, b"mdt": -360, b"mst": -420, b"pdt": -420, b"pst": -480,
    b"cet": 60, b"met": 60, b"cest": 120, b"mest": 120, b"eet": 120, b"eest": 180, b"bst": 60, b"jst": 540,
}  # fmt: skip
_EPOCH = date(1970, 1, 1).toordinal()

_RFC5322 = re.compile(
    rb"""\s*(?:[A-Za-z]{2,9}\.?\s*,?\s*)?(\d{1,2})[\s-]*([A-Za-z]{3})[a-z]{0,6}[\s.,-]*(\d{2,5})
         (?:[\s,]+(\d{1,2})\s*[:.]\s*(\d{2})(?:\s*[:.]\s*(\d{1,2}))?(?:[.,]\d+)?\s*([+-]\s?\d{1,2}:?\d{2}|[A-Za-z]{1,5})?)?""",
    re.X,
)
_ASCTIME = re.compile(
    rb"\s*(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3})[a-z]{0,6}\.?\s+(\d{1,2}),?\s+(?:(\d{4}),?\s+)?"
    rb"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([+-]\d{4}|[A-Z]{1,4}))?(?:\s+(\d{4}))?\s*([+-]\d{4})?"
)
_ISO = re.compile(
    rb"\s*(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([+-]\d{2}:?\d{2}|[A-Za-z]+)?)?"
)
_COMMENT = re.compile(rb"\([^()]*\)")
_USUAL = re.compile(
    rb"[A-Za-z]{3}, (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})(?: \([A-Za-z]{1,6}\))?"
)
_LONGEST = 200


class When(NamedTuple):
    epoch: int
    """Seconds since 1970, UTC."""
    offset: int
    """Of the zone, in minutes east."""
    day: int
    """The date as written, whatever its zone, in days since 1970: for SENTSINCE and its kin (RFC 9051 §6.4.4)."""


def parse_date(value: bytes) -> When | None:
    """The value of a Date field (or of Received after its semicolon), obsolete and usual wrong forms included."""
    found = _USUAL.fullmatch(value)
    if found is not None:
        day, month, year, hour, minute, second, zone = found.groups()
        return _when(year, _MONTHS.get(month.lower()), day, hour, minute, second, zone)
    value = value[:_LONGEST]
    if 40 in value:
        value = _COMMENT.sub(b" ", value)
    found = _RFC5322.match(value)
    if found is not None:
        day, month, year, hour, minute, second, zone = found.groups()
        return _when(year, _MONTHS.get(month.lower()), day, hour, minute, second, zone)
    found = _ISO.match(value)
    if found is not None:
        year, month, day, hour, minute, second, zone = found.groups()
        return _when(year, int(month), day, hour, minute, second, zone)
    found = _ASCTIME.match(value)
    if found is None:
        return None
    month, day, early, hour, minute, second, zone, late, late_zone = found.groups()
    return _when(early or late, _MONTHS.get(month.lower()), day, hour, minute, second, late_zone or zone)


def _when(
    year: bytes | None,
    month: int | None,
    day: bytes,
    hour: bytes | None,
    minute: bytes | None,
    second: bytes | None,
    zone: bytes | None,
) -> When | None:
    if year is None or month is None:
        return None
    full_year = int(year)
    if len(year) == 2:  # RFC 5322 §4.3
        full_year += 2000 if full_year < 50 else 1900
    elif len(year) == 3:
        full_year += 1900
    try:
        days = date(full_year, month, int(day)).toordinal() - _EPOCH
    except ValueError:
        return None
    offset = _zone_offset(zone)
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours > 24 or minutes > 59 or seconds > 60:
        return None
    return When(days * 86400 + hours * 3600 + (minutes - offset) * 60 + seconds, offset, days)


def _zone_offset(zone: bytes | None) -> int:
    if not zone:
        return 0
    if zone[0] in b"+-":
        digits = zone[1:].strip().replace(b":", b"").rjust(4, b"0")
        offset = int(digits[:2]) * 60 + int(digits[2:])
        if offset >= 24 * 60:
            return 0
        return -offset if zone[0] == 45 else offset
    return _ZONES.get(zone.lower(), 0)


def format_date(epoch: float, offset: int = 0) -> str:
    """`Mon, 7 Feb 1994 21:52:25 -0800`, for a Date field; `offset` in minutes east."""
    days, clock, zone = _split(epoch, offset)
    when = date.fromordinal(days + _EPOCH)
    return f"{DAY_NAMES[when.weekday()]}, {when.day} {MONTH_NAMES[when.month - 1]} {when.year:04} {clock} {zone}"


def format_internal_date(epoch: float, offset: int = 0) -> bytes:
    """`" 7-Feb-1994 21:52:25 -0800"`, its quotes included."""
    days, clock, zone = _split(epoch, offset)
    return f'"{_internal_day(days)} {clock} {zone}"'.encode("ascii")


def _split(epoch: float, offset: int) -> tuple[int, str, str]:
    days, rest = divmod(int(epoch) + offset * 60, 86400)
    days = min(max(days, 1 - _EPOCH), date.max.toordinal() - _EPOCH)
    minutes, second = divmod(rest, 60)
    hour, minute = divmod(minutes, 60)
    return days, f"{hour:02}:{minute:02}:{second:02}", _format_zone(offset)


@lru_cache(maxsize=4096)
def _internal_day(days: int) -> str:
    when = date.fromordinal(days + _EPOCH)
    return f"{when.day:2}-{MONTH_NAMES[when.month - 1]}-{when.year:04}"


@lru_cache(maxsize=256)
def _format_zone(offset: int) -> str:
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}{minutes:02}"


_INTERNAL = re.compile(rb'"?( \d|\d\d|\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})"?')
_DAY = re.compile(rb'"?( ?\d|\d\d)-([A-Za-z]{3})-(\d{4})"?')


def parse_internal_date(text: bytes) -> When | None:
    """date-time of APPEND, with or without its quotes; None when it is none."""
    found = _INTERNAL.fullmatch(text)
    if found is None:
        return None
    day, month, year, hour, minute, second, zone = found.groups()
    if int(hour) > 23:
        return None
    return _when(year, _MONTHS.get(month.lower()), day, hour, minute, second, zone)


def parse_day(text: bytes) -> int | None:
    """`date` of a search key, `1-Feb-1994` → days since 1970."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    when = _when(found[3], _MONTHS.get(found[2].lower()), found[1], None, None, None, None)
    return None if when is None else when.day
