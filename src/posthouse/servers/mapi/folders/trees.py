"""Folders go elsewhere, or once more, with all that is in them – [MS-OXCFOLD] 3.2.5.7, 3.2.5.8.

What cannot be done at all is found before anything is done. Then each piece, some messages or a folder, comes to its
place as a whole: a move that ends on its way has nothing twice and has lost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import FolderNotFound
from posthouse.model.rights import Right
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.special_folders import Special, is_special, own_folder, stored_parent
from posthouse.store.deletion import EVERY_ID, Chosen
from posthouse.store.folder_tree import folders_below, has_folders_below, is_within
from posthouse.store.folders import SUBTREE, delete_folder, load_folder
from posthouse.store.objects import ASSOCIATED, count_aside
from posthouse.store.search_folders import load_search, save_search

from .carrying import Carriage, into, lock
from .creating import create_copy
from .deleting import is_deleted
from .facts import FolderFacts
from .folder import OpenFolder, require, visible
from .pieces import Part, Piece, parts_of
from .placing import checked_name, find_alike, place
from .recovering import carry_deleted, recover


def moving_folder(
    tx: Transaction, logon: Logon, folder: FolderId, target: OpenFolder, name: str, carriage: Carriage, most: int
) -> list[Piece]:
    """Pieces of so many messages, of a folder that goes to another mailbox; within its own it is moved at once, and one
    that was deleted softly comes back."""
    if is_deleted(tx, logon, folder):
        if logon.mailbox.account != target.account:
            return _deleted(logon, folder, target, name, carriage, recursive=True)

        def come_back(tx: Transaction) -> bool:
            recover(tx, logon, folder, target, name, carriage.now)
            return False

        return [Piece(1, come_back)]
    facts = require(visible(tx, logon, folder), Right.DELETE)
    if is_special(facts.folder):
        raise RopError(ErrorCode.ecAccessDenied)
    if logon.mailbox.account == target.account:

        def move(tx: Transaction) -> bool:
            lock(tx, logon, target)
            require(visible(tx, logon, folder), Right.DELETE)
            into(tx, target, Right.CREATE)
            place(tx, target.account, folder, stored_parent(target.folder), name)
            return False

        return [Piece(1, move)]
    tree = _Tree(tx, logon, folder, target, name, carriage, recursive=True)
    if tree.left:
        raise RopError(ErrorCode.ecAccessDenied)  # nothing is taken away that does not come to its place
    return [*tree.pieces(tx, most), Piece(len(tree.sources), tree.take_away)]


def copying_folder(
    tx: Transaction,
    logon: Logon,
    folder: FolderId,
    target: OpenFolder,
    name: str,
    carriage: Carriage,
    most: int,
    *,
    recursive: bool,
) -> list[Piece]:
    """Pieces of so many messages; with the folders below it when it is `recursive`."""
    if is_deleted(tx, logon, folder):
        return _deleted(logon, folder, target, name, carriage, recursive=recursive)
    return _Tree(tx, logon, folder, target, name, carriage, recursive=recursive).pieces(tx, most)


def _deleted(
    logon: Logon, folder: FolderId, target: OpenFolder, name: str, carriage: Carriage, *, recursive: bool
) -> list[Piece]:
    def carry(tx: Transaction) -> bool:
        carry_deleted(tx, logon, folder, target, name, carriage, recursive=recursive)
        return False

    return [Piece(1, carry)]


class _Tree:
    """A folder on its way, with what is below it."""

    def __init__(
        self,
        tx: Transaction,
        logon: Logon,
        top: FolderId,
        target: OpenFolder,
        name: str,
        carriage: Carriage,
        *,
        recursive: bool,
    ) -> None:
        """Raises whatever stands against it."""
        self._logon, self._target, self._carriage, self._top = logon, target, carriage, top
        facts = require(visible(tx, logon, top), Right.READ)
        if top in (SUBTREE, own_folder(Special.ROOT)):
            raise RopError(ErrorCode.ecAccessDenied)
        into(tx, target, Right.CREATE)
        parent = stored_parent(target.folder)
        self._name = checked_name(target.account, parent, name)
        if self._within and recursive and is_within(tx, target.account, parent, top):
            raise RopError(ErrorCode.ecFolderCycle)
        if find_alike(tx, target.account, parent, self._name) is not None:
            raise RopError(ErrorCode.ecDuplicateName)
        self._copies = {facts.folder.parent: parent}
        """By what they are copies of, as far as they are made."""
        self.sources = [top]
        self.left = False
        """Something is below it that cannot be copied."""
        for number in folders_below(tx, self._account, top) if recursive else ():
            source = self._readable(tx, number)
            if source is not None and source.folder.parent in self.sources:
                self.sources.append(number)
            else:
                self.left = True
        self._staying = self._stay(tx)

    @property
    def _account(self) -> AccountId:
        return self._logon.mailbox.account

    @property
    def _within(self) -> bool:
        return self._account == self._target.account

    def pieces(self, tx: Transaction, most: int) -> list[Piece]:
        left = [Piece(0, lambda tx: True)] if self.left else []
        return left + [piece for number in self.sources for piece in self._pieces_of(tx, number, most)]

    def _pieces_of(self, tx: Transaction, number: FolderId, most: int) -> Iterator[Piece]:
        yield Piece(1, lambda tx: not self._make(tx, number))
        if load_search(tx, self._account, number) is not None:
            return
        parts = parts_of(tx, self._account, number, most)
        for part in parts:
            yield self._contents(number, part, is_last=part is parts[-1])

    def _contents(self, number: FolderId, part: Part, *, is_last: bool) -> Piece:
        """What is associated goes with the last of them."""
        chosen = Chosen(part.uids, EVERY_ID if is_last else ())
        return Piece(part.messages, lambda tx: not self._carry(tx, number, chosen))

    def _readable(self, tx: Transaction, number: FolderId) -> FolderFacts | None:
        """What finds messages elsewhere can do so in its own mailbox alone."""
        try:
            facts = require(visible(tx, self._logon, number), Right.READ)
        except RopError:
            return None
        return None if facts.is_search and not self._within else facts

    def _stay(self, tx: Transaction) -> frozenset[FolderId]:
        """What this client may not take away, with all above it."""
        staying: set[FolderId] = set()
        for number in reversed(self.sources):
            folder = load_folder(tx, self._account, number)
            if number in staying or is_special(folder) or not self._logon.rights_on(tx, number) & Right.DELETE:
                staying |= {number, folder.parent}
        return frozenset(staying)

    def _make(self, tx: Transaction, number: FolderId) -> bool:
        """The copy of one, still empty; False: it is gone by now, or the one above it was."""
        lock(tx, self._logon, self._target)
        if number == self._top:
            source = require(visible(tx, self._logon, number), Right.READ)
            into(tx, self._target, Right.CREATE)
            if find_alike(tx, self._target.account, stored_parent(self._target.folder), self._name) is not None:
                raise RopError(ErrorCode.ecDuplicateName)
        else:
            below = self._readable(tx, number)
            if below is None or below.folder.parent not in self._copies:
                return False
            source = below
        made = self._copies[number] = self._copy(tx, source)
        if self._within:
            self._carriage.on_copied(made, number)
        return True

    def _copy(self, tx: Transaction, source: FolderFacts) -> FolderId:
        account, parent = self._target.account, self._copies[source.folder.parent]
        name = self._name if source.folder.id == self._top else source.folder.name
        made = create_copy(tx, account, parent, name, source, self._carriage.now)
        search = load_search(tx, self._account, source.folder.id)
        if search is not None:
            save_search(tx, account, made, search)
        return made

    def _carry(self, tx: Transaction, number: FolderId, chosen: Chosen) -> bool:
        """False: they are gone by now, or have no place to go to."""
        lock(tx, self._logon, self._target)
        made = self._copies.get(number)
        if made is None or self._readable(tx, number) is None:
            return False
        carriage = replace(self._carriage, moves=self._carriage.moves and number not in self._staying)
        here, there = (self._account, number), (self._target.account, made)
        carriage.messages(tx, here, chosen, there, self._target.logon.rights_on(tx, made))
        return True

    def take_away(self, tx: Transaction) -> bool:
        """The folders that are empty now. True: one stays."""
        lock(tx, self._logon, self._target)
        kept = set(self._staying)
        for number in reversed(self.sources):
            try:
                folder = load_folder(tx, self._account, number)
            except FolderNotFound:
                continue
            full = folder.total or has_folders_below(tx, self._account, number)
            if number in kept or full or ASSOCIATED in count_aside(tx, self._account, number):
                kept |= {number, folder.parent}
            else:
                delete_folder(tx, self._account, number)
        return self._top in kept
