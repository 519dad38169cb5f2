"""NOTIFY – RFC 5465 §8.

notify              = "NOTIFY" SP ("SET" [SP "STATUS"] SP event-groups / "NONE")
event-groups        = event-group *(SP event-group)
event-group         = "(" filter-mailboxes SP events ")"
filter-mailboxes    = "selected" / "selected-delayed" / …       ; mailbox_filter
events              = "(" event *(SP event) ")" / "NONE"
event               = "MessageNew" [SP "(" fetch-att *(SP fetch-att) ")"] / "MessageExpunge" / "FlagChange" /
                      "AnnotationChange" / "MailboxName" / "SubscriptionChange" / "MailboxMetadataChange" /
                      "ServerMetadataChange" / atom

Events may stand without parentheses as well: the RFC's own examples (§3.1) have them so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from ..fetch import FetchItem, fetch_att
from ..grammar import Parser
from ..mailbox_filter import MailboxFilter, MailboxSource, mailbox_filter

MAX_GROUPS = 50


class EventType(bytes, Enum):
    """The value is the wire spelling; it is read without regard to case."""

    MESSAGE_NEW = b"MessageNew"
    MESSAGE_EXPUNGE = b"MessageExpunge"
    FLAG_CHANGE = b"FlagChange"
    ANNOTATION_CHANGE = b"AnnotationChange"
    MAILBOX_NAME = b"MailboxName"
    SUBSCRIPTION_CHANGE = b"SubscriptionChange"
    MAILBOX_METADATA_CHANGE = b"MailboxMetadataChange"
    SERVER_METADATA_CHANGE = b"ServerMetadataChange"


ARRIVAL_AND_EXPUNGE = frozenset({EventType.MESSAGE_NEW, EventType.MESSAGE_EXPUNGE})
"""None of them without the other, and none of the other events of messages without them (§5)."""
OF_MESSAGES = ARRIVAL_AND_EXPUNGE | {EventType.FLAG_CHANGE, EventType.ANNOTATION_CHANGE}
OF_SELECTED = frozenset({MailboxSource.SELECTED, MailboxSource.SELECTED_DELAYED})

EXTENSION_OF = {
    EventType.ANNOTATION_CHANGE: "ANNOTATE-EXPERIMENT-1",
    EventType.MAILBOX_METADATA_CHANGE: "METADATA",
    EventType.SERVER_METADATA_CHANGE: "METADATA",
}
"""Events that there are with it alone."""
_BY_WORD = {event.value.upper(): event for event in EventType}


@dataclass(frozen=True, slots=True)
class EventGroup:
    mailboxes: MailboxFilter
    events: frozenset[EventType]
    """Empty: NONE."""
    fetch: tuple[FetchItem, ...] = ()
    """What to tell of each new message in the selected mailbox."""


@dataclass(frozen=True, slots=True)
class Notify:
    groups: tuple[EventGroup, ...]
    """Empty: NOTIFY NONE."""
    status: bool = False
    unknown: bool = False
    """An event is named that we don't know: NO, and never BAD (§3.1)."""


def known_events(off: Collection[str]) -> list[EventType]:
    """`off`: extensions that are switched off."""
    return [event for event in EventType if EXTENSION_OF.get(event) not in off]


def parse_notify(p: Parser) -> Notify:
    p.sp()
    start = p.pos
    how = p.word()
    if how == b"NONE":
        p.end()
        return Notify(())
    if how != b"SET":
        p.pos = start
        raise p.fail("SET or NONE")
    p.sp()
    status = not p.sees(b"(")
    if status:
        _status_indicator(p)
    groups = _event_groups(p)
    p.end()
    if any(group is None for group in groups):
        return Notify((), status, unknown=True)
    known = tuple([group for group in groups if group is not None])
    if sum(group.mailboxes.source in OF_SELECTED for group in known) > 1:
        raise p.fail("one of SELECTED and SELECTED-DELAYED")
    for group in known:
        _require_sense(p, group)
    return Notify(known, status)


def _status_indicator(p: Parser) -> None:
    start = p.pos
    if p.word() != b"STATUS":
        p.pos = start
        raise p.fail("STATUS or a group of events")
    p.sp()


def _event_groups(p: Parser) -> list[EventGroup | None]:
    groups = [_event_group(p)]
    while not p.at_end():
        p.sp()
        if len(groups) >= MAX_GROUPS:
            raise p.fail("fewer groups of events")
        groups.append(_event_group(p))
    return groups


def _event_group(p: Parser) -> EventGroup | None:
    """None: with an event that we don't know."""
    p.expect(b"(")
    mailboxes = mailbox_filter(p)
    p.sp()
    fetch: list[FetchItem] = []
    events = p.items(lambda p: _event(p, fetch)) if p.sees(b"(") else _bare_events(p, fetch)
    p.expect(b")")
    if None in events:
        return None
    return EventGroup(mailboxes, frozenset(filter(None, events)), tuple(dict.fromkeys(fetch)))


def _bare_events(p: Parser, fetch: list[FetchItem]) -> tuple[EventType | None, ...]:
    """Up to the group's end; also `NONE`."""
    start = p.pos
    if p.word() == b"NONE":
        return ()
    p.pos = start
    events = [_event(p, fetch)]
    while p.take(b" "):
        events.append(_event(p, fetch))
    return tuple(events)


def _event(p: Parser, fetch: list[FetchItem]) -> EventType | None:
    event = _BY_WORD.get(p.word())
    if event is None or EXTENSION_OF.get(event) in p.off:
        return None
    if event is EventType.MESSAGE_NEW and p.take(b" ("):
        p.pos -= 1
        fetch += p.items(fetch_att)
    return event


def _require_sense(p: Parser, group: EventGroup) -> None:
    """§5, §6.1, §8."""
    of_messages = group.events & OF_MESSAGES
    if of_messages and not of_messages >= ARRIVAL_AND_EXPUNGE:
        raise p.fail("MessageNew and MessageExpunge, which all events of messages go with")
    if group.mailboxes.source in OF_SELECTED:
        if of_messages != group.events:
            raise p.fail("events of messages alone with SELECTED")
    elif group.fetch:
        raise p.fail("what to fetch with SELECTED alone")
