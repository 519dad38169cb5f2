"""Operations of synchronization: what goes to the client – [MS-OXCFXICS] 3.2.5.9.1, 3.2.5.9.2, 3.2.5.9.3.1."""

from __future__ import annotations

from collections.abc import Iterator

from posthouse.model.rights import Right
from posthouse.protocols.mapi.fast_transfer.chunker import Steps
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import ExtraFlags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import state as state_element
from posthouse.protocols.mapi.fast_transfer.pieces import Piece
from posthouse.protocols.mapi.fast_transfer.writer import SendOptions, Writer
from posthouse.protocols.mapi.restriction_texts import in_unicode, parts_of, tags_of
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.synchronization import (
    RopGetLocalReplicaIdsRequest,
    RopSetLocalReplicaMidsetDeletedRequest,
    RopSynchronizationConfigureRequest,
    RopSynchronizationConfigureResponse,
    RopSynchronizationGetTransferStateRequest,
    RopSynchronizationGetTransferStateResponse,
    RopSynchronizationUploadStateStreamBeginRequest,
    RopSynchronizationUploadStateStreamBeginResponse,
    RopSynchronizationUploadStateStreamContinueRequest,
    RopSynchronizationUploadStateStreamContinueResponse,
    RopSynchronizationUploadStateStreamEndRequest,
    RopSynchronizationUploadStateStreamEndResponse,
    SynchronizationFlags,
    SynchronizationType,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.folders.search_known import Found
from posthouse.servers.mapi.people import People
from posthouse.servers.mapi.session import MailboxSession
from posthouse.servers.mapi.synchronization.collector import Collector
from posthouse.servers.mapi.synchronization.contents import contents_stream
from posthouse.servers.mapi.synchronization.download import Download, Make, Reading
from posthouse.servers.mapi.synchronization.hierarchy import HierarchyOrder, hierarchy_stream
from posthouse.servers.mapi.synchronization.order import Order
from posthouse.servers.mapi.synchronization.selection import Filter, keys_of
from posthouse.servers.mapi.synchronization.state import Uploading, as_state

from .fast_transfer import SEND_OPTIONS, require_known
from .local_ids import get_local_replica_ids, set_local_replica_midset_deleted
from .objects import as_folder
from .processor import Call, Handler

FLAGS = sum(SynchronizationFlags) & ~SynchronizationFlags.RESERVED
MOST_PARTS = 500
"""Of a restriction."""


class SynchronizationRops:
    """One for a worker."""

    def __init__(self, people: People) -> None:
        self._people = people

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopSynchronizationConfigureRequest: self.configure,
            RopSynchronizationUploadStateStreamBeginRequest: upload_state_stream_begin,
            RopSynchronizationUploadStateStreamContinueRequest: upload_state_stream_continue,
            RopSynchronizationUploadStateStreamEndRequest: upload_state_stream_end,
            RopSynchronizationGetTransferStateRequest: get_transfer_state,
            RopGetLocalReplicaIdsRequest: get_local_replica_ids,
            RopSetLocalReplicaMidsetDeletedRequest: set_local_replica_midset_deleted,
        }

    async def configure(self, call: Call, rop: RopSynchronizationConfigureRequest) -> bytes:
        """3.2.5.9.1.1. Of folders it tells no more than a table of them does, and needs no more."""
        folder = as_folder(call.object(rop))
        if SynchronizationFlags.RESERVED in rop.synchronization_flags:
            raise RopError(ErrorCode.ecRpcFormat)  # R2180; in words of Exchange
        require_known(rop.synchronization_flags, FLAGS)
        require_known(rop.send_options, SEND_OPTIONS)
        needed = Right.LOOKUP if rop.synchronization_type is SynchronizationType.HIERARCHY else Right.READ
        facts = await folder.logon.store.read(folder.require, needed)
        keys = await folder.logon.names.keys_of([tag.id for tag in rop.property_tags])
        only = SynchronizationFlags.ONLY_SPECIFIED_PROPERTIES in rop.synchronization_flags
        context = Synchronization(call.session, folder, rop, Filter(keys_of(keys), only))
        if rop.synchronization_type is SynchronizationType.CONTENTS:
            found = await folder.logon.searches.found(folder.logon, folder.folder) if facts.is_search else None
            context.make = await self._contents(context, found)
        elif rop.synchronization_type is SynchronizationType.HIERARCHY:
            context.make = _hierarchy(context)
        else:
            raise RopError(ErrorCode.ecInvalidParameter)
        call.put(rop.output_handle_index, context)
        return RopSynchronizationConfigureResponse(rop.output_handle_index).format()

    async def _contents(self, context: Synchronization, found: list[Found] | None) -> Make:
        rop, folder = context.rop, context.folder
        restriction, ids = rop.restriction, set[int]()
        if restriction is not None:
            parts = list(parts_of(restriction))
            if len(parts) > MOST_PARTS:
                raise RopError(ErrorCode.ecTooComplex)
            restriction = in_unicode(restriction, context.session.codec)
            ids = {tag.id for tag in tags_of(restriction)}
        keys = await folder.logon.names.keys_of(sorted(ids))
        names = {number: key for number, key in zip(sorted(ids), keys, strict=True) if key is not None}

        messages = None if found is None else [one.message for one in found if not one.is_gone]

        def make(reading: Reading, writer: Writer, steps: Steps) -> Iterator[Piece]:
            order = Order(
                folder.logon,
                self._people,
                folder.folder,
                messages,
                rop.synchronization_flags,
                ExtraFlags(int(rop.synchronization_extra_flags) & 0xF),
                context.wanted,
                restriction,
                names,
                context.uploading.state,
                SendOptions.PARTIAL_ITEM in context.options,
                SendOptions.RECOVER_MODE in context.options,
                context.ended,
            )
            return contents_stream(order, reading, writer, steps)

        return make


class Synchronization(Download):
    """The context of a download, which begins with the client's state."""

    def __init__(
        self,
        session: MailboxSession,
        folder: OpenFolder,
        rop: RopSynchronizationConfigureRequest,
        wanted: Filter,
    ) -> None:
        self.options = _options(rop)
        super().__init__(folder.logon, session, self.options)
        self.session, self.folder, self.rop, self.wanted = session, folder, rop, wanted
        self.memory = folder.logon.memory.another()
        self.uploading = Uploading(self.memory)
        self._final: SyncState | None = None

    def close(self) -> None:
        self.memory.give_back()

    def ended(self, final: SyncState) -> SyncState:
        self._final = final
        return final

    @property
    def state(self) -> SyncState:
        """As it was told, until all has been downloaded (R3503, R3506)."""
        contents = self.rop.synchronization_type is SynchronizationType.CONTENTS
        told = as_state(self.uploading.state, given=True, contents=contents)
        return self._final if self.is_done and self._final is not None else told


def _options(rop: RopSynchronizationConfigureRequest) -> SendOptions:
    """A client that does not ask for Unicode here does not know it (R2163)."""
    options = SendOptions(int(rop.send_options) & 0x1F)
    return options if SynchronizationFlags.UNICODE in rop.synchronization_flags else options & ~SendOptions.UNICODE


def _hierarchy(context: Synchronization) -> Make:
    rop, folder = context.rop, context.folder

    def make(reading: Reading, writer: Writer, steps: Steps) -> Iterator[Piece]:
        order = HierarchyOrder(
            folder.logon,
            folder.folder,
            rop.synchronization_flags,
            ExtraFlags(int(rop.synchronization_extra_flags) & 0xF),
            context.wanted,
            context.uploading.state,
            context.ended,
        )
        return hierarchy_stream(order, reading, writer, steps)

    return make


async def upload_state_stream_begin(call: Call, rop: RopSynchronizationUploadStateStreamBeginRequest) -> bytes:
    """3.2.5.9.2.1."""
    uploading_of(call, rop).begin(rop.state_property, rop.transfer_buffer_size)
    return RopSynchronizationUploadStateStreamBeginResponse(rop.handle_index).format()


async def upload_state_stream_continue(call: Call, rop: RopSynchronizationUploadStateStreamContinueRequest) -> bytes:
    """3.2.5.9.2.2."""
    uploading_of(call, rop).go_on(rop.stream_data)
    return RopSynchronizationUploadStateStreamContinueResponse(rop.handle_index).format()


async def upload_state_stream_end(call: Call, rop: RopSynchronizationUploadStateStreamEndRequest) -> bytes:
    """3.2.5.9.2.3."""
    uploading_of(call, rop).end()
    return RopSynchronizationUploadStateStreamEndResponse(rop.handle_index).format()


def uploading_of(call: Call, rop: RopRequest) -> Uploading:
    """Of a context that has not begun its download."""
    found = call.object(rop)
    if isinstance(found, Collector):
        return found.uploading
    if not isinstance(found, Synchronization):
        raise RopError(ErrorCode.ecNotSupported)
    if found.has_begun:
        raise RopError(ErrorCode.ecNotSupported)
    return found.uploading


async def get_transfer_state(call: Call, rop: RopSynchronizationGetTransferStateRequest) -> bytes:
    """3.2.5.9.3.1: what the client has, as a stream of nothing but that."""
    found = call.object(rop)
    if isinstance(found, Collector):
        final = as_state(found.uploading.state, given=False, contents=found.contents)
    elif isinstance(found, Synchronization):
        final = found.state
    else:
        raise RopError(ErrorCode.ecNotSupported)
    download = Download(found.logon, call.session, SendOptions.UNICODE)
    download.make = lambda reading, writer, steps: state_element(final)
    call.put(rop.output_handle_index, download)
    return RopSynchronizationGetTransferStateResponse(rop.output_handle_index).format()
