"""Which folders the other protocols show: those of mail, as far as they show the folder above."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Properties, key_of, value_of
from posthouse.store.folder_objects import FolderObject, load_folder_objects
from posthouse.store.folder_tree import folders_below, set_hidden
from posthouse.store.folders import HIDDEN, ROOT, all_folders
from posthouse.store.search_folders import search_folders

SHOWING = frozenset(map(key_of, (tags.PidTagContainerClass, tags.PidTagAttributeHidden)))
"""Properties on which it depends."""


def show(tx: Transaction, account: AccountId, top: FolderId) -> None:
    """That one, and all below it, or no longer."""
    folders = {folder.id: folder for folder in all_folders(tx, account)}
    objects, searches = load_folder_objects(tx, account, folders), search_folders(tx, account)
    hidden: dict[FolderId, bool] = {ROOT: False}
    for number in (top, *folders_below(tx, account, top)):
        above = folders[number].parent
        hidden[number] = (
            (hidden[above] if above in hidden else bool(folders[above].hidden))
            or number >= HIDDEN
            or number in searches
            or not is_shown(objects.get(number, FolderObject({})).properties)
        )
    changed = {number: hides for number, hides in hidden.items() if number and hides != bool(folders[number].hidden)}
    if changed:
        set_hidden(tx, account, changed)


def is_shown(properties: Properties) -> bool:
    """Of the folder itself, by what it is for."""
    container_class = value_of(properties, tags.PidTagContainerClass, "IPF.Note").upper()
    is_mail = container_class == "IPF.NOTE" or container_class.startswith("IPF.NOTE.")
    return is_mail and not value_of(properties, tags.PidTagAttributeHidden, False)
