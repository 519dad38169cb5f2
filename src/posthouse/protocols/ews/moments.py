"""Times as XML Schema writes them: with an offset from UTC, or by a clock that is known otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta

from .soap import schema_fault


def parse_moment(text: str | None) -> datetime:
    """Without a zone when the text tells none. Fault."""
    try:
        found = datetime.fromisoformat((text or "").strip())
        if not 1970 <= found.year <= 4000:
            raise ValueError
    except ValueError:
        raise schema_fault("times that there are") from None
    return found.replace(microsecond=0)


def format_moment(moment: datetime) -> str:
    """By its own clock: responses tell no offset."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def parse_clock(text: str | None) -> timedelta:
    """`02:00:00`, of a day. Fault."""
    try:
        hours, minutes, *_ = map(int, (text or "").strip().split(":"))
        if not (0 <= hours <= 23 and 0 <= minutes <= 59):
            raise ValueError
    except ValueError:
        raise schema_fault("hours of a day") from None
    return timedelta(hours=hours, minutes=minutes)
