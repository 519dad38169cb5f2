"""Tables of messages – [MS-OXCFOLD] 2.2.1.14, 3.2.5.14.

A table keeps the ids of its messages and nothing else of them. What it is usually ordered and chosen by stands in
columns of the store and is read in one pass; for anything else the pass reads whole rows.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from posthouse.database import Row, Transaction
from posthouse.model.ids import FolderId
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.matching import Matchable, matches
from posthouse.protocols.mapi.mime.people import (
    READ_RECEIPT,
    RECEIVED_BY,
    RECEIVED_REPRESENTING,
    SENDER,
    SENT_REPRESENTING,
)
from posthouse.protocols.mapi.object_row import ObjectRow
from posthouse.protocols.mapi.objects import Attachment, Key, Message, Properties
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.restrictions import Direction, SortOrder
from posthouse.protocols.mapi.rops.folder import ContentsTableFlags
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.messages.attachment import attachment_properties
from posthouse.servers.mapi.messages.properties import PLACED, STORE
from posthouse.servers.mapi.people import People
from posthouse.store.listing import PIECE, Listed, Listing, changed_ids, listed, scan_columns, scan_rows, version_of
from posthouse.store.objects import ASSOCIATED, DELETED, DELETED_ASSOCIATED, NORMAL, count_aside

from .columns import TableColumns
from .mail_rows import MailRows
from .merging import Order
from .message_rows import MessageRows
from .selection import ExactRow, Selected, Wanted, select
from .source import Kind, Source
from .store_columns import ORDERED_BY, ROUGH, Field, asks_exactly, columns_of, fields_of, rows_of, told_exactly

DEFAULT = (SortOrder(tags.PidTagMessageDeliveryTime, Direction.DESCENDING),)
"""No order is documented; clients show the newest first."""


class MessagesSource(Source):
    """Messages of one state, of some folder or of several."""

    kind = Kind.CONTENTS

    def __init__(self, opened: OpenFolder, people: People, state: int = NORMAL) -> None:
        super().__init__(opened.logon)
        self.opened, self._people, self.folder = opened, people, opened.folder
        self.listing = Listing(opened.account, opened.folder, state)

    def rights_on(self, tx: Transaction, folder: FolderId) -> Right:
        """ecNotFound where the client may not know of it, ecAccessDenied where it may not look into it."""
        rights = self.logon.rights_on(tx, folder)
        if not rights & Right.LOOKUP:
            raise RopError(ErrorCode.ecNotFound)
        if not rights & Right.READ:
            raise RopError(ErrorCode.ecAccessDenied)
        return rights

    async def matching(self, keys: Sequence[int], wanted: Wanted) -> set[int]:
        return set((await self.logon.store.scan(self.select_in, wanted, keys)).lines)

    def select_in(self, tx: Transaction, wanted: Wanted, ids: Sequence[int] | None) -> Selected:
        return select(self.candidates(tx, wanted, ids), wanted)

    def candidates(self, tx: Transaction, wanted: Wanted, ids: Sequence[int] | None) -> Iterable[tuple[int, Matchable]]:
        """All of the folder, or those of `ids`."""
        return self.candidates_of(tx, self.listing, wanted, ids)

    def candidates_of(
        self, tx: Transaction, listing: Listing, wanted: Wanted, ids: Sequence[int] | None
    ) -> Iterable[tuple[int, Matchable]]:
        fields = fields_of(wanted, has_content=listing.state in (NORMAL, DELETED))
        if fields is None:
            found: Iterable[Listed] = scan_rows(tx, listing) if ids is None else self._listed(tx, ids).values()
            return self._read(tx, wanted, found)
        if not asks_exactly(wanted):
            return rows_of(scan_columns(tx, listing, columns_of(fields), ids), fields)
        return self._exactly(tx, wanted, scan_columns(tx, listing, (*columns_of(fields), "kept"), ids), fields)

    def _exactly(
        self, tx: Transaction, wanted: Wanted, rows: Iterator[Row], fields: Mapping[PropertyTag, Field]
    ) -> Iterator[tuple[int, Matchable]]:
        """What clients have made has values of its own, which its columns tell roughly."""
        told = told_exactly(wanted)
        while piece := list(islice(rows, PIECE)):
            made = {row[0] for row in piece if row[-1]}
            known = list(rows_of(piece, fields))
            asked = [key for key, row in known if key in made and matches(told, row, wanted.text_key)]
            read = dict(self._read(tx, wanted, self._listed(tx, asked).values()))
            for key, row in known:
                yield key, ExactRow(row, read[key], ROUGH) if key in read else row

    def _read(self, tx: Transaction, wanted: Wanted, found: Iterable[Listed]) -> Iterator[tuple[int, ObjectRow]]:
        asked = {wanted.key_of(tag) for tag in (*wanted.tags(), tags.PidTagRead)}
        rows = MessageRows(self.logon, {key for key in asked if key is not None})
        book = self._people.at(tx)
        for one in found:
            properties, message = rows.read(tx, book, one, Right.READ)
            if message is not None and tags.PidTagMessageAttachments.id in asked:
                message = _with_told_attachments(message)
            yield one.row.id, ObjectRow(properties, wanted.names, message)

    def _rights_in(self, tx: Transaction, found: Iterable[Listed]) -> Mapping[FolderId, Right]:
        return {folder: self.rights_on(tx, folder) for folder in {one.row.folder for one in found}}

    def _listed(self, tx: Transaction, ids: Sequence[int]) -> Mapping[Any, Listed]:
        return listed(tx, self.listing.account, self.listing.state, ids)

    async def rows(self, keys: Sequence[int], wanted: Collection[Key]) -> Mapping[int, Properties]:
        return await self.logon.store.scan(self._rows, keys, MessageRows(self.logon, wanted))

    def _rows(self, tx: Transaction, keys: Sequence[int], rows: MessageRows) -> Mapping[int, Properties]:
        found, book = self._listed(tx, keys), self._people.at(tx)
        rights = self._rights_in(tx, found.values())
        return {number: rows.read(tx, book, one, rights[one.row.folder])[0] for number, one in found.items()}

    async def written(self, keys: Sequence[int], columns: TableColumns) -> Mapping[int, bytes]:
        return await self.logon.store.scan(self._written, keys, columns)

    def _written(self, tx: Transaction, keys: Sequence[int], columns: TableColumns) -> Mapping[int, bytes]:
        mail = MailRows.of(self.logon.mailbox, columns.tags, columns.keys)
        found, written = self._listed(tx, keys), dict[int, bytes]()
        rights = self._rights_in(tx, found.values())
        others = []
        for number, one in found.items():
            row = mail.row(one, rights[one.row.folder]) if mail is not None else None
            if row is None:
                others.append(one)
            else:
                written[number] = row
        rows, book = MessageRows(self.logon, columns.wanted), self._people.at(tx)
        for one in others:
            written[one.row.id] = columns.format(rows.read(tx, book, one, rights[one.row.folder])[0])
        return written

    def columns(self) -> Sequence[PropertyTag]:
        return tuple(dict.fromkeys((*ORDERED_BY, *PLACED, *STORE, *_USUAL)))


class ContentsSource(MessagesSource):
    """What is in one folder."""

    def __init__(self, opened: OpenFolder, people: People, flags: ContentsTableFlags) -> None:
        super().__init__(opened, people, _state(flags))

    async def version(self) -> Any:
        return await self.logon.store.read(self._find_version)

    def _find_version(self, tx: Transaction) -> Any:
        if not self.logon.mailbox.owner:
            self.rights_on(tx, self.listing.folder)
        found = version_of(tx, *self.listing[:2])
        if found is None and not self.opened.deleted:
            raise RopError(ErrorCode.ecObjectDeleted)
        return found

    async def count(self) -> int:
        return await self.logon.store.read(self._count)

    def _count(self, tx: Transaction) -> int:
        facts = self.opened.facts(tx)
        if not facts.rights & Right.READ:
            raise RopError(ErrorCode.ecAccessDenied)
        if self.listing.state == NORMAL:
            return facts.folder.total
        return count_aside(tx, *self.listing[:2]).get(self.listing.state, (0, 0))[0]

    async def select(self, wanted: Wanted) -> Selected:
        return await self.logon.store.scan(self.select_in, ordered(wanted), None)

    async def merge(self, lines: array[int], since: Any, wanted: Wanted) -> array[int] | None:
        if not wanted.is_flat or self.listing.state != NORMAL or since is None:
            return None
        return await self.logon.store.scan(self._merge, lines, since, ordered(wanted))

    def _merge(self, tx: Transaction, lines: array[int], since: Any, wanted: Wanted) -> array[int] | None:
        found = changed_ids(tx, self.listing, since)
        if found is None:
            return None
        came, gone = found
        away = came | gone
        merged = array("q", [line for line in lines if line not in away])
        order = Order(wanted, lambda ids: dict(self.candidates(tx, wanted, ids)))
        for key, row in list(self.candidates(tx, wanted, sorted(came))):
            if wanted.matches(row):
                merged.insert(order.place(merged, key, row), key)
        return merged


_USUAL: tuple[PropertyTag, ...] = (
    *(tags.PidTagMessageClass, tags.PidTagMessageFlags, tags.PidTagSubjectPrefix, tags.PidTagConversationTopic),
    *(tags.PidTagDisplayTo, tags.PidTagDisplayCc, tags.PidTagDisplayBcc, tags.PidTagImportance, tags.PidTagPriority),
    *(tags.PidTagSensitivity, tags.PidTagHasAttachments, tags.PidTagInternetMessageId, tags.PidTagConversationId),
    *(tags.PidTagConversationIndex, tags.PidTagIconIndex, tags.PidTagFlagStatus, tags.PidTagLastVerbExecuted),
    *(tags.PidTagAccess, tags.PidTagAccessLevel, tags.PidTagDepth, tags.PidTagRowType, tags.PidTagInstanceNum),
    *(tags.PidTagLastModificationTime, tags.PidTagCreationTime, tags.PidTagBody, tags.PidTagTransportMessageHeaders),
    *(tags.PidTagHtml, tags.PidTagRtfCompressed, tags.PidTagNativeBody, tags.PidTagRtfInSync, tags.PidTagSearchKey),
    *(tags.PidTagInternetCodepage, tags.PidTagMessageCodepage, tags.PidTagMessageLocaleId, tags.PidTagMessageStatus),
    *(tags.PidTagHasNamedProperties, tags.PidTagLastModifierName, tags.PidTagLocalCommitTime),
    *(*SENDER, *SENT_REPRESENTING, *RECEIVED_BY, *RECEIVED_REPRESENTING, *READ_RECEIPT),
    *(tags.PidTagReplyRecipientEntries, tags.PidTagReplyRecipientNames, tags.PidTagOriginatorDeliveryReportRequested),
    *(tags.PidTagMessageToMe, tags.PidTagMessageCcMe, tags.PidTagMessageRecipientMe),
    *(tags.PidTagReadReceiptRequested, tags.PidTagNonReceiptNotificationRequested),
    *(tags.PidTagConversationIndexTracking, tags.PidTagInternetReferences, tags.PidTagInReplyToId),
)


def _with_told_attachments(message: Message) -> Message:
    """With all that a table of attachments tells of them."""
    told = [Attachment(one.number, attachment_properties(one), one.embedded) for one in message.attachments]
    return Message(message.properties, message.recipients, told)


def _state(flags: ContentsTableFlags) -> int:
    if ContentsTableFlags.SOFT_DELETES in flags:
        return DELETED_ASSOCIATED if ContentsTableFlags.ASSOCIATED in flags else DELETED
    return ASSOCIATED if ContentsTableFlags.ASSOCIATED in flags else NORMAL


def ordered(wanted: Wanted) -> Wanted:
    return wanted if wanted.orders else replace(wanted, orders=DEFAULT)
