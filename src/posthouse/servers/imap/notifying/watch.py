"""What one session knows of the mailboxes that it watches, and what it is told next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, ModSeq
from posthouse.protocols.imap.commands.notify import EventType
from posthouse.protocols.imap.responses import format_list, format_metadata_changes
from posthouse.store.accounts import highest_modseq, lock_account
from posthouse.store.metadata import HUB, SERVER, MetadataChange

from ..places import Places
from ..selected import Selected
from .known import UNKNOWN, Key, Known, changed_items, first_items, format_known
from .looking import Look, State, Structure, first_look, look
from .names import NameNews, list_attributes
from .scope import Scope

T = TypeVar("T")
Spans = list[tuple[AccountId, ModSeq, ModSeq]]
"""Where the counters of accounts stood before and after a change of one's own."""


class Watch:
    __slots__ = ("_doubtful", "_hub", "_own", "_spans", "_subscribed", "known", "scope", "stale", "state")

    def __init__(self, own: AccountId, scope: Scope, state: State, structure: Structure) -> None:
        """As of `begin`."""
        self._own = own
        self.scope = scope
        self.state = state
        self.known = structure.known
        self.stale = False
        """Names or rights may have changed."""
        self._subscribed = self._to_remember(structure)
        self._doubtful: set[Key] = set()
        """Mailboxes that were left with news that was not told."""
        self._spans: Spans = []
        self._hub: set[ModSeq] = set()
        """Changes of one's own to what is annotated of the server for everybody."""

    @staticmethod
    def begin(tx: Transaction, places: Places, scope: Scope) -> tuple[Watch, Structure]:
        """Raises `TooMuch`."""
        state, structure = first_look(tx, places, scope)
        return Watch(places.account, scope, state, structure), structure

    def look(self, tx: Transaction, places: Places, *, stale: bool) -> Look:
        """Within a door of the store; changes nothing."""
        return look(tx, places, self.scope, self.state, self.known, tuple(self._doubtful), stale=stale)

    @property
    def accounts(self) -> frozenset[AccountId]:
        return frozenset(self.state.counters)

    # what happens meanwhile
    def on_own(self, spans: Spans) -> None:
        self._spans += spans

    def on_own_annotation_of_hub(self, modseq: ModSeq) -> None:
        self._hub.add(modseq)

    def on_left(self, selected: Selected) -> None:
        """The client knows the mailbox as it was last announced."""
        key = (selected.account, selected.folder)
        known, view = self.known.get(key), selected.view
        if known is None:
            return
        self._doubtful.add(key)
        if not view.pending:
            self.known[key] = known._replace(
                next_uid=view.next_uid, total=view.exists, unseen=UNKNOWN, modseq=view.modseq
            )

    # what to tell
    def first_lines(
        self, structure: Structure, selected: Key | None, *, status: bool, condstore: bool, utf8: bool
    ) -> Iterator[bytes]:
        """Which mailboxes cannot be watched, and with `status` where the others stand (§3.1)."""
        for key, known in self.known.items():
            if known.events and not known.readable:
                yield format_list(list_attributes(structure, known.name), known.name, utf8)
            elif status and known.watched and key != selected:
                yield format_known(known, first_items(known, condstore=condstore), utf8)

    def take(self, found: Look, selected: Key | None, *, condstore: bool, utf8: bool) -> list[bytes]:
        """What was found becomes what is known. What to say of it."""
        quiet = {one for one, counter in found.state.counters.items() if self._is_own(one, counter.modseq)}
        lines: list[bytes] = []
        if found.structure is not None:
            names = NameNews(self.scope, self.known, found.structure, quiet)
            if self._own not in quiet:
                names.on_subscriptions(self._subscribed)
            lines = names.lines(utf8)
            lines += self._take_structure(found.structure, selected, quiet, condstore, utf8)
        for key, folder in found.folders:
            before = self.known.get(key)
            if before is not None and key != selected:
                lines += self._take(key, before, before.with_counters(folder), quiet, condstore, utf8)
        lines += self._annotations(found.annotations, quiet, utf8)
        self.state = found.state
        self._doubtful.clear()
        self._spans.clear()
        self._hub.clear()
        return lines

    def _is_own(self, account: AccountId, now: ModSeq) -> bool:
        """Whether this session did all that was done in the account since the last look."""
        counter = self.state.counters.get(account)
        at = start = counter.modseq if counter is not None else now
        for owner, before, after in self._spans:
            if owner == account and before == at:
                at = after
        return start != now == at

    def _take_structure(
        self, now: Structure, selected: Key | None, quiet: Collection[AccountId], condstore: bool, utf8: bool
    ) -> Iterator[bytes]:
        before, self.known = self.known, now.known
        for key, known in list(now.known.items()):
            was = before.get(key)
            if key == selected:
                if was is not None:
                    counters = (was.uid_validity, was.next_uid, was.total, was.unseen, was.modseq)
                    self.known[key] = Known(known.name, known.parent, known.events, known.readable, *counters)
            elif was is not None and was.watched:
                yield from self._take(key, was, known, quiet, condstore, utf8)
            elif known.watched and key[0] not in quiet and _is_news(known):
                yield format_known(known, first_items(known, condstore=condstore), utf8)
        self._subscribed = self._to_remember(now)

    def _take(
        self, key: Key, before: Known, now: Known, quiet: Collection[AccountId], condstore: bool, utf8: bool
    ) -> Iterator[bytes]:
        self.known[key] = now
        if now.watched and key[0] not in quiet:
            items = changed_items(before, now, condstore=condstore)
            if items:
                yield format_known(now, items, utf8)

    def _annotations(self, changes: list[MetadataChange], quiet: Collection[AccountId], utf8: bool) -> Iterator[bytes]:
        """Their names, and of those which may be read alone."""
        names: dict[str, list[str]] = {}
        for change in changes:
            name = self._mailbox_of(change)
            if name is not None and not self._is_own_annotation(change, quiet):
                names.setdefault(name, []).append(change.name)
        for name, entries in names.items():
            yield format_metadata_changes(name, entries, utf8)

    def _mailbox_of(self, change: MetadataChange) -> str | None:
        if change.folder == SERVER:
            return "" if EventType.SERVER_METADATA_CHANGE in self.scope.wanted else None
        known = self.known.get((change.account, change.folder))
        wanted = known is not None and known.readable and EventType.MAILBOX_METADATA_CHANGE in known.events
        return known.name if known is not None and wanted else None

    def _is_own_annotation(self, change: MetadataChange, quiet: Collection[AccountId]) -> bool:
        if change.folder == SERVER and change.account == HUB:
            return change.modseq in self._hub
        return change.account in quiet

    def _to_remember(self, structure: Structure) -> frozenset[str]:
        return structure.tree.subscribed if self.scope.follows_subscriptions else frozenset()


def _is_news(known: Known) -> bool:
    """Whether messages of a mailbox that begins to be watched are to be told of: there may have been some, or its
    UIDVALIDITY may be another than that of an earlier one of the name (§5.1)."""
    return known.next_uid > 1 or EventType.FLAG_CHANGE in known.events


def as_own(tx: Transaction, accounts: Collection[AccountId], change: Callable[[Transaction], T]) -> tuple[T, Spans]:
    """A change by the session that watches these accounts, and where it has taken their counters. Nobody else changes
    them meanwhile."""
    before = {account: lock_account(tx, account) for account in sorted(accounts)}
    result = change(tx)
    after = {account: highest_modseq(tx, account) for account in before}
    return result, [(one, before[one], after[one]) for one in before if before[one] != after[one]]
