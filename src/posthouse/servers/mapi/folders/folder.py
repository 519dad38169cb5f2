"""An open folder – [MS-OXCFOLD] 3.2.5.1, [MS-OXCPRPT] 3.2.5."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from posthouse.database import Transaction
from posthouse.model.ids import FolderId
from posthouse.model.refusals import BadFolderName, FolderExists, FolderNotFound
from posthouse.model.rights import Right
from posthouse.model.roles import Role
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Key, Properties, key_of, set_value, value_of
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.special_folders import Special, own_folder, stored_parent
from posthouse.store.folder_objects import load_folder_object, save_folder_object
from posthouse.store.folders import HIDDEN, INBOX, all_folders, load_folder, place_folder, set_hidden, split_path

from .facts import FolderFacts, folder_facts, stored_name
from .properties import COMPUTED, SPECIAL_PLACES, folder_properties, special_places

_COMPUTED = frozenset(tag.id for tag in COMPUTED) - {tags.PidTagDisplayName.id}
_TELLING = (INBOX, own_folder(Special.ROOT))
"""Folders that tell where special ones are."""


class OpenFolder(PropertyHolder):
    """The folder may be gone: whoever works on it finds out."""

    def __init__(self, logon: Logon, folder: FolderId) -> None:
        super().__init__(logon)
        self.folder = folder

    def facts(self, tx: Transaction) -> FolderFacts:
        """As it is now; ecNotFound when it is gone, or not to be known of any more."""
        try:
            rights = self.logon.rights_on(tx, self.folder)
            if not rights & Right.LOOKUP:
                raise FolderNotFound
            return folder_facts(tx, self.logon.mailbox.account, self.folder, rights)
        except FolderNotFound:
            raise RopError(ErrorCode.ecNotFound) from None

    def require(self, tx: Transaction, needed: Right) -> FolderFacts:
        """ecAccessDenied without these rights."""
        facts = self.facts(tx)
        if needed & facts.rights != needed:
            raise RopError(ErrorCode.ecAccessDenied)
        return facts

    async def read(self, wanted: Collection[Key] | None) -> Properties:
        return await self.logon.store.read(self.properties)

    def properties(self, tx: Transaction) -> Properties:
        found = folder_properties(self.logon.mailbox, self.facts(tx))
        if self.folder in _TELLING:
            account = self.logon.mailbox.account
            roles = {one.role: one.id for one in all_folders(tx, account, hidden=False) if one.role}
            told = load_folder_object(tx, account, load_folder(tx, account, INBOX)).properties
            found |= _special(self.logon, roles) | {key: told[key] for key in told.keys() & SPECIAL_PLACES}
        return found

    async def change(self, new: Properties, gone: Collection[Key]) -> Mapping[Key, ErrorCode]:
        return await self.logon.store.write(self._change, new, gone)

    def _change(self, tx: Transaction, new: Properties, gone: Collection[Key]) -> Mapping[Key, ErrorCode]:
        facts = self.require(tx, Right.ADMINISTER)
        problems: dict[Key, ErrorCode] = {key: ErrorCode.ecComputed for key in (*new, *gone) if key in _COMPUTED}
        name = key_of(tags.PidTagDisplayName)
        if name in gone:
            problems[name] = ErrorCode.ecComputed
        if name in new:
            error = self._rename(tx, facts, str(value_of(new, tags.PidTagDisplayName)))
            if error is not None:
                problems[name] = error
        accepted = {key: value for key, value in new.items() if key not in _COMPUTED and key != name}
        self._store(tx, accepted, [key for key in gone if key not in problems])
        return problems

    def _store(self, tx: Transaction, new: Properties, gone: Collection[Key]) -> None:
        """Where special folders are, the Inbox keeps for the root."""
        places, others = _parted(new, self.folder in _TELLING)
        if places or (self.folder in _TELLING and SPECIAL_PLACES.intersection(gone)):
            self._put(tx, INBOX, places, [key for key in gone if key in SPECIAL_PLACES])
        self._put(tx, self.folder, others, gone)
        container_class = value_of(new, tags.PidTagContainerClass)
        if container_class is not None and self.folder < HIDDEN:
            self._show(tx, container_class)

    def _put(self, tx: Transaction, folder: FolderId, new: Properties, gone: Collection[Key]) -> None:
        account = self.logon.mailbox.account
        before = load_folder_object(tx, account, load_folder(tx, account, folder))
        after = {key: value for key, value in before.properties.items() if key not in gone} | new
        set_value(after, tags.PidTagLastModificationTime, file_time(self.logon.store.clock()))
        save_folder_object(tx, account, folder, before._replace(properties=after))

    def _show(self, tx: Transaction, container_class: str) -> None:
        """IMAP shows folders of mail, as far as it shows the one above."""
        account = self.logon.mailbox.account
        folder = load_folder(tx, account, self.folder)
        mail = container_class.upper() == "IPF.NOTE" or container_class.upper().startswith("IPF.NOTE.")
        hidden = not mail or (folder.parent != 0 and bool(load_folder(tx, account, folder.parent).hidden))
        set_hidden(tx, account, {self.folder: hidden})

    def _rename(self, tx: Transaction, facts: FolderFacts, name: str) -> ErrorCode | None:
        if name == facts.name:
            return None
        if facts.folder.role or self.folder >= HIDDEN:
            return ErrorCode.ecAccessDenied
        try:
            [checked] = split_path(stored_name(name))
            place_folder(tx, self.logon.mailbox.account, self.folder, stored_parent(facts.parent), checked)
        except FolderExists:
            return ErrorCode.ecDuplicateName
        except BadFolderName:
            return ErrorCode.ecInvalidParameter
        return None


def _special(logon: Logon, roles: Mapping[Role, FolderId]) -> Properties:
    return special_places(logon.identity, roles)


def _parted(new: Properties, telling: bool) -> tuple[Properties, Properties]:
    places: Properties = {key: value for key, value in new.items() if telling and key in SPECIAL_PLACES}
    return places, {key: value for key, value in new.items() if key not in places}
