"""Operations of synchronization: what the client sends – [MS-OXCROPS] 2.2.13.2 to 2.2.13.7, [MS-OXCFXICS] 2.2.3.2.4.

Ids of folders and messages are source keys, as the client may have made them.
"""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.compositions import All, Size
from posthouse.protocols.mapi.enumerations import Flags
from posthouse.protocols.mapi.fields import FID, MID, U8, Bool8, Bytes16, Bytes32, Counted16, Value
from posthouse.protocols.mapi.structures import Structure, structure

from .base import RopRequest, RopResponse, rop


@rop(0x7E)
class RopSynchronizationOpenCollectorRequest(RopRequest):
    """2.2.13.7."""

    output_handle_index: U8
    is_contents_collector: Bool8


@rop(0x7E)
class RopSynchronizationOpenCollectorResponse(RopResponse):
    """Nothing but the prefix."""


class ImportFlag(Flags):
    """[MS-OXCFXICS] 2.2.3.2.4.2.1."""

    ASSOCIATED = 0x10
    FAIL_ON_CONFLICT = 0x40


@rop(0x72)
class RopSynchronizationImportMessageChangeRequest(RopRequest):
    """2.2.13.2."""

    output_handle_index: U8
    import_flag: Annotated[ImportFlag, U8]
    property_values: Counted16[Value]


@rop(0x72)
class RopSynchronizationImportMessageChangeResponse(RopResponse):
    message_id: MID


@structure
class MessageReadState(Structure):
    """2.2.13.3.1.1."""

    message_id: Bytes16
    mark_as_read: Bool8


@rop(0x80)
class RopSynchronizationImportReadStateChangesRequest(RopRequest):
    """2.2.13.3."""

    message_read_states: Annotated[tuple[MessageReadState, ...], All(), Size("H")]


@rop(0x80)
class RopSynchronizationImportReadStateChangesResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x73)
class RopSynchronizationImportHierarchyChangeRequest(RopRequest):
    """2.2.13.4."""

    hierarchy_values: Counted16[Value]
    property_values: Counted16[Value]


@rop(0x73)
class RopSynchronizationImportHierarchyChangeResponse(RopResponse):
    folder_id: FID


class ImportDeleteFlags(Flags):
    """[MS-OXCFXICS] 2.2.3.2.4.5.1."""

    HIERARCHY = 0x01
    HARD_DELETE = 0x02


@rop(0x74)
class RopSynchronizationImportDeletesRequest(RopRequest):
    """2.2.13.5."""

    import_delete_flags: Annotated[ImportDeleteFlags, U8]
    property_values: Counted16[Value]
    """One, of several binaries."""


@rop(0x74)
class RopSynchronizationImportDeletesResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x78)
class RopSynchronizationImportMessageMoveRequest(RopRequest):
    """2.2.13.6."""

    source_folder_id: Bytes32
    source_message_id: Bytes32
    predecessor_change_list: Bytes32
    destination_message_id: Bytes32
    change_number: Bytes32


@rop(0x78)
class RopSynchronizationImportMessageMoveResponse(RopResponse):
    message_id: MID
