"""ResolveNames: whom somebody means by what they typed – [MS-OXNSPI] 3.1.4.1.17, 3.1.4.7.

    SMTP:alice@example.org      this address, with or without `=` before it
    EX:/o=…, /o=…               this legacy DN
    alice@example.org           this address; if nobody has it, the beginning of one
    =alice                      a whole name, alias or address
    alice mu                    a whole one as well; if there is none, words that begin words of a name

An address or a DN also finds those who stand in no list.
"""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.directory import AddressList, Listing, principal_by_id
from posthouse.model.ids import AccountId
from posthouse.model.refusals import LimitReached
from posthouse.protocols.mapi.address_book.objects import ResolveNamesRequest, ResolveNamesResponse
from posthouse.protocols.mapi.address_book.stat import Resolution
from posthouse.servers.mapi.errors import ErrorCode

from .book import Book, BookError, encoding_of, stat_of
from .containers import listing_of
from .identities import Person, address_of, person_by_dn
from .rows import DEFAULT_COLUMNS, columns_of, make_rows

MAX_NAMES = 500


@dataclass(frozen=True, slots=True)
class Resolved:
    result: Resolution
    person: Person | None = None


UNRESOLVED = Resolved(Resolution.UNRESOLVED)


def resolve_names(book: Book, request: ResolveNamesRequest) -> ResolveNamesResponse:
    """A row for each name that is resolved, and none for the others."""
    stat = stat_of(request.state)
    encoding = encoding_of(stat.code_page)
    listing = listing_of(book, stat)
    if request.names is None:
        raise BookError(ErrorCode.ecInvalidParameter)
    if len(request.names) > MAX_NAMES:
        raise BookError(ErrorCode.ecTooComplex)
    columns = columns_of(DEFAULT_COLUMNS if request.columns is None else request.columns, encoding, ephemeral=False)
    found = [resolve(book, listing, name) for name in request.names]
    people = [one.person for one in found if one.person is not None]
    rows = make_rows(columns, people)
    if len(rows.rows) < len(people):
        raise BookError(ErrorCode.ecTableTooBig)
    return ResolveNamesResponse(code_page=stat.code_page, mids=tuple(int(one.result) for one in found), rows=rows)


def resolve(book: Book, listing: Listing, text: str) -> Resolved:
    text = text.strip()
    bare = text.removeprefix("=")
    kind, colon, rest = bare.partition(":")
    if colon and kind.upper() == "SMTP":
        return _exact(listing, _with_address(book, rest))
    if colon and kind.upper() == "EX":
        return _exact(listing, person_by_dn(book, rest))
    if bare.startswith("/"):
        return _exact(listing, person_by_dn(book, bare))
    owner = _exact(listing, _with_address(book, bare))
    if owner.person is not None:
        return owner
    whole = _one_of(book, listing.exactly(bare, 2))
    if whole.result is not Resolution.UNRESOLVED or bare != text:
        return whole
    try:
        return _one_of(book, listing.named(text, 2))
    except LimitReached:
        return Resolved(Resolution.AMBIGUOUS)


def _with_address(book: Book, address: str) -> Person | None:
    found = address_of(book, address.strip())
    return None if found is None else Person(book, found)


def _exact(listing: Listing, person: Person | None) -> Resolved:
    """Who is hidden is in the Global Address List for those who know exactly whom they want."""
    if person is None:
        return UNRESOLVED
    if listing.which is not AddressList.EVERYBODY and listing.key(person.principal.id) is None:
        return UNRESOLVED
    return Resolved(Resolution.RESOLVED, person)


def _one_of(book: Book, ids: list[AccountId]) -> Resolved:
    if len(ids) > 1:
        return Resolved(Resolution.AMBIGUOUS)
    principal = principal_by_id(book.tx, ids[0]) if ids else None
    return UNRESOLVED if principal is None else Resolved(Resolution.RESOLVED, Person(book, principal))
