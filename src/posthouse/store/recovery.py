"""A folder that was deleted softly comes back with what went with it: its messages, and the folders below it.

It is the same folder, under a new UIDVALIDITY; its messages have new ids and UIDs. What was deleted in it before it
went stays deleted.
"""

from __future__ import annotations

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ranges import Ranges, from_numbers
from posthouse.model.rights import ALL_RIGHTS
from posthouse.store.aside_copies import carry_asides
from posthouse.store.deletion import Chosen, DeletedFolder, deleted_folders, load_deleted_folder
from posthouse.store.folders import insert_folder
from posthouse.store.never_here import note_never_here

SQL = Queries(__package__, "deletion.sql")


def deleted_with(tx: Transaction, account: AccountId, gone: DeletedFolder) -> Ranges:
    """Ids of the messages that went with it, not before."""
    return from_numbers(row[0] for row in tx.all(SQL.asides_deleted_at, (account, gone.folder.id, gone.deleted)))


def recover_folder(
    tx: Transaction, account: AccountId, folder: FolderId, parent: FolderId, name: str, now: int
) -> None:
    """Below `parent`, where the name must be free. `FolderNotFound` when it was not deleted, `OverQuota`."""
    gone = load_deleted_folder(tx, account, folder)
    insert_folder(tx, account, parent, name, None, number=folder)
    tx.run(SQL.forget_folder, (account, folder))
    ids, here = deleted_with(tx, account, gone), (account, folder)
    note_never_here(tx, account, folder, ids)  # under those no client brings them again
    carry_asides(tx, here, Chosen((), ids, deleted=True), here, now, rights=ALL_RIGHTS, moves=True)
    for below in deleted_folders(tx, account, folder):
        if below.deleted == gone.deleted:
            recover_folder(tx, account, below.folder.id, folder, below.folder.name, now)
