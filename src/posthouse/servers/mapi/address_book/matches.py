"""GetMatches: an Explicit Table of whom a restriction means, or of what a property names – [MS-OXNSPI] 3.1.4.1.10."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from posthouse.directory import Listing, Principal, in_order, principal_by_id
from posthouse.protocols.mapi.address_book.stat import Position, SortType, Stat
from posthouse.protocols.mapi.address_book.tables import GetMatchesRequest, GetMatchesResponse
from posthouse.servers.mapi.errors import ErrorCode

from .book import MAX_ROWS, MAX_TABLE, Book, BookError, encoding_of, stat_of
from .containers import listing_of
from .filters import MAX_WORK, Compiler, Condition
from .identities import Person, is_located, mid_of, person_by_mid
from .links import LINKS, Link
from .rows import columns_of, make_rows

PAGE = 500
_CONTAINERS = (SortType.DISPLAY_NAME, SortType.PHONETIC_DISPLAY_NAME)


def get_matches(book: Book, request: GetMatchesRequest) -> GetMatchesResponse:
    """The STAT's ContainerID becomes the object's own id (R1146), which is a container if it is a group. MinimalIds are
    for another time (3.1.4.1.10, pReserved): no filter may come with them, and otherwise they do not matter, as in
    Exchange."""
    stat = stat_of(request.state)
    encoding = encoding_of(stat.code_page)
    if request.mids is not None and request.filter is not None:
        raise BookError(ErrorCode.ecTooComplex)
    columns = None if request.columns is None else columns_of(request.columns, encoding, ephemeral=True)
    limit = min(request.row_count, MAX_TABLE)
    found = list(islice(_found(book, stat, request, encoding), limit + 1))
    if len(found) > limit:
        raise BookError(ErrorCode.ecTableTooBig)
    rows = None
    if columns is not None:
        rows = make_rows(columns, (Person(book, one) for one in found[:MAX_ROWS]))
    after = replace(stat, container_id=stat.current_rec)
    return GetMatchesResponse(state=after, mids=tuple(mid_of(one.id) for one in found), rows=rows)


def _found(book: Book, stat: Stat, request: GetMatchesRequest, encoding: str) -> Iterable[Principal]:
    if request.filter is None:
        return _linked(book, stat, request)
    listing = listing_of(book, _begun(book, stat))
    compiler = Compiler(listing, encoding)
    condition = compiler.compile(request.filter)
    if condition.candidates is None and compiler.parts * book.sizes.of(listing) > MAX_WORK:
        raise BookError(ErrorCode.ecTooComplex)
    return _matching(book, listing, condition)


def _begun(book: Book, stat: Stat) -> Stat:
    """A STAT as GetMatches left it (R1146) tells no container. Who asks with it again, asks the Global Address List."""
    id = stat.container_id
    is_left = id == stat.current_rec and (id == Position.END_OF_TABLE or person_by_mid(book, id) is not None)
    return replace(stat, container_id=0) if is_left else stat


def _linked(book: Book, stat: Stat, request: GetMatchesRequest) -> list[Principal]:
    """A STAT in the order of a container that tells no property asks for the object itself, whatever ContainerID it has
    (R1131), as in Exchange."""
    link = _link(book, stat, request)
    person = person_by_mid(book, stat.current_rec)
    if person is None:
        raise BookError(ErrorCode.ecError)
    if link is None and request.property_name is None and stat.sort_type in _CONTAINERS:
        return [person.principal]
    is_writable = link is not None and link.role is not None and link.of is person.display_type
    if link is None or (stat.sort_type == SortType.DISPLAY_NAME_W and not is_writable):
        raise BookError(ErrorCode.ecNotSupported)
    return in_order(link.objects(person))


def _link(book: Book, stat: Stat, request: GetMatchesRequest) -> Link | None:
    """The property is told by its name, or by its tag in the place of a container."""
    name = request.property_name
    tag = stat.container_id if name is None else name.id
    link = LINKS.get(tag >> 16) or LINKS.get(tag)
    if stat.sort_type in _CONTAINERS and name is not None and not is_located(book, stat.container_id):
        raise BookError(ErrorCode.ecInvalidBookmark)  # R1122
    return link


def _matching(book: Book, listing: Listing, condition: Condition) -> Iterator[Principal]:
    """In the order of the list."""
    if condition.candidates is None:
        people: Iterable[Principal] = _everybody(listing)
    else:
        candidates = (principal_by_id(book.tx, id) for id in condition.candidates)
        people = in_order([one for one in candidates if one is not None], listing.order)
    return (one for one in people if condition.holds(Person(book, one)))


def _everybody(listing: Listing) -> Iterator[Principal]:
    place = listing.at(0, listing.size())
    while place is not None:
        page = listing.page(place, PAGE + 1)
        yield from page[:PAGE]
        place = listing.place(page[PAGE], 0) if len(page) > PAGE else None
