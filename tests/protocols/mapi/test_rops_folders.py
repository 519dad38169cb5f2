"""Operations on a logon, on folders and on tables, byte for byte. Statements are those of [MS-OXCROPS]."""

from __future__ import annotations

import pytest
from rop_examples import check

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_rows import Missing, RowReader, format_row
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.restrictions import Direction, Property, RelOp, SortOrder
from posthouse.protocols.mapi.rops.bookmark import (
    RopCreateBookmarkRequest,
    RopCreateBookmarkResponse,
    RopFreeBookmarkRequest,
    RopFreeBookmarkResponse,
    RopSeekRowBookmarkRequest,
    RopSeekRowBookmarkResponse,
    RopSeekRowFractionalRequest,
    RopSeekRowFractionalResponse,
)
from posthouse.protocols.mapi.rops.category import (
    RopCollapseRowRequest,
    RopCollapseRowResponse,
    RopExpandRowRequest,
    RopExpandRowResponse,
    RopGetCollapseStateRequest,
    RopGetCollapseStateResponse,
    RopSetCollapseStateRequest,
    RopSetCollapseStateResponse,
)
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    DeleteFolderFlags,
    ExistingFolder,
    FolderType,
    RopCreateFolderRequest,
    RopCreateFolderResponse,
    RopDeleteFolderRequest,
    RopDeleteFolderResponse,
    RopDeleteMessagesRequest,
    RopDeleteMessagesResponse,
    RopEmptyFolderRequest,
    RopEmptyFolderResponse,
    RopGetContentsTableRequest,
    RopGetContentsTableResponse,
    RopGetHierarchyTableRequest,
    RopGetHierarchyTableResponse,
    RopGetSearchCriteriaRequest,
    RopGetSearchCriteriaResponse,
    RopHardDeleteMessagesAndSubfoldersRequest,
    RopHardDeleteMessagesAndSubfoldersResponse,
    RopHardDeleteMessagesRequest,
    RopHardDeleteMessagesResponse,
    RopOpenFolderRequest,
    RopOpenFolderResponse,
    RopSetSearchCriteriaRequest,
    RopSetSearchCriteriaResponse,
    SearchRequestFlags,
    SearchResponseFlags,
)
from posthouse.protocols.mapi.rops.moving import (
    RopCopyFolderNullDestinationResponse,
    RopCopyFolderRequest,
    RopCopyFolderResponse,
    RopMoveCopyMessagesNullDestinationResponse,
    RopMoveCopyMessagesRequest,
    RopMoveCopyMessagesResponse,
    RopMoveFolderNullDestinationResponse,
    RopMoveFolderRequest,
    RopMoveFolderResponse,
)
from posthouse.protocols.mapi.rops.store import RopPublicFolderIsGhostedResponse, Servers
from posthouse.protocols.mapi.rops.table import (
    AsynchronousFlags,
    Bookmark,
    FindRowFlags,
    QueryRowsFlags,
    RopAbortRequest,
    RopAbortResponse,
    RopFindRowRequest,
    RopFindRowResponse,
    RopGetStatusRequest,
    RopGetStatusResponse,
    RopQueryColumnsAllRequest,
    RopQueryColumnsAllResponse,
    RopQueryPositionRequest,
    RopQueryPositionResponse,
    RopQueryRowsRequest,
    RopQueryRowsResponse,
    RopResetTableRequest,
    RopResetTableResponse,
    RopRestrictRequest,
    RopRestrictResponse,
    RopSeekRowRequest,
    RopSeekRowResponse,
    RopSetColumnsRequest,
    RopSetColumnsResponse,
    RopSortTableRequest,
    RopSortTableResponse,
    TableStatus,
)
from posthouse.protocols.mapi.structures import Structure
from posthouse.protocols.mapi.tags import (
    PidTagDepth,
    PidTagFolderId,
    PidTagInstanceNum,
    PidTagInstID,
    PidTagMessageDeliveryTime,
    PidTagMessageFlags,
    PidTagMid,
    PidTagRowType,
    PidTagRuleId,
    PidTagRuleName,
    PidTagRuleProviderData,
    PidTagSubject,
)

FOLDER = ObjectId(1, 0x0E8EDF36)
SERVERS = Servers(1, (b"a", b"bc"))
READ = Property(RelOp.EQ, PidTagMessageFlags, TaggedValue(PidTagMessageFlags, 1))
READ_BYTES = "04 04 0300070E 0300070E 01000000"
SYNCHRONOUS = AsynchronousFlags(0)
RULE_COLUMNS = (PidTagRuleId, PidTagRuleProviderData, PidTagRuleName)
RULE = (0x56F83F0100000001, bytes.fromhex("010000000100000055555555D144E340"), "Project X")
CATEGORIES = PropertyTag(0x8008, 0x301F)
GROUP_COLUMNS = (PidTagFolderId, PidTagMid, PidTagInstID, PidTagInstanceNum, PidTagRowType, PidTagDepth, PidTagSubject)
NOT_FOUND = Missing(0x8004010F)
GROUP = (ObjectId(1, 0xF11F32).number, NOT_FOUND, ObjectId(1, 0xF188BD).number, 0, 3, 0, NOT_FOUND)

FOLDERS: list[tuple[Structure, str]] = [
    (RopOpenFolderRequest(0, 0, 1, FOLDER), "02 00 00 01 01000000 0E8EDF36 00"),
    (RopOpenFolderResponse(1, True), "02 01 00000000 01 00"),
    (RopOpenFolderResponse(1, False, SERVERS), "02 01 00000000 00 01 0200 0100 6100 626300"),
    (
        RopCreateFolderRequest(0, 0, 1, FolderType.GENERIC, True, False, 0, "Folder1", ""),
        "1C 00 00 01 01 01 00 00 46006F006C006400650072003100 0000 0000",
    ),
    (RopCreateFolderRequest(0, 0, 1, FolderType(7), False, True, 0, b"F", b""), "1C 00 00 01 07 00 01 00 4600 00"),
    (RopCreateFolderResponse(1, ObjectId(1, 0x0E915212)), "1C 01 00000000 01000000 0E915212 00"),
    (
        RopCreateFolderResponse(1, ObjectId(1, 0x0E915212), ExistingFolder(True, SERVERS)),
        "1C 01 00000000 01000000 0E915212 01 01 01 0200 0100 6100 626300",
    ),
    (
        RopDeleteFolderRequest(0, 1, DeleteFolderFlags.DEL_MESSAGES | DeleteFolderFlags.DEL_FOLDERS, FOLDER),
        "1D 00 01 05 01000000 0E8EDF36",
    ),
    (RopDeleteFolderResponse(1, False), "1D 01 00000000 00"),
    (RopDeleteFolderResponse(1, True, return_value=0x80070005), "1D 01 05000780 01"),
    (
        RopSetSearchCriteriaRequest(0, 1, READ, (FOLDER,), SearchRequestFlags.RESTART_SEARCH),
        f"30 00 01 0E00 {READ_BYTES} 0100 01000000 0E8EDF36 02000000",
    ),
    (RopSetSearchCriteriaRequest(0, 1, None, (), SearchRequestFlags(0)), "30 00 01 0000 0000 00000000"),
    (RopSetSearchCriteriaResponse(1), "30 01 00000000"),
    (RopGetSearchCriteriaRequest(0, 0, True, True, False), "31 00 00 01 01 00"),
    (
        RopGetSearchCriteriaResponse(0, READ, 2, (FOLDER,), SearchResponseFlags.SEARCH_RUNNING),
        f"31 00 00000000 0E00 {READ_BYTES} 02 0100 01000000 0E8EDF36 01000000",
    ),
    (RopEmptyFolderRequest(0, 1, False, True), "58 00 01 00 01"),
    (RopHardDeleteMessagesAndSubfoldersRequest(0, 1, False, True), "92 00 01 00 01"),
    (
        RopDeleteMessagesRequest(0, 0, False, True, (ObjectId(1, 0x0E8EF148), ObjectId(1, 0x0E8EC302))),
        "1E 00 00 00 01 0200 01000000 0E8EF148 01000000 0E8EC302",
    ),
    (RopDeleteMessagesResponse(0, False), "1E 00 00000000 00"),
    (RopHardDeleteMessagesRequest(0, 0, False, False, ()), "91 00 00 00 00 0000"),
    (RopGetHierarchyTableRequest(0, 0, 1), "04 00 00 01 00"),
    (RopGetHierarchyTableResponse(1, 7), "04 01 00000000 07000000"),
    (RopGetContentsTableRequest(0, 0, 1), "05 00 00 01 00"),
    (RopGetContentsTableRequest(0, 0, 1, ContentsTableFlags.ASSOCIATED), "05 00 00 01 02"),
    (
        RopMoveCopyMessagesRequest(0, 1, 2, (FOLDER,), False, True),
        "33 00 01 02 0100 01000000 0E8EDF36 00 01",
    ),
    (
        RopMoveCopyMessagesNullDestinationResponse(1, 2, True, return_value=0x503),
        "33 01 03050000 02000000 01",
    ),
    (
        RopMoveFolderRequest(0, 1, 2, True, True, FOLDER, "Folder1"),
        "35 00 01 02 01 01 01000000 0E8EDF36 46006F006C006400650072003100 0000",
    ),
    (RopMoveFolderResponse(1, False), "35 01 00000000 00"),
    (RopMoveFolderNullDestinationResponse(1, 2, False, return_value=0x503), "35 01 03050000 02000000 00"),
    (
        RopCopyFolderRequest(0, 0, 1, True, True, True, FOLDER, "Folder1"),
        "36 00 00 01 01 01 01 01000000 0E8EDF36 46006F006C006400650072003100 0000",
    ),
    (RopPublicFolderIsGhostedResponse(0, SERVERS), "45 00 00000000 01 0200 0100 6100 626300"),
    (RopEmptyFolderResponse(1, True), "58 01 00000000 01"),
    (RopHardDeleteMessagesAndSubfoldersResponse(1, True), "92 01 00000000 01"),
    (RopHardDeleteMessagesResponse(1, True), "91 01 00000000 01"),
    (RopGetContentsTableResponse(2, 7), "05 02 00000000 07000000"),
    (RopMoveCopyMessagesResponse(1, True), "33 01 00000000 01"),
    (RopCopyFolderResponse(1, True), "36 01 00000000 01"),
    (RopCopyFolderNullDestinationResponse(1, 2, True, return_value=0x503), "36 01 03050000 02000000 01"),
]


@pytest.mark.parametrize(("value", "encoded"), FOLDERS)
def test_folders(value: Structure, encoded: str) -> None:
    """R547, R549, R550, R552, R555, R557, R559 to R561, R563 to R565, R567 to R570, R609, R611, R612, R614, R617,
    R619, R621, R622, R625 to R627, R629 to R631, R633 to R635, R637 to R640, R642 to R644, R667, R669, R670, R672,
    R674, R698, R700, R701, R703, R720, R722, R723, R725, R728, R729, R731, R734, R736, R738, R740, R771, R773, R774,
    R776, R779, R781, R783, R784, R786, R790, R792, R815, R817, R818, R820, R823, R827, R828, R830, R833, R835, R860,
    R862, R863, R865, R868, R870, R872, R873, R875, R878, R880, R895, R897, R898, R900, R902, R917, R919, R920, R922,
    R924, R944, R946, R947, R949, R951, R971, R973, R974, R976, R978, R993, R995, R996, R998, R1001, R1026, R1028,
    R1029, R1031, R1034, R4613: fields in their order; servers only of what is elsewhere, strings as UseUnicodeStrings
    says, PartialCompletion also of what failed."""
    check(value, encoded)


TABLES: list[tuple[Structure, str]] = [
    (
        RopSetColumnsRequest(
            0,
            1,
            SYNCHRONOUS,
            (PidTagFolderId, PidTagMid, PidTagInstID, PidTagInstanceNum, PidTagSubject, PidTagMessageDeliveryTime),
        ),
        "12 00 01 00 0600 14004867 14004A67 14004D67 03004E67 1F003700 4000060E",
    ),
    (RopSetColumnsRequest(0, 1, SYNCHRONOUS, RULE_COLUMNS), "12 00 01 00 0300 14007466 02018466 1F008266"),
    (RopSetColumnsResponse(1), "12 01 00000000 00"),
    (
        RopSortTableRequest(
            0,
            0,
            SYNCHRONOUS,
            1,
            1,
            (
                SortOrder(CATEGORIES, Direction.ASCENDING),
                SortOrder(PidTagMessageDeliveryTime, Direction.DESCENDING),
            ),
        ),
        "13 00 00 00 0200 0100 0100 1F300880 00 4000060E 01",
    ),
    (RopSortTableResponse(1), "13 01 00000000 00"),
    (RopRestrictRequest(0, 1, SYNCHRONOUS, None), "14 00 01 00 0000"),
    (RopRestrictRequest(0, 1, AsynchronousFlags.TBL_ASYNC, READ), f"14 00 01 01 0E00 {READ_BYTES}"),
    (RopQueryRowsRequest(0, 0, QueryRowsFlags(0), True, 50), "15 00 00 00 01 3200"),
    (RopQueryRowsResponse(1, Bookmark.BOOKMARK_END, ()), "15 01 00000000 02 0000"),
    (RopQueryPositionResponse(1, 2, 9), "17 01 00000000 02000000 09000000"),
    (RopSeekRowRequest(0, 1, Bookmark.BOOKMARK_CURRENT, -2, True), "18 00 01 01 FEFFFFFF 01"),
    (RopSeekRowResponse(1, True, -1), "18 01 00000000 01 FFFFFFFF"),
    (RopSeekRowBookmarkRequest(0, 1, b"\7", -2, False), "19 00 01 0100 07 FEFFFFFF 00"),
    (RopSeekRowBookmarkResponse(1, False, True, 3), "19 01 00000000 00 01 03000000"),
    (RopSeekRowFractionalRequest(0, 1, 1, 2), "1A 00 01 01000000 02000000"),
    (RopCreateBookmarkResponse(1, b"\7\7"), "1B 01 00000000 0200 0707"),
    (RopFreeBookmarkRequest(0, 1, b"\7\7"), "89 00 01 0200 0707"),
    (
        RopFindRowRequest(0, 1, FindRowFlags.BACKWARD, READ, Bookmark.BOOKMARK_CUSTOM, b"\7"),
        f"4F 00 01 01 0E00 {READ_BYTES} 03 0100 07",
    ),
    (RopFindRowResponse(1, True), "4F 01 00000000 01 00"),
    (RopExpandRowRequest(0, 1, 20, 0x56F83F0100000001), "59 00 01 1400 01000000013FF856"),
    (RopCollapseRowRequest(0, 1, 0x56F83F0100000001), "5A 00 01 01000000013FF856"),
    (RopCollapseRowResponse(1, 3), "5A 01 00000000 03000000"),
    (RopGetCollapseStateRequest(0, 1, 1, 2), "6B 00 01 0100000000000000 02000000"),
    (RopGetCollapseStateResponse(1, b"state"), "6B 01 00000000 0500 7374617465"),
    (RopSetCollapseStateRequest(0, 1, b"state"), "6C 00 01 0500 7374617465"),
    (RopSetCollapseStateResponse(1, b"\7"), "6C 01 00000000 0100 07"),
    (RopRestrictResponse(1, TableStatus.TBLSTAT_RESTRICTING), "14 01 00000000 0E"),
    (RopAbortRequest(0, 1), "38 00 01"),
    (RopAbortResponse(1, TableStatus.TBLSTAT_SORTING), "38 01 00000000 09"),
    (RopGetStatusRequest(0, 1), "16 00 01"),
    (RopGetStatusResponse(1, TableStatus.TBLSTAT_SORT_ERROR), "16 01 00000000 0A"),
    (RopQueryPositionRequest(0, 1), "17 00 01"),
    (RopQueryColumnsAllRequest(0, 1), "37 00 01"),
    (RopQueryColumnsAllResponse(1, (PidTagSubject, PidTagMid)), "37 01 00000000 0200 1F003700 14004A67"),
    (RopResetTableRequest(0, 1), "81 00 01"),
    (RopResetTableResponse(1), "81 01 00000000"),
    (RopCreateBookmarkRequest(0, 1), "1B 00 01"),
    (RopSeekRowFractionalResponse(1), "1A 01 00000000"),
    (RopFreeBookmarkResponse(1), "89 01 00000000"),
]


@pytest.mark.parametrize(("value", "encoded"), TABLES)
def test_tables(value: Structure, encoded: str) -> None:
    """R1061 to R1063, R1065, R1066, R1068, R1071, R1104, R1106, R1107, R1109, R1112, R1141, R1143, R1144, R1146,
    R1149, R1176, R1178, R1179, R1181, R1184, R1187, R1189 to R1191, R1210, R1212, R1213, R1215, R1218, R1239, R1241,
    R1242, R1244, R1247, R1267, R1269, R1270, R1272, R1275, R1277, R1303, R1305, R1306, R1308, R1311, R1313, R1341,
    R1343, R1344, R1346, R1349, R1351, R1353, R1376, R1378, R1379, R1381, R1392, R1394, R1395, R1397, R1400, R1402,
    R1403, R1423, R1425, R1426, R1428, R1431, R1433 to R1435, R1471, R1473, R1474, R1476, R1479, R1481, R1482, R1484,
    R1485, R1509, R1511, R1512, R1514, R1525, R1527, R1528, R1530, R1545, R1547, R1548, R1550, R1553, R1555, R1557 to
    R1559, R1580, R1582, R1583, R1585, R1588, R1612, R1614, R1615, R1617, R1620, R1622, R1623, R1647, R1649, R1650,
    R1652, R1655, R1657, R1658, R109501: fields in their order; three counts before the sort orders; no restriction has
    no bytes."""
    check(value, encoded)


def test_rows() -> None:
    """R1187, R1189, R1481, R1483, R1553 to R1557: as many rows as announced, each of the columns set before."""
    rule = format_row(RULE_COLUMNS, RULE)
    published = (
        "15010000000002010000010000000 13FF8561000010000000100000055555555"
        "D144E340500072006F006A00650063007400200058000000"
    )
    check(RopQueryRowsResponse(1, Bookmark.BOOKMARK_END, (rule,)), published.replace(" ", ""), RULE_COLUMNS)
    check(RopFindRowResponse(1, False, rule), f"4F 01 00000000 00 01 {rule.hex()}", RULE_COLUMNS)
    check(RopExpandRowResponse(1, 9, (rule, rule)), f"59 01 00000000 09000000 0200 {rule.hex() * 2}", RULE_COLUMNS)


def test_rows_of_groups() -> None:
    """MS-OXCDATA 2.8.1.2: the published row of a category, with a flag for each value."""
    group = format_row(GROUP_COLUMNS, GROUP)
    published = (
        "15 00 00 00 00 00 02 01 00 01 00 01 00 00 00 00 F1 1F 32 0A 0F 01 04 80 00 01 00 00 00 00 F1 88 BD"
        "00 00 00 00 00 00 03 00 00 00 00 00 00 00 00 0A 0F 01 04 80"
    )
    check(RopQueryRowsResponse(0, Bookmark.BOOKMARK_END, (group,)), published, GROUP_COLUMNS)


def test_rows_of_unknown_columns() -> None:
    """Without the columns nobody knows where a row ends."""
    raw = RopQueryRowsResponse(1, Bookmark.BOOKMARK_END, (b"\0",)).format()
    with pytest.raises(BadSyntax, match="columns"):
        RopQueryRowsResponse.read(RowReader(raw, ()))


@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        (RopSetColumnsRequest, "12 00 01 00 FFFF 14007466"),
        (RopSortTableRequest, "13 00 00 00 0200 0100 0100 1F300880 00"),
        (RopRestrictRequest, f"14 00 01 00 0F00 {READ_BYTES} 00"),
        (RopRestrictRequest, "14 00 01 00 0100 0C"),
        (RopDeleteMessagesRequest, "1E 00 00 00 00 FFFF 0000000000000000"),
        (RopCreateFolderRequest, "1C 00 00 01 01 01 00 00 4600 00"),
        (RopGetContentsTableRequest, "05 00 00 01"),
    ],
)
def test_what_is_not_whole(kind: type[Structure], encoded: str) -> None:
    """R4551: counts and sizes of more than there is, and bytes that no restriction accounts for."""
    with pytest.raises(BadSyntax):
        kind.read(RowReader(bytes.fromhex(encoded), ()))


def test_numbers_without_a_name() -> None:
    """They are kept, for the handler to refuse, and are not remembered."""
    kind = FolderType(77)
    assert (kind, kind.name, kind in set(FolderType)) == (77, "0x4d", False)
    assert 77 not in FolderType._value2member_map_
    flags = DeleteFolderFlags(0x85)
    assert flags & DeleteFolderFlags.DEL_FOLDERS
    assert 0x85 not in DeleteFolderFlags._value2member_map_
