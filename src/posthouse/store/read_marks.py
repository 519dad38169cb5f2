"""What each reader has read in public folders, as ranges of UIDs (`readers` shows messages with it).

A change is one range however many messages it is about, and has its modseq, by which the reader's sessions find it. Now
and then old ranges beside each other become one: about those it is then told once more what a client may know.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from posthouse.database import Queries, Row, Transaction
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.ranges import Ranges, from_numbers, subtract
from posthouse.store.readers import ReaderTransaction
from posthouse.store.spans import over, spans

SQL = Queries(__package__, "read_marks.sql")

MAX_UID = 0xFFFFFFFF
MAX_MARKS = 2_000
"""Of one reader in one folder, about; of more, what lies between the oldest of read messages counts as read."""
KEPT_APART = 64
"""The latest changes, of which a client that was here lately hears nothing else."""
TIDIED_ONE_IN = 128


class Mark(NamedTuple):
    low: int
    high: int
    seen: int
    modseq: ModSeq


def mark_read(
    tx: ReaderTransaction, account: AccountId, folder: FolderId, messages: Ranges, modseq: ModSeq, *, seen: bool
) -> int:
    """How many messages with these UIDs have changed. The caller has locked the account, and tells the news."""
    count, runs = 0, list[tuple[int, int]]()
    for span in spans(messages):
        rows = tx.iterate(over(SQL.states, span), (account, folder, *span))
        for low, high, size in _runs(rows, seen, whole=len(span) == 2):
            runs.append((low, high))
            count += size
    if runs:
        read, gone = tx.one(SQL.read_count, (account, tx.reader, folder)) or (0, 0)
        _put(tx, (account, folder, tx.reader), tuple(runs), int(seen), modseq)
        total = int(read) - int(gone) + (count if seen else -count)
        tx.run(SQL.put_count, (account, tx.reader, folder, modseq, total, modseq))
        scattered = (modseq * 2_654_435_761 >> 16) % TIDIED_ONE_IN  # as the changes of folders are
        if scattered == 0 or len(runs) > MAX_MARKS:
            tidy(tx, account, folder, modseq)
    return count


def mark_new(tx: Transaction, account: AccountId, folder: FolderId, uids: Iterable[int], modseq: ModSeq) -> None:
    """As read, messages that have just been put there: for whoever has done that, and nobody else."""
    if isinstance(tx, ReaderTransaction):
        mark_read(tx, account, folder, from_numbers(uids), modseq, seen=True)


def _runs(states: Iterator[Row], seen: bool, *, whole: bool) -> Iterator[tuple[int, int, int]]:
    """First and last UID, and how many: of messages beside each other that are not so yet. `whole`: of a range, whose
    numbers without a message are nobody's."""
    first = last = size = 0
    for uid, state in states:
        if size and (bool(state) is seen or not (whole or uid == last + 1)):
            yield first, last, size
            size = 0
        if bool(state) is not seen:
            first, last, size = first if size else uid, uid, size + 1
    if size:
        yield first, last, size


_Whose = tuple[AccountId, FolderId, AccountId]


def _put(tx: Transaction, whose: _Whose, runs: Ranges, seen: int, modseq: ModSeq) -> None:
    before = [Mark(*row) for row in tx.all(SQL.marks_within, (*whose, runs[-1][1], runs[0][0]))]
    left = [mark._replace(low=low, high=high) for mark in before for low, high in _outside(mark, runs)]
    if before:
        tx.run(SQL.forget_marks, (*whose, before[0].low, before[-1].low))
    new = [Mark(low, high, seen, modseq) for low, high in runs]
    tx.many(SQL.put_mark, [(*whose, *mark) for mark in (*left, *new)])


def _outside(mark: Mark, runs: Ranges) -> Ranges:
    """What of it none of these covers."""
    first = bisect_left(runs, mark.low, key=lambda run: run[1])
    last = bisect_right(runs, mark.high, key=lambda run: run[0])
    return subtract(((mark.low, mark.high),), runs[first:last])


def tidy(tx: ReaderTransaction, account: AccountId, folder: FolderId, modseq: ModSeq) -> None:
    """Fewer ranges, that say the same; of too many still, those of the oldest messages say that these have been read.
    `modseq`: of the change to which that belongs."""
    whose = account, folder, tx.reader
    marks = [Mark(*row) for row in tx.all(SQL.marks_within, (*whose, MAX_UID, 0))]
    latest = sorted(mark.modseq for mark in marks)[-KEPT_APART:]
    joined = _joined(tx, account, folder, marks, latest[0])
    excess = len(joined) - MAX_MARKS
    if excess > 0:
        oldest = ((1, joined[excess + MAX_MARKS // 2].high),)
        mark_read(tx, account, folder, oldest, modseq, seen=True)
        _put(tx, whose, oldest, 1, modseq)
    elif len(joined) < len(marks):
        tx.run(SQL.forget_marks, (*whose, 0, MAX_UID))
        tx.many(SQL.put_mark, [(*whose, *mark) for mark in joined])


def _joined(tx: Transaction, account: AccountId, folder: FolderId, marks: list[Mark], before: ModSeq) -> list[Mark]:
    """Neighbours older than a modseq that say the same, between which nothing says anything else."""
    joined: list[Mark] = []
    for mark in marks:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.seen == mark.seen
            and max(last.modseq, mark.modseq) < before
            and (not mark.seen or not tx.one(SQL.any_between, (account, folder, last.high, mark.low)))
        ):
            joined[-1] = Mark(last.low, mark.high, mark.seen, max(last.modseq, mark.modseq))
        else:
            joined.append(mark)
    return joined


def forget_marks_of(tx: Transaction, account: AccountId, reader: AccountId) -> None:
    """Nobody is this reader any more."""
    tx.run(SQL.forget_reader_marks, (reader, account, reader, account))
    tx.run(SQL.forget_reader, (account, reader))
