"""Where messages of a class arrive, as far as a client has said so – [MS-OXCSTOR] 3.2.5.3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import LimitReached
from posthouse.store.folders import INBOX, load_folder

SQL = Queries(__package__, "receive_folders.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")

MAX_CLASSES = 1000
NOWHERE = FolderId(0)
INBOXED = frozenset(("IPM", "REPORT.IPM"))
"""Classes whose messages always arrive in INBOX, with all below them that have no entry of their own."""


class Receiver(NamedTuple):
    folder: FolderId
    """`NOWHERE`: messages of this class go where those of the class above go."""
    changed: int
    """Seconds since 1970."""


def receive_folders(tx: Transaction, account: AccountId) -> dict[str, Receiver]:
    """By message class, in capital letters."""
    return {name: Receiver(FolderId(folder), changed) for name, folder, changed in tx.all(SQL.all, (account,))}


def receiver_of(table: Mapping[str, Receiver], message_class: str) -> FolderId:
    """The folder of the longest entry of which the class is a subclass; INBOX where nobody has said anything."""
    folders = {name: receiver.folder for name, receiver in table.items() if receiver.folder != NOWHERE}
    name = message_class
    while name and name not in folders and name not in INBOXED:
        name = name.rpartition(".")[0]
    return folders.get(name, INBOX)


def set_receive_folder(
    tx: Transaction, account: AccountId, message_class: str, folder: FolderId, now: int, *, known: bool
) -> None:
    """`known`: a class that has a folder when nobody has said anything; any other is forgotten when it gets
    `NOWHERE`. `FolderNotFound`, `LimitReached`."""
    tx.one(ACCOUNTS.lock, (account,))
    if folder == NOWHERE and not known:
        tx.run(SQL.forget, (account, message_class))
        return
    if folder != NOWHERE:
        load_folder(tx, account, folder)
    ((count,),) = tx.all(SQL.count, (account,))
    if count >= MAX_CLASSES:
        raise LimitReached("The mailbox has too many receive folders")
    tx.run(SQL.put, (account, message_class, folder, now))
