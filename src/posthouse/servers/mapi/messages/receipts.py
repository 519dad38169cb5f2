"""Receipts for those who asked to hear that a message was read – [MS-OXOMSG] 2.2.2, RFC 8098.

The owner of a mailbox sends them, once: nobody else who reads there. A receipt is written before the transaction that
marks its message, and goes out in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.delivery.delivery import Delivery
from posthouse.directory import parse_address
from posthouse.directory.errors import BadAddress
from posthouse.model.address import Address
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, FolderId, MessageId, Uid
from posthouse.model.ranges import Ranges, from_numbers
from posthouse.model.refusals import MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.people import person_by_address
from posthouse.protocols.mapi.mime.receipts import make_receipt, receiver_of
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.servers.mapi.folders.deleting import whereabouts
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.people import People
from posthouse.store.flags import change_flags
from posthouse.store.message_status import perhaps_awaited
from posthouse.store.objects import find_message
from posthouse.texts import Language

from .reading import read_message

SENT = FlagChange(How.ADD, Flags(Flag.MDN_SENT))


@dataclass(frozen=True, slots=True)
class Receipt:
    """Of one message, ready to go."""

    message: MessageId
    to: Address
    data: bytes

    def written(self, language: Language) -> bytes:
        """It was written in the language of whom it is for; if that are several, of the first."""
        return self.data


@dataclass(frozen=True, slots=True)
class Receipts:
    """One for a worker."""

    delivery: Delivery
    people: People

    def awaited(
        self, tx: Transaction, logon: Logon, folder: FolderId, uids: Ranges, *, was_read: bool
    ) -> Iterator[Receipt]:
        """Of a folder's messages. It reads those that may ask for one: for a reader's thread."""
        if logon.access.account != logon.mailbox.account:
            return
        for message in perhaps_awaited(tx, logon.mailbox.account, folder, uids):
            receipt = self._receipt(tx, logon, message, was_read)
            if receipt is not None:
                yield receipt

    def of_unread(
        self, tx: Transaction, folder: OpenFolder, ids: Collection[ObjectId]
    ) -> dict[FolderId, list[Receipt]]:
        """By their folders, for those of these messages that nobody has read, and nobody will: they are about to go
        ([MS-OXCFOLD] 3.2.5.11)."""
        logon, account = folder.logon, folder.logon.mailbox.account
        found: dict[FolderId, list[Receipt]] = {}
        for place, wanted in whereabouts(tx, logon, folder.facts(tx), ids, Right.READ).items():
            uids = from_numbers(sorted(_unread(tx, account, place, wanted)))
            found[place] = list(self.awaited(tx, logon, place, uids, was_read=False))
        return found

    def _receipt(self, tx: Transaction, logon: Logon, message: MessageId, was_read: bool) -> Receipt | None:
        mailbox, store, book = logon.mailbox, logon.store, self.people.at(tx)
        row = find_message(tx, mailbox.account, message)
        if row.flags & Flag.DRAFT:
            return None
        original = read_message(tx, store.blobs, mailbox.account, row, book).tree
        to = receiver_of(original, was_read, book)
        if to is None:
            return None
        try:
            address = parse_address(to.address)
        except BadAddress:
            return None
        language = self.delivery.reports.language_for(tx, address)
        reader = person_by_address(mailbox.address, book)
        receipt = make_receipt(original, to, reader, was_read, store.clock(), language)
        seed = b"%d/%d" % (mailbox.account, message)
        writing = Writing(seed, mailbox.address.rpartition("@")[2], store.clock(), book=book)
        return Receipt(message, address, to_mime(receipt, writing))

    def settle(
        self, tx: Transaction, logon: Logon, folder: FolderId, receipts: Sequence[Receipt], *, send: bool
    ) -> None:
        """They go out, or never will; those that somebody else has sent meanwhile are passed over."""
        account, uids = logon.mailbox.account, []
        for receipt in receipts:
            try:
                row = find_message(tx, account, receipt.message)
            except MessageNotFound:
                continue
            if row.folder != folder or row.uid is None or row.flags & Flag.MDN_SENT:
                continue
            uids.append(row.uid)
            if send:
                self.delivery.reports.place(tx, receipt.written, receipt.to, logon.store.now())
        if uids:
            change_flags(tx, account, folder, from_numbers(sorted(uids)), SENT)


def _unread(tx: Transaction, account: AccountId, folder: FolderId, messages: Iterable[MessageId]) -> Iterator[Uid]:
    """UIDs of those that are in the folder, and that nobody has read."""
    for message in messages:
        try:
            row = find_message(tx, account, message)
        except MessageNotFound:
            continue
        if row.folder == folder and row.uid is not None and not row.flags & Flag.SEEN:
            yield row.uid
