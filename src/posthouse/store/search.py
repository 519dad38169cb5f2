"""Which messages of a folder meet some criteria.

What rows tell (flags, keywords, dates, sizes, the subject) the database decides in one pass over the folder. For that
the subject is kept once more, folded, in a table so narrow that a join with it costs little more than the scan: 0.1 µs
a message on SQLite, against 0.4 µs with the wide rows of `content`. The database gives the UIDs as one text in pieces,
which is several times quicker than a row each.

What is left is decided here, cheapest first: by the full-text index, where it knows a message; by the fields that are
kept beside each message; then by the bodies, a few at a time, of those messages alone about which nothing else said yes
or no.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress

from posthouse.database import Row, Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ranges import Ranges, contains
from posthouse.store.blobs import Blobs
from posthouse.store.comparators import Comparator
from posthouse.store.criteria import Criteria
from posthouse.store.matching import Content
from posthouse.store.search_index import candidates
from posthouse.store.search_plan import SQL, Candidate, Judge, Plan, Sql, make_plan

MAX_UID = 0xFFFFFFFF
PIECE_UIDS = 20_000
"""UIDs in one text."""
PIECE_ROWS = 500
"""Candidates in memory at once; their fields are at most 8 KB each."""
PIECE_BODIES = 64
PIECE_BYTES = 4 * 1024 * 1024
"""Bodies in memory at once."""
CANDIDATE_SHARE = 6
"""A message is read by its content in the time in which so many are passed by in a folder's list."""
MAX_PASSES = 100
"""Ranges of UIDs that are read one by one; beyond, the span of all is read and sorted out here."""


@dataclass(slots=True)
class Progress:
    """How far a search has come: written by it in its thread, read by others."""

    uid: int = 0
    """The highest that was looked at."""


def search(
    tx: Transaction,
    blobs: Blobs,
    account: AccountId,
    folder: FolderId,
    criteria: Criteria,
    *,
    low: int = 1,
    high: int = MAX_UID,
    scores: dict[int, int] | None = None,
    progress: Progress | None = None,
    comparator: Comparator = Comparator.UNICODE_CASEMAP,
) -> array[int]:
    """UIDs from `low` to `high` in ascending order. A folder that is not there is an empty one. Run it through the
    `scan` door, for it may take long. `scores` takes up how well each matches (RFC 6203), 1 to 100."""
    plan = make_plan(tx, account, folder, criteria, low, high, comparator)
    if scores is not None and plan.judge is not None:
        plan.judge = _scoring(plan.judge, scores)
    if progress is not None and plan.judge is not None:
        plan.judge = _telling(plan.judge, progress)
    found = array("I")
    for first, last in _passes(plan.within):
        if plan.judge is None:
            _scan(tx, (account, folder, first, last), plan.where, found)
        elif plan.sieves:
            found.extend(_sift(tx, blobs, (account, folder, first, last), plan, plan.judge))
        else:
            found.extend(_look(tx, blobs, (account, folder, first, last), plan, plan.judge))
    if len(plan.within) > MAX_PASSES:
        return array("I", (uid for uid in found if contains(plan.within, uid)))
    return found


def _scoring(judge: Judge, scores: dict[int, int]) -> Judge:
    def scoring(candidate: Candidate) -> bool | None:
        verdict = judge(candidate)
        if verdict:
            scores[candidate.uid] = candidate.score
        return verdict

    return scoring


def _telling(judge: Judge, progress: Progress) -> Judge:
    def telling(candidate: Candidate) -> bool | None:
        if candidate.uid > progress.uid:
            progress.uid = candidate.uid
        return judge(candidate)

    return telling


def _passes(within: Ranges) -> Ranges:
    return within if len(within) <= MAX_PASSES else ((within[0][0], within[-1][1]),)


def _tables(*expressions: Sql, content: bool = False) -> str:
    text = " ".join(sql.text for sql in expressions)
    return (
        "message m"
        + (" JOIN content c ON c.content_id = m.content_id" if content or "c." in text else "")
        + (" JOIN content_subject s ON s.content_id = m.content_id" if "s.folded" in text else "")
    )


def _scan(tx: Transaction, where: tuple[int, int, int, int], condition: Sql, found: array[int]) -> None:
    account, folder, low, high = where
    statement = (
        f"SELECT string_agg(CAST(uid AS TEXT), ',') FROM (SELECT m.uid FROM {_tables(condition)}"
        f" WHERE m.account_id = ? AND m.folder_id = ? AND m.uid BETWEEN ? AND ? AND {condition.text}"
        f" ORDER BY m.uid LIMIT {PIECE_UIDS}) AS piece"
    )
    while True:
        ((text,),) = tx.all(statement, (account, folder, low, high, *condition.params))
        if not text:
            return
        piece = text.split(",")
        found.extend(map(int, piece))
        if len(piece) < PIECE_UIDS:
            return
        low = found[-1] + 1


def _sift(tx: Transaction, blobs: Blobs, where: tuple[int, int, int, int], plan: Plan, judge: Judge) -> Iterator[int]:
    """Only what the index leaves is read. Where that is little, even the folder's list of messages is not."""
    total = tx.one(SQL.total, where[:2])
    few = candidates(tx, plan.sieves, total[0] // CANDIDATE_SHARE) if total is not None else []
    if few is None:
        yield from _sift_pieces(tx, blobs, where, plan, judge)
        return
    found: list[int] = []
    statement = (
        f"{_select(plan)} AND m.content_id IN ({', '.join('?' * PIECE_BODIES)}) AND m.uid BETWEEN ? AND ?"
    ).replace("m.account_id =", "+m.account_id =")  # not by the primary key: that would be a walk through the folder
    for at in range(0, len(few), PIECE_BODIES):
        rows = tx.all(
            statement, (*_shown(plan), *where[:2], *plan.where.params, *_pad(few[at : at + PIECE_BODIES]), *where[2:])
        )
        found += _judge_piece(tx, blobs, rows, judge)
    yield from sorted(found)


def _sift_pieces(
    tx: Transaction, blobs: Blobs, where: tuple[int, int, int, int], plan: Plan, judge: Judge
) -> Iterator[int]:
    """Where the index leaves most of a piece, a range of rows is read quicker than single ones."""
    account, folder, low, high = where
    statement = (
        "SELECT string_agg(CAST(uid AS TEXT), ','), string_agg(CAST(content_id AS TEXT), ',')"
        f" FROM (SELECT m.uid, m.content_id FROM {_tables(plan.where)}"
        f" WHERE m.account_id = ? AND m.folder_id = ? AND m.uid BETWEEN ? AND ? AND {plan.where.text}"
        f" ORDER BY m.uid LIMIT {PIECE_UIDS}) AS piece"
    )
    while True:
        ((some, others),) = tx.all(statement, (account, folder, low, high, *plan.where.params))
        if not some:
            return
        uids, contents = list(map(int, some.split(","))), list(map(int, others.split(",")))
        last = uids[-1]
        for sieve in plan.sieves:
            passed = list(map(sieve.sift(contents).__contains__, contents))
            uids, contents = list(compress(uids, passed)), list(compress(contents, passed))
        if len(uids) * 2 > last - low:
            yield from _look(tx, blobs, (account, folder, low, last), plan, judge)
        else:
            for at in range(0, len(uids), PIECE_BODIES):
                rows = _rows_of(tx, (account, folder), uids[at : at + PIECE_BODIES], plan)
                yield from _judge_piece(tx, blobs, rows, judge)
        if last >= high:
            return
        low = last + 1


def _rows_of(tx: Transaction, where: tuple[int, int], uids: list[int], plan: Plan) -> list[Row]:
    statement = _select(plan) + f" AND m.uid IN ({', '.join('?' * PIECE_BODIES)}) ORDER BY m.uid"
    return tx.all(statement, (*_shown(plan), *where, *plan.where.params, *_pad(uids)))


def _pad(numbers: list[int]) -> list[int]:
    """As many as the statements have parameters."""
    return numbers + [0] * (PIECE_BODIES - len(numbers))


def _select(plan: Plan) -> str:
    fields = "c.fields" if plan.reads_fields else "NULL"
    columns = "".join(f", {sql.text}" for sql in plan.columns)
    return (
        f"SELECT m.uid, m.content_id, m.size, {fields}{columns}"
        f" FROM {_tables(plan.where, *plan.columns, content=plan.reads_fields)}"
        f" WHERE m.account_id = ? AND m.folder_id = ? AND {plan.where.text}"
    )


def _shown(plan: Plan) -> tuple[int | str | bytes, ...]:
    return tuple(param for sql in plan.columns for param in sql.params)


def _look(tx: Transaction, blobs: Blobs, where: tuple[int, int, int, int], plan: Plan, judge: Judge) -> Iterator[int]:
    account, folder, low, high = where
    statement = f"{_select(plan)} AND m.uid BETWEEN ? AND ? ORDER BY m.uid LIMIT {PIECE_ROWS}"
    shown = _shown(plan)
    while True:
        rows = tx.all(statement, (*shown, account, folder, *plan.where.params, low, high))
        yield from _judge_piece(tx, blobs, rows, judge)
        if len(rows) < PIECE_ROWS:
            return
        low = rows[-1][0] + 1


def _judge_piece(tx: Transaction, blobs: Blobs, rows: list[Row], judge: Judge) -> list[int]:
    found: list[int] = []
    undecided: list[tuple[Candidate, int, int]] = []
    for uid, content, size, fields, *columns in rows:
        candidate = Candidate(uid, content, columns, fields or b"")
        verdict = judge(candidate)
        if verdict is None:
            undecided.append((candidate, content, size))
        elif verdict:
            found.append(uid)
    for piece in _by_weight(undecided):
        found += _judge_contents(tx, blobs, piece, judge)
    found.sort()
    return found


def _by_weight(undecided: list[tuple[Candidate, int, int]]) -> Iterator[list[tuple[Candidate, int]]]:
    """So many together as may be in memory. Large ones are blobs, which are read as they are looked at."""
    piece: list[tuple[Candidate, int]] = []
    weight = 0
    for candidate, content, size in undecided:
        if piece and (len(piece) == PIECE_BODIES or weight + size > PIECE_BYTES):
            yield piece
            piece, weight = [], 0
        piece.append((candidate, content))
        weight += size
    if piece:
        yield piece


def _judge_contents(tx: Transaction, blobs: Blobs, piece: list[tuple[Candidate, int]], judge: Judge) -> Iterator[int]:
    numbers = [content for _, content in piece]
    rows = {row[0]: row for row in tx.all(SQL.contents, _pad(numbers))}
    for candidate, content in piece:
        _, header_size, parts, blob, body = rows[content]
        data = blobs.open(blob) if blob else bytes(body or b"")
        candidate.content = Content(data, header_size, bytes(parts))
        if judge(candidate):
            yield candidate.uid
        candidate.content = None
