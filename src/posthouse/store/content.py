"""Immutable content: a message's bytes, kept once under their hash, with what clients will ask for.

A content is made ready outside of any transaction (`intake`), added within one, and lives while a message or a hold
refers to it. Whoever drops a reference notes the content as released; the sweeper decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.message.derive import Derived
from posthouse.message.ordering import OrderKeys
from posthouse.model.ids import ContentId
from posthouse.store.blobs import Blobs, Buffer
from posthouse.store.comparators import fold

SQL = Queries(__package__, "content.sql")


class NewContent(NamedTuple):
    """A message ready to be added: durable already where it is a blob."""

    hash: bytes
    derived: Derived
    body: bytes | None
    """The bytes themselves, where they are small enough to be a row."""
    blob: str | None
    """The name of the sealed blob otherwise."""

    @property
    def size(self) -> int:
        return self.derived.size


def add_content(tx: Transaction, new: NewContent) -> ContentId:
    """Its id, also when the same bytes are there already. A blob that was not needed is left to the sweeper."""
    d = new.derived
    row = tx.one(
        SQL.insert_content,
        (
            *(new.hash, d.size, d.header_size, new.blob, d.sent, d.sent_day),
            *(_storable(d.message_id), _storable(d.subject), _storable(d.preview)),
            *(d.parts, d.structure, d.envelope, d.fields),
        ),
    )
    if row is None:  # there already; if another transaction was first, it is committed, for the conflict waited for it
        row = tx.one(SQL.find_content, (new.hash,))
        return add_content(tx, new) if row is None else ContentId(row[0])
    tx.run(SQL.insert_subject, (row[0], fold(_storable(d.subject))))
    add_order(tx, row[0], d)
    if new.body is not None:
        tx.run(SQL.insert_body, (row[0], new.body))
    return ContentId(row[0])


def add_order(tx: Transaction, content: ContentId, derived: Derived) -> None:
    """What it is sorted and threaded by."""
    order = derived.order
    tx.run(SQL.insert_order, (content, derived.sent, int(order.is_reply), *_texts(order)))


def _texts(order: OrderKeys) -> Iterator[str]:
    return map(_storable, (order.subject, *order[2:]))


def _storable(text: str) -> str:
    """PostgreSQL takes no NUL in a text, and neither engine half a surrogate pair."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def locate_content(tx: Transaction, content: ContentId) -> tuple[str, bytes]:
    """The name of its blob, or its bytes."""
    row = tx.one(SQL.body, (content,))
    if row is None:
        raise LookupError(f"content {content} is not in the store")
    blob, body = row
    return blob or "", bytes(body or b"")


def open_content(tx: Transaction, blobs: Blobs, content: ContentId) -> Buffer:
    """All bytes, as `bytes` or as a mapped file. Good for as long as the caller keeps it, even if the content goes. May
    take long where blobs are kept elsewhere: on the loop, ask `Store.open_content`."""
    blob, body = locate_content(tx, content)
    return blobs.open(blob) if blob else body


def hold(tx: Transaction, content: ContentId, holder: str) -> None:
    """Keep the content for `holder`, who is not a message: `queue:17`."""
    tx.run(SQL.hold, (content, holder))


def unhold(tx: Transaction, content: ContentId, holder: str) -> None:
    tx.run(SQL.unhold, (content, holder))
    tx.run(SQL.release, (content,))


def pause_sweeping(tx: Transaction, holder: str, expires: int) -> None:
    """No content goes away before `expires`, or before `resume_sweeping`."""
    tx.all(SQL.lock_sweeping)
    tx.run(SQL.pause_sweeping, (holder, expires))


def resume_sweeping(tx: Transaction, holder: str) -> None:
    tx.run(SQL.resume_sweeping, (holder,))


def is_sweeping_paused(tx: Transaction, now: int) -> bool:
    return tx.one(SQL.is_paused, (now,)) is not None


def sweep(tx: Transaction, now: int, limit: int = 500) -> tuple[int, list[str]]:
    """Delete released contents that nobody uses. Gives how many candidates were looked at, and the blobs to remove
    once this transaction is committed."""
    tx.all(SQL.lock_sweeping)
    if is_sweeping_paused(tx, now):
        return 0, []
    candidates = [row[0] for row in tx.all(SQL.released, (limit,))]
    blobs: list[str] = []
    for content in candidates:
        tx.run(SQL.forget_released, (content,))  # first: who releases it meanwhile waits, and notes it again
        row = tx.one(SQL.lock_content, (content,))
        if row is not None and tx.one(SQL.is_used, (content,) * 3) is None:
            for statement in (SQL.delete_content, SQL.delete_subject, SQL.delete_order, SQL.delete_body):
                tx.run(statement, (content,))
            if row[0]:
                blobs.append(row[0])
    return len(candidates), blobs


def blob_names(tx: Transaction) -> set[str]:
    """Every blob that a content or an object is in."""
    return {row[0] for row in tx.iterate(SQL.blob_names)}
