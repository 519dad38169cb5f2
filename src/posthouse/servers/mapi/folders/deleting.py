"""Folders and messages go away – [MS-OXCFOLD] 3.2.5.3, 3.2.5.9 to 3.2.5.12.

Whatever cannot go stays, the rest goes, and the client hears that some did not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import FolderNotFound
from posthouse.model.rights import OF_MESSAGES, Right, of_own_messages
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops.folder import DeleteFolderFlags
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.identity import own_counter
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.owned import permitted
from posthouse.servers.mapi.special_folders import Special, is_special, own_folder, stored_parent
from posthouse.store.accounts import lock_account
from posthouse.store.deletion import (
    Chosen,
    choose,
    choose_all,
    delete_folder_softly,
    delete_for_good,
    delete_softly,
    folders_of,
    load_deleted_folder,
)
from posthouse.store.folder_tree import folders_below, names_below
from posthouse.store.folders import SUBTREE, delete_folder, forget_deleted_folder, load_folder
from posthouse.store.messages import MAX_UID
from posthouse.store.reading import rows

from .facts import FolderFacts
from .folder import OpenFolder, require, visible


@dataclass(frozen=True, slots=True)
class Way:
    """How something is deleted."""

    hard: bool
    now: int
    """Seconds since 1970."""

    def messages(self, tx: Transaction, account: AccountId, folder: FolderId, chosen: Chosen) -> int:
        if self.hard:
            return delete_for_good(tx, account, folder, chosen)
        return delete_softly(tx, account, folder, chosen, self.now)

    def folder(self, tx: Transaction, account: AccountId, folder: FolderId) -> None:
        if self.hard:
            delete_folder(tx, account, folder)
        else:
            delete_folder_softly(tx, account, folder, self.now)


def delete(tx: Transaction, logon: Logon, folder: FolderId, flags: DeleteFolderFlags, way: Way) -> bool:
    """A folder, with what the flags say; True: it stays, with whatever in it could not go."""
    account = logon.mailbox.account
    lock_account(tx, account)
    if folder == own_folder(Special.ROOT):
        raise RopError(ErrorCode.ecNotSupported)  # R2509
    if way.hard and _is_deleted(tx, logon, folder):
        forget_deleted_folder(tx, account, folder)
        return False
    facts = require(visible(tx, logon, folder), Right.DELETE)
    if is_special(facts.folder):
        raise RopError(ErrorCode.ecAccessDenied)
    if facts.has_subfolders and DeleteFolderFlags.DEL_FOLDERS not in flags:
        return True
    return not _delete_tree(tx, logon, folder, DeleteFolderFlags.DEL_MESSAGES in flags, way)


def _is_deleted(tx: Transaction, logon: Logon, folder: FolderId) -> bool:
    """Softly, and this client may know."""
    try:
        load_deleted_folder(tx, logon.mailbox.account, folder)
    except FolderNotFound:
        return False
    return logon.mailbox.owner


def _delete_tree(tx: Transaction, logon: Logon, top: FolderId, messages: bool, way: Way) -> bool:
    """Whether all of it is gone. A folder goes before the one above it, which stays when it has to."""
    account = logon.mailbox.account
    kept: set[FolderId] = set()
    for number in reversed((top, *folders_below(tx, account, top))):
        folder = load_folder(tx, account, number)
        may = logon.rights_on(tx, number) & Right.DELETE
        if number in kept or not may or is_special(folder) or (folder.total and not messages):
            kept |= {number, folder.parent}
        else:
            way.folder(tx, account, number)
    return top not in kept


def empty(tx: Transaction, open_folder: OpenFolder, *, associated: bool, way: Way) -> bool:
    """All messages in it and all folders below it; True: not all of these."""
    account = open_folder.account
    _require_emptiable(tx, open_folder)
    way.messages(tx, account, open_folder.folder, choose_all(associated=associated))
    below = names_below(tx, account, stored_parent(open_folder.folder)).values()
    kept = [one for one in below if not _delete_tree(tx, open_folder.logon, one, True, way)]
    return bool(kept)


def delete_first(tx: Transaction, open_folder: OpenFolder, most: int, way: Way) -> bool:
    """So many of the messages of a folder that is being emptied; True: never, whatever there is can go."""
    account, folder = open_folder.account, open_folder.folder
    _require_emptiable(tx, open_folder)
    found = from_numbers(uid for (uid,) in rows(tx, account, folder, 1, MAX_UID, ("uid",), most))
    if found:
        way.messages(tx, account, folder, Chosen(found))
    return False


def _require_emptiable(tx: Transaction, open_folder: OpenFolder) -> None:
    lock_account(tx, open_folder.account)
    facts = open_folder.require(tx, OF_MESSAGES)
    if facts.folder.id in (own_folder(Special.ROOT), SUBTREE) or facts.is_search:
        raise RopError(ErrorCode.ecNotSupported)  # R1248, R1249, R3012


def delete_messages(tx: Transaction, open_folder: OpenFolder, ids: Collection[ObjectId], way: Way) -> bool:
    """True: not all of them were there, or may be deleted."""
    found = whereabouts(tx, open_folder.logon, open_folder.facts(tx), ids, OF_MESSAGES)
    account = open_folder.account
    gone = sum(way.messages(tx, account, one, choose(tx, account, one, wanted)) for one, wanted in found.items())
    return gone < len(set(ids))


def whereabouts(
    tx: Transaction, logon: Logon, facts: FolderFacts, ids: Iterable[ObjectId], needed: Right
) -> Mapping[FolderId, list[MessageId]]:
    """In which folders the messages are that an operation on a folder names: in that one, or, if it is a search folder,
    in those where it found them. Who may do this with nothing but their own messages finds those alone; ecAccessDenied
    for whoever may not do it at all."""
    known = [MessageId(counter) for counter in map(own_counter, ids) if counter is not None]
    if not facts.is_search:
        if needed & ~of_own_messages(facts.rights):
            raise RopError(ErrorCode.ecAccessDenied)
        return {facts.folder.id: permitted(tx, logon, facts.rights, needed, known)}
    found = folders_of(tx, logon.mailbox.account, known)
    return {one: permitted(tx, logon, logon.rights_on(tx, one), needed, wanted) for one, wanted in found.items()}
