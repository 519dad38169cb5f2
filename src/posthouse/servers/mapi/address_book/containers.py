"""Containers: the lists of the address book – [MS-OXOABK] 2.2.2, [MS-OXNSPI] 3.1.4.4."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from posthouse.directory import AddressList, Listing, Order, Organisation
from posthouse.protocols.mapi.address_book.stat import SortType, Stat
from posthouse.servers.mapi.errors import ErrorCode

from .book import Book, BookError


class ContainerFlags(IntFlag):
    """[MS-OXOABK] 2.2.2.1."""

    RECIPIENTS = 1
    SUBCONTAINERS = 2
    UNMODIFIABLE = 8


@dataclass(frozen=True, slots=True)
class Container:
    mid: int
    """0: the Global Address List."""
    name: str
    list: AddressList
    parent: int | None = None

    @property
    def flags(self) -> ContainerFlags:
        holds = ContainerFlags.SUBCONTAINERS if self.list is AddressList.NOBODY else ContainerFlags.RECIPIENTS
        return holds | ContainerFlags.UNMODIFIABLE

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else 1

    def dn(self, organisation: Organisation) -> str:
        """[MS-OXOABK] 2.2.1.1: gal-addrlist-dn, addresslist-dn."""
        return f"/guid={organisation.list_guid(self.name).hex.upper()}" if self.mid else "/"


_LISTS = 0x10
CONTAINERS = (
    Container(0, "Global Address List", AddressList.EVERYBODY),
    Container(_LISTS, "All Address Lists", AddressList.NOBODY),
    Container(0x11, "All Contacts", AddressList.CONTACTS, _LISTS),
    Container(0x12, "All Groups", AddressList.GROUPS, _LISTS),
    Container(0x13, "All Users", AddressList.ACCOUNTS, _LISTS),
)
"""In the order of the hierarchy table. Names are in their DNs' GUIDs: they stay."""
HIERARCHY_VERSION = 1
"""Of this table."""
BY_MID = {container.mid: container for container in CONTAINERS}


def listing_of(book: Book, stat: Stat) -> Listing:
    """The table that a STAT names, in its order."""
    container = BY_MID.get(stat.container_id)
    if container is None:
        raise BookError(ErrorCode.ecInvalidBookmark)
    order = Order.PHONETIC if stat.sort_type == SortType.PHONETIC_DISPLAY_NAME else Order.NAME
    return Listing(book.tx, container.list, order, book.effort)
