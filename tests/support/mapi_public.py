"""The public folders for tests of MAPI: a session that is logged on to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mapi_folders import FolderSession
from mapi_news import NewsSession
from mapi_permissions import PermissionSession
from mapi_session import LOGON, MapiSession, account_of
from mapi_sync import SyncSession

from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.logon import (
    LogonFlags,
    OpenFlags,
    RopLogonPublicResponse,
    RopLogonRequest,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
)
from posthouse.servers.mapi.public_folders import Frame
from posthouse.store.accounts import create_public
from posthouse.store.folders import PUBLIC, create_folder, find_folder
from posthouse.store.rights import ANYONE, Holder, set_rights
from posthouse.testing import MailHub

OPEN_PUBLIC = OpenFlags.PUBLIC


def public_logon(
    logon_id: int = 0, slot: int = LOGON, flags: OpenFlags = OPEN_PUBLIC, **fields: Any
) -> RopLogonRequest:
    options = {"logon_flags": LogonFlags(0), "essdn": "", **fields}
    return RopLogonRequest(logon_id, slot, open_flags=flags, **options)


def make_public(hub: MailHub, *paths: str) -> None:
    """As the command line does."""

    def make(tx: Any) -> None:
        create_public(tx, hub.running.store.now())
        for path in paths:
            create_folder(tx, PUBLIC, path)

    hub.write(make)


def allow(hub: MailHub, path: str, rights: Right, who: str = "") -> None:
    """On a public folder, to one person or to everybody."""
    holder = Holder(account_of(hub, who) if who else ANYONE)
    hub.write(lambda tx: set_rights(tx, PUBLIC, find_folder(tx, PUBLIC, path).id, holder, rights))


class Public(FolderSession):
    """With the IPM subtree open in `subtree`; mixed into what else a session is good for."""

    def __init__(self, hub: MailHub, who: str = "alice", flags: OpenFlags = OPEN_PUBLIC) -> None:
        self.columns: dict[int, Sequence[PropertyTag]] = {}
        MapiSession.__init__(self, hub, who, log_on=False)
        self.account = PUBLIC
        self.logged_on = self.get(public_logon(flags=flags), RopLogonPublicResponse)
        self.folder_ids = self.logged_on.folder_ids
        self.subtree = self.open(self.frame(Frame.IPM_SUBTREE))

    def frame(self, one: Frame) -> ObjectId:
        return self.folder_ids[one]

    def opened(self, folder: ObjectId, message: ObjectId, mode: MessageOpenMode = MessageOpenMode.READ_WRITE) -> int:
        slot = self.slot()
        self.get(RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, mode, message), RopOpenMessageResponse)
        return slot

    def started(self, folder: ObjectId) -> int:
        """A new message there."""
        slot = self.slot()
        self.get(RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, False), RopCreateMessageResponse)
        return slot


class PublicSession(Public, NewsSession):
    """With tables and news."""


class PublicSync(Public, SyncSession):
    """With incremental synchronization."""


class PublicPermissions(Public, PermissionSession):
    """With lists of who may do what."""
