"""Which short forms a mailbox has given to the names of replicas – [MS-OXCSTOR] 3.1.1, 3.2.5.9.

A number is given once and for ever, whoever asks for it and on which worker.
"""

from __future__ import annotations

from uuid import UUID

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId
from posthouse.model.refusals import LimitReached

SQL = Queries(__package__, "replicas.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")

FIRST = 5
"""Exchange keeps the numbers below for itself, and clients know."""
MOST = 1000


def replica_numbers(tx: Transaction, account: AccountId) -> dict[UUID, int]:
    """Of all replicas that have one, but the mailbox's own."""
    return {UUID(bytes=bytes(guid)): number for number, guid in tx.all(SQL.all, (account,))}


def give_replica_number(tx: Transaction, account: AccountId, guid: UUID) -> int:
    """The number that it has, or a new one; `LimitReached` when there are too many."""
    tx.one(ACCOUNTS.lock, (account,))
    known = tx.one(SQL.find, (account, guid.bytes))
    if known is not None:
        return int(known[0])
    [(last,)] = tx.all(SQL.last, (account,))
    number = max(last + 1, FIRST)
    if number >= FIRST + MOST:
        raise LimitReached("The mailbox knows too many replicas")
    tx.run(SQL.insert, (account, number, guid.bytes))
    return int(number)
