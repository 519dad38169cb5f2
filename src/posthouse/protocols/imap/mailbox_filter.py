"""filter-mailboxes: mailboxes by their names or by what they are – RFC 5465 §6, RFC 7377 §4.

filter-mailboxes    = "selected" / "selected-delayed" / "inboxes" / "personal" / "subscribed" /
                      ("subtree" SP one-or-more-mailbox) / ("subtree-one" SP one-or-more-mailbox) /
                      ("mailboxes" SP one-or-more-mailbox)
one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")"
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .grammar import Parser


class MailboxSource(bytes, Enum):
    SELECTED = b"SELECTED"
    SELECTED_DELAYED = b"SELECTED-DELAYED"
    """Of NOTIFY alone."""
    INBOXES = b"INBOXES"
    PERSONAL = b"PERSONAL"
    SUBSCRIBED = b"SUBSCRIBED"
    SUBTREE = b"SUBTREE"
    SUBTREE_ONE = b"SUBTREE-ONE"
    MAILBOXES = b"MAILBOXES"


NAMED = frozenset((MailboxSource.SUBTREE, MailboxSource.SUBTREE_ONE, MailboxSource.MAILBOXES))


@dataclass(frozen=True, slots=True)
class MailboxFilter:
    source: MailboxSource
    names: tuple[str, ...] = ()


SELECTED = MailboxFilter(MailboxSource.SELECTED)


def mailbox_filter(p: Parser) -> MailboxFilter:
    source = p.choice(MailboxSource)
    if source not in NAMED:
        return MailboxFilter(source)
    p.sp()
    return MailboxFilter(source, p.items(Parser.mailbox) if p.sees(b"(") else (p.mailbox(),))
