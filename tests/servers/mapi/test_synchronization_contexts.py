"""Which operations give something that others need, against a real hub. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from mapi_session import mapi_hub
from mapi_sync import ALL, EXTRA, LATER, NO_FLAG, Replica, SyncSession

from posthouse.protocols.mapi.fast_transfer.markers import MetaTagCnsetSeen
from posthouse.protocols.mapi.fast_transfer.predecessors import predecessors_of
from posthouse.protocols.mapi.rop_buffer import EMPTY
from posthouse.protocols.mapi.rops.base import RopRequest
from posthouse.protocols.mapi.rops.fast_transfer import (
    CopyToFlags,
    DestinationCopyFlags,
    FolderCopyFlags,
    MessagesCopyFlags,
    PropertiesCopyFlags,
    RopFastTransferDestinationConfigureRequest,
    RopFastTransferDestinationPutBufferRequest,
    RopFastTransferSourceCopyFolderRequest,
    RopFastTransferSourceCopyMessagesRequest,
    RopFastTransferSourceCopyPropertiesRequest,
    RopFastTransferSourceCopyToRequest,
    RopFastTransferSourceGetBufferRequest,
    SendOptions,
    SourceOperation,
)
from posthouse.protocols.mapi.rops.synchronization import (
    RopSynchronizationConfigureRequest,
    RopSynchronizationGetTransferStateRequest,
    RopSynchronizationUploadStateStreamBeginRequest,
    SynchronizationType,
)
from posthouse.protocols.mapi.rops.synchronization_upload import ImportFlag, RopSynchronizationOpenCollectorRequest
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

UNICODE = SendOptions.UNICODE
BAD = 1 << 6
"""In flags of one byte: it has no name."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture
def alice(hub) -> SyncSession:
    return SyncSession(hub, "alice")


Make = Callable[[SyncSession, int, int, int], RopRequest]
"""Of a folder's slot, that of what is given, and flags."""


def configuring(alice: SyncSession, folder: int, slot: int, bad: int) -> RopRequest:
    options = SendOptions(int(UNICODE) | (0x80 if bad else 0))
    return RopSynchronizationConfigureRequest(
        0, folder, slot, SynchronizationType.CONTENTS, options, ALL, None, EXTRA, ()
    )


def importing(alice: SyncSession, folder: int, slot: int, bad: int) -> RopRequest:
    flag = ImportFlag(2) if bad else NO_FLAG
    rop = alice.importing(
        *(alice.collector(folder), alice.new_key(), Replica().change(), predecessors_of([])), modified=LATER, flag=flag
    )
    return type(rop)(0, rop.handle_index, slot, rop.import_flag, rop.property_values)


DOWNLOADS: dict[str, Make] = {
    "copy to": lambda a, f, s, bad: RopFastTransferSourceCopyToRequest(
        0, f, s, 0, CopyToFlags(0x100 if bad else 0), UNICODE, ()
    ),
    "copy properties": lambda a, f, s, bad: RopFastTransferSourceCopyPropertiesRequest(
        0, f, s, 0, PropertiesCopyFlags(bad), UNICODE, ()
    ),
    "copy messages": lambda a, f, s, bad: RopFastTransferSourceCopyMessagesRequest(
        0, f, s, (), MessagesCopyFlags(bad), UNICODE
    ),
    "copy folder": lambda a, f, s, bad: RopFastTransferSourceCopyFolderRequest(0, f, s, FolderCopyFlags(bad), UNICODE),
    "configure": configuring,
    "state": lambda a, f, s, bad: RopSynchronizationGetTransferStateRequest(0, f if bad else a.collector(f), s),
}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_downloads(alice, name):
    """R384, R385, R455, R456, R487, R488, R511, R512, R669, R670, R765, R766, R351, R353, R355, R356, R346, R352: a
    context for buffers, if it succeeds and not otherwise."""
    folder, make = alice.opened_folder(), DOWNLOADS[name]
    for bad in (BAD, 0):
        slot = alice.slot()
        rop = make(alice, folder, slot, bad)
        assert (alice.error(rop) != 0) == bool(bad)
        assert (alice.handles[slot] == EMPTY) == bool(bad)
    alice.stream(slot)
    assert alice.error(RopFastTransferDestinationPutBufferRequest(0, slot, b"")) != 0


UPLOADS: dict[str, Make] = {
    "destination": lambda a, f, s, bad: RopFastTransferDestinationConfigureRequest(
        0, f, s, SourceOperation.COPY_TO, DestinationCopyFlags(bad)
    ),
    "collector": lambda a, f, s, bad: RopSynchronizationOpenCollectorRequest(0, a.collector(f) if bad else f, s, True),
    "message": importing,
}


@pytest.mark.parametrize("name", UPLOADS)
def test_uploads(alice, name):
    """R590, R591, R778, R779, R805, R806, R354, R357: a context to put something into, or the message, if it succeeds
    and not otherwise; nothing can be downloaded from it."""
    folder, make = alice.opened_folder(), UPLOADS[name]
    for bad in (BAD, 0):
        slot = alice.slot()
        rop = make(alice, folder, slot, bad)
        assert (alice.error(rop) != 0) == bool(bad)
        assert (alice.handles[slot] == EMPTY) == bool(bad)
    assert alice.error(RopFastTransferSourceGetBufferRequest(0, slot, 0x100)) != 0


def test_operations_of_one_kind_of_context(alice):
    """R331: what begins with RopSynchronization is not for contexts of FastTransfer; R332, R333: a buffer is got from
    both; R340: and from none any more that was released."""
    folder = alice.opened_folder()
    copying, configured = alice.slot(), alice.configured(folder, SynchronizationType.CONTENTS)
    assert alice.error(DOWNLOADS["copy folder"](alice, folder, copying, 0)) == 0
    begin = RopSynchronizationUploadStateStreamBeginRequest(0, copying, MetaTagCnsetSeen, 0)
    state = RopSynchronizationGetTransferStateRequest(0, copying, alice.slot())
    assert [alice.error(rop) for rop in (begin, state)] == [ErrorCode.ecNotSupported] * 2
    for context in (copying, configured):
        assert alice.stream(context)
        alice.release(context)
        assert alice.error(RopFastTransferSourceGetBufferRequest(0, context, 0x100)) == ErrorCode.ecInvalidObject
