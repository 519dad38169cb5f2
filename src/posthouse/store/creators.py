"""Who has made the messages in a shared folder, where it was not its owner: what [MS-OXCPERM] 2.2.7 calls *owned*."""

from __future__ import annotations

from collections.abc import Iterable

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.ranges import Ranges, from_numbers
from posthouse.store.messages import Where
from posthouse.store.spans import over, spans

SQL = Queries(__package__, "creators.sql")


def creator_of(tx: Transaction, account: AccountId, message: MessageId) -> AccountId:
    """0: the owner, or it came as mail."""
    row = tx.one(SQL.of_row, (account, message))
    return AccountId(0 if row is None else row[0])


def made_by(tx: Transaction, account: AccountId, messages: Iterable[MessageId], creator: AccountId) -> list[MessageId]:
    """Those of these that somebody else than the owner has made."""
    ids = from_numbers(sorted(set(messages)))
    return [row[0] for span in spans(ids) for row in tx.all(over(SQL.own, span), (account, *span, creator))]


def uids_made_by(tx: Transaction, where: Where, uids: Ranges, creator: AccountId) -> Ranges:
    """Those of a folder's messages that somebody else than its owner has made."""
    found = [row[0] for span in spans(uids) for row in tx.all(over(SQL.own_uids, span), (*where, *span, creator))]
    return from_numbers(sorted(found))


def all_made_by(tx: Transaction, where: Where, uids: Ranges, creator: AccountId) -> bool:
    """Whether nobody else has made any of those that are there."""
    return all(tx.one(over(SQL.of_others, span), (*where, *span, creator)) is None for span in spans(uids))


def note_creator(tx: Transaction, account: AccountId, folder: FolderId, uids: Ranges, creator: AccountId) -> None:
    """Of messages that have just been put there."""
    for low, high in uids:
        tx.run(SQL.put, (b"", creator, account, folder, low, high))
