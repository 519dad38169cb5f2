"""Rights on folders: the one model for every protocol – RFC 4314 §2, [MS-OXCPERM].

The owner of a folder may do everything, and nothing is stored for that. Anybody else has what the entries grant to
them and to the groups that they are in; whom none of these names has what is granted to everybody ([MS-OXCPERM]
3.2.5.1; RFC 4314 §2 leaves it open). Negative entries take from that what they name. A folder that is made has the
entries of the one above it; later changes above do not reach it. A public folder is nobody's mailbox: whoever makes one
by a client looks after it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from posthouse.database import Queries, Transaction
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.refusals import FolderNotFound, LimitReached
from posthouse.model.rights import ALL_RIGHTS, NO_RIGHTS, Right
from posthouse.store.folders import ROOT

SQL = Queries(__package__, "rights.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")

ANYONE = AccountId(0)
"""The principal that everybody is."""
ANONYMOUS = AccountId((1 << 48) - 1)
"""Whoever has not logged in: clients may say what they would have, and no server lets them in ([MS-OXCPERM] 2.2.5)."""
MAX_ENTRIES = 1000
"""On one folder."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom an entry is about."""

    principal: AccountId
    """Of an account or a group, or `ANYONE`."""
    negative: bool = False
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    holder: Holder
    rights: Right

    def concerns(self, groups: Container[AccountId], account: AccountId) -> bool:
        holder = self.holder
        if holder.is_group:
            return holder.principal in groups
        return holder.principal in (account, ANYONE)


def read_entries(tx: Transaction, account: AccountId, folder: FolderId) -> list[Entry]:
    """The access control list, everybody's entry first."""
    return [_entry(*row) for row in tx.all(SQL.entries, (account, folder))]


def entries_of_account(tx: Transaction, account: AccountId) -> dict[FolderId, list[Entry]]:
    """Those of all its folders that have any."""
    found: dict[FolderId, list[Entry]] = {}
    for folder, *row in tx.all(SQL.entries_of_account, (account,)):
        found.setdefault(folder, []).append(_entry(*row))
    return found


def _entry(principal: AccountId, negative: int, is_group: int, rights: int) -> Entry:
    return Entry(Holder(principal, bool(negative), bool(is_group)), Right(rights))


def effective(entries: Iterable[Entry], account: AccountId, groups: Container[AccountId]) -> Right:
    """What the entries come to for an account in these groups."""
    named = anyone = denied = NO_RIGHTS
    is_named = False
    for entry in entries:
        if not entry.concerns(groups, account):
            continue
        if entry.holder.negative:
            denied |= entry.rights
        elif entry.holder.principal == ANYONE:
            anyone |= entry.rights
        else:
            named |= entry.rights
            is_named = True
    return (named if is_named else anyone) & ~denied


def set_rights(
    tx: Transaction, account: AccountId, folder: FolderId, holder: Holder, rights: Right, *, stays: bool = False
) -> None:
    """In place of what the entry said; without rights it goes away, unless it `stays`: then whom it names has none, not
    even those of everybody. Whom it is about is told to look what there is now; of a group's members everybody is, for
    who they are is the directory's to know."""
    row = tx.one(ACCOUNTS.change, (account,))
    modseq = ModSeq(row[0] if row else 0)
    if not tx.run(SQL.touch, (modseq, account, folder)):
        raise FolderNotFound
    if rights or stays:
        known = {entry.holder for entry in read_entries(tx, account, folder)}
        if holder not in known and len(known) >= MAX_ENTRIES:
            raise LimitReached("The folder's access control list is full")
        tx.run(SQL.grant, (account, folder, *_key(holder), int(holder.is_group), int(rights)))
    else:
        tx.run(SQL.revoke, (account, folder, *_key(holder)))
    tx.notify(Hint(account, folder, modseq))
    tx.notify(Hint(account, ROOT, modseq))
    tx.notify(Hint(ANYONE if holder.is_group else holder.principal, ROOT, ModSeq(0)))


def give_to_maker(tx: Transaction, account: AccountId, folder: FolderId, maker: AccountId) -> None:
    """All rights on a folder that this transaction has made, whatever it inherited."""
    tx.run(SQL.grant, (account, folder, *_key(Holder(maker)), 0, int(ALL_RIGHTS)))


def _key(holder: Holder) -> tuple[int, int]:
    return holder.principal, int(holder.negative)


def change_rights(
    tx: Transaction, account: AccountId, folder: FolderId, holder: Holder, *, add: Right, remove: Right
) -> None:
    """Relative to what the entry says at this moment."""
    tx.one(ACCOUNTS.lock, (account,))
    entries = read_entries(tx, account, folder)
    present = next((entry.rights for entry in entries if entry.holder == holder), NO_RIGHTS)
    set_rights(tx, account, folder, holder, (present & ~remove) | add)


def forget_principal(tx: Transaction, principal: AccountId, *, is_group: bool = False) -> None:
    """Nobody has that id any more, and nobody will again."""
    tx.run(SQL.forget_principal, (int(is_group), principal))


def holding_groups(tx: Transaction) -> list[AccountId]:
    """Groups that have rights anywhere."""
    return [AccountId(row[0]) for row in tx.all(SQL.groups)]


def sharers(tx: Transaction, account: AccountId, groups: Iterable[AccountId]) -> set[AccountId]:
    """Accounts with a folder that this one may look up, unless a negative entry says otherwise."""
    holders = [(0, account), (0, ANYONE), *((1, group) for group in groups)]
    return {AccountId(row[0]) for holder in holders for row in tx.all(SQL.sharers, holder)} - {account}


def stewarded(tx: Transaction, account: AccountId, groups: Iterable[AccountId]) -> set[AccountId]:
    """Accounts whose Inbox this one may administer, unless a negative entry says otherwise."""
    holders = [(0, account), *((1, group) for group in groups)]
    return {AccountId(row[0]) for holder in holders for row in tx.all(SQL.stewarded, holder)} - {account}
