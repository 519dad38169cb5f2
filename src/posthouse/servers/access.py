"""What somebody may do with a folder, for every server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from posthouse.database import Transaction
from posthouse.directory import Login, Memberships
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.rights import ALL_RIGHTS, FREE_BUSY, NO_RIGHTS, Right, on_calendar
from posthouse.store.folders import INBOX
from posthouse.store.rights import ANYONE, Entry, Holder, effective, holding_groups, read_entries, stewarded

OF_ADMINS = Right.LOOKUP | Right.ADMINISTER
"""What an administrator has on every folder: enough to give themselves more."""
TOP_OF_ADMINS = OF_ADMINS | Right.CREATE
"""On the top of the public folders, where nobody else may make any."""


class Access:
    """Of one login."""

    def __init__(self, login: Login, memberships: Memberships) -> None:
        self.account = login.account
        self.admin = login.admin
        self._memberships = memberships

    def rights_on(self, tx: Transaction, account: AccountId, folder: FolderId) -> Right:
        """One's own folders need no look at any rights."""
        if account == self.account:
            return ALL_RIGHTS
        return self._granted(tx, account, folder) | self._as_admin()

    def _granted(self, tx: Transaction, account: AccountId, folder: FolderId) -> Right:
        return self._effective(tx, read_entries(tx, account, folder))

    def _effective(self, tx: Transaction, entries: Sequence[Entry]) -> Right:
        groups = [entry.holder.principal for entry in entries if entry.holder.is_group]
        mine = self._memberships.groups_of(tx, self.account, groups) if groups else frozenset[AccountId]()
        return effective(entries, self.account, mine)

    def free_busy_on(self, tx: Transaction, account: AccountId, calendar: FolderId) -> Right:
        """How much it may know of when this account has time: briefly, in detail, or nothing ([MS-OXCPERM] 2.2.7).
        Where the list says nothing of it, what is usual."""
        if account == self.account:
            return FREE_BUSY
        entries = read_entries(tx, account, calendar)
        if all(entry.holder != Holder(ANYONE) for entry in entries):
            entries.append(Entry(Holder(ANYONE), NO_RIGHTS))
        return self._effective(tx, list(map(_of_times, entries))) & FREE_BUSY

    def is_steward(self, tx: Transaction, account: AccountId) -> bool:
        """Of a mailbox whose Inbox this login may administer, which is as good as its own: full access, in Exchange."""
        return Right.ADMINISTER in self.rights_on(tx, account, INBOX)

    def stewarded(self, tx: Transaction) -> list[AccountId]:
        """Such mailboxes of others, by what their owners say; an administrator would find everybody's."""
        found = stewarded(tx, self.account, self._memberships.groups_of(tx, self.account, holding_groups(tx)))
        return sorted(account for account in found if Right.ADMINISTER in self._granted(tx, account, INBOX))

    def _as_admin(self) -> Right:
        return OF_ADMINS if self.admin else NO_RIGHTS


def _of_times(entry: Entry) -> Entry:
    """With what it says of free and busy times without saying so. Who may not read sees no details."""
    if not entry.holder.negative:
        return replace(entry, rights=on_calendar(entry.rights))
    return replace(entry, rights=entry.rights | (Right.FREE_BUSY_DETAILED if entry.rights & Right.READ else NO_RIGHTS))
