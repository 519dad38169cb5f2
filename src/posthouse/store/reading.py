"""Reading what folders hold: rows with just the columns that are asked for, UIDs for a view, and what changed.

Everything comes in UID order and in pieces: the caller says how many rows it wants at a time, so that a folder of a
million messages never stands in memory.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import cache

from posthouse.database import Queries, Row, Transaction
from posthouse.model.ids import AccountId, FolderId, ModSeq, Uid
from posthouse.model.ranges import Ranges, clip, contains, from_numbers, normalise
from posthouse.model.refusals import FolderNotFound

SQL = Queries(__package__, "messages.sql")

EVERYTHING: Ranges = ((1, 0xFFFFFFFF),)
MAX_PASSES = 100
"""Ranges that are read one by one; beyond, the span of all is read."""

MESSAGE_COLUMNS = frozenset(
    ("uid", "message_id", "modseq", "flags", "keywords", "internal_date", "saved", "size", "content_id")
)
CONTENT_COLUMNS = frozenset(
    (
        *("hash", "header_size", "blob", "sent", "sent_day", "subject", "preview"),
        *("parts", "structure", "envelope", "fields"),
    )
)
BODY_COLUMNS = frozenset(("body",))


@cache
def _rows_sql(columns: tuple[str, ...]) -> str:
    names, content, body = [], False, False
    for column in columns:
        if column in MESSAGE_COLUMNS:
            names.append(f"m.{column}")
        elif column in CONTENT_COLUMNS:
            names.append(f"c.{column}")
            content = True
        elif column in BODY_COLUMNS:
            names.append(f"b.{column}")
            body = True
        else:
            raise ValueError(f"no such column: {column}")
    return (
        f"SELECT {', '.join(names)} FROM message m"
        + (" JOIN content c ON c.content_id = m.content_id" if content else "")
        + (" LEFT JOIN content_body b ON b.content_id = m.content_id" if body else "")
        + " WHERE m.account_id = ? AND m.folder_id = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid LIMIT ?"
    )


def rows(
    tx: Transaction,
    account: AccountId,
    folder: FolderId,
    low: int,
    high: int,
    columns: tuple[str, ...],
    limit: int = 1000,
) -> list[Row]:
    """Up to `limit` messages with UIDs from `low` to `high`, each as a row of `columns`: names out of
    `MESSAGE_COLUMNS`, `CONTENT_COLUMNS` and `BODY_COLUMNS` (`body` is None where the message is a blob)."""
    return tx.all(_rows_sql(columns), (account, folder, low, high, limit))


def uids(tx: Transaction, account: AccountId, folder: FolderId, low: int = 1, high: int = 0xFFFFFFFF) -> array[int]:
    """The UIDs of a folder in ascending order, four bytes each."""
    return array("I", (row[0] for row in tx.iterate(SQL.uids, (account, folder, low, high))))


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened in a folder after a modseq. A message that came and went since may be among the vanished."""

    highest_modseq: ModSeq
    next_uid: Uid
    changed: list[Row]
    """(uid, flags, keywords, modseq) of new and changed messages, by UID."""
    vanished: list[int]
    """UIDs that went away."""


def changes(tx: Transaction, account: AccountId, folder: FolderId, since: ModSeq) -> Changes:
    """Everything after `since`, read in one snapshot. `FolderNotFound` when the folder is gone.

    New messages are found from the end of the folder: what was there at `since` has lower UIDs than what came after.
    Others that changed lie in the ranges noted since; only for who was away for very long the folder is read through.
    """
    state = tx.one(SQL.folder_state, (account, folder))
    if state is None:
        raise FolderNotFound
    highest, next_uid, floor = state
    if highest <= since:
        return Changes(ModSeq(highest), Uid(next_uid), [], [])
    if since < floor:
        changed = tx.all(SQL.changed, (account, folder, 1, next_uid, since))
    else:
        changed = _changed(tx, account, folder, since, next_uid)
    vanished = [row[0] for row in tx.all(SQL.vanished, (account, folder, since))]
    return Changes(ModSeq(highest), Uid(next_uid), changed, vanished)


def _changed(tx: Transaction, account: AccountId, folder: FolderId, since: int, next_uid: int) -> list[Row]:
    new = _new(tx, account, folder, since, next_uid)
    before = new[0][0] - 1 if new else next_uid
    noted = clip(normalise(tx.all(SQL.noted_changes, (account, folder, since))), 1, before)
    if len(noted) > MAX_PASSES:
        noted = ((noted[0][0], noted[-1][1]),)
    changed = [row for low, high in noted for row in tx.all(SQL.changed, (account, folder, low, high, since))]
    return changed + new


def _new(tx: Transaction, account: AccountId, folder: FolderId, since: int, next_uid: int) -> list[Row]:
    """Messages at the end of the folder, down to the last one that did not change since."""
    new: list[Row] = []
    piece, before = 16, next_uid
    while True:
        found = tx.all(SQL.last_messages, (account, folder, before, piece))
        for row in found:
            if row[3] <= since:
                return new[::-1]
            new.append(row)
        if len(found) < piece:
            return new[::-1]
        piece, before = min(piece * 8, 8192), found[-1][0]


def changed_uids(tx: Transaction, account: AccountId, folder: FolderId, messages: Ranges, since: ModSeq) -> array[int]:
    """Which of these messages have changed after `since`, in ascending order."""
    found = array("I")
    for low, high in messages if len(messages) <= MAX_PASSES else ((messages[0][0], messages[-1][1]),):
        found.extend(row[0] for row in tx.iterate(SQL.changed_uids, (account, folder, low, high, since)))
    return found if len(messages) <= MAX_PASSES else array("I", (uid for uid in found if contains(messages, uid)))


def vanished_uids(tx: Transaction, account: AccountId, folder: FolderId, since: ModSeq, messages: Ranges) -> Ranges:
    """Which of these UIDs went away after `since`. Tombstones are kept for ever, so this is exact at any age."""
    gone = [row[0] for row in tx.iterate(SQL.vanished, (account, folder, since))]
    return from_numbers(gone if messages == EVERYTHING else [uid for uid in gone if contains(messages, uid)])


def highest_of(tx: Transaction, account: AccountId, folder: FolderId, messages: Ranges) -> ModSeq:
    """The highest modseq of these messages; 0 when there are none."""
    found = [tx.one(SQL.highest_of, (account, folder, low, high)) for low, high in messages]
    return ModSeq(max([row[0] or 0 for row in found if row is not None], default=0))


def first_unseen(tx: Transaction, account: AccountId, folder: FolderId) -> Uid | None:
    row = tx.one(SQL.first_unseen, (account, folder))
    return None if row is None else Uid(row[0])
