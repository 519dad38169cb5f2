"""Operations on messages, recipients and attachments, byte for byte. Statements are those of [MS-OXCROPS]."""

from __future__ import annotations

import pytest
from rop_examples import check

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_rows import RowReader, format_row
from posthouse.protocols.mapi.recipients import AddressType, RecipientFlags, RecipientRow
from posthouse.protocols.mapi.rops import parse_rops
from posthouse.protocols.mapi.rops.attachment import (
    AttachmentOpenMode,
    AttachmentTableFlags,
    RopCreateAttachmentRequest,
    RopCreateAttachmentResponse,
    RopDeleteAttachmentRequest,
    RopDeleteAttachmentResponse,
    RopGetAttachmentTableRequest,
    RopGetAttachmentTableResponse,
    RopGetValidAttachmentsRequest,
    RopGetValidAttachmentsResponse,
    RopOpenAttachmentRequest,
    RopOpenAttachmentResponse,
    RopOpenEmbeddedMessageRequest,
    RopOpenEmbeddedMessageResponse,
    RopSaveChangesAttachmentRequest,
    RopSaveChangesAttachmentResponse,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    OpenedMessage,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
    RopReloadCachedInformationRequest,
    RopReloadCachedInformationResponse,
    RopSaveChangesMessageRequest,
    RopSaveChangesMessageResponse,
    SaveFlags,
)
from posthouse.protocols.mapi.rops.message_status import (
    MessageStatusFlags,
    ReadFlags,
    ReadStatus,
    RopGetMessageStatusRequest,
    RopSetMessageReadFlagRequest,
    RopSetMessageReadFlagResponse,
    RopSetMessageStatusRequest,
    RopSetMessageStatusResponse,
    RopSetReadFlagsRequest,
    RopSetReadFlagsResponse,
)
from posthouse.protocols.mapi.rops.recipient import (
    ModifyRecipientRow,
    OpenRecipientRow,
    ReadRecipientRow,
    RecipientType,
    RopModifyRecipientsRequest,
    RopModifyRecipientsResponse,
    RopReadRecipientsRequest,
    RopReadRecipientsResponse,
    RopRemoveAllRecipientsRequest,
    RopRemoveAllRecipientsResponse,
)
from posthouse.protocols.mapi.structures import Structure
from posthouse.protocols.mapi.tags import PidTagDisplayType, PidTagObjectType

FOLDER, MESSAGE = ObjectId(1, 13), ObjectId(1, 0x123456789A)
FOLDER_BYTES, MESSAGE_BYTES = "0100 00000000000D", "0100 00123456789A"
COLUMNS = (PidTagObjectType, PidTagDisplayType)
COLUMNS_BYTES = "0200 0300FE0F 03000039"
VALUES = format_row(COLUMNS, (6, 0))
VALUES_BYTES = "00 06000000 00000000"
CLIENT_DATA = bytes(range(24))
SMTP = RecipientFlags(AddressType.SMTP)
E, D, T, I, U = (  # noqa: E741
    RecipientFlags.EMAIL_ADDRESS,
    RecipientFlags.DISPLAY_NAME,
    RecipientFlags.TRANSMITTABLE_DISPLAY_NAME,
    RecipientFlags.SIMPLE_DISPLAY_NAME,
    RecipientFlags.UNICODE,
)
ALICE = RecipientRow(
    SMTP | E | D | U,
    email_address="a@x",
    display_name="A",
    recipient_column_count=2,
    recipient_properties=VALUES,
)
ALICE_BYTES = f"1B02 610040007800 0000 4100 0000 0200 {VALUES_BYTES}"

RECIPIENTS: list[tuple[Structure, str]] = [
    (ALICE, ALICE_BYTES),
    (RecipientRow(SMTP | E, email_address=b"a@x"), "0B00 61407800 0000"),
    (
        RecipientRow(
            RecipientFlags(AddressType.X500_DN) | D | T | I | RecipientFlags.RESPONSIBLE,
            address_prefix_used=3,
            display_type=1,
            x500_dn=b"cn=a",
            display_name=b"A",
            simple_display_name=b"S",
            transmittable_display_name=b"T",
        ),
        "B104 03 01 636E3D6100 4100 5300 5400 0000",
    ),
    (
        RecipientRow(RecipientFlags(AddressType.PERSONAL_DISTRIBUTION_LIST_1), entry_id=b"entry", search_key=b"key"),
        "0600 0500 656E747279 0300 6B6579 0000",
    ),
    (RecipientRow(RecipientFlags(7), entry_id=b"", search_key=b""), "0700 0000 0000 0000"),
    (
        RecipientRow(RecipientFlags.OTHER_ADDRESS_TYPE | E, address_type=b"FAX", email_address=b"1"),
        "0880 46415800 3100 0000",
    ),
    (RecipientRow(RecipientFlags(0), recipient_column_count=0), "0000 0000"),
]


@pytest.mark.parametrize(("value", "encoded"), RECIPIENTS)
def test_recipient_rows(value: Structure, encoded: str) -> None:
    """MS-OXCDATA R131 to R177: the flags say which fields there are, and whether strings have 8 bits."""
    check(value, encoded)


def test_flags_of_a_recipient() -> None:
    """MS-OXCDATA 2.8.3.1: three bits are a number, the others are bits."""
    assert ALICE.kind is AddressType.SMTP
    assert ALICE.is_unicode
    assert RecipientRow(RecipientFlags(0x8000)).kind is AddressType.NO_TYPE


OPENED = OpenedMessage(True, "Re: ", "Hi", 1, COLUMNS, (OpenRecipientRow(RecipientType.TO, LOGON_CODE_PAGE, 0, ALICE),))
OPENED_BYTES = f"01 03 52653A2000 03 486900 0100 {COLUMNS_BYTES} 01 01 FF0F 0000 1900 {ALICE_BYTES}"
PLAIN = OpenedMessage(False, None, b"Hi", 0, (), ())
PLAIN_BYTES = "00 00 02 486900 0000 0000 00"

MESSAGES: list[tuple[Structure, str]] = [
    (
        RopOpenMessageRequest(0, 0, 1, LOGON_CODE_PAGE, FOLDER, MessageOpenMode.READ_WRITE, MESSAGE),
        f"03 00 00 01 FF0F {FOLDER_BYTES} 01 {MESSAGE_BYTES}",
    ),
    (RopOpenMessageResponse(1, OPENED), f"03 01 00000000 {OPENED_BYTES}"),
    (RopOpenMessageResponse(1, PLAIN), f"03 01 00000000 {PLAIN_BYTES}"),
    (RopReloadCachedInformationRequest(0, 1), "10 00 01 0000"),
    (RopReloadCachedInformationResponse(1, OPENED), f"10 01 00000000 {OPENED_BYTES}"),
    (RopCreateMessageRequest(0, 0, 1, 1252, FOLDER, True), f"06 00 00 01 E404 {FOLDER_BYTES} 01"),
    (RopCreateMessageResponse(1), "06 01 00000000 00"),
    (RopCreateMessageResponse(1, MESSAGE), f"06 01 00000000 01 {MESSAGE_BYTES}"),
    (RopSaveChangesMessageRequest(0, 2, 1, SaveFlags.FORCE_SAVE), "0C 00 02 01 04"),
    (RopSaveChangesMessageResponse(2, 1, MESSAGE), f"0C 02 00000000 01 {MESSAGE_BYTES}"),
    (RopRemoveAllRecipientsRequest(0, 1), "0D 00 01 00000000"),
    (
        RopModifyRecipientsRequest(
            0, 1, COLUMNS, (ModifyRecipientRow(0, RecipientType.CC, ALICE), ModifyRecipientRow(7, RecipientType(0)))
        ),
        f"0E 00 01 {COLUMNS_BYTES} 0200 00000000 02 1900 {ALICE_BYTES} 07000000 00 0000",
    ),
    (RopReadRecipientsRequest(0, 1, 4), "0F 00 01 04000000 0000"),
    (
        RopReadRecipientsResponse(1, (ReadRecipientRow(4, RecipientType.BCC, 1252, 0, ALICE),)),
        f"0F 01 00000000 01 04000000 03 E404 0000 1900 {ALICE_BYTES}",
    ),
    (
        RopSetMessageStatusRequest(0, 1, MESSAGE, MessageStatusFlags.msRemoteDownload, MessageStatusFlags(0x3000)),
        f"20 00 01 {MESSAGE_BYTES} 00100000 00300000",
    ),
    (RopSetMessageStatusResponse(1, MessageStatusFlags(0)), "20 01 00000000 00000000"),
    (RopGetMessageStatusRequest(0, 1, MESSAGE), f"1F 00 01 {MESSAGE_BYTES}"),
    (
        RopSetReadFlagsRequest(0, 1, False, ReadFlags.rfSuppressReceipt, (MESSAGE,)),
        f"66 00 01 00 01 0100 {MESSAGE_BYTES}",
    ),
    (RopSetReadFlagsResponse(1, True), "66 01 00000000 01"),
    (RopSetMessageReadFlagRequest(0, 2, 1, ReadFlags.rfClearReadFlag), "11 00 02 01 04"),
    (RopSetMessageReadFlagResponse(2), "11 02 00000000 00"),
    (
        RopSetMessageReadFlagResponse(2, ReadStatus(0, CLIENT_DATA)),
        f"11 02 00000000 01 00 {CLIENT_DATA.hex()}",
    ),
    (RopRemoveAllRecipientsResponse(1), "0D 01 00000000"),
    (RopModifyRecipientsResponse(1), "0E 01 00000000"),
]


@pytest.mark.parametrize(("value", "encoded"), MESSAGES)
def test_messages(value: Structure, encoded: str) -> None:
    """R1692, R1694, R1695, R1698, R1703, R1705, R1709, R1711, R1713, R1715 to R1717, R1719, R1721, R1722, R1724,
    R1727, R1729, R1731, R1733, R1735, R1764, R1766, R1767, R1770, R1773 to R1775, R1777, R1778, R1805, R1806, R1808,
    R1809, R1812, R1815, R1818, R1842, R1844, R1845, R1848, R1864, R1883, R1885, R1886, R1889, R1906, R1908, R1909,
    R1912, R1915, R1917, R1918, R1920, R1922, R1925, R1927, R1929, R1931 to R1933, R1956, R1958, R1959, R1962, R1965,
    R1967, R1968, R1970, R1973, R1975, R1977 to R1979, R1981, R1983, R1984, R2013, R2015, R2016, R2019, R2022, R2067,
    R2069, R2070, R2073, R2075, R2094, R2095, R2099, R2100, R2103, R2106, R2108 to R2110, R2112 to R2114, R20004,
    MS-OXCMSG R699, R992: fields in their order; rows may be fewer than recipients, MessageId only if it is there, the
    index of the response first."""
    check(value, encoded)


ATTACHMENTS: list[tuple[Structure, str]] = [
    (RopOpenAttachmentRequest(0, 1, 2, AttachmentOpenMode.BEST_ACCESS, 5), "22 00 01 02 03 05000000"),
    (RopOpenAttachmentResponse(2), "22 02 00000000"),
    (RopCreateAttachmentRequest(0, 1, 2), "23 00 01 02"),
    (RopCreateAttachmentResponse(2, 5), "23 02 00000000 05000000"),
    (RopDeleteAttachmentRequest(0, 1, 5), "24 00 01 05000000"),
    (RopSaveChangesAttachmentRequest(0, 2, 1, SaveFlags.KEEP_OPEN_READ_WRITE), "25 00 02 01 02"),
    (RopGetAttachmentTableRequest(0, 1, 2, AttachmentTableFlags.UNICODE), "21 00 01 02 40"),
    (RopOpenEmbeddedMessageRequest(0, 1, 2, 1252, MessageOpenMode.CREATE), "46 00 01 02 E404 02"),
    (RopOpenEmbeddedMessageResponse(2, 0, MESSAGE, PLAIN), f"46 02 00000000 00 {MESSAGE_BYTES} {PLAIN_BYTES}"),
    (RopGetValidAttachmentsResponse(1, (0, 2)), "52 01 00000000 0200 00000000 02000000"),
    (RopDeleteAttachmentResponse(1), "24 01 00000000"),
    (RopSaveChangesAttachmentResponse(2), "25 02 00000000"),
    (RopGetAttachmentTableResponse(2), "21 02 00000000"),
    (RopGetValidAttachmentsRequest(0, 1), "52 00 01"),
]


@pytest.mark.parametrize(("value", "encoded"), ATTACHMENTS)
def test_attachments(value: Structure, encoded: str) -> None:
    """R2143, R2145, R2146, R2149, R2164, R2166, R2167, R2170, R2173, R2198, R2200, R2201, R2204, R2222, R2224, R2225,
    R2228, R2248, R2250, R2251, R2254, R2257, R2259, R2261, R2263, R2264, R2266, R2269, R2271, R2273 to R2275, R2277,
    R2279 to R2281, R2308, R2310, R2311, R2314, R2324, R2331, R2334, R2337: fields in their order."""
    check(value, encoded)


def test_indices() -> None:
    """An operation that answers with an index of its own works on another; what makes an object answers with the index
    of that; R20004: one that answers as another."""
    save = RopSaveChangesMessageRequest(0, 2, 1, SaveFlags(0))
    assert (save.input_index, save.output_index, save.response_index) == (1, None, 2)
    create = RopCreateAttachmentRequest(0, 1, 2)
    assert (create.input_index, create.output_index, create.response_index) == (1, 2, 2)
    assert (RopGetMessageStatusRequest.ROP_ID, RopGetMessageStatusRequest.RESPONSE_ID) == (0x1F, 0x20)
    assert save.RESPONSE_ID == save.ROP_ID


def test_client_data() -> None:
    """R2094, R2095: only of a logon to public folders."""
    raw = bytes.fromhex("11 00 02 01 04") + CLIENT_DATA + bytes.fromhex("11 01 02 01 04")
    assert [placed.request for placed in parse_rops(raw, public={0})] == [
        RopSetMessageReadFlagRequest(0, 2, 1, ReadFlags.rfClearReadFlag, CLIENT_DATA),
        RopSetMessageReadFlagRequest(1, 2, 1, ReadFlags.rfClearReadFlag),
    ]


@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        (RecipientRow, "0B00 61"),
        (RecipientRow, "0100 03 01 63"),
        (RecipientRow, "0600 0500 65"),
        (RopModifyRecipientsRequest, "0E 00 01 0000 0100 00000000 02 0100 00"),
        (RopModifyRecipientsRequest, f"0E 00 01 {COLUMNS_BYTES} 0200 00000000 02 1900 {ALICE_BYTES}"),
        (RopReadRecipientsResponse, "0F 01 00000000 FF 04000000"),
        (RopOpenMessageResponse, "03 01 00000000 01 05"),
        (RopSetReadFlagsRequest, "66 00 01 00 01 0200 0100 00123456789A"),
    ],
)
def test_what_is_not_whole(kind: type[Structure], encoded: str) -> None:
    """R4551: rows that end too soon, counts of more than there is, forms of strings that there are not."""
    with pytest.raises(BadSyntax):
        kind.read(RowReader(bytes.fromhex(encoded), ()))
