"""What the store knows of a folder, read in one transaction, for its properties and for tables of folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import FolderNotFound
from posthouse.model.rights import ALL_RIGHTS, Right
from posthouse.protocols.mapi.collation import TextKey, text_key
from posthouse.servers.mapi.special_folders import Special, own_folder, shown_parent, stored_parent
from posthouse.store.deletion import load_deleted_folder
from posthouse.store.folder_objects import (
    NO_MOMENTS,
    FolderObject,
    Moments,
    load_all_moments,
    load_folder_object,
    load_folder_objects,
    load_moments,
)
from posthouse.store.folder_tree import folders_below, has_folders_below, is_within
from posthouse.store.folders import INBOX, ROOT, SUBTREE, Folder, all_folders, load_folder
from posthouse.store.objects import count_aside
from posthouse.store.rules import ruled_folders
from posthouse.store.search_folders import load_search, search_folders

DIVISION_SLASH = "\u2215"
"""Stands in the store's names for the slash, which parts names there."""


@dataclass(frozen=True, slots=True)
class FolderFacts:
    folder: Folder
    parent: FolderId
    """As MAPI shows it; the root is its own."""
    has_subfolders: bool
    stored: FolderObject
    asides: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Of each state: how many messages, and their octets."""
    rights: Right = ALL_RIGHTS
    moments: Moments = NO_MOMENTS
    has_rules: bool = False
    is_search: bool = False
    """Its messages are those of other folders."""
    in_subtree: bool = True
    """What users see, the IPM subtree, not what else a mailbox has."""
    deleted: int = 0
    """When it was deleted softly; seconds since 1970."""

    @property
    def name(self) -> str:
        return "Inbox" if self.folder.id == INBOX else shown_name(self.folder.name)


def shown_name(name: str) -> str:
    return name.replace(DIVISION_SLASH, "/")


def stored_name(name: str) -> str:
    return name.replace("/", DIVISION_SLASH)


def folder_facts(tx: Transaction, account: AccountId, number: FolderId, rights: Right = ALL_RIGHTS) -> FolderFacts:
    """`FolderNotFound`."""
    if number == ROOT:  # which the store has, and MAPI has not
        raise FolderNotFound
    folder = load_folder(tx, account, number)
    return FolderFacts(
        folder,
        _parent(folder),
        has_folders_below(tx, account, stored_parent(number)),
        load_folder_object(tx, account, folder),
        count_aside(tx, account, number),
        rights,
        load_moments(tx, account, number),
        number in ruled_folders(tx, account),
        load_search(tx, account, number) is not None,
        number == SUBTREE or not is_within(tx, account, number, own_folder(Special.ROOT)),
    )


def deleted_facts(tx: Transaction, account: AccountId, number: FolderId) -> FolderFacts:
    """Of a folder that was deleted softly; `FolderNotFound`."""
    folder, deleted = load_deleted_folder(tx, account, number)
    stored, asides = load_folder_object(tx, account, folder), count_aside(tx, account, number)
    return FolderFacts(folder, _parent(folder), False, stored, asides, deleted=deleted)


def descendants(
    tx: Transaction, account: AccountId, number: FolderId, key: TextKey = text_key
) -> list[tuple[int, FolderFacts]]:
    """All below it with their depths, 1 for the first level: each behind the one above it, siblings by their names."""
    folders = all_folders(tx, account)
    stored = load_folder_objects(tx, account, {folder.id: folder for folder in folders})
    moments, searches = load_all_moments(tx, account), search_folders(tx, account)
    ruled = ruled_folders(tx, account)
    outside = frozenset(folders_below(tx, account, own_folder(Special.ROOT)))
    below: dict[FolderId, list[Folder]] = {}
    for folder in sorted(folders, key=lambda folder: (key(folder.name), folder.id)):
        if folder.id != own_folder(Special.ROOT):
            below.setdefault(_parent(folder), []).append(folder)
    found: list[tuple[int, FolderFacts]] = []
    waiting = [(1, folder) for folder in reversed(below.get(number, []))]
    while waiting:
        depth, folder = waiting.pop()
        inner = below.get(folder.id, [])
        facts = FolderFacts(
            folder,
            _parent(folder),
            bool(inner),
            stored.get(folder.id, FolderObject({})),
            moments=moments.get(folder.id, NO_MOMENTS),
            has_rules=folder.id in ruled,
            is_search=folder.id in searches,
            in_subtree=folder.id == SUBTREE or folder.id not in outside,
        )
        found.append((depth, facts))
        waiting += [(depth + 1, one) for one in reversed(inner)]
    return found


def all_below(tx: Transaction, account: AccountId, number: FolderId) -> list[FolderId]:
    """On all levels, of a folder as MAPI shows it."""
    root = own_folder(Special.ROOT)
    if number == root:
        return [folder.id for folder in all_folders(tx, account) if folder.id != root]
    below = folders_below(tx, account, stored_parent(number))
    outside = (root, *folders_below(tx, account, root)) if number == SUBTREE else ()
    return [folder for folder in below if folder not in outside]


def _parent(folder: Folder) -> FolderId:
    root = own_folder(Special.ROOT)
    return root if folder.id == root else shown_parent(folder.parent)
