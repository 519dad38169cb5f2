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
    RopCopyPropertiesResponse,
    RopCopyToNullDestinationResponse,
    RopCopyToRequest,
    RopCopyToResponse,
    RopDeletePropertiesNoReplicateRequest,
    RopDeletePropertiesNoReplicateResponse,
    RopDeletePropertiesRequest,
    RopDeletePropertiesResponse,
    RopGetPropertiesAllRequest,
    RopGetPropertiesAllResponse,
    RopGetPropertiesListRequest,
    RopGetPropertiesListResponse,
    RopGetPropertiesSpecificRequest,
    RopGetPropertiesSpecificResponse,
    RopProgressRequest,
    RopProgressResponse,
    RopSetPropertiesNoReplicateRequest,
    RopSetPropertiesNoReplicateResponse,
    RopSetPropertiesRequest,
    RopSetPropertiesResponse,
)
from posthouse.protocols.mapi.rops.stream import (
    RopCloneStreamRequest,
    RopCloneStreamResponse,
    RopCommitStreamRequest,
    RopCommitStreamResponse,
    RopCopyToStreamNullDestinationResponse,
    RopCopyToStreamRequest,
    RopCopyToStreamResponse,
    RopGetStreamSizeRequest,
    RopGetStreamSizeResponse,
    RopLockRegionStreamRequest,
    RopLockRegionStreamResponse,
    RopOpenStreamRequest,
    RopOpenStreamResponse,
    RopReadStreamRequest,
    RopReadStreamResponse,
    RopSeekStreamRequest,
    RopSeekStreamResponse,
    RopSetStreamSizeRequest,
    RopSetStreamSizeResponse,
    RopUnlockRegionStreamRequest,
    RopUnlockRegionStreamResponse,
    RopWriteAndCommitStreamRequest,
    RopWriteAndCommitStreamResponse,
    RopWriteStreamExtendedRequest,
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
    (RopGetPropertiesListRequest(0, 1), "09 00 01"),
    (RopSetPropertiesNoReplicateResponse(1, (READ_ONLY_PROBLEM,)), "79 01 00000000 0100 0100 0300070E 1A010480"),
    (RopDeletePropertiesResponse(1, (READ_ONLY_PROBLEM,)), "0B 01 00000000 0100 0100 0300070E 1A010480"),
    (RopDeletePropertiesNoReplicateResponse(1, (READ_ONLY_PROBLEM,)), "7A 01 00000000 0100 0100 0300070E 1A010480"),
    (RopCopyPropertiesResponse(1, (READ_ONLY_PROBLEM,)), "67 01 00000000 0100 0100 0300070E 1A010480"),
]


@pytest.mark.parametrize(("value", "encoded"), PROPERTIES)
def test_properties(value: Structure, encoded: str) -> None:
    """R2691, R2693, R2695, R2696, R2699, R2702, R2703, R2728, R2730, R2731, R2734, R2737, R2739, R2740, R2742, R2762,
    R2764, R2765, R2768, R2771, R2773 to R2775, R2803, R2805, R2807, R2808, R2811, R2814, R2816 to R2818, R2845, R2847,
    R2849, R2850, R2853, R2856, R2858 to R2860, R2884, R2886, R2888, R2889, R2892, R2895, R2897 to R2899, R2923, R2930,
    R2932, R2933, R2936, R2939, R2941 to R2943, R3022, R3024, R3026, R3027, R3030, R3033, R3035 to R3038, R3040, R3041,
    R3044, R3047, R3083, R3085, R3087, R3088, R3091, R3094, R3096 to R3099, R3101, R3102, R3105, R3108, R3132, R3134,
    R3135, R3138, R3141, R3143, R3145, MS-OXCPRPT R193, R19301: fields in their order; the size counts the values and
    their number."""
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
    """R2607, R2609, R2611, R2612, R2615, R2618, R2620, R2621, R2649, R2651, R2652, R2655, R2658, R2660 to R2662,
    R2967, R2972, R2974, R2975, R2978, R2981, R2983, R2984, R2987 to R2989: fields in their order; one count for ids
    and names."""
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
    (RopWriteStreamExtendedRequest(0, 1, b"data"), "A3 00 01 0400 64617461"),
    (RopCommitStreamRequest(0, 1), "5D 00 01"),
    (RopCommitStreamResponse(1), "5D 01 00000000"),
    (RopGetStreamSizeRequest(0, 1), "5E 00 01"),
    (RopSetStreamSizeResponse(1), "2F 01 00000000"),
    (RopLockRegionStreamResponse(1), "5B 01 00000000"),
    (RopUnlockRegionStreamResponse(1), "5C 01 00000000"),
    (RopWriteAndCommitStreamResponse(1, 4), "90 01 00000000 0400"),
    (RopCloneStreamResponse(2), "3B 02 00000000"),
]


@pytest.mark.parametrize(("value", "encoded"), STREAMS)
def test_streams(value: Structure, encoded: str) -> None:
    """R3170, R3175, R3177, R3178, R3181, R3184, R3216, R3218, R3219, R3222, R3224, R3229, R3231, R3247, R3249, R3250,
    R3253, R3255, R3267, R3269, R3270, R3273, R3285, R3287, R3288, R3291, R3294, R3321, R3323, R3324, R3327, R3344,
    R3346, R3347, R3350, R3353, R3379, R3381, R3382, R3385, R3388, R3390, R3392, R3394, R3395, R3398, R3401, R3404,
    R3412, R3433, R3435, R3436, R3439, R3458, R3460, R3461, R3464, R3481, R3495, R3497, R3498, R3501, R3256018,
    R3256020, R3256021, R3256023, R3256025: fields in their order; MaximumByteCount only after 0xBABE, sizes also of
    what failed."""
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
