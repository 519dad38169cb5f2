"""When an appointment or a series takes place within a span of time, one by one – [MS-OXOCAL] 2.2.1.44, 3.1.5.

A series is not gone through from its beginning: the pattern is moved on to where the span begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import takewhile
from typing import NamedTuple

from ... import named_tags, tags
from ...objects import Properties, value_of
from ..header_out import subject_of
from .moments import DAY, day_of, minutes_of
from .recurrence import End, Instance, Kind, Override, Pattern, Recurrence
from .recurrence_rules import occurrences, week_of
from .time_zones import Zone
from .times import Times, times_of

BUSY = 2
"""PidLidBusyStatus of what does not say it."""
MAX_TEXT = 255
"""Characters of a subject, and of a place."""
_MEETING = 1
"""PidLidAppointmentStateFlags."""
_PRIVATE = (2, 3)
"""PidTagSensitivity: private, confidential."""
_WEEKDAYS, _LAST_NTH = 0x7F, 5
_FIRST_DAY, _LAST_DAY = 366 * DAY, 5_000 * 366 * DAY
"""Patterns that begin later are of no use to anybody. What begins earlier or ends later is told as if it did so here:
by whichever clock somebody asks, these are days of our calendar."""

TOLD = frozenset(
    tag.name
    for tag in (
        *(named_tags.PidLidAppointmentStartWhole, named_tags.PidLidAppointmentEndWhole),
        *(named_tags.PidLidAppointmentSubType, named_tags.PidLidAppointmentRecur),
        *(named_tags.PidLidTimeZoneStruct, named_tags.PidLidTimeZoneDescription),
        *(named_tags.PidLidAppointmentTimeZoneDefinitionRecur,),
        *(named_tags.PidLidAppointmentTimeZoneDefinitionStartDisplay,),
        *(named_tags.PidLidBusyStatus, named_tags.PidLidLocation, named_tags.PidLidPrivate),
        *(named_tags.PidLidAppointmentStateFlags, named_tags.PidLidReminderSet),
    )
) | frozenset(
    tag.id
    for tag in (
        *(tags.PidTagMessageClass, tags.PidTagSensitivity),
        *(tags.PidTagSubject, tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject),
    )
)
"""Properties from which all of this follows."""


class Appearance(NamedTuple):
    start: int
    """Minutes since 1601, UTC."""
    end: int
    busy: int
    """PidLidBusyStatus."""
    subject: str
    location: str
    is_private: bool
    is_meeting: bool
    is_recurring: bool
    is_exception: bool
    is_reminder_set: bool


class Course(NamedTuple):
    """All that there is to know of an appointment for this."""

    times: Times
    usual: Appearance
    """What its instances have unless they have something of their own."""

    @property
    def weight(self) -> int:
        """How many instances there is something to be said of: they make up most of what it takes to know it."""
        recurrence = self.times.recurrence
        return 0 if recurrence is None else len(recurrence.instances) + len(recurrence.pattern.deleted)


def course_of(properties: Properties) -> Course:
    """ValueError: it is no appointment, or says times that make no sense."""
    times = _without_what_nobody_asks(times_of(properties))
    private = value_of(properties, tags.PidTagSensitivity, 0) in _PRIVATE
    usual = Appearance(
        times.start,
        times.end,
        value_of(properties, named_tags.PidLidBusyStatus, BUSY),
        subject_of(properties)[:MAX_TEXT],
        (value_of(properties, named_tags.PidLidLocation) or "")[:MAX_TEXT],
        private or bool(value_of(properties, named_tags.PidLidPrivate)),
        bool(value_of(properties, named_tags.PidLidAppointmentStateFlags, 0) & _MEETING),
        times.recurrence is not None,
        is_exception=False,
        is_reminder_set=bool(value_of(properties, named_tags.PidLidReminderSet)),
    )
    return Course(times, usual)


def _without_what_nobody_asks(times: Times) -> Times:
    """Courses are remembered, and clients write texts of any length."""
    recurrence, zone = times.recurrence, times.zone._replace(name="")
    if recurrence is not None:
        instances = tuple(map(_with_short_texts, recurrence.instances))
        recurrence = replace(recurrence, pattern=replace(recurrence.pattern, modified=()), instances=instances)
    return times._replace(zone=zone, recurrence=recurrence)


def _with_short_texts(instance: Instance) -> Instance:
    subject, location = (None if text is None else text[:MAX_TEXT] for text in (instance.subject, instance.location))
    return replace(instance, subject=subject, location=location)


def appearances(course: Course, begin: int, end: int, here: Zone) -> Iterator[Appearance]:
    """Those that touch the span, which is told as theirs is. `here`: where it is that the days of whoever asks begin;
    so do those of what takes whole days and says no zone. ValueError, also in the middle: there is no such time."""
    times, usual = course
    if times.all_day and times.zone.is_utc:
        times = times._replace(zone=here)
    for instance in _instances(times, begin, end):
        found = _appearance(instance, usual, times.zone)
        if found.start < end and (found.end > begin or found.start == found.end == begin):
            yield found


def _appearance(instance: Instance, usual: Appearance, zone: Zone) -> Appearance:
    own = dict(instance.numbers)
    return usual._replace(
        start=zone.to_utc(_tellable(instance.start)),
        end=zone.to_utc(_tellable(max(instance.start, instance.end))),
        busy=own.get(Override.BUSY_STATUS, usual.busy),
        subject=usual.subject if instance.subject is None else instance.subject,
        location=usual.location if instance.location is None else instance.location,
        is_exception=usual.is_recurring and instance.original >= 0,
        is_reminder_set=bool(own.get(Override.REMINDER_SET, usual.is_reminder_set)),
    )


def _tellable(minutes: int) -> int:
    return min(max(minutes, _FIRST_DAY), _LAST_DAY)


_REGULAR = -1
"""In place of when an instance was meant to begin."""


def _instances(times: Times, begin: int, end: int) -> Iterator[Instance]:
    """By the clock of the zone; some of them may lie a little outside of the span."""
    recurrence = times.recurrence
    if recurrence is None:
        yield Instance(times.start, times.end, _REGULAR)
        return
    yield from recurrence.instances
    deleted = frozenset(recurrence.pattern.deleted)
    for day in _days(recurrence, begin, end):
        if day not in deleted:
            yield Instance(day + recurrence.start_offset, day + recurrence.end_offset, _REGULAR)


def _days(recurrence: Recurrence, begin: int, end: int) -> Iterator[int]:
    """Of regular instances, as their midnights."""
    pattern = recurrence.pattern
    first, last = begin - recurrence.end_offset - DAY, end - recurrence.start_offset + DAY
    last = last if pattern.end_type is End.NEVER else min(last, pattern.end)
    if not _makes_sense(pattern) or pattern.start > last:
        return
    days = map(minutes_of, occurrences(_moved_on(pattern, first)))
    yield from (day for day in takewhile(lambda day: day <= last, days) if day >= first)


def _makes_sense(pattern: Pattern) -> bool:
    """It goes on, and comes to a day."""
    if pattern.start > _LAST_DAY or pattern.period < (DAY if pattern.kind is Kind.DAY else 1):
        return False
    if pattern.kind is Kind.MONTH_NTH and not 1 <= pattern.specific[1] <= _LAST_NTH:
        return False
    if pattern.kind in (Kind.WEEK, Kind.MONTH_NTH):
        return bool(pattern.specific[0] & _WEEKDAYS)
    return pattern.kind is Kind.DAY or pattern.specific[0] > 0


def _moved_on(pattern: Pattern, first: int) -> Pattern:
    """The same from a later start on, which is not after `first`."""
    if first <= pattern.start:
        return pattern
    if pattern.kind is Kind.DAY:
        step = pattern.period // DAY * DAY
        return replace(pattern, start=pattern.start + (first - pattern.start) // step * step)
    start, to = day_of(pattern.start), day_of(first)
    if pattern.kind is Kind.WEEK:
        week, weeks = week_of(start, pattern.first_day), 7 * pattern.period
        rounds = (to - week).days // weeks
        return replace(pattern, start=minutes_of(week + timedelta(rounds * weeks))) if rounds else pattern
    months = (to.year - start.year) * 12 + to.month - start.month
    rounds = months // pattern.period
    if not rounds:
        return pattern
    months = start.year * 12 + start.month - 1 + rounds * pattern.period
    return replace(pattern, start=minutes_of(start.replace(year=months // 12, month=months % 12 + 1, day=1)))
