"""Operations that move and copy messages and folders – [MS-OXCFOLD] 3.2.5.6 to 3.2.5.8."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from posthouse.database import Transaction
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.moving import (
    RopCopyFolderRequest,
    RopCopyFolderResponse,
    RopMoveCopyMessagesRequest,
    RopMoveCopyMessagesResponse,
    RopMoveFolderRequest,
    RopMoveFolderResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.carrying import Carriage, carry_messages
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.folders.pieces import Piece
from posthouse.servers.mapi.folders.trees import copying_folder, moving_folder
from posthouse.servers.mapi.notifications.watching import Watchers

from .objects import as_folder, folder_number, private_folder
from .partial import in_pieces, in_steps, steps_of
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
        """3.2.5.8: within mailboxes, as with Exchange since 2013 (R19702001, R19703001)."""
        source, target = map(private_folder, _ends(call, rop))
        store, name = source.logon.store, call.session.text(rop.new_folder_name)
        on_copied = partial(self._watchers.on_copied, target.account)
        carriage = Carriage(False, store.now(), target.logon.creator, on_copied)

        def pieces(tx: Transaction, most: int) -> list[Piece]:
            what = source.logon, folder_number(rop.folder_id), target, name, carriage, most
            return copying_folder(tx, *what, recursive=rop.want_recursive)

        answer = RopCopyFolderResponse
        return await in_pieces(call, rop, answer, store, pieces, want_asynchronous=rop.want_asynchronous)


def _ends(call: Call, rop: Moving) -> tuple[OpenFolder, OpenFolder]:
    """Source and destination, which may be of another logon; ecNullDestination when there is nothing."""
    source = as_folder(call.object(rop))
    target = call.session.find(call.handle(rop.dest_handle_index))
    if target is None:
        raise RopError(ErrorCode.ecNullDestination)
    return source, as_folder(target)


async def move_copy_messages(call: Call, rop: RopMoveCopyMessagesRequest) -> bytes:
    """3.2.5.6."""
    source, target = _ends(call, rop)
    carriage = Carriage(not rop.want_copy, source.logon.store.now(), target.logon.creator)

    async def work(ids: Collection[ObjectId]) -> bool:
        return await source.logon.store.write(carry_messages, source, target, ids, carriage)

    return await in_steps(call, rop, RopMoveCopyMessagesResponse, steps_of(rop, work))


async def move_folder(call: Call, rop: RopMoveFolderRequest) -> bytes:
    """3.2.5.7."""
    source, target = _ends(call, rop)
    store, name = source.logon.store, call.session.text(rop.new_folder_name)
    carriage = Carriage(True, store.now(), target.logon.creator)

    def pieces(tx: Transaction, most: int) -> list[Piece]:
        return moving_folder(tx, source.logon, folder_number(rop.folder_id), target, name, carriage, most)

    answer = RopMoveFolderResponse
    return await in_pieces(call, rop, answer, store, pieces, want_asynchronous=rop.want_asynchronous)
