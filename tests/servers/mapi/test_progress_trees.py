"""Operations on folders with all that is in them go on while their client asks how far they are.

Statements are those of [MS-OXCPRPT].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mapi_folders import FolderSession
from mapi_session import imap_folders, imap_subjects, mapi_hub, share

from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops.base import RopFailure, RopRequest
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    RopEmptyFolderRequest,
    RopEmptyFolderResponse,
    RopHardDeleteMessagesAndSubfoldersRequest,
    RopHardDeleteMessagesAndSubfoldersResponse,
)
from posthouse.protocols.mapi.rops.moving import (
    RopCopyFolderRequest,
    RopCopyFolderResponse,
    RopMoveFolderRequest,
    RopMoveFolderResponse,
)
from posthouse.protocols.mapi.rops.property import (
    CopyFlags,
    RopCopyToRequest,
    RopCopyToResponse,
    RopProgressRequest,
    RopProgressResponse,
)
from posthouse.servers.mapi import going
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.rops import partial as partial_rops
from posthouse.testing import MailHub

STEP = 3
TREE = {"": ("a", "b", "c", "d"), "/inner": ("e", "f", "g", "h"), "/inner/deep": ("i",), "/other": ("j",)}
"""Folders below one, and their messages: 14 things, of which no more than three are done at a time."""
FULL = tuple("abcdefghij")


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for room in (going, partial_rops):
        monkeypatch.setattr(room, "STEP", STEP)


class Tree:
    """A folder with messages and folders, a folder of the same mailbox, and one of another mailbox: both empty."""

    def __init__(self, hub: MailHub) -> None:
        self.hub, self.alice = hub, FolderSession(hub, "alice")
        self.folder, self.slot, self.name = self.alice.new()
        inner = self.alice.create(self.slot, "inner")[1]
        self.alice.create(inner, "deep")
        self.alice.create(self.slot, "other")
        for path, subjects in TREE.items():
            self.alice.fill(self.name + path, *subjects)
        _, self.beside, self.beside_name = self.alice.new()
        theirs, _, self.elsewhere_name = FolderSession(hub, "bob").new()
        everything = Right.LOOKUP | Right.READ | Right.INSERT | Right.CREATE
        share(hub, "bob", self.elsewhere_name, "alice", everything)
        there = self.alice.slot()
        self.alice.log_on("bob", there, logon_id=1)
        self.elsewhere = self.alice.open_in(there, 1, theirs)

    @property
    def parent(self) -> int:
        return self.alice.subtree

    def found(self, who: str, name: str) -> dict[str, tuple[str, ...]]:
        """Folders at that place and below it, with the subjects in them."""
        paths = sorted(path for path in imap_folders(self.hub, who) if path == name or path.startswith(f"{name}/"))
        return {path[len(name) :]: tuple(imap_subjects(self.hub, who, path)) for path in paths}

    def all_found(self) -> list[str]:
        """Subjects of all messages, wherever they are now."""
        where = ("alice", self.name), ("alice", self.beside_name), ("bob", self.elsewhere_name)
        return sorted(subject for one in where for subjects in self.found(*one).values() for subject in subjects)

    def start(self, make: Make, *, want_asynchronous: bool = True) -> Any:
        self.request = make(self, want_asynchronous)
        [response] = self.alice.execute(self.request)
        return response

    def ask(self, *, cancel: bool = False) -> Any:
        [response] = self.alice.execute(RopProgressRequest(0, self.request.input_index, cancel))
        return response


Make = Callable[[Tree, bool], RopRequest]
"""An operation; whether the client would rather not wait."""


@pytest.fixture
def tree(hub: MailHub) -> Tree:
    return Tree(hub)


def copying(tree: Tree, waits: bool) -> RopRequest:
    return RopCopyFolderRequest(0, tree.parent, tree.beside, waits, True, True, tree.folder, "came")


def copying_elsewhere(tree: Tree, waits: bool) -> RopRequest:
    return RopCopyFolderRequest(0, tree.parent, tree.elsewhere, waits, True, True, tree.folder, "came")


def moving_elsewhere(tree: Tree, waits: bool) -> RopRequest:
    return RopMoveFolderRequest(0, tree.parent, tree.elsewhere, waits, True, tree.folder, "came")


def copying_to(tree: Tree, waits: bool) -> RopRequest:
    return RopCopyToRequest(0, tree.slot, tree.beside, waits, True, CopyFlags(0), ())


def emptying(tree: Tree, waits: bool) -> RopRequest:
    return RopEmptyFolderRequest(0, tree.slot, waits, True)


def emptying_hard(tree: Tree, waits: bool) -> RopRequest:
    return RopHardDeleteMessagesAndSubfoldersRequest(0, tree.slot, waits, True)


BELOW = {f"/came{path}": subjects for path, subjects in TREE.items()}
HERE, THERE = ("alice", "beside_name"), ("bob", "elsewhere_name")
OPERATIONS = [
    pytest.param(copying, RopCopyFolderResponse, TREE, HERE, {"": (), **BELOW}, id="RopCopyFolder"),
    pytest.param(
        copying_elsewhere, RopCopyFolderResponse, TREE, THERE, {"": (), **BELOW}, id="RopCopyFolder, elsewhere"
    ),
    pytest.param(moving_elsewhere, RopMoveFolderResponse, {}, THERE, {"": (), **BELOW}, id="RopMoveFolder, elsewhere"),
    pytest.param(copying_to, RopCopyToResponse, TREE, HERE, TREE, id="RopCopyTo"),
    pytest.param(emptying, RopEmptyFolderResponse, {"": ()}, HERE, {"": ()}, id="RopEmptyFolder"),
    pytest.param(
        *(emptying_hard, RopHardDeleteMessagesAndSubfoldersResponse, {"": ()}, HERE, {"": ()}),
        id="RopHardDeleteMessagesAndSubfolders",
    ),
]
"""What an operation is, its own response, what is left, and what has come to which place."""


def is_whole(response: Any) -> bool:
    return response.return_value == 0 and not getattr(response, "partial_completion", False)


@pytest.mark.parametrize(("make", "own", "left", "place", "came"), OPERATIONS)
def test_how_far_it_is(tree: Tree, make: Make, own: type[Any], left: Any, place: tuple[str, str], came: Any) -> None:
    """R785, R789, R790, R791, R792, R50801, R50802, R452, R36601, R370, R814, MS-OXCFOLD R179, R206, R234, R250, R421,
    R430, R447, R448, R595, R607, R1057, R1059, R1115, R1123, R1132, R1140, R44802, MS-OXCROPS R806, R849, R892,
    R914, R3073: it tells more each time, and in the end the tree is as if it had been done at once."""
    response, told = tree.start(make), []
    while isinstance(response, RopProgressResponse):
        assert response.completed_task_count < response.total_task_count
        told.append(response.completed_task_count)
        response = tree.ask()
    assert len(told) >= 3
    assert told == sorted(set(told))
    assert type(response) is own
    assert is_whole(response)
    assert tree.found("alice", tree.name) == left
    assert tree.found(place[0], getattr(tree, place[1])) == came


@pytest.mark.parametrize(("make", "own", "left", "place", "came"), OPERATIONS)
def test_at_once(tree: Tree, make: Make, own: type[Any], left: Any, place: tuple[str, str], came: Any) -> None:
    """R177, MS-OXCFOLD R180, R207, R235, R251: who waits gets the operation's own answer and the same tree."""
    response = tree.start(make, want_asynchronous=False)
    assert type(response) is own
    assert is_whole(response)
    assert tree.found("alice", tree.name) == left
    assert tree.found(place[0], getattr(tree, place[1])) == came


@pytest.mark.parametrize(("make", "own", "left", "place", "came"), OPERATIONS)
def test_to_be_cancelled(tree: Tree, make: Make, own: type[Any], left: Any, place: tuple[str, str], came: Any) -> None:
    """R367, R598, R815, MS-OXCROPS R3131, MS-OXCFOLD R44801: its own response tells that only a part was done, and
    nothing goes on. What was to go to another place is at one of both, never lost."""
    assert isinstance(tree.start(make), RopProgressResponse)
    response = tree.ask(cancel=True)
    if own is RopCopyToResponse:  # it has no other place for it
        assert response == RopFailure(0x39, tree.slot, ErrorCode.ecUserCancel)
    else:
        assert type(response) is own
        assert (response.return_value, response.partial_completion) == (0, True)
    assert tree.ask().return_value == ErrorCode.ecNotSupported
    assert tree.found(place[0], getattr(tree, place[1])) != came or make in (emptying, emptying_hard)
    assert tree.found("alice", tree.name) != left or left == TREE
    if make in (emptying, emptying_hard):
        assert 0 < len(tree.all_found()) < len(FULL)
    elif make is moving_elsewhere:
        assert tree.all_found() == list(FULL)
    else:
        assert tree.found("alice", tree.name) == TREE


def test_a_folder_within_its_mailbox(tree: Tree) -> None:
    """MS-OXCFOLD R173: there a move takes no time, however much is in it."""
    response = tree.start(
        lambda tree, waits: RopMoveFolderRequest(0, tree.parent, tree.beside, waits, True, tree.folder, "x")
    )
    assert response == RopMoveFolderResponse(tree.parent, partial_completion=False)
    assert tree.found("alice", f"{tree.beside_name}/x") == TREE


@pytest.mark.parametrize("make", [copying_elsewhere, moving_elsewhere])
def test_what_comes_meanwhile(tree: Tree, make: Make) -> None:
    """A message that arrives while the operation goes on is at one place or both, and a folder in which it lies
    stays."""
    response = tree.start(make)
    tree.alice.fill(f"{tree.name}/other", "late")
    tree.alice.fill(tree.name, "late too")
    while isinstance(response, RopProgressResponse):
        response = tree.ask()
    assert set(tree.all_found()) == {*FULL, "late", "late too"}
    assert is_whole(response) or tree.found("alice", tree.name)


@pytest.mark.parametrize(("make", "own"), [(copying, RopCopyFolderResponse), (moving_elsewhere, RopMoveFolderResponse)])
def test_a_failure_on_the_way(hub: MailHub, tree: Tree, make: Make, own: type[Any]) -> None:
    """MS-OXCFOLD R1116, R1124: the own response has the error code, and that a part was done."""
    assert isinstance(tree.start(make), RopProgressResponse)
    who, name = ("alice", tree.beside_name) if make is copying else ("bob", tree.elsewhere_name)
    other = FolderSession(hub, who)
    other.delete_folder(other.folder(name), DeleteFolderFlags(0x15))
    response = tree.ask()
    while isinstance(response, RopProgressResponse):
        response = tree.ask()
    assert type(response) is own
    assert response.return_value != 0
    assert response.partial_completion


def test_a_failure_of_copying_to(hub: MailHub, tree: Tree) -> None:
    """R50803: the response with the error code."""
    assert isinstance(tree.start(copying_to), RopProgressResponse)
    FolderSession(hub, "alice").delete_folder(tree.alice.folder(tree.beside_name), DeleteFolderFlags(0x15))
    response = tree.ask()
    while isinstance(response, RopProgressResponse):
        response = tree.ask()
    assert isinstance(response, RopFailure)
    assert response.return_value not in (0, ErrorCode.ecUserCancel)


@pytest.mark.parametrize(("make", "before"), [(copying, copying), (moving_elsewhere, copying_elsewhere)])
def test_what_cannot_be_done_is_said_at_once(tree: Tree, make: Make, before: Make) -> None:
    """Before anything is done: a name that is taken, a folder that is not there."""
    assert is_whole(tree.start(before, want_asynchronous=False))
    assert tree.start(make).return_value == ErrorCode.ecDuplicateName
    tree.folder = ObjectId(1, 999_999)
    assert tree.start(make).return_value == ErrorCode.ecNotFound
