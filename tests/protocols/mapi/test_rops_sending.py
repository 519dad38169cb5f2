"""Operations that send, on marks in public folders, on permissions and on rules, byte for byte. Statements are those of
[MS-OXCROPS]."""

from __future__ import annotations

from uuid import UUID

import pytest
from rop_examples import check

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.property_rows import RowReader
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.rops import parse_rops
from posthouse.protocols.mapi.rops.per_user import (
    RopGetPerUserGuidRequest,
    RopGetPerUserGuidResponse,
    RopGetPerUserLongTermIdsRequest,
    RopGetPerUserLongTermIdsResponse,
    RopReadPerUserInformationRequest,
    RopReadPerUserInformationResponse,
    RopWritePerUserInformationRequest,
    RopWritePerUserInformationResponse,
)
from posthouse.protocols.mapi.rops.permission import (
    ModifyPermissionsFlags,
    PermissionData,
    PermissionDataFlags,
    PermissionsTableFlags,
    RopGetPermissionsTableRequest,
    RopGetPermissionsTableResponse,
    RopModifyPermissionsRequest,
    RopModifyPermissionsResponse,
)
from posthouse.protocols.mapi.rops.rule import (
    ModifyRulesFlags,
    RopGetRulesTableRequest,
    RopGetRulesTableResponse,
    RopModifyRulesRequest,
    RopModifyRulesResponse,
    RopUpdateDeferredActionMessagesRequest,
    RopUpdateDeferredActionMessagesResponse,
    RuleData,
    RuleDataFlags,
    RulesTableFlags,
)
from posthouse.protocols.mapi.rops.sending import (
    LockState,
    RopAbortSubmitRequest,
    RopAbortSubmitResponse,
    RopGetAddressTypesRequest,
    RopGetAddressTypesResponse,
    RopGetTransportFolderRequest,
    RopGetTransportFolderResponse,
    RopOptionsDataRequest,
    RopOptionsDataResponse,
    RopSetSpoolerRequest,
    RopSetSpoolerResponse,
    RopSpoolerLockMessageRequest,
    RopSpoolerLockMessageResponse,
    RopSubmitMessageRequest,
    RopSubmitMessageResponse,
    RopTransportNewMailRequest,
    RopTransportNewMailResponse,
    RopTransportSendRequest,
    RopTransportSendResponse,
)
from posthouse.protocols.mapi.structures import Structure
from posthouse.protocols.mapi.tags import PidTagMemberId, PidTagMemberRights, PidTagRuleName

FOLDER, MESSAGE = ObjectId(1, 0x03B479CA47), ObjectId(1, 0x03B7E65FA7)
GUID = UUID("11112222-3333-4444-5555-666677778888")
GUID_BYTES = "22221111333344445555666677778888"
LONG = LongTermId(GUID, 7)
LONG_BYTES = f"{GUID_BYTES} 000000000007 0000"
RIGHTS = (TaggedValue(PidTagMemberId, -1), TaggedValue(PidTagMemberRights, 0x400))
RIGHTS_BYTES = "0200 14007166 FFFFFFFFFFFFFFFF 03007366 00040000"

SENDING: list[tuple[Structure, str]] = [
    (RopSubmitMessageRequest(0, 2), "32 00 02 00"),
    (RopSubmitMessageResponse(2), "32 02 00000000"),
    (RopAbortSubmitRequest(0, 0, FOLDER, MESSAGE), "34 00 00 0100 0003B479CA47 0100 0003B7E65FA7"),
    (RopAbortSubmitResponse(0), "34 00 00000000"),
    (RopGetAddressTypesRequest(0, 0), "49 00 00"),
    (RopGetAddressTypesResponse(0, (b"EX", b"SMTP")), "49 00 00000000 0200 0800 455800 534D545000"),
    (RopSetSpoolerRequest(0, 0), "47 00 00"),
    (RopSpoolerLockMessageRequest(0, 0, MESSAGE, LockState.lstFinished), "48 00 00 0100 0003B7E65FA7 02"),
    (RopSpoolerLockMessageResponse(0), "48 00 00000000"),
    (RopTransportSendRequest(0, 1), "4A 00 01"),
    (RopTransportSendResponse(1, True), "4A 01 00000000 01"),
    (RopTransportSendResponse(1, False, RIGHTS), f"4A 01 00000000 00 {RIGHTS_BYTES}"),
    (
        RopTransportNewMailRequest(0, 0, MESSAGE, FOLDER, b"IPM.Note", 8),
        "51 00 00 0100 0003B7E65FA7 0100 0003B479CA47 49504D2E4E6F746500 08000000",
    ),
    (RopGetTransportFolderRequest(0, 0), "6D 00 00"),
    (RopGetTransportFolderResponse(0, FOLDER), "6D 00 00000000 0100 0003B479CA47"),
    (RopOptionsDataRequest(0, 0, b"SMTP", True), "6F 00 00 534D545000 01"),
    (RopOptionsDataResponse(0, 1), "6F 00 00000000 01 0000 0000"),
    (RopOptionsDataResponse(0, 1, b"o", b"help", b"h.hlp"), "6F 00 00000000 01 0100 6F 0400 68656C70 682E686C7000"),
    (RopSetSpoolerResponse(0), "47 00 00000000"),
    (RopTransportNewMailResponse(0), "51 00 00000000"),
]


@pytest.mark.parametrize(("value", "encoded"), SENDING)
def test_sending(value: Structure, encoded: str) -> None:
    """R2361, R2363, R2364, R2367, R2383, R2385, R2386, R2389, R2401, R2403, R2404, R2407, R2410, R2412 to R2416,
    R2436, R2438, R2439, R2442, R2458, R2460, R2461, R2464, R2476, R2478, R2479, R2482, R2484, R2486, R2488 to R2490,
    R2511, R2513, R2514, R2517, R2529, R2531, R2532, R2535, R2562, R2564, R2565, R2568, R2570, R2572, R2574, R2580,
    R2581, R2583, R2585, R2586, R2588, R2589, R4688: fields in their order; no count when no properties are returned, a
    name only of a help file that is there."""
    check(value, encoded)


PER_USER: list[tuple[Structure, str]] = [
    (RopGetPerUserLongTermIdsRequest(0, 0, GUID), f"60 00 00 {GUID_BYTES}"),
    (RopGetPerUserLongTermIdsResponse(0, (LONG,)), f"60 00 00000000 0100 {LONG_BYTES}"),
    (RopGetPerUserGuidRequest(0, 0, LONG), f"61 00 00 {LONG_BYTES}"),
    (RopReadPerUserInformationRequest(0, 0, LONG, 0, 5, 0x1000), f"63 00 00 {LONG_BYTES} 00 05000000 0010"),
    (RopReadPerUserInformationResponse(0, True, b"x"), "63 00 00000000 01 0100 78"),
    (RopGetPerUserGuidResponse(0, GUID), f"61 00 00000000 {GUID_BYTES}"),
    (RopWritePerUserInformationResponse(0), "64 00 00000000"),
]


@pytest.mark.parametrize(("value", "encoded"), PER_USER)
def test_per_user(value: Structure, encoded: str) -> None:
    """R400, R402, R403, R405, R408, R433, R435, R437, R438, R440, R443, R464, R476, R478, R479, R481, R484, R486,
    R488, R510, R524, R526, R527, R529: fields in their order."""
    check(value, encoded)


def test_beginning_of_per_user_information() -> None:
    """ReplGuid stands at the beginning alone, and only of private mailboxes."""
    head = f"64 00 00 {LONG_BYTES} 01"
    first = RopWritePerUserInformationRequest(0, 0, LONG, True, 0, b"x", GUID)
    later = RopWritePerUserInformationRequest(0, 0, LONG, True, 1, b"x")
    raw = bytes.fromhex(f"{head} 00000000 0100 78 {GUID_BYTES} {head} 01000000 0100 78")
    assert first.format() + later.format() == raw
    assert [placed.request for placed in parse_rops(raw)] == [first, later]
    public = bytes.fromhex(f"{head} 00000000 0100 78")
    assert parse_rops(public, public={0})[0].request.format() == public


PERMISSIONS_AND_RULES: list[tuple[Structure, str]] = [
    (RopGetPermissionsTableRequest(0, 0, 1, PermissionsTableFlags.INCLUDE_FREE_BUSY), "3E 00 00 01 02"),
    (
        RopModifyPermissionsRequest(
            0, 0, ModifyPermissionsFlags.REPLACE_ROWS, (PermissionData(PermissionDataFlags.ADD_ROW, RIGHTS),)
        ),
        f"40 00 00 01 0100 01 {RIGHTS_BYTES}",
    ),
    (RopGetRulesTableRequest(0, 0, 1, RulesTableFlags.UNICODE), "3F 00 00 01 40"),
    (RopGetRulesTableResponse(1), "3F 01 00000000"),
    (
        RopModifyRulesRequest(
            0, 0, ModifyRulesFlags.R, (RuleData(RuleDataFlags.ROW_ADD, (TaggedValue(PidTagRuleName, "a"),)),)
        ),
        "41 00 00 01 0100 01 0100 1F008266 61000000",
    ),
    (RopUpdateDeferredActionMessagesRequest(0, 0, b"s", b"cc"), "57 00 00 0100 73 0200 6363"),
    (RopModifyPermissionsResponse(0), "40 00 00000000"),
    (RopGetPermissionsTableResponse(1), "3E 01 00000000"),
    (RopModifyRulesResponse(0), "41 00 00000000"),
    (RopUpdateDeferredActionMessagesResponse(0), "57 00 00000000"),
]


@pytest.mark.parametrize(("value", "encoded"), PERMISSIONS_AND_RULES)
def test_permissions_and_rules(value: Structure, encoded: str) -> None:
    """R3520, R3528, R3530, R3532, R3533, R3536, R3554, R3556, R3557, R3560, R3586, R3588, R3590, R3591, R3594, R3612,
    R3614, R3615, R3618, R3640, R3642, R3643, R3646: fields in their order; a count of the rows, and one of each row's
    values."""
    check(value, encoded)


@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        (RopGetAddressTypesResponse, "49 00 00000000 0200 0700 455800 534D545000"),
        (RopGetAddressTypesResponse, "49 00 00000000 0100 0800 455800 534D545000"),
        (RopGetAddressTypesResponse, "49 00 00000000 FFFF 0300 455800"),
        (RopModifyPermissionsRequest, f"40 00 00 01 0200 01 {RIGHTS_BYTES}"),
        (RopModifyRulesRequest, "41 00 00 01 0100 01 0200 1F008266 61000000"),
    ],
)
def test_what_is_not_whole(kind: type[Structure], encoded: str) -> None:
    """R4551: sizes and counts that are not those of what follows."""
    with pytest.raises(BadSyntax):
        kind.read(RowReader(bytes.fromhex(encoded), ()))
