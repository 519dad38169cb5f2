"""Lists of a folder's messages for tables: a few columns of all of them, all that rows need of some, and what changed.

Rows come in pieces by rising UID, or by rising id of those that stand aside. Messages of which the ids are given may be
in any folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from posthouse.database import Queries, Row, Transaction
from posthouse.model.flags import Flag
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq
from posthouse.protocols.mapi.mime.summary import Columns
from posthouse.store.objects import NORMAL, Form, Keys, StoredMessage
from posthouse.store.reading import changes

SQL = Queries(__package__, "listing.sql")

PIECE = 2_000
MAX_CHANGES = 200
"""Messages that changed since; of more than that it is not told which."""

_SQL = {
    "id": "m.message_id",
    "delivered": "m.internal_date",
    "saved": "m.saved",
    "flags": "m.flags",
    "size": "m.size",
    "sent": "o.sent",
    "from": "coalesce(o.display_from, '')",
    "subject": "coalesce(c.subject, '')",
    "fields": "c.fields",
    "kept": "CASE WHEN x.whole <> 0 OR length(x.form) > 0 OR x.blob IS NOT NULL THEN 1 ELSE 0 END",
}
COLUMNS = frozenset(_SQL)
"""`from`: a key by which names are ordered; `sent`: None without a Date; `fields`: as `Derived` has them; `kept`: a
client has made it, or keeps something beside its content."""
_OBJECT = " LEFT JOIN message_object x ON x.account_id = m.account_id AND x.message_id = m.message_id"
_JOINS = {
    "sent": " LEFT JOIN content_order o ON o.content_id = m.content_id",
    "from": " LEFT JOIN content_order o ON o.content_id = m.content_id",
    "subject": " LEFT JOIN content c ON c.content_id = m.content_id",
    "fields": " LEFT JOIN content c ON c.content_id = m.content_id",
    "kept": _OBJECT,
}
_PADDED = (1, 16, 64, 256)
"""Numbers of ids in a statement: few statements are made for any number."""


class Listing(NamedTuple):
    """Which messages."""

    account: AccountId
    folder: FolderId
    state: int = NORMAL


class Listed(NamedTuple):
    row: StoredMessage
    content: Columns | None
    """None: the message has no content."""
    form: Form | None
    """None: all is in the content."""


def version_of(tx: Transaction, account: AccountId, folder: FolderId) -> ModSeq | None:
    """Of what is in a folder, and beside its contents; None: it is gone."""
    row = tx.one(SQL.version, (account, folder))
    return None if row is None else ModSeq(row[0])


def scan_columns(
    tx: Transaction, listing: Listing, columns: tuple[str, ...], ids: Sequence[int] | None = None
) -> Iterator[Row]:
    """All messages, or those of `ids` wherever they are: names out of `COLUMNS`."""
    if ids is not None:
        for piece in _pieces(ids):
            statement = _columns_sql(columns, listing.state == NORMAL, len(piece))
            yield from tx.all(statement, (*piece, listing.account))
        return
    statement, low = _columns_sql(columns, listing.state == NORMAL, 0), 0
    while True:
        rows = tx.all(statement, (*_where(listing), low, PIECE))
        yield from (row[1:] for row in rows)
        if len(rows) < PIECE:
            return
        low = rows[-1][0]


def scan_rows(tx: Transaction, listing: Listing) -> Iterator[Listed]:
    """All messages with all that rows need."""
    low = 0
    while True:
        rows = tx.all(_listed_sql(listing.state == NORMAL, 0), (*_where(listing), low, PIECE))
        yield from map(_listed, rows)
        if len(rows) < PIECE:
            return
        low = rows[-1][0]


def listed(tx: Transaction, account: AccountId, state: int, ids: Sequence[int]) -> dict[MessageId, Listed]:
    """These messages, whichever folder they are in; what is not there is left out."""
    found: dict[MessageId, Listed] = {}
    for piece in _pieces(ids):
        for row in tx.all(_listed_sql(state == NORMAL, len(piece)), (*piece, account)):
            one = _listed(row)
            found[one.row.id] = one
    return found


def changed_ids(
    tx: Transaction, listing: Listing, since: ModSeq, most: int = MAX_CHANGES
) -> tuple[set[int], set[int]] | None:
    """Ids of messages of a folder's contents that came or changed after `since`, and of others that went; None: there
    are more than `most`, and it is better to read all anew."""
    found = changes(tx, listing.account, listing.folder, since)
    if len(found.changed) + len(found.vanished) > most:
        return None
    came: set[int] = set()
    for uid, *_ in found.changed:
        came.update(row[0] for row in tx.all(SQL.number, (listing.account, listing.folder, uid)))
    gone = {row[0] for row in tx.all(SQL.vanished, (listing.account, listing.folder, since))}
    return came, gone - came


def _where(listing: Listing) -> tuple[int, ...]:
    where = (listing.account, listing.folder)
    return where if listing.state == NORMAL else (*where, listing.state)


def _pieces(ids: Sequence[int]) -> Iterator[list[int]]:
    """Each id once, padded with one that nothing has."""
    ids = list(dict.fromkeys(ids))
    for at in range(0, len(ids), _PADDED[-1]):
        piece = ids[at : at + _PADDED[-1]]
        wanted = next(size for size in _PADDED if size >= len(piece))
        yield piece + [0] * (wanted - len(piece))


@cache
def _columns_sql(columns: tuple[str, ...], normal: bool, count: int) -> str:
    names = ", ".join(_SQL[column] for column in columns)
    joins = "".join(dict.fromkeys(_JOINS[column] for column in columns if column in _JOINS))
    place = "uid" if normal else "message_id"
    table = "message" if normal else "aside_message"
    if count:
        return f"{_wanted(count)} SELECT {names} FROM {_each(table)}{joins} WHERE {_IS_WANTED}"
    source = f"FROM {table} m{joins} WHERE m.account_id = ?"
    where = "m.folder_id = ?" if normal else "m.folder_id = ? AND m.state = ?"
    return f"SELECT m.{place}, {names} {source} AND {where} AND m.{place} > ? ORDER BY m.{place} LIMIT ?"


@cache
def _listed_sql(normal: bool, count: int) -> str:
    """`count`: of ids; 0: of a folder, in pieces."""
    place, table = ("uid", "message") if normal else ("message_id", "aside_message")
    if normal:
        of_row = "m.uid, m.message_id, m.modseq, coalesce(m.change_number, m.modseq)", "m.changed_at, m.marked_at, 0, 0"
    else:
        of_row = "NULL, m.message_id, m.modseq, m.modseq", "NULL, m.marked_at, m.state, m.deleted"
    names = (
        f"m.{place}, m.folder_id, {of_row[0]}, m.flags, m.keywords, m.internal_date, m.saved, m.size, m.content_id,"
        f" {of_row[1]}, c.size, c.sent, c.message_id, c.subject, c.fields, c.parts, c.structure,"
        " x.whole, x.form, x.blob, x.source_key, x.change_key, x.predecessors, x.keyed_at, x.status, x.creator"
    )
    joins = f" LEFT JOIN content c ON c.content_id = m.content_id{_OBJECT}"
    if count:
        return f"{_wanted(count)} SELECT {names} FROM {_each(table)}{joins} WHERE {_IS_WANTED}"
    head, state = f"SELECT {names} FROM {table} m{joins}", "" if normal else " AND m.state = ?"
    return f"{head} WHERE m.account_id = ? AND m.folder_id = ?{state} AND m.{place} > ? ORDER BY m.{place} LIMIT ?"


# Each id is looked up: to an IN with many of them SQLite would prefer to go through all messages of the account.
_IS_WANTED = "m.account_id = ? AND m.message_id = wanted.id"


def _wanted(count: int) -> str:
    return f"WITH wanted (id) AS (VALUES {', '.join(['(?)'] * count)})"


def _each(table: str) -> str:
    return f"wanted CROSS JOIN {table} m"


def _listed(row: Row) -> Listed:
    _, folder, uid, message, modseq, change, flags, *rest = row[:16]
    stored = StoredMessage(folder, uid, message, modseq, change, Flag(flags), *rest)
    size, sent, message_id, subject, fields, parts, structure = row[16:23]
    content = None
    if size is not None:
        content = Columns(size, sent, message_id, subject, bytes(fields), bytes(parts), bytes(structure))
    return Listed(stored, content, None if row[23] is None else _form(stored, row[23:]))


def _form(stored: StoredMessage, row: Row) -> Form:
    whole, data, blob, source, change, predecessors, keyed_at, status, creator = row
    current = change if keyed_at == stored.change_number else None
    source, change, predecessors = (None if one is None else bytes(one) for one in (source, current, predecessors))
    return Form(bool(whole), bytes(data), blob, Keys(source, change, predecessors), status, creator)
