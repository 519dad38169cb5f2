"""The folders that every mailbox has for MAPI – [MS-OXCSTOR] 2.2.1.1.3, [MS-OXOSFLD] 2.2.

Some of them are folders that all protocols show, found by their roles. The others are hidden from the others; their
numbers are at the upper end of what an identifier can count, where no folder or message ever comes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from posthouse.model.ids import FolderId
from posthouse.model.roles import Role
from posthouse.protocols.mapi.objects import Properties, set_value
from posthouse.protocols.mapi.tags import PidTagContainerClass
from posthouse.store.folder_objects import Wanted
from posthouse.store.folders import HIDDEN, INBOX, ROOT, SUBTREE, Folder


class Special(IntEnum):
    """First those that a logon tells, in its order."""

    ROOT = 0
    DEFERRED_ACTION = 1
    SPOOLER_QUEUE = 2
    IPM_SUBTREE = 3
    INBOX = 4
    OUTBOX = 5
    SENT_ITEMS = 6
    DELETED_ITEMS = 7
    COMMON_VIEWS = 8
    SCHEDULE = 9
    FINDER = 10
    VIEWS = 11
    SHORTCUTS = 12
    CALENDAR = 16
    CONTACTS = 17
    JOURNAL = 18
    NOTES = 19
    TASKS = 20
    FREEBUSY_DATA = 21


ROLES = {Special.INBOX: Role.INBOX, Special.SENT_ITEMS: Role.SENT, Special.DELETED_ITEMS: Role.TRASH}

_NAMES = {
    Special.ROOT: "",
    Special.DEFERRED_ACTION: "Deferred Action",
    Special.SPOOLER_QUEUE: "Spooler Queue",
    Special.IPM_SUBTREE: "Top of Information Store",
    Special.COMMON_VIEWS: "Common Views",
    Special.SCHEDULE: "Schedule",
    Special.FINDER: "Finder",
    Special.VIEWS: "Views",
    Special.SHORTCUTS: "Shortcuts",
    Special.FREEBUSY_DATA: "Freebusy Data",
}
"""Under the root."""
_ITEMS = {
    Special.OUTBOX: ("Outbox", "IPF.Note"),
    Special.CALENDAR: ("Calendar", "IPF.Appointment"),
    Special.CONTACTS: ("Contacts", "IPF.Contact"),
    Special.JOURNAL: ("Journal", "IPF.Journal"),
    Special.NOTES: ("Notes", "IPF.StickyNote"),
    Special.TASKS: ("Tasks", "IPF.Task"),
}
"""Under the IPM subtree, with their classes."""


def own_folder(special: Special) -> FolderId:
    """The number of one that is hidden."""
    return FolderId(HIDDEN + special)


def folder_ids(roles: Mapping[Role, FolderId]) -> tuple[FolderId, ...]:
    """Of all that a logon tells. `roles`: the store's folders."""
    return tuple(special_folder(special, roles) for special in Special if special <= Special.SHORTCUTS)


def special_folder(special: Special, roles: Mapping[Role, FolderId]) -> FolderId:
    return roles.get(ROLES[special], own_folder(special)) if special in ROLES else own_folder(special)


def wanted_folders() -> list[Wanted]:
    """Those that must be made, each behind the one above it."""
    root = own_folder(Special.ROOT)
    under_root = [Wanted(own_folder(special), root if special else ROOT, name, {}) for special, name in _NAMES.items()]
    items = [Wanted(own_folder(special), ROOT, name, _classed(kind)) for special, (name, kind) in _ITEMS.items()]
    return under_root + items


def _classed(container_class: str) -> Properties:
    properties: Properties = {}
    set_value(properties, PidTagContainerClass, container_class)
    return properties


def shown_parent(parent: FolderId) -> FolderId:
    """What the store has at its top is in the IPM subtree."""
    return SUBTREE if parent == ROOT else parent


def stored_parent(folder: FolderId) -> FolderId:
    """The store's number of a folder in which others are."""
    return ROOT if folder == SUBTREE else folder


def is_special(folder: Folder) -> bool:
    """It stays where it is, under its name."""
    return folder.id == INBOX or folder.id >= HIDDEN or folder.role is not None
