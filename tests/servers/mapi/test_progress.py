"""Operations that go on while their client asks how far they are. Statements are those of [MS-OXCPRPT]."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mapi_folders import FolderSession
from mapi_session import PER_MDB, mapi_hub

from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops.base import RopFailure, RopRequest
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    RopDeleteMessagesRequest,
    RopDeleteMessagesResponse,
    RopEmptyFolderRequest,
    RopEmptyFolderResponse,
    RopHardDeleteMessagesAndSubfoldersRequest,
    RopHardDeleteMessagesAndSubfoldersResponse,
    RopHardDeleteMessagesRequest,
    RopHardDeleteMessagesResponse,
)
from posthouse.protocols.mapi.rops.logon import OpenFlags
from posthouse.protocols.mapi.rops.message_status import ReadFlags, RopSetReadFlagsRequest, RopSetReadFlagsResponse
from posthouse.protocols.mapi.rops.moving import RopMoveCopyMessagesRequest, RopMoveCopyMessagesResponse
from posthouse.protocols.mapi.rops.property import (
    RopGetPropertiesListRequest,
    RopGetPropertiesListResponse,
    RopProgressRequest,
    RopProgressResponse,
)
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.servers.mapi import going
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.rops import partial as partial_rops
from posthouse.testing import MailHub

STEP = 3
SUBJECTS = tuple("abcdefgh")
"""Of eight messages: three steps."""
Make = Callable[[int, tuple[ObjectId, ...], int, bool], RopRequest]
"""An operation on a folder, its messages, another folder; whether the client would rather not wait."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for room in (going, partial_rops):
        monkeypatch.setattr(room, "STEP", STEP)


@pytest.fixture
def alice(hub: MailHub) -> FolderSession:
    return FolderSession(hub, "alice", flags=PER_MDB | OpenFlags.SUPPORT_PROGRESS)


class Filled:
    """A folder with messages, and one without."""

    def __init__(self, alice: FolderSession) -> None:
        self.alice = alice
        _, self.slot, self.name = alice.new()
        _, self.other, self.other_name = alice.new()
        self.ids = tuple(alice.fill(self.name, *SUBJECTS))

    def left(self) -> int:
        return len(self.alice.message_ids(self.name))

    def start(self, make: Make, *, want_asynchronous: bool = True) -> Any:
        [response] = self.alice.execute(make(self.slot, self.ids, self.other, want_asynchronous))
        return response

    def ask(self, *, cancel: bool = False) -> Any:
        [response] = self.alice.execute(RopProgressRequest(0, self.slot, cancel))
        return response


@pytest.fixture
def filled(alice: FolderSession) -> Filled:
    return Filled(alice)


def copying(slot: int, ids: tuple[ObjectId, ...], other: int, waits: bool) -> RopRequest:
    return RopMoveCopyMessagesRequest(0, slot, other, ids, waits, True)


def moving(slot: int, ids: tuple[ObjectId, ...], other: int, waits: bool) -> RopRequest:
    return RopMoveCopyMessagesRequest(0, slot, other, ids, waits, False)


def deleting(slot: int, ids: tuple[ObjectId, ...], other: int, waits: bool) -> RopRequest:
    return RopDeleteMessagesRequest(0, slot, waits, False, ids)


def deleting_hard(slot: int, ids: tuple[ObjectId, ...], other: int, waits: bool) -> RopRequest:
    return RopHardDeleteMessagesRequest(0, slot, waits, False, ids)


def emptying(slot: int, ids: tuple[ObjectId, ...], other: int, waits: bool) -> RopRequest:
    return RopEmptyFolderRequest(0, slot, waits, True)


def emptying_hard(slot: int, ids: tuple[ObjectId, ...], other: int, waits: bool) -> RopRequest:
    return RopHardDeleteMessagesAndSubfoldersRequest(0, slot, waits, True)


def reading(slot: int, ids: tuple[ObjectId, ...], other: int, waits: bool) -> RopRequest:
    return RopSetReadFlagsRequest(0, slot, waits, ReadFlags(0), ids)


OPERATIONS = [
    pytest.param(moving, RopMoveCopyMessagesResponse, 0, id="RopMoveCopyMessages"),
    pytest.param(copying, RopMoveCopyMessagesResponse, 8, id="RopMoveCopyMessages, a copy"),
    pytest.param(deleting, RopDeleteMessagesResponse, 0, id="RopDeleteMessages"),
    pytest.param(deleting_hard, RopHardDeleteMessagesResponse, 0, id="RopHardDeleteMessages"),
    pytest.param(emptying, RopEmptyFolderResponse, 0, id="RopEmptyFolder"),
    pytest.param(emptying_hard, RopHardDeleteMessagesAndSubfoldersResponse, 0, id="RopHardDelete…AndSubfolders"),
    pytest.param(reading, RopSetReadFlagsResponse, 8, id="RopSetReadFlags"),
]


@pytest.mark.parametrize(("make", "own", "left"), OPERATIONS)
def test_how_far_it_is(filled: Filled, make: Make, own: type[Any], left: int) -> None:
    """R452, R353, R65001, R36601, R368, R36801, R37001, R37002, R370, R787, R788, R791, R792, R79201, R79202, R597,
    R59703, R814, R81401, MS-OXCROPS R3120, R3132 to R3136, R3138 to R3146, R768, R892, R914, R936, R963, R2058,
    MS-OXCFOLD R447, R1057, R1058, R448, R44802, R154, R234, R250, R270, R292, R421, R430, R584, R1108, R1132, R1140,
    R1150, R1157, MS-OXCROPS R86601: at first and whenever it is asked for it tells how many messages are done, of how
    many; in the end it answers as if it had been done at once."""
    response, told = filled.start(make), []
    while isinstance(response, RopProgressResponse):
        assert (response.handle_index, response.return_value, response.logon_id) == (filled.slot, 0, 0)
        assert response.completed_task_count < response.total_task_count == len(SUBJECTS)
        told.append(response.completed_task_count)
        response = filled.ask()
    assert told in ([3, 6], [0, 3, 6])
    assert type(response) is own
    assert (response.handle_index, response.return_value, response.partial_completion) == (filled.slot, 0, False)
    assert filled.left() == left
    assert len(filled.alice.message_ids(filled.other_name)) == (8 if own is RopMoveCopyMessagesResponse else 0)


@pytest.mark.parametrize(("make", "own", "left"), OPERATIONS)
def test_at_once(filled: Filled, make: Make, own: type[Any], left: int) -> None:
    """MS-OXCFOLD R155, R235, R251, R271, R293, MS-OXCMSG R1716: who wants to wait gets nothing but the operation's own
    answer."""
    assert type(filled.start(make, want_asynchronous=False)) is own
    assert filled.left() == left


def test_few_messages(filled: Filled) -> None:
    """MS-OXCFOLD R701: what is soon done is answered with its end."""
    filled.ids = filled.ids[:STEP]
    assert filled.start(moving) == RopMoveCopyMessagesResponse(filled.slot, False)


@pytest.mark.parametrize(("make", "own", "left"), [row for row in OPERATIONS if row.values[0] is not reading])
def test_to_be_cancelled(filled: Filled, make: Make, own: type[Any], left: int) -> None:
    """R367, R598, R815, MS-OXCROPS R3131, MS-OXCFOLD R44801: what was done stays done, and the answer is the
    operation's own: only a part of it."""
    assert isinstance(filled.start(make), RopProgressResponse)
    response = filled.ask(cancel=True)
    assert type(response) is own
    assert (response.return_value, response.partial_completion) == (0, True)
    assert filled.left() == (8 if left else 5)
    assert filled.ask().return_value == ErrorCode.ecNotSupported


@pytest.mark.parametrize("release", [False, True])
def test_something_else(filled: Filled, release: bool) -> None:
    """R453: another operation through the same logon ends it, and is done itself."""
    filled.start(moving)
    if release:
        filled.alice.execute(RopReleaseRequest(0, filled.other))
    else:
        [other] = filled.alice.execute(RopGetPropertiesListRequest(0, filled.other))
        assert isinstance(other, RopGetPropertiesListResponse)
    assert filled.ask() == RopFailure(0x50, filled.slot, ErrorCode.ecNotSupported)
    assert filled.left() == 5


def test_another_logon(filled: Filled) -> None:
    """R453: what comes through another logon of the session leaves it as it is."""
    slot = filled.alice.slot()
    filled.alice.log_on("alice", slot, logon_id=1)
    filled.start(moving)
    filled.alice.execute(RopGetPropertiesListRequest(1, slot))
    assert isinstance(filled.ask(), RopProgressResponse)


def test_a_failure_on_the_way(hub: MailHub, filled: Filled) -> None:
    """MS-OXCFOLD R1109: its own response has the error code, and that a part was done."""
    filled.start(moving)
    FolderSession(hub, "alice").delete_folder(filled.alice.folder(filled.other_name), DeleteFolderFlags(0x15))
    response = filled.ask()
    assert isinstance(response, RopMoveCopyMessagesResponse)
    assert response.return_value != 0
    assert response.partial_completion
    assert filled.left() == 5


def test_nothing_goes_on(filled: Filled) -> None:
    """MS-OXCROPS R3147 to R3151, R3153 to R3155: there is nothing to tell of an object with which nothing goes on, and
    none of one that is not there."""
    assert filled.ask() == RopFailure(0x50, filled.slot, ErrorCode.ecNotSupported)
    filled.start(moving)
    [elsewhere] = filled.alice.execute(RopProgressRequest(0, filled.other, False))
    assert elsewhere == RopFailure(0x50, filled.other, ErrorCode.ecNotSupported)
    empty = filled.alice.slot()
    assert filled.alice.error(RopProgressRequest(0, empty, False)) == ErrorCode.ecNullObject
    assert isinstance(filled.ask(), RopProgressResponse)


@pytest.mark.parametrize("flags", [OpenFlags(0), OpenFlags.SUPPORT_PROGRESS])
def test_read_marks(hub: MailHub, flags: OpenFlags) -> None:
    """MS-OXCMSG R1509 to R1513, R1522, R1917, MS-OXCSTOR R1059, R795, R102, R1344: a client that has not said that it
    understands it never hears of progress with these; another does before anything else."""
    filled = Filled(FolderSession(hub, "alice", flags=PER_MDB | flags))
    response = filled.start(reading)
    assert type(response) is (RopProgressResponse if flags else RopSetReadFlagsResponse)
