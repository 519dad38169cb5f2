"""GetUserAvailability – [MS-OXWAVLS] 3.1.4.1.

Of a request for suggestions of when to meet, only the free and busy times are answered, by which clients find a time
themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from posthouse.protocols.markup import Element, escape

from .free_busy import Busy, View
from .moments import format_moment, parse_clock, parse_moment
from .soap import Call, Fault, Problem, format_message, schema_fault

OPERATION = "GetUserAvailabilityRequest"
RESPONSE = "GetUserAvailabilityResponse"
MAX_MAILBOXES = 100
MAX_WINDOW = timedelta(days=62)
"""As Exchange has it since 2016."""
MIN_INTERVAL, MAX_INTERVAL, USUAL_INTERVAL = 5, 1440, 30
"""Minutes."""
MAX_BIAS = 24 * 60
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_KNOW_NOT_ELSEWHERE = ("", "Exchange2007", "Exchange2010")
"""Beginnings of versions whose schema has no WorkingElsewhere."""
_NO_SUGGESTIONS = Problem("ErrorMeetingSuggestionGenerationFailed", "This server does not suggest times.")


class Transition(NamedTuple):
    """SerializableTimeZoneTime (3.1.4.1.3.20): when a clock is changed, each year."""

    bias: int
    """Minutes that come to the zone's from then on."""
    clock: timedelta
    nth: int
    """1 to 5; 5: the last."""
    month: int
    weekday: int
    """0: Sunday."""


class TimeZone(NamedTuple):
    """SerializableTimeZone (3.1.4.1.3.19)."""

    bias: int
    """Minutes from local time to UTC."""
    standard: Transition | None
    daylight: Transition | None


@dataclass(frozen=True, slots=True)
class AvailabilityRequest:
    zone: TimeZone
    mailboxes: tuple[str, ...]
    begin: datetime
    """Without a zone of its own it is by that of the request."""
    end: datetime
    interval: int
    """Minutes of a digit of merged views."""
    view: View
    knows_elsewhere: bool
    """The client has a word for people who work elsewhere; to others these are free."""
    wants_suggestions: bool


class Details(NamedTuple):
    """CalendarEventDetails (3.1.4.1.3.7)."""

    subject: str | None
    """None: it is private, and not told."""
    location: str | None
    is_meeting: bool
    is_recurring: bool
    is_exception: bool
    is_reminder_set: bool
    is_private: bool


class CalendarEvent(NamedTuple):
    """By the clock of the request's zone."""

    start: datetime
    end: datetime
    busy: Busy
    details: Details | None


class FreeBusy(NamedTuple):
    """Of one mailbox."""

    view: View
    merged: str = ""
    events: Sequence[CalendarEvent] = ()


def parse_request(call: Call) -> AvailabilityRequest:
    """Fault."""
    operation = call.operation
    options = operation.find("FreeBusyViewOptions")
    zone, array = operation.find("TimeZone"), operation.find("MailboxDataArray")
    if options is None or zone is None or array is None:
        raise schema_fault("TimeZone, MailboxDataArray and FreeBusyViewOptions")
    begin, end = (parse_moment(options.text_of("TimeWindow", name)) for name in ("StartTime", "EndTime"))
    return AvailabilityRequest(
        _zone(zone),
        _mailboxes(array),
        begin,
        end,
        _interval(options.text_of("MergedFreeBusyIntervalInMinutes")),
        _view(options.text_of("RequestedView")),
        not any(call.version.startswith(old) if old else not call.version for old in _KNOW_NOT_ELSEWHERE),
        operation.find("SuggestionsViewOptions") is not None,
    )


def check_window(minutes: int, by_clock: int, interval: int) -> None:
    """Fault. `minutes`: from its beginning to its end; `by_clock`: as the clock of whoever asks has it, which may be
    changed in between: 62 days there are not too many."""
    if minutes <= 0:
        raise Fault("ErrorInvalidTimeInterval", "The time window ends before it begins.")
    if timedelta(minutes=min(minutes, by_clock)) > MAX_WINDOW:
        raise Fault("ErrorTimeIntervalTooBig", f"The time window is longer than {MAX_WINDOW.days} days.")
    if interval > minutes:
        raise _bad_interval()


def _mailboxes(array: Element) -> tuple[str, ...]:
    found = tuple(one.text_of("Email", "Address") or "" for one in array.children if one.name == "MailboxData")
    if not found:
        raise Fault("ErrorMailboxDataArrayEmpty", "The request names no mailbox.")
    if len(found) > MAX_MAILBOXES:
        raise Fault("ErrorMailboxDataArrayTooBig", f"The request names more than {MAX_MAILBOXES} mailboxes.")
    return found


def _interval(text: str | None) -> int:
    minutes = USUAL_INTERVAL if text is None else _number(text)
    if not MIN_INTERVAL <= minutes <= MAX_INTERVAL:
        raise _bad_interval()
    return minutes


def _bad_interval() -> Fault:
    text = f"An interval has from {MIN_INTERVAL} to {MAX_INTERVAL} minutes, and is no longer than the time window."
    return Fault("ErrorInvalidMergedFreeBusyInterval", text)


def _view(text: str | None) -> View:
    try:
        view = View.FREE_BUSY if text is None else View(text)
    except ValueError:
        view = View.NONE
    if view is View.NONE:
        raise Fault("ErrorInvalidFreeBusyViewType", "There is no such view of free and busy times.")
    return view


def _number(text: str | None) -> int:
    try:
        return int((text or "")[:12])
    except ValueError:
        raise schema_fault("a number") from None


def _zone(element: Element) -> TimeZone:
    standard, daylight = (_transition(element.find(name)) for name in ("StandardTime", "DaylightTime"))
    return TimeZone(_bias(element), standard, daylight)


def _bias(element: Element) -> int:
    minutes = _number(element.text_of("Bias"))
    if abs(minutes) > MAX_BIAS:
        raise schema_fault("a time zone of this world")
    return minutes


def _transition(element: Element | None) -> Transition | None:
    """None: the clock is not changed, which clients tell by a week or a month of 0, or by a day that is no weekday."""
    if element is None:
        return None
    weekday = element.text_of("DayOfWeek")
    nth, month = _number(element.text_of("DayOrder")), _number(element.text_of("Month"))
    if weekday not in _WEEKDAYS or nth < 1 or not 1 <= month <= 12:
        return None
    clock = parse_clock(element.text_of("Time"))
    return Transition(_bias(element), clock, min(nth, 5), month, _WEEKDAYS.index(weekday))


# Response
def format_content(responses: Iterable[str], *, suggestions: bool) -> str:
    """`responses`: in the order of the request's mailboxes. `suggestions`: they were asked for (3.1.4.1.3.15: then
    there is an answer to that)."""
    array = f"<m:FreeBusyResponseArray>{''.join(responses)}</m:FreeBusyResponseArray>"
    told = f"<m:SuggestionsResponse>{format_message(_NO_SUGGESTIONS)}</m:SuggestionsResponse>" if suggestions else ""
    return array + told


def format_mailbox(one: FreeBusy | Problem) -> str:
    """FreeBusyResponse (3.1.4.1.3.11)."""
    if isinstance(one, Problem):
        message, view = format_message(one), f"<t:FreeBusyViewType>{View.NONE.value}</t:FreeBusyViewType>"
    else:
        message, view = format_message(None), _format_view(one)
    return f"<m:FreeBusyResponse>{message}<m:FreeBusyView>{view}</m:FreeBusyView></m:FreeBusyResponse>"


def _format_view(one: FreeBusy) -> str:
    digits = f"<t:MergedFreeBusy>{one.merged}</t:MergedFreeBusy>" if one.view.is_merged else ""
    events = "".join(map(_event, one.events))
    array = f"<t:CalendarEventArray>{events}</t:CalendarEventArray>" if one.view.has_events else ""
    return f"<t:FreeBusyViewType>{one.view.value}</t:FreeBusyViewType>{digits}{array}"


def _event(event: CalendarEvent) -> str:
    return (
        f"<t:CalendarEvent><t:StartTime>{format_moment(event.start)}</t:StartTime>"
        f"<t:EndTime>{format_moment(event.end)}</t:EndTime><t:BusyType>{event.busy.word}</t:BusyType>"
        f"{_details(event.details)}</t:CalendarEvent>"
    )


def _details(details: Details | None) -> str:
    if details is None:
        return ""
    texts = (("Subject", details.subject), ("Location", details.location))
    flags = (
        *(("IsMeeting", details.is_meeting), ("IsRecurring", details.is_recurring)),
        *(("IsException", details.is_exception), ("IsReminderSet", details.is_reminder_set)),
        ("IsPrivate", details.is_private),
    )
    told = "".join(f"<t:{name}>{escape(text)}</t:{name}>" for name, text in texts if text is not None)
    told += "".join(f"<t:{name}>{str(flag).lower()}</t:{name}>" for name, flag in flags)
    return f"<t:CalendarEventDetails>{told}</t:CalendarEventDetails>"
