"""From one folder to another: properties, messages, folders – [MS-OXCPRPT] 3.2.5.7, 3.2.5.8."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.rights import OF_MESSAGES, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Key
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.properties.selection import Selection
from posthouse.servers.mapi.special_folders import stored_parent
from posthouse.store.deletion import EVERY_ID, Chosen
from posthouse.store.folder_tree import is_within, names_below

from .carrying import Carriage, into, lock
from .facts import shown_name
from .folder import OpenFolder
from .pieces import Part, Piece, parts_of
from .placing import find_alike
from .trees import copying_folder, moving_folder

CONTENTS, ASSOCIATED = tags.PidTagContainerContents.id, tags.PidTagFolderAssociatedContents.id
HIERARCHY = tags.PidTagContainerHierarchy.id


class Copying(NamedTuple):
    pieces: list[Piece]
    problems: dict[Key, ErrorCode]
    """What could not be copied of the properties that were named: known when the pieces are done."""


def copying_to_folder(
    tx: Transaction, source: OpenFolder, target: OpenFolder, chosen: Selection, now: int, most: int
) -> Copying:
    """In pieces of so many messages."""
    if chosen.moves and (source.account, source.folder) == (target.account, target.folder):
        raise RopError(ErrorCode.ecFolderCycle)  # nothing is taken away that does not come to another place
    facts = source.require(tx, Right.READ)
    carriage, problems = Carriage(chosen.moves, now, target.logon.creator), dict[Key, ErrorCode]()

    def copy_properties(tx: Transaction) -> bool:
        problems.update(_copy_properties(tx, source, target, chosen))
        return False

    pieces = [Piece(1, copy_properties)]
    if chosen.takes_part(HIERARCHY, has_already=False):
        pieces += _folders(tx, source, target, carriage, most)
    if not facts.is_search:
        pieces += _messages(tx, source, target, chosen, carriage, most)
    return Copying(pieces, problems)


_PARTS = (CONTENTS, ASSOCIATED, HIERARCHY)


def _copy_properties(
    tx: Transaction, source: OpenFolder, target: OpenFolder, chosen: Selection
) -> Mapping[Key, ErrorCode]:
    lock(tx, source.logon, target)
    facts = source.require(tx, Right.READ)
    found = chosen.of(facts.stored.properties if chosen.keys is None else source.properties(tx))
    missing = {key: ErrorCode.ecNotFound for key in chosen.keys or () if key not in found and key not in _PARTS}
    if not chosen.overwrites:
        there = target.properties(tx)
        found = {key: value for key, value in found.items() if key not in there}
    refused = target.change_in(tx, found, ()) if found else {}
    return {**missing, **refused} if chosen.keys is not None else {}


def _folders(tx: Transaction, source: OpenFolder, target: OpenFolder, carriage: Carriage, most: int) -> list[Piece]:
    above, there = stored_parent(source.folder), stored_parent(target.folder)
    if source.account == target.account and is_within(tx, target.account, there, above):
        raise RopError(ErrorCode.ecFolderCycle)
    below = names_below(tx, source.account, above)
    below = {name: one for name, one in below.items() if source.logon.rights_on(tx, one) & Right.READ}
    if any(find_alike(tx, target.account, there, name) is not None for name in below):
        raise RopError(ErrorCode.ecDuplicateName)
    found: list[Piece] = []
    for name, one in below.items():
        if carriage.moves:
            found += moving_folder(tx, source.logon, one, target, shown_name(name), carriage, most)
        else:
            found += copying_folder(tx, source.logon, one, target, shown_name(name), carriage, most, recursive=True)
    return [Piece(piece.tasks, partial(_as_far_as_may_be, piece)) for piece in found]


def _as_far_as_may_be(piece: Piece, tx: Transaction) -> bool:
    """What may not be read is not there."""
    piece.do(tx)
    return False


def _messages(
    tx: Transaction, source: OpenFolder, target: OpenFolder, chosen: Selection, carriage: Carriage, most: int
) -> list[Piece]:
    contents = chosen.takes_part(CONTENTS, has_already=False)
    asides = EVERY_ID if chosen.takes_part(ASSOCIATED, has_already=False) else ()
    needed = Right.READ | OF_MESSAGES if carriage.moves else Right.READ

    def carry(messages: Chosen, tx: Transaction) -> bool:
        lock(tx, source.logon, target)
        source.require(tx, needed)
        rights = into(tx, target, Right.INSERT).rights
        carriage.messages(tx, (source.account, source.folder), messages, (target.account, target.folder), rights)
        return False

    *first, last = parts_of(tx, source.account, source.folder, most) if contents else [Part(0, ())]
    pieces = [Piece(part.messages, partial(carry, Chosen(part.uids))) for part in first]
    if contents or asides:
        source.require(tx, needed)
        into(tx, target, Right.INSERT)
        pieces.append(Piece(last.messages, partial(carry, Chosen(last.uids, asides))))
    return pieces
