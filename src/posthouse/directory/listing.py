"""The address book's lists: ordered by name, read page by page, and searched by the beginnings of names.

No list is ever loaded: a position is found in an index, and ranks are counted there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from posthouse.database import Database, Queries, Transaction
from posthouse.directory.indexing import EXACT, AddressList, Order, key_in, number_of, relist
from posthouse.directory.principals import Principal, read_principal
from posthouse.directory.sorting import fold, sort_key, word_key, words
from posthouse.directory.state import generation
from posthouse.model.ids import AccountId
from posthouse.model.refusals import LimitReached

SQL = Queries(__package__, "listing.sql")

VERSION = 1
"""Of keys and words: another number lists everybody anew."""
MAX_WORDS = 20
"""Nobody is called by more."""
FEW = 64
MAX_CANDIDATES = 5_000
"""People with one of the words who are looked at for the others."""
_FIRST, _LAST = (b"", 0), (b"\xff", 0)
_BEYOND = b"\xff"
"""Behind every word with the same beginning: no UTF-8 has it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a list."""

    key: bytes
    id: AccountId
    rank: int
    """From 0."""


@dataclass(slots=True)
class Effort:
    """How much whoever asks may have looked up, in all of it together."""

    left: int

    def spend(self, count: int) -> None:
        """LimitReached when so much is not left."""
        self.left -= count
        if self.left < 0:
            raise LimitReached


@dataclass(frozen=True, slots=True)
class Listing:
    tx: Transaction
    which: AddressList = AddressList.EVERYBODY
    order: Order = Order.NAME
    effort: Effort | None = None
    """None: as much as one likes."""

    @property
    def number(self) -> int:
        return number_of(self.which, self.order)

    def size(self) -> int:
        return self._count(SQL.size)

    def find(self, id: AccountId) -> Place | None:
        """None: it does not stand in this list."""
        key = self.key(id)
        return None if key is None else Place(key, id, self._count(SQL.rank, key, id))

    def key(self, id: AccountId) -> bytes | None:
        row = self.tx.one(SQL.key, (id, self.number))
        return bytes(row[0]) if row else None

    def place(self, principal: Principal, rank: int) -> Place:
        """Of one that stands in this list, at this rank."""
        return Place(key_in(principal, self.order), principal.id, rank)

    def seek(self, name: str) -> Place | None:
        """The first row that is not before this name."""
        return self._place(SQL.forward, (sort_key(name), 0), 0)

    def at(self, rank: int, size: int) -> Place | None:
        """The row of this rank, found from whichever end is nearer."""
        if not 0 <= rank < size:
            return None
        if rank <= size // 2:
            return self._place(SQL.forward, _FIRST, rank, rank)
        return self._place(SQL.backward, _LAST, size - 1 - rank, rank)

    def moved(self, place: Place, delta: int, size: int) -> Place | None:
        """The row so many rows further on, or back."""
        rank = place.rank + delta
        if abs(delta) > min(rank, size - 1 - rank):
            return self.at(rank, size)
        statement = SQL.forward if delta >= 0 else SQL.backward
        return self._place(statement, (place.key, place.id), abs(delta), rank)

    def page(self, place: Place, count: int) -> list[Principal]:
        """From that row on."""
        rows = self.tx.all(SQL.page, (self.number, place.key, place.id, count))
        return [read_principal(row) for row in rows]

    def exactly(self, text: str, limit: int) -> list[AccountId]:
        """Whose whole name, alias or address it is."""
        return [AccountId(row[0]) for row in self.tx.all(SQL.with_word, (_exact(text), self.number, limit))]

    def named(self, text: str, limit: int) -> list[AccountId]:
        """In whose names every word of it begins one. At most `limit`, in no order. LimitReached when too many people
        have each of the words to look at for the others, or the effort is spent."""
        typed = list(dict.fromkeys(words(text)))
        if not 1 < len(typed) <= MAX_WORDS:
            return self._beginning(typed[0], limit) if len(typed) == 1 else []
        first, candidates = self._fewest(typed)
        rest = [word for word in typed if word != first]
        found = _first(limit, (id for id in candidates if all(self._has(id, word) for word in rest)))
        if len(found) < limit and len(candidates) == MAX_CANDIDATES:
            raise LimitReached
        return found

    def _fewest(self, typed: list[str]) -> tuple[str, list[AccountId]]:
        """A word that few people have, and those people; failing that, one that not too many have, a long one first."""
        for word in typed:
            found = self._beginning(word, FEW)
            if len(found) < FEW:
                return word, found
        for word in sorted(typed, key=len, reverse=True):
            found = self._beginning(word, MAX_CANDIDATES)
            if len(found) < MAX_CANDIDATES:
                break
        return word, found

    def _beginning(self, word: str, limit: int) -> list[AccountId]:
        rows = self.tx.all(SQL.with_beginning, (*_range(word), self.number, limit))
        return [AccountId(row[0]) for row in rows]

    def _has(self, id: AccountId, beginning: str) -> bool:
        if self.effort is not None:
            self.effort.spend(1)
        return self.tx.one(SQL.has_beginning, (id, *_range(beginning))) is not None

    def _count(self, statement: str, *more: bytes | int) -> int:
        row = self.tx.one(statement, (self.number, *more))
        return int(row[0]) if row else 0

    def _place(self, statement: str, start: tuple[bytes, int], offset: int, rank: int | None = None) -> Place | None:
        row = self.tx.one(statement, (self.number, *start, offset))
        if row is None:
            return None
        key, id = bytes(row[0]), AccountId(row[1])
        return Place(key, id, self._count(SQL.rank, key, id) if rank is None else rank)


class Sizes:
    """Remembers how long lists are until the directory changes."""

    def __init__(self) -> None:
        self._known: tuple[int, dict[int, int]] = (-1, {})

    def of(self, listing: Listing) -> int:
        now = generation(listing.tx)
        known, sizes = self._known
        if known != now:
            sizes = {}
            self._known = (now, sizes)
        if listing.number not in sizes:
            sizes[listing.number] = listing.size()
        return sizes[listing.number]


def in_order(principals: Iterable[Principal], order: Order = Order.NAME) -> list[Principal]:
    """As in a list, also those that stand in none."""
    return sorted(principals, key=lambda one: (key_in(one, order), one.id))


async def complete_lists(database: Database) -> None:
    """Of a store that is older than its lists."""
    if await database.read(_listed) != VERSION:
        await database.write(relist_all)


def relist_all(tx: Transaction) -> None:
    last = 0
    while found := [read_principal(row) for row in tx.all(SQL.principals_after, (last,))]:
        for principal in found:
            relist(tx, principal)
        last = found[-1].id
    tx.run(SQL.set_listed, (VERSION,))


def _listed(tx: Transaction) -> int:
    row = tx.one(SQL.listed)
    return int(row[0]) if row else 0


def _exact(text: str) -> bytes:
    return word_key(EXACT + fold(text.strip()))


def _range(beginning: str) -> tuple[bytes, bytes]:
    key = word_key(beginning)
    return key, key + _BEYOND


def _first(limit: int, ids: Iterable[AccountId]) -> list[AccountId]:
    found: list[AccountId] = []
    for id in ids:
        found.append(id)
        if len(found) >= limit:
            break
    return found
