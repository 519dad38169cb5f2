"""What a client that keeps a copy has to know of a folder's messages: their numbers and those of their changes –
[MS-OXCFXICS] 3.2.5.3."""

from __future__ import annotations

from typing import NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq

SQL = Queries(__package__, "synchronizing.sql")


class Present(NamedTuple):
    """A message that is there."""

    id: MessageId
    change_number: ModSeq
    modseq: ModSeq
    """Also of changes of the read state."""
    flags: int
    internal_date: int
    size: int
    associated: int


def present_messages(
    tx: Transaction, account: AccountId, folder: FolderId, *, normal: bool, associated: bool
) -> list[Present]:
    """In no order. Seven numbers a message: of a folder of any size, this is what there is in memory."""
    found = [*map(Present._make, tx.iterate(SQL.normal, (account, folder)))] if normal else []
    if associated:
        found += map(Present._make, tx.iterate(SQL.associated, (account, folder)))
    return found
