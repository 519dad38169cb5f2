"""Operations that open tables – [MS-OXCFOLD] 3.2.5.13, 3.2.5.14, [MS-OXCMSG] 3.2.5.17."""

from __future__ import annotations

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.attachment import RopGetAttachmentTableRequest, RopGetAttachmentTableResponse
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    HierarchyTableFlags,
    RopGetContentsTableRequest,
    RopGetContentsTableResponse,
    RopGetHierarchyTableRequest,
    RopGetHierarchyTableResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.notifications.table_news import TableNews
from posthouse.servers.mapi.notifications.watching import Watchers
from posthouse.servers.mapi.people import People
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.servers.mapi.tables.attachments import AttachmentsSource
from posthouse.servers.mapi.tables.contents import ContentsSource, MessagesSource
from posthouse.servers.mapi.tables.gathered import ConversationsSource, SearchSource
from posthouse.servers.mapi.tables.hierarchy import HierarchySource
from posthouse.servers.mapi.tables.table import Table

from .message import message_of
from .objects import as_folder
from .processor import Call, Handler

COUNTED = 10
"""Bytes of a response with RowCount."""


class TableOpeningRops:
    """One for a worker."""

    def __init__(self, people: People, watchers: Watchers) -> None:
        self._people, self._watchers = people, watchers

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopGetHierarchyTableRequest: self.get_hierarchy_table,
            RopGetContentsTableRequest: self.get_contents_table,
            RopGetAttachmentTableRequest: get_attachment_table,
        }

    async def get_contents_table(self, call: Call, rop: RopGetContentsTableRequest) -> bytes:
        """3.2.5.14."""
        call.require(COUNTED)
        folder = as_folder(call.object(rop))
        if rop.table_flags & ~sum(ContentsTableFlags):
            raise RopError(ErrorCode.ecInvalidParameter)
        source = await self._source(folder, rop.table_flags)
        count = await source.count()
        table = Table(source, call.session.codec)
        if ContentsTableFlags.NO_NOTIFICATIONS in rop.table_flags:
            call.put(rop.output_handle_index, table)
        else:
            await self._put(call, rop.output_handle_index, table)
        return RopGetContentsTableResponse(rop.response_index, count).format()

    async def get_hierarchy_table(self, call: Call, rop: RopGetHierarchyTableRequest) -> bytes:
        """3.2.5.13."""
        call.require(COUNTED)
        folder = as_folder(call.object(rop))
        if rop.table_flags & ~sum(HierarchyTableFlags):
            raise RopError(ErrorCode.ecNotSupported)
        source = HierarchySource(folder, rop.table_flags)
        count = await source.count()
        table = Table(source, call.session.codec)
        if HierarchyTableFlags.NO_NOTIFICATIONS in rop.table_flags:
            call.put(rop.output_handle_index, table)
        else:
            quiet = HierarchyTableFlags.SUPPRESSES_NOTIFICATIONS in rop.table_flags
            await self._put(call, rop.output_handle_index, table, quiet=quiet)
        return RopGetHierarchyTableResponse(rop.response_index, count).format()

    async def _put(self, call: Call, index: int, table: Table, *, quiet: bool = False) -> None:
        """With news of its rows ([MS-OXCNOTIF] 3.1.4.3)."""
        news = TableNews(table, call.session.news, quiet=quiet)
        watcher = self._watchers.of(table.source.logon)
        news.until_closed(await watcher.add(news, call.session.news))
        table.at_close = news.close
        call.put(index, table)
        news.begin(call.handle(index))

    async def _source(self, folder: OpenFolder, flags: ContentsTableFlags) -> MessagesSource:
        """ConversationMembers is for the root of a mailbox and for public folders (R1025); elsewhere, for nothing."""
        facts = await folder.logon.store.read(folder.facts)
        has_conversations = folder.folder == own_folder(Special.ROOT) or folder.logon.mailbox.is_public
        if ContentsTableFlags.CONVERSATION_MEMBERS in flags and has_conversations:
            return ConversationsSource(folder, self._people)
        if facts.is_search and not flags & (ContentsTableFlags.ASSOCIATED | ContentsTableFlags.SOFT_DELETES):
            return SearchSource(folder, self._people)
        return ContentsSource(folder, self._people, flags)


async def get_attachment_table(call: Call, rop: RopGetAttachmentTableRequest) -> bytes:
    """[MS-OXCMSG] 3.2.5.17."""
    source = AttachmentsSource(message_of(call, rop))
    call.put(rop.output_handle_index, Table(source, call.session.codec))
    return RopGetAttachmentTableResponse(rop.response_index).format()
