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
    fetch: tuple[FetchItem, ...] = ()
    """What to tell of each new message, without the client's asking."""
    between: bool = False
    """Also between commands."""
    delayed: bool = False
    """EXPUNGE within commands alone."""


BEFORE_NOTIFY = Interest(messages=True, flags=True)
NOTHING = Interest(messages=False, flags=False)


def interest_of(groups: Iterable[EventGroup]) -> Interest:
    """Without SELECTED and SELECTED-DELAYED it is as if SELECTED NONE was said (§3.1)."""
    for group in groups:
        if group.mailboxes.source in OF_SELECTED and group.events:
            delayed = group.mailboxes.source is MailboxSource.SELECTED_DELAYED
            flags = EventType.FLAG_CHANGE in group.events
            return Interest(True, flags, group.fetch, between=True, delayed=delayed)
    return NOTHING
