"""Folders as MAPI has them: properties beside those that the tree tells, and folders that no other protocol shows."""

from __future__ import annotations

from typing import Any, NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.refusals import FolderNotFound
from posthouse.model.roles import DEFAULT_FOLDERS
from posthouse.protocols.mapi.objects import Properties
from posthouse.protocols.mapi.stored_form import format_stored_properties, parse_stored_properties

from .folders import PUBLIC, ROOT, Folder, create_folder, insert_folder, load_folder, role_folder
from .folders import SQL as FOLDERS
from .objects import NO_KEYS, Keys

SQL = Queries(__package__, "objects.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")


class FolderObject(NamedTuple):
    properties: Properties
    keys: Keys = NO_KEYS
    """Those of the last change are left out when the folder has changed since."""


class Moments(NamedTuple):
    """When something last changed; seconds since 1970, 0: not since anybody notes it."""

    folder: int = 0
    """The folder itself: name, place, properties, rights."""
    contents: int = 0
    """What is directly in it: messages, and which folders."""
    branches: int = 0
    """Which folders are directly below it."""
    branch_modseq: ModSeq = ModSeq(0)
    """Of the last change of these."""


NO_MOMENTS = Moments()


def load_moments(tx: Transaction, account: AccountId, folder: FolderId) -> Moments:
    row = tx.one(FOLDERS.moments, (account, folder))
    return NO_MOMENTS if row is None else Moments(*row)


def load_all_moments(tx: Transaction, account: AccountId) -> dict[FolderId, Moments]:
    return {FolderId(number): Moments(*row) for number, *row in tx.all(FOLDERS.all_moments, (account,))}


class Wanted(NamedTuple):
    """A folder that every mailbox has for MAPI."""

    number: FolderId
    parent: FolderId
    name: str
    properties: Properties


def load_folder_object(tx: Transaction, account: AccountId, folder: Folder) -> FolderObject:
    row = tx.one(SQL.folder_object, (account, folder.id))
    return FolderObject({}) if row is None else _object(folder, row)


def find_folder_by_source_key(tx: Transaction, account: AccountId, key: bytes) -> FolderId:
    """By the name that a client has given it; `FolderNotFound`."""
    row = tx.one(SQL.folder_by_source_key, (account, key))
    if row is None:
        raise FolderNotFound
    return FolderId(row[0])


def load_folder_objects(
    tx: Transaction, account: AccountId, folders: dict[FolderId, Folder]
) -> dict[FolderId, FolderObject]:
    """Of those of `folders` that have any."""
    rows = tx.all(SQL.folder_objects, (account,))
    return {number: _object(folders[number], row) for number, *row in rows if number in folders}


def _object(folder: Folder, row: Any) -> FolderObject:
    form, source, change, predecessors, keyed_at = row
    current = change is not None and keyed_at == folder.modseq
    keys = Keys(_bytes(source), bytes(change) if current else None, _bytes(predecessors))
    return FolderObject(parse_stored_properties(bytes(form)) if form else {}, keys)


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def save_folder_object(tx: Transaction, account: AccountId, folder: FolderId, made: FolderObject) -> ModSeq:
    """All of its properties anew; a change of the folder."""
    row = tx.one(ACCOUNTS.change, (account,))
    if row is None:
        raise FolderNotFound
    modseq = ModSeq(row[0])
    if not tx.run(SQL.change_folder, (modseq, account, folder)):
        raise FolderNotFound
    put_folder_object(tx, account, folder, made, modseq)
    tx.notify(Hint(account, ROOT, modseq))
    return modseq


def put_folder_object(
    tx: Transaction, account: AccountId, folder: FolderId, made: FolderObject, modseq: ModSeq
) -> None:
    """Without a change: for one that the transaction has made anyway."""
    form = format_stored_properties(made.properties) if made.properties else b""
    tx.run(SQL.put_folder_object, (account, folder, form, *made.keys, modseq))


def has_folder(tx: Transaction, account: AccountId, number: FolderId) -> bool:
    return tx.one(FOLDERS.is_hidden, (account, number)) is not None


def open_mailbox(tx: Transaction, account: AccountId, wanted: list[Wanted]) -> None:
    """Make what is missing of the folders that MAPI needs: hidden ones, and those with a role that somebody has
    removed, of which the public folders have none. Names that are taken get a number."""
    tx.one(ACCOUNTS.lock, (account,))
    for name, role in DEFAULT_FOLDERS if account != PUBLIC else ():
        if role_folder(tx, account, role) is None:
            create_folder(tx, account, _free(tx, account, ROOT, name), role=role)
    for one in wanted:
        if not has_folder(tx, account, one.number):
            name = _free(tx, account, one.parent, one.name)
            insert_folder(tx, account, one.parent, name, None, hidden=True, number=one.number)
            folder = load_folder(tx, account, one.number)
            put_folder_object(tx, account, one.number, FolderObject(one.properties), folder.modseq)


def _free(tx: Transaction, account: AccountId, parent: FolderId, name: str) -> str:
    number, found = 1, name
    while tx.one(FOLDERS.child, (account, parent, found)) is not None:
        number += 1
        found = f"{name} {number}"
    return found
