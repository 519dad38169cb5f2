"""From one folder to another: properties, messages, folders – [MS-OXCPRPT] 3.2.5.7, 3.2.5.8."""

from __future__ import annotations

from collections.abc import Mapping

from posthouse.database import Transaction
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Key
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.properties.selection import Selection
from posthouse.servers.mapi.special_folders import stored_parent
from posthouse.store.deletion import Chosen, choose_all
from posthouse.store.folder_tree import is_within, names_below

from .carrying import Carriage, copy_folder, into, lock
from .facts import shown_name
from .folder import OpenFolder
from .placing import find_alike

CONTENTS, ASSOCIATED = tags.PidTagContainerContents.id, tags.PidTagFolderAssociatedContents.id
HIERARCHY = tags.PidTagContainerHierarchy.id


def copy_to_folder(
    tx: Transaction, source: OpenFolder, target: OpenFolder, chosen: Selection, now: int
) -> Mapping[Key, ErrorCode]:
    """What could not be copied of the properties that were named. All of the rest, or nothing."""
    if chosen.moves:
        raise RopError(ErrorCode.ecNotSupported)  # R881
    lock(tx, source.logon, target)
    facts = source.require(tx, Right.READ)
    found = chosen.of(facts.stored.properties if chosen.keys is None else source.properties(tx))
    missing = {key: ErrorCode.ecNotFound for key in chosen.keys or () if key not in found and key not in _PARTS}
    if not chosen.overwrites:
        there = target.properties(tx)
        found = {key: value for key, value in found.items() if key not in there}
    refused = target.change_in(tx, found, ()) if found else {}
    carriage = Carriage(False, now, target.logon.creator)
    if chosen.takes_part(HIERARCHY, has_already=False):
        _copy_folders(tx, source, target, carriage)
    if not facts.is_search:
        _copy_messages(tx, source, target, chosen, carriage)
    return {**missing, **refused} if chosen.keys is not None else {}


_PARTS = (CONTENTS, ASSOCIATED, HIERARCHY)


def _copy_folders(tx: Transaction, source: OpenFolder, target: OpenFolder, carriage: Carriage) -> None:
    above, there = stored_parent(source.folder), stored_parent(target.folder)
    if source.account == target.account and is_within(tx, target.account, there, above):
        raise RopError(ErrorCode.ecFolderCycle)
    below = names_below(tx, source.account, above)
    below = {name: one for name, one in below.items() if source.logon.rights_on(tx, one) & Right.READ}
    if any(find_alike(tx, target.account, there, name) is not None for name in below):
        raise RopError(ErrorCode.ecDuplicateName)
    for name, folder in below.items():
        copy_folder(tx, source.logon, folder, target, shown_name(name), carriage, recursive=True)


def _copy_messages(
    tx: Transaction, source: OpenFolder, target: OpenFolder, chosen: Selection, carriage: Carriage
) -> None:
    everything = choose_all(associated=True)
    messages = Chosen(
        everything.uids if chosen.takes_part(CONTENTS, has_already=False) else (),
        everything.asides if chosen.takes_part(ASSOCIATED, has_already=False) else (),
    )
    if messages.uids or messages.asides:
        rights = into(tx, target, Right.INSERT).rights
        carriage.messages(tx, (source.account, source.folder), messages, (target.account, target.folder), rights)
