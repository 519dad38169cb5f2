"""The folder that a session has selected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from posthouse.database import Transaction
from posthouse.model.flags import FlagChange
from posthouse.model.ids import AccountId, FolderId, ModSeq, UidValidity
from posthouse.model.ranges import Ranges, normalise
from posthouse.model.refusals import BadSyntax, ReadOnly
from posthouse.model.rights import ALL_RIGHTS, FLAG_RIGHTS, NO_RIGHTS, Right, of_own_messages
from posthouse.protocols.imap.sequence import SequenceSet
from posthouse.store.accounts import highest_modseq
from posthouse.store.annotations import SHARED
from posthouse.store.flags import FlagsChanged, change_flags

from .annotations import AnnotationNews
from .contexts import Contexts
from .places import require
from .view import News, Spans, View

CHANGING = FLAG_RIGHTS | Right.INSERT | Right.EXPUNGE | Right.ANNOTATE


@dataclass(slots=True)
class Selected:
    account: AccountId
    folder: FolderId
    uid_validity: UidValidity
    view: View
    keywords: set[str]
    """Those which the client was told of in a FLAGS response."""
    rights: Right = ALL_RIGHTS
    """All, but in another's folder."""
    examined: bool = False
    """By EXAMINE: nothing may be changed."""
    saved: Ranges = field(default=())
    """UIDs of the last search with SAVE: `$` (RFC 9051 §6.4.4.1)."""
    placed: set[int] = field(default_factory=set)
    """UIDs of messages that the client has put here itself, not yet announced."""
    contexts: Contexts = field(default_factory=Contexts)
    """Searches whose results are told as they change (RFC 5267 §4.3)."""
    reader: AccountId = SHARED
    """Who looks: whose private annotations there are."""
    annotations: AnnotationNews = field(default_factory=AnnotationNews)

    @property
    def rights_on_own(self) -> Right:
        """What may be done with messages that whoever looks has put there."""
        return of_own_messages(self.rights)

    @property
    def read_only(self) -> bool:
        """Also for want of every right to change anything (RFC 4314 §5.2)."""
        return self.examined or not self.rights_on_own & CHANGING

    @property
    def flag_rights(self) -> Right:
        """On some of the messages at least."""
        return NO_RIGHTS if self.examined else self.rights_on_own & FLAG_RIGHTS

    def require(self, needed: Right) -> None:
        """To change something with this right."""
        self._require_writable()
        require(self.rights, needed)

    def require_some(self, needed: Right) -> None:
        """The same, if there are messages with which this may be done."""
        self._require_writable()
        require(self.rights_on_own, needed)

    def _require_writable(self) -> None:
        if self.examined:
            raise ReadOnly("The mailbox is selected read-only")

    def reach(self, messages: SequenceSet | None, by_uid: bool) -> tuple[int, int]:
        """What of the view must be loaded for a command: the UIDs from the first number on, of as many messages at the
        end of the folder as the second says. (0, 0): nothing that isn't there; clients mostly name the newest."""
        view = self.view
        if not view.start:
            return 0, 0
        if messages is None or messages.saved:
            return 1, 1
        first = min([number for pair in messages.ranges for number in pair])
        if by_uid:
            low = min(first, view.next_uid - 1)
            if low >= view.low and view.known:
                return 0, 0
            return (low if low * 4 > view.next_uid else 1), 1
        least = view.exists - min(first, view.exists) + 1
        if least <= len(view.known):
            return 0, 0
        return (max(1, view.next_uid - 2 * least) if least * 4 < view.exists else 1), least

    def spans(self, messages: SequenceSet, by_uid: bool) -> Spans:
        """Which messages of the view, as far as `reach` says that it must be loaded, a command names. A sequence number
        beyond the last one is an error (RFC 9051 §9, seq-number), an unused UID is not (§6.4.9)."""
        view = self.view
        if by_uid:
            ranges = messages.resolve(view.last_uid)
            return view.spans_of_uids(normalise((*ranges, *self.saved)) if messages.saved else ranges)
        if messages.highest > view.exists or (messages.names_star and not view.exists):
            raise BadSyntax(f"message numbers up to {view.exists}")
        spans = view.spans_of_numbers(messages.resolve(view.exists))
        if messages.saved:
            spans = _union(spans, view.spans_of_uids(self.saved))
        return spans


def _union(one: Spans, other: Spans) -> Spans:
    return [(low, high + 1) for low, high in normalise((low, high - 1) for low, high in (*one, *other))]


def mark(tx: Transaction, selected: Selected, messages: Ranges, change: FlagChange) -> News:
    """Change flags, and give the view what others have done."""
    return apart(tx, selected, lambda: change_flags(tx, selected.account, selected.folder, messages, change))[0]


def apart(tx: Transaction, selected: Selected, act: Callable[[], FlagsChanged]) -> tuple[News, ModSeq]:
    """A change by this session, its modseq, and what others have done: our own change is no news, except where it came
    to a message that others had changed, whose flags then are both."""
    view, account, folder = selected.view, selected.account, selected.folder
    counter = highest_modseq(tx, account)
    before = view.look(tx, account, folder)
    changed = act()
    if not changed.any:
        return before, changed.modseq
    alone = changed.modseq == counter + 1  # else another transaction came between: whose change is whose is not known
    if alone and before.changes.highest_modseq <= view.modseq:
        return replace(before, changes=replace(before.changes, highest_modseq=changed.modseq)), changed.modseq
    news = view.look(tx, account, folder)
    if not alone:
        return news, changed.modseq
    others = {row[0] for row in before.changes.changed}
    rows = [row for row in news.changes.changed if row[3] != changed.modseq or row[0] in others]
    return replace(news, changes=replace(news.changes, changed=rows)), changed.modseq
