"""Mailboxes that came, went, or have other names, rights or subscribers – RFC 5465 §5.4, §5.5, §5.9.

    * LIST (\\HasNoChildren) "/" NewMailbox
    * LIST (\\NonExistent) "/" DeletedMailbox
    * LIST (\\HasNoChildren) "/" NewMailbox ("OLDNAME" (OldMailbox))

Each name is told once, as it is after all that has happened.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from posthouse.model.ids import AccountId
from posthouse.model.rights import Right
from posthouse.protocols.imap.commands.notify import EventType
from posthouse.protocols.imap.responses import format_list

from .known import Key, Known
from .looking import Structure
from .scope import Scope, parent_of

NO_ACCESS = b"\\NoAccess"
CHILDREN = (b"\\HasChildren", b"\\HasNoChildren")


@dataclass(slots=True)
class Told:
    """What is told of a name besides what it is."""

    old_name: str | None = None
    revoked: bool = False


class NameNews:
    """What has become of the names since `before`."""

    def __init__(
        self,
        scope: Scope,
        before: Mapping[Key, Known],
        now: Structure,
        quiet: Container[AccountId],
    ) -> None:
        """`quiet`: accounts in which this session has done all that was done."""
        self._scope = scope
        self._before = before
        self._now = now
        self._told: dict[str, Told] = {}
        self._renamed: set[Key] = set()
        for key, known in now.known.items():
            if key[0] not in quiet:
                self._compare(key, known)
        for key, revoked in now.gone.items():
            if key[0] not in quiet:
                self._on_gone(before[key], revoked)

    def _compare(self, key: Key, known: Known) -> None:
        before = self._before.get(key)
        if before is None:
            self._on_made(known)
        elif before.name != known.name:
            self._on_renamed(key, before, known)
        elif before.readable != known.readable and known.events:
            self._tell(known.name)

    def _on_made(self, known: Known) -> None:
        """Its parent is told of as well, whether there is one or not."""
        if EventType.MAILBOX_NAME in known.events:
            self._tell(known.name)
        self._on_parent(known.name)

    def _on_parent(self, name: str) -> None:
        above = parent_of(name)
        if above and self._wants_names(above):
            self._tell(above)

    def _on_renamed(self, key: Key, before: Known, known: Known) -> None:
        """What is below comes along, and is not told of."""
        moved_along = (
            (key[0], known.parent) in self._renamed
            and before.parent == known.parent
            and before.name.rpartition("/")[2] == known.name.rpartition("/")[2]
        )
        if moved_along:
            self._renamed.add(key)
        elif EventType.MAILBOX_NAME in before.events | known.events:
            self._renamed.add(key)
            self._tell(known.name).old_name = before.name

    def _on_gone(self, before: Known, revoked: bool) -> None:
        """That it was revoked is told also to whom it was only watched by (§5.9)."""
        if EventType.MAILBOX_NAME in before.events or (revoked and before.events):
            self._tell(before.name).revoked |= revoked
        self._on_parent(before.name)

    def on_subscriptions(self, before: frozenset[str]) -> None:
        now = self._now.tree.subscribed
        changed = before ^ now if EventType.SUBSCRIPTION_CHANGE in self._scope.wanted else ()
        for name in sorted(changed):
            if EventType.SUBSCRIPTION_CHANGE in self._scope.events(name, before | now):
                self._tell(name)

    def _wants_names(self, name: str) -> bool:
        return EventType.MAILBOX_NAME in self._scope.events(name, self._now.tree.subscribed)

    def _tell(self, name: str) -> Told:
        return self._told.setdefault(name, Told())

    def lines(self, utf8: bool) -> list[bytes]:
        told = {name: self._told[name] for name in [*self._names_by_turns(), *self._told]}
        return [
            format_list(list_attributes(self._now, name, revoked=one.revoked), name, utf8, old_name=one.old_name)
            for name, one in told.items()
        ]

    def _names_by_turns(self) -> list[str]:
        """Those of what was renamed: a name is free when it is told who has it now."""
        having = {told.old_name: name for name, told in self._told.items() if told.old_name is not None}
        ordered: dict[str, None] = {}
        for name in having.values():
            turns = [name]
            while (after := having.get(turns[-1])) is not None and after not in turns and after not in ordered:
                turns.append(after)
            ordered.update(dict.fromkeys(reversed(turns)))
        return list(ordered)


def list_attributes(now: Structure, name: str, *, revoked: bool = False) -> list[bytes]:
    tree = now.tree
    attributes = tree.attributes(name)
    if name not in tree.folders:  # also one that is nothing but a level above others
        attributes = [b"\\NonExistent", *(one for one in attributes if one == b"\\HasChildren")]
        attributes += [NO_ACCESS] if revoked else []
    elif not tree.rights(name) & Right.READ:
        attributes = [*attributes, NO_ACCESS]
    return [*attributes, b"\\Subscribed"] if name in tree.subscribed else attributes
