"""The folder that a session has selected."""

from __future__ import annotations

from dataclasses import dataclass, field

from posthouse.database import Transaction
from posthouse.model.flags import FlagChange
from posthouse.model.ids import AccountId, FolderId, UidValidity
from posthouse.model.ranges import Ranges, normalise
from posthouse.model.refusals import BadSyntax, ReadOnly
from posthouse.protocols.imap.sequence import SequenceSet
from posthouse.store.accounts import highest_modseq
from posthouse.store.flags import FlagsChanged, change_flags

from .view import News, Spans, View


@dataclass(slots=True)
class Selected:
    account: AccountId
    folder: FolderId
    uid_validity: UidValidity
    view: View
    keywords: set[str]
    """Those which the client was told of in a FLAGS response."""
    read_only: bool = False
    saved: Ranges = field(default=())
    """UIDs of the last search with SAVE: `$` (RFC 9051 §6.4.4.1)."""

    def require_writable(self) -> None:
        if self.read_only:
            raise ReadOnly("The mailbox is selected read-only")

    def spans(self, messages: SequenceSet, by_uid: bool) -> Spans:
        """Which messages of the (loaded) view a command names. A sequence number beyond the last one is an error
        (RFC 9051 §9, seq-number), an unused UID is not (§6.4.9)."""
        view = self.view
        if by_uid:
            known = view.uids
            ranges = messages.resolve(known[-1] if known else 0)
            return view.spans_of_uids(normalise((*ranges, *self.saved)) if messages.saved else ranges)
        if messages.highest > view.exists or (messages.names_star and not view.exists):
            raise BadSyntax(f"message numbers up to {view.exists}")
        spans = view.spans_of_numbers(messages.resolve(view.exists))
        if messages.saved:
            spans = _union(spans, view.spans_of_uids(self.saved))
        return spans


def _union(one: Spans, other: Spans) -> Spans:
    return [(low, high + 1) for low, high in normalise((low, high - 1) for low, high in (*one, *other))]


@dataclass(frozen=True, slots=True)
class Marked:
    """A change of flags, and what others had done before it."""

    before: News
    changed: FlagsChanged
    alone: bool
    """Whether nothing came between the two."""


def mark(tx: Transaction, selected: Selected, messages: Ranges, change: FlagChange) -> Marked:
    """Change flags such that the view can tell our change from those of others, which are still to be announced."""
    counter = highest_modseq(tx, selected.account)
    before = selected.view.look(tx, selected.account, selected.folder)
    changed = change_flags(tx, selected.account, selected.folder, messages, change)
    return Marked(before, changed, changed.modseq == counter + 1)


def absorb_mark(selected: Selected, marked: Marked) -> None:
    """After the commit. If others came between, our own change is announced with theirs."""
    selected.view.absorb(marked.before)
    if marked.alone and marked.changed.any:
        selected.view.modseq = marked.changed.modseq
