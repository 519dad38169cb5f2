"""What a client that keeps a copy has to know of a folder's messages: their numbers and those of their changes –
[MS-OXCFXICS] 3.2.5.3."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq
from posthouse.model.ranges import from_numbers
from posthouse.store.reading import changes
from posthouse.store.spans import over, spans

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


def changed_messages(tx: Transaction, account: AccountId, folder: FolderId, since: ModSeq) -> list[Present]:
    """Of the folder's contents, those that came or changed after `since`, also in their read state."""
    uids = from_numbers(row[0] for row in changes(tx, account, folder, since).changed)
    found: list[Present] = []
    for span in spans(uids):
        found += map(Present._make, tx.all(over(SQL.normal_at, span), (account, folder, *span)))
    return found


def messages_of_ids(tx: Transaction, account: AccountId, ids: Iterable[MessageId]) -> list[Present]:
    """Of these, those that are in some folder's contents."""
    found: list[Present] = []
    for span in spans(from_numbers(sorted(ids))):
        found += map(Present._make, tx.all(over(SQL.of_ids, span), (account, *span)))
    return found


def vanished_messages(tx: Transaction, account: AccountId, folder: FolderId, since: ModSeq) -> list[MessageId]:
    """Ids that UIDs had which went after `since`; a message that was written anew is there again, under another UID."""
    return [row[0] for row in tx.iterate(SQL.vanished, (account, folder, since))]


def has_vanished(tx: Transaction, account: AccountId, message: MessageId) -> bool:
    """Of one that is in no folder: whether it was in one."""
    return tx.one(SQL.has_vanished, (account, message)) is not None


class Fingerprint(NamedTuple):
    """Of a set of ids: two that differ in one or two of their members have different ones."""

    members: int
    total: int
    squares: int


MODULUS = 1_000_003
"""Squares of the remainders: their sum stays within 64 bits."""


def fingerprint(tx: Transaction, account: AccountId, folder: FolderId) -> Fingerprint:
    """Of the folder's contents, in which no message is read."""
    [row] = tx.all(SQL.fingerprint, (account, folder))
    return Fingerprint(*map(int, row))


def fingerprint_of(ids: Collection[int]) -> Fingerprint:
    return Fingerprint(len(ids), sum(ids), sum([(number % MODULUS) ** 2 for number in ids]))
