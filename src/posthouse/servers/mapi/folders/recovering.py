"""What was deleted softly comes back as a whole, or goes elsewhere – [MS-OXCFOLD] 3.2.5.7, 3.2.5.8, of folders that
clients see by SoftDeletes."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import FolderId
from posthouse.model.refusals import OverQuota
from posthouse.model.rights import Right
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.special_folders import stored_parent
from posthouse.store.deletion import Chosen, DeletedFolder, deleted_folders, load_deleted_folder
from posthouse.store.folders import forget_deleted_folder
from posthouse.store.objects import count_aside
from posthouse.store.recovery import deleted_with, recover_folder

from .carrying import Carriage, into, lock
from .creating import create_copy
from .facts import deleted_facts
from .folder import OpenFolder
from .placing import checked_name, find_alike, require_room
from .showing import show


def recover(tx: Transaction, logon: Logon, folder: FolderId, target: OpenFolder, name: str, now: int) -> None:
    """A folder, with what went with it; into its own mailbox, where it is the same folder."""
    parent, checked = _place(tx, logon, target, name)
    try:
        recover_folder(tx, target.account, folder, parent, checked, now)
    except OverQuota:
        raise RopError(ErrorCode.ecQuotaExceeded) from None
    require_room(tx, target.account, parent, folder)
    show(tx, target.account, folder)


def carry_deleted(
    tx: Transaction,
    logon: Logon,
    folder: FolderId,
    target: OpenFolder,
    name: str,
    carriage: Carriage,
    *,
    recursive: bool,
) -> None:
    """A folder like it, with what went with it, in any mailbox. What had been deleted in it before stays where it is,
    and so does all when it is copied."""
    place = _place(tx, logon, target, name)
    gone = load_deleted_folder(tx, logon.mailbox.account, folder)
    _carry(tx, logon, gone, target, place, carriage, recursive)


def _place(tx: Transaction, logon: Logon, target: OpenFolder, name: str) -> tuple[FolderId, str]:
    """The folder above, and the name that is free there, as the store has them."""
    lock(tx, logon, target)
    into(tx, target, Right.CREATE)
    parent = stored_parent(target.folder)
    checked = checked_name(target.account, parent, name)
    if find_alike(tx, target.account, parent, checked) is not None:
        raise RopError(ErrorCode.ecDuplicateName)
    return parent, checked


def _carry(
    tx: Transaction,
    logon: Logon,
    gone: DeletedFolder,
    target: OpenFolder,
    place: tuple[FolderId, str],
    carriage: Carriage,
    recursive: bool,
) -> None:
    account, number = logon.mailbox.account, gone.folder.id
    made = create_copy(tx, target.account, *place, deleted_facts(tx, account, number), carriage.now)
    messages, rights = Chosen((), deleted_with(tx, account, gone), deleted=True), target.logon.rights_on(tx, made)
    carriage.messages(tx, (account, number), messages, (target.account, made), rights)
    for below in deleted_folders(tx, account, number) if recursive else ():
        if below.deleted == gone.deleted:
            _carry(tx, logon, below, target, (made, below.folder.name), carriage, recursive)
    if carriage.moves and not count_aside(tx, account, number) and not deleted_folders(tx, account, number):
        forget_deleted_folder(tx, account, number)
