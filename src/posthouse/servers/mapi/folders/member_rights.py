"""The store's rights in MAPI's words, and the other way round – [MS-OXCPERM] 2.2.7.

IMAP tells some rights apart that are one in MAPI: those stay as they are until a client changes the flag they are in.
"""

from __future__ import annotations

from posthouse.model.rights import FREE_BUSY, NO_RIGHTS, OF_MESSAGES, Right
from posthouse.protocols.mapi.rops.permission import MemberRights

_OF_FREE_BUSY = FREE_BUSY | Right.FREE_BUSY_TOLD

_SHOWN: tuple[tuple[MemberRights, Right], ...] = (
    (MemberRights.READ_ANY, Right.READ),
    (MemberRights.CREATE, Right.INSERT),
    (MemberRights.EDIT_ANY, Right.WRITE),
    (MemberRights.DELETE_ANY, OF_MESSAGES),
    (MemberRights.CREATE_SUBFOLDER, Right.CREATE),
    (MemberRights.FOLDER_OWNER, Right.DELETE | Right.ADMINISTER),
    (MemberRights.FOLDER_CONTACT, Right.CONTACT),
    (MemberRights.FOLDER_VISIBLE, Right.LOOKUP),
    (MemberRights.FREE_BUSY_SIMPLE, Right.FREE_BUSY_SIMPLE),
    (MemberRights.FREE_BUSY_DETAILED, Right.FREE_BUSY_DETAILED),
)
"""A flag is told when all of these are granted."""
_BESIDES = {MemberRights.READ_ANY: Right.SEEN}
"""What a flag grants and takes away as well."""
_LOOKING = MemberRights.READ_ANY | MemberRights.FOLDER_OWNER
"""Whoever gets these sees the folder (R104). Outlook does not say so of delegates ([MS-OXODLGT] 4.1.5)."""
_OWNED = (
    (MemberRights.EDIT_OWNED, Right.EDIT_OWNED, MemberRights.EDIT_ANY),
    (MemberRights.DELETE_OWNED, Right.DELETE_OWNED, MemberRights.DELETE_ANY),
)
"""Whoever may do it with any message may do it with their own."""


def member_rights(rights: Right, *, free_busy: bool) -> MemberRights:
    """`free_busy`: with what the calendar's entries say of free and busy times."""
    found = MemberRights(0)
    for flag, needed in _SHOWN:
        if rights & needed == needed and (free_busy or not needed & FREE_BUSY):
            found |= flag
    for flag, owned, wider in _OWNED:
        if rights & owned or found & wider:
            found |= flag
    return found


def with_member_rights(before: Right, told: MemberRights, *, free_busy: bool) -> Right:
    """What somebody has when a client tells these flags; of those for free and busy times only with `free_busy`."""
    kept = Right.FREE_BUSY_TOLD if free_busy else before & _OF_FREE_BUSY
    if not told:
        return kept
    shown = member_rights(before, free_busy=True)
    if told & ~shown & _LOOKING:
        told |= MemberRights.FOLDER_VISIBLE
    after = before & ~(Right.EDIT_OWNED | Right.DELETE_OWNED)
    for flag, granted in _SHOWN:
        if (shown ^ told) & flag:
            all_of_it = granted | _BESIDES.get(flag, NO_RIGHTS)
            after = after | all_of_it if told & flag else after & ~all_of_it
    for flag, owned, _ in _OWNED:
        after |= owned if told & flag else NO_RIGHTS
    return after | kept if free_busy else after & ~_OF_FREE_BUSY | kept
