"""Requests about objects – [MS-OXNSPI] 3.1.4.1.6, 3.1.4.1.7, 3.1.4.1.13."""

from __future__ import annotations

from posthouse.protocols.mapi.address_book.objects import (
    DnToMIdRequest,
    DnToMIdResponse,
    GetPropListRequest,
    GetPropListResponse,
    GetPropsRequest,
    GetPropsResponse,
    PropertyFlags,
)
from posthouse.protocols.mapi.address_book.stat import Position
from posthouse.protocols.mapi.code_pages import CP_WINUNICODE
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType
from posthouse.servers.mapi.errors import ErrorCode

from .book import Book, BookError, encoding_of, stat_of
from .identities import entry_by_mid, is_located, mids_by_dns
from .links import as_names
from .properties import is_known, known_tags, tags_of
from .rows import columns_of, in_eight_bits, make_values


def dn_to_mid(book: Book, request: DnToMIdRequest) -> DnToMIdResponse:
    """No names are none as well, as in Exchange."""
    return DnToMIdResponse(mids=tuple(mids_by_dns(book, request.names or ())))


def get_prop_list(book: Book, request: GetPropListRequest) -> GetPropListResponse:
    """All strings are told to be of 8 bits (R852), whatever the code page. On no object in particular, there are all
    the properties that QueryColumns tells; their tables are lists of names then, if a client wants no tables."""
    if request.mid == Position.BEGINNING_OF_TABLE:
        found = list(known_tags())
        if request.flags & PropertyFlags.SKIP_OBJECTS:
            found = list(map(as_names, found))
    else:
        found = _tags_on(book, request.mid, request.flags)
    return GetPropListResponse(tags=tuple(map(in_eight_bits, found)))


def get_props(book: Book, request: GetPropsRequest) -> GetPropsResponse:
    """The container must be one, but the object need not be in it. An object that there is not has no values (R907)."""
    stat = stat_of(request.state)
    unicode, tags = stat.code_page == CP_WINUNICODE, request.tags
    # Unicode's code page will do where nothing of 8 bits can come of it (R873)
    is_wide = unicode and not any(_is_eight_bits(tag) and is_known(tag.id) for tag in tags or ())
    encoding = "ascii" if is_wide else encoding_of(stat.code_page)
    if not is_located(book, stat.container_id):
        raise BookError(ErrorCode.ecInvalidBookmark)  # R882
    if tags is None:
        found = _tags_on(book, stat.current_rec, request.flags)
        tags = tuple(found if unicode else map(in_eight_bits, found))
    columns = columns_of(tags, encoding, ephemeral=bool(request.flags & PropertyFlags.EPHEMERAL_IDS))
    values = make_values(columns, entry_by_mid(book, stat.current_rec))
    missing = any(value.tag.type == PropertyType.ERROR_CODE for value in values)
    code = ErrorCode.ecWarnWithErrors if missing else ErrorCode.ecSuccess
    return GetPropsResponse(code, stat.code_page, values)


def _tags_on(book: Book, mid: int, flags: int) -> list[PropertyTag]:
    entry = entry_by_mid(book, mid)
    if entry is None:
        raise BookError(ErrorCode.ecInvalidObject)
    found = tags_of(entry)
    if flags & PropertyFlags.SKIP_OBJECTS:
        return [tag for tag in found if tag.type != PropertyType.OBJECT]
    return found


def _is_eight_bits(tag: PropertyTag) -> bool:
    return tag.type & ~MULTIPLE == PropertyType.STRING8
