"""GetUserAvailability – [MS-OXWAVLS] 3.1.4.1: who may know it learns when others have time ([MS-OXCPERM] 2.2.7)."""

from __future__ import annotations

from asyncio import Semaphore
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.directory import Login, Memberships
from posthouse.model.ids import AccountId
from posthouse.model.rights import Right
from posthouse.protocols.ews import availability as wire
from posthouse.protocols.ews.availability import AvailabilityRequest, CalendarEvent, Details, FreeBusy
from posthouse.protocols.ews.free_busy import NO_DATA, Busy, Taken, View, merged, merged_of_several
from posthouse.protocols.ews.soap import Call, Problem, format_response
from posthouse.protocols.mapi.mime.items.appearances import Appearance
from posthouse.protocols.mapi.mime.items.moments import minutes_of
from posthouse.protocols.mapi.mime.items.time_zones import Change, Zone
from posthouse.servers.access import Access
from posthouse.store import Store

from .calendars import CALENDAR, Calendars, Span, TooManyAppearances, TooSlow
from .mailboxes import find_mailboxes

SECONDS = 20.0
"""For all mailboxes of a request; those that are not done then are not answered."""
TURNS = 2
"""Calendars that are looked into at the same time: others want to read as well."""
MAX_RESPONSE = 16 * 1024 * 1024
"""Characters; mailboxes whose appointments would make it longer are not answered."""
_ZERO = datetime(1601, 1, 1)

NO_ACCESS = Problem("ErrorNoFreeBusyAccess", "The owner of this calendar tells you nothing of it.")
LARGE = Problem("ErrorResultSetTooBig", "There are too many appointments in this time window.")
LATE = Problem("ErrorTimeoutExpired", "It would take too long to look into this calendar.")


class Asked(NamedTuple):
    """What is the same for all mailboxes of a request."""

    request: AvailabilityRequest
    access: Access
    span: Span
    is_late: Callable[[], bool]


@dataclass
class Availability:
    store: Store
    memberships: Memberships
    calendars: Calendars
    hostname: str
    _turns: Semaphore = field(default_factory=lambda: Semaphore(TURNS))

    async def get_user_availability(self, login: Login, call: Call) -> bytes:
        """Fault."""
        request = wire.parse_request(call)
        span = _span(request)
        clock = span.here.to_local(span.end) - span.here.to_local(span.begin)
        wire.check_window(span.end - span.begin, clock, request.interval)
        deadline = monotonic() + SECONDS
        asked = Asked(request, Access(login, self.memberships), span, lambda: monotonic() > deadline)
        responses = await self._responses(asked)
        content = wire.format_content(responses, suggestions=request.wants_suggestions)
        return format_response(wire.RESPONSE, content)

    async def _responses(self, asked: Asked) -> Sequence[str]:
        found: list[str] = []
        left = MAX_RESPONSE
        for address in asked.request.mailboxes:
            response = await self._mailbox(asked, address)
            if len(response) > left:
                response = wire.format_mailbox(LARGE)
            left -= len(response)
            found.append(response)
        return found

    async def _mailbox(self, asked: Asked, address: str) -> str:
        async with self._turns:
            return await self.store.scan(self._format, asked, address)

    def _format(self, tx: Transaction, asked: Asked, address: str) -> str:
        return wire.format_mailbox(self._response(tx, asked, address))

    def _response(self, tx: Transaction, asked: Asked, address: str) -> FreeBusy | Problem:
        found = find_mailboxes(tx, address, self.hostname)
        if isinstance(found, Problem):
            return found
        try:
            if found.is_group:
                return self._of_group(tx, asked, found.accounts)
            return self._of_account(tx, asked, found.accounts[0])
        except TooManyAppearances:
            return LARGE
        except TooSlow:
            return LATE

    def _of_account(self, tx: Transaction, asked: Asked, account: AccountId) -> FreeBusy | Problem:
        rights = asked.access.free_busy_on(tx, account, CALENDAR)
        if not rights & Right.FREE_BUSY_SIMPLE:
            return NO_ACCESS
        found = self.calendars.appearances(tx, account, asked.span, asked.is_late)
        view = asked.request.view
        if not rights & Right.FREE_BUSY_DETAILED:
            view = view.without_details
        return FreeBusy(view, _merged(found, asked), _events(found, asked, view, own=account == asked.access.account))

    def _of_group(self, tx: Transaction, asked: Asked, members: Iterable[AccountId]) -> FreeBusy:
        """One line for all of them, of whoever tells anything."""
        views = [
            _merged(self.calendars.appearances(tx, account, asked.span, asked.is_late), asked)
            for account in members
            if asked.access.free_busy_on(tx, account, CALENDAR) & Right.FREE_BUSY_SIMPLE
        ]
        length = len(_merged((), asked))
        return FreeBusy(View.MERGED_ONLY, merged_of_several(views, length) if views else NO_DATA * length)


def _events(found: Iterable[Appearance], asked: Asked, view: View, *, own: bool) -> Sequence[CalendarEvent]:
    if not view.has_events:
        return ()
    zone, knows = asked.span.here, asked.request.knows_elsewhere
    return [
        CalendarEvent(_clock(zone, one.start), _clock(zone, one.end), _busy(one, knows), _details(one, view, own=own))
        for one in found
    ]


def _details(one: Appearance, view: View, *, own: bool) -> Details | None:
    if not view.has_details:
        return None
    hidden = one.is_private and not own
    return Details(
        None if hidden else one.subject,
        None if hidden else one.location,
        one.is_meeting,
        one.is_recurring,
        one.is_exception,
        one.is_reminder_set,
        one.is_private,
    )


def _merged(found: Iterable[Appearance], asked: Asked) -> str:
    knows = asked.request.knows_elsewhere
    taken = (Taken(one.start, one.end, _busy(one, knows)) for one in found)
    return merged(taken, asked.span.begin, asked.span.end, asked.request.interval)


def _busy(one: Appearance, knows_elsewhere: bool) -> Busy:
    """What is no status that anybody knows takes time."""
    busy = Busy(one.busy) if 0 <= one.busy < len(Busy) else Busy.BUSY
    return Busy.FREE if busy is Busy.WORKING_ELSEWHERE and not knows_elsewhere else busy


def _span(request: AvailabilityRequest) -> Span:
    zone = _zone(request.zone)
    return Span(_minutes(request.begin, zone), _minutes(request.end, zone), zone)


def _zone(zone: wire.TimeZone) -> Zone:
    standard, daylight = zone.standard, zone.daylight
    winter = zone.bias + (standard.bias if standard else 0)
    if standard is None or daylight is None or standard.month == daylight.month:
        return Zone("", winter)
    return Zone("", winter, _change(standard), _change(daylight), zone.bias + daylight.bias - winter)


def _change(one: wire.Transition) -> Change:
    minutes = int(one.clock / timedelta(minutes=1))
    return Change(one.month, one.weekday, one.nth, minutes // 60, minutes % 60)


def _minutes(moment: datetime, zone: Zone) -> int:
    aware = moment.tzinfo is not None
    local = moment.astimezone(UTC) if aware else moment
    minutes = minutes_of(local.date(), local.hour, local.minute)
    return minutes if aware else zone.to_utc(minutes)


def _clock(zone: Zone, minutes: int) -> datetime:
    return _ZERO + timedelta(minutes=zone.to_local(minutes))
