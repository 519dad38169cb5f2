"""What a search folder looks for, as clients say it and are told – [MS-OXCFOLD] 3.2.5.4, 3.2.5.5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.ids import FolderId
from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.restriction_texts import in_unicode
from posthouse.protocols.mapi.restrictions import Restriction, format_restriction, read_restriction
from posthouse.protocols.mapi.rops.folder import SearchRequestFlags as Asked
from posthouse.protocols.mapi.rops.folder import SearchResponseFlags as Told
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.identity import own_counter
from posthouse.servers.mapi.tables.conditions import check_restriction
from posthouse.store.search_folders import Search, load_search, save_search

from .folder import OpenFolder, visible

MAX_SCOPE = 1000
KNOWN = sum(Asked) | 0x10 | 0x20
"""The last two: in the foreground or behind, which makes no difference."""
_APART = (
    Asked.STOP_SEARCH | Asked.RESTART_SEARCH,
    Asked.RECURSIVE_SEARCH | Asked.SHALLOW_SEARCH,
    Asked.CONTENT_INDEXED_SEARCH | Asked.NON_CONTENT_INDEXED_SEARCH,
)
"""Pairs of which one may be set."""


@dataclass(frozen=True, slots=True)
class Criteria:
    restriction: bytes
    """Empty: that of the last time."""
    scope: tuple[ObjectId, ...]
    """Empty: that of the last time."""
    flags: Asked


def checked(restriction: Restriction | None, scope: Sequence[ObjectId], flags: Asked, codec: str) -> Criteria:
    """ecInvalidParameter, ecTooComplex. `codec`: of texts in 8 bits."""
    if flags & ~KNOWN or any(flags & pair == pair for pair in _APART):
        raise RopError(ErrorCode.ecInvalidParameter)  # R116, R1092
    if len(scope) > MAX_SCOPE:
        raise RopError(ErrorCode.ecTooComplex)
    if restriction is None:
        return Criteria(b"", tuple(scope), flags)
    check_restriction(restriction)  # R572
    return Criteria(format_restriction(in_unicode(restriction, codec)), tuple(scope), flags)


def set_criteria(tx: Transaction, folder: OpenFolder, criteria: Criteria) -> Search | None:
    """The search that begins; None: none does."""
    known = search_of(tx, folder, Right.WRITE)
    if Asked.STOP_SEARCH in criteria.flags and known.restriction:
        return None  # R1098: it is complete as soon as somebody looks
    scope = tuple(_number(tx, folder, one) for one in criteria.scope) or known.scope
    if not scope:
        raise RopError(ErrorCode.ecNotInitialized)  # R1240
    if not (criteria.restriction or known.restriction):
        raise RopError(ErrorCode.ecInvalidParameter)
    search = Search(criteria.restriction or known.restriction, scope, int(criteria.flags))
    return search._replace(modseq=save_search(tx, folder.account, folder.folder, search))


def _number(tx: Transaction, folder: OpenFolder, one: ObjectId) -> FolderId:
    counter = own_counter(one)
    if not counter:
        raise RopError(ErrorCode.ecNotFound)
    if counter == folder.folder:
        raise RopError(ErrorCode.ecSearchFolderScopeViolation)  # R1242
    return visible(tx, folder.logon, FolderId(counter)).folder.id


def search_of(tx: Transaction, folder: OpenFolder, needed: Right) -> Search:
    """ecNotSearchFolder."""
    folder.require(tx, needed)
    found = load_search(tx, folder.account, folder.folder)
    if found is None:
        raise RopError(ErrorCode.ecNotSearchFolder)
    return found


def restriction_of(search: Search) -> Restriction:
    return read_restriction(Reader(search.restriction))


def told_scope(search: Search) -> tuple[ObjectId, ...]:
    return tuple(ObjectId(OWN_REPLICA, one) for one in search.scope)


def told_flags(search: Search, running: bool) -> Told:
    """What there is is complete whenever somebody looks; nothing is found by an index of words alone."""
    flags, asked = (Told.SEARCH_RUNNING if running else Told.SEARCH_COMPLETE) | Told.TWIR_TOTALLY, Asked(search.flags)
    if Asked.RECURSIVE_SEARCH in asked:
        flags |= Told.SEARCH_RECURSIVE
    if Asked.STATIC_SEARCH in asked:
        flags |= Told.SEARCH_STATIC
    return flags
