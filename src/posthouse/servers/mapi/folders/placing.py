"""Where folders may be, and under which names – [MS-OXCFOLD] 2.2.2.2.2.5.

Siblings have different names, also if case does not matter. To the other protocols a name is what a path is made of;
where it has a slash, they see another stroke.
"""

from __future__ import annotations

from itertools import chain, count

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import BadFolderName, FolderExists
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.store.folder_tree import is_within, names_below, place_folder, require_depth
from posthouse.store.folders import require_possible, split_path

from .facts import stored_name
from .showing import show


def find_alike(tx: Transaction, account: AccountId, parent: FolderId, name: str) -> FolderId | None:
    """The one of this name; the very same before one in another case. Names are as the store has them."""
    names = names_below(tx, account, parent)
    wanted = name.casefold()
    return names.get(name) or next((one for known, one in names.items() if known.casefold() == wanted), None)


def checked_name(account: AccountId, parent: FolderId, name: str) -> str:
    """As the store has it; ecInvalidParameter when no folder can have it."""
    try:
        [checked] = split_path(stored_name(name))
    except BadFolderName:
        raise RopError(ErrorCode.ecInvalidParameter) from None
    try:
        require_possible(account, parent, checked)
    except BadFolderName:  # what the other protocols have there is not the user's
        raise RopError(ErrorCode.ecDuplicateName) from None
    return checked


def free_name(tx: Transaction, account: AccountId, parent: FolderId, name: str) -> str:
    """As `checked_name`; with a number behind it where another folder has this one ("Drafts1")."""
    checked = checked_name(account, parent, name)
    taken = {known.casefold() for known in names_below(tx, account, parent)}
    numbered = (f"{checked}{number}" for number in count(1))
    return checked_name(account, parent, next(one for one in chain([checked], numbered) if one.casefold() not in taken))


def place(tx: Transaction, account: AccountId, folder: FolderId, parent: FolderId, name: str) -> None:
    """ecDuplicateName, ecFolderCycle, ecQuotaExceeded when it would lie too deep."""
    checked = checked_name(account, parent, name)
    if find_alike(tx, account, parent, checked) not in (None, folder):
        raise RopError(ErrorCode.ecDuplicateName)
    if is_within(tx, account, parent, folder):
        raise RopError(ErrorCode.ecFolderCycle)
    require_room(tx, account, parent, folder)
    try:
        place_folder(tx, account, folder, parent, checked)
    except FolderExists:
        raise RopError(ErrorCode.ecDuplicateName) from None
    show(tx, account, folder)


def require_room(tx: Transaction, account: AccountId, parent: FolderId, folder: FolderId | None = None) -> None:
    """For one more folder, or for that one with all below it: ecQuotaExceeded when it would lie too deep."""
    try:
        require_depth(tx, account, parent, folder)
    except BadFolderName:
        raise RopError(ErrorCode.ecQuotaExceeded) from None
