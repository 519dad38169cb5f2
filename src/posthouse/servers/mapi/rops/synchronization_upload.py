"""Operations of synchronization: what comes from the client – [MS-OXCFXICS] 3.2.5.9.4."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from enum import IntFlag

from posthouse.model.refusals import BadSyntax, Changed
from posthouse.model.rights import Right
from posthouse.protocols.mapi.fast_transfer.predecessors import parse_predecessors, parse_xid
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.objects import Properties
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyType, TaggedValue
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.synchronization_upload import (
    ImportDeleteFlags,
    RopSynchronizationImportDeletesRequest,
    RopSynchronizationImportDeletesResponse,
    RopSynchronizationImportHierarchyChangeRequest,
    RopSynchronizationImportHierarchyChangeResponse,
    RopSynchronizationImportMessageChangeRequest,
    RopSynchronizationImportMessageChangeResponse,
    RopSynchronizationImportMessageMoveRequest,
    RopSynchronizationImportMessageMoveResponse,
    RopSynchronizationImportReadStateChangesRequest,
    RopSynchronizationImportReadStateChangesResponse,
    RopSynchronizationOpenCollectorRequest,
    RopSynchronizationOpenCollectorResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.deleting import Way
from posthouse.servers.mapi.memory import weight_of_message
from posthouse.servers.mapi.messages.message import Mode, OpenMessage, initial_properties
from posthouse.servers.mapi.messages.reading import ReadMessage
from posthouse.servers.mapi.messages.receipts import Receipts
from posthouse.servers.mapi.messages.replacing import emptied
from posthouse.servers.mapi.people import People
from posthouse.servers.mapi.synchronization.collector import Collector
from posthouse.servers.mapi.synchronization.folder_imports import (
    folder_version_of,
    import_folder,
    import_folder_deletes,
)
from posthouse.servers.mapi.synchronization.imports import (
    ReadStateImport,
    import_deletes,
    version_of,
)
from posthouse.servers.mapi.synchronization.judging import Judging
from posthouse.servers.mapi.synchronization.moving import Moved, import_move
from posthouse.servers.mapi.synchronization.resolving import Brought
from posthouse.servers.mapi.values import kept

from .objects import as_folder
from .processor import Call, Handler

NOBODY = ObjectId(0, 0)
"""Ids of what was imported are not told: the client knows them (R3021)."""


class UploadRops:
    """One for a worker."""

    def __init__(self, people: People, receipts: Receipts) -> None:
        self._people, self._receipts = people, receipts

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopSynchronizationOpenCollectorRequest: open_collector,
            RopSynchronizationImportMessageChangeRequest: self.import_message_change,
            RopSynchronizationImportHierarchyChangeRequest: import_hierarchy_change,
            RopSynchronizationImportMessageMoveRequest: import_message_move,
            RopSynchronizationImportDeletesRequest: import_deletes_,
            RopSynchronizationImportReadStateChangesRequest: self.import_read_state_changes,
        }

    async def import_message_change(self, call: Call, rop: RopSynchronizationImportMessageChangeRequest) -> bytes:
        """3.2.5.9.4.2. What the client does with the message that it gets here is its version, when it is saved."""
        collector = collector_of(call, rop, contents=True)
        known_flags(rop.import_flag)
        judging = Judging(self._people, collector, version_of(rop.property_values), rop.import_flag)
        standing, logon, language = await judging.look(), collector.logon, call.session.language
        row, read = standing.judged.row, standing.read
        initial = initial_properties(logon, language, language.code_page, secrets.token_bytes(16))
        message = OpenMessage(
            logon,
            ReadMessage(emptied(initial, None if read is None else read.tree), None),
            Mode.READ_WRITE,
            standing.rights | Right.WRITE,
            folder=collector.folder.folder,
            row=row,
            associated=judging.associated if row is None else row.is_associated,
        )
        message.importing = Brought(judging, standing)
        call.put(rop.output_handle_index, message)
        message.memory.take(weight_of_message(read.tree) if read is not None else 0)
        return RopSynchronizationImportMessageChangeResponse(rop.output_handle_index, NOBODY).format()

    async def import_read_state_changes(
        self, call: Call, rop: RopSynchronizationImportReadStateChangesRequest
    ) -> bytes:
        """3.2.5.9.4.6."""
        collector = collector_of(call, rop, contents=True)
        states, store = [(one.message_id, one.mark_as_read) for one in rop.message_read_states], collector.logon.store
        work = ReadStateImport(collector, states, self._receipts)
        await store.write(work.write, await store.scan(work.awaited))
        return RopSynchronizationImportReadStateChangesResponse(rop.handle_index).format()


async def open_collector(call: Call, rop: RopSynchronizationOpenCollectorRequest) -> bytes:
    """3.2.5.9.4.1."""
    folder = as_folder(call.object(rop))
    await folder.logon.store.read(folder.facts)
    call.put(rop.output_handle_index, Collector(folder, contents=rop.is_contents_collector))
    return RopSynchronizationOpenCollectorResponse(rop.output_handle_index).format()


async def import_hierarchy_change(call: Call, rop: RopSynchronizationImportHierarchyChangeRequest) -> bytes:
    """3.2.5.9.4.3."""
    collector = collector_of(call, rop, contents=False)
    version = folder_version_of(rop.hierarchy_values)
    properties = await _kept(call, collector, rop.property_values)
    await collector.logon.store.write(import_folder, collector, version, properties)
    return RopSynchronizationImportHierarchyChangeResponse(rop.handle_index, NOBODY).format()


async def _kept(call: Call, collector: Collector, values: Sequence[TaggedValue]) -> Properties:
    """Strings in Unicode, names in place of their ids."""
    keys = await collector.logon.names.keys_of([value.tag.id for value in values])
    found: Properties = {}
    for key, value in zip(keys, values, strict=True):
        made = kept(value, call.session.codec)
        if key is not None and made is not None:
            found[key] = made
    return found


async def import_message_move(call: Call, rop: RopSynchronizationImportMessageMoveRequest) -> bytes:
    """3.2.5.9.4.4."""
    collector = collector_of(call, rop, contents=True)
    try:
        moved = Moved(
            rop.source_folder_id,
            rop.source_message_id,
            rop.destination_message_id,
            parse_xid(rop.change_number),
            parse_predecessors(rop.predecessor_change_list),
        )
    except BadSyntax:
        raise RopError(ErrorCode.ecInvalidParameter) from None
    try:
        is_current = await collector.logon.store.write(import_move, collector, moved, collector.logon.store.now())
    except Changed:
        raise RopError(ErrorCode.ecInvalidParameter) from None
    code = ErrorCode.ecSuccess if is_current else ErrorCode.NewerClientChange
    return RopSynchronizationImportMessageMoveResponse(rop.handle_index, NOBODY, return_value=code).format()


async def import_deletes_(call: Call, rop: RopSynchronizationImportDeletesRequest) -> bytes:
    """3.2.5.9.4.5."""
    known_flags(rop.import_delete_flags)
    folders = ImportDeleteFlags.HIERARCHY in rop.import_delete_flags
    collector = collector_of(call, rop, contents=not folders)
    if len(rop.property_values) != 1 or rop.property_values[0].tag.type != MULTIPLE | PropertyType.BINARY:
        raise RopError(ErrorCode.ecInvalidParameter)
    keys, hard = rop.property_values[0].value, ImportDeleteFlags.HARD_DELETE in rop.import_delete_flags
    assert isinstance(keys, tuple)
    store = collector.logon.store
    if folders:
        await store.write(import_folder_deletes, collector, keys, Way(hard, store.now()))
    else:
        await store.write(import_deletes, collector, keys, hard, store.now())
    return RopSynchronizationImportDeletesResponse(rop.handle_index).format()


def known_flags(flags: IntFlag) -> None:
    """ecInvalidParameter for bits that mean nothing (R3509, R2254)."""
    if int(flags) & ~sum(type(flags)):
        raise RopError(ErrorCode.ecInvalidParameter)


def collector_of(call: Call, rop: RopRequest, *, contents: bool) -> Collector:
    found = call.object(rop)
    if not isinstance(found, Collector) or found.contents is not contents:
        raise RopError(ErrorCode.ecNotSupported)
    return found
