"""Operations on a logon, byte for byte. Statements are those of [MS-OXCROPS]."""

from __future__ import annotations

from uuid import UUID

import pytest
from rop_examples import check

from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.rops.base import RopFailure
from posthouse.protocols.mapi.rops.logon import (
    LogonFlags,
    LogonTime,
    OpenFlags,
    ResponseFlags,
    RopLogonPublicResponse,
    RopLogonRedirectResponse,
    RopLogonRequest,
    RopLogonResponse,
)
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.protocols.mapi.rops.store import (
    RopGetOwningServersRequest,
    RopGetOwningServersResponse,
    RopGetReceiveFolderRequest,
    RopGetReceiveFolderResponse,
    RopGetReceiveFolderTableRequest,
    RopGetReceiveFolderTableResponse,
    RopGetStoreStateRequest,
    RopGetStoreStateResponse,
    RopIdFromLongTermIdRequest,
    RopIdFromLongTermIdResponse,
    RopLongTermIdFromIdRequest,
    RopLongTermIdFromIdResponse,
    RopPublicFolderIsGhostedRequest,
    RopPublicFolderIsGhostedResponse,
    RopSetReceiveFolderRequest,
    RopSetReceiveFolderResponse,
    Servers,
)
from posthouse.protocols.mapi.structures import Structure

INBOX = ObjectId(1, 13)
INBOX_BYTES = "0100 00000000000D"
GUID = UUID("11112222-3333-4444-5555-666677778888")
GUID_BYTES = "22221111333344445555666677778888"
LONG = LongTermId(GUID, 13)
LONG_BYTES = f"{GUID_BYTES} 00000000000D 0000"
SERVERS = Servers(1, (b"a", b"bc"))
SERVERS_BYTES = "0200 0100 6100 626300"

STORE: list[tuple[Structure, str]] = [
    (
        RopLogonRequest(0, 0, LogonFlags.PRIVATE, OpenFlags.HOME_LOGON, 0, "/o"),
        "FE 00 00 01 04000000 00000000 0300 2F6F00",
    ),
    (RopLogonRequest(0, 0, LogonFlags(0), OpenFlags.PUBLIC, 0, ""), "FE 00 00 00 02000000 00000000 0000"),
    (
        RopLogonResponse(
            0,
            LogonFlags.PRIVATE,
            (INBOX,) * 13,
            ResponseFlags.RESERVED | ResponseFlags.OOF,
            GUID,
            5,
            GUID,
            LogonTime(56, 34, 12, 3, 24, 11, 2021),
            7,
            9,
        ),
        f"FE 00 00000000 01 {INBOX_BYTES * 13} 11 {GUID_BYTES} 0500 {GUID_BYTES} 38220C03180BE507 0700000000000000"
        "09000000",
    ),
    (
        RopLogonPublicResponse(0, LogonFlags(0), (INBOX,) * 13, 5, GUID, UUID(int=0)),
        f"FE 00 00000000 00 {INBOX_BYTES * 13} 0500 {GUID_BYTES} {bytes(16).hex()}",
    ),
    (
        RopLogonRedirectResponse(0, LogonFlags.PRIVATE, b"/cn=x\0", return_value=0x478),
        "FE 00 78040000 01 06 2F636E3D7800",
    ),
    (RopFailure(0xFE, 0, 0x80070005), "FE 00 05000780"),
    (RopReleaseRequest(0, 3), "01 00 03"),
    (RopGetReceiveFolderRequest(0, 0, b"IPM"), "27 00 00 49504D00"),
    (RopGetReceiveFolderResponse(0, INBOX, b"IPM"), f"27 00 00000000 {INBOX_BYTES} 49504D00"),
    (RopSetReceiveFolderRequest(0, 0, INBOX, b"IPM"), f"26 00 00 {INBOX_BYTES} 49504D00"),
    (RopSetReceiveFolderResponse(0), "26 00 00000000"),
    (RopGetReceiveFolderTableRequest(0, 0), "68 00 00"),
    (
        RopGetReceiveFolderTableResponse(0, ((INBOX.number, b"IPM", file_time(0)),)),
        f"68 00 00000000 01000000 00 {INBOX_BYTES} 49504D00 00803ED5DEB19D01",
    ),
    (RopGetStoreStateRequest(0, 0), "7B 00 00"),
    (RopGetStoreStateResponse(0, 0x01000000), "7B 00 00000000 00000001"),
    (RopGetOwningServersRequest(0, 0, INBOX), f"42 00 00 {INBOX_BYTES}"),
    (RopGetOwningServersResponse(0, SERVERS), f"42 00 00000000 {SERVERS_BYTES}"),
    (RopPublicFolderIsGhostedRequest(0, 0, INBOX), f"45 00 00 {INBOX_BYTES}"),
    (RopPublicFolderIsGhostedResponse(0), "45 00 00000000 00"),
    (RopPublicFolderIsGhostedResponse(0, SERVERS), f"45 00 00000000 01 {SERVERS_BYTES}"),
    (RopLongTermIdFromIdRequest(0, 0, INBOX), f"43 00 00 {INBOX_BYTES}"),
    (RopLongTermIdFromIdResponse(0, LONG), f"43 00 00000000 {LONG_BYTES}"),
    (RopIdFromLongTermIdRequest(0, 0, LONG), f"44 00 00 {LONG_BYTES}"),
    (RopIdFromLongTermIdResponse(0, INBOX), f"44 00 00000000 {INBOX_BYTES}"),
]


@pytest.mark.parametrize(("value", "encoded"), STORE)
def test_store(value: Structure, encoded: str) -> None:
    """R45, R46, R48, R53, R55, R57, R59, R63, R65, R74, R77, R79, R81, R83, R85, R87, R89, R91, R93, R94, R96, R99,
    R102, R104, R106, R112, R114, R115, R117, R120, R123 to R126, R148, R150, R151, R153, R156, R158, R181, R183, R184,
    R186, R197, R199, R200, R202, R205, R207, R210, R232, R234, R235, R237, R240, R262, R264, R265, R267, R270, R272,
    R274, R275, R296, R298, R299, R301, R304, R306, R307, R311 to R313, R315, R316, R340, R342, R343, R345, R348, R350,
    R370, R371, R373, R374, R376, R378, R4630, R4631, R4680: fields in their order; a public logon has fields of its
    own, and so has a redirection. MS-OXCSTOR R407 to R409, R411, R413, R59708, R59710, R59711, R114 to R116."""
    check(value, encoded)
