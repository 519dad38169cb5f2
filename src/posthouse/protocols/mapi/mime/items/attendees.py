"""Who organizes an event, and who comes: people of a message → lines of iCalendar – [MS-OXCICAL] 2.1.3.1.1.20."""

from __future__ import annotations

from collections.abc import Iterator

from ... import tags
from ...objects import Message, Properties, value_of
from ..header_out import Writing
from ..people import RECIPIENT, SENDER, SENT_REPRESENTING, Person, person_of
from .content_lines import Line

_TRACK = {2: "TENTATIVE", 3: "ACCEPTED", 4: "DECLINED"}
_ROLES = {1: "REQ-PARTICIPANT", 2: "OPT-PARTICIPANT", 3: "NON-PARTICIPANT"}
_ORGANIZER = 2


def people_of(message: Message, writing: Writing, method: str, answer: str) -> Iterator[Line]:
    """An answer goes to who organizes, and is of one attendee: who sends it."""
    properties, book = message.properties, writing.book
    sender = person_of(SENT_REPRESENTING, properties, book) or person_of(SENDER, properties, book)
    recipients = [(found.properties, person_of(RECIPIENT, found.properties, book)) for found in message.recipients]
    if answer:
        organizer = next((person for _, person in recipients if person), None)
        if organizer:
            yield _line("ORGANIZER", organizer)
        if sender:
            yield _line("ATTENDEE", sender, PARTSTAT=answer)
        return
    attendees = [(row, person) for row, person in recipients if person and not _is_organizer(row, person, sender)]
    if sender and (attendees or method):
        yield _line("ORGANIZER", sender)
    for row, person in attendees:
        yield _attendee(row, person, value_of(properties, tags.PidTagResponseRequested, True))


def _is_organizer(row: Properties, person: Person, sender: Person | None) -> bool:
    flags = value_of(row, tags.PidTagRecipientFlags, 0)
    return bool(flags & _ORGANIZER) or (sender is not None and person.address.lower() == sender.address.lower())


def _attendee(row: Properties, person: Person, response_requested: bool) -> Line:
    kind = value_of(row, tags.PidTagRecipientType, 1) & 0xF
    status = _TRACK.get(value_of(row, tags.PidTagRecipientTrackStatus, 0), "NEEDS-ACTION")
    params = {"CUTYPE": "RESOURCE"} if kind == 3 else {}
    return _line(
        "ATTENDEE",
        person,
        **params,
        ROLE=_ROLES.get(kind, _ROLES[1]),
        PARTSTAT=status,
        RSVP=str(response_requested).upper(),
    )


def _line(name: str, person: Person, **params: str) -> Line:
    address = "".join(char for char in person.address if char.isprintable() and char != " ")
    return Line(name, f"mailto:{address}", {"CN": person.name, **params})
