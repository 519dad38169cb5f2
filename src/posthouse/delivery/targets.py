"""Which folder an action means – [MS-OXORULE] 2.2.5.1.2.1."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.directory.organisation import organisation
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import BadSyntax, FolderNotFound
from posthouse.protocols.mapi.entry_ids import FolderEntryId, parse_entry_id
from posthouse.protocols.mapi.identifiers import OWN_REPLICA
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.rule_actions import ExtendedMoveCopyData, MoveCopyData, ServerEid
from posthouse.protocols.mapi.rules import RuleError
from posthouse.store.folders import load_folder
from posthouse.store.search_folders import load_search

from .verdict import Failed

Placing = MoveCopyData | ExtendedMoveCopyData


def find_target(tx: Transaction, account: AccountId, data: Placing) -> FolderId:
    """One of this mailbox that can have messages; `Failed`."""
    try:
        extended = isinstance(data, ExtendedMoveCopyData)
        number = _by_entry_id(tx, account, data.folder_eid) if extended else _by_server_id(data.folder_eid)
        folder = load_folder(tx, account, number).id
    except BadSyntax:
        raise Failed(RuleError.FORMAT) from None
    except FolderNotFound:
        raise Failed(RuleError.MOVE_OR_COPY) from None
    if load_search(tx, account, folder) is not None:
        raise Failed(RuleError.MOVE_OR_COPY)
    return folder


def _by_server_id(data: bytes) -> FolderId:
    told = ServerEid.read(Reader(data))
    if not told.ours:
        raise BadSyntax("a folder of the server's", 0)  # R981
    if told.folder_id.replica != OWN_REPLICA:
        raise FolderNotFound
    return FolderId(told.folder_id.counter)


def _by_entry_id(tx: Transaction, account: AccountId, data: bytes) -> FolderId:
    entry, known = parse_entry_id(data), organisation(tx)
    if not isinstance(entry, FolderEntryId):
        raise BadSyntax("the entry id of a folder", 0)
    if (
        known is None
        or entry.store != known.mailbox_guid(account)
        or entry.folder.replica != known.replica_guid(account)
    ):
        raise FolderNotFound
    return FolderId(entry.folder.counter)
