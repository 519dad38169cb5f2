"""The tree of an account's folders: what lies where, how deep, and how a folder comes to another place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from posthouse.database import Transaction
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.refusals import BadFolderName, FolderExists, FolderNotFound

from .folders import (
    ACCOUNTS,
    MAX_DEPTH,
    ROOT,
    SQL,
    Folder,
    branch,
    insert_folder,
    load_folder,
    lock,
    require_possible,
    split_path,
)


def rename_folder(tx: Transaction, account: AccountId, folder: FolderId, path: str) -> Folder:
    """To a new path, made as far as it is missing; what is below comes along. Not for INBOX: see
    `messages.rename_inbox`."""
    names = split_path(path)
    lock(tx, account)
    load_folder(tx, account, folder)
    parent = ROOT
    for name in names[:-1]:
        found = tx.one(SQL.child, (account, parent, name))
        parent = FolderId(found[0]) if found else insert_folder(tx, account, parent, name, None)
    return place_folder(tx, account, folder, parent, names[-1])


def place_folder(tx: Transaction, account: AccountId, folder: FolderId, parent: FolderId, name: str) -> Folder:
    """Under another one, by another name, or both; a change of it. Below a hidden folder it is hidden."""
    row = tx.one(ACCOUNTS.change, (account,))
    if row is None:
        raise FolderNotFound
    there = tx.one(SQL.child, (account, parent, name))
    if there is not None:
        raise FolderExists
    require_possible(account, parent, name)
    if is_within(tx, account, parent, folder):
        raise BadFolderName("A folder cannot be moved below itself")
    require_depth(tx, account, parent, folder)
    before = load_folder(tx, account, folder).parent
    tx.run(SQL.place, (parent, name, row[0], account, folder))
    if before != parent:
        branch(tx, account, before, row[0])
        branch(tx, account, parent, row[0])
    if parent != ROOT and load_folder(tx, account, parent).hidden:
        hide_folder(tx, account, folder)
    tx.notify(Hint(account, ROOT, ModSeq(row[0])))
    return load_folder(tx, account, folder)


def hide_folder(tx: Transaction, account: AccountId, folder: FolderId) -> None:
    """With all that is below it: what IMAP shows has only shown ones above it."""
    set_hidden(tx, account, dict.fromkeys((folder, *folders_below(tx, account, folder)), True))


def set_hidden(tx: Transaction, account: AccountId, hidden: Mapping[FolderId, bool]) -> None:
    """Which folders only MAPI shows, as one change."""
    row = tx.one(ACCOUNTS.change, (account,))
    if row is None:
        raise FolderNotFound
    tx.many(SQL.set_hidden, [(int(hides), row[0], account, one, int(hides)) for one, hides in hidden.items()])
    tx.notify(Hint(account, ROOT, ModSeq(row[0])))


def folders_below(tx: Transaction, account: AccountId, folder: FolderId) -> list[FolderId]:
    """On all levels, each behind the one above it."""
    return [number for level in _levels_below(tx, account, folder) for number in level]


def _levels_below(tx: Transaction, account: AccountId, folder: FolderId) -> Iterator[list[FolderId]]:
    children: dict[FolderId, list[FolderId]] = {}
    for number, parent in tx.all(SQL.parents, (account,)):
        children.setdefault(parent, []).append(number)
    level = [folder]
    while level := [child for number in level for child in children.get(number, ())]:
        yield level


def has_folders_below(tx: Transaction, account: AccountId, folder: FolderId) -> bool:
    return tx.one(SQL.has_children, (account, folder)) is not None


def names_below(tx: Transaction, account: AccountId, folder: FolderId) -> dict[str, FolderId]:
    """Directly below it."""
    return {name: number for number, name in tx.all(SQL.names_below, (account, folder))}


def depth_of(tx: Transaction, account: AccountId, folder: FolderId) -> int:
    """1 at the top, and 0 above it."""
    depth = 0
    while folder != ROOT:
        depth, folder = depth + 1, load_folder(tx, account, folder).parent
    return depth


def require_depth(tx: Transaction, account: AccountId, parent: FolderId, folder: FolderId | None = None) -> None:
    """One more below that one, or `folder` with all that is below it: `BadFolderName` when that is too deep."""
    levels = 1 if folder is None else 1 + sum(1 for _ in _levels_below(tx, account, folder))
    if depth_of(tx, account, parent) + levels > MAX_DEPTH:
        raise BadFolderName(f"A folder can be at most {MAX_DEPTH} levels deep")


def is_within(tx: Transaction, account: AccountId, inner: FolderId, outer: FolderId) -> bool:
    """Below it, or the same."""
    while inner != ROOT:
        if inner == outer:
            return True
        inner = load_folder(tx, account, inner).parent
    return False
