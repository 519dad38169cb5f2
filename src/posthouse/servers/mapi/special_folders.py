"""The folders that a logon names – [MS-OXCSTOR] 2.2.1.1.3.

Some of them are folders of the store, found by their roles. The others only MAPI knows; their numbers are at the upper
end of what an identifier can count, where no folder or message of the store ever comes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from posthouse.model.ids import FolderId
from posthouse.model.roles import Role

OWN = 1 << 47


class Special(IntEnum):
    """In the order in which a logon tells their ids."""

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


ROLES = {Special.INBOX: Role.INBOX, Special.SENT_ITEMS: Role.SENT, Special.DELETED_ITEMS: Role.TRASH}


def own_folder(special: Special) -> FolderId:
    """The number of one that is not in the store, or not at the moment."""
    return FolderId(OWN + special)


def folder_ids(roles: Mapping[Role, FolderId]) -> tuple[FolderId, ...]:
    """Of all of them. `roles`: the store's folders."""
    return tuple(
        roles.get(ROLES[special], own_folder(special)) if special in ROLES else own_folder(special)
        for special in Special
    )
