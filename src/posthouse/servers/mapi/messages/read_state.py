"""Messages are marked as read or unread, and those who asked for it hear of it – [MS-OXCMSG] 2.2.3.10, 3.2.5.10.

However many messages, it is one change of their folder. Nothing else of them changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.flags import NO_FLAGS, Flag, FlagChange, Flags, How
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.ranges import count
from posthouse.model.refusals import MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.objects import set_value, value_of
from posthouse.protocols.mapi.rops.message_status import ReadFlags
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.deleting import whereabouts
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.logon import Logon
from posthouse.store.deletion import choose
from posthouse.store.flags import change_flags
from posthouse.store.message_status import NO_NON_RECEIPT, NO_RECEIPT, load_status, set_status
from posthouse.store.object_changes import set_aside_flags
from posthouse.store.objects import StoredMessage, find_message

from .message import OpenMessage
from .properties import EVER_READ, READ
from .receipts import Receipt, Receipts

Awaited = Mapping[FolderId, Sequence[Receipt]]


class ReadChange(NamedTuple):
    how: How | None
    """What becomes of the read flag; None: nothing."""
    receipts: bool
    """Those that are awaited go out now, or never will."""
    send: bool = False
    status: int = 0
    """Which receipts nobody wants any more."""


def read_change(flags: ReadFlags) -> ReadChange:
    """What a client asks for excludes each other (R812); the rest is ignored."""
    if ReadFlags.rfGenerateReceiptOnly in flags:
        return ReadChange(None, receipts=True, send=True)
    if ReadFlags.rfClearReadFlag in flags:
        return ReadChange(How.REMOVE, receipts=False)
    status = NO_RECEIPT if ReadFlags.rfClearNotifyRead in flags else 0
    status |= NO_NON_RECEIPT if ReadFlags.rfClearNotifyUnread in flags else 0
    if status:
        return ReadChange(None, receipts=False, status=status)
    return ReadChange(How.ADD, receipts=True, send=ReadFlags.rfSuppressReceipt not in flags)


class Marking(NamedTuple):
    """One operation's."""

    receipts: Receipts
    change: ReadChange

    async def mark(self, folder: OpenFolder, ids: Collection[ObjectId]) -> bool:
        """True: not all of them were there. ecAccessDenied when this client may not change what is read."""
        store, ids = folder.logon.store, set(ids)

        def find(tx: Transaction) -> Mapping[FolderId, list[MessageId]]:
            return whereabouts(tx, folder.logon, folder.facts(tx), ids, Right.SEEN)

        def awaited(tx: Transaction) -> Awaited:
            return {one: self._awaited(tx, folder.logon, one, wanted) for one, wanted in find(tx).items()}

        found = await store.scan(awaited) if self.change.receipts else {}

        def write(tx: Transaction) -> int:
            places = find(tx).items()
            return sum(self._write(tx, folder.logon, one, wanted, found.get(one, ())) for one, wanted in places)

        return await store.write(write) < len(ids)

    async def mark_one(self, logon: Logon, row: StoredMessage) -> tuple[StoredMessage, int]:
        """An open message; as it is then, with its status."""

        def awaited(tx: Transaction) -> Sequence[Receipt]:
            return self._awaited(tx, logon, row.folder, [row.id])

        def write(tx: Transaction) -> tuple[StoredMessage, int]:
            if not logon.rights_on(tx, row.folder) & Right.SEEN:
                raise RopError(ErrorCode.ecAccessDenied)
            try:
                self._write(tx, logon, row.folder, [row.id], found)
                now = find_message(tx, logon.mailbox.account, row.id)
            except MessageNotFound:
                raise RopError(ErrorCode.ecObjectDeleted) from None
            return now, load_status(tx, logon.mailbox.account, row.id)

        found = await logon.store.scan(awaited) if self.change.receipts else ()
        return await logon.store.write(write)

    def _awaited(
        self, tx: Transaction, logon: Logon, folder: FolderId, wanted: Sequence[MessageId]
    ) -> Sequence[Receipt]:
        uids = choose(tx, logon.mailbox.account, folder, wanted).uids
        return list(self.receipts.awaited(tx, logon, folder, uids, was_read=True))

    def _write(
        self, tx: Transaction, logon: Logon, folder: FolderId, wanted: Sequence[MessageId], awaited: Sequence[Receipt]
    ) -> int:
        """How many there were."""
        account, change = logon.mailbox.account, self.change
        uids = choose(tx, account, folder, wanted).uids
        beside = _beside(tx, logon, folder, wanted) if count(uids) < len(wanted) else []
        if change.how is not None and uids:
            change_flags(tx, account, folder, uids, FlagChange(change.how, Flags(Flag.SEEN)))
        for row in beside if change.how is not None else ():
            _mark_beside(tx, logon, row, change.how is How.ADD)
        if change.status:
            for row in _rows(tx, logon, folder, wanted):
                set_status(tx, account, row, load_status(tx, account, row.id) | change.status)
        self.receipts.settle(tx, logon, folder, awaited, send=change.send)
        return count(uids) + len(beside)


def _rows(tx: Transaction, logon: Logon, folder: FolderId, wanted: Sequence[MessageId]) -> Iterator[StoredMessage]:
    for message in wanted:
        with suppress(MessageNotFound):
            row = find_message(tx, logon.mailbox.account, message)
            if row.folder == folder:
                yield row


def _beside(tx: Transaction, logon: Logon, folder: FolderId, wanted: Sequence[MessageId]) -> list[StoredMessage]:
    """Of these, those that are not in the folder's contents."""
    return [row for row in _rows(tx, logon, folder, wanted) if row.uid is None]


def _mark_beside(tx: Transaction, logon: Logon, row: StoredMessage, seen: bool) -> None:
    was_seen = Flag.WAS_SEEN if row.flags & Flag.SEEN else NO_FLAGS
    flags = row.flags | Flag.SEEN if seen else row.flags & ~Flag.SEEN | was_seen
    if flags != row.flags:
        set_aside_flags(tx, logon.mailbox.account, row, flags)


def mark_unsaved(message: OpenMessage, change: ReadChange) -> None:
    """One that is not in the store by itself: it is kept with it when it is saved."""
    if change.how is not None:
        before = value_of(message.tree.properties, tags.PidTagMessageFlags, 0)
        told = before & ~READ | (EVER_READ if before & READ else 0) | (READ if change.how is How.ADD else 0)
        set_value(message.tree.properties, tags.PidTagMessageFlags, told)
