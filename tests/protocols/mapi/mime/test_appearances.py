"""When series take place within a span of time – [MS-OXOCAL] 2.2.1.44: the same days as when one goes through all of
them from the beginning, and nothing that a client writes takes long."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import islice, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime.items.appearances import Course, appearances, course_of
from posthouse.protocols.mapi.mime.items.moments import DAY, FOREVER, file_time_of, minutes_of
from posthouse.protocols.mapi.mime.items.recurrence import End, Frequency, Instance, Kind, Override, Pattern, Recurrence
from posthouse.protocols.mapi.mime.items.recurrence_rules import first_date_time, occurrences
from posthouse.protocols.mapi.mime.items.time_zones import UTC, format_zone
from posthouse.protocols.mapi.objects import Properties, set_value

EARLY, LATE = minutes_of(date(1980, 1, 1)), minutes_of(date(2060, 1, 1))
HOUR = 60
FREQUENCIES = {
    Kind.DAY: Frequency.DAILY,
    Kind.WEEK: Frequency.WEEKLY,
    Kind.MONTH: Frequency.MONTHLY,
    Kind.MONTH_NTH: Frequency.MONTHLY,
}


def series_of(recurrence: Recurrence) -> Course:
    found: Properties = {}
    set_value(found, tags.PidTagSubject, "series")
    set_value(found, named_tags.PidLidAppointmentRecur, recurrence.format())
    return course_of(found)


def pattern(kind: Kind, start: int, period: int, *specific: int, end: int = FOREVER) -> Pattern:
    end_type = End.NEVER if end == FOREVER else End.DATE
    made = Pattern(FREQUENCIES[kind], kind, 0, period, specific, end_type, 10, start, end)
    return replace(made, first=first_date_time(made))


days = st.integers(EARLY // DAY, LATE // DAY).map(lambda day: day * DAY)
patterns = st.one_of(
    st.builds(lambda start, period: pattern(Kind.DAY, start, period * DAY), days, st.integers(1, 400)),
    st.builds(lambda *told: pattern(Kind.WEEK, *told), days, st.integers(1, 60), st.integers(1, 127)),
    st.builds(lambda *told: pattern(Kind.MONTH, *told), days, st.integers(1, 40), st.integers(1, 31)),
    st.builds(
        lambda *told: pattern(Kind.MONTH_NTH, *told),
        *(days, st.integers(1, 40), st.integers(1, 127), st.integers(1, 5)),
    ),
)


@given(patterns, days, st.integers(1, 62 * DAY), st.integers(0, 2 * DAY))
def test_what_is_within(made: Pattern, begin: int, length: int, lasting: int) -> None:
    """Wherever the span begins."""
    recurrence = Recurrence(made, 9 * HOUR, 9 * HOUR + lasting)
    found = [one.start for one in appearances(series_of(recurrence), begin, begin + length, UTC)]
    starts = (minutes_of(day) + 9 * HOUR for day in occurrences(made))
    before = takewhile(lambda start: start < begin + length, starts)
    assert found == [start for start in before if start + lasting > begin or start == begin]


@given(patterns, days)
def test_an_end(made: Pattern, end: int) -> None:
    """Nothing begins on a later day."""
    recurrence = Recurrence(replace(made, end_type=End.DATE, end=end), 0, HOUR)
    span = end - 20 * DAY, end + 20 * DAY
    found = [one.start for one in appearances(series_of(recurrence), *span, UTC)]
    endless = [one.start for one in appearances(series_of(Recurrence(made, 0, HOUR)), *span, UTC)]
    assert found == [start for start in endless if start <= end]


def test_what_is_different() -> None:
    """An instance that has been moved is where it is now, with what it has of its own, and no longer where it was."""
    start = minutes_of(date(2026, 6, 1))
    own = ((Override.BUSY_STATUS, 3), (Override.REMINDER_SET, 1))
    moved = Instance(start + 9 * DAY, start + 9 * DAY + HOUR, start + DAY, own, location="elsewhere")
    made = replace(
        pattern(Kind.DAY, start, DAY, end=start + 2 * DAY), deleted=(start + DAY,), modified=(start + 9 * DAY,)
    )
    series = series_of(Recurrence(made, 0, HOUR, (moved,)))
    one, two = appearances(series, start, start + 5 * DAY, UTC)
    assert [found.start for found in (one, two)] == [start, start + 2 * DAY]
    assert (one.is_recurring, one.is_exception) == (True, False)
    [found] = appearances(series, start + 5 * DAY, start + 10 * DAY, UTC)
    assert (found.busy, found.subject, found.location, found.is_exception) == (3, "series", "elsewhere", True)
    assert found.is_reminder_set


def test_what_touches_a_span() -> None:
    """Its end is not in it; what takes no time is where it begins."""
    found: Properties = {}
    set_value(found, tags.PidTagSubject, "once")
    start = minutes_of(date(2026, 6, 1))
    for tag in (named_tags.PidLidAppointmentStartWhole, named_tags.PidLidAppointmentEndWhole):
        set_value(found, tag, file_time_of(start))
    for begin, end, there in ((-HOUR, 0, 0), (0, HOUR, 1), (-HOUR, HOUR, 1), (1, HOUR, 0)):
        assert len(list(appearances(course_of(found), start + begin, start + end, UTC))) == there


def test_what_is_kept_of_a_series() -> None:
    """Nothing of any length that a client has written, for it is remembered."""
    start = minutes_of(date(2026, 6, 1))
    moved = Instance(start, start + HOUR, start, subject="s" * 60_000, location="l" * 60_000)
    made = replace(pattern(Kind.DAY, start, DAY), deleted=(start,), modified=(start,) * 5_000)
    found: Properties = {}
    set_value(found, named_tags.PidLidAppointmentRecur, Recurrence(made, 0, HOUR, (moved,)).format())
    set_value(found, named_tags.PidLidTimeZoneStruct, format_zone(UTC))
    set_value(found, named_tags.PidLidTimeZoneDescription, "z" * 60_000)
    course = course_of(found)
    assert len(repr(course)) < 4_000
    [told, *_] = appearances(course, start, start + DAY, UTC)
    assert (told.subject, told.location) == ("s" * 255, "l" * 255)


@pytest.mark.parametrize(
    "made",
    [
        Pattern(Frequency.WEEKLY, Kind.WEEK, 0, 0, (127,), End.NEVER, 1, EARLY),
        Pattern(Frequency.WEEKLY, Kind.WEEK, 0, 1, (0,), End.NEVER, 1, EARLY),
        Pattern(Frequency.MONTHLY, Kind.MONTH, 0, 0, (1,), End.NEVER, 1, EARLY),
        Pattern(Frequency.MONTHLY, Kind.MONTH, 0, 1, (0,), End.NEVER, 1, EARLY),
        Pattern(Frequency.MONTHLY, Kind.MONTH_NTH, 0, 1, (1, 6), End.NEVER, 1, EARLY),
        Pattern(Frequency.MONTHLY, Kind.MONTH_NTH, 0, 1, (0, 1), End.NEVER, 1, EARLY),
        Pattern(Frequency.DAILY, Kind.DAY, 0, 0, (), End.NEVER, 1, EARLY),
        Pattern(Frequency.DAILY, Kind.DAY, 0, DAY, (), End.NEVER, 1, 0xFFFFFFFF),
    ],
)
def test_patterns_that_come_to_nothing(made: Pattern) -> None:
    """They end nevertheless."""
    assert list(appearances(series_of(Recurrence(made, 0, HOUR)), EARLY, LATE, UTC)) == []


numbers = st.one_of(st.integers(0, 50), st.integers(0, 0xFFFFFFFF))


@pytest.mark.fuzz
@given(st.sampled_from(Kind), st.lists(numbers, min_size=9, max_size=9), st.integers(EARLY, LATE))
def test_any_pattern(kind: Kind, told: list[int], begin: int) -> None:
    """ValueError and its kin are all that may come of numbers that make no sense, and soon."""
    first, period, one, two, count, start, end, start_offset, end_offset = told
    specific = {Kind.DAY: (), Kind.MONTH_NTH: (one, two), Kind.HIJRI_MONTH_NTH: (one, two)}.get(kind, (one,))
    made = Pattern(Frequency.MONTHLY, kind, first, period, specific, End.DATE, count, start, end)
    with suppress(ValueError, OverflowError, BadSyntax):
        found = appearances(series_of(Recurrence(made, start_offset, end_offset)), begin, begin + 62 * DAY, UTC)
        assert len(list(islice(found, 1_000))) <= 1_000
