"""Local people by their addresses and legacy DNs, for messages on their way into MAPI and out of it."""

from __future__ import annotations

from collections import OrderedDict

from posthouse.database import Transaction
from posthouse.directory import (
    Kind,
    Organisation,
    Principal,
    find_principal,
    generation,
    principal_by_id,
    proxies_of,
)
from posthouse.directory.errors import BadAddress
from posthouse.directory.organisation import organisation
from posthouse.model.ids import AccountId
from posthouse.protocols.mapi.mime.address_book import AddressBook, Entry, Owner
from posthouse.protocols.mapi.mime.people import Person

REMEMBERED = 10_000


class People:
    """Of one worker: remembers whom it was asked about until the directory changes."""

    def __init__(self) -> None:
        self._organisation: Organisation | None = None
        self._generation = -1
        self._known: OrderedDict[str, Entry | None] = OrderedDict()
        self._owners: OrderedDict[int, Owner | None] = OrderedDict()

    def at(self, tx: Transaction) -> PeopleAt:
        if self._organisation is None:
            self._organisation = organisation(tx)
        now = generation(tx)
        if now != self._generation:
            self._generation = now
            self._known.clear()
            self._owners.clear()
        return PeopleAt(self, tx)

    def by_address(self, tx: Transaction, address: str) -> Entry | None:
        key = address.lower()
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.popitem(last=False)
            self._known[key] = self._look_up(tx, address)
        return self._known.get(key)

    def _look_up(self, tx: Transaction, address: str) -> Entry | None:
        try:
            found = find_principal(tx, address)
        except BadAddress:
            return None
        return self._entry(found)

    def by_dn(self, tx: Transaction, dn: str) -> Entry | None:
        number = self._organisation.principal_of(dn) if self._organisation is not None else None
        return self._entry(principal_by_id(tx, number) if number is not None else None)

    def owner_of(self, tx: Transaction, account: int) -> Owner | None:
        if account not in self._owners:
            if len(self._owners) >= REMEMBERED:
                self._owners.popitem(last=False)
            found = principal_by_id(tx, AccountId(account))
            entry = self._entry(found)
            addresses = () if found is None else (found.address, *proxies_of(tx, found))
            self._owners[account] = None if entry is None else Owner(entry, frozenset(map(str.lower, addresses)))
        return self._owners.get(account)

    def _entry(self, found: Principal | None) -> Entry | None:
        """None: nobody, and as long as the hub has no name for anybody."""
        if found is None or self._organisation is None:
            return None
        dn = self._organisation.dn_of(found.id)
        return Entry(dn, found.name, found.address, found.kind is Kind.GROUP)


class PeopleAt:
    """An `AddressBook` within one transaction."""

    def __init__(self, people: People, tx: Transaction) -> None:
        self._people, self._tx = people, tx

    def by_address(self, address: str) -> Entry | None:
        return self._people.by_address(self._tx, address)

    def by_dn(self, dn: str) -> Entry | None:
        return self._people.by_dn(self._tx, dn)

    def owner_of(self, account: int) -> Owner | None:
        return self._people.owner_of(self._tx, account)


def local_person(book: AddressBook, address: str) -> Person:
    """By their address; somebody whom the book does not know is called by it."""
    entry = book.by_address(address)
    return Person(entry.name if entry else address, address, entry)
