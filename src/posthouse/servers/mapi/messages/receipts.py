"""Who sent a message and wanted to know what becomes of it hears that it was deleted unread – [MS-OXCFOLD] 3.2.5.11,
RFC 8098. A receipt goes with the null reverse-path, like every report."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.delivery.delivery import Delivery
from posthouse.directory import parse_address
from posthouse.directory.errors import BadAddress
from posthouse.message.fields import values_of
from posthouse.model.address import Address
from posthouse.model.flags import Flag
from posthouse.model.ids import MessageId
from posthouse.model.refusals import MessageNotFound
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.people import RECIPIENT, Person, person_of
from posthouse.protocols.mapi.mime.receipts import make_receipt
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.identity import own_counter
from posthouse.servers.mapi.people import People
from posthouse.store.content import content_fields
from posthouse.store.objects import StoredMessage, find_message, load_form

from .reading import read_message

MOST = 100
"""Receipts for one operation."""
_WISH = b"disposition-notification-to"


class Receipt(NamedTuple):
    data: bytes
    to: Address


@dataclass(frozen=True, slots=True)
class Receipts:
    """One for a worker."""

    delivery: Delivery
    people: People

    async def of_unread(self, folder: OpenFolder, ids: Collection[ObjectId]) -> list[Receipt]:
        """For those of the messages that nobody has read, before they go. Nobody but the owner of a mailbox tells what
        was read there."""
        logon = folder.logon
        if logon.access.account != logon.mailbox.account:
            return []
        return await logon.store.scan(self._make, folder, ids, logon.store.clock())

    async def send(self, receipts: Collection[Receipt]) -> None:
        for receipt in receipts:
            await self.delivery.report(receipt.data, receipt.to)

    def _make(self, tx: Transaction, folder: OpenFolder, ids: Collection[ObjectId], at: float) -> list[Receipt]:
        book, mailbox = self.people.at(tx), folder.logon.mailbox
        reader = Person(mailbox.name or mailbox.address, mailbox.address)
        domain = parse_address(mailbox.address).domain
        found: list[Receipt] = []
        for row in _unread(tx, folder, ids):
            original = read_message(tx, folder.logon.store.blobs, mailbox.account, row, book).tree
            receipt = make_receipt(original, reader, False, at, book)
            to = None if receipt is None else person_of(RECIPIENT, receipt.recipients[0].properties, book)
            address = None if to is None else _address(to.address)
            if receipt is None or address is None:
                continue
            data = to_mime(receipt, Writing(secrets.token_bytes(16), domain, at, book=book))
            found.append(Receipt(data, address))
            if len(found) == MOST:
                break
        return found


def _unread(tx: Transaction, folder: OpenFolder, ids: Collection[ObjectId]) -> Iterator[StoredMessage]:
    """Those whose sender may have asked for it."""
    account, elsewhere = folder.account, folder.facts(tx).is_search
    for number in ids:
        try:
            row = find_message(tx, account, MessageId(own_counter(number) or 0))
        except MessageNotFound:
            continue
        if row.uid is None or row.flags & Flag.SEEN or not (elsewhere or row.folder == folder.folder):
            continue
        kept = content_fields(tx, row.content)  # not of every header
        if not kept or _WISH in values_of(kept) or load_form(tx, account, row) is not None:
            yield row


def _address(text: str) -> Address | None:
    try:
        return parse_address(text)
    except BadAddress:
        return None
