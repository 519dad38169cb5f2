"""Folders and messages go away – [MS-OXCFOLD] 3.2.5.3, 3.2.5.9 to 3.2.5.12.

Whatever cannot go stays, the rest goes, and the client hears that some did not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.ranges import Ranges
from posthouse.model.refusals import FolderNotFound
from posthouse.model.rights import OF_MESSAGES, Right, of_own_messages
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops.folder import DeleteFolderFlags
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.identity import own_counter
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.owned import permitted
from posthouse.servers.mapi.special_folders import Special, is_special, own_folder, stored_parent
from posthouse.store.accounts import lock_account
from posthouse.store.creators import all_made_by, uids_made_by
from posthouse.store.deletion import (
    EVERY_ID,
    Chosen,
    choose,
    delete_folder_softly,
    delete_for_good,
    delete_softly,
    folders_of,
    load_deleted_folder,
)
from posthouse.store.folder_tree import folders_below, has_folders_below, names_below
from posthouse.store.folders import SUBTREE, delete_folder, forget_deleted_folder, load_folder
from posthouse.store.objects import ASSOCIATED, count_aside

from .deferred_actions import FOLDER as DEFERRED_ACTIONS
from .deferred_actions import note_done, told_by_no_other
from .facts import FolderFacts
from .folder import OpenFolder, require, visible
from .pieces import NO_END, Piece, do_all, parts_of


@dataclass(frozen=True, slots=True)
class Way:
    """How something is deleted."""

    hard: bool
    now: int
    """Seconds since 1970."""

    def messages(self, tx: Transaction, account: AccountId, folder: FolderId, chosen: Chosen) -> int:
        done = told_by_no_other(tx, account, chosen.uids) if folder == DEFERRED_ACTIONS else ()
        if self.hard:
            gone = delete_for_good(tx, account, folder, chosen)
        else:
            gone = delete_softly(tx, account, folder, chosen, self.now)
        note_done(tx, account, done, self.now)
        return gone

    def folder(self, tx: Transaction, account: AccountId, folder: FolderId) -> None:
        if self.hard:
            delete_folder(tx, account, folder)
        else:
            delete_folder_softly(tx, account, folder, self.now)


def delete(tx: Transaction, logon: Logon, folder: FolderId, flags: DeleteFolderFlags, way: Way) -> bool:
    """A folder, with what the flags say; True: it stays, with whatever in it could not go."""
    account = logon.mailbox.account
    lock_account(tx, account)
    if folder == own_folder(Special.ROOT):
        raise RopError(ErrorCode.ecNotSupported)  # R2509
    if way.hard and is_deleted(tx, logon, folder):
        forget_deleted_folder(tx, account, folder)
        return False
    facts = require(visible(tx, logon, folder), Right.DELETE)
    if is_special(facts.folder):
        raise RopError(ErrorCode.ecAccessDenied)
    if facts.has_subfolders and DeleteFolderFlags.DEL_FOLDERS not in flags:
        return True
    going = _Going(logon, way, messages=DeleteFolderFlags.DEL_MESSAGES in flags)
    return do_all(tx, going.pieces(tx, folder, NO_END))


def is_deleted(tx: Transaction, logon: Logon, folder: FolderId) -> bool:
    """Softly, and this client may know."""
    try:
        load_deleted_folder(tx, logon.mailbox.account, folder)
    except FolderNotFound:
        return False
    return logon.mailbox.owner


class _Going(NamedTuple):
    """How folders go, each before the one above it, which stays when it has to."""

    logon: Logon
    way: Way
    messages: bool
    """Also folders that are not empty."""

    def pieces(self, tx: Transaction, top: FolderId, most: int) -> list[Piece]:
        """Of so many messages. True of the last one: the top folder stays."""
        account, found = self.logon.mailbox.account, []
        for number in reversed((top, *folders_below(tx, account, top))):
            *first, last = parts_of(tx, account, number, most)
            found += [Piece(part.messages, partial(self._thin_out, number, part.uids)) for part in first]
            found.append(Piece(last.messages + 1, partial(self._remove, number)))
        return found

    def _thin_out(self, number: FolderId, uids: Ranges, tx: Transaction) -> bool:
        """Some of its messages, if it is to go; whether it stays is told with the last of them."""
        with suppress(FolderNotFound):
            if self._may_go(tx, number):
                self.way.messages(tx, self.logon.mailbox.account, number, Chosen(uids))
        return False

    def _remove(self, number: FolderId, tx: Transaction) -> bool:
        """With what is still in it."""
        with suppress(FolderNotFound):
            if not self._may_go(tx, number):
                return True
            self.way.folder(tx, self.logon.mailbox.account, number)
        return False

    def _may_go(self, tx: Transaction, number: FolderId) -> bool:
        account = self.logon.mailbox.account
        lock_account(tx, account)
        folder = load_folder(tx, account, number)
        if is_special(folder) or not self.logon.rights_on(tx, number) & Right.DELETE:
            return False
        return not has_folders_below(tx, account, number) and (self.messages or not folder.total)


def emptying(tx: Transaction, open_folder: OpenFolder, most: int, *, associated: bool, way: Way) -> list[Piece]:
    """All messages in it and all folders below it, in pieces of so many messages; of whoever may do this with their own
    messages alone, these."""
    _require_emptiable(tx, open_folder)

    def clear(chosen: Chosen, tx: Transaction) -> bool:
        lock_account(tx, open_folder.account)
        facts = _require_emptiable(tx, open_folder)
        going, left = (chosen, False) if not OF_MESSAGES & ~facts.rights else _own(tx, open_folder, chosen)
        way.messages(tx, open_folder.account, open_folder.folder, going)
        return left

    *first, last = parts_of(tx, open_folder.account, open_folder.folder, most)
    found = [Piece(part.messages, partial(clear, Chosen(part.uids))) for part in first]
    everything_else = Chosen(last.uids, EVERY_ID if associated else ())
    found.append(Piece(last.messages, partial(clear, everything_else)))
    for one in names_below(tx, open_folder.account, stored_parent(open_folder.folder)).values():
        found += _Going(open_folder.logon, way, messages=True).pieces(tx, one, most)
    return found


def _require_emptiable(tx: Transaction, open_folder: OpenFolder) -> FolderFacts:
    facts = visible(tx, open_folder.logon, open_folder.folder)
    if facts.folder.id in (own_folder(Special.ROOT), SUBTREE) or facts.is_search:
        raise RopError(ErrorCode.ecNotSupported)  # R1248, R1249, R3012
    if OF_MESSAGES & ~of_own_messages(facts.rights):
        raise RopError(ErrorCode.ecAccessDenied)
    return facts


def _own(tx: Transaction, open_folder: OpenFolder, chosen: Chosen) -> tuple[Chosen, bool]:
    """Those that this client has made, and whether there are others. What is associated belongs to the folder."""
    where, creator = (open_folder.account, open_folder.folder), open_folder.logon.creator
    left = not all_made_by(tx, where, chosen.uids, creator)
    left |= bool(chosen.asides) and ASSOCIATED in count_aside(tx, *where)
    return Chosen(uids_made_by(tx, where, chosen.uids, creator)), left


def delete_messages(tx: Transaction, open_folder: OpenFolder, ids: Collection[ObjectId], way: Way) -> bool:
    """True: not all of them were there, or may be deleted."""
    found = whereabouts(tx, open_folder.logon, open_folder.facts(tx), ids, OF_MESSAGES)
    account = open_folder.account
    gone = sum(way.messages(tx, account, one, choose(tx, account, one, wanted)) for one, wanted in found.items())
    return gone < len(set(ids))


def whereabouts(
    tx: Transaction, logon: Logon, facts: FolderFacts, ids: Iterable[ObjectId], needed: Right
) -> Mapping[FolderId, list[MessageId]]:
    """In which folders the messages are that an operation on a folder names: in that one, or, if it is a search folder,
    in those where it found them. Who may do this with nothing but their own messages finds those alone; ecAccessDenied
    for whoever may not do it at all."""
    known = [MessageId(counter) for counter in map(own_counter, ids) if counter is not None]
    if not facts.is_search:
        if needed & ~of_own_messages(facts.rights):
            raise RopError(ErrorCode.ecAccessDenied)
        return {facts.folder.id: permitted(tx, logon, facts.rights, needed, known)}
    found = folders_of(tx, logon.mailbox.account, known)
    return {one: permitted(tx, logon, logon.rights_on(tx, one), needed, wanted) for one, wanted in found.items()}
