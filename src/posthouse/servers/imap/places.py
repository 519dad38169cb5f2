"""What a mailbox name means to a session: whose folder it is, and what may be done with it – RFC 2342, RFC 4314 §4.

    INBOX, Work/2024             one's own
    Users/bob@example.org/Work   another's, who has granted rights on it
    Public/News                  a public one

Every handler goes from a name to a folder through here, in the transaction in which it then works, and asks for the
rights that its command needs:

    place = places.find(tx, name).require(Right.READ)

What somebody may not even look up is answered like a name that is not there (RFC 4314 §6). One's own folders need no
look at any rights. What is on another host is refused with the place where it is (RFC 2193).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.directory import Kind, Login, Memberships, find_principal, list_accounts, principal_by_id
from posthouse.directory.errors import BadAddress
from posthouse.model.ids import AccountId
from posthouse.model.refusals import FolderNotFound, NotPermitted
from posthouse.model.rights import ALL_RIGHTS, NO_RIGHTS, Right
from posthouse.protocols.imap.urls import mailbox_url
from posthouse.servers.access import TOP_OF_ADMINS, Access
from posthouse.servers.homes import home_of
from posthouse.store.folders import PUBLIC, SEPARATOR, Folder, find_folder, list_folders, list_shared_folders
from posthouse.store.rights import effective, entries_of_account, holding_groups, sharers

from .homes import Elsewhere

USERS_PREFIX = "Users/"
PUBLIC_PREFIX = "Public/"
FOREIGN = (USERS_PREFIX, PUBLIC_PREFIX)
WILD = re.compile("[*%]")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder as one session sees it."""

    account: AccountId
    """Whose it is: its owner's quota is charged, its owner's hints tell of it."""
    folder: Folder
    rights: Right = ALL_RIGHTS

    def require(self, needed: Right) -> Place:
        """Itself, or the refusal: `NotPermitted`, and `FolderNotFound` for whom it is not to exist."""
        require(self.rights, needed)
        return self


@dataclass(frozen=True, slots=True)
class Site:
    """Where a folder of a name would be made."""

    account: AccountId
    path: str
    """In that account."""
    rights: Right = ALL_RIGHTS
    """On the lowest folder above it that there is."""

    def require(self, needed: Right) -> Site:
        require(self.rights, needed)
        return self


def require(rights: Right, needed: Right) -> None:
    if needed & rights != needed:
        raise NotPermitted if rights & Right.LOOKUP else FolderNotFound


def is_foreign(name: str) -> bool:
    return name.startswith(FOREIGN)


class Places(Access):
    """The names of one login."""

    def __init__(self, login: Login, memberships: Memberships, here: str = "", home: str = "") -> None:
        """`here`: this host; empty: nothing is elsewhere. `home`: where one's own mailboxes are, if not here."""
        super().__init__(login, memberships)
        self._address = login.address
        self._here = here
        self.home = home

    def find(self, tx: Transaction, name: str) -> Place:
        """The folder of that name, whatever the rights on it: ask for what is needed. `FolderNotFound`, `Elsewhere`."""
        if not is_foreign(name):
            if self.home:
                raise Elsewhere(self._url(self.home, name))
            return Place(self.account, find_folder(tx, self.account, name))
        account, path = self._owner(tx, name)
        folder = find_folder(tx, account, path)
        rights = self.rights_on(tx, account, folder.id)
        self._require_here(tx, account, name, rights)
        return Place(account, folder, rights)

    def site(self, tx: Transaction, name: str) -> Site:
        """For a folder that is to be made, or to get this name. `FolderNotFound` where nobody can be, `Elsewhere`."""
        if not is_foreign(name):
            if self.home:
                raise Elsewhere(self._url(self.home, name))
            return Site(self.account, name)
        account, path = self._owner(tx, name)
        rights = self._rights_above(tx, account, path)
        self._require_here(tx, account, name, rights)
        return Site(account, path, rights)

    # other hosts
    def host_of(self, tx: Transaction, account: AccountId) -> str:
        """Where an account is, if not here."""
        if not self._here or account == PUBLIC:
            return ""
        home = home_of(tx, account)
        return home if home != self._here else ""

    def shares_here(self, tx: Transaction) -> bool:
        """Whether an account that is at home on this host and no other shares anything with this one."""
        owners = self.owners(tx) if self._here else {}
        return any(home_of(tx, owner) == self._here for owner in owners if owner != PUBLIC)

    def both_elsewhere(self, tx: Transaction, *names: str) -> Elsewhere:
        """The refusal for several mailboxes, some of them perhaps here (RFC 2193 §4.3)."""
        return Elsewhere(*[self._url(self._host_of_name(tx, name) or self._here, name) for name in names])

    def _host_of_name(self, tx: Transaction, name: str) -> str:
        if not is_foreign(name):
            return self.home
        with suppress(FolderNotFound):
            return self.host_of(tx, self._owner(tx, name)[0])
        return ""

    def _require_here(self, tx: Transaction, account: AccountId, name: str, rights: Right) -> None:
        host = self.host_of(tx, account)
        if host:
            raise Elsewhere(self._url(host, name)) if rights & Right.LOOKUP else FolderNotFound

    def _url(self, host: str, name: str) -> str:
        return mailbox_url(self._address, host, name)

    def _rights_above(self, tx: Transaction, account: AccountId, path: str) -> Right:
        if account == self.account:
            return ALL_RIGHTS
        while SEPARATOR in path:
            path = path.rpartition(SEPARATOR)[0]
            try:
                folder = find_folder(tx, account, path)
            except FolderNotFound:
                continue
            return self.rights_on(tx, account, folder.id)
        return TOP_OF_ADMINS if self.admin and account == PUBLIC else NO_RIGHTS

    def _owner(self, tx: Transaction, name: str) -> tuple[AccountId, str]:
        """Of a name that is not one's own: the account and the path in it. An address has one spelling here, the
        directory's, so that a folder has one name."""
        if name.startswith(PUBLIC_PREFIX):
            return PUBLIC, name.removeprefix(PUBLIC_PREFIX)
        label, _, path = name.removeprefix(USERS_PREFIX).partition(SEPARATOR)
        try:
            owner = find_principal(tx, _address(label))
        except BadAddress:
            raise FolderNotFound from None
        if owner is None or owner.kind is not Kind.ACCOUNT or _label(owner.address) != label or not path:
            raise FolderNotFound
        if owner.id == self.account:  # what is one's own has its own name
            raise FolderNotFound
        return owner.id, path

    # all that there is
    def owners(self, tx: Transaction, *, everybody: bool = False) -> dict[AccountId, str]:
        """Whose folders, but one's own, may be seen, each with the prefix of their names. An administrator may see
        everybody's, and is shown those who share nothing only when asking for `everybody`."""
        groups = self._memberships.groups_of(tx, self.account, holding_groups(tx))
        accounts = sharers(tx, self.account, groups)
        if self.admin:
            accounts.add(PUBLIC)
            accounts.update([one.id for one in list_accounts(tx)] if everybody else ())
        prefixes = {account: self._prefix(tx, account) for account in sorted(accounts - {self.account})}
        return {account: prefix for account, prefix in prefixes.items() if prefix}

    def owners_of(self, tx: Transaction, patterns: Sequence[str]) -> dict[AccountId, str]:
        """The same, but only of those whose folders can have a name of these patterns."""
        starts = {_start(pattern) + SEPARATOR for pattern in patterns}
        if starts & {SEPARATOR, USERS_PREFIX}:
            return self.owners(tx, everybody=any(pattern.startswith(USERS_PREFIX) for pattern in patterns))
        found = {PUBLIC: PUBLIC_PREFIX} if any(start.startswith(PUBLIC_PREFIX) for start in starts) else {}
        for start in starts:
            if start.startswith(USERS_PREFIX):
                with suppress(FolderNotFound):
                    account, _ = self._owner(tx, start + "*")
                    found[account] = self._prefix(tx, account)
        return found

    def visible(self, tx: Transaction, account: AccountId) -> Iterator[tuple[str, Folder, Right]]:
        """Another account's folders that may be looked up: paths in that account, folders and rights."""
        entries = entries_of_account(tx, account)
        groups = {entry.holder.principal for each in entries.values() for entry in each if entry.holder.is_group}
        mine = self._memberships.groups_of(tx, self.account, groups) if groups else frozenset[AccountId]()
        folders = list_folders(tx, account) if self.admin else list_shared_folders(tx, account)
        for path, folder in folders.items():
            rights = effective(entries.get(folder.id, ()), self.account, mine) | self._as_admin()
            if rights & Right.LOOKUP:
                yield path, folder, rights

    def _prefix(self, tx: Transaction, account: AccountId) -> str:
        if account == PUBLIC:
            return PUBLIC_PREFIX
        owner = principal_by_id(tx, account)
        return "" if owner is None else f"{USERS_PREFIX}{_label(owner.address)}{SEPARATOR}"


def _start(pattern: str) -> str:
    """What each name of a pattern begins with: whole levels, without the last delimiter."""
    start = WILD.split(pattern, maxsplit=1)[0]
    return pattern if start == pattern else start.rpartition(SEPARATOR)[0]


def _label(address: str) -> str:
    """An address as one level of a name: a local part may hold the delimiter."""
    return address.replace(SEPARATOR, "%2F")


def _address(label: str) -> str:
    return label.replace("%2F", SEPARATOR)
