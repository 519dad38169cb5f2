"""Positions in a table that represents a container – [MS-OXNSPI] 3.1.4.5.

The table has no state here: a STAT names the row, and the row is found in the list's index.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from posthouse.directory import Listing, Place
from posthouse.protocols.mapi.address_book.stat import Position, Stat
from posthouse.servers.mapi.errors import ErrorCode

from .book import Book, BookError
from .identities import mid_of, person_by_mid


@dataclass(frozen=True, slots=True)
class Spot:
    """A row; or behind the last one, where there is no place."""

    place: Place | None
    rank: int
    size: int

    @property
    def mid(self) -> int:
        return Position.END_OF_TABLE if self.place is None else mid_of(self.place.id)


def named_spot(book: Book, listing: Listing, stat: Stat) -> Spot:
    """Absolute Positioning (3.1.4.5.1), without Delta."""
    size = book.sizes.of(listing)
    if stat.current_rec == Position.BEGINNING_OF_TABLE:
        return _spot(listing, 0, size)
    if stat.current_rec == Position.END_OF_TABLE:
        return Spot(None, size, size)
    person = person_by_mid(book, stat.current_rec)
    place = listing.find(person.principal.id) if person is not None else None
    if place is None:
        raise BookError(ErrorCode.ecNotFound)
    return Spot(place, place.rank, size)


def fractional_spot(book: Book, listing: Listing, stat: Stat) -> Spot:
    """Fractional Positioning (3.1.4.5.2), without Delta."""
    size = book.sizes.of(listing)
    rank = size * stat.num_pos // stat.total_recs if stat.total_recs else 0
    return _spot(listing, min(rank, size), size)


def moved(listing: Listing, spot: Spot, delta: int) -> Spot:
    """Not beyond the first row, and at most one beyond the last."""
    rank = min(max(spot.rank + delta, 0), spot.size)
    if spot.place is None or rank == spot.size:
        return _spot(listing, rank, spot.size)
    return Spot(listing.moved(spot.place, rank - spot.rank, spot.size), rank, spot.size)


def located(stat: Stat, spot: Spot) -> Stat:
    """What a client is told of where it is."""
    return replace(stat, current_rec=spot.mid, delta=0, num_pos=spot.rank, total_recs=spot.size)


def _spot(listing: Listing, rank: int, size: int) -> Spot:
    return Spot(listing.at(rank, size), rank, size)
