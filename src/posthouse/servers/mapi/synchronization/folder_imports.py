"""A client's changes of folders – [MS-OXCFXICS] 3.2.5.9.4.3, 3.2.5.9.4.5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import BadSyntax, FolderNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.predecessors import (
    Order,
    PredecessorChangeList,
    Xid,
    parse_predecessors,
    parse_xid,
    predecessors_of,
)
from posthouse.protocols.mapi.objects import Key, Properties, set_value, value_of
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.rops.folder import DeleteFolderFlags
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.creating import insert
from posthouse.servers.mapi.folders.deleting import Way, delete
from posthouse.servers.mapi.folders.facts import FolderFacts
from posthouse.servers.mapi.folders.folder import OpenFolder, require, visible
from posthouse.servers.mapi.folders.placing import checked_name, find_alike, place, require_room
from posthouse.servers.mapi.special_folders import stored_parent
from posthouse.store.folder_objects import (
    FolderObject,
    find_folder_by_source_key,
    load_folder_object,
    put_folder_object,
)
from posthouse.store.folders import load_folder
from posthouse.store.objects import Keys

from .collector import Collector, number_of_key

HEADER: tuple[PropertyTag, ...] = (
    tags.PidTagParentSourceKey,
    tags.PidTagSourceKey,
    tags.PidTagLastModificationTime,
    tags.PidTagChangeKey,
    tags.PidTagPredecessorChangeList,
    tags.PidTagDisplayName,
)
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


def import_folder(tx: Transaction, collector: Collector, version: FolderVersion, properties: Properties) -> FolderId:
    """Make it, or change it, if the client's version is newer. Its number."""
    logon, account = collector.logon, collector.logon.mailbox.account
    parent = _parent(tx, collector, version.parent_key)
    known = _find(tx, collector, version.source_key)
    if known is None:
        number = _make(tx, collector, parent, version)
        before = FolderObject({})
    else:
        number, before = known.folder.id, load_folder_object(tx, account, known.folder)
        _require_newer(collector, known, version)
        if known.parent != parent.folder.id:
            require(parent, Right.CREATE)
            place(tx, account, number, stored_parent(parent.folder.id), version.name)
    folder = OpenFolder(logon, number)
    set_value(properties, tags.PidTagDisplayName, version.name)
    set_value(properties, tags.PidTagLastModificationTime, version.modified)
    problems: dict[Key, ErrorCode] = dict(folder.change_in(tx, properties, ()))
    if tags.PidTagDisplayName.id in problems:
        raise RopError(problems[tags.PidTagDisplayName.id])
    _keep_keys(tx, collector, number, version, before)
    return number


def _parent(tx: Transaction, collector: Collector, key: bytes) -> FolderFacts:
    if not key:
        return visible(tx, collector.logon, collector.folder.folder)
    found = _find(tx, collector, key)
    if found is None:
        raise RopError(ErrorCode.ecSyncNoParent)
    return found


def _find(tx: Transaction, collector: Collector, key: bytes) -> FolderFacts | None:
    logon = collector.logon
    number = number_of_key(logon.identity, key)
    try:
        if number is None:
            number = find_folder_by_source_key(tx, logon.mailbox.account, key)
        return visible(tx, logon, FolderId(number))
    except (FolderNotFound, RopError):
        return None


def _make(tx: Transaction, collector: Collector, parent: FolderFacts, version: FolderVersion) -> FolderId:
    account: AccountId = collector.logon.mailbox.account
    require(parent, Right.CREATE)
    place_in = stored_parent(parent.folder.id)
    name = checked_name(place_in, version.name)
    if find_alike(tx, account, place_in, name) is not None:
        raise RopError(ErrorCode.ecDuplicateName)
    require_room(tx, account, place_in)
    chosen = number_of_key(collector.logon.identity, version.source_key)
    made = insert(tx, account, place_in, name, number=FolderId(chosen) if chosen else None)
    put_folder_object(tx, account, made, FolderObject({}), load_folder(tx, account, made).modseq)
    return made


def _require_newer(collector: Collector, known: FolderFacts, version: FolderVersion) -> None:
    """What is here already is passed over; of two in conflict the later one stays, and of equal ones ours
    (3.1.5.6.2.2)."""
    before = _predecessors(collector, known)
    order = version.predecessors.with_change(version.change).compare(before)
    if order in (Order.SAME, Order.OLDER):
        raise RopError(ErrorCode.ecSyncIgnore)
    modified = value_of(known.stored.properties, tags.PidTagLastModificationTime, 0)
    if order is Order.CONFLICT and version.modified <= modified:
        raise RopError(ErrorCode.ecSyncIgnore)


def _predecessors(collector: Collector, known: FolderFacts) -> PredecessorChangeList:
    keys, identity = known.stored.keys, collector.logon.identity
    found = parse_predecessors(keys.predecessors) if keys.predecessors else predecessors_of([])
    return found.with_change(parse_xid(keys.change_key or identity.key(known.folder.modseq)))


def _keep_keys(
    tx: Transaction, collector: Collector, number: FolderId, version: FolderVersion, before: FolderObject
) -> None:
    logon = collector.logon
    folder = load_folder(tx, logon.mailbox.account, number)
    own = number_of_key(logon.identity, version.source_key) == number
    both = version.predecessors
    if before.keys.predecessors:
        both = both.merge(parse_predecessors(before.keys.predecessors))
    keys = Keys(None if own else version.source_key, version.change.format(), both.with_change(version.change).format())
    stored = load_folder_object(tx, logon.mailbox.account, folder)
    put_folder_object(tx, logon.mailbox.account, number, stored._replace(keys=keys), folder.modseq)
    collector.note(folder.modseq)


def import_folder_deletes(tx: Transaction, collector: Collector, keys: Sequence[bytes], way: Way) -> None:
    """What is not there is passed over."""
    for key in keys:
        found = _find(tx, collector, key)
        if found is not None:
            delete(tx, collector.logon, found.folder.id, WITH_ALL, way)
