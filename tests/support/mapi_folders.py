"""Folders for tests of MAPI: a session in which they are made, opened and looked at with few words."""

from __future__ import annotations

from itertools import count
from typing import Any

from mapi_properties import PropertySession
from mapi_session import LOGON, account_of, oid, organisation

from posthouse.database import Transaction
from posthouse.model.ids import ContentId, FolderId
from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.identity import Identity
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    FolderOpenFlags,
    FolderType,
    RopCreateFolderRequest,
    RopCreateFolderResponse,
    RopDeleteFolderRequest,
    RopDeleteFolderResponse,
    RopOpenFolderRequest,
    RopOpenFolderResponse,
)
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.content import add_content
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append
from posthouse.store.object_changes import create_message
from posthouse.store.objects import Form, StoredMessage, list_aside
from posthouse.store.rights import Holder, set_rights
from posthouse.testing.hub import Account

_NAMES = count(1)
PLAINLY = FolderOpenFlags(0)
OPEN_DELETED = FolderOpenFlags.OPEN_SOFT_DELETED


class FolderSession(PropertySession):
    """With the IPM subtree open in `subtree`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.who == self.whose:
            self.subtree = self.open(self.special(Special.IPM_SUBTREE))

    def open(self, folder: ObjectId, flags: FolderOpenFlags = PLAINLY) -> int:
        """Its slot."""
        slot = self.slot()
        self.get(RopOpenFolderRequest(0, LOGON, slot, folder, flags), RopOpenFolderResponse)
        return slot

    def open_in(self, logon: int, logon_id: int, folder: ObjectId) -> int:
        """The same through another logon."""
        slot = self.slot()
        self.get(RopOpenFolderRequest(logon_id, logon, slot, folder), RopOpenFolderResponse)
        return slot

    def open_error(self, folder: ObjectId, flags: FolderOpenFlags = PLAINLY) -> int:
        return self.error(RopOpenFolderRequest(0, LOGON, self.slot(), folder, flags))

    def creation(self, parent: int, name: str | bytes, **options: Any) -> RopCreateFolderRequest:
        kind, existing = options.get("kind", FolderType.GENERIC), options.get("existing", False)
        comment = options.get("comment", type(name)())
        return RopCreateFolderRequest(0, parent, self.slot(), kind, isinstance(name, str), existing, 0, name, comment)

    def create(self, parent: int, name: str | bytes, **options: Any) -> tuple[ObjectId, int]:
        """Its id and its slot."""
        request = self.creation(parent, name, **options)
        made = self.get(request, RopCreateFolderResponse)
        return made.folder_id, request.output_handle_index

    def new(self, parent: int | None = None, **options: Any) -> tuple[ObjectId, int, str]:
        """One of a name that no other has, and that name."""
        name = f"folder {next(_NAMES)}"
        return (*self.create(self.subtree if parent is None else parent, name, **options), name)

    def delete_folder(
        self, folder: ObjectId, flags: DeleteFolderFlags, parent: int | None = None
    ) -> RopDeleteFolderResponse:
        above = self.subtree if parent is None else parent
        [response] = self.execute(RopDeleteFolderRequest(0, above, flags, folder))
        assert isinstance(response, RopDeleteFolderResponse)
        return response

    def fill(self, path: str, *subjects: str) -> list[ObjectId]:
        """Messages in a folder that IMAP shows; their ids."""
        account = Account(self.hub, self.account, f"{self.whose}@example.org", "secret")
        before = len(self.message_ids(path))
        for subject in subjects:
            account.add_message(f"Subject: {subject}\r\n\r\n{subject}\r\n".encode(), path)
        return self.message_ids(path)[before:]

    def put_into(self, folder: ObjectId, subject: str) -> None:
        """A message in any folder."""
        made = content_of(self.hub.running.store.blobs, f"Subject: {subject}\r\n\r\n".encode())

        def put(tx: Transaction) -> None:
            new = NewMessage(add_content(tx, made), made.size, self.hub.running.store.now())
            append(tx, self.account, FolderId(folder.counter), new, new.internal_date)

        self.hub.write(put)

    def put_associated(self, folder: ObjectId) -> ObjectId:
        """A message beside a folder's contents."""
        new, where = NewMessage(ContentId(0), 10, 1_700_000_000), (self.account, FolderId(folder.counter))
        made = self.hub.write(lambda tx: create_message(tx, *where, new, Form(True, b"view"), 0, associated=True))
        return oid(made.id)

    def asides(self, folder: ObjectId, state: int) -> list[StoredMessage]:
        number = FolderId(folder.counter)
        return self.hub.read(lambda tx: list_aside(tx, self.account, number, state))

    @property
    def identity(self) -> Identity:
        """Of the mailbox."""
        known = organisation(self.hub)
        return Identity(known.mailbox_guid(self.account), known.replica_guid(self.account))

    def properties_in(self, slot: int) -> dict[PropertyTag, Any]:
        return self.all_values(slot)

    def share_folder(self, folder: ObjectId, guest: str, rights: Right) -> None:
        """Also one that IMAP does not show."""
        holder, number = Holder(account_of(self.hub, guest)), FolderId(folder.counter)
        self.hub.write(lambda tx: set_rights(tx, self.account, number, holder, rights))
