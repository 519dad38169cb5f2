"""What fields of operations mean, beyond how they are laid out. Statements are those of [MS-OXCROPS]."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from mapi_carrying import UNICODE, Carrier
from mapi_properties import KEEP
from mapi_session import LOGON, MapiSession, mapi_hub

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.named_tags import PidLidTaskStatus
from posthouse.protocols.mapi.property_rows import format_row, read_row
from posthouse.protocols.mapi.property_values import PropertyType
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.recipients import AddressType, RecipientFlags, RecipientRow
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops.attachment import (
    AttachmentOpenMode,
    RopOpenEmbeddedMessageRequest,
    RopOpenEmbeddedMessageResponse,
)
from posthouse.protocols.mapi.rops.fast_transfer import (
    CopyToFlags,
    RopFastTransferDestinationPutBufferRequest,
    RopFastTransferDestinationPutBufferResponse,
    RopFastTransferSourceCopyToRequest,
    RopFastTransferSourceCopyToResponse,
    RopFastTransferSourceGetBufferRequest,
    RopFastTransferSourceGetBufferResponse,
    SourceOperation,
    TransferStatus,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
    RopReloadCachedInformationRequest,
    RopReloadCachedInformationResponse,
    RopSaveChangesMessageRequest,
)
from posthouse.protocols.mapi.rops.property import RopGetPropertiesListRequest
from posthouse.protocols.mapi.rops.recipient import (
    ModifyRecipientRow,
    RecipientType,
    RopModifyRecipientsRequest,
    RopModifyRecipientsResponse,
    RopReadRecipientsRequest,
    RopReadRecipientsResponse,
)
from posthouse.protocols.mapi.rops.stream import (
    RopOpenStreamRequest,
    RopReadStreamRequest,
    RopSeekStreamRequest,
    StreamOpenMode,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

SMTP = RecipientFlags.DISPLAY_NAME | RecipientFlags.EMAIL_ADDRESS | RecipientFlags(AddressType.SMTP)
COLUMNS = (tags.PidTagRecipientTrackStatus, tags.PidTagRecipientOrder)
READ_ONLY = MessageOpenMode.READ_ONLY
BUFFER_TOO_SMALL = 0xFF
UTF_16 = 1200
"""In which recipients are told."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> Carrier:
    return Carrier(hub, "alice")


def test_a_new_session_has_nothing(hub: MailHub) -> None:
    """R4540, MS-OXCRPC R1199: neither objects nor logons, whatever another session has."""
    busy = Carrier(hub, "alice")
    busy.opened_folder()
    empty = MapiSession(hub, "alice", log_on=False)
    for handle in (*busy.handles, 1, 2):
        empty.handles[LOGON] = handle
        assert empty.error(RopGetPropertiesListRequest(0, LOGON)) == ErrorCode.ecNullObject


# recipients


def addressed(alice: Carrier, slot: int) -> None:
    """A copy goes to somebody of whom more is known."""
    row = RecipientRow(
        SMTP,
        email_address=b"ivan@example.net",
        display_name="Иван".encode("cp1251"),
        recipient_column_count=2,
        recipient_properties=format_row(COLUMNS, [3, 5]),
    )
    rop = RopModifyRecipientsRequest(0, slot, COLUMNS, (ModifyRecipientRow(7, RecipientType.CC, row),))
    alice.get(rop, RopModifyRecipientsResponse)


def require_addressed(message: Any) -> None:
    [row] = message.recipient_rows
    assert (row.recipient_type, row.code_page_id) == (RecipientType.CC, UTF_16)
    assert set(COLUMNS) <= set(message.recipient_columns)
    columns = message.recipient_columns[: row.recipient_row.recipient_column_count]
    found = dict(zip(columns, read_row(Reader(row.recipient_row.recipient_properties), columns), strict=True))
    assert [found[tag] for tag in COLUMNS] == [3, 5]


def test_what_is_told_of_recipients(alice: Carrier) -> None:
    """R1865, R1718, R1726, R1728, R1926, R1980, R2276: which kind each is, in which code page, and the columns that
    were set, wherever recipients are told: of a message that is opened, looked at again, or within another."""
    slot = alice.new_message(code_page=1251)
    addressed(alice, slot)
    inner = alice.message_within(outer := alice.new_attachment(slot))
    addressed(alice, inner)
    alice.execute(RopSaveChangesMessageRequest(0, outer, inner, KEEP))
    alice.saved_attachment(slot, outer)
    message = alice.saved(slot)
    where = alice.special(Special.INBOX)
    opening = RopOpenMessageRequest(0, LOGON, alice.slot(), LOGON_CODE_PAGE, where, READ_ONLY, message)
    require_addressed(alice.get(opening, RopOpenMessageResponse).message)
    again = RopReloadCachedInformationRequest(0, slot)
    require_addressed(alice.get(again, RopReloadCachedInformationResponse).message)
    attachment = alice.opened_attachment(opening.output_handle_index, 0, AttachmentOpenMode.READ_ONLY)
    within = RopOpenEmbeddedMessageRequest(0, attachment, alice.slot(), LOGON_CODE_PAGE, READ_ONLY)
    require_addressed(alice.get(within, RopOpenEmbeddedMessageResponse).message)
    [read] = alice.get(RopReadRecipientsRequest(0, slot, 0), RopReadRecipientsResponse).recipient_rows
    assert (read.row_id, read.recipient_type, read.code_page_id) == (7, RecipientType.CC, UTF_16)
    assert read.recipient_row.display_name == "Иван"


# messages


def test_whether_there_are_named_properties(alice: Carrier) -> None:
    """R1966, R2262: of a message that is looked at again, and of one within it."""
    slot = alice.new_message()
    inner = alice.message_within(outer := alice.new_attachment(slot))
    again = RopReloadCachedInformationRequest(0, slot)
    within = RopOpenEmbeddedMessageRequest(0, outer, alice.slot(), LOGON_CODE_PAGE, READ_ONLY)

    def told() -> tuple[bool, bool]:
        alice.execute(RopSaveChangesMessageRequest(0, outer, inner, KEEP))
        opened = alice.get(within, RopOpenEmbeddedMessageResponse).message
        looked_at = alice.get(again, RopReloadCachedInformationResponse).message
        return looked_at.has_named_properties, opened.has_named_properties

    before = told()
    for one in (slot, inner):
        alice.set(one, {alice.named(PidLidTaskStatus.name, PropertyType.INTEGER32): 1})
    assert (before, told()) == ((False, False), (True, True))


def test_the_code_page_of_a_message_within(alice: Carrier) -> None:
    """R2244: its texts in 8 bits are in the one that is told when it is opened."""
    outer = alice.new_attachment(alice.new_message())
    inner = alice.message_within(outer)
    alice.set(inner, {tags.PidTagSubject: "привет"})
    alice.execute(RopSaveChangesMessageRequest(0, outer, inner, KEEP))
    narrow = tags.PidTagSubject._replace(type=PropertyType.STRING8)
    for code_page in (1251, 866):
        slot = alice.slot()
        rop = RopOpenEmbeddedMessageRequest(0, outer, slot, code_page, READ_ONLY)
        alice.get(rop, RopOpenEmbeddedMessageResponse)
        assert alice.value(slot, narrow) == "привет".encode(f"cp{code_page}")


# streams of objects


def source_of(alice: Carrier, size: int) -> int:
    message, slot = alice.new_message(), alice.slot()
    alice.set(message, {tags.PidTagBody: "x" * size})
    rop = RopFastTransferSourceCopyToRequest(0, message, slot, 0, CopyToFlags(0), UNICODE, ())
    alice.get(rop, RopFastTransferSourceCopyToResponse)
    return slot


def test_how_far_a_stream_is(alice: Carrier) -> None:
    """R3734, R3739, R3700, R3704: whether there is more, and of how many steps, out of a mailbox and into one."""
    source, parts = source_of(alice, 3000), []
    while not parts or parts[-1].transfer_status is TransferStatus.PARTIAL:
        rop = RopFastTransferSourceGetBufferRequest(0, source, 0x400)
        parts.append(alice.get(rop, RopFastTransferSourceGetBufferResponse))
    assert len(parts) > 2
    assert [one.transfer_status for one in parts] == [TransferStatus.PARTIAL] * (len(parts) - 1) + [TransferStatus.DONE]
    assert all(1 <= one.total_step_count >= one.in_progress_count for one in parts)
    target = alice.destination(alice.new_message())
    for one in parts:
        rop_in = RopFastTransferDestinationPutBufferRequest(0, target, one.transfer_buffer)
        done = alice.get(rop_in, RopFastTransferDestinationPutBufferResponse)
        assert done.transfer_status in (TransferStatus.PARTIAL, TransferStatus.DONE)
        assert done.total_step_count >= 1


@pytest.mark.parametrize("operation", [SourceOperation.COPY_MESSAGES, SourceOperation.COPY_FOLDER])
def test_how_a_stream_was_made(alice: Carrier, operation: SourceOperation) -> None:
    """R3663: what is said to be made otherwise than it was cannot be read so."""
    _, target, _ = alice.new()
    _, source, path = alice.new()
    ids = alice.fill(path, "one")
    streams = {
        SourceOperation.COPY_MESSAGES: alice.copied_messages(source, *ids),
        SourceOperation.COPY_FOLDER: alice.copied_folder(source),
    }
    for made, data in streams.items():
        rop = RopFastTransferDestinationPutBufferRequest(0, alice.destination(target, operation), data)
        assert (alice.error(rop) == 0) == (made is operation)


# room


def test_what_does_not_fit_behind_the_least_of_a_stream(alice: Carrier) -> None:
    """R454507, R454508: as much of a stream is read as there is room, for a client that names no size; where not even
    the least fits with what follows, nothing of it is done, and the client gets it back."""
    message, stream = alice.new_message(), alice.slot()
    alice.set(message, {tags.PidTagBody: "x" * 10_000})
    assert alice.error(RopOpenStreamRequest(0, message, stream, tags.PidTagBody, StreamOpenMode.READ_ONLY)) == 0
    read, rewind = RopReadStreamRequest(0, stream, 0xBABE, 0x7000), RopSeekStreamRequest(0, stream, 0, 0)

    def answer(size: int) -> bytes:
        payload = RopBuffer(rewind.format() + read.format() * 2, tuple(alice.handles)).format()
        return alice.execute_raw(payload, most=size).rops

    told = len(alice.execute(rewind)[0].format())
    whole = answer(0x8000)
    assert int.from_bytes(whole[told + 6 : told + 8], "little") == 20_000
    some = answer(0x3000)
    assert 4096 <= int.from_bytes(some[told + 6 : told + 8], "little") < 20_000
    none = answer(0x800)
    assert none[told] == BUFFER_TOO_SMALL
    assert none.endswith(read.format() * 2)
