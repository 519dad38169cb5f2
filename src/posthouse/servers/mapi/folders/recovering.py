"""What was deleted softly comes back as a whole – [MS-OXCFOLD] 3.2.5.7, of folders that clients see by SoftDeletes."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import FolderId
from posthouse.model.refusals import OverQuota
from posthouse.model.rights import Right
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.special_folders import stored_parent
from posthouse.store.recovery import recover_folder

from .carrying import into, lock
from .folder import OpenFolder
from .placing import checked_name, find_alike, require_room
from .showing import show


def recover(tx: Transaction, logon: Logon, folder: FolderId, target: OpenFolder, name: str, now: int) -> None:
    """A folder, with what went with it; into its own mailbox."""
    lock(tx, logon, target)
    if logon.mailbox.account != target.account:
        raise RopError(ErrorCode.ecNotSupported)
    into(tx, target, Right.CREATE)
    account, parent = target.account, stored_parent(target.folder)
    checked = checked_name(account, parent, name)
    if find_alike(tx, account, parent, checked) is not None:
        raise RopError(ErrorCode.ecDuplicateName)
    try:
        recover_folder(tx, account, folder, parent, checked, now)
    except OverQuota:
        raise RopError(ErrorCode.ecQuotaExceeded) from None
    require_room(tx, account, parent, folder)
    show(tx, account, folder)
