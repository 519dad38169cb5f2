"""A logon: whose mailbox it is, what this client may do there, and which ids the mailbox has given to names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import LimitReached
from posthouse.model.rights import ALL_RIGHTS, NO_RIGHTS, Right
from posthouse.protocols.mapi.collation import TextKey, text_key_of
from posthouse.protocols.mapi.entry_ids import StoreEntryId
from posthouse.protocols.mapi.identifiers import OWN_REPLICA
from posthouse.protocols.mapi.identity import Identity
from posthouse.protocols.mapi.named_tags import PS_MAPI
from posthouse.protocols.mapi.objects import Key
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.servers.access import Access
from posthouse.store import Store
from posthouse.store.folders import PUBLIC
from posthouse.store.property_ids import FIRST, LAST, LAST_OF_GUESTS, NAMED, give_property_ids, property_ids
from posthouse.store.replicas import give_replica_number, replica_numbers

from .errors import ErrorCode, RopError
from .memory import Share
from .per_user import Receiving, Sending
from .public_folders import rights_on_frame
from .session import ServerObject
from .special_folders import Special, own_folder

if TYPE_CHECKING:
    from .folders.searching import Searches


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What was logged on to."""

    account: AccountId
    guid: UUID
    replica_guid: UUID
    owner: bool
    """The client may do everything: it is the owner's, or an administrator's who asked for it."""
    folders: tuple[FolderId, ...]
    """Of the special folders, in a logon's order."""
    created: int
    """Seconds since 1970."""
    name: str = ""
    address: str = ""
    dn: str = ""
    user_name: str = ""
    user_dn: str = ""
    """Of who is logged on."""
    stranger: bool = False
    """They have no right on any folder: they may log on ([MS-OXCSTOR] R3905001), see nothing and leave nothing."""
    identity: Identity = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "identity", Identity(self.guid, self.replica_guid))

    @property
    def store_entry_id(self) -> bytes:
        """PidTagStoreEntryId."""
        server = f"{self.guid}@{self.address.rpartition('@')[2]}"
        return _store_entry_id(server, "" if self.is_public else self.dn)

    @property
    def is_public(self) -> bool:
        """The public folders, which are nobody's mailbox."""
        return self.account == PUBLIC


@lru_cache(256)
def _store_entry_id(server: str, mailbox_dn: str) -> bytes:
    return StoreEntryId(server, mailbox_dn).format()


class Replicas:
    """Short forms of replica GUIDs in one mailbox, those of others as they come up: read when one is new here. A number
    never changes."""

    def __init__(self, store: Store, account: AccountId, own: UUID, *, adds: bool = True) -> None:
        """`adds`: those that are new here get numbers."""
        self._store, self._account, self._adds = store, account, adds
        self._numbers = {own: OWN_REPLICA}

    async def guid_of(self, number: int) -> UUID:
        found = self._known(number) or await self._learned(number)
        if found is None:
            raise RopError(ErrorCode.ecNotFound)  # [MS-OXCSTOR] R946
        return found

    def _known(self, number: int) -> UUID | None:
        return next((guid for guid, known in self._numbers.items() if known == number), None)

    async def _learned(self, number: int) -> UUID | None:
        self._numbers |= await self._store.read(replica_numbers, self._account)
        return self._known(number)

    async def number_of(self, guid: UUID) -> int:
        """A new one for a GUID that is new (R950), zeros as any other (R94801001)."""
        if guid not in self._numbers:
            if not self._adds:
                raise RopError(ErrorCode.ecAccessDenied)
            try:
                self._numbers[guid] = await self._store.write(give_replica_number, self._account, guid)
            except LimitReached:
                raise RopError(ErrorCode.ecParameterOverflow) from None  # R1249
        return self._numbers[guid]

    def all(self, tx: Transaction) -> bytes:
        """PidTagSerializedReplidGuidMap ([MS-OXCSTOR] 2.2.2.1.1.13)."""
        numbers = self._numbers | replica_numbers(tx, self._account)
        return b"".join(number.to_bytes(2, "little") + guid.bytes_le for guid, number in numbers.items())


class Names:
    """Ids of names in one mailbox: read once, and again when something is new. An id never changes."""

    def __init__(self, store: Store, account: AccountId, *, guest: bool = False, adds: bool = True) -> None:
        """`guest`: of whoever does not own the mailbox. `adds`: names that are new here get ids."""
        self._store, self._account, self._adds = store, account, adds
        self.of_guest = guest
        self._ids: dict[PropertyName, int] = {}
        self._names: dict[int, PropertyName] = {}

    async def ids_of(self, names: Sequence[PropertyName], *, create: bool = False) -> list[int]:
        """0 for a name that has none, unless it is to get one. `LimitReached`."""
        if any(_fixed(name) is None and name not in self._ids for name in names):
            self._learn(await self._store.read(property_ids, self._account))
        missing = [name for name in names if _fixed(name) is None and name not in self._ids]
        if missing and create:
            if not self._adds:
                raise LimitReached("A stranger adds no names")
            end = LAST_OF_GUESTS if self.of_guest else LAST
            self._learn(await self._store.write(give_property_ids, self._account, missing, end))
        return [_fixed(name) or self._ids.get(name, 0) for name in names]

    def known(self, name: PropertyName) -> int:
        """Its id, as far as it is remembered; otherwise 0."""
        return _fixed(name) or self._ids.get(name, 0)

    @property
    def learned(self) -> Mapping[int, PropertyName]:
        """Ids that are known by now."""
        return self._names

    async def names_of(self, ids: Sequence[int]) -> list[PropertyName | None]:
        """Of ids from 0x8000 on; None for one that no name has."""
        if any(number >= FIRST and number not in self._names for number in ids):
            self._learn(await self._store.read(property_ids, self._account))
        return [self._names.get(number) for number in ids]

    async def keys_of(self, ids: Sequence[int]) -> list[Key | None]:
        """By which objects know properties of these ids."""
        names = await self.names_of(ids)
        return [number if number < NAMED else name for number, name in zip(ids, names, strict=True)]

    async def all(self) -> Mapping[PropertyName, int]:
        self._learn(await self._store.read(property_ids, self._account))
        return self._ids

    async def ids_of_keys(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Of what an object has: a name that has no id gets one. Those for which there is none left are left out."""
        keys = list(keys)
        names = [key for key in keys if isinstance(key, PropertyName)]
        found: dict[Key, int] = {key: key for key in keys if isinstance(key, int)}
        try:
            ids = await self.ids_of(names, create=True)
        except LimitReached:
            ids = await self.ids_of(names)
        found.update(zip(names, ids, strict=True))
        return {key: number for key, number in found.items() if number}

    def _learn(self, ids: Mapping[PropertyName, int]) -> None:
        self._ids.update(ids)
        self._names.update({number: name for name, number in ids.items()})


def _fixed(name: PropertyName) -> int | None:
    """A number of PS_MAPI is the id itself ([MS-OXCPRPT] 3.2.5.10)."""
    if name.guid == PS_MAPI and isinstance(name.name, int) and 0 < name.name < NAMED:
        return name.name
    return None


class Logon(ServerObject):
    """The object of a logon."""

    def __init__(
        self,
        logon_id: int,
        mailbox: Mailbox,
        store: Store,
        access: Access,
        searches: Searches,
        message_size: int,
        memory: Share,
        *,
        sort_locale: int,
        supports_progress: bool = False,
    ) -> None:
        """`message_size`: octets of a message that may be sent; 0: any. `memory`: of whoever is logged on.
        `sort_locale`: an LCID, by which tables are ordered. `supports_progress`: the client has said that it
        understands RopProgress, also of read marks."""
        super().__init__(logon_id)
        self.mailbox, self.store, self.access, self.searches = mailbox, store, access, searches
        self.message_size, self.memory = message_size, memory
        adds = not mailbox.stranger
        self.names = Names(store, mailbox.account, guest=not mailbox.owner, adds=adds)
        self.replicas = Replicas(store, mailbox.account, mailbox.replica_guid, adds=adds)
        self.sort_locale, self.supports_progress = sort_locale, supports_progress
        self.sending, self.receiving = Sending(memory.another()), Receiving(memory.another())

    @property
    def identity(self) -> Identity:
        return self.mailbox.identity

    @property
    def text_key(self) -> TextKey:
        """By which texts in its tables are ordered."""
        return text_key_of(self.sort_locale)

    @property
    def creator(self) -> AccountId:
        """Of what this client makes here, unless that is the mailbox's owner: 0."""
        return AccountId(0) if self.mailbox.owner else self.access.account

    def rights_on(self, tx: Transaction, folder: FolderId) -> Right:
        return self.rights_in(tx, self.mailbox.account, folder)

    def rights_in(self, tx: Transaction, account: AccountId, folder: FolderId) -> Right:
        """Also in public folders, of whoever is logged on to a mailbox.

        Whoever may log on may look at the root: it tells them where the special folders are ([MS-OXOSFLD] 2.2.3). With
        a folder that they may not know of, nobody may do anything."""
        if self.mailbox.owner and self.mailbox.account == account:
            return ALL_RIGHTS
        of_frame = rights_on_frame(folder, admin=self.access.admin) if account == PUBLIC else None
        if of_frame is not None:
            return of_frame
        granted = self.access.rights_on(tx, account, folder)
        if folder == own_folder(Special.ROOT):
            granted |= Right.LOOKUP
        return granted if granted & Right.LOOKUP else NO_RIGHTS
