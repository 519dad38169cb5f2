"""The secrets that vouch for URLs of messages (RFC 4467 §4): one a folder, made when it is first needed. After a
reset no URL of the folder is good any more."""

from __future__ import annotations

import secrets

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId, FolderId

SQL = Queries(__package__, "url_keys.sql")

SECRET = 32
"""Bytes."""


def find_url_key(tx: Transaction, account: AccountId, folder: FolderId) -> bytes | None:
    row = tx.one(SQL.get, (account, folder))
    return None if row is None else bytes(row[0])


def make_url_key(tx: Transaction, account: AccountId, folder: FolderId) -> bytes:
    """The one that is there, or a new one."""
    ((secret,),) = tx.all(SQL.insert, (account, folder, secrets.token_bytes(SECRET)))
    return bytes(secret)


def reset_url_keys(tx: Transaction, account: AccountId, folder: FolderId | None = None) -> None:
    """Of one folder, or of all."""
    if folder is None:
        tx.run(SQL.forget_all, (account,))
    else:
        tx.run(SQL.forget, (account, folder))
