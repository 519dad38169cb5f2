"""What MAPI clients say of a mailbox as a whole – [MS-OXCSTOR] 2.2.2.1. It is kept with the properties of its root."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import FolderNotFound
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.protocols.mapi.property_values import PropertyTag

from .folder_objects import load_folder_object
from .folders import HIDDEN, load_folder

MAILBOX_ROOT = FolderId(HIDDEN)


def mailbox_properties(tx: Transaction, account: AccountId) -> Properties:
    """None before somebody has come by MAPI."""
    try:
        return load_folder_object(tx, account, load_folder(tx, account, MAILBOX_ROOT)).properties
    except FolderNotFound:
        return {}


def locale_of(properties: Properties, tag: PropertyTag) -> int | None:
    """An LCID; None: a client has set none, or something else."""
    found = value_of(properties, tag)
    return found if isinstance(found, int) else None
