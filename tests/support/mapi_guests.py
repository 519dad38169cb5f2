"""Guests for tests of MAPI: whoever is logged on to the mailbox of somebody else, with a folder there in which they may
do anything until a test takes rights away."""

from __future__ import annotations

from functools import cached_property
from itertools import count

from mapi_permissions import PermissionSession
from mapi_session import LOGON, MapiSession
from mapi_sync import Synced, SyncSession

from posthouse.model.rights import LETTERS, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.parser.syncs import hierarchy_sync
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Content, FuzzyLow
from posthouse.protocols.mapi.rops.folder import FolderType, RopSetSearchCriteriaRequest, SearchRequestFlags
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
)
from posthouse.protocols.mapi.rops.stream import RopWriteStreamRequest, RopWriteStreamResponse
from posthouse.protocols.mapi.rops.synchronization import SynchronizationType
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub
from posthouse.testing.hub import Account

SECRET = "not for everybody"
"""Subject and body of what guests may not read."""
EVERYTHING = Right(sum(LETTERS.values()))
_NUMBERS = count(1)


class GuestSession(PermissionSession, SyncSession):
    """Of the owner, and of the guest."""

    def opened_of(self, folder: ObjectId, message: ObjectId, mode: MessageOpenMode = MessageOpenMode.READ_WRITE) -> int:
        slot = self.slot()
        rop = RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, mode, message)
        self.get(rop, RopOpenMessageResponse)
        return slot

    def written_in(self, folder: ObjectId, *, associated: bool = False) -> int:
        """A new message that is not saved yet; its slot."""
        slot = self.slot()
        rop = RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, associated)
        self.get(rop, RopCreateMessageResponse)
        self.set(slot, {tags.PidTagSubject: "a guest's"})
        return slot

    def folders_synced(self, folder: int) -> list[str]:
        """The names of those below an open one."""
        slot = self.configured(folder, SynchronizationType.HIERARCHY)
        return [value_of(one, tags.PidTagDisplayName) for one in Synced(self.stream(slot), hierarchy_sync).folders]

    def write_to(self, stream: int, data: bytes) -> None:
        self.get(RopWriteStreamRequest(0, stream, data), RopWriteStreamResponse)


class Guests:
    """alice's mailbox, and bob who is logged on to it, and to his own."""

    def __init__(self, hub: MailHub) -> None:
        self.owner, self.guest = GuestSession(hub, "alice"), GuestSession(hub, "bob", "alice", log_on=False)
        self.owner.share_folder(self.owner.special(Special.INBOX), "bob", Right.LOOKUP)  # so that he may log on
        self.guest.folder_ids = self.guest.log_on("alice").folder_ids
        self.own_logon = self.guest.slot()
        ids = self.guest.log_on("bob", self.own_logon, logon_id=1).folder_ids
        self.own_drafts = MapiSession(hub, "bob").folder("Drafts")
        self.own = self.guest.open_in(self.own_logon, 1, self.own_drafts)
        """The guest's own folder, open."""
        self.own_top = self.guest.open_in(self.own_logon, 1, ids[Special.IPM_SUBTREE])
        self._slots = len(self.owner.handles), len(self.guest.handles)

    def world(self) -> World:
        """A new one; what was open in the last one is let go."""
        for session, slots in zip((self.owner, self.guest), self._slots, strict=True):
            session.keep(slots)
        return World(self)


class World:
    """A folder of the owner's with a message, and one below it with another."""

    def __init__(self, guests: Guests) -> None:
        self.owner, self.guest = guests.owner, guests.guest
        self.own, self.own_top = guests.own, guests.own_top
        self.own_logon, self.own_drafts = guests.own_logon, guests.own_drafts
        self.name = f"shared {next(_NUMBERS)}"
        self.folder, slot = self.owner.create(self.owner.subtree, self.name)
        self.below, _ = self.owner.create(slot, "below")
        self.message, self.deeper = map(self._filled, (self.name, f"{self.name}/below"))
        self._shared = [self.folder, self.below]
        self.grant(EVERYTHING)
        self.slot = self.guest.open(self.folder)

    def _filled(self, path: str) -> ObjectId:
        account = Account(self.owner.hub, self.owner.account, "alice@example.org", "secret")
        head = f"Message-ID: <{next(_NUMBERS)}@example.net>\r\nSubject: {SECRET}"
        account.add_message(f"{head}\r\n\r\n{SECRET}\r\n".encode(), path)
        [message] = self.owner.message_ids(path)
        return message

    def grant(self, rights: Right) -> None:
        """These from now on, and no others, wherever the guest has any."""
        for folder in self._shared:
            self.owner.share_folder(folder, self.guest.who, rights)

    @cached_property
    def opened(self) -> int:
        """The message, open for changes."""
        return self.guest.opened_of(self.folder, self.message)

    @cached_property
    def search(self) -> int:
        """A search folder of the owner's that finds the message, open."""
        folder, slot = self.owner.create(self.owner.subtree, f"{self.name} search", kind=FolderType.SEARCH)
        assert self.owner.error(self.criteria(slot)) == 0
        self._shared.append(folder)
        self.grant(EVERYTHING)
        return self.guest.open(folder)

    def criteria(self, slot: int) -> RopSetSearchCriteriaRequest:
        wanted = Content(FuzzyLow.SUBSTRING, 1, tags.PidTagSubject, TaggedValue(tags.PidTagSubject, SECRET))
        return RopSetSearchCriteriaRequest(0, slot, wanted, (self.folder,), SearchRequestFlags(0))

    @cached_property
    def brought(self) -> ObjectId:
        """A message in the guest's own folder."""
        [message] = GuestSession(self.guest.hub, self.guest.who).fill("Drafts", self.name)
        return message
