"""Which events of which mailboxes a client wants – RFC 5465 §6. Mailboxes are told apart by their names, whether there
are such mailboxes or not.

    (subtree Lists (MessageNew MessageExpunge)) (personal (MailboxName))

Several groups may be about one mailbox: then the events of all of them are wanted. `inboxes` is the same as `personal`,
for `user+detail` delivers into any folder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from posthouse.protocols.imap.commands.notify import OF_SELECTED, EventGroup, EventType
from posthouse.protocols.imap.mailbox_filter import MailboxFilter, MailboxSource
from posthouse.store.folders import SEPARATOR

from ..places import is_foreign

NOTHING: frozenset[EventType] = frozenset()


class Scope:
    """Of one NOTIFY SET, but for the selected mailbox."""

    __slots__ = ("_groups", "follows_subscriptions", "reaches_others", "wanted")

    def __init__(self, groups: Iterable[EventGroup]) -> None:
        self._groups = [
            (group.mailboxes.source, frozenset(_names(group.mailboxes)), group.events)
            for group in groups
            if group.events and group.mailboxes.source not in OF_SELECTED
        ]
        self.wanted = NOTHING.union(*[events for _, _, events in self._groups])
        """Of any mailbox."""
        self.follows_subscriptions = EventType.SUBSCRIPTION_CHANGE in self.wanted or any(
            source is MailboxSource.SUBSCRIBED for source, _, _ in self._groups
        )
        self.reaches_others = any(
            source is MailboxSource.SUBSCRIBED or any(map(_may_be_foreign, names)) for source, names, _ in self._groups
        )
        """Whether it may be about mailboxes that are not one's own."""

    def events(self, name: str, subscribed: Collection[str]) -> frozenset[EventType]:
        """Wanted of the mailbox of that name."""
        found = [events for source, names, events in self._groups if _matches(source, names, name, subscribed)]
        return found[0] if len(found) == 1 else NOTHING.union(*found)

    def patterns(self, subscribed: Collection[str]) -> list[str]:
        """As of LIST: names of others' folders that it may be about."""
        found: list[str] = []
        for source, names, _ in self._groups:
            if source is MailboxSource.SUBSCRIBED:
                found += filter(is_foreign, subscribed)
            others = list(filter(_may_be_foreign, names))
            found += others
            if source in (MailboxSource.SUBTREE, MailboxSource.SUBTREE_ONE):
                found += [f"{name}{SEPARATOR}*" if name else "*" for name in others]
        return found


def _may_be_foreign(name: str) -> bool:
    """It, or what is below it."""
    return not name or is_foreign(name + SEPARATOR)


def _names(mailboxes: MailboxFilter) -> list[str]:
    return [name.removesuffix(SEPARATOR) for name in mailboxes.names]


def _matches(source: MailboxSource, names: frozenset[str], name: str, subscribed: Collection[str]) -> bool:
    match source:
        case MailboxSource.PERSONAL | MailboxSource.INBOXES:
            return not is_foreign(name)
        case MailboxSource.SUBSCRIBED:
            return name in subscribed
        case MailboxSource.MAILBOXES:
            return name in names
        case MailboxSource.SUBTREE_ONE:
            return name in names or parent_of(name) in names
        case _:
            return "" in names or any(above in names for above in _with_all_above(name))


def _with_all_above(name: str) -> Iterable[str]:
    while name:
        yield name
        name = parent_of(name)


def parent_of(name: str) -> str:
    """Empty: it is at the top."""
    return name.rpartition(SEPARATOR)[0]
