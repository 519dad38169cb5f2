"""Operations on properties and streams, byte for byte. Statements are those of [MS-OXCROPS]."""

from __future__ import annotations

from uuid import UUID

import pytest
from rop_examples import check

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Missing, RowReader, format_row
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.rops.named_property import (
    PropertyIdsFlags,
    QueryFlags,
    RopGetNamesFromPropertyIdsRequest,
    RopGetNamesFromPropertyIdsResponse,
    RopGetPropertyIdsFromNamesRequest,
    RopGetPropertyIdsFromNamesResponse,
    RopQueryNamedPropertiesRequest,
    RopQueryNamedPropertiesResponse,
)
from posthouse.protocols.mapi.rops.property import (
    CopyFlags,
    PropertyProblem,
    RopCopyPropertiesNullDestinationResponse,
    RopCopyPropertiesRequest,
    RopCopyToNullDestinationResponse,
    RopCopyToRequest,
    RopCopyToResponse,
    RopDeletePropertiesNoReplicateRequest,
    RopDeletePropertiesRequest,
    RopGetPropertiesAllRequest,
    RopGetPropertiesAllResponse,
    RopGetPropertiesListResponse,
    RopGetPropertiesSpecificRequest,
    RopGetPropertiesSpecificResponse,
    RopProgressRequest,
    RopProgressResponse,
    RopSetPropertiesNoReplicateRequest,
    RopSetPropertiesRequest,
    RopSetPropertiesResponse,
)
from posthouse.protocols.mapi.rops.stream import (
    RopCloneStreamRequest,
    RopCopyToStreamNullDestinationResponse,
    RopCopyToStreamRequest,
    RopCopyToStreamResponse,
    RopGetStreamSizeResponse,
    RopLockRegionStreamRequest,
    RopOpenStreamRequest,
    RopOpenStreamResponse,
    RopReadStreamRequest,
    RopReadStreamResponse,
    RopSeekStreamRequest,
    RopSeekStreamResponse,
    RopSetStreamSizeRequest,
    RopUnlockRegionStreamRequest,
    RopWriteAndCommitStreamRequest,
    RopWriteStreamExtendedResponse,
    RopWriteStreamRequest,
    RopWriteStreamResponse,
    SeekOrigin,
    StreamOpenMode,
)
from posthouse.protocols.mapi.structures import Structure
from posthouse.protocols.mapi.tags import (
    PidTagChangeKey,
    PidTagMessageFlags,
    PidTagNormalizedSubject,
    PidTagSubject,
    PidTagSubjectPrefix,
)

SET = UUID("00062008-0000-0000-c000-000000000046")
SET_BYTES = "0820060000000000C000000000000046"
NAMED = (PropertyTag(0x863E, PropertyType.BOOLEAN), PropertyTag(0x863F, PropertyType.INTEGER32))
SUBJECT = (TaggedValue(PidTagSubjectPrefix, ""), TaggedValue(PidTagNormalizedSubject, "Hello World"))
SUBJECT_BYTES = "0200 1F003D00 0000 1F001D0E 480065006C006C006F00200057006F0072006C0064000000"
READ_ONLY_PROBLEM = PropertyProblem(1, PidTagMessageFlags, 0x8004011A)

PROPERTIES: list[tuple[Structure, str]] = [
    (
        RopGetPropertiesSpecificRequest(0, 0, 0, True, (*NAMED, PidTagChangeKey)),
        "07 00 00 0000 0100 0300 0B003E86 03003F86 0201E265",
    ),
    (RopGetPropertiesAllRequest(0, 1, 510, False), "08 00 01 FE01 0000"),
    (RopGetPropertiesAllResponse(1, SUBJECT), f"08 01 00000000 {SUBJECT_BYTES}"),
    (RopGetPropertiesListResponse(1, (PidTagSubject,)), "09 01 00000000 0100 1F003700"),
    (RopSetPropertiesRequest(0, 0, SUBJECT), f"0A 00 00 2400 {SUBJECT_BYTES}"),
    (RopSetPropertiesResponse(0), "0A 00 00000000 0000"),
    (RopSetPropertiesResponse(0, (READ_ONLY_PROBLEM,)), "0A 00 00000000 0100 0100 0300070E 1A010480"),
    (RopSetPropertiesNoReplicateRequest(0, 0, ()), "79 00 00 0200 0000"),
    (RopDeletePropertiesRequest(0, 1, (PidTagSubject,)), "0B 00 01 0100 1F003700"),
    (RopDeletePropertiesNoReplicateRequest(0, 1, (PidTagSubject,)), "7A 00 01 0100 1F003700"),
    (
        RopCopyPropertiesRequest(0, 1, 2, False, CopyFlags.NO_OVERWRITE, (PidTagSubject,)),
        "67 00 01 02 00 02 0100 1F003700",
    ),
    (RopCopyPropertiesNullDestinationResponse(1, 2, return_value=0x503), "67 01 03050000 02000000"),
    (RopCopyToRequest(0, 1, 2, False, True, CopyFlags.MOVE, ()), "39 00 01 02 00 01 01 0000"),
    (RopCopyToResponse(1, (READ_ONLY_PROBLEM,)), "39 01 00000000 0100 0100 0300070E 1A010480"),
    (RopCopyToNullDestinationResponse(1, 2, return_value=0x503), "39 01 03050000 02000000"),
    (RopProgressRequest(0, 1, True), "50 00 01 01"),
    (RopProgressResponse(1, 0, 2, 9), "50 01 00000000 00 02000000 09000000"),
]


@pytest.mark.parametrize(("value", "encoded"), PROPERTIES)
def test_properties(value: Structure, encoded: str) -> None:
    """R2683 to R3146: fields in their order; R2796: the size counts the values and their number."""
    check(value, encoded)


def test_values_asked_for() -> None:
    """R2702: a row of the columns that were asked for, with errors in the place of what is not there."""
    columns = (PidTagSubject, PropertyTag(PidTagMessageFlags.id, PropertyType.UNSPECIFIED))
    row = format_row(columns, ("Hi", Missing(0x8004010F)))
    encoded = "07 01 00000000 01 00 480069000000 0A00 0A 0F010480"
    check(RopGetPropertiesSpecificResponse(1, row), encoded, columns)


NAMES: list[tuple[Structure, str]] = [
    (
        RopGetPropertyIdsFromNamesRequest(
            0, 0, PropertyIdsFlags.CREATE, (PropertyName(SET, 0x8501), PropertyName(SET, "a"))
        ),
        f"56 00 00 02 0200 00 {SET_BYTES} 01850000 01 {SET_BYTES} 04 61000000",
    ),
    (RopGetPropertyIdsFromNamesResponse(0, (0x863E, 0x863F)), "56 00 00000000 0200 3E86 3F86"),
    (
        RopGetPropertyIdsFromNamesResponse(0, (0x863E, 0), return_value=0x00040380),
        "56 00 80030400 0200 3E86 0000",
    ),
    (RopGetNamesFromPropertyIdsRequest(0, 1, (0x863E,)), "55 00 01 0100 3E86"),
    (
        RopGetNamesFromPropertyIdsResponse(1, (PropertyName(SET, 0x8501), None)),
        f"55 01 00000000 0200 00 {SET_BYTES} 01850000 FF",
    ),
    (RopQueryNamedPropertiesRequest(0, 1, QueryFlags.NO_IDS), "5F 00 01 02 00"),
    (RopQueryNamedPropertiesRequest(0, 1, QueryFlags(0), SET), f"5F 00 01 00 01 {SET_BYTES}"),
    (
        RopQueryNamedPropertiesResponse(1, (0x863E, 0x863F), (PropertyName(SET, 1), PropertyName(SET, 2))),
        f"5F 01 00000000 0200 3E86 3F86 00 {SET_BYTES} 01000000 00 {SET_BYTES} 02000000",
    ),
]


@pytest.mark.parametrize(("value", "encoded"), NAMES)
def test_names(value: Structure, encoded: str) -> None:
    """R2600 to R2660, R2963 to R2990: fields in their order; R2981: one count for ids and names."""
    check(value, encoded)


STREAMS: list[tuple[Structure, str]] = [
    (
        RopOpenStreamRequest(1, 0, 1, PropertyTag(0x0E9A, PropertyType.BINARY), StreamOpenMode.READ_WRITE),
        "2B 01 00 01 02019A0E 01",
    ),
    (
        RopOpenStreamRequest(0, 1, 2, PropertyTag(0x0E6A, PropertyType.STRING), StreamOpenMode.READ_ONLY),
        "2B 00 01 02 1F006A0E 00",
    ),
    (RopOpenStreamResponse(2, 9), "2B 02 00000000 09000000"),
    (RopReadStreamRequest(0, 1, 0x1000), "2C 00 01 0010"),
    (RopReadStreamRequest(0, 1, 0xBABE, 0x20000), "2C 00 01 BEBA 00000200"),
    (RopReadStreamResponse(1, b"data"), "2C 01 00000000 0400 64617461"),
    (RopReadStreamResponse(1, return_value=0x80004005), "2C 01 05400080 0000"),
    (RopWriteStreamRequest(0, 1, b"data"), "2D 00 01 0400 64617461"),
    (RopWriteStreamResponse(1, 4), "2D 01 00000000 0400"),
    (RopWriteStreamResponse(1, return_value=0x80030005), "2D 01 05000380 0000"),
    (RopWriteStreamExtendedResponse(1, 0x10000), "A3 01 00000000 00000100"),
    (RopWriteAndCommitStreamRequest(0, 1, b"data"), "90 00 01 0400 64617461"),
    (RopSeekStreamRequest(0, 1, SeekOrigin.END, -4), "2E 00 01 02 FCFFFFFFFFFFFFFF"),
    (RopSeekStreamResponse(1, 5), "2E 01 00000000 0500000000000000"),
    (RopSetStreamSizeRequest(0, 1, 5), "2F 00 01 0500000000000000"),
    (RopGetStreamSizeResponse(1, 5), "5E 01 00000000 05000000"),
    (RopCopyToStreamRequest(0, 1, 2, 5), "3A 00 01 02 0500000000000000"),
    (RopCopyToStreamResponse(1, 5, 4), "3A 01 00000000 0500000000000000 0400000000000000"),
    (
        RopCopyToStreamNullDestinationResponse(1, 2, return_value=0x503),
        "3A 01 03050000 02000000 0000000000000000 0000000000000000",
    ),
    (RopCloneStreamRequest(0, 1, 2), "3B 00 01 02"),
    (RopLockRegionStreamRequest(0, 1, 2, 3, 1), "5B 00 01 0200000000000000 0300000000000000 01000000"),
    (RopUnlockRegionStreamRequest(0, 1, 2, 3, 1), "5C 00 01 0200000000000000 0300000000000000 01000000"),
]


@pytest.mark.parametrize(("value", "encoded"), STREAMS)
def test_streams(value: Structure, encoded: str) -> None:
    """R3166 to R3498: fields in their order; R3213, R3214: MaximumByteCount only after 0xBABE; R3224, R3255, R3388,
    R3390: sizes also of what failed."""
    check(value, encoded)


@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        (RopSetPropertiesRequest, f"0A 00 00 2500 {SUBJECT_BYTES}"),
        (RopSetPropertiesRequest, f"0A 00 00 2500 {SUBJECT_BYTES} 00"),
        (RopSetPropertiesRequest, f"0A 00 00 2300 {SUBJECT_BYTES}"),
        (RopSetPropertiesRequest, "0A 00 00 0600 0100 77770E00"),
        (RopGetPropertyIdsFromNamesRequest, f"56 00 00 02 0100 07 {SET_BYTES} 01850000"),
        (RopQueryNamedPropertiesResponse, "5F 01 00000000 FFFF 3E86"),
        (RopReadStreamRequest, "2C 00 01 BEBA"),
        (RopWriteStreamRequest, "2D 00 01 0500 64617461"),
    ],
)
def test_what_is_not_whole(kind: type[Structure], encoded: str) -> None:
    """R4551: sizes that are not those of what follows, types that there are not, counts of more than there is."""
    with pytest.raises(BadSyntax):
        kind.read(RowReader(bytes.fromhex(encoded), ()))
