"""Operations that move and copy messages and folders – [MS-OXCFOLD] 3.2.5.6 to 3.2.5.8."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.moving import (
    RopCopyFolderNullDestinationResponse,
    RopCopyFolderRequest,
    RopCopyFolderResponse,
    RopMoveCopyMessagesNullDestinationResponse,
    RopMoveCopyMessagesRequest,
    RopMoveCopyMessagesResponse,
    RopMoveFolderNullDestinationResponse,
    RopMoveFolderRequest,
    RopMoveFolderResponse,
)
from posthouse.servers.mapi.folders import carrying
from posthouse.servers.mapi.folders.carrying import Carriage
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.notifications.watching import Watchers

from .objects import as_folder, folder_number
from .partial import NullDestination, in_steps, partly, steps_of
from .processor import Call, Handler

Moving = RopMoveCopyMessagesRequest | RopMoveFolderRequest | RopCopyFolderRequest


class MovingRops:
    """One for a worker."""

    def __init__(self, watchers: Watchers) -> None:
        self._watchers = watchers

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopMoveCopyMessagesRequest: move_copy_messages,
            RopMoveFolderRequest: move_folder,
            RopCopyFolderRequest: self.copy_folder,
        }

    async def copy_folder(self, call: Call, rop: RopCopyFolderRequest) -> bytes:
        """3.2.5.8."""

        async def work() -> bool:
            source, target = _ends(call, rop)
            store, name = source.logon.store, call.session.text(rop.new_folder_name)
            on_copied = partial(self._watchers.on_copied, target.account)
            carriage = Carriage(False, store.now(), target.logon.creator, on_copied)
            what = folder_number(rop.folder_id), target, name, carriage
            return await store.write(carrying.copy_folder, source.logon, *what, recursive=rop.want_recursive)

        return await partly(call, rop, RopCopyFolderResponse, work, RopCopyFolderNullDestinationResponse)


def _ends(call: Call, rop: Moving) -> tuple[OpenFolder, OpenFolder]:
    """Source and destination, which may be of another logon."""
    source = as_folder(call.object(rop))
    target = call.session.find(call.handle(rop.dest_handle_index))
    if target is None:
        raise NullDestination(rop.dest_handle_index)
    return source, as_folder(target)


async def move_copy_messages(call: Call, rop: RopMoveCopyMessagesRequest) -> bytes:
    """3.2.5.6."""

    async def work(ids: Collection[ObjectId]) -> bool:
        source, target = _ends(call, rop)
        carriage = Carriage(not rop.want_copy, source.logon.store.now(), target.logon.creator)
        return await source.logon.store.write(carrying.carry_messages, source, target, ids, carriage)

    steps, missing = steps_of(rop, work), RopMoveCopyMessagesNullDestinationResponse
    return await in_steps(call, rop, RopMoveCopyMessagesResponse, steps, missing)


async def move_folder(call: Call, rop: RopMoveFolderRequest) -> bytes:
    """3.2.5.7."""

    async def work() -> bool:
        source, target = _ends(call, rop)
        store, name = source.logon.store, call.session.text(rop.new_folder_name)
        what = folder_number(rop.folder_id), target, name, Carriage(True, store.now(), target.logon.creator)
        return await store.write(carrying.move_folder, source.logon, *what)

    return await partly(call, rop, RopMoveFolderResponse, work, RopMoveFolderNullDestinationResponse)
