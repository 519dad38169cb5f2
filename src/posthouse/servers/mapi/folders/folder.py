"""An open folder – [MS-OXCFOLD] 3.2.5.1, [MS-OXCPRPT] 3.2.5."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import FolderNotFound
from posthouse.model.rights import Right
from posthouse.model.roles import Role
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Key, Properties, key_of, set_value, value_of
from posthouse.protocols.mapi.stored_form import format_stored_properties
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.special_folders import Special, is_special, own_folder, stored_parent
from posthouse.store.accounts import lock_account
from posthouse.store.folder_objects import load_folder_object, save_folder_object
from posthouse.store.folder_tree import names_below
from posthouse.store.folders import INBOX, load_folder, role_folders

from .facts import FolderFacts, deleted_facts, folder_facts
from .placing import place
from .properties import COMPUTED, OF_OTHERS, SEARCH, SPECIAL_PLACES, UNTIL_SET, folder_properties, special_places
from .showing import SHOWING, show

MAX_PROPERTIES = 4 * 1024 * 1024
"""Bytes of all that clients keep with one folder."""
_COMPUTED = OF_OTHERS | frozenset(tag.id for tag in COMPUTED) - {tags.PidTagDisplayName.id}
_OF_MESSAGES = frozenset(tag.id for tag in (tags.PidTagStartDateEtc, tags.PidTagRetentionDate, tags.PidTagArchiveDate))
"""Dates of retention, which no folder can have ([MS-OXCMSG] 2.2.1.60)."""
_ALWAYS_THERE = frozenset(tag.id for tag in (*UNTIL_SET, tags.PidTagDisplayName))
"""What can be set, and not removed."""
_TELLING = (INBOX, own_folder(Special.ROOT))
"""Folders that tell where special ones are."""


class OpenFolder(PropertyHolder):
    """The folder may be gone: whoever works on it finds out."""

    persists_at_once = True

    def __init__(self, logon: Logon, folder: FolderId, *, deleted: bool = False) -> None:
        """`deleted`: softly; then it can be looked at by whoever has the whole mailbox."""
        super().__init__(logon)
        self.folder, self.deleted = folder, deleted

    @property
    def account(self) -> AccountId:
        return self.logon.mailbox.account

    @property
    def _tells(self) -> bool:
        """Public folders have no special ones."""
        return self.folder in _TELLING and not self.logon.mailbox.is_public

    def facts(self, tx: Transaction) -> FolderFacts:
        """As it is now; ecNotFound when it is gone, or not to be known of any more."""
        if not self.deleted:
            return visible(tx, self.logon, self.folder)
        try:
            return deleted_facts(tx, self.account, self.folder)
        except FolderNotFound:
            raise RopError(ErrorCode.ecNotFound) from None

    def require(self, tx: Transaction, needed: Right) -> FolderFacts:
        """ecAccessDenied without these rights; ecNotFound when it was deleted."""
        return require(visible(tx, self.logon, self.folder), needed)

    # properties

    async def read(self, wanted: Collection[Key] | None) -> Properties:
        asked = None if wanted is None else {*wanted, key_of(tags.PidTagFolderType)}
        found = await self.logon.store.read(self.properties, asked)
        if value_of(found, tags.PidTagFolderType) == SEARCH:
            messages = await self.logon.searches.found(self.logon, self.folder)
            set_value(found, tags.PidTagContentCount, len(messages))
            set_value(found, tags.PidTagContentUnreadCount, sum(not one.seen for one in messages))
        return found

    def properties(self, tx: Transaction, wanted: Collection[Key] | None = None) -> Properties:
        """As `read`."""
        facts = self.facts(tx)
        if facts.has_subfolders and not self.logon.mailbox.owner:
            facts = replace(facts, has_subfolders=self._shows_subfolders(tx))
        found = folder_properties(self.logon.mailbox, facts, wanted)
        if self._tells and (wanted is None or not SPECIAL_PLACES.isdisjoint(wanted)):
            account = self.logon.mailbox.account
            roles = role_folders(tx, account)
            told = load_folder_object(tx, account, load_folder(tx, account, INBOX)).properties
            found |= _special(self.logon, roles) | {key: told[key] for key in told.keys() & SPECIAL_PLACES}
        return found

    def _shows_subfolders(self, tx: Transaction) -> bool:
        """To a guest."""
        below = names_below(tx, self.account, stored_parent(self.folder)).values()
        return any(self.logon.rights_on(tx, one) & Right.LOOKUP for one in below)

    async def change(self, new: Properties, gone: Collection[Key]) -> Mapping[Key, ErrorCode]:
        return await self.logon.store.write(self.change_in, new, gone)

    def change_in(self, tx: Transaction, new: Properties, gone: Collection[Key]) -> Mapping[Key, ErrorCode]:
        lock_account(tx, self.account)
        return self._change(tx, self.require(tx, Right.ADMINISTER), new, gone)

    def fill(self, tx: Transaction, new: Properties) -> Mapping[Key, ErrorCode]:
        """Of one that this client has just made: who may make folders says what they are."""
        return self._change(tx, self.facts(tx), new, ())

    def _change(
        self, tx: Transaction, facts: FolderFacts, new: Properties, gone: Collection[Key]
    ) -> Mapping[Key, ErrorCode]:
        problems: dict[Key, ErrorCode] = {key: ErrorCode.ecComputed for key in (*new, *gone) if key in _COMPUTED}
        problems |= {key: ErrorCode.ecComputed for key in gone if key in _ALWAYS_THERE}
        problems |= {key: ErrorCode.ecNotSupported for key in new if key in _OF_MESSAGES}
        name = key_of(tags.PidTagDisplayName)
        container_class = value_of(new, tags.PidTagContainerClass)
        if container_class is not None and not container_class.upper().startswith("IPF."):
            problems[key_of(tags.PidTagContainerClass)] = ErrorCode.ecInvalidParameter  # R1038
        if name in new:
            error = self._rename(tx, facts, str(value_of(new, tags.PidTagDisplayName)))
            if error is not None:
                problems[name] = error
        accepted = {key: value for key, value in new.items() if key not in problems and key != name}
        self._store(tx, accepted, [key for key in gone if key not in problems])
        return problems

    def _store(self, tx: Transaction, new: Properties, gone: Collection[Key]) -> None:
        """Where special folders are, the Inbox keeps for the root."""
        places, others = _parted(new, self._tells)
        if places or (self._tells and SPECIAL_PLACES.intersection(gone)):
            self._put(tx, INBOX, places, [key for key in gone if key in SPECIAL_PLACES])
        self._put(tx, self.folder, others, gone)
        if SHOWING.intersection((*new, *gone)):
            show(tx, self.account, self.folder)

    def _put(self, tx: Transaction, folder: FolderId, new: Properties, gone: Collection[Key]) -> None:
        before = load_folder_object(tx, self.account, load_folder(tx, self.account, folder))
        after = {key: value for key, value in before.properties.items() if key not in gone} | new
        if new and len(format_stored_properties(after)) > MAX_PROPERTIES:
            raise RopError(ErrorCode.ecQuotaExceeded)
        save_folder_object(tx, self.account, folder, before._replace(properties=after))

    def _rename(self, tx: Transaction, facts: FolderFacts, name: str) -> ErrorCode | None:
        if name == facts.name:
            return None
        if is_special(facts.folder):
            return ErrorCode.ecAccessDenied
        try:
            place(tx, self.account, self.folder, stored_parent(facts.parent), name)
        except RopError as error:
            return error.code
        return None


def visible(tx: Transaction, logon: Logon, folder: FolderId) -> FolderFacts:
    """ecNotFound when it is not there, and when this client may not know of it."""
    try:
        rights = logon.rights_on(tx, folder)
        if not rights & Right.LOOKUP:
            raise FolderNotFound
        return folder_facts(tx, logon.mailbox.account, folder, rights)
    except FolderNotFound:
        raise RopError(ErrorCode.ecNotFound) from None


def require(facts: FolderFacts, needed: Right) -> FolderFacts:
    if needed & facts.rights != needed:
        raise RopError(ErrorCode.ecAccessDenied)
    return facts


def _special(logon: Logon, roles: Mapping[Role, FolderId]) -> Properties:
    return special_places(logon.identity, roles)


def _parted(new: Properties, telling: bool) -> tuple[Properties, Properties]:
    places: Properties = {key: value for key, value in new.items() if telling and key in SPECIAL_PLACES}
    return places, {key: value for key, value in new.items() if key not in places}
