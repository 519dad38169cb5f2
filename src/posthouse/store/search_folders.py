"""What search folders look for – [MS-OXCFOLD] 2.2.1.4. Their messages are those of other folders: whoever reads one
searches; of a static search it is kept what was found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq
from posthouse.store.object_changes import take_change

SQL = Queries(__package__, "search_folders.sql")


class Search(NamedTuple):
    restriction: bytes = b""
    """As ROP buffers have it; empty: there was no search yet."""
    scope: tuple[FolderId, ...] = ()
    flags: int = 0
    """What the protocol has to say besides."""
    modseq: ModSeq = ModSeq(0)
    """Of the change that set these."""
    found: tuple[MessageId, ...] | None = None
    """Of a static search that was done; by their ids."""


def load_search(tx: Transaction, account: AccountId, folder: FolderId) -> Search | None:
    """None: it is no search folder."""
    row = tx.one(SQL.load, (account, folder))
    if row is None:
        return None
    restriction, scope, flags, modseq, found = row
    known = None if found is None else tuple(map(MessageId, _numbers(found)))
    return Search(bytes(restriction), tuple(map(FolderId, _numbers(scope))), flags, ModSeq(modseq), known)


def search_folders(tx: Transaction, account: AccountId) -> frozenset[FolderId]:
    """All that there are."""
    return frozenset(FolderId(row[0]) for row in tx.all(SQL.all, (account,)))


def begun_searches(tx: Transaction, account: AccountId, since: ModSeq) -> list[FolderId]:
    """Folders that look for something since then, or for something else."""
    return [FolderId(row[0]) for row in tx.all(SQL.begun, (account, since))]


def save_search(tx: Transaction, account: AccountId, folder: FolderId, search: Search) -> ModSeq:
    """Begin anew: what was found before is forgotten."""
    modseq = take_change(tx, account)
    tx.run(SQL.put, (account, folder, search.restriction, _bytes(search.scope), search.flags, modseq, None))
    tx.notify(Hint(account, folder, modseq))
    return modseq


def keep_found(
    tx: Transaction, account: AccountId, folder: FolderId, search: Search, found: Iterable[MessageId]
) -> None:
    """Unless another search has begun since."""
    tx.run(SQL.set_found, (_bytes(found), account, folder, search.modseq))


def _bytes(numbers: Iterable[int]) -> bytes:
    return b"".join(number.to_bytes(8, "little") for number in numbers)


def _numbers(data: bytes) -> list[int]:
    raw = bytes(data)
    return [int.from_bytes(raw[at : at + 8], "little") for at in range(0, len(raw), 8)]
