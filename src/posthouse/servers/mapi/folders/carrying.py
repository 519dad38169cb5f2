"""Messages and folders go elsewhere, or once more: within a mailbox, or into that of another logon of the session –
[MS-OXCFOLD] 3.2.5.6 to 3.2.5.8.

What is copied has new ids; so has a message that is moved. A folder that is moved within its mailbox stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ranges import count
from posthouse.model.refusals import FolderNotFound, OverQuota
from posthouse.model.rights import FLAG_RIGHTS, OF_MESSAGES, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import set_value
from posthouse.protocols.mapi.rops.folder import DeleteFolderFlags
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.special_folders import Special, is_special, own_folder, stored_parent
from posthouse.store import messages
from posthouse.store.accounts import lock_account
from posthouse.store.aside_copies import carry_asides
from posthouse.store.creators import note_creator
from posthouse.store.deletion import Chosen, choose, choose_all
from posthouse.store.folder_objects import FolderObject, put_folder_object
from posthouse.store.folder_tree import folders_below, is_within
from posthouse.store.folders import SUBTREE, load_folder
from posthouse.store.messages import Where
from posthouse.store.search_folders import load_search, save_search
from posthouse.store.transfer import transfer

from .creating import insert
from .deleting import Way, delete, whereabouts
from .facts import FolderFacts
from .folder import OpenFolder, require, visible
from .placing import checked_name, find_alike, place, require_room
from .showing import show

ALL = DeleteFolderFlags.DEL_MESSAGES | DeleteFolderFlags.DEL_FOLDERS


@dataclass(frozen=True, slots=True)
class Carriage:
    """Whether what is carried goes away where it was, when this is, seconds since 1970, and who makes it in the folder
    of somebody else (`Logon.creator`)."""

    moves: bool
    now: int
    creator: AccountId
    on_copied: Callable[[FolderId, FolderId], None] = lambda made, original: None
    """Hears of new folders, and which they are copies of, within one mailbox."""

    def messages(self, tx: Transaction, source: Where, chosen: Chosen, target: Where, rights: Right) -> int:
        """How many there were. `rights`: on the target."""
        try:
            carried = self._contents(tx, source, chosen, target, rights) if chosen.uids else 0
            return carried + carry_asides(tx, source, chosen, target, self.now, rights=rights, moves=self.moves)
        except OverQuota:
            raise RopError(ErrorCode.ecQuotaExceeded) from None
        except FolderNotFound:
            raise RopError(ErrorCode.ecNotFound) from None

    def _contents(self, tx: Transaction, source: Where, chosen: Chosen, target: Where, rights: Right) -> int:
        if source[0] != target[0] or rights & FLAG_RIGHTS != FLAG_RIGHTS:
            copied = transfer(tx, source, chosen.uids, target, self.now, rights=rights, moves=self.moves)
        else:
            carry = messages.move if self.moves else messages.copy
            copied = carry(tx, *source, chosen.uids, target[1], self.now)
        if self.creator:
            note_creator(tx, *target, copied.target, self.creator)
        return count(copied.source)


def carry_messages(
    tx: Transaction, source: OpenFolder, target: OpenFolder, ids: Collection[ObjectId], carriage: Carriage
) -> bool:
    """True: not all of them were there, or may be read or taken away."""
    lock(tx, source.logon, target)
    facts = into(tx, target, Right.INSERT)
    needed = Right.READ | OF_MESSAGES if carriage.moves else Right.READ
    done = 0
    for folder, wanted in whereabouts(tx, source.logon, source.facts(tx), ids, needed).items():
        chosen = choose(tx, source.account, folder, wanted)
        where = (source.account, folder), chosen, (target.account, target.folder)
        done += carriage.messages(tx, *where, facts.rights)
    return done < len(set(ids))


def lock(tx: Transaction, source: Logon, target: OpenFolder) -> None:
    """Both accounts in one order, so that two at a time never wait for each other."""
    for account in sorted({source.mailbox.account, target.account}):
        lock_account(tx, account)


def into(tx: Transaction, target: OpenFolder, needed: Right) -> FolderFacts:
    facts = target.require(tx, needed)
    if facts.is_search:
        raise RopError(ErrorCode.ecSearchFolder)
    return facts


def move_folder(
    tx: Transaction, logon: Logon, folder: FolderId, target: OpenFolder, name: str, carriage: Carriage
) -> bool:
    """With all that is in it; True: not with all."""
    lock(tx, logon, target)
    facts = require(visible(tx, logon, folder), Right.DELETE)
    if is_special(facts.folder):
        raise RopError(ErrorCode.ecAccessDenied)
    if logon.mailbox.account == target.account:
        into(tx, target, Right.CREATE)
        place(tx, target.account, folder, stored_parent(target.folder), name)
        return False
    if copy_folder(tx, logon, folder, target, name, replace(carriage, moves=False), recursive=True):
        raise RopError(ErrorCode.ecAccessDenied)  # nothing is taken away that has not come to its place
    return delete(tx, logon, folder, ALL, Way(True, carriage.now))


def copy_folder(
    tx: Transaction,
    logon: Logon,
    folder: FolderId,
    target: OpenFolder,
    name: str,
    carriage: Carriage,
    *,
    recursive: bool,
) -> bool:
    """With all messages, and with the folders below it when it is `recursive`; True: not with all."""
    lock(tx, logon, target)
    facts = require(visible(tx, logon, folder), Right.READ)
    if folder in (SUBTREE, own_folder(Special.ROOT)):
        raise RopError(ErrorCode.ecAccessDenied)
    into(tx, target, Right.CREATE)
    within, account = logon.mailbox.account == target.account, logon.mailbox.account
    parent = stored_parent(target.folder)
    checked = checked_name(target.account, parent, name)
    if within and recursive and is_within(tx, account, parent, folder):
        raise RopError(ErrorCode.ecFolderCycle)
    if find_alike(tx, target.account, parent, checked) is not None:
        raise RopError(ErrorCode.ecDuplicateName)
    below = folders_below(tx, account, folder) if recursive else []
    copies, partial = {facts.folder.parent: parent}, False
    for number in (folder, *below):
        source = facts if number == folder else _readable(tx, logon, number)
        if source is None or source.folder.parent not in copies or (source.is_search and not within):
            partial = True
            continue
        wanted = checked if number == folder else source.folder.name
        copies[number] = _copy_one(tx, logon, source, target, copies[source.folder.parent], wanted, carriage)
        if within:
            carriage.on_copied(copies[number], number)
    show(tx, target.account, copies[folder])
    return partial


def _readable(tx: Transaction, logon: Logon, number: FolderId) -> FolderFacts | None:
    try:
        return require(visible(tx, logon, number), Right.READ)
    except RopError:
        return None


def _copy_one(
    tx: Transaction,
    logon: Logon,
    source: FolderFacts,
    target: OpenFolder,
    parent: FolderId,
    name: str,
    carriage: Carriage,
) -> FolderId:
    require_room(tx, target.account, parent)
    made = insert(tx, target.account, parent, name, hidden=bool(source.folder.hidden))
    properties = dict(source.stored.properties)
    set_value(properties, tags.PidTagCreationTime, file_time(carriage.now))
    folder = load_folder(tx, target.account, made)
    put_folder_object(tx, target.account, made, FolderObject(properties), folder.modseq)
    search = load_search(tx, logon.mailbox.account, source.folder.id)
    if search is not None:
        save_search(tx, target.account, made, search)
        return made
    here, there = (logon.mailbox.account, source.folder.id), (target.account, made)
    carriage.messages(tx, here, choose_all(associated=True), there, target.logon.rights_on(tx, made))
    return made
