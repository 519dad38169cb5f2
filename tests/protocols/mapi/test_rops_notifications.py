"""Notifications, byte for byte, and responses that stand for others. Statements are those of [MS-OXCNOTIF]."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rop_examples import check
from structure_values import notifications

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_rows import format_row
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.rops.notification import (
    RopNotify,
    RopRegisterNotificationRequest,
    RopRegisterNotificationResponse,
)
from posthouse.protocols.mapi.rops.notification_data import (
    NewMail,
    NotificationData,
    NotificationFlags,
    ObjectCreated,
    ObjectDeleted,
    ObjectModified,
    ObjectMoved,
    SearchCompleted,
    TableEventType,
    TableModified,
    read_notification_data,
)
from posthouse.protocols.mapi.rops.transport import BackoffRop, RopBackoff, RopBufferTooSmall, RopPending
from posthouse.protocols.mapi.structures import Structure
from posthouse.protocols.mapi.tags import PidTagMessageFlags, PidTagSubject

F = NotificationFlags
INBOX, TRASH, ROOT = ObjectId(1, 0x0D), ObjectId(1, 0x0B), ObjectId(1, 1)
MESSAGE, OLD, NONE = ObjectId(1, 0x1234567900), ObjectId(1, 0x123456789A), ObjectId(0, 0)
INBOX_BYTES, TRASH_BYTES, ROOT_BYTES = "0100 00000000000D", "0100 00000000000B", "0100 000000000001"
MESSAGE_BYTES, OLD_BYTES = "0100 001234567900", "0100 00123456789A"
NONE_BYTES = "0000 000000000000"
ROW = format_row((PidTagMessageFlags,), (1,))

DATA: list[tuple[NotificationData, str]] = [
    (
        NewMail(F.NEW_MAIL | F.M, INBOX, OLD, None, None, 0x2000, False, b"IPM.Note"),
        f"0280 {INBOX_BYTES} {OLD_BYTES} 00200000 00 49504D2E4E6F746500",
    ),
    (
        NewMail(F.NEW_MAIL | F.M | F.T | F.U, INBOX, OLD, 9, 1, 0, True, "I"),
        f"02B0 {INBOX_BYTES} {OLD_BYTES} 09000000 01000000 00000000 01 4900 0000",
    ),
    (ObjectCreated(F.OBJECT_CREATED | F.M, INBOX, OLD), f"0480 {INBOX_BYTES} {OLD_BYTES} 0000"),
    (
        ObjectCreated(F.OBJECT_CREATED, INBOX, None, ROOT, (PidTagSubject,)),
        f"0400 {INBOX_BYTES} {ROOT_BYTES} 0100 1F003700",
    ),
    (
        ObjectCreated(F.OBJECT_CREATED | F.M | F.S, INBOX, OLD, TRASH, None),
        f"04C0 {INBOX_BYTES} {OLD_BYTES} {TRASH_BYTES} FFFF",
    ),
    (ObjectDeleted(F.OBJECT_DELETED | F.M, INBOX, OLD), f"0880 {INBOX_BYTES} {OLD_BYTES}"),
    (ObjectDeleted(F.OBJECT_DELETED, INBOX, None, ROOT), f"0800 {INBOX_BYTES} {ROOT_BYTES}"),
    (
        ObjectModified(F.OBJECT_MODIFIED | F.T | F.U, INBOX, None, (), 10, 3),
        f"1030 {INBOX_BYTES} 0000 0A000000 03000000",
    ),
    (ObjectModified(F.OBJECT_MODIFIED | F.M, INBOX, OLD, None), f"1080 {INBOX_BYTES} {OLD_BYTES} FFFF"),
    (
        ObjectMoved(F.OBJECT_MOVED | F.M, TRASH, MESSAGE, None, INBOX, OLD),
        f"2080 {TRASH_BYTES} {MESSAGE_BYTES} {INBOX_BYTES} {OLD_BYTES}",
    ),
    (
        ObjectMoved(F.OBJECT_COPIED, TRASH, None, ROOT, INBOX, None, ROOT),
        f"4000 {TRASH_BYTES} {ROOT_BYTES} {INBOX_BYTES} {ROOT_BYTES}",
    ),
    (SearchCompleted(F.SEARCH_COMPLETED, INBOX), f"8000 {INBOX_BYTES}"),
    (TableModified(F.TABLE_MODIFIED, TableEventType.TABLE_CHANGED), "0001 0100"),
    (
        TableModified(F.TABLE_MODIFIED | F.M, TableEventType.TABLE_ROW_ADDED, INBOX, OLD, 0, INBOX, NONE, 0, ROW),
        f"0081 0300 {INBOX_BYTES} {OLD_BYTES} 00000000 {INBOX_BYTES} {NONE_BYTES} 00000000 0500 00 01000000",
    ),
    (
        TableModified(F.TABLE_MODIFIED | F.M, TableEventType.TABLE_ROW_DELETED, INBOX, OLD, 0),
        f"0081 0400 {INBOX_BYTES} {OLD_BYTES} 00000000",
    ),
    (
        TableModified(
            F.TABLE_MODIFIED,
            TableEventType.TABLE_ROW_MODIFIED,
            INBOX,
            insert_after_table_row_folder_id=TRASH,
            table_row_data=ROW,
        ),
        f"0001 0500 {INBOX_BYTES} {TRASH_BYTES} 0500 00 01000000",
    ),
]


@pytest.mark.parametrize(("data", "encoded"), DATA)
def test_data(data: NotificationData, encoded: str) -> None:
    """R5, R202, R98, R103 to R112, R115, R118, R121, R124, R126, R128 to R132, R136 to R140, R142, R144, R146, R148,
    R150, R152, R154, R156, R158, R160, R162, R164, R167, R169, R171, R173, R175, R177, R179, R181, R183, R185, R187,
    R189, R191, R193, R195, R203, R205, R207, R209, R211, R213, R215, R217 to R219, R221, R224 to R226, R12401, R12402,
    R14201 to R14204, R14601 to R14604, R15001 to R15004, R15401 to R15403, R15801 to R15803, R16401 to R16403, R16701
    to R16703, R17101 to R17103, R17501 to R17503, R17901 to R17905, R18301 to R18303, R18701 to R18703, R19101 to
    R19103, R19501 to R19503, R20301 to R20303, R20701, R20702, R21101, R21102, R21501, R21502, R22101, R22102, R22601,
    R22602, R97002, R111001, R161001 to R161004: the type of the event and the flags say which fields there are, in this
    order."""
    check(RopNotify(0x22, 0, data), f"2A 22000000 00 {encoded}")


def test_no_notification() -> None:
    """R102: there are no other types, nor two at once."""
    for encoded in ("0000", "0600 0100 00000000000D", "0100 0100 00000000000D"):
        with pytest.raises(BadSyntax):
            read_notification_data(Reader(bytes.fromhex(encoded)))


@given(notifications())
def test_there_and_back(data: NotificationData) -> None:
    """With any flags: it is read as it was written."""
    reader = Reader(data.format())
    assert read_notification_data(reader) == data
    reader.done()


@given(st.sampled_from([2, 4, 8, 0x10, 0x20, 0x40, 0x80]), st.binary(max_size=60))
@pytest.mark.fuzz
def test_anything(kind: int, raw: bytes) -> None:
    """Whatever comes is a notification, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        read_notification_data(Reader(bytes([kind]) + raw))


OTHERS: list[tuple[Structure, str]] = [
    (
        RopRegisterNotificationRequest(0, 0, 1, F(0x7E), None, True),
        "29 00 00 01 7E00 01",
    ),
    (
        RopRegisterNotificationRequest(0, 0, 1, F.NEW_MAIL, None, False, INBOX, NONE),
        f"29 00 00 01 0200 00 {INBOX_BYTES} {NONE_BYTES}",
    ),
    (RopRegisterNotificationRequest(0, 0, 1, F.EXTENDED, 0, True), "29 00 00 01 0004 00 01"),
    (RopPending(7), "6E 0700"),
    (RopBufferTooSmall(0x9000, b"\x15\0\0\0\1\1\0"), "FF 0090 15 00 00 00 01 0100"),
    (RopBackoff(0, 1000), "F9 00 E8030000 00 0000"),
    (RopBackoff(0, 1000, (BackoffRop(0x15, 5),), b"x"), "F9 00 E8030000 01 15 05000000 0100 78"),
    (RopRegisterNotificationResponse(1), "29 01 00000000"),
]


def test_more_room_than_can_be_told() -> None:
    """MS-OXCROPS R4443: SizeNeeded has 16 bits, whatever is needed."""
    assert RopBufferTooSmall(0x12345, b"").format() == bytes.fromhex("FF FFFF")


@pytest.mark.parametrize(("value", "encoded"), OTHERS)
def test_others(value: Structure, encoded: str) -> None:
    """R36, R39 to R41, R52, R53, and MS-OXCROPS R4346, R4348, R4349, R4352, R4423, R4425, R4426, R4428, R4434, R4436,
    R4437, R4443, R4445, R4451, R4453, R4454, R4456, R4458, R4460, R4461, R4463, R4465, R4466, R4468, R4470, R4653,
    R4655: fields in their order; a byte more when Extended is asked for, ids only when it is not about the whole
    store."""
    check(value, encoded)
