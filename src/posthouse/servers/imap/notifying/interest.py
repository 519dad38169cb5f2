"""What of the selected mailbox a client wants to hear – RFC 5465 §3.1, §6.1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from posthouse.protocols.imap.commands.notify import OF_SELECTED, EventGroup, EventType
from posthouse.protocols.imap.fetch import FetchItem
from posthouse.protocols.imap.mailbox_filter import MailboxSource


@dataclass(frozen=True, slots=True)
class Interest:
    messages: bool
    """That they come and go."""
    flags: bool
    annotations: bool
    """That they change (RFC 5257 §4.4); before NOTIFY, if SELECT says so."""
    fetch: tuple[FetchItem, ...] = ()
    """What to tell of each new message, without the client's asking."""
    between: bool = False
    """Also between commands."""
    delayed: bool = False
    """EXPUNGE within commands alone."""


BEFORE_NOTIFY = Interest(messages=True, flags=True, annotations=True)
NOTHING = Interest(messages=False, flags=False, annotations=False)


def interest_of(groups: Iterable[EventGroup]) -> Interest:
    """Without SELECTED and SELECTED-DELAYED it is as if SELECTED NONE was said (§3.1)."""
    for group in groups:
        if group.mailboxes.source in OF_SELECTED and group.events:
            delayed = group.mailboxes.source is MailboxSource.SELECTED_DELAYED
            flags, annotations = (
                event in group.events for event in (EventType.FLAG_CHANGE, EventType.ANNOTATION_CHANGE)
            )
            return Interest(True, flags, annotations, group.fetch, between=True, delayed=delayed)
    return NOTHING
