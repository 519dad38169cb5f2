"""A client's view of a folder: which message has which sequence number, as last announced to this client.

Invariants
- The view is the state of the folder at `modseq`, plus the expunged messages that the client still has to be told of.
  Nothing shifts before it is announced: `take_expunged` is the only way for a number to change (RFC 9051 §7.5.1).
- UIDs only ever grow, so new messages come at the end, and what was never needed need not be there: the view knows the
  UIDs of the messages behind the first `start`, none of them after SELECT. Others are made later, as they were, from
  the UIDs of now below `next_uid` and the tombstones since `modseq`; usually the last few suffice. A folder that never
  lost a message is a `range`; any other is an array with four bytes a message.
- `look` reads, within a door of the store, and changes nothing; `absorb` takes in what it found, once the transaction
  is over: what a failed one has seen leaves no trace.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import filterfalse
from typing import TypeAlias

from posthouse.database import Row, Transaction
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.ranges import Ranges, contains
from posthouse.store.folders import Folder
from posthouse.store.reading import Changes, changes, uids

Uids: TypeAlias = "range | array[int]"
PIECE = 65_536
"""UIDs that are looked up by a table; in more than that, one by one or in several such tables."""
Spans = list[tuple[int, int]]
"""Positions from 0, half open: `[(0, 3)]` are the messages 1 to 3."""


@dataclass(frozen=True, slots=True)
class News:
    """What a look into the store has found."""

    changes: Changes
    tail: tuple[int, Uids] | None = None
    """Where they had to be read: a UID, and all UIDs of the view from that one on, before these changes."""


@dataclass(slots=True)
class View:
    exists: int
    """How many messages the client knows of, those not yet announced as expunged included."""
    next_uid: int
    modseq: ModSeq
    low: int
    """From this UID on the view knows which there are."""
    start: int
    """So many messages have lower UIDs."""
    known: Uids
    """UIDs of the others."""
    expunged: set[int] = field(default_factory=set)
    """UIDs in the view whose messages are gone."""
    flagged: dict[int, Row] = field(default_factory=dict)
    """UID → (uid, flags, keywords, modseq) of changes that are to be announced."""
    grown: bool = False
    """Whether `exists` is to be announced."""
    announced: int = 0
    """UIDs from here on are of messages that have not been announced."""
    withheld: ModSeq | None = None
    """Changes of flags after this one were dropped, as nobody wanted to hear of them; None: none were."""

    @classmethod
    def of(cls, folder: Folder) -> View:
        """From the counters alone: no message is looked at."""
        total, next_uid, modseq = folder.total, folder.next_uid, folder.highest_modseq
        if next_uid == total + 1:
            return cls(total, next_uid, modseq, 1, 0, range(1, next_uid), announced=next_uid)
        return cls(total, next_uid, modseq, next_uid, total, array("I"), announced=next_uid)

    # within the store's doors
    def look(self, tx: Transaction, account: AccountId, folder: FolderId, low: int = 0, least: int = 1) -> News:
        """What has happened since `modseq`. With `low`, also the UIDs from there on, and of at least so many messages;
        in any case those that are needed to tell what has happened."""
        news = changes(tx, account, folder, self.modseq)
        touched = [row[0] for row in news.changed[:1]] + news.vanished[:1]
        needed = min(self.low, low or self.low, *touched)  # what is known already stays so
        if not low and needed == self.low:
            return News(news)
        return News(news, self._tail(tx, account, folder, needed, least, news))

    def _tail(
        self, tx: Transaction, account: AccountId, folder: FolderId, low: int, least: int, since: Changes
    ) -> tuple[int, Uids]:
        end = self.next_uid
        low = max(1, min(low, end - 1))
        while True:
            there = uids(tx, account, folder, low, end - 1)
            gone = {uid for uid in (*since.vanished, *self.expunged) if low <= uid < end}
            known = array("I", merge(there, sorted(gone))) if gone else there
            if low <= 1 or len(known) >= least:
                return low, known
            low = max(1, end - 4 * (end - low + 1))

    # on the loop
    def absorb(self, news: News) -> None:
        if news.tail is not None:
            self.low, self.known = news.tail
            self.start = self.exists - len(self.known)
        new = news.changes
        if new.highest_modseq <= self.modseq:
            return
        old = self.next_uid
        if new.vanished:
            self.expunged.update([uid for uid in new.vanished if uid < old])
        for row in new.changed:
            if row[0] < old:
                self.flagged[row[0]] = row
        self._append([row[0] for row in new.changed if row[0] >= old])
        self.next_uid = new.next_uid
        self.modseq = new.highest_modseq

    def _append(self, new: list[int]) -> None:
        if not new:
            return
        self.exists += len(new)
        self.grown = True
        known = self.known
        if isinstance(known, range) and new[0] == known.stop and new[-1] == known.stop + len(new) - 1:
            self.known = range(known.start, known.stop + len(new))
        else:
            self.known = known = _as_array(known)
            known.extend(new)

    # numbers and UIDs
    def spans_of_uids(self, ranges: Ranges) -> Spans:
        """UIDs below `low` must not be among them."""
        known, start = self.known, self.start
        spans = [(bisect_left(known, low) + start, bisect_right(known, high) + start) for low, high in ranges]
        return [span for span in spans if span[0] < span[1]]

    def spans_of_numbers(self, ranges: Ranges) -> Spans:
        return [(low - 1, min(high, self.exists)) for low, high in ranges if 0 < low <= self.exists]

    def uids_of(self, spans: Spans) -> Iterator[int]:
        known, start = self.known, self.start
        for first, stop in spans:
            yield from known[first - start : stop - start]

    def uid_ranges(self, spans: Spans) -> Ranges:
        """UIDs that stand next to each other in the view are one range, though numbers between them may be unused: a
        store that is asked for the range finds the same messages."""
        known, start = self.known, self.start
        if spans and spans[0][0] < start:
            raise RuntimeError("these UIDs are not loaded")
        return tuple([(known[first - start], known[stop - 1 - start]) for first, stop in spans])

    @property
    def last_uid(self) -> int:
        """0: there is none."""
        return self.known[-1] if self.known else 0

    def uid(self, number: int) -> int:
        """Of a message that is loaded."""
        return self.known[number - 1 - self.start]

    def number(self, uid: int) -> int:
        """0: not in the view."""
        known = self.known
        at = bisect_left(known, uid)
        return at + 1 + self.start if at < len(known) and known[at] == uid else 0

    def passed(self, uid: int) -> int:
        """How many messages there are up to that UID; where UIDs are not loaded, about so many."""
        if uid < self.low:
            return self.start * uid // self.low
        return self.start + bisect_right(self.known, uid)

    def numbers(self, ascending: Iterable[int]) -> Iterator[int]:
        """Of UIDs; those not in the view are left out."""
        return filter(None, map(self.number, ascending))

    def numbers_of(self, found: array[int]) -> array[int]:
        """The same for many at once: piece by piece of the view, so that memory does not grow with it."""
        known = self.known
        if isinstance(known, range):
            return found
        if len(found) * 8 < len(known):
            return array("I", self.numbers(found))
        numbers = array("I")
        at = 0
        for first in range(0, len(known), PIECE):
            piece = known[first : first + PIECE]
            among = found[at : bisect_right(found, piece[-1], at)]
            at += len(among)
            there = range(self.start + first + 1, self.start + first + 1 + len(piece))
            if among == piece:
                numbers.extend(there)
            elif among:
                where = dict(zip(piece, there, strict=True))
                numbers.extend(filter(None, map(where.get, among)))
        return numbers

    def numbers_in_order(self, uids: Sequence[int]) -> Iterator[int]:
        """The same for UIDs in any order; 0 for one that is not in the view."""
        known = self.known
        if not known or len(uids) * 8 < len(known) or known[-1] - known[0] > 8 * len(known):
            return map(self.number, uids)
        base = known[0]
        table = array("I", bytes(4 * (known[-1] - base + 1)))  # four bytes for each UID from the first to the last
        for number, uid in enumerate(known, self.start + 1):
            table[uid - base] = number
        return (table[uid - base] if base <= uid <= known[-1] else 0 for uid in uids)

    # announcing
    @property
    def pending(self) -> bool:
        """Whether something is to be announced, now or later."""
        return bool(self.grown or self.flagged or self.expunged)

    def take_expunged(self) -> list[int]:
        """The numbers to announce, each as it is after those before it; from here on the view is without them."""
        if not self.expunged:
            return []
        positions = sorted(number - 1 for uid in self.expunged if (number := self.number(uid)))
        known = _as_array(self.known)
        if len(positions) == 1:
            del known[positions[0] - self.start]
        elif positions:
            known = array("I", filterfalse(self.expunged.__contains__, known))
        self.known = known
        self.exists -= len(positions)
        for uid in self.expunged:
            self.flagged.pop(uid, None)
        self.expunged.clear()
        return [position + 1 - before for before, position in enumerate(positions)]

    def take_flagged(self) -> list[Row]:
        """What to announce of flags, by UID. Of expunged messages, nothing."""
        if not self.flagged:
            return []
        rows = [row for uid, row in sorted(self.flagged.items()) if uid not in self.expunged]
        self.flagged.clear()
        return rows

    def forget_flagged(self, ranges: Ranges) -> None:
        """The flags of these messages are being told anyway."""
        for uid in [uid for uid in self.flagged if contains(ranges, uid)]:
            del self.flagged[uid]

    def withhold_flagged(self) -> None:
        """Nobody wants to hear of them now: only from where on is remembered, not what."""
        if self.flagged:
            first = ModSeq(min([row[3] for row in self.flagged.values()]) - 1)
            self.withheld = first if self.withheld is None else min(self.withheld, first)
            self.flagged.clear()

    def restore_flagged(self, rows: Iterable[Row]) -> None:
        """All UIDs are loaded, and these have changed since `withheld`."""
        for row in rows:
            if row[0] < self.announced and self.number(row[0]):
                self.flagged.setdefault(row[0], row)
        self.withheld = None

    def take_grown(self) -> bool:
        grown, self.grown = self.grown, False
        return grown

    def take_new(self) -> list[int]:
        """UIDs of the messages that are announced with this."""
        known = self.known
        new = [uid for uid in known[bisect_left(known, self.announced) :] if uid not in self.expunged]
        self.announced = self.next_uid
        return new


def span_count(spans: Spans) -> int:
    """How many messages."""
    return sum([stop - start for start, stop in spans])


def _as_array(known: Uids) -> array[int]:
    return array("I", known) if isinstance(known, range) else known
