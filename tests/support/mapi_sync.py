"""A client that keeps a copy: it synchronizes, and brings what it has done by itself ([MS-OXCFXICS]).

Every stream that it gets goes through the strict checker of the grammar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any
from uuid import UUID

import fx_checker
from mapi_folders import FolderSession
from mapi_session import LOGON

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import Deletions, ReadStateChanges, SyncState
from posthouse.protocols.mapi.fast_transfer.globsets import globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import IdSet, format_replguid_idset, idset
from posthouse.protocols.mapi.fast_transfer.markers import (
    MetaTagCnsetRead,
    MetaTagCnsetSeen,
    MetaTagCnsetSeenFAI,
    MetaTagIdsetGiven,
)
from posthouse.protocols.mapi.fast_transfer.parser import Parser
from posthouse.protocols.mapi.fast_transfer.parser.events import ChangeRead, FolderChangeRead
from posthouse.protocols.mapi.fast_transfer.parser.syncs import contents_sync, hierarchy_sync
from posthouse.protocols.mapi.fast_transfer.parser.syncs import state as state_root
from posthouse.protocols.mapi.fast_transfer.predecessors import PredecessorChangeList, Xid, parse_predecessors
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.rops.base import RopRequest
from posthouse.protocols.mapi.rops.fast_transfer import (
    RopFastTransferSourceGetBufferRequest,
    RopFastTransferSourceGetBufferResponse,
    SendOptions,
    TransferStatus,
)
from posthouse.protocols.mapi.rops.synchronization import (
    RopGetLocalReplicaIdsRequest,
    RopGetLocalReplicaIdsResponse,
    RopSynchronizationConfigureRequest,
    RopSynchronizationConfigureResponse,
    RopSynchronizationGetTransferStateRequest,
    RopSynchronizationGetTransferStateResponse,
    RopSynchronizationUploadStateStreamBeginRequest,
    RopSynchronizationUploadStateStreamContinueRequest,
    RopSynchronizationUploadStateStreamEndRequest,
    SynchronizationExtraFlags,
    SynchronizationFlags,
    SynchronizationType,
)
from posthouse.protocols.mapi.rops.synchronization_upload import (
    ImportDeleteFlags,
    ImportFlag,
    MessageReadState,
    RopSynchronizationImportDeletesRequest,
    RopSynchronizationImportHierarchyChangeRequest,
    RopSynchronizationImportMessageChangeRequest,
    RopSynchronizationImportMessageChangeResponse,
    RopSynchronizationImportMessageMoveRequest,
    RopSynchronizationImportReadStateChangesRequest,
    RopSynchronizationOpenCollectorRequest,
    RopSynchronizationOpenCollectorResponse,
)

ALL = (
    SynchronizationFlags.UNICODE
    | SynchronizationFlags.NORMAL
    | SynchronizationFlags.FAI
    | SynchronizationFlags.READ_STATE
)
EXTRA = SynchronizationExtraFlags.EID | SynchronizationExtraFlags.CN | SynchronizationExtraFlags.MESSAGE_SIZE
NOTHING = SyncState()
LIMIT = 64 * 1024 * 1024
STATE = {
    "given": MetaTagIdsetGiven,
    "seen": MetaTagCnsetSeen,
    "seen_fai": MetaTagCnsetSeenFAI,
    "read": MetaTagCnsetRead,
}
NO_FLAG, SOFTLY = ImportFlag(0), ImportDeleteFlags(0)
LATER = 1 << 40
"""In the times of properties, a day and more."""


class Replica:
    """A client's own file: where its changes have their names from."""

    _numbers = count(1)

    def __init__(self) -> None:
        self.guid = UUID(int=next(self._numbers))
        self._changes = count(1)

    def change(self) -> Xid:
        return Xid(self.guid, next(self._changes).to_bytes(4, "big"))


class Synced:
    """What came."""

    def __init__(self, data: bytes, root: Any) -> None:
        parser = Parser(root, 1252, LIMIT)
        events = [*parser.feed(data), *parser.finish()]
        self.data = data
        self.changes = [one for one in events if isinstance(one, ChangeRead)]
        self.folders = [one.properties for one in events if isinstance(one, FolderChangeRead)]
        self.deletions = next((one for one in events if isinstance(one, Deletions)), Deletions())
        self.reads = next((one for one in events if isinstance(one, ReadStateChanges)), ReadStateChanges())
        self.state = next(one for one in events if isinstance(one, SyncState))

    @property
    def subjects(self) -> list[str]:
        return [value_of(one.message.properties, tags.PidTagSubject) for one in self.changes]

    @property
    def is_empty(self) -> bool:
        return not (self.changes or self.folders or self.deletions != Deletions() or self.reads != ReadStateChanges())

    def change(self, subject: str) -> Properties:
        """The header of a message's change."""
        [found] = [one for one in self.changes if value_of(one.message.properties, tags.PidTagSubject) == subject]
        return found.header

    def folder(self, name: str) -> Properties:
        [found] = [one for one in self.folders if value_of(one, tags.PidTagDisplayName) == name]
        return found


def checked(data: bytes, check: Any, root: Any, how: fx_checker.Expected) -> Synced:
    check(data, how)
    return Synced(data, root)


def expected(options: Mapping[str, Any]) -> fx_checker.Expected:
    """Of a synchronization that was configured so."""
    flags = options.get("flags", ALL)
    return fx_checker.Expected(
        extra_flags=int(options.get("extra", EXTRA)) & 7,
        progress=SynchronizationFlags.PROGRESS in flags,
        no_foreign_identifiers=SynchronizationFlags.NO_FOREIGN_IDENTIFIERS in flags,
        no_deletions=SynchronizationFlags.NO_DELETIONS in flags,
        ignore_no_longer_in_scope=SynchronizationFlags.IGNORE_NO_LONGER_IN_SCOPE in flags,
        read_state=SynchronizationFlags.READ_STATE in flags,
        partial=SendOptions.PARTIAL_ITEM in options.get("send", SendOptions.UNICODE),
    )


def source_key(header: Properties) -> bytes:
    key: bytes = value_of(header, tags.PidTagSourceKey)
    return key


def predecessors(header: Properties) -> PredecessorChangeList:
    return parse_predecessors(value_of(header, tags.PidTagPredecessorChangeList))


def values(pairs: Mapping[PropertyTag, Any]) -> tuple[TaggedValue, ...]:
    return tuple(TaggedValue(tag, value) for tag, value in pairs.items())


class SyncSession(FolderSession):
    def stream(self, slot: int, size: int = 0x4000) -> bytes:
        """All of it."""
        parts = []
        while True:
            request = RopFastTransferSourceGetBufferRequest(0, slot, size)
            response = self.get(request, RopFastTransferSourceGetBufferResponse)
            parts.append(response.transfer_buffer)
            assert response.transfer_status in (TransferStatus.PARTIAL, TransferStatus.DONE)
            if response.transfer_status is TransferStatus.DONE:
                return b"".join(parts)

    def configured(self, folder: int, kind: SynchronizationType, state: SyncState = NOTHING, **options: Any) -> int:
        slot = self.slot()
        self.get(
            RopSynchronizationConfigureRequest(
                *(0, folder, slot, kind, options.get("send", SendOptions.UNICODE), options.get("flags", ALL)),
                *(options.get("restriction"), options.get("extra", EXTRA), options.get("tags", ())),
            ),
            RopSynchronizationConfigureResponse,
        )
        self.upload_state(slot, state)
        return slot

    def upload_state(self, slot: int, state: SyncState) -> None:
        for name, tag in STATE.items():
            ids: IdSet[UUID] | None = getattr(state, name)
            if ids is None:
                continue
            data = format_replguid_idset(ids)
            half = len(data) // 2
            responses = self.execute(
                RopSynchronizationUploadStateStreamBeginRequest(0, slot, tag, len(data)),
                RopSynchronizationUploadStateStreamContinueRequest(0, slot, data[:half]),
                RopSynchronizationUploadStateStreamContinueRequest(0, slot, data[half:]),
                RopSynchronizationUploadStateStreamEndRequest(0, slot),
            )
            assert [one.return_value for one in responses] == [0] * 4

    def contents(self, folder: int, state: SyncState = NOTHING, **options: Any) -> Synced:
        slot = self.configured(folder, SynchronizationType.CONTENTS, state, **options)
        data = self.stream(slot, options.get("size", 0x4000))
        self.release(slot)
        return checked(data, fx_checker.check_contents_sync, contents_sync, expected(options))

    def hierarchy(self, folder: int, state: SyncState = NOTHING, **options: Any) -> Synced:
        slot = self.configured(folder, SynchronizationType.HIERARCHY, state, **options)
        data = self.stream(slot)
        self.release(slot)
        return checked(data, fx_checker.check_hierarchy_sync, hierarchy_sync, expected(options))

    # what the client has done

    def collector(self, folder: int, state: SyncState = NOTHING, *, contents: bool = True) -> int:
        slot = self.slot()
        rop = RopSynchronizationOpenCollectorRequest(0, folder, slot, contents)
        self.get(rop, RopSynchronizationOpenCollectorResponse)
        self.upload_state(slot, state)
        return slot

    def transfer_state(self, context: int) -> SyncState:
        slot = self.slot()
        rop = RopSynchronizationGetTransferStateRequest(0, context, slot)
        self.get(rop, RopSynchronizationGetTransferStateResponse)
        data = self.stream(slot)
        self.release(slot)
        fx_checker.check_state(data)
        parser = Parser(state_root, 1252, LIMIT)
        [found] = [*parser.feed(data), *parser.finish()]
        assert isinstance(found, SyncState)
        return found

    def after(self, context: int, before: SyncState, *counters: int) -> SyncState:
        """The client's state when it has brought its changes: it notes by itself the ids of what is new (R2529)."""
        told = self.transfer_state(context)
        assert told.given is None
        replica, _ = self.new_ids(1)
        given = (before.given or idset({})) | idset({replica: globset_of(counters)})
        return SyncState(given, told.seen, told.seen_fai, told.read)

    def new_ids(self, size: int = 100) -> tuple[UUID, int]:
        """Their replica, and the first of them."""
        got = self.get(RopGetLocalReplicaIdsRequest(0, LOGON, size), RopGetLocalReplicaIdsResponse)
        return got.repl_guid, got.global_count

    def new_key(self) -> bytes:
        """The source key of an object that the client makes."""
        replica, first = self.new_ids(1)
        return replica.bytes_le + first.to_bytes(6, "big")

    def importing(
        self,
        collector: int,
        key: bytes,
        change: Xid,
        known: PredecessorChangeList,
        *,
        modified: int,
        flag: ImportFlag = NO_FLAG,
    ) -> RopSynchronizationImportMessageChangeRequest:
        header = {
            tags.PidTagSourceKey: key,
            tags.PidTagLastModificationTime: modified,
            tags.PidTagChangeKey: change.format(),
            tags.PidTagPredecessorChangeList: known.with_change(change).format(),
        }
        return RopSynchronizationImportMessageChangeRequest(0, collector, self.slot(), flag, values(header))

    def bring(
        self, rop: RopSynchronizationImportMessageChangeRequest, properties: Mapping[PropertyTag, Any]
    ) -> ObjectId:
        """The id of the message that was saved."""
        response = self.get(rop, RopSynchronizationImportMessageChangeResponse)
        assert response.message_id == ObjectId(0, 0)
        self.set(rop.output_handle_index, properties)
        message: ObjectId = self.saved(rop.output_handle_index)
        self.release(rop.output_handle_index)
        return message

    def importing_folder(
        self,
        collector: int,
        key: bytes,
        name: str,
        change: Xid,
        known: PredecessorChangeList,
        *,
        modified: int,
        parent: bytes = b"",
        others: Mapping[PropertyTag, Any] | None = None,
    ) -> RopSynchronizationImportHierarchyChangeRequest:
        header = {
            tags.PidTagParentSourceKey: parent,
            tags.PidTagSourceKey: key,
            tags.PidTagLastModificationTime: modified,
            tags.PidTagChangeKey: change.format(),
            tags.PidTagPredecessorChangeList: known.with_change(change).format(),
            tags.PidTagDisplayName: name,
        }
        return RopSynchronizationImportHierarchyChangeRequest(0, collector, values(header), values(others or {}))

    def deleting(self, collector: int, keys: Sequence[bytes], flags: ImportDeleteFlags = SOFTLY) -> RopRequest:
        tag = PropertyTag(0, MULTIPLE | PropertyType.BINARY)
        return RopSynchronizationImportDeletesRequest(0, collector, flags, (TaggedValue(tag, tuple(keys)),))

    def reading(self, collector: int, states: Mapping[bytes, bool]) -> RopRequest:
        told = tuple(MessageReadState(key, read) for key, read in states.items())
        return RopSynchronizationImportReadStateChangesRequest(0, collector, told)

    def moving(
        self, collector: int, folder: bytes, key: bytes, to: bytes, known: PredecessorChangeList, change: Xid
    ) -> RopRequest:
        told = known.format()
        return RopSynchronizationImportMessageMoveRequest(0, collector, folder, key, told, to, change.format())


def filled(
    session: SyncSession, place: tuple[int, str, ObjectId], *subjects: str
) -> tuple[list[Properties], SyncState]:
    """A folder with mail that the client has: what it got, header by header, and its state."""
    slot, path, _ = place
    session.fill(path, *subjects)
    first = session.contents(slot)
    return [first.change(subject) for subject in subjects], first.state
