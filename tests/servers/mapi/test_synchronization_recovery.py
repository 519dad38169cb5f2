"""Messages that cannot be read, and clients that can do without them, against a real hub. Statements are those of
[MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack

import fx_checker
import pytest
from mapi_carrying import Carrier
from mapi_session import imap_of, mapi_hub
from mapi_sync import ALL, EXTRA, expected

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.globsets import globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import idset
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops.fast_transfer import (
    FolderCopyFlags,
    MessagesCopyFlags,
    RopFastTransferSourceCopyFolderRequest,
    RopFastTransferSourceCopyFolderResponse,
    RopFastTransferSourceCopyMessagesRequest,
    RopFastTransferSourceCopyMessagesResponse,
    RopFastTransferSourceGetBufferRequest,
    SendOptions,
    TransferStatus,
)
from posthouse.protocols.mapi.rops.synchronization import SynchronizationFlags as Flag
from posthouse.protocols.mapi.rops.synchronization import SynchronizationType
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

UNICODE, RECOVER = SendOptions.UNICODE, SendOptions.UNICODE | SendOptions.RECOVER_MODE
RECOVERING = fx_checker.Expected(recover=True)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


class Place:
    """A folder of three messages, the second of which cannot be read."""

    def __init__(self, hub: MailHub) -> None:
        self.alice = Carrier(hub, "alice")
        self.folder, self.slot, self.path = self.alice.new()
        self.alice.fill(self.path, "first", "second", "third")
        self.ids = self.alice.message_ids(self.path)
        account, number = self.alice.account, self.ids[1].counter
        with imap_of(hub, "alice") as client:
            client.select_folder(self.path)
            client.add_flags(client.search(), ["\\Flagged"])
        state = "INSERT INTO message_object (account_id, message_id, whole, form, keyed_at) VALUES (?, ?, 1, ?, 0)"
        hub.write(lambda tx: tx.run(state, (account, number, b"\xff nonsense")))

    def error_of(self, data: bytes) -> bytes:
        """The one ExtendedErrorInfo in a stream: behind its marker, an id and a size."""
        head, _, rest = data.partition(b"\x03\x00\x18\x40")
        assert head, data
        assert rest.count(b"\x03\x00\x18\x40") == 0
        (size,) = unpack("<I", rest[4:8])
        return rest[8 : 8 + size]

    def require_told(self, error: bytes) -> None:
        """Version and padding, the code, the folder and the message, and no more of the hub's."""
        replica = self.alice.new_ids(1)[0].bytes_le
        assert unpack("<HHI", error[:8]) == (0, 0, ErrorCode.ecCorruptData)
        assert error[8:30] == replica + self.folder.counter.to_bytes(6, "big")
        assert error[32:54] == replica + self.ids[1].counter.to_bytes(6, "big")
        assert error[30:32] == error[54:56] == bytes(2)
        assert error[56:] == bytes(32)


@pytest.fixture
def place(hub: MailHub) -> Place:
    return Place(hub)


@pytest.mark.parametrize("progress", [Flag(0), Flag.PROGRESS])
def test_synchronization_goes_on(place: Place, progress: Flag) -> None:
    """R3462, R1071, R1072, R1074, R1078, R307 to R311, R313, R316 to R319: with RecoverMode an error stands for the
    message, which says where it is and carries no auxiliary data; all others come. A client that takes the message for
    one that it has hears no more of it (3.3.5.10)."""
    alice, options = place.alice, {"send": RECOVER, "flags": ALL | progress}
    context = alice.configured(place.slot, SynchronizationType.CONTENTS, **options)
    data = alice.stream(context)
    checked = expected(options)
    checked.recover = True
    fx_checker.check_contents_sync(data, checked)
    place.require_told(place.error_of(data))
    for subject, there in (("first", True), ("second", False), ("third", True)):
        assert (subject.encode("utf-16-le") in data) is there
    state: SyncState = alice.transfer_state(context)
    assert state.given is not None
    replica, _ = alice.new_ids(1)
    assert [*state.given.of(replica)] == [place.ids[0].counter, place.ids[2].counter]
    given = state.given | idset({replica: globset_of([place.ids[1].counter])})
    known = SyncState(given, state.seen, state.seen_fai, state.read)
    assert alice.contents(place.slot, known, **options).is_empty


def test_without_recover_mode_it_stops(place: Place) -> None:
    """R1074, R566, R567, R3488, R3489, R348901: whoever cannot do without it hears of the error, again and again, and
    never of an end."""
    context = place.alice.configured(place.slot, SynchronizationType.CONTENTS, extra=EXTRA)
    rop = RopFastTransferSourceGetBufferRequest(0, context, 0x4000)
    for _ in range(3):
        [answer] = place.alice.execute(rop)
        told = answer.return_value, answer.transfer_status, answer.transfer_buffer
        assert told == (ErrorCode.ecCorruptData, TransferStatus.ERROR, b"")


def copied(place: Place, send: SendOptions, *, whole: bool) -> int:
    """The slot of a stream of the messages, or of the folder."""
    alice, slot = place.alice, place.alice.slot()
    if whole:
        rop = RopFastTransferSourceCopyFolderRequest(0, place.slot, slot, FolderCopyFlags(0), send)
        alice.get(rop, RopFastTransferSourceCopyFolderResponse)
    else:
        ids: tuple[ObjectId, ...] = tuple(place.ids)
        one = RopFastTransferSourceCopyMessagesRequest(0, place.slot, slot, ids, MessagesCopyFlags(0), send)
        alice.get(one, RopFastTransferSourceCopyMessagesResponse)
    return slot


@pytest.mark.parametrize("whole", [False, True], ids=["messages", "folder"])
def test_copies_go_on(place: Place, whole: bool) -> None:
    """R3462, R1078, R1079: the same of a list of messages, and of a folder's."""
    data = place.alice.stream(copied(place, RECOVER, whole=whole))
    (fx_checker.check_top_folder if whole else fx_checker.check_message_list)(data, RECOVERING)
    place.require_told(place.error_of(data))
    for subject, there in (("first", True), ("second", False), ("third", True)):
        assert (subject.encode("utf-16-le") in data) is there
    stopping = RopFastTransferSourceGetBufferRequest(0, copied(place, UNICODE, whole=whole), 0x4000)
    assert place.alice.error(stopping) == ErrorCode.ecCorruptData


def test_what_can_be_read_again(place: Place) -> None:
    """R1080: a client that asks for the message later gets it when it is mended."""
    alice = place.alice
    context = alice.configured(place.slot, SynchronizationType.CONTENTS, send=RECOVER)
    alice.stream(context)
    state = alice.transfer_state(context)
    account, number = alice.account, place.ids[1].counter
    mended = "DELETE FROM message_object WHERE account_id = ? AND message_id = ?"
    alice.hub.write(lambda tx: tx.run(mended, (account, number)))
    assert alice.contents(place.slot, state, tags=(tags.PidTagComment,)).subjects == ["second"]
