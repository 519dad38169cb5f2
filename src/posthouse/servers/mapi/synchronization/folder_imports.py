"""A client's changes of folders – [MS-OXCFXICS] 3.2.5.9.4.3, 3.2.5.9.4.5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.refusals import BadSyntax, FolderNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.predecessors import (
    Order,
    PredecessorChangeList,
    Xid,
    parse_predecessors,
    parse_xid,
)
from posthouse.protocols.mapi.objects import Key, Properties, set_value, value_of
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.rops.folder import DeleteFolderFlags
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.creating import insert_for
from posthouse.servers.mapi.folders.deleting import Way, delete
from posthouse.servers.mapi.folders.facts import FolderFacts
from posthouse.servers.mapi.folders.folder import OpenFolder, require, visible
from posthouse.servers.mapi.folders.placing import free_name, place, require_room
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.special_folders import is_special, stored_parent
from posthouse.servers.mapi.versions import predecessors
from posthouse.store.accounts import lock_account
from posthouse.store.deletion import load_deleted_folder
from posthouse.store.folder_objects import (
    FolderObject,
    find_folder_by_source_key,
    has_folder,
    load_folder_object,
    put_folder_object,
    save_folder_object,
)
from posthouse.store.folders import load_folder
from posthouse.store.never_here import OF_FOLDERS
from posthouse.store.objects import Keys

from .absent import has_gone, note_absent
from .collector import KEY_MAX, Collector, checked_number, number_of_key

HEADER: tuple[PropertyTag, ...] = (
    tags.PidTagParentSourceKey,
    tags.PidTagSourceKey,
    tags.PidTagLastModificationTime,
    tags.PidTagChangeKey,
    tags.PidTagPredecessorChangeList,
    tags.PidTagDisplayName,
)
_HEADER = frozenset(tag.id for tag in HEADER)
WITH_ALL = DeleteFolderFlags.DEL_MESSAGES | DeleteFolderFlags.DEL_FOLDERS


@dataclass(frozen=True, slots=True)
class FolderVersion:
    parent_key: bytes
    """Empty: the folder that is synchronized."""
    source_key: bytes
    modified: int
    change: Xid
    predecessors: PredecessorChangeList
    name: str


def folder_version_of(values: Sequence[TaggedValue]) -> FolderVersion:
    """ecInvalidParameter when it is not what belongs there (2.2.3.2.4.3.1)."""
    if tuple(value.tag for value in values) != HEADER:
        raise RopError(ErrorCode.ecInvalidParameter)
    parent, source, modified, change, predecessors, name = (value.value for value in values)
    try:
        return FolderVersion(parent, source, modified, parse_xid(change), parse_predecessors(predecessors), name)  # type: ignore[arg-type]
    except BadSyntax:
        raise RopError(ErrorCode.ecInvalidParameter) from None


def import_folder(tx: Transaction, collector: Collector, version: FolderVersion, properties: Properties) -> None:
    """Make it, or change it: of two versions in conflict the later one stays, and the client hears what has come of it
    (R2237 to R2242). What the version tells, `properties` do not tell otherwise (R2243). A new one that is called like
    another here gets a number behind its name, as with Exchange."""
    properties = {key: value for key, value in properties.items() if key not in _HEADER}
    logon, account = collector.logon, collector.logon.mailbox.account
    lock_account(tx, account)
    parent = _parent(tx, collector, version.parent_key)
    known = _find(tx, collector, version.source_key)
    if known is None:
        number = _make(tx, collector, parent, version)
        OpenFolder(logon, number).fill(tx, properties)
        modseq = _keep_keys(tx, logon, number, version, None)
        if value_of(OpenFolder(logon, number).properties(tx), tags.PidTagDisplayName) == version.name:
            collector.note(modseq)
        else:
            _follow_both(tx, logon, visible(tx, logon, number), version)  # the client hears what it is called here
        return
    number, before = known.folder.id, predecessors(logon.identity, known.stored.keys, known.folder.modseq)
    order = version.predecessors.with_change(version.change).compare(before)
    if order in (Order.SAME, Order.OLDER):
        raise RopError(ErrorCode.ecSyncIgnore)
    written = value_of(OpenFolder(logon, number).properties(tx), tags.PidTagLastModificationTime, 0)
    if order is Order.CONFLICT and version.modified <= written:
        _follow_both(tx, logon, known, version)
        return
    if known.parent != parent.folder.id:
        _move(tx, logon, known, parent, version.name)
    _change(tx, OpenFolder(logon, number), version, properties)
    modseq = _keep_keys(tx, logon, number, version, before)
    if order is Order.NEWER:
        collector.note(modseq)


def _change(tx: Transaction, folder: OpenFolder, version: FolderVersion, properties: Properties) -> None:
    set_value(properties, tags.PidTagDisplayName, version.name)
    problems: Mapping[Key, ErrorCode] = folder.change_in(tx, properties, ())
    if tags.PidTagDisplayName.id in problems:
        raise RopError(problems[tags.PidTagDisplayName.id])


def _move(tx: Transaction, logon: Logon, known: FolderFacts, parent: FolderFacts, name: str) -> None:
    if is_special(known.folder):
        raise RopError(ErrorCode.ecAccessDenied)
    require(known, Right.DELETE)
    _require_place(parent)
    place(tx, logon.mailbox.account, known.folder.id, stored_parent(parent.folder.id), name)


def _require_place(parent: FolderFacts) -> None:
    require(parent, Right.CREATE)
    if parent.is_search:
        raise RopError(ErrorCode.ecSearchFolder)


def _parent(tx: Transaction, collector: Collector, key: bytes) -> FolderFacts:
    if not key:
        return collector.facts(tx)
    found = _find(tx, collector, key)
    if found is None:
        raise RopError(ErrorCode.ecSyncNoParent)
    return found


def _find(tx: Transaction, collector: Collector, key: bytes) -> FolderFacts | None:
    """ecAccessDenied when there is one that the client may not know of, ecSyncObjectDeleted when it was deleted."""
    logon, number = collector.logon, folder_of_key(tx, collector, key)
    if number is None:
        _require_absent(tx, logon, key)
        return None
    if has_folder(tx, logon.mailbox.account, number):
        if not logon.rights_on(tx, number) & Right.LOOKUP:
            raise RopError(ErrorCode.ecAccessDenied)
        return visible(tx, logon, number)
    try:
        load_deleted_folder(tx, logon.mailbox.account, number)
    except FolderNotFound:
        _require_absent(tx, logon, key)
        return None
    raise RopError(ErrorCode.ecSyncObjectDeleted)


def _require_absent(tx: Transaction, logon: Logon, key: bytes) -> None:
    """ecSyncObjectDeleted for one that was here, or is not to come."""
    if has_gone(tx, logon, OF_FOLDERS, key):
        raise RopError(ErrorCode.ecSyncObjectDeleted)


def folder_of_key(tx: Transaction, collector: Collector, key: bytes) -> FolderId | None:
    """In the store, if there is or could be such a folder."""
    if not 0 < len(key) <= KEY_MAX:
        raise RopError(ErrorCode.ecInvalidParameter)
    number = number_of_key(collector.logon.identity, key)
    if number is not None:
        return FolderId(number)
    try:
        return find_folder_by_source_key(tx, collector.logon.mailbox.account, key)
    except FolderNotFound:
        return None


def _make(tx: Transaction, collector: Collector, parent: FolderFacts, version: FolderVersion) -> FolderId:
    account: AccountId = collector.logon.mailbox.account
    _require_place(parent)
    place_in = stored_parent(parent.folder.id)
    name = free_name(tx, account, place_in, version.name)
    require_room(tx, account, place_in)
    chosen = checked_number(tx, collector.logon, version.source_key, of_folder=True)
    made = insert_for(tx, collector.logon, place_in, name, number=FolderId(chosen) if chosen else None)
    put_folder_object(tx, account, made, FolderObject({}), load_folder(tx, account, made).modseq)
    return made


def _follow_both(tx: Transaction, logon: Logon, known: FolderFacts, version: FolderVersion) -> None:
    """What is here has won, and becomes a version that contains the client's (R1804)."""
    account, number = logon.mailbox.account, known.folder.id
    keys, identity = known.stored.keys, logon.identity
    both = predecessors(identity, keys, known.folder.modseq).merge(version.predecessors).with_change(version.change)
    modseq = save_folder_object(tx, account, number, known.stored)
    change = parse_xid(identity.key(modseq))
    after = Keys(keys.source_key, change.format(), both.with_change(change).format())
    put_folder_object(tx, account, number, known.stored._replace(keys=after), modseq)


def _keep_keys(
    tx: Transaction, logon: Logon, number: FolderId, version: FolderVersion, before: PredecessorChangeList | None
) -> ModSeq:
    """The version is the client's from now on; the number of its change."""
    account, folder = logon.mailbox.account, load_folder(tx, logon.mailbox.account, number)
    own = number_of_key(logon.identity, version.source_key) == number
    both = version.predecessors if before is None else version.predecessors.merge(before)
    stored = load_folder_object(tx, account, folder)
    source_key = stored.keys.source_key if own else version.source_key  # whoever knows it by its id leaves it its name
    keys = Keys(source_key, version.change.format(), both.with_change(version.change).format())
    set_value(stored.properties, tags.PidTagLastModificationTime, version.modified)
    put_folder_object(tx, account, number, stored._replace(keys=keys), folder.modseq)
    return folder.modseq


def import_folder_deletes(tx: Transaction, collector: Collector, keys: Sequence[bytes], way: Way) -> None:
    """What is not there is passed over (R2250), and does not come later (R2251). All of them, or none (R3512)."""
    logon, absent = collector.logon, list[bytes]()
    for key in keys:
        number = folder_of_key(tx, collector, key)
        if number is None or not has_folder(tx, logon.mailbox.account, number):
            absent.append(key)
        elif delete(tx, logon, number, WITH_ALL, way):
            raise RopError(ErrorCode.ecAccessDenied)
    if logon.mailbox.owner:
        note_absent(tx, logon, OF_FOLDERS, absent)
