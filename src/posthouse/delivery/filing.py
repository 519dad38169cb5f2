"""Where in a mailbox a message goes: the one place in which a recipient's own wishes count."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.directory import LocalRecipient
from posthouse.model.ids import FolderId
from posthouse.model.refusals import FolderNotFound
from posthouse.store.folders import INBOX, find_folder


def choose_folder(tx: Transaction, local: LocalRecipient) -> FolderId:
    """`user+detail` names a folder of that path, if there is one; an outsider never makes folders. INBOX otherwise."""
    if not local.detail:
        return INBOX
    try:
        return find_folder(tx, local.account, local.detail).id
    except FolderNotFound:
        return INBOX
