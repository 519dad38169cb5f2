"""What somebody may do with the messages that they have put into another's folder themselves – [MS-OXCPERM] 2.2.7.

No letter stands for these rights: MAPI grants them (EditOwned, DeleteOwned), and here they count as there. Where all
messages may not be changed or deleted, a command does it with one's own, and passes the others over.
"""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ranges import Ranges
from posthouse.model.refusals import NotPermitted
from posthouse.model.rights import Right
from posthouse.store.creators import all_made_by, note_creator, uids_made_by
from posthouse.store.messages import MAX_UID, expunge

from .places import Place, Places, require
from .selected import Selected

EVERY_UID: Ranges = ((1, MAX_UID),)
TO_MOVE = Right.DELETE_MESSAGES | Right.EXPUNGE
"""A message goes away from where it was."""


def note_own(tx: Transaction, places: Places, place: Place, placed: Ranges) -> None:
    """Who has put these messages there, if it is not the owner of the folder."""
    if place.account != places.account:
        note_creator(tx, place.account, place.folder.id, placed, places.account)


def own_of(tx: Transaction, selected: Selected, uids: Ranges) -> Ranges:
    """Those of them that whoever looks has put there."""
    return uids_made_by(tx, (selected.account, selected.folder), uids, selected.reader)


def remove_permitted(tx: Transaction, selected: Selected, uids: Ranges | None = None) -> None:
    """The messages that are marked as deleted, of these or of all, as far as they may be removed."""
    if Right.EXPUNGE & ~selected.rights:
        require(selected.rights_on_own, Right.EXPUNGE)
        uids = own_of(tx, selected, EVERY_UID if uids is None else uids)
    expunge(tx, selected.account, selected.folder, uids)


def require_all(tx: Transaction, selected: Selected, uids: Ranges, needed: Right) -> None:
    """`NotPermitted` unless it may be done with each of those that are there."""
    if not needed & ~selected.rights:
        return
    require(selected.rights_on_own, needed)
    if not all_made_by(tx, (selected.account, selected.folder), uids, selected.reader):
        raise NotPermitted
