"""Where mail for an address goes.

An address is looked for as it is, then without its detail (`user+detail`, RFC 5233), then as its domain's catch-all,
and `postmaster` goes to an administrator if nobody has said otherwise (RFC 5321 §4.5.1). Aliases and groups are opened,
also within each other, each one once: a ring of them ends by itself, and one that comes back to an account's own
address is how the account keeps a copy of what it forwards.

For an account this is one point query, for somebody else's domain two.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from posthouse.database import Queries, Row, Transaction
from posthouse.directory.groups import group_members
from posthouse.directory.names import Key, domain_key, local_key, parse_address
from posthouse.directory.principals import Kind, Principal, principal_by_id
from posthouse.model.address import Address
from posthouse.model.ids import AccountId
from posthouse.model.refusals import LimitReached

SQL = Queries(__package__, "resolve.sql")

MAX_RECIPIENTS = 10_000
"""What one address may become."""
SEPARATOR = "+"
POSTMASTER = "postmaster"


class Outcome(Enum):
    LOCAL = "local"
    """Accounts, remote addresses or both."""
    UNKNOWN = "unknown"
    """The domain is ours, and nobody has this address; or what it stands for leads nowhere."""
    NOT_OURS = "not ours"


class LocalRecipient(NamedTuple):
    account: AccountId
    address: str
    detail: str = ""
    """What stood behind the separator, as it was written."""
    disabled: bool = False


class Resolution(NamedTuple):
    outcome: Outcome
    accounts: tuple[LocalRecipient, ...] = ()
    remote: tuple[Address, ...] = ()
    through: tuple[str, ...] = ()
    """The aliases and groups on the way, the first one first; empty when the address is an account itself."""
    missing: tuple[Address, ...] = ()
    """Targets in our domains that nobody has: for the log."""


_NOT_OURS = Resolution(Outcome.NOT_OURS)


def resolve(tx: Transaction, address: Address, separator: str = SEPARATOR) -> Resolution:
    """`separator` empty: addresses have no detail. A domain `""` is that of a bare `<Postmaster>`."""
    key = Key(domain_key(address.domain), local_key(address.local))
    row = tx.one(SQL.find_address, key) if key.local else None
    if row is not None and row[1] == "account" and not row[3]:  # most of all mail
        return Resolution(Outcome.LOCAL, (LocalRecipient(row[0], row[2], "", bool(row[4])),))
    is_here = row is not None and row[1] != "contact"
    if not is_here and key.domain and tx.one(SQL.find_domain, (key.domain,)) is None:
        return _NOT_OURS
    return _Expansion(tx, separator, domains={key.domain: True}).run(address)


@dataclass(slots=True)
class _Entry:
    """One address that was found, and what it was found by."""

    key: Key
    row: Row
    detail: str


@dataclass(slots=True)
class _Expansion:
    tx: Transaction
    separator: str
    accounts: dict[int, LocalRecipient] = field(default_factory=dict)
    remote: dict[Key, Address] = field(default_factory=dict)
    missing: dict[Key, Address] = field(default_factory=dict)
    through: dict[Key, str] = field(default_factory=dict)
    """Opened already; what comes back to one of these does not go round again."""
    waiting: deque[tuple[Address, str]] = field(default_factory=deque)
    """Addresses to look at, each with the detail that it inherits."""
    domains: dict[str, bool] = field(default_factory=dict)

    def run(self, address: Address) -> Resolution:
        self.waiting.append((address, ""))
        while self.waiting:
            self._one(*self.waiting.popleft())
            if len(self.accounts) + len(self.remote) + len(self.waiting) > MAX_RECIPIENTS:
                raise LimitReached
        outcome = Outcome.LOCAL if self.accounts or self.remote else Outcome.UNKNOWN
        return Resolution(
            outcome,
            tuple(self.accounts.values()),
            tuple(self.remote.values()),
            tuple(self.through.values()),
            tuple(self.missing.values()),
        )

    def _one(self, address: Address, inherited: str) -> None:
        key = Key(domain_key(address.domain), local_key(address.local))
        if key.domain and not self._is_ours(key.domain):
            self.remote.setdefault(key, address)
        elif found := self._find(key, address):
            self._open(found, found.detail or inherited)
        else:
            self.missing.setdefault(key, address)

    def _open(self, found: _Entry, detail: str) -> None:
        id, kind, address, aliased, disabled, query = found.row
        if aliased and found.key not in self.through:
            self.through[found.key] = address
            targets = [parse_address(row[0]) for row in self.tx.all(SQL.targets, found.key)]
        elif kind == Kind.ACCOUNT:
            self.accounts.setdefault(id, LocalRecipient(AccountId(id), address, detail, bool(disabled)))
            return
        elif kind == Kind.GROUP and found.key not in self.through:
            self.through[found.key] = address
            targets = group_members(self.tx, AccountId(id), query)
        else:
            return
        self.waiting.extend((target, detail) for target in targets)

    def _find(self, key: Key, address: Address) -> _Entry | None:
        if not key.domain:
            return self._postmaster(key) if key.local == POSTMASTER else None
        if key.local and (row := self._lookup(key)):
            return _Entry(key, row, "")
        user, separator, _ = key.local.partition(self.separator) if self.separator else (key.local, "", "")
        if separator and user and (row := self._lookup(Key(key.domain, user))):
            detail = address.local.partition(self.separator)[2]
            return _Entry(Key(key.domain, user), row, detail)
        if row := self._lookup(Key(key.domain, "")):
            return _Entry(Key(key.domain, ""), row, "")
        return self._postmaster(key) if user == POSTMASTER else None

    def _lookup(self, key: Key) -> Row | None:
        """A contact is in the address book, and its mail goes where it would without."""
        row = self.tx.one(SQL.find_address, key)
        return row if row is not None and row[1] != Kind.CONTACT else None

    def _is_ours(self, domain: str) -> bool:
        if domain not in self.domains:
            self.domains[domain] = self.tx.one(SQL.find_domain, (domain,)) is not None
        return self.domains[domain]

    def _postmaster(self, key: Key) -> _Entry | None:
        """An administrator, of this domain rather than of another; without one, whoever came first."""
        row = self.tx.one(SQL.find_postmaster, (key.domain,))
        return _Entry(key, row, "") if row else None


def describe(tx: Transaction, address: Address) -> Principal | None:
    """VRFY (RFC 5321 §3.5.1): who has this very address, if it is one account, group or contact."""
    row = tx.one(SQL.find_address, Key(domain_key(address.domain), local_key(address.local)))
    return principal_by_id(tx, AccountId(row[0])) if row and row[0] is not None else None


def expand(tx: Transaction, address: Address) -> list[Address]:
    """EXPN (RFC 5321 §3.5.2): the members of a list or the targets of an alias, one level; empty if it is neither."""
    key = Key(domain_key(address.domain), local_key(address.local))
    row = tx.one(SQL.find_address, key)
    if row is None or not key.local:
        return []
    if row[3]:
        return [parse_address(target[0]) for target in tx.all(SQL.targets, key)]
    return group_members(tx, AccountId(row[0]), row[5]) if row[1] == Kind.GROUP else []
