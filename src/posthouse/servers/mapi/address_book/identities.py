"""Objects and the ids that they have – [MS-OXNSPI] 2.2.9, 3.1.4.6.

A Minimal Entry ID follows from the number of whom it names, and so it is the same in every session and for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from posthouse.directory import (
    DISPLAY_TYPE,
    Kind,
    Moments,
    Principal,
    ValueName,
    moments_of,
    principal_by_id,
    principal_of_address,
    proxies_of,
    values_of,
)
from posthouse.model.ids import AccountId
from posthouse.model.refusals import Refusal
from posthouse.protocols.mapi.address_book.entry_ids import DisplayType, EphemeralEntryId
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId

from .book import Book
from .containers import BY_MID, CONTAINERS, Container
from .creation import mid_of_dn

_PEOPLE = 0x1_0000
"""The first Minimal Entry ID of principals; those below 0x10 mean positions, and others are containers."""
_LAST = (1 << 32) - 1
_OF_KIND = {
    Kind.ACCOUNT: DisplayType.MAIL_USER,
    Kind.GROUP: DisplayType.DISTRIBUTION_LIST,
    Kind.CONTACT: DisplayType.REMOTE_MAIL_USER,
}
_OF_ATTRIBUTE = {
    "agent": DisplayType.AGENT,
    "forum": DisplayType.FORUM,
    "private-list": DisplayType.PRIVATE_DISTRIBUTION_LIST,
}


@dataclass
class Person:
    """An account, a group or a contact; what takes a look into the directory is looked up once."""

    book: Book
    principal: Principal

    @property
    def mid(self) -> int:
        return mid_of(self.principal.id)

    @property
    def display_type(self) -> DisplayType:
        return _OF_ATTRIBUTE.get(self.attribute(DISPLAY_TYPE) or "", _OF_KIND[self.principal.kind])

    @property
    def dn(self) -> str:
        return self.book.organisation.dn_of(self.principal.id)

    @property
    def guid(self) -> UUID:
        return self.book.organisation.principal_guid(self.principal.id)

    def attribute(self, name: str) -> str | None:
        return self.principal.attributes.get(name)

    @cached_property
    def proxies(self) -> list[str]:
        return proxies_of(self.book.tx, self.principal)

    @cached_property
    def moments(self) -> Moments:
        return moments_of(self.book.tx, self.principal.id)

    @cached_property
    def manager(self) -> Principal | None:
        """Who is named as it by an address."""
        return address_of(self.book, self.attribute("manager") or "")

    def values(self, name: ValueName) -> tuple[bytes, ...]:
        return values_of(self.book.tx, self.principal.id, name)


@dataclass
class Branch:
    """A container, as an object."""

    book: Book
    container: Container

    @property
    def mid(self) -> int:
        return self.container.mid

    @property
    def display_type(self) -> DisplayType:
        return DisplayType.CONTAINER

    @property
    def dn(self) -> str:
        return self.container.dn(self.book.organisation)

    @property
    def guid(self) -> UUID:
        return self.book.organisation.list_guid(self.container.name)


Entry = Person | Branch


def mid_of(principal: AccountId) -> int:
    return _PEOPLE + principal


def person_by_mid(book: Book, mid: int) -> Person | None:
    if not _PEOPLE < mid <= _LAST:
        return None
    principal = principal_by_id(book.tx, AccountId(mid - _PEOPLE))
    return None if principal is None else Person(book, principal)


def entry_by_mid(book: Book, mid: int) -> Entry | None:
    """The Global Address List has none: its 0 is the beginning of a table."""
    container = BY_MID.get(mid) if mid else None
    return Branch(book, container) if container else person_by_mid(book, mid)


def is_located(book: Book, container: int) -> bool:
    """Whether there is this container. An object will do as well: that is what GetMatches leaves in a STAT (R1146)."""
    return container in BY_MID or person_by_mid(book, container) is not None


def mids_by_dns(book: Book, dns: Iterable[str]) -> Iterator[int]:
    """0: nobody's, or the Global Address List's."""
    containers = {container.dn(book.organisation).lower(): container.mid for container in CONTAINERS}
    for dn in dns:
        mid = containers.get(dn.lower(), mid_of_dn(book.organisation, dn))
        person = person_by_dn(book, dn) if mid is None else None
        yield person.mid if person is not None else mid or 0


def person_by_dn(book: Book, dn: str) -> Person | None:
    number = book.organisation.principal_of(dn)
    return None if number is None else person_by_mid(book, mid_of(number))


def person_by_entry_id(book: Book, id: AddressBookEntryId | EphemeralEntryId) -> Person | None:
    if isinstance(id, AddressBookEntryId):
        return person_by_dn(book, id.dn)
    return person_by_mid(book, id.mid) if id.server == book.organisation.address_book_guid else None


def address_of(book: Book, address: str) -> Principal | None:
    """Whoever has it, as their own or by an alias; None also for what is no address."""
    try:
        return principal_of_address(book.tx, address) if "@" in address else None
    except Refusal:
        return None


def permanent_id(entry: Entry) -> bytes:
    return AddressBookEntryId(entry.dn, entry.display_type).format()


def ephemeral_id(entry: Entry) -> bytes:
    server = entry.book.organisation.address_book_guid
    return EphemeralEntryId(server, entry.display_type, entry.mid).format()
