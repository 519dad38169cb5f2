"""Requests about tables – [MS-OXNSPI] 3.1.4.1.4, 3.1.4.1.5, 3.1.4.1.8, 3.1.4.1.9, 3.1.4.1.11, 3.1.4.1.12."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import repeat

from posthouse.directory import Listing, Order, in_order, sort_key
from posthouse.directory.indexing import key_in
from posthouse.protocols.mapi.address_book.body import Rows
from posthouse.protocols.mapi.address_book.objects import PropertyFlags
from posthouse.protocols.mapi.address_book.stat import Position, SortType, Stat
from posthouse.protocols.mapi.address_book.tables import (
    UNICODE_TYPES,
    CompareMIdsRequest,
    CompareMIdsResponse,
    QueryColumnsRequest,
    QueryColumnsResponse,
    QueryRowsRequest,
    QueryRowsResponse,
    ResortRestrictionRequest,
    ResortRestrictionResponse,
    SeekEntriesRequest,
    SeekEntriesResponse,
    UpdateStatRequest,
    UpdateStatResponse,
)
from posthouse.protocols.mapi.code_pages import CP_WINUNICODE
from posthouse.protocols.mapi.property_values import PropertyType, TaggedValue
from posthouse.protocols.mapi.tags import PidTagDisplayName
from posthouse.servers.mapi.errors import ErrorCode

from .book import MAX_ROWS, Book, BookError, encoding_of, stat_of
from .containers import listing_of
from .identities import Person, entry_by_mid, mid_of, person_by_mid
from .positions import Spot, fractional_spot, located, moved, named_spot
from .properties import known_tags
from .rows import DEFAULT_COLUMNS, Column, columns_of, in_eight_bits, make_rows

SEEK_ROWS = 50
"""Rows that SeekEntries returns at most, when the table is a container."""
UNREADABLE = "\ufffd"
"""In place of bytes that are no character in a code page: no name begins with it or comes behind it."""


def update_stat(book: Book, request: UpdateStatRequest) -> UpdateStatResponse:
    stat = stat_of(request.state)
    encoding_of(stat.code_page)
    listing = listing_of(book, stat)
    current = stat.current_rec == Position.CURRENT
    before = fractional_spot(book, listing, stat) if current else named_spot(book, listing, stat)
    after = moved(listing, before, stat.delta)
    delta = after.rank - before.rank if request.delta_requested else None
    return UpdateStatResponse(state=located(stat, after), delta=delta)


def query_columns(_: Book, request: QueryColumnsRequest) -> QueryColumnsResponse:
    if request.flags & UNICODE_TYPES:
        return QueryColumnsResponse(columns=tuple(known_tags()))
    return QueryColumnsResponse(columns=tuple(map(in_eight_bits, known_tags())))


def query_rows(book: Book, request: QueryRowsRequest) -> QueryRowsResponse:
    stat = stat_of(request.state)
    encoding = encoding_of(stat.code_page)
    ephemeral = bool(request.flags & PropertyFlags.EPHEMERAL_IDS)
    columns = columns_of(DEFAULT_COLUMNS if request.columns is None else request.columns, encoding, ephemeral=ephemeral)
    count = min(request.row_count, MAX_ROWS)
    if request.explicit_table:
        return QueryRowsResponse(state=stat, rows=explicit_rows(book, columns, request.explicit_table[:count]))
    listing = listing_of(book, stat)
    spot = moved(listing, named_spot(book, listing, stat), stat.delta)
    rows, after = _rows_from(book, listing, spot, columns, count)
    return QueryRowsResponse(state=located(stat, after), rows=rows)


def explicit_rows(book: Book, columns: Sequence[Column], mids: Sequence[int]) -> Rows:
    return make_rows(columns, (entry_by_mid(book, mid) for mid in mids))


def _rows_from(book: Book, listing: Listing, spot: Spot, columns: list[Column], count: int) -> tuple[Rows, Spot]:
    """And where one is behind them."""
    found = listing.page(spot.place, count + 1) if spot.place is not None else []
    rows = make_rows(columns, (Person(book, one) for one in found[:count]))
    made = len(rows.rows)
    if made == len(found):
        return rows, Spot(None, spot.size, spot.size)
    return rows, Spot(listing.place(found[made], spot.rank + made), spot.rank + made, spot.size)


def seek_entries(book: Book, request: SeekEntriesRequest) -> SeekEntriesResponse:
    stat = stat_of(request.state)
    encoding = encoding_of(stat.code_page)
    listing = listing_of(book, stat)
    if stat.sort_type != SortType.DISPLAY_NAME:
        raise BookError(ErrorCode.ecError)
    name = _target(request.target, encoding)
    columns = None if request.columns is None else columns_of(request.columns, encoding, ephemeral=True)
    if request.explicit_table is not None:
        return _seek_explicit(book, stat, name, request.explicit_table, columns)
    place = listing.seek(name)
    if place is None:
        raise BookError(ErrorCode.ecNotFound)
    spot = Spot(place, place.rank, book.sizes.of(listing))
    rows = None if columns is None else _rows_from(book, listing, spot, columns, SEEK_ROWS)[0]
    return SeekEntriesResponse(state=_sought(stat, spot.mid, spot.rank, spot.size), rows=rows)


def _target(target: TaggedValue | None, encoding: str) -> str:
    if target is not None and target.tag.id == PidTagDisplayName.id:
        if target.tag.type == PropertyType.STRING and isinstance(target.value, str):
            return target.value
        if target.tag.type == PropertyType.STRING8 and isinstance(target.value, bytes):
            text = target.value.decode(encoding, "replace")
            if text.startswith(UNREADABLE):
                raise BookError(ErrorCode.ecNotFound)
            return text
    raise BookError(ErrorCode.ecError)


def _seek_explicit(
    book: Book, stat: Stat, name: str, table: tuple[int, ...], columns: list[Column] | None
) -> SeekEntriesResponse:
    wanted = sort_key(name)
    for mid in dict.fromkeys(table):
        person = person_by_mid(book, mid)
        if person is not None and key_in(person.principal, Order.NAME) >= wanted:
            number = table.index(mid)
            left = table[number : number + MAX_ROWS]
            rows = None if columns is None else explicit_rows(book, columns, left)
            return SeekEntriesResponse(state=_sought(stat, mid, number, len(table)), rows=rows)
    raise BookError(ErrorCode.ecNotFound)


def _sought(stat: Stat, mid: int, rank: int, size: int) -> Stat:
    """Nothing else changes (R1055)."""
    return replace(stat, current_rec=mid, num_pos=rank, total_recs=size)


def resort_restriction(book: Book, request: ResortRestrictionRequest) -> ResortRestrictionResponse:
    """Orders that there are not are that of names, as in Exchange since 2013 (R1194002). No string comes or goes, and
    so Unicode's code page will do (R494)."""
    stat = stat_of(request.state)
    if stat.code_page != CP_WINUNICODE:
        encoding_of(stat.code_page)
    if request.mids is None:
        raise BookError(ErrorCode.ecInvalidParameter)
    order = Order.PHONETIC if stat.sort_type == SortType.PHONETIC_DISPLAY_NAME else Order.NAME
    times = Counter(request.mids)
    people = (person_by_mid(book, mid) for mid in times)
    ordered = in_order([person.principal for person in people if person is not None], order)
    mids = tuple(mid for one in ordered for mid in repeat(mid_of(one.id), times[mid_of(one.id)]))
    is_in = stat.current_rec in mids
    after = replace(
        stat,
        total_recs=len(mids),
        current_rec=stat.current_rec if is_in else Position.BEGINNING_OF_TABLE,
        num_pos=mids.index(stat.current_rec) if is_in else 0,
    )
    return ResortRestrictionResponse(state=after, mids=mids)


def compare_mids(book: Book, request: CompareMIdsRequest) -> CompareMIdsResponse:
    stat = stat_of(request.state)
    encoding_of(stat.code_page)
    listing = listing_of(book, stat)
    one, other = (_place_key(book, listing, mid) for mid in (request.mid_1, request.mid_2))
    return CompareMIdsResponse(result=(one > other) - (one < other))


def _place_key(book: Book, listing: Listing, mid: int) -> tuple[bytes, int]:
    person = person_by_mid(book, mid)
    key = listing.key(person.principal.id) if person is not None else None
    if key is None:
        raise BookError(ErrorCode.ecError)
    return key, mid
