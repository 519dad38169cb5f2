"""When an appointment takes place, by the clock of its zone – [MS-OXOCAL] 2.2.1.5, 2.2.1.6, 2.2.1.39 to 2.2.1.44."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from posthouse.model.refusals import BadSyntax

from ... import named_tags
from ...objects import Properties, value_of
from .moments import DAY, minutes_of_file_time
from .recurrence import Recurrence, parse_recurrence
from .recurrence_rules import rule_of
from .time_zones import UTC, Zone, parse_definition, parse_zone
from .zone_names import iana_name

MAX_REMEMBERED = 4_096
"""Bytes of a definition of a zone."""


class Times(NamedTuple):
    zone: Zone
    all_day: bool
    start: int
    """By the clock of the zone."""
    end: int
    recurrence: Recurrence | None

    @property
    def needs_zone(self) -> bool:
        return not self.all_day and not self.zone.is_utc


def times_of(properties: Properties) -> Times:
    """ValueError: it does not say when it begins, or says no time of our calendar."""
    recurrence = _recurrence(properties)
    zone = _zone(properties)
    all_day = bool(value_of(properties, named_tags.PidLidAppointmentSubType))
    if recurrence is not None:
        begin = recurrence.pattern.start
        return Times(zone, all_day, begin + recurrence.start_offset, begin + recurrence.end_offset, recurrence)
    whole = named_tags.PidLidAppointmentStartWhole, named_tags.PidLidAppointmentEndWhole
    start, end = (value_of(properties, tag) for tag in whole)
    if start is None:
        raise ValueError("an appointment without a beginning")
    moments = [minutes_of_file_time(at) for at in (start, start if end is None else end)]
    local = [zone.to_local(at) for at in moments]
    if not all_day and [zone.to_utc(at) for at in local] != moments:  # in the hour that comes twice
        zone, local = UTC, moments
    if all_day:  # without a zone midnight is only near
        local = [(at + DAY // 2) // DAY * DAY for at in local]
    return Times(zone, all_day, local[0], max(local), None)


def _recurrence(properties: Properties) -> Recurrence | None:
    try:
        found = parse_recurrence(value_of(properties, named_tags.PidLidAppointmentRecur) or b"")
    except BadSyntax:
        return None
    return found if rule_of(found.pattern) else None


def _zone(properties: Properties) -> Zone:
    for tag in _DEFINITIONS:
        try:
            data: bytes = value_of(properties, tag) or b""
            return _defined(data) if len(data) <= MAX_REMEMBERED else _read_definition(data)
        except BadSyntax:
            continue
    name = value_of(properties, named_tags.PidLidTimeZoneDescription) or "Local"
    try:
        return parse_zone(value_of(properties, named_tags.PidLidTimeZoneStruct) or b"", _one_line(name))
    except BadSyntax:
        return UTC


def _read_definition(data: bytes) -> Zone:
    zone = parse_definition(data)
    return zone._replace(name=_one_line(iana_name(zone.name)))


_defined = lru_cache(256)(_read_definition)
"""A calendar has thousands of appointments, and few zones."""


def _one_line(name: str) -> str:
    return "".join(char for char in name if char.isprintable() and char != '"') or "Local"


_DEFINITIONS = (
    named_tags.PidLidAppointmentTimeZoneDefinitionRecur,
    named_tags.PidLidAppointmentTimeZoneDefinitionStartDisplay,
)
