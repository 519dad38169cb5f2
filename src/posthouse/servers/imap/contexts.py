"""Searches and sorts whose results are told as they change – RFC 5267 §4.3.

    * ESEARCH (TAG "B01") UID ADDTO (0 32768:32769)
    * ESEARCH (TAG "B01") UID REMOVEFROM (0 32768)

What changed since the last look is looked at again with the criteria, and nothing else: a message that was found and
does not match any more goes, one that matches and was not found comes. The keys of an order never change, so of a sort
only the places of those messages are to be found. Removals are told before EXPUNGE, while sequence numbers still mean
what the client takes them for, additions after EXISTS (§4.3.3, §4.3.4).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ordering import SortCriterion
from posthouse.model.ranges import from_numbers
from posthouse.protocols.imap.fetch import FetchItem
from posthouse.protocols.imap.responses import format_esearch
from posthouse.protocols.imap.sequence import format_numbers
from posthouse.store.blobs import Blobs
from posthouse.store.comparators import Comparator
from posthouse.store.criteria import And, Criteria, UidIn
from posthouse.store.ordering import sort
from posthouse.store.reading import changes
from posthouse.store.search import search

from .view import View

MAX_CONTEXTS = 16
"""Of a session."""
MAX_SORTED = 20_000
"""Results of a sort that is kept up: a change puts all of them in order again."""


@dataclass(slots=True)
class Context:
    tag: bytes
    by_uid: bool
    criteria: Criteria
    """As of when the command came: sequence numbers and `$` are UIDs (RFC 5267 §4.3)."""
    order: tuple[SortCriterion, ...]
    """Empty: the order of the folder."""
    results: array[int]
    """UIDs, in the order that was asked for."""
    fetch: tuple[FetchItem, ...] = ()
    """To be told of each new message among them (RFC 5465 §7)."""

    def has(self, uid: int) -> bool:
        """Only in the order of the folder."""
        at = bisect_left(self.results, uid)
        return at < len(self.results) and self.results[at] == uid


@dataclass(frozen=True, slots=True)
class Changed:
    """What has become of a context's results."""

    context: Context
    before: array[int]
    after: array[int]
    removed: Collection[int]
    added: Collection[int]


@dataclass(slots=True)
class Contexts:
    """Those of one selected folder."""

    by_tag: dict[bytes, Context] = field(default_factory=dict)
    since: int = 0
    """The modseq up to which changes have been looked at."""

    def __len__(self) -> int:
        return len(self.by_tag)

    def add(self, context: Context, since: int) -> bool:
        """Whether there was room for it. `since`: a modseq before its results were found; what they have of it already
        is not found to be a change."""
        if len(self.by_tag) >= MAX_CONTEXTS or (context.order and len(context.results) > MAX_SORTED):
            return False
        self.since = min(self.since, since) if self.by_tag else since
        self.by_tag[context.tag] = context
        return True

    def drop_numbered(self) -> list[bytes]:
        """Those whose results were told by number end; their tags."""
        tags = [tag for tag, context in self.by_tag.items() if not context.by_uid]
        for tag in tags:
            del self.by_tag[tag]
        return tags

    # within the store's doors
    def look(
        self, tx: Transaction, blobs: Blobs, account: AccountId, folder: FolderId, comparator: Comparator
    ) -> list[Changed]:
        news = changes(tx, account, folder, self.since)  # type: ignore[arg-type]
        touched = [row[0] for row in news.changed]
        if not touched and not news.vanished:
            return []
        among = UidIn(from_numbers(touched))
        found: list[Changed] = []
        for context in self.by_tag.values():
            matching: set[int] = set()
            if touched:
                criteria = And((among, context.criteria))
                matching.update(search(tx, blobs, account, folder, criteria, comparator=comparator))
            changed = _compare(context, {*touched, *news.vanished}, matching)
            if changed.added and context.order:
                uids = array("I", sorted(changed.after))
                after = sort(tx, account, folder, uids, context.order, comparator=comparator, blobs=blobs)
                changed = Changed(context, changed.before, after, changed.removed, changed.added)
            if changed.added or changed.removed:
                found.append(changed)
        return found

    # on the loop
    def take(self, found: Iterable[Changed], modseq: int, view: View) -> list[bytes]:
        """What was found becomes the results. What to say before anything else is said."""
        self.since = modseq
        for changed in found:
            changed.context.results = changed.after
        return list(_format_removed(found, view))


def _compare(context: Context, touched: set[int], matching: set[int]) -> Changed:
    before = context.results
    if context.order:
        members = set(before)
        removed = (touched & members) - matching
        added = matching - members
    else:
        removed = {uid for uid in touched - matching if context.has(uid)}
        added = {uid for uid in matching if not context.has(uid)}
    after = before
    if removed:
        after = array("I", [uid for uid in after if uid not in removed])
    if added:
        after = array("I", sorted([*after, *added]))
    return Changed(context, before, after, removed, added)


def _format_removed(found: Iterable[Changed], view: View) -> Iterator[bytes]:
    for changed in found:
        yield from _format(changed, b"REMOVEFROM", changed.before, changed.removed, view, shifts=True)


def format_added(found: Iterable[Changed], view: View) -> list[bytes]:
    return [
        line
        for changed in found
        for line in _format(changed, b"ADDTO", changed.after, changed.added, view, shifts=False)
    ]


def _format(
    changed: Changed, word: bytes, results: array[int], some: Collection[int], view: View, *, shifts: bool
) -> Iterator[bytes]:
    """`shifts`: those before are gone when the next is looked for."""
    context = changed.context
    number: Callable[[int], int] = int if context.by_uid else view.number
    if context.order:
        pairs = [(at, [number(uid) for uid in run]) for at, run in _runs(results, some, shifts)]
    else:
        pairs = [(0, sorted(filter(None, map(number, some))))]
    texts = [b"%d %b" % (at, format_numbers(numbers)) for at, numbers in pairs if numbers]
    if texts:
        yield format_esearch(context.tag, context.by_uid, more=[b"%b (%b)" % (word, b" ".join(texts))])


def _runs(results: array[int], some: Collection[int], shifts: bool) -> Iterator[tuple[int, list[int]]]:
    """Where in the results some of them stand together: the place, from 1 on, and which they are."""
    run: list[int] = []
    gone = 0
    for place, uid in enumerate(results):
        if uid in some:
            run.append(uid)
        elif run:
            yield place - len(run) + 1 - gone, run
            gone += len(run) if shifts else 0
            run = []
    if run:
        yield len(results) - len(run) + 1 - gone, run
