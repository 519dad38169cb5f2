"""What stands in somebody's calendar for a span of time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from threading import Lock
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, MessageId, ModSeq
from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.items.appearances import (
    TOLD,
    Appearance,
    Course,
    appearances,
    course_of,
)
from posthouse.protocols.mapi.mime.items.time_zones import Zone
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.protocols.mapi.stored_form import parse_stored
from posthouse.servers.mapi.messages.reading import read_message
from posthouse.servers.mapi.people import People
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.store.blobs import Blobs
from posthouse.store.listing import Listed, Listing, scan_rows

CALENDAR = own_folder(Special.CALENDAR)
MAX_APPEARANCES = 1_000
"""In one answer, as by Exchange."""
REMEMBERED = 50_000
"""Appointments, of all calendars, and instances of series that are different: a kilobyte each."""
MAX_WEIGHT = 50
"""Such instances of a series that is remembered."""


class Span(NamedTuple):
    begin: int
    """Minutes since 1601, UTC."""
    end: int
    here: Zone
    """Of whoever asks."""


class TooManyAppearances(Exception):
    pass


class TooSlow(Exception):
    pass


class Calendars:
    """One for a worker: remembers what it has read, for those who look for a time for many look again and again."""

    def __init__(self, blobs: Blobs, people: People) -> None:
        self._blobs, self._people = blobs, people
        self._known: OrderedDict[tuple[AccountId, MessageId, ModSeq], Course | None] = OrderedDict()
        self._left, self._lock = REMEMBERED, Lock()

    def appearances(
        self, tx: Transaction, account: AccountId, span: Span, is_late: Callable[[], bool]
    ) -> list[Appearance]:
        """In the order in which they begin. TooManyAppearances; TooSlow once it `is_late`."""
        found: list[Appearance] = []
        for one in scan_rows(tx, Listing(account, CALENDAR)):
            if is_late():
                raise TooSlow
            course = self._course(tx, account, one)
            if course is not None:
                with suppress(ValueError, OverflowError):  # it says times that make no sense, and the others do
                    found.extend(islice(appearances(course, *span), MAX_APPEARANCES + 1))
            if len(found) > MAX_APPEARANCES:
                raise TooManyAppearances
        return sorted(found)

    def _course(self, tx: Transaction, account: AccountId, one: Listed) -> Course | None:
        """None: it is no appointment."""
        key = account, one.row.id, one.row.change_number
        with self._lock:
            if key in self._known:
                return self._known[key]
        course = self._read(tx, account, one)
        if _weight(course) <= MAX_WEIGHT:
            with self._lock:
                self._remember(key, course)
        return course

    def _remember(self, key: tuple[AccountId, MessageId, ModSeq], course: Course | None) -> None:
        if key in self._known:  # somebody else has asked at the same time
            return
        self._known[key] = course
        self._left -= 1 + _weight(course)
        while self._left < 0:
            _, oldest = self._known.popitem(last=False)
            self._left += 1 + _weight(oldest)

    def _read(self, tx: Transaction, account: AccountId, one: Listed) -> Course | None:
        try:
            properties = self._properties(tx, account, one)
            is_appointment = value_of(properties, tags.PidTagMessageClass, "").lower().startswith("ipm.appointment")
            return course_of(properties) if is_appointment else None
        except (BadSyntax, ValueError, OverflowError, FileNotFoundError):  # the last: deleted and swept in between
            return None

    def _properties(self, tx: Transaction, account: AccountId, one: Listed) -> Properties:
        """What a client has made says it in its form; the rest is iCalendar."""
        form = one.form
        if form is None or not form.whole:
            return read_message(tx, self._blobs, account, one.row, self._people.at(tx)).tree.properties
        return parse_stored(self._blobs.open(form.blob)[:] if form.blob else form.data, TOLD).properties


def _weight(course: Course | None) -> int:
    return 0 if course is None else course.weight
