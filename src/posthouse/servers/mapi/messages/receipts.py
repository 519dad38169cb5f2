"""Who sent a message and wanted to know what becomes of it hears that it was read, or was deleted unread –
[MS-OXOMSG] 2.2.2, [MS-OXCFOLD] 3.2.5.11, RFC 8098.

The owner of a mailbox tells it, once: nobody else who reads there. A receipt goes with the null reverse-path, like
every report.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.delivery.delivery import Delivery
from posthouse.directory import parse_address
from posthouse.directory.errors import BadAddress
from posthouse.model.address import Address
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.ranges import Ranges, from_numbers
from posthouse.model.refusals import MessageNotFound
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.people import RECIPIENT, Person, person_of
from posthouse.protocols.mapi.mime.receipts import make_receipt
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.identity import own_counter
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.people import People
from posthouse.store.deletion import choose, folders_of
from posthouse.store.flags import change_flags
from posthouse.store.message_status import perhaps_awaited
from posthouse.store.objects import StoredMessage, find_message

from .reading import read_message

MOST = 100
"""Receipts for one operation that deletes."""
SENT = FlagChange(How.ADD, Flags(Flag.MDN_SENT))


class Receipt(NamedTuple):
    message: MessageId
    """Which it is about."""
    data: bytes
    to: Address


@dataclass(frozen=True, slots=True)
class Receipts:
    """One for a worker."""

    delivery: Delivery
    people: People

    # what was deleted unread

    async def of_unread(self, folder: OpenFolder, ids: Collection[ObjectId]) -> list[Receipt]:
        """For those of the messages that nobody has read, before they go."""
        return await folder.logon.store.scan(self._of_unread, folder, ids)

    async def send(self, receipts: Collection[Receipt]) -> None:
        for receipt in receipts:
            await self.delivery.report(receipt.data, receipt.to)

    def _of_unread(self, tx: Transaction, folder: OpenFolder, ids: Collection[ObjectId]) -> list[Receipt]:
        account, numbers = folder.account, [MessageId(own_counter(one) or 0) for one in ids]
        is_search = folder.facts(tx).is_search
        places = folders_of(tx, account, numbers) if is_search else {folder.folder: numbers}
        found: list[Receipt] = []
        for place, wanted in places.items():
            uids = choose(tx, account, place, wanted).uids
            found += self.awaited(tx, folder.logon, place, uids, was_read=False)
        return found[:MOST]

    # what is read

    def awaited(
        self, tx: Transaction, logon: Logon, folder: FolderId, uids: Ranges, *, was_read: bool
    ) -> Iterator[Receipt]:
        """Of a folder's messages, or of those that are unread. It reads those that may ask for one: for a reader's
        thread."""
        mailbox = logon.mailbox
        if logon.access.account != mailbox.account:
            return
        for message in perhaps_awaited(tx, mailbox.account, folder, uids):
            row = find_message(tx, mailbox.account, message)
            skipped = Flag.DRAFT if was_read else Flag.DRAFT | Flag.SEEN
            receipt = None if row.flags & skipped else self._receipt(tx, logon, row, was_read)
            if receipt is not None:
                yield receipt

    def _receipt(self, tx: Transaction, logon: Logon, row: StoredMessage, was_read: bool) -> Receipt | None:
        mailbox, book, at = logon.mailbox, self.people.at(tx), logon.store.clock()
        original = read_message(tx, logon.store.blobs, mailbox.account, row, book).tree
        reader = Person(mailbox.name or mailbox.address, mailbox.address)
        receipt = make_receipt(original, reader, was_read, at, book)
        to = None if receipt is None else person_of(RECIPIENT, receipt.recipients[0].properties, book)
        address = None if to is None else _address(to.address)
        if receipt is None or address is None:
            return None
        domain = parse_address(mailbox.address).domain
        return Receipt(row.id, to_mime(receipt, Writing(secrets.token_bytes(16), domain, at, book=book)), address)

    def settle(
        self, tx: Transaction, logon: Logon, folder: FolderId, receipts: Sequence[Receipt], *, send: bool
    ) -> None:
        """They go out, or never will; those that somebody else has sent meanwhile are passed over."""
        account = logon.mailbox.account
        uids: list[int] = []
        for receipt in receipts:
            try:
                row = find_message(tx, account, receipt.message)
            except MessageNotFound:
                continue
            if row.folder != folder or row.uid is None or row.flags & Flag.MDN_SENT:
                continue
            uids.append(row.uid)
            if send:
                self.delivery.reports.place(tx, receipt.data, receipt.to, logon.store.now())
        if uids:
            change_flags(tx, account, folder, from_numbers(sorted(uids)), SENT)


def _address(text: str) -> Address | None:
    try:
        return parse_address(text)
    except BadAddress:
        return None
