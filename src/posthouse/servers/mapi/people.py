"""Local people by their addresses and legacy DNs, for messages on their way into MAPI and out of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from posthouse.database import Transaction
from posthouse.delivery.people import Book
from posthouse.directory import generation
from posthouse.protocols.mapi.mime.address_book import Entry, Owner

K = TypeVar("K")
V = TypeVar("V")

REMEMBERED = 10_000


class _Known(Generic[K, V]):
    """What was asked, with its answers: no more than a number of them."""

    def __init__(self) -> None:
        self._answers: OrderedDict[K, V] = OrderedDict()
        self.clear = self._answers.clear

    def get(self, asked: K, look_up: Callable[[], V]) -> V:
        if asked not in self._answers:
            answer = look_up()
            if len(self._answers) >= REMEMBERED:
                self._answers.popitem(last=False)
            return self._answers.setdefault(asked, answer)
        return self._answers[asked]


class People:
    """Of one worker: remembers whom it was asked about until the directory changes."""

    def __init__(self) -> None:
        self._generation = -1
        self._known: _Known[str, Entry | None] = _Known()
        self._owners: _Known[int, Owner | None] = _Known()

    def at(self, tx: Transaction) -> PeopleAt:
        now = generation(tx)
        if now != self._generation:
            self._generation = now
            self._known.clear()
            self._owners.clear()
        return PeopleAt(self, tx)

    def by_address(self, tx: Transaction, address: str) -> Entry | None:
        return self._known.get(address.lower(), lambda: Book(tx).by_address(address))

    def owner_of(self, tx: Transaction, account: int) -> Owner | None:
        return self._owners.get(account, lambda: Book(tx).owner_of(account))


class PeopleAt:
    """An `AddressBook` within one transaction."""

    def __init__(self, people: People, tx: Transaction) -> None:
        self._people, self._tx = people, tx

    def by_address(self, address: str) -> Entry | None:
        return self._people.by_address(self._tx, address)

    def by_dn(self, dn: str) -> Entry | None:
        return Book(self._tx).by_dn(dn)

    def owner_of(self, account: int) -> Owner | None:
        return self._people.owner_of(self._tx, account)
