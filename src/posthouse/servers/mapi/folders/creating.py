"""New folders – [MS-OXCFOLD] 3.2.5.2."""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import LimitReached, OverQuota
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Properties, set_value
from posthouse.protocols.mapi.rops.folder import FolderType
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.special_folders import stored_parent
from posthouse.store.accounts import lock_account
from posthouse.store.folder_objects import FolderObject, put_folder_object
from posthouse.store.folders import insert_folder, load_folder
from posthouse.store.rights import give_to_maker
from posthouse.store.search_folders import Search, save_search

from .facts import FolderFacts
from .folder import OpenFolder, require, visible
from .placing import checked_name, find_alike, require_room
from .showing import is_shown


@dataclass(frozen=True, slots=True)
class NewFolder:
    name: str
    comment: str
    is_search: bool
    open_existing: bool
    moment: float
    """Seconds since 1970."""


def new_folder(kind: FolderType, name: str, comment: str, *, open_existing: bool, moment: float) -> NewFolder:
    if kind not in (FolderType.GENERIC, FolderType.SEARCH):
        raise RopError(ErrorCode.ecInvalidParameter)  # R487
    return NewFolder(name, comment, kind is FolderType.SEARCH, open_existing, moment)


def create(tx: Transaction, parent: OpenFolder, new: NewFolder) -> FolderId:
    """Its number; or that of one that is there, when any will do."""
    account, place = parent.account, stored_parent(parent.folder)
    if new.is_search and parent.logon.mailbox.is_public:
        raise RopError(ErrorCode.ecNotSupported)  # R49601
    lock_account(tx, account)
    above = visible(tx, parent.logon, parent.folder)
    name = checked_name(account, place, new.name)
    known = find_alike(tx, account, place, name)
    if known is not None and not parent.logon.rights_on(tx, known) & Right.LOOKUP:
        require(above, Right.CREATE)  # nobody else hears of a name that they may not know of
        raise RopError(ErrorCode.ecDuplicateName)
    if known is not None:
        if not new.open_existing or visible(tx, parent.logon, known).is_search != new.is_search:
            raise RopError(ErrorCode.ecDuplicateName)
        return known
    require(above, Right.CREATE)
    if above.is_search:
        raise RopError(ErrorCode.ecSearchFolder)
    require_room(tx, account, place)
    made = insert_for(tx, parent.logon, place, name, hidden=new.is_search)
    put_folder_object(tx, account, made, FolderObject(_properties(new)), load_folder(tx, account, made).modseq)
    if new.is_search:
        save_search(tx, account, made, Search())
    return made


def create_copy(
    tx: Transaction, account: AccountId, parent: FolderId, name: str, source: FolderFacts, now: int
) -> FolderId:
    """One with the properties of another, perhaps of another mailbox, and nothing in it. `parent`, `name`: as the store
    has them."""
    require_room(tx, account, parent)
    properties = dict(source.stored.properties)
    set_value(properties, tags.PidTagCreationTime, file_time(now))
    made = insert(tx, account, parent, name, hidden=source.is_search or not is_shown(properties))
    put_folder_object(tx, account, made, FolderObject(properties), load_folder(tx, account, made).modseq)
    return made


def insert_for(
    tx: Transaction, logon: Logon, parent: FolderId, name: str, *, hidden: bool = False, number: FolderId | None = None
) -> FolderId:
    """One that this client makes; a public one is then its to look after."""
    made = insert(tx, logon.mailbox.account, parent, name, hidden=hidden, number=number)
    if logon.mailbox.is_public:
        give_to_maker(tx, logon.mailbox.account, made, logon.access.account)
    return made


def insert(
    tx: Transaction,
    account: AccountId,
    parent: FolderId,
    name: str,
    *,
    hidden: bool = False,
    number: FolderId | None = None,
) -> FolderId:
    """ecQuotaExceeded when the account may not have more."""
    try:
        return insert_folder(tx, account, parent, name, None, hidden=hidden, number=number)
    except (LimitReached, OverQuota):
        raise RopError(ErrorCode.ecQuotaExceeded) from None


def _properties(new: NewFolder) -> Properties:
    """The comment is there when the client has said one, and be it empty."""
    properties: Properties = {}
    set_value(properties, tags.PidTagCreationTime, file_time(new.moment))
    set_value(properties, tags.PidTagComment, new.comment)
    return properties
