"""Where in a mailbox a message arrives: what is then done with it, `wishes.py` says."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.directory import LocalRecipient
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import FolderNotFound
from posthouse.protocols.mapi.message_tags import PidTagMessageClass
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.shape import class_of, node_of_structure
from posthouse.protocols.mapi.objects import value_of
from posthouse.store.content import NewContent
from posthouse.store.folders import INBOX, find_folder
from posthouse.store.receive_folders import receive_folders, receiver_of


def choose_folder(tx: Transaction, local: LocalRecipient, new: NewContent) -> FolderId:
    """`user+detail` names a folder of that path, if there is one; an outsider never makes folders. Otherwise where a
    MAPI client has said that such messages arrive, and that is nearly always INBOX."""
    if local.detail:
        try:
            return find_folder(tx, local.account, local.detail).id
        except FolderNotFound:
            pass
    return receive_folder(tx, local.account, new)


def receive_folder(tx: Transaction, account: AccountId, new: NewContent) -> FolderId:
    """[MS-OXCSTOR] 2.2.1.3."""
    table = receive_folders(tx, account)
    return receiver_of(table, _class_of(new)) if table else INBOX


def _class_of(new: NewContent) -> str:
    """PidTagMessageClass, in capital letters. Of a large message, as far as its structure tells."""
    if new.body is None:
        return class_of(node_of_structure(new.derived.structure), "").upper()
    return str(value_of(from_mime(new.body).properties, PidTagMessageClass, "")).upper()
