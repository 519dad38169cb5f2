"""What belongs to the directory as a whole: how often it has changed, and the secret of this hub."""

from __future__ import annotations

import secrets

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId

SQL = Queries(__package__, "state.sql")


def changed(tx: Transaction, *principals: AccountId) -> None:
    """Every operation that changes the directory calls this once, with those of whom the address book shows something
    else now."""
    tx.run(SQL.change)
    for principal in principals:
        tx.run(SQL.touch, (principal,))


def generation(tx: Transaction) -> int:
    """Grows with every change: whoever keeps something made from the directory (an address book) compares it."""
    row = tx.one(SQL.generation)
    return int(row[0]) if row else 0


def secret(tx: Transaction) -> bytes | None:
    """The hub's secret, the same in every worker; None until `make_secret` was called once."""
    row = tx.one(SQL.secret)
    return bytes.fromhex(row[0]) if row and row[0] else None


def make_secret(tx: Transaction) -> bytes:
    tx.run(SQL.set_secret, (secrets.token_hex(32),))
    made = secret(tx)
    if made is None:
        raise LookupError("directory_state has no row")
    return made
