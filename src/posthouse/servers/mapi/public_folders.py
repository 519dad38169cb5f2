"""The folders above the public ones – [MS-OXCSTOR] 2.2.1.1.4.

The public folders are those that IMAP shows under `Public/`. Above them MAPI needs a few more, at which everybody may
look; folders at the top are an administrator's to make, here as there.
"""

from __future__ import annotations

from enum import IntEnum

from posthouse.model.ids import FolderId
from posthouse.model.rights import NO_RIGHTS, Right
from posthouse.protocols.mapi.rops.logon import FOLDERS
from posthouse.servers.access import TOP_OF_ADMINS
from posthouse.store.folder_objects import Wanted
from posthouse.store.folders import HIDDEN, ROOT, SUBTREE


class Frame(IntEnum):
    """The folders above, in a logon's order. Others the protocol once had (R155)."""

    ROOT = 0
    IPM_SUBTREE = 1
    NON_IPM_SUBTREE = 2
    EFORMS_REGISTRY = 3


_NUMBERS = {
    Frame.ROOT: FolderId(HIDDEN),
    Frame.IPM_SUBTREE: SUBTREE,
    Frame.NON_IPM_SUBTREE: FolderId(HIDDEN + 32),
    Frame.EFORMS_REGISTRY: FolderId(HIDDEN + 33),
}
_NAMES = {
    Frame.ROOT: ("", ROOT),
    Frame.IPM_SUBTREE: ("IPM_SUBTREE", _NUMBERS[Frame.ROOT]),
    Frame.NON_IPM_SUBTREE: ("NON_IPM_SUBTREE", _NUMBERS[Frame.ROOT]),
    Frame.EFORMS_REGISTRY: ("EFORMS REGISTRY", _NUMBERS[Frame.NON_IPM_SUBTREE]),
}
"""With the folder that each is in."""


def frame_folder(frame: Frame) -> FolderId:
    return _NUMBERS[frame]


def frame_ids() -> tuple[FolderId, ...]:
    """Of all that a logon tells; 0 for those that there are not."""
    return (*_NUMBERS.values(), *(FolderId(0) for _ in range(FOLDERS - len(_NUMBERS))))


def wanted_frame() -> list[Wanted]:
    """Those that must be made, each behind the one above it."""
    return [Wanted(_NUMBERS[frame], parent, name, {}) for frame, (name, parent) in _NAMES.items()]


def rights_on_frame(folder: FolderId, *, admin: bool) -> Right | None:
    """What everybody may do with one of the folders above; None: it is another."""
    if folder not in _NUMBERS.values():
        return None
    return Right.LOOKUP | Right.READ | Right.SEEN | (TOP_OF_ADMINS if admin and folder == SUBTREE else NO_RIGHTS)
