"""Numbers of objects are given once: which there are, and which there were – [MS-OXCFXICS] 3.1.5.3."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.refusals import FolderNotFound, MessageNotFound
from posthouse.store.deletion import load_deleted_folder
from posthouse.store.folder_objects import has_folder
from posthouse.store.never_here import OF_FOLDERS, is_never_here
from posthouse.store.objects import find_message
from posthouse.store.synchronizing import has_vanished


def is_or_was_message(tx: Transaction, account: AccountId, number: int) -> bool:
    try:
        find_message(tx, account, MessageId(number))
    except MessageNotFound:
        return has_vanished(tx, account, MessageId(number))
    return True


def is_or_was_folder(tx: Transaction, account: AccountId, number: int) -> bool:
    if has_folder(tx, account, FolderId(number)):
        return True
    try:
        load_deleted_folder(tx, account, FolderId(number))
    except FolderNotFound:
        return is_never_here(tx, account, OF_FOLDERS, number)
    return True
