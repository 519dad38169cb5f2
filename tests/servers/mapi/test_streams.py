"""Properties that are read and written as streams. Statements are those of [MS-OXCPRPT]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_properties import TOO_LARGE, PropertySession, typed
from mapi_sending import written
from mapi_session import LOGON, PLAIN, mapi_hub, share

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.mailbox import ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.property_rows import RowReader
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType
from posthouse.protocols.mapi.rop_buffer import RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops.message import (
    MessageOpenMode,
    RopOpenMessageRequest,
)
from posthouse.protocols.mapi.rops.property import CopyFlags, RopCopyToRequest
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.protocols.mapi.rops.sending import RopSubmitMessageRequest
from posthouse.protocols.mapi.rops.stream import (
    MORE_THAN_64_KB,
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
    RopOpenStreamRequest,
    RopOpenStreamResponse,
    RopReadStreamRequest,
    RopReadStreamResponse,
    RopSeekStreamRequest,
    RopSeekStreamResponse,
    RopSetStreamSizeRequest,
    RopSetStreamSizeResponse,
    RopUnlockRegionStreamRequest,
    RopWriteAndCommitStreamRequest,
    RopWriteAndCommitStreamResponse,
    RopWriteStreamExtendedRequest,
    RopWriteStreamExtendedResponse,
    RopWriteStreamRequest,
    RopWriteStreamResponse,
    SeekOrigin,
    StreamOpenMode,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.servers.mapi.streams.opening import MAX_IN_FOLDER, MAX_SIZE
from posthouse.testing import MailHub

BODY, DATA = tags.PidTagBody, tags.PidTagAttachDataBinary
OWN = PropertyTag(0x6900, PropertyType.BINARY)
READ, WRITE, CREATE, BEST = StreamOpenMode
PART = 30_000
ROOM = 300_000
READ_ONLY = MessageOpenMode.READ_ONLY


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol") as hub:
        yield hub


class Streams(PropertySession):
    def opened(self, slot: int, tag: PropertyTag, mode: StreamOpenMode = READ) -> tuple[int, int]:
        """Its slot, and its size."""
        stream = self.slot()
        rop = RopOpenStreamRequest(0, slot, stream, tag, mode)
        return stream, self.get(rop, RopOpenStreamResponse).stream_size

    def open_error(self, slot: int, tag: PropertyTag, mode: StreamOpenMode = READ) -> int:
        return self.error(RopOpenStreamRequest(0, slot, self.slot(), tag, mode))

    def read(self, stream: int, size: int = 1000) -> bytes:
        return self.get(RopReadStreamRequest(0, stream, size), RopReadStreamResponse).data

    def read_all(self, slot: int, tag: PropertyTag) -> bytes:
        stream, size = self.opened(slot, tag)
        found = b""
        while data := self.read(stream, PART):
            found += data
        assert len(found) == size
        self.release(stream)
        return found

    def write(self, stream: int, data: bytes) -> None:
        for begin in range(0, len(data), PART):
            part = data[begin : begin + PART]
            written = self.get(RopWriteStreamRequest(0, stream, part), RopWriteStreamResponse).written_size
            assert written == len(part)

    def commit(self, stream: int) -> None:
        self.get(RopCommitStreamRequest(0, stream), RopCommitStreamResponse)

    def size(self, stream: int) -> int:
        return self.get(RopGetStreamSizeRequest(0, stream), RopGetStreamSizeResponse).stream_size

    def resize(self, stream: int, size: int) -> None:
        self.get(RopSetStreamSizeRequest(0, stream, size), RopSetStreamSizeResponse)

    def seek(self, stream: int, origin: SeekOrigin, offset: int) -> int:
        return self.get(RopSeekStreamRequest(0, stream, origin, offset), RopSeekStreamResponse).new_position

    def with_value(self, value: bytes) -> int:
        """A message that has it."""
        slot = self.new_message()
        self.set(slot, {OWN: value})
        return slot


@pytest.fixture
def alice(hub: MailHub) -> Streams:
    return Streams(hub, "alice")


# opening


def test_a_stream_begins_with_the_value_that_there_is(alice):
    """R251, R25301 to R25303, R537, R885, R546, R547, R267, R269, R276, R27601, R277, R27800, R55202, R555, R556: it is
    read from the beginning, and then from where reading ended."""
    message = alice.new_message()
    for slot in (message, alice.new_attachment(message), alice.opened_folder()):
        alice.set(slot, {OWN: b"0123456789"})
        for mode in (READ, WRITE, BEST):
            stream, size = alice.opened(slot, OWN, mode)
            assert size == 10
            assert [alice.read(stream, 4) for _ in range(4)] == [b"0123", b"4567", b"89", b""]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (PropertyType.STRING, "für".encode("utf-16-le")),
        (PropertyType.STRING8, b"f\xfcr"),
    ],
)
def test_a_text_is_in_the_form_of_the_type_that_was_named(alice, kind, data):
    """R255, R25501 to R25509: without a zero at its end; one that a client writes is not kept."""
    message = alice.new_message()
    for slot in (message, alice.new_attachment(message)):
        tag = typed(tags.PidTagComment, kind)
        alice.set(slot, {tags.PidTagComment: "für"})
        assert alice.read_all(slot, tag) == data
        stream, _ = alice.opened(slot, tag, CREATE)
        alice.write(stream, data + bytes(2))
        assert alice.value(slot, tags.PidTagComment) == "für"


def test_the_object_of_an_attachment_is_a_stream(alice):
    """R25503, R255."""
    slot = alice.new_attachment(alice.new_message())
    stream, _ = alice.opened(slot, tags.PidTagAttachDataObject, CREATE)
    alice.write(stream, b"\xd0\xcf\x11\xe0")
    alice.commit(stream)
    assert alice.value(slot, tags.PidTagAttachDataObject) == TOO_LARGE
    assert alice.read_all(slot, tags.PidTagAttachDataObject) == b"\xd0\xcf\x11\xe0"


def test_of_what_is_not_there_a_stream_must_be_made(alice):
    """R549, R891, R271, R272: which removes the value that there was."""
    slot = alice.new_message()
    for mode in (READ, WRITE, BEST):
        assert alice.open_error(slot, OWN, mode) == ErrorCode.ecNotFound
    assert alice.open_error(slot, PropertyTag(0xFFF0, PropertyType.BINARY)) == ErrorCode.ecNotFound
    stream, size = alice.opened(slot, OWN, CREATE)
    assert size == 0
    alice.write(stream, b"old")
    _, size = alice.opened(slot, OWN, CREATE)
    assert size == 0
    assert alice.value(slot, OWN) == b""


def test_what_no_stream_is_of(alice):
    """R548, R256, R25501: logons, numbers, lists, objects but for those of attachments, and texts of numbers."""
    message = alice.new_message()
    for slot, tag in (
        (LOGON, tags.PidTagMailboxOwnerEntryId),
        (message, tags.PidTagImportance),
        (message, PropertyTag(0x6901, PropertyType.BINARY | MULTIPLE)),
        (message, tags.PidTagMessageAttachments),
        (message, PropertyTag(0x6901, PropertyType.UNSPECIFIED)),
    ):
        assert alice.open_error(slot, tag) == ErrorCode.ecNotSupported
    wrong = typed(tags.PidTagImportance, PropertyType.STRING)
    assert alice.open_error(message, wrong, CREATE) == ErrorCode.ecUnexpectedType
    stream, _ = alice.opened(message, OWN, CREATE)
    assert alice.open_error(stream, OWN) == ErrorCode.ecNotSupported


def test_there_are_four_ways_to_open(alice):
    slot = alice.with_value(b"x")
    rop = RopOpenStreamRequest(0, slot, alice.slot(), OWN, READ)
    raw = bytearray(rop.format())
    raw[-1] = 9
    buffer = alice.execute_raw(RopBuffer(bytes(raw), tuple(alice.handles)).format())
    assert int.from_bytes(buffer.rops[2:6], "little") == ErrorCode.ecInvalidParameter


# reading


def test_no_more_is_read_than_was_asked_for(alice):
    """R552, R55205, R55206, R2830201, R2830401, R286, R28601, R295, R296."""
    slot = alice.with_value(bytes(range(256)) * 4)
    for rop, size in (
        (RopReadStreamRequest(0, 0, 0), 0),
        (RopReadStreamRequest(0, 0, 100), 100),
        (RopReadStreamRequest(0, 0, MORE_THAN_64_KB, 100), 100),
        (RopReadStreamRequest(0, 0, MORE_THAN_64_KB, 1 << 31), 1024),
    ):
        stream, _ = alice.opened(slot, OWN)
        asked = RopReadStreamRequest(0, stream, rop.byte_count, rop.maximum_byte_count)
        assert len(alice.get(asked, RopReadStreamResponse).data) == size


def test_a_size_that_was_named_is_read_whole_or_not_yet(alice):
    """MS-OXCROPS R4545, R454502: where less is left of a buffer, nothing is read and the client is asked for more room,
    as by Exchange; to programs a piece that is short is the last."""
    slot = alice.new_message()
    stream, _ = alice.opened(slot, OWN, CREATE)
    alice.write(stream, bytes(range(250)) * 160)
    alice.seek(stream, SeekOrigin.BEGINNING, 0)
    first, second = (RopReadStreamRequest(0, stream, size).format() for size in (20_000, 16_384))
    answer = alice.execute_raw(RopBuffer(first + second, tuple(alice.handles)).format()).rops
    assert answer[6:8] == (20_000).to_bytes(2, "little")
    assert answer[20_008:20_009] == b"\xff"
    assert answer[20_011:] == second
    again = alice.execute_raw(RopBuffer(second, tuple(alice.handles)).format()).rops
    assert again[6:8] == (16_384).to_bytes(2, "little")
    assert again[8:] == (bytes(range(250)) * 160)[20_000:36_384]


def test_a_large_value_comes_in_several_buffers_of_one_response(alice):
    """R285: one after the other, each with an operation of its own."""
    data = bytes(range(256)) * 600
    slot = alice.new_message()
    stream, _ = alice.opened(slot, OWN, CREATE)
    alice.write(stream, data)
    alice.seek(stream, SeekOrigin.BEGINNING, 0)
    rop = RopReadStreamRequest(0, stream, MORE_THAN_64_KB, 200_000).format()
    request = ExecuteRequest(
        PLAIN | ExecuteFlags.CHAIN, format_extended(RopBuffer(rop, tuple(alice.handles)).format()), 0x40000
    )
    body = alice.client.post("Execute", request.format()).body
    payloads = parse_extended(body[16 : 16 + int.from_bytes(body[12:16], "little")])
    assert len(payloads) > 4
    found = [RopReadStreamResponse.read(RowReader(parse_rop_buffer(one).rops, ())) for one in payloads]
    assert b"".join(one.data for one in found) == data
    assert alice.read(stream) == b""


@pytest.mark.parametrize(
    "rop",
    [
        RopReadStreamRequest(0, 1, 10),
        RopWriteStreamRequest(0, 1, b"x"),
        RopWriteStreamExtendedRequest(0, 1, b"x"),
        RopWriteAndCommitStreamRequest(0, 1, b"x"),
        RopCommitStreamRequest(0, 1),
        RopGetStreamSizeRequest(0, 1),
        RopSetStreamSizeRequest(0, 1, 1),
        RopSeekStreamRequest(0, 1, SeekOrigin.BEGINNING, 0),
        RopCopyToStreamRequest(0, 1, 1, 1),
        RopCloneStreamRequest(0, 1, 2),
    ],
    ids=lambda rop: type(rop).__name__,
)
def test_only_of_streams(alice, rop):
    """R278, R298, R30401002, R306, R309, R323, R331, R343, R398, R632, R886, R88601: what fails has read and written
    nothing."""
    alice.opened_folder()
    [response] = alice.execute(rop)
    assert response.return_value == ErrorCode.ecNotSupported
    assert getattr(response, "data", b"") == b""
    assert getattr(response, "written_size", 0) == 0


# writing


def test_writing_goes_on_where_it_ended(alice):
    """R297, R29801, R303, R304, R30401, R55703, R560, R561, R30401001, R30401003, R30401008, R30401010, R30401011: over
    what is there, and beyond it; MS-OXCRPC R1111002."""
    slot = alice.with_value(b"0123456789")
    stream, _ = alice.opened(slot, OWN, WRITE)
    alice.write(stream, b"ab")
    alice.write(stream, b"cd")
    assert alice.read(stream, 2) == b"45"
    extended = RopWriteStreamExtendedRequest(0, stream, b"efghijkl")
    assert alice.get(extended, RopWriteStreamExtendedResponse).written_size == 8
    assert alice.value(slot, OWN) == b"abcd45efghijkl"
    assert alice.size(stream) == 14


def test_what_was_written_is_seen_at_once_and_kept_when_the_message_is_saved(alice):
    """R56401 to R56403, R305, R30601, R56902, R571: also when the stream is neither committed nor released."""
    slot = alice.with_value(b"old")
    message = alice.saved(slot)
    stream, _ = alice.opened(slot, OWN, CREATE)
    alice.write(stream, b"new")
    assert alice.value(slot, OWN) == b"new"
    assert alice.value(alice.opened_message(message), OWN) == b"old"
    alice.commit(stream)
    assert alice.value(alice.opened_message(message), OWN) == b"old"
    alice.write(stream, b"er")
    alice.saved(slot)
    assert alice.value(alice.opened_message(message), OWN) == b"newer"
    alice.write(stream, b" still")
    alice.release(stream)
    assert alice.value(slot, OWN) == b"newer still"


def test_what_was_written_to_an_attachment_is_kept_when_both_are_saved(alice):
    """R56404."""
    message = alice.new_message()
    slot = alice.new_attachment(message)
    stream, _ = alice.opened(slot, DATA, CREATE)
    alice.write(stream, b"data")
    alice.saved_attachment(message, slot)
    assert alice.value(alice.opened_attachment(message), DATA) == b"data"
    number = alice.saved(message)
    alice.write(stream, b" and more")
    assert alice.value(alice.opened_attachment(alice.opened_message(number)), DATA) == b"data"
    alice.saved_attachment(message, slot)
    alice.saved(message)
    assert alice.value(alice.opened_attachment(alice.opened_message(number)), DATA) == b"data and more"


def test_what_was_written_to_a_folder_is_kept_when_the_stream_is_committed_or_released(hub, alice):
    """R56405, R56402: until then it is seen through this handle alone."""
    slot, other = alice.opened_folder(), Streams(hub, "alice")
    theirs = other.opened_folder()
    alice.set(slot, {OWN: b"old"})
    stream, _ = alice.opened(slot, OWN, CREATE)
    alice.write(stream, b"new")
    assert (alice.value(slot, OWN), other.value(theirs, OWN)) == (b"new", b"old")
    alice.commit(stream)
    assert other.value(theirs, OWN) == b"new"
    alice.write(stream, b"er")
    assert other.value(theirs, OWN) == b"new"
    alice.execute(RopReleaseRequest(0, stream))
    assert other.value(theirs, OWN) == b"newer"


def test_a_body_of_megabytes(alice):
    """It is written, saved and read as it was; a value for the response it is none."""
    text = "".join(f"line {number} of ünïcödé text\r\n" for number in range(100_000))
    slot = alice.new_message()
    stream, _ = alice.opened(slot, BODY, CREATE)
    alice.write(stream, text.encode("utf-16-le"))
    message = alice.saved(slot)
    other = alice.opened_message(message)
    assert alice.value(other, BODY) == TOO_LARGE
    assert alice.read_all(other, BODY).decode("utf-16-le") == text


def test_html_written_as_text_is_read_as_bytes(alice):
    slot = alice.new_message()
    stream, _ = alice.opened(slot, typed(tags.PidTagHtml, PropertyType.STRING), CREATE)
    alice.write(stream, "<p>für</p>".encode("utf-16-le"))
    alice.release(stream)
    assert alice.value(slot, tags.PidTagHtml) == "<p>für</p>".encode()


def test_who_may_only_read_writes_nothing(hub, alice):
    """R900, R901: streams that were opened for reading, of messages that were, and of others' folders."""
    slot = alice.with_value(b"x")
    message = alice.saved(slot)
    stream, _ = alice.opened(slot, OWN, READ)
    denied = ErrorCode.ecStreamAccessDenied
    [response] = alice.execute(RopWriteStreamRequest(0, stream, b"y"))
    assert (response.return_value, response.written_size) == (denied, 0)
    assert alice.error(RopSetStreamSizeRequest(0, stream, 0)) == denied
    assert alice.error(RopSeekStreamRequest(0, stream, SeekOrigin.BEGINNING, 2)) == denied
    other = alice.opened_message(message, MessageOpenMode.READ_ONLY)
    for mode in (WRITE, CREATE):
        assert alice.open_error(other, OWN, mode) == ErrorCode.ecAccessDenied
    stream, _ = alice.opened(other, OWN, BEST)
    assert alice.error(RopWriteStreamRequest(0, stream, b"y")) == denied
    share(hub, "alice", "INBOX", "bob", Right.LOOKUP | Right.READ)
    alice.set(alice.opened_folder(), {OWN: b"x"})
    bob = Streams(hub, "bob", "alice")
    assert bob.open_error(bob.opened_folder(), OWN, WRITE) == ErrorCode.ecAccessDenied
    assert bob.read_all(bob.opened_folder(), OWN) == b"x"


def test_what_the_server_alone_sets_is_not_written(alice):
    """R47506: the client learns it with the commit at the latest."""
    slot = alice.opened_folder()
    stream, _ = alice.opened(slot, tags.PidTagChangeKey, WRITE)
    alice.write(stream, b"mine")
    assert alice.error(RopCommitStreamRequest(0, stream)) == ErrorCode.ecComputed
    assert not alice.value(slot, tags.PidTagChangeKey).startswith(b"mine")


def test_a_stream_has_a_largest_size(alice):
    """R321, R564, R55706, R55707, R90102: nothing of what is too much is written."""
    for slot, most in ((alice.new_message(), MAX_SIZE), (alice.opened_folder(), MAX_IN_FOLDER)):
        stream, _ = alice.opened(slot, OWN, CREATE)
        assert alice.error(RopSetStreamSizeRequest(0, stream, most + 1)) == ErrorCode.ecTooBig
        alice.resize(stream, most - 2)
        alice.seek(stream, SeekOrigin.END, 0)
        [response] = alice.execute(RopWriteStreamRequest(0, stream, b"xyz"))
        assert (response.return_value, response.written_size) == (ErrorCode.ecTooBig, 0)
        assert alice.size(stream) == most - 2
        alice.resize(stream, 0)
        alice.release(stream)


@pytest.fixture
def carol(hub: MailHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Streams]:
    """For whom there is little room."""
    monkeypatch.setattr(hub.running.mapi._memory, "_limit", ROOM)
    session = Streams(hub, "carol")
    yield session
    session.release(LOGON)
    assert session.account not in hub.running.mapi._memory._held


def test_the_streams_of_an_account_have_no_more_than_a_share_of_the_memory(carol):
    """What is let go of can be had again."""
    streams = [carol.opened(carol.new_message(), OWN, CREATE)[0] for _ in range(3)]
    for stream in streams[:2]:
        carol.resize(stream, ROOM // 2)
    assert carol.error(RopSetStreamSizeRequest(0, streams[2], 1)) == ErrorCode.ecMemory
    carol.resize(streams[0], 0)
    carol.resize(streams[2], ROOM // 2)


def test_so_have_messages_and_what_is_in_them(carol):
    """Also attachments that were saved into a message, and copies."""
    message = carol.new_message()
    stream, _ = carol.opened(message, OWN, CREATE)
    carol.resize(stream, ROOM // 3 + 1)
    carol.release(stream)
    attachment = carol.new_attachment(message)
    stream, _ = carol.opened(attachment, DATA, CREATE)
    carol.resize(stream, ROOM // 3 + 1)
    assert carol.error(RopCommitStreamRequest(0, stream)) == ErrorCode.ecMemory
    other = carol.new_message()
    carol.release(stream, attachment)
    assert carol.error(RopCopyToRequest(0, message, other, False, True, CopyFlags(0), ())) == 0
    third = carol.new_message()
    refused = RopCopyToRequest(0, message, third, False, True, CopyFlags(0), ())
    assert carol.error(refused) == ErrorCode.ecMemory
    number = carol.saved(message)
    carol.release(message)
    assert carol.error(RopCopyToRequest(0, other, third, False, True, CopyFlags(0), ())) == 0
    rop = RopOpenMessageRequest(0, LOGON, carol.slot(), 0xFFF, carol.special(Special.INBOX), READ_ONLY, number)
    assert carol.error(rop) == ErrorCode.ecMemory
    carol.release(other, third)
    carol.opened_message(number)


def test_a_part_of_a_message_outlives_its_handle(carol):
    """What it holds then counts no longer than it is there."""
    message = carol.new_message()
    attachment = carol.new_attachment(message)
    stream, _ = carol.opened(attachment, DATA, CREATE)
    carol.write(stream, b"x" * (ROOM // 4))
    carol.release(message)
    carol.saved_attachment(message, attachment)
    carol.release(stream, attachment)
    other, _ = carol.opened(carol.new_message(), OWN, CREATE)
    carol.resize(other, ROOM)


# where, and how large


def test_the_size_is_what_a_client_says(alice):
    """R308, R30901, R57502, R575, R320, R32003, R322, R32301, R32801, R57702, R57705 to R57707."""
    slot = alice.with_value(b"0123456789")
    stream, _ = alice.opened(slot, OWN, WRITE)
    for size, expected in ((4, b"0123"), (6, b"0123\0\0"), (0, b"")):
        alice.resize(stream, size)
        assert alice.size(stream) == size
        assert alice.value(slot, OWN) == expected


def test_the_seek_pointer_goes_where_it_is_told(alice):
    """R330, R33101, R341, R57902, R581, R583, R545: beyond the end, zeros fill what is between."""
    slot = alice.with_value(b"0123456789")
    stream, _ = alice.opened(slot, OWN, WRITE)
    for origin, offset, position, expected in (
        (SeekOrigin.BEGINNING, 3, 3, b"3"),
        (SeekOrigin.CURRENT, 2, 6, b"6"),
        (SeekOrigin.CURRENT, -5, 2, b"2"),
        (SeekOrigin.END, -1, 9, b"9"),
        (SeekOrigin.END, 0, 10, b""),
    ):
        assert alice.seek(stream, origin, offset) == position
        assert alice.read(stream, 1) == expected
    assert alice.seek(stream, SeekOrigin.END, 2) == 12
    alice.write(stream, b"x")
    assert alice.value(slot, OWN) == b"0123456789\0\0x"


@pytest.mark.parametrize(
    ("origin", "offset", "code"),
    [
        (SeekOrigin.BEGINNING, -1, ErrorCode.ecStreamSeekError),
        (SeekOrigin.CURRENT, -3, ErrorCode.ecStreamSeekError),
        (SeekOrigin.BEGINNING, (1 << 31) + 1, ErrorCode.ecStreamSeekError),
        (SeekOrigin.END, 1 << 31, ErrorCode.ecStreamSeekError),
        (SeekOrigin.BEGINNING, -(1 << 63), ErrorCode.ecStreamSeekError),
        (SeekOrigin(7), 0, ErrorCode.ecStreamInvalidParam),
    ],
)
def test_places_where_no_stream_is(alice, origin, offset, code):
    """R582, R584, R894, R902, R903: the pointer stays where it was."""
    stream, _ = alice.opened(alice.with_value(b"0123"), OWN, WRITE)
    alice.read(stream, 2)
    assert alice.error(RopSeekStreamRequest(0, stream, origin, offset)) == code
    assert alice.read(stream) == b"23"


# from one to another


def test_a_part_of_a_stream_goes_to_another(alice):
    """R342, R34301, R76002, R59201, R591, R592, R867091, R34701, R34702, R34901, R34902: from where the one is to where
    the other is, and no more than there is."""
    source, _ = alice.opened(alice.with_value(b"0123456789"), OWN)
    slot = alice.with_value(b"abcdefgh")
    target, _ = alice.opened(slot, OWN, WRITE)
    alice.seek(source, SeekOrigin.BEGINNING, 2)
    alice.seek(target, SeekOrigin.BEGINNING, 1)
    for size, copied in ((3, 3), (100, 5), (1, 0)):
        response = alice.get(RopCopyToStreamRequest(0, source, target, size), RopCopyToStreamResponse)
        assert (response.read_byte_count, response.written_byte_count) == (copied, copied)
    assert alice.value(slot, OWN) == b"a23456789"
    assert alice.read(source) == alice.read(target) == b""


def test_nothing_is_copied_to_where_nothing_is_or_may_be_written(alice):
    """R593, R895, R351, R35101, R35102, R352."""
    source, _ = alice.opened(alice.with_value(b"0123"), OWN)
    empty = alice.slot()
    [response] = alice.execute(RopCopyToStreamRequest(0, source, empty, 4))
    assert isinstance(response, RopCopyToStreamNullDestinationResponse)
    assert response.dest_handle_index == empty
    target, _ = alice.opened(alice.with_value(b"abcd"), OWN, READ)
    assert alice.error(RopCopyToStreamRequest(0, source, target, 4)) == ErrorCode.ecStreamAccessDenied
    assert alice.error(RopCopyToStreamRequest(0, source, LOGON, 4)) == ErrorCode.ecNotSupported
    assert alice.read(source) == b"0123"


def test_a_clone_has_the_same_bytes_and_a_pointer_of_its_own(alice):
    """R394, R395, R39801, R75603, R75606, R753, R756 to R759."""
    slot = alice.with_value(b"0123456789")
    stream, _ = alice.opened(slot, OWN, WRITE)
    alice.read(stream, 4)
    clone = alice.slot()
    alice.get(RopCloneStreamRequest(0, stream, clone), RopCloneStreamResponse)
    assert alice.read(clone, 2) == b"45"
    alice.write(clone, b"xy")
    assert alice.read(stream) == b"45xy89"
    alice.release(stream)
    alice.write(clone, b"z")
    assert alice.value(slot, OWN) == b"012345xyz9"


def test_a_stream_is_written_and_committed_at_once(alice):
    """R63201, R633, R80503, R80506, R752, R805, R812, R393, R39301: but for those of folders."""
    message = alice.new_message()
    stream, _ = alice.opened(message, OWN, CREATE)
    rop = RopWriteAndCommitStreamRequest(0, stream, b"value")
    assert alice.get(rop, RopWriteAndCommitStreamResponse).written_size == 5
    assert alice.value(message, OWN) == b"value"
    stream, _ = alice.opened(alice.opened_folder(), OWN, CREATE)
    assert alice.error(RopWriteAndCommitStreamRequest(0, stream, b"value")) == ErrorCode.ecNotSupported


def test_what_nobody_can_save_any_more_nobody_writes(alice):
    """R900: a message that was sent."""
    slot = written(alice, "alice@example.org")
    stream, _ = alice.opened(slot, OWN, CREATE)
    alice.write(stream, b"x")
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    assert alice.error(RopWriteStreamRequest(0, stream, b"y")) == ErrorCode.ecStreamAccessDenied
    assert alice.value(slot, OWN) == b"x"


@pytest.mark.parametrize("operation", [RopLockRegionStreamRequest, RopUnlockRegionStreamRequest])
def test_nobody_is_told_to_have_a_lock(alice, operation):
    """R374, R38102, R607, R620, R60703, R62003, R75001, R75101: a server may do without, as Exchange does; the stream
    goes on."""
    slot = alice.with_value(b"0123456789")
    stream, _ = alice.opened(slot, OWN, WRITE)
    assert alice.error(operation(0, stream, 0, 4, 1)) == ErrorCode.ecNotImplemented
    assert alice.error(operation(0, slot, 0, 4, 1)) == ErrorCode.ecNotSupported
    alice.write(stream, b"xy")
    assert alice.value(slot, OWN) == b"xy23456789"
