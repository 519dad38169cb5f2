"""GetSpecialTable: the hierarchy of containers, and templates of addresses – [MS-OXNSPI] 3.1.4.1.3, 3.1.4.4.3."""

from __future__ import annotations

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.address_book.tables import (
    GetSpecialTableRequest,
    GetSpecialTableResponse,
    SpecialTableFlags,
)
from posthouse.protocols.mapi.property_values import TaggedValue

from .book import Book, encoding_of, stat_of
from .containers import BY_MID, CONTAINERS, HIERARCHY_VERSION, Container
from .creation import creation_table
from .identities import Branch, permanent_id
from .rows import columns_of, in_eight_bits, make_values

HIERARCHY = (
    tags.PidTagEntryId,
    tags.PidTagContainerFlags,
    tags.PidTagDepth,
    tags.PidTagAddressBookContainerId,
    tags.PidTagDisplayName,
    tags.PidTagAddressBookIsMaster,
)
"""R1863."""


def get_special_table(book: Book, request: GetSpecialTableRequest) -> GetSpecialTableResponse:
    """Whatever version of the hierarchy a client has, it gets the rows, as from every Exchange since 2010 (R748001):
    there are clients that ask in another code page with the version that they got."""
    stat = stat_of(request.state)
    if request.flags & SpecialTableFlags.ADDRESS_CREATION_TEMPLATES:
        rows, version = creation_table(book.organisation, stat), request.version
    else:
        unicode = bool(request.flags & SpecialTableFlags.UNICODE_STRINGS)
        rows, version = tuple(_row(book, one, stat, unicode=unicode) for one in CONTAINERS), HIERARCHY_VERSION
    return GetSpecialTableResponse(code_page=stat.code_page, version=version, rows=rows)


def _row(book: Book, container: Container, stat: Stat, *, unicode: bool) -> tuple[TaggedValue, ...]:
    encoding = "ascii" if unicode else encoding_of(stat.code_page)
    asked = HIERARCHY if unicode else tuple(map(in_eight_bits, HIERARCHY))
    values = make_values(columns_of(asked, encoding, ephemeral=False), Branch(book, container))
    if container.parent is None:
        return values
    parent = Branch(book, BY_MID[container.parent])
    return *values, TaggedValue(tags.PidTagAddressBookParentEntryId, permanent_id(parent))
