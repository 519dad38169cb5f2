"""Operations of synchronization and of streams of objects, byte for byte. Statements are those of [MS-OXCROPS]."""

from __future__ import annotations

from uuid import UUID

import pytest
from rop_examples import check

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.property_rows import RowReader
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import Exist
from posthouse.protocols.mapi.rops.fast_transfer import (
    CopyToFlags,
    DestinationCopyFlags,
    FolderCopyFlags,
    MessagesCopyFlags,
    PropertiesCopyFlags,
    RopFastTransferDestinationConfigureRequest,
    RopFastTransferDestinationConfigureResponse,
    RopFastTransferDestinationPutBufferExtendedRequest,
    RopFastTransferDestinationPutBufferExtendedResponse,
    RopFastTransferDestinationPutBufferRequest,
    RopFastTransferDestinationPutBufferResponse,
    RopFastTransferSourceCopyFolderRequest,
    RopFastTransferSourceCopyFolderResponse,
    RopFastTransferSourceCopyMessagesRequest,
    RopFastTransferSourceCopyMessagesResponse,
    RopFastTransferSourceCopyPropertiesRequest,
    RopFastTransferSourceCopyPropertiesResponse,
    RopFastTransferSourceCopyToRequest,
    RopFastTransferSourceCopyToResponse,
    RopFastTransferSourceGetBufferBusyResponse,
    RopFastTransferSourceGetBufferRequest,
    RopFastTransferSourceGetBufferResponse,
    RopTellVersionRequest,
    RopTellVersionResponse,
    SendOptions,
    SourceOperation,
    TransferStatus,
)
from posthouse.protocols.mapi.rops.synchronization import (
    LongTermIdRange,
    RopGetLocalReplicaIdsRequest,
    RopGetLocalReplicaIdsResponse,
    RopSetLocalReplicaMidsetDeletedRequest,
    RopSetLocalReplicaMidsetDeletedResponse,
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
    SynchronizationExtraFlags,
    SynchronizationFlags,
    SynchronizationType,
)
from posthouse.protocols.mapi.rops.synchronization_upload import (
    ImportDeleteFlags,
    ImportFlag,
    MessageReadState,
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
from posthouse.protocols.mapi.structures import Structure
from posthouse.protocols.mapi.tags import PidTagBody, PidTagChangeKey, PidTagDisplayName, PidTagSourceKey, PidTagSubject

FOLDER, MESSAGE = ObjectId(1, 13), ObjectId(1, 0x123456789A)
FOLDER_BYTES, MESSAGE_BYTES = "0100 00000000000D", "0100 00123456789A"
GUID = UUID("11112222-3333-4444-5555-666677778888")
GUID_BYTES = "22221111333344445555666677778888"
RANGE = LongTermIdRange(LongTermId(GUID, 1), LongTermId(GUID, 9))
RANGE_BYTES = f"{GUID_BYTES} 000000000001 0000 {GUID_BYTES} 000000000009 0000"
SOURCE = TaggedValue(PidTagSourceKey, b"s")
KEYS = PropertyTag(0, PropertyType.BINARY | 0x1000)
STATE = PropertyTag(0x4017, PropertyType.INTEGER32)

DOWNLOAD: list[tuple[Structure, str]] = [
    (
        RopSynchronizationConfigureRequest(
            0,
            1,
            2,
            SynchronizationType.CONTENTS,
            SendOptions.UNICODE | SendOptions.FORCE_UNICODE,
            SynchronizationFlags.NORMAL | SynchronizationFlags.FAI | SynchronizationFlags.BEST_BODY,
            Exist(PidTagSubject),
            SynchronizationExtraFlags.EID | SynchronizationExtraFlags.CN,
            (PidTagBody,),
        ),
        "70 00 01 02 01 09 3020 0500 08 1F003700 05000000 0100 1F000010",
    ),
    (
        RopSynchronizationConfigureRequest(
            0,
            1,
            2,
            SynchronizationType.HIERARCHY,
            SendOptions(0),
            SynchronizationFlags(0),
            None,
            SynchronizationExtraFlags(0),
            (),
        ),
        "70 00 01 02 02 00 0000 0000 00000000 0000",
    ),
    (RopSynchronizationConfigureResponse(2), "70 02 00000000"),
    (RopSynchronizationUploadStateStreamBeginRequest(0, 2, STATE, 9), "75 00 02 03001740 09000000"),
    (RopSynchronizationUploadStateStreamContinueRequest(0, 2, b"state"), "76 00 02 05000000 7374617465"),
    (RopSynchronizationUploadStateStreamEndRequest(0, 2), "77 00 02"),
    (RopSynchronizationGetTransferStateRequest(0, 1, 2), "82 00 01 02"),
    (RopGetLocalReplicaIdsRequest(0, 0, 0x10000), "7F 00 00 00000100"),
    (RopGetLocalReplicaIdsResponse(0, GUID, 0x123456), f"7F 00 00000000 {GUID_BYTES} 000000123456"),
    (RopSetLocalReplicaMidsetDeletedRequest(0, 1, (RANGE,)), f"93 00 01 3400 01000000 {RANGE_BYTES}"),
    (RopSynchronizationUploadStateStreamBeginResponse(2), "75 02 00000000"),
    (RopSynchronizationUploadStateStreamContinueResponse(2), "76 02 00000000"),
    (RopSynchronizationUploadStateStreamEndResponse(2), "77 02 00000000"),
    (RopSynchronizationGetTransferStateResponse(2), "82 02 00000000"),
    (RopSetLocalReplicaMidsetDeletedResponse(1), "93 01 00000000"),
]


@pytest.mark.parametrize(("value", "encoded"), DOWNLOAD)
def test_download(value: Structure, encoded: str) -> None:
    """R3935, R3937, R3939, R3940, R3943, R4181, R4183, R4184, R4187, R4203, R4205, R4206, R4209, R4226, R4228, R4229,
    R4232, R4244, R4246, R4247, R4250, R4268, R4271, R4274, R4276, R4278, R4279, R4282, R4296, R4298, R4299, R4303,
    R4309: fields in their order. MS-OXCFXICS: R667, R668, R736, R737, R747, R748, R754, R755, R763, R764, R931, R932,
    R933, R3247, R935, R954, R955."""
    check(value, encoded)


UPLOAD: list[tuple[Structure, str]] = [
    (RopSynchronizationOpenCollectorRequest(0, 1, 2, True), "7E 00 01 02 01"),
    (
        RopSynchronizationImportMessageChangeRequest(
            0,
            1,
            2,
            ImportFlag.FAIL_ON_CONFLICT,
            (TaggedValue(PidTagSourceKey, b"s"), TaggedValue(PidTagChangeKey, b"c")),
        ),
        "72 00 01 02 40 0200 0201E065 0100 73 0201E265 0100 63",
    ),
    (RopSynchronizationImportMessageChangeResponse(2, MESSAGE), f"72 02 00000000 {MESSAGE_BYTES}"),
    (
        RopSynchronizationImportReadStateChangesRequest(
            0, 1, (MessageReadState(b"ab", True), MessageReadState(b"c", False))
        ),
        "80 00 01 0900 0200 6162 01 0100 63 00",
    ),
    (
        RopSynchronizationImportHierarchyChangeRequest(0, 1, (SOURCE,), (TaggedValue(PidTagDisplayName, "F"),)),
        "73 00 01 0100 0201E065 0100 73 0100 1F000130 46000000",
    ),
    (RopSynchronizationImportHierarchyChangeResponse(1, FOLDER), f"73 01 00000000 {FOLDER_BYTES}"),
    (
        RopSynchronizationImportDeletesRequest(
            0, 1, ImportDeleteFlags.HARD_DELETE, (TaggedValue(KEYS, (b"ab", b"c")),)
        ),
        "74 00 01 02 0100 02110000 02000000 0200 6162 0100 63",
    ),
    (
        RopSynchronizationImportMessageMoveRequest(0, 1, b"f", b"m", b"pcl", b"d", b""),
        "78 00 01 01000000 66 01000000 6D 03000000 70636C 01000000 64 00000000",
    ),
    (RopSynchronizationImportMessageMoveResponse(1, MESSAGE), f"78 01 00000000 {MESSAGE_BYTES}"),
    (
        RopSynchronizationImportMessageMoveResponse(1, MESSAGE, return_value=0x00040821),
        f"78 01 21080400 {MESSAGE_BYTES}",
    ),
    (RopSynchronizationOpenCollectorResponse(2), "7E 02 00000000"),
    (RopSynchronizationImportReadStateChangesResponse(1), "80 01 00000000"),
    (RopSynchronizationImportDeletesResponse(1), "74 01 00000000"),
]


@pytest.mark.parametrize(("value", "encoded"), UPLOAD)
def test_upload(value: Structure, encoded: str) -> None:
    """R3967, R3969, R3971, R3972, R3975, R3978, R4002, R4013, R4015, R4016, R4019, R4035, R4041, R4043, R4045, R4046,
    R4049, R4052, R4083, R4085, R4086, R4089, R4125, R4127, R4128, R4131, R4134, R4160, R4162, R4163, R4166, R4584:
    fields in their order; the read states have a size and no count. MS-OXCFXICS: R776, R777, R800, R801, R830, R831,
    R833, R870, R871, R878, R896, R897, R919, R920, R3060, R3778."""
    check(value, encoded)


FAST_TRANSFER: list[tuple[Structure, str]] = [
    (
        RopFastTransferDestinationConfigureRequest(0, 1, 2, SourceOperation.COPY_MESSAGES, DestinationCopyFlags.MOVE),
        "53 00 01 02 03 01",
    ),
    (RopFastTransferDestinationPutBufferRequest(0, 2, b"data"), "54 00 02 0400 64617461"),
    (
        RopFastTransferDestinationPutBufferResponse(2, TransferStatus.PARTIAL, 1, 9, 0, 4),
        "54 02 00000000 0100 0100 0900 00 0400",
    ),
    (
        RopFastTransferDestinationPutBufferResponse(2, return_value=0x80004005),
        "54 02 05400080 0000 0000 0000 00 0000",
    ),
    (
        RopFastTransferDestinationPutBufferExtendedResponse(2, TransferStatus.DONE, 1, 9, 0, 4),
        "9D 02 00000000 0300 01000000 09000000 00 0400",
    ),
    (RopFastTransferSourceGetBufferRequest(0, 2, 0x7000), "4E 00 02 0070"),
    (RopFastTransferSourceGetBufferRequest(0, 2, 0xBABE, 0x7800), "4E 00 02 BEBA 0078"),
    (
        RopFastTransferSourceGetBufferResponse(2, TransferStatus.DONE, 9, 9, 0, b"data"),
        "4E 02 00000000 0300 0900 0900 00 0400 64617461",
    ),
    (RopFastTransferSourceGetBufferResponse(2, return_value=0x4B9), "4E 02 B9040000 0000 0000 0000 00 0000"),
    (
        RopFastTransferSourceGetBufferBusyResponse(2, TransferStatus.PARTIAL, 1, 9, 0, 0, 1000, return_value=0x480),
        "4E 02 80040000 0100 0100 0900 00 0000 E8030000",
    ),
    (
        RopFastTransferSourceCopyFolderRequest(0, 1, 2, FolderCopyFlags.COPY_SUBFOLDERS, SendOptions.UNICODE),
        "4C 00 01 02 10 01",
    ),
    (
        RopFastTransferSourceCopyMessagesRequest(
            0, 1, 2, (MESSAGE,), MessagesCopyFlags.SEND_ENTRY_ID, SendOptions.UNICODE
        ),
        f"4B 00 01 02 0100 {MESSAGE_BYTES} 20 01",
    ),
    (
        RopFastTransferSourceCopyToRequest(0, 1, 2, 0, CopyToFlags.BEST_BODY, SendOptions.UNICODE, (PidTagBody,)),
        "4D 00 01 02 00 00200000 01 0100 1F000010",
    ),
    (
        RopFastTransferSourceCopyPropertiesRequest(
            0, 1, 2, 1, PropertiesCopyFlags.MOVE, SendOptions.UNICODE, (PidTagBody,)
        ),
        "69 00 01 02 01 01 01 0100 1F000010",
    ),
    (RopTellVersionRequest(0, 2, (15, 0x8000, 1)), "86 00 02 0F00 0080 0100"),
    (RopFastTransferDestinationConfigureResponse(2), "53 02 00000000"),
    (RopFastTransferDestinationPutBufferExtendedRequest(0, 2, b"data"), "9D 00 02 0400 64617461"),
    (RopFastTransferSourceCopyFolderResponse(2), "4C 02 00000000"),
    (RopFastTransferSourceCopyMessagesResponse(2), "4B 02 00000000"),
    (RopFastTransferSourceCopyToResponse(2), "4D 02 00000000"),
    (RopFastTransferSourceCopyPropertiesResponse(2), "69 02 00000000"),
    (RopTellVersionResponse(2), "86 02 00000000"),
]


@pytest.mark.parametrize(("value", "encoded"), FAST_TRANSFER)
def test_fast_transfer(value: Structure, encoded: str) -> None:
    """R3667, R3669, R3670, R3673, R3690, R3692, R3693, R3696, R3698, R3701, R3703, R3705, R3707, R3724, R3726, R3727,
    R3730, R3732, R3736, R3738, R3740, R3742, R3744 to R3748, R3769, R3771, R3772, R3775, R3801, R3803, R3804, R3807,
    R3833, R3836, R3838, R3839, R3842, R3868, R3871, R3873, R3874, R3877, R3891, R3892, R3894, R3895, R3898, R3956,
    R3957, R3708018, R3708020, R3708021, R3708023, R3708025, R3708028, R3708030, R3708032, R3708034: fields in their
    order; MaximumBufferSize only after 0xBABE, status and counts also of what failed, BackoffTime instead of data when
    the server is busy. MS-OXCFXICS: R382, R383, R453, R454, R485, R486, R509, R510, R540, R541, R543, R3148, R545,
    R551, R552, R553, R554, R3153, R3154, R3155, R577, R578, R588, R589, R3171, R624, R3172, R3173, R3176, R3179, R3181,
    R3183015, R3183016, R3183017, R3183019, R3183023, R556, R5561."""
    check(value, encoded)


@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        (RopSynchronizationImportReadStateChangesRequest, "80 00 01 0A00 0200 6162 01 0100 63 00"),
        (RopSynchronizationImportReadStateChangesRequest, "80 00 01 0800 0200 6162 01 0100 63 00"),
        (RopSetLocalReplicaMidsetDeletedRequest, f"93 00 01 3400 02000000 {RANGE_BYTES}"),
        (RopSetLocalReplicaMidsetDeletedRequest, f"93 00 01 3400 FFFFFFFF {RANGE_BYTES}"),
        (RopSynchronizationUploadStateStreamContinueRequest, "76 00 02 FFFFFFFF 7374617465"),
        (RopFastTransferSourceGetBufferRequest, "4E 00 02 BEBA"),
        (RopSynchronizationImportDeletesRequest, "74 00 01 02 0100 02110000 FFFFFFFF 0200 6162"),
    ],
)
def test_what_is_not_whole(kind: type[Structure], encoded: str) -> None:
    """R4551: sizes and counts of more than there is."""
    with pytest.raises(BadSyntax):
        kind.read(RowReader(bytes.fromhex(encoded), ()))
