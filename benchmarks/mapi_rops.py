"""What remote operations cost on the wire: microseconds, the best of some runs.

python benchmarks/mapi_rops.py
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from uuid import UUID

from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_rows import Cell, Missing, format_row, read_row
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.recipients import AddressType, RecipientFlags, RecipientRow
from posthouse.protocols.mapi.rop_buffer import RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops import parse_responses, parse_rops
from posthouse.protocols.mapi.rops.message_status import ReadFlags, RopSetReadFlagsRequest
from posthouse.protocols.mapi.rops.property import RopGetPropertiesSpecificRequest, RopSetPropertiesRequest
from posthouse.protocols.mapi.rops.recipient import OpenRecipientRow, RecipientType
from posthouse.protocols.mapi.rops.table import (
    AsynchronousFlags,
    Bookmark,
    QueryRowsFlags,
    RopQueryRowsRequest,
    RopQueryRowsResponse,
    RopSetColumnsRequest,
)
from posthouse.protocols.mapi.tags import (
    PidTagChangeKey,
    PidTagDisplayTo,
    PidTagFolderId,
    PidTagHasAttachments,
    PidTagImportance,
    PidTagInstanceNum,
    PidTagInstID,
    PidTagLastModificationTime,
    PidTagMessageClass,
    PidTagMessageDeliveryTime,
    PidTagMessageFlags,
    PidTagMessageSize,
    PidTagMid,
    PidTagSenderName,
    PidTagSubject,
)

COLUMNS = (
    PidTagFolderId,
    PidTagMid,
    PidTagInstID,
    PidTagInstanceNum,
    PidTagSubject,
    PidTagSenderName,
    PidTagDisplayTo,
    PidTagMessageClass,
    PidTagMessageFlags,
    PidTagMessageSize,
    PidTagImportance,
    PidTagHasAttachments,
    PidTagMessageDeliveryTime,
    PidTagLastModificationTime,
    PidTagChangeKey,
)
"""Of a folder as Outlook shows it."""
INBOX = ObjectId(1, 13)
KEY = UUID("f0e1d2c3-b4a5-4697-8879-6a5b4c3d2e1f").bytes_le + bytes(6)
ROW: tuple[Cell, ...] = (
    INBOX.number,
    ObjectId(1, 0x123456).number,
    ObjectId(1, 0x123456).number,
    0,
    "Meeting about the plans for next Tuesday",
    "Alice Example",
    "Bob Example; Carol Example",
    "IPM.Note",
    1,
    4096,
    1,
    False,
    132_794_324_960_000_000,
    132_794_324_960_000_000,
    KEY,
)
ROW_WITH_A_GAP = (*ROW[:-1], Missing(0x8004010F))
ROWS = 50


def show(name: str, work: Callable[[], object], number: int, per: int = 1) -> None:
    best = min(timeit.repeat(work, number=number, repeat=7)) / number / per
    print(f"{name:44} {best * 1e6:9.2f} µs")


def rows() -> None:
    raw = format_row(COLUMNS, ROW)
    show("format a row of 15 columns", lambda: format_row(COLUMNS, ROW), 5000)
    show("format it, one value missing", lambda: format_row(COLUMNS, ROW_WITH_A_GAP), 5000)
    show("read a row of 15 columns", lambda: read_row(Reader(raw), COLUMNS), 5000)


def operations() -> None:
    query = RopQueryRowsRequest(0, 1, QueryRowsFlags(0), True, ROWS)
    page = RopSetColumnsRequest(0, 1, AsynchronousFlags(0), COLUMNS).format() + query.format()
    wanted = RopGetPropertiesSpecificRequest(0, 1, 0, True, COLUMNS).format()
    flags = RopSetReadFlagsRequest(0, 1, False, ReadFlags.rfSuppressReceipt, (INBOX,) * 100)
    values = tuple(TaggedValue(tag, value) for tag, value in zip(COLUMNS, ROW, strict=True))
    change = RopSetPropertiesRequest(0, 1, values)
    for name, raw in (("columns and rows", page), ("15 properties", wanted), ("100 read flags", flags.format())):
        show(f"parse a request for {name}", lambda raw=raw: parse_rops(raw), 5000)  # type: ignore[misc]
    show("format a request for rows", query.format, 20_000)
    show("parse a change of 15 properties", lambda: parse_rops(change.format()), 5000)
    show("format a change of 15 properties", change.format, 5000)


def responses() -> None:
    query = RopQueryRowsRequest(0, 1, QueryRowsFlags(0), True, ROWS)
    raw_rows = (format_row(COLUMNS, ROW),) * ROWS
    response = RopQueryRowsResponse(1, Bookmark.BOOKMARK_END, raw_rows)
    raw = response.format()
    show(f"format a response of {ROWS} rows, per row", response.format, 2000, ROWS)
    show("parse it, per row", lambda: parse_responses(raw, [query], {1: COLUMNS}), 100, ROWS)
    alice = RecipientRow(
        RecipientFlags(AddressType.SMTP) | RecipientFlags.EMAIL_ADDRESS | RecipientFlags.DISPLAY_NAME,
        email_address=b"alice@example.org",
        display_name=b"Alice Example",
    )
    recipient = OpenRecipientRow(RecipientType.TO, 1252, 0, alice)
    encoded = recipient.format()
    show("format a recipient", recipient.format, 5000)
    show("read a recipient", lambda: OpenRecipientRow.read(Reader(encoded)), 5000)


def payloads() -> None:
    raw_rows = (format_row(COLUMNS, ROW),) * 60
    payload = RopBuffer(RopQueryRowsResponse(1, Bookmark.BOOKMARK_END, raw_rows).format(), (1, 2)).format()
    buffer = format_extended(payload)
    print(f"a payload of {len(payload):,} bytes is a buffer of {len(buffer):,}")
    show("format a buffer of rows", lambda: format_extended(payload), 20)
    show("parse it", lambda: parse_extended(buffer), 20)
    small = RopBuffer(RopQueryRowsRequest(0, 1, QueryRowsFlags(0), True, ROWS).format(), (1, 2)).format()
    wire = format_extended(small)
    show("parse a buffer with one request", lambda: parse_rops(parse_rop_buffer(parse_extended(wire)[0]).rops), 5000)


def main() -> None:
    rows()
    operations()
    responses()
    payloads()


if __name__ == "__main__":
    main()
