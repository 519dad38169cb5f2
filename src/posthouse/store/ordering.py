"""Messages of a folder in some other order, and in threads – RFC 5256.

The keys are kept since delivery in a narrow table (`content_order`): a sort is one pass over it, and comparisons of
what is there already. A message without a row there is sorted as one without a header.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence

from posthouse.database import Row, Transaction
from posthouse.message.collation import casemap
from posthouse.message.threading import Member, Threads, make_threads
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ordering import SortCriterion, SortKey, ThreadAlgorithm
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import LimitReached
from posthouse.store.annotations import SHARED, values_of

MAX_ORDERED = 500_000
"""Messages whose keys are in memory at once."""
PIECE = 10_000
MAX_PASSES = 100
"""Ranges of UIDs that are read one by one; beyond, the span of all is read and sorted out here."""

_SENT = "coalesce(o.sent, m.internal_date)"
_COLUMNS: dict[SortKey, str] = {
    SortKey.ANNOTATION: "''",
    SortKey.ARRIVAL: "m.internal_date",
    SortKey.CC: "coalesce(o.cc_mailbox, '')",
    SortKey.DATE: _SENT,
    SortKey.DISPLAYFROM: "coalesce(o.display_from, '')",
    SortKey.DISPLAYTO: "coalesce(o.display_to, '')",
    SortKey.FROM: "coalesce(o.from_mailbox, '')",
    SortKey.RELEVANCY: "100",
    SortKey.SIZE: "m.size",
    SortKey.SUBJECT: "coalesce(o.subject, '')",
    SortKey.TO: "coalesce(o.to_mailbox, '')",
}
_OF_MESSAGE = frozenset((SortKey.ANNOTATION, SortKey.ARRIVAL, SortKey.RELEVANCY, SortKey.SIZE))
_NO_SCORES: Mapping[int, int] = {}
_MEMBER = (
    f"m.uid, {_SENT}, coalesce(o.subject, ''), coalesce(o.is_reply, 0),"
    " coalesce(o.message_id, ''), coalesce(o.refs, '')"
)


def sort(
    tx: Transaction,
    account: AccountId,
    folder: FolderId,
    uids: array[int],
    criteria: Sequence[SortCriterion],
    scores: Mapping[int, int] = _NO_SCORES,
    reader: AccountId = SHARED,
) -> array[int]:
    """These messages, whose UIDs ascend, by the criteria, the first first. What compares equal stays as it is. `scores`
    as a search gives them, for `RELEVANCY`; `reader`: whose private annotations count. Run it through the `scan`
    door."""
    columns = ", ".join(["m.uid", *(_COLUMNS[criterion.key] for criterion in criteria)])
    joined = any(criterion.key not in _OF_MESSAGE for criterion in criteria)
    rows = list(_rows(tx, account, folder, uids, columns, joined))
    for at in range(len(criteria), 0, -1):
        criterion = criteria[at - 1]
        if criterion.key is SortKey.RELEVANCY:
            rows.sort(key=lambda row: -scores.get(row[0], 100), reverse=criterion.reverse)
        elif criterion.annotation is not None:
            texts = values_of(tx, account, folder, criterion.annotation, reader)
            keys = {uid: casemap(text) for uid, text in texts.items()}
            rows.sort(key=lambda row: keys.get(row[0], ""), reverse=criterion.reverse)  # used at once
        else:
            rows.sort(key=lambda row: row[at], reverse=criterion.reverse)  # used at once
    return array("I", [row[0] for row in rows])


def threads(
    tx: Transaction, account: AccountId, folder: FolderId, uids: array[int], algorithm: ThreadAlgorithm
) -> Threads:
    """The members are numbered by their UIDs. Run it through the `scan` door."""
    return make_threads([Member(*row) for row in _rows(tx, account, folder, uids, _MEMBER, True)], algorithm)


def _rows(
    tx: Transaction, account: AccountId, folder: FolderId, uids: array[int], columns: str, joined: bool
) -> Iterator[Row]:
    if len(uids) > MAX_ORDERED:
        raise LimitReached("These are too many messages to be put in order")
    join = "LEFT JOIN content_order o ON o.content_id = m.content_id" if joined else ""
    statement = (
        f"SELECT {columns} FROM message m {join}"
        f" WHERE m.account_id = ? AND m.folder_id = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid LIMIT {PIECE}"
    )
    ranges = from_numbers(uids)
    wanted = None if len(ranges) <= MAX_PASSES else set(uids)
    for low, high in ranges if wanted is None else ((uids[0], uids[-1]),):
        while True:
            rows = tx.all(statement, (account, folder, low, high))
            yield from rows if wanted is None else (row for row in rows if row[0] in wanted)
            if len(rows) < PIECE:
                break
            low = rows[-1][0] + 1
