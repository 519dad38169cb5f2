"""What a client in cached mode does not see of a mailbox: what was deleted and can be recovered, texts of messages and
of the versions in them, also in folders that went as a whole; and what it sees of associated messages, as a table has
it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cached_copy import Beside
from mapi_session import LOGON

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.conflicts import MOST_VERSIONS
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.property_rows import RowReader, read_row
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.attachment import AttachmentOpenMode, RopOpenAttachmentRequest
from posthouse.protocols.mapi.rops.base import RopRequest
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    FolderOpenFlags,
    HierarchyTableFlags,
    RopGetContentsTableRequest,
    RopGetHierarchyTableRequest,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
)
from posthouse.protocols.mapi.rops.message_status import MessageStatusFlags
from posthouse.protocols.mapi.rops.table import (
    AsynchronousFlags,
    QueryRowsFlags,
    RopQueryRowsRequest,
    RopQueryRowsResponse,
    RopSetColumnsRequest,
    RopSetColumnsResponse,
)
from posthouse.servers.mapi.identity import counter_of

if TYPE_CHECKING:
    from cached_mode import CachedClient


def recoverable_texts(client: CachedClient) -> set[str]:
    folders = [one.id for one in client.copy.folders.values()] + deleted_folders(client)
    return {text for folder in folders for text in _texts_in(client, folder)}


def deleted_folders(client: CachedClient) -> list[ObjectId]:
    """Directly below the subtree."""
    slot = client.slot()
    rop = RopGetHierarchyTableRequest(0, client.subtree, slot, HierarchyTableFlags.SOFT_DELETES)
    return [_id(number) for (number,) in _rows(client, rop, slot, tags.PidTagFolderId)]


def associated_in(client: CachedClient, folder: ObjectId) -> list[Beside]:
    """As a table shows them."""
    slot, table = client.open(folder), client.slot()
    rop = RopGetContentsTableRequest(0, slot, table, ContentsTableFlags.ASSOCIATED)
    found = _rows(client, rop, table, tags.PidTagNormalizedSubject, tags.PidTagBody)
    client.release(slot)
    return sorted((subject, body.strip()) for subject, body in found)


def _texts_in(client: CachedClient, folder: ObjectId) -> Iterator[str]:
    slot, columns = client.open(folder, FolderOpenFlags.OPEN_SOFT_DELETED), (tags.PidTagMid, tags.PidTagBody)
    for flags in (ContentsTableFlags(0), ContentsTableFlags.ASSOCIATED):
        table = client.slot()
        rop = RopGetContentsTableRequest(0, slot, table, ContentsTableFlags.SOFT_DELETES | flags)
        for number, body, status in _rows(client, rop, table, *columns, tags.PidTagMessageStatus):
            yield body.strip()
            if status & MessageStatusFlags.msInConflict:
                yield from _texts_of_versions(client, folder, _id(number))
    client.release(slot)


def _texts_of_versions(client: CachedClient, folder: ObjectId, message: ObjectId) -> Iterator[str]:
    opened, soft = client.slot(), MessageOpenMode.OPEN_SOFT_DELETED
    client.get(RopOpenMessageRequest(0, LOGON, opened, LOGON_CODE_PAGE, folder, soft, message), RopOpenMessageResponse)
    for number in range(MOST_VERSIONS):
        part = client.slot()
        if client.error(RopOpenAttachmentRequest(0, opened, part, AttachmentOpenMode.READ_ONLY, number)) == 0:
            within = client.message_within(part, MessageOpenMode.READ_ONLY)
            yield client.value(within, tags.PidTagBody).strip()
            client.release(within)
        client.release(part)
    client.release(opened)


def _rows(client: CachedClient, rop: RopRequest, table: int, *columns: PropertyTag) -> list[tuple[Any, ...]]:
    """Of a table, as it is when it is opened by this operation."""
    assert client.error(rop) == 0
    client.get(RopSetColumnsRequest(0, table, AsynchronousFlags(0), columns), RopSetColumnsResponse)
    told = client.get(RopQueryRowsRequest(0, table, QueryRowsFlags(0), True, 1000), RopQueryRowsResponse, columns)
    client.release(table)
    return [read_row(RowReader(row, columns), columns) for row in told.rows]


def _id(number: int) -> ObjectId:
    return ObjectId(OWN_REPLICA, counter_of(number) or 0)
