"""Messages of a folder in some other order, and in threads – RFC 5256.

The keys are kept since delivery in a narrow table (`content_order`): a sort is one pass over it, and comparisons of
what is there already. A message without a row there is sorted as one without a header. By another comparator than
i;unicode-casemap (RFC 5255 §4.2) keys are made for this one sort, from the header fields that are kept.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from posthouse.database import Row, Transaction
from posthouse.message.collation import Collate
from posthouse.message.entity import Fields, gather
from posthouse.message.fields import values_of
from posthouse.message.limits import MAX_HEADER
from posthouse.message.ordering import order_keys
from posthouse.message.subject import base_subject
from posthouse.message.threading import Member, Threads, make_threads
from posthouse.model.ids import AccountId, ContentId, FolderId
from posthouse.model.ordering import SortCriterion, SortKey, ThreadAlgorithm
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import LimitReached
from posthouse.store.annotations import SHARED, annotation_texts
from posthouse.store.blobs import Blobs
from posthouse.store.comparators import Comparator
from posthouse.store.content import locate_content

MAX_ORDERED = 500_000
"""Messages whose keys are in memory at once."""
PIECE = 10_000
WIDE_PIECE = 500
"""Rows at once with as much of their header as is kept."""
MAX_PASSES = 100
"""Ranges of UIDs that are read one by one; beyond, the span of all is read and sorted out here."""

_KEPT = Comparator.UNICODE_CASEMAP
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
_OF_HEADER: dict[SortKey, str] = {
    SortKey.CC: "cc",
    SortKey.DISPLAYFROM: "display_from",
    SortKey.DISPLAYTO: "display_to",
    SortKey.FROM: "from_",
    SortKey.SUBJECT: "subject",
    SortKey.TO: "to",
}
"""What a comparator says something about, as `OrderKeys` calls it."""
_HEADER = ", c.content_id, c.header_size, c.subject, c.fields"
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
    comparator: Comparator = Comparator.UNICODE_CASEMAP,
    blobs: Blobs | None = None,
) -> array[int]:
    """These messages, whose UIDs ascend, by the criteria, the first first. What compares equal stays as it is. `scores`
    as a search gives them, for `RELEVANCY`; `reader`: whose private annotations count; `blobs`: where another
    comparator finds large messages, whose headers else count as empty. Run it through the `scan` door."""
    columns = ", ".join(["m.uid", *(_COLUMNS[criterion.key] for criterion in criteria)])
    joined = any(criterion.key not in _OF_MESSAGE for criterion in criteria)
    if comparator is _KEPT or not any(criterion.key in _OF_HEADER for criterion in criteria):
        rows = list(_rows(tx, account, folder, uids, columns, joined))
    else:
        wide = _rows(tx, account, folder, uids, columns + _HEADER, joined)
        rows = list(_collated(tx, blobs, wide, criteria, comparator.collate))
    for at in range(len(criteria), 0, -1):
        criterion = criteria[at - 1]
        if criterion.key is SortKey.RELEVANCY:
            rows.sort(key=lambda row: -scores.get(row[0], 100), reverse=criterion.reverse)
        elif criterion.annotation is not None:
            texts = annotation_texts(tx, account, folder, criterion.annotation, reader)
            keys = {uid: comparator.collate(text) for uid, text in texts.items()}
            rows.sort(key=lambda row: keys.get(row[0], ""), reverse=criterion.reverse)  # used at once
        else:
            rows.sort(key=lambda row: row[at], reverse=criterion.reverse)  # used at once
    return array("I", [row[0] for row in rows])


def _collated(
    tx: Transaction, blobs: Blobs | None, rows: Iterable[Row], criteria: Sequence[SortCriterion], collate: Collate
) -> Iterator[Row]:
    """The same rows with keys by this collation in place of those kept, and without the header."""
    names = [_OF_HEADER.get(criterion.key) for criterion in criteria]
    for uid, *kept, content, header_size, subject, fields in rows:
        values = values_of(fields) if fields else _read_header(tx, blobs, content, header_size)
        made = order_keys(values, subject, collate)
        yield uid, *[getattr(made, name) if name else key for name, key in zip(names, kept, strict=True)]


def _read_header(tx: Transaction, blobs: Blobs | None, content: ContentId, size: int) -> Fields:
    """Of a message with so much of it that it is not kept."""
    fields: Fields = {}
    blob, body = locate_content(tx, content)
    with suppress(OSError):
        data = (blobs.open(blob) if blobs is not None else b"") if blob else body
        gather(bytes(data[: min(size, MAX_HEADER)]), fields)
    return fields


def threads(
    tx: Transaction,
    account: AccountId,
    folder: FolderId,
    uids: array[int],
    algorithm: ThreadAlgorithm,
    comparator: Comparator = Comparator.UNICODE_CASEMAP,
) -> Threads:
    """The members are numbered by their UIDs. Run it through the `scan` door."""
    if comparator is _KEPT:
        members = [Member(*row) for row in _rows(tx, account, folder, uids, _MEMBER, True)]
    else:
        collate = comparator.collate
        wide = _rows(tx, account, folder, uids, _MEMBER + _HEADER, True)
        members = [Member(*row[:6])._replace(subject=collate(base_subject(row[8])[0])) for row in wide]
    return make_threads(members, algorithm)


def _rows(
    tx: Transaction, account: AccountId, folder: FolderId, uids: array[int], columns: str, joined: bool
) -> Iterator[Row]:
    if len(uids) > MAX_ORDERED:
        raise LimitReached("These are too many messages to be put in order")
    join = "LEFT JOIN content_order o ON o.content_id = m.content_id" if joined else ""
    piece = PIECE
    if columns.endswith(_HEADER):
        join, piece = f"{join} JOIN content c ON c.content_id = m.content_id", WIDE_PIECE
    statement = (
        f"SELECT {columns} FROM message m {join}"
        f" WHERE m.account_id = ? AND m.folder_id = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid LIMIT {piece}"
    )
    ranges = from_numbers(uids)
    wanted = None if len(ranges) <= MAX_PASSES else set(uids)
    for low, high in ranges if wanted is None else ((uids[0], uids[-1]),):
        while True:
            rows = tx.all(statement, (account, folder, low, high))
            yield from rows if wanted is None else (row for row in rows if row[0] in wanted)
            if len(rows) < piece:
                break
            low = rows[-1][0] + 1
