"""Folders – [MS-OXCFOLD] 3.1.4."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.restrictions import Restriction, SortOrder
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    DeleteFolderFlags,
    FolderType,
    HierarchyTableFlags,
    RopCreateFolderRequest,
    RopCreateFolderResponse,
    RopDeleteFolderRequest,
    RopDeleteFolderResponse,
    RopDeleteMessagesRequest,
    RopDeleteMessagesResponse,
    RopEmptyFolderRequest,
    RopEmptyFolderResponse,
    RopGetContentsTableRequest,
    RopGetContentsTableResponse,
    RopGetHierarchyTableRequest,
    RopGetHierarchyTableResponse,
    RopHardDeleteMessagesRequest,
    RopHardDeleteMessagesResponse,
    RopOpenFolderRequest,
    RopOpenFolderResponse,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
)
from posthouse.protocols.mapi.rops.message_status import ReadFlags, RopSetReadFlagsRequest, RopSetReadFlagsResponse
from posthouse.protocols.mapi.rops.moving import (
    RopCopyFolderRequest,
    RopCopyFolderResponse,
    RopMoveCopyMessagesRequest,
    RopMoveCopyMessagesResponse,
    RopMoveFolderRequest,
    RopMoveFolderResponse,
)

from .holder import Holder
from .ids import object_id
from .message import Message
from .names import AnyTag, Link
from .permissions import Permissions
from .refs import Places, Ref
from .rules import Rules
from .table import Row, Table, open_table

ALL = DeleteFolderFlags.DEL_MESSAGES | DeleteFolderFlags.DEL_FOLDERS
_FOLDER_COLUMNS = (
    tags.PidTagFolderId,
    tags.PidTagDisplayName,
    tags.PidTagDepth,
    tags.PidTagContentCount,
    tags.PidTagContentUnreadCount,
    tags.PidTagContainerClass,
)


@dataclass(frozen=True, slots=True)
class FolderInfo:
    """A row of the folders below a folder."""

    id: ObjectId
    name: str
    depth: int
    """0: directly below it."""
    messages: int
    unread: int
    container_class: str


async def open_folder(link: Link, id: ObjectId) -> Folder:
    """By its id; opened again by itself when the session was lost."""
    ref = Ref()

    def ask(at: Places) -> RopOpenFolderRequest:
        return RopOpenFolderRequest(0, at(link.logon), at(ref), id)

    await link.session.get(ask, RopOpenFolderResponse)
    ref.opener = ask
    return Folder(link, ref, id)


class Folder(Holder):
    def __init__(self, link: Link, ref: Ref, id: ObjectId) -> None:
        super().__init__(link, ref)
        self.id = id
        self.rules = Rules(link, ref)
        """What the server does with mail that arrives here."""
        self.permissions = Permissions(link, ref)
        """Who may do what with it."""

    # what is in it

    async def folders(self, *, deep: bool = False) -> list[FolderInfo]:
        """Below it; `deep`: with those below them, each in front of its own."""
        flags = HierarchyTableFlags.USE_UNICODE | (HierarchyTableFlags.DEPTH if deep else HierarchyTableFlags(0))
        table = await open_table(
            self.link,
            self.ref,
            lambda of, at: RopGetHierarchyTableRequest(0, of, at, flags),
            RopGetHierarchyTableResponse,
        )
        with table:
            await table.columns(*_FOLDER_COLUMNS)
            return [
                FolderInfo(object_id(id), name or "", depth or 0, messages or 0, unread or 0, container_class or "")
                async for id, name, depth, messages, unread, container_class in table.rows()
            ]

    async def contents(self, *, associated: bool = False) -> Table:
        """The table of its messages; `associated`: of those that views and settings are kept in."""
        flags = ContentsTableFlags.USE_UNICODE | (
            ContentsTableFlags.ASSOCIATED if associated else ContentsTableFlags(0)
        )
        return await open_table(
            self.link,
            self.ref,
            lambda of, at: RopGetContentsTableRequest(0, of, at, flags),
            RopGetContentsTableResponse,
        )

    @asynccontextmanager
    async def table(
        self, *columns: AnyTag, order: Sequence[SortOrder] = (), only: Restriction | None = None
    ) -> AsyncIterator[Table]:
        """`contents`, ready to be read."""
        with await self.contents() as table:
            await table.columns(*columns)
            if order:
                await table.sort(*order)
            if only is not None:
                await table.restrict(only)
            yield table

    async def rows(
        self, *columns: AnyTag, order: Sequence[SortOrder] = (), only: Restriction | None = None
    ) -> list[Row]:
        """Of all its messages, or only those that match: for folders of a size that fits into memory."""
        async with self.table(*columns, order=order, only=only) as table:
            return [row async for row in table.rows()]

    async def message_ids(self, *, only: Restriction | None = None, order: Sequence[SortOrder] = ()) -> list[ObjectId]:
        return [object_id(id) for (id,) in await self.rows(tags.PidTagMid, order=order, only=only)]

    # messages

    async def open_message(self, id: ObjectId, mode: MessageOpenMode = MessageOpenMode.READ_ONLY) -> Message:
        """Which was opened only to be read is opened again by itself when the session was lost."""
        ref = Ref()

        def ask(at: Places) -> RopOpenMessageRequest:
            return RopOpenMessageRequest(0, at(self.ref), at(ref), LOGON_CODE_PAGE, self.id, mode, id)

        response = await self.link.session.get(ask, RopOpenMessageResponse)
        if mode is MessageOpenMode.READ_ONLY:
            ref.opener = ask
        return Message(self.link, ref, response.message, id)

    async def create_message(self, *, associated: bool = False) -> Message:
        """It is there when it has been saved."""
        ref = Ref()
        await self.link.session.get(
            lambda at: RopCreateMessageRequest(0, at(self.ref), at(ref), LOGON_CODE_PAGE, self.id, associated),
            RopCreateMessageResponse,
        )
        return Message(self.link, ref)

    async def move_messages(self, ids: Sequence[ObjectId], to: Folder, *, copy: bool = False) -> bool:
        """False: not all could be moved, or copied."""
        response = await self.link.session.get(
            lambda at: RopMoveCopyMessagesRequest(0, at(self.ref), at(to.ref), tuple(ids), False, copy),
            RopMoveCopyMessagesResponse,
        )
        return not response.partial_completion

    async def delete_messages(self, ids: Sequence[ObjectId], *, for_good: bool = False) -> bool:
        """Those that are not deleted for good can be recovered for a while. False: some could not be deleted."""
        if for_good:
            hard = await self.link.session.get(
                lambda at: RopHardDeleteMessagesRequest(0, at(self.ref), False, False, tuple(ids)),
                RopHardDeleteMessagesResponse,
            )
            return not hard.partial_completion
        response = await self.link.session.get(
            lambda at: RopDeleteMessagesRequest(0, at(self.ref), False, False, tuple(ids)), RopDeleteMessagesResponse
        )
        return not response.partial_completion

    async def mark(self, ids: Sequence[ObjectId], *, read: bool) -> bool:
        """Without receipts. False: some could not be marked."""
        flags = ReadFlags.rfSuppressReceipt if read else ReadFlags.rfClearReadFlag
        response = await self.link.session.get(
            lambda at: RopSetReadFlagsRequest(0, at(self.ref), False, flags, tuple(ids)), RopSetReadFlagsResponse
        )
        return not response.partial_completion

    async def empty(self) -> bool:
        """Of messages and folders. False: some could not be deleted."""
        response = await self.link.session.get(
            lambda at: RopEmptyFolderRequest(0, at(self.ref), False, False), RopEmptyFolderResponse
        )
        return not response.partial_completion

    # folders

    async def create_folder(
        self, name: str, *, comment: str = "", container_class: str = "", may_exist: bool = False
    ) -> Folder:
        """`may_exist`: then the one that is there is opened."""
        ref = Ref()
        response = await self.link.session.get(
            lambda at: RopCreateFolderRequest(
                0, at(self.ref), at(ref), FolderType.GENERIC, True, may_exist, 0, name, comment
            ),
            RopCreateFolderResponse,
        )
        self.link.session.release(ref)
        folder = await open_folder(self.link, response.folder_id)
        if container_class:
            await folder.set({tags.PidTagContainerClass: container_class})
        return folder

    async def rename(self, name: str) -> None:
        await self.set({tags.PidTagDisplayName: name})

    async def move_folder(self, id: ObjectId, to: Folder, name: str) -> bool:
        """One below this one. False: something stayed behind."""
        response = await self.link.session.get(
            lambda at: RopMoveFolderRequest(0, at(self.ref), at(to.ref), False, True, id, name), RopMoveFolderResponse
        )
        return not response.partial_completion

    async def copy_folder(self, id: ObjectId, to: Folder, name: str, *, deep: bool = True) -> bool:
        """One below this one."""
        response = await self.link.session.get(
            lambda at: RopCopyFolderRequest(0, at(self.ref), at(to.ref), False, deep, True, id, name),
            RopCopyFolderResponse,
        )
        return not response.partial_completion

    async def delete_folder(self, id: ObjectId, *, for_good: bool = False) -> bool:
        """One below this one, with all that is in it. False: something could not be deleted."""
        flags = ALL | (DeleteFolderFlags.DELETE_HARD_DELETE if for_good else DeleteFolderFlags(0))
        response = await self.link.session.get(
            lambda at: RopDeleteFolderRequest(0, at(self.ref), flags, id), RopDeleteFolderResponse
        )
        return not response.partial_completion
