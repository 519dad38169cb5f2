"""\\Seen in public folders is everybody's own (RFC 9051 §2.3.2), and stays shared in a folder that somebody shares."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from posthouse.model.rights import parse_rights
from posthouse.store.accounts import create_public
from posthouse.store.folders import PUBLIC, create_folder, find_folder
from posthouse.store.rights import Holder, set_rights

MESSAGE = b"Subject: shared\r\n\r\ntext\r\n"


@dataclass
class Board:
    """A public folder with four messages, and two people who have it open."""

    path: bytes
    ann: Any
    ben: Any
    connect: Callable[..., Any]
    hub: Any
    people: list[Any]

    def another(self, number: int = 0) -> Any:
        """One more session of theirs."""
        raw = self.connect(login=False, to=self.hub)
        assert b" OK" in raw.command(b"LOGIN %b secret" % self.people[number].address.encode())[1]
        return raw

    def selected(self, number: int = 0, words: bytes = b"") -> Any:
        raw = self.another(number)
        raw.first = raw.command(b"SELECT %b%b" % (self.path, words))[0]
        return raw


@pytest.fixture
def board(engine: str, request: pytest.FixtureRequest, keys: Any, connect: Callable[..., Any]) -> Board:
    hub = request.getfixturevalue("hub" if engine == "sqlite" else "postgresql_hub")
    people = [hub.person(keys), hub.person(keys)]
    path = f"Board{people[0].account}"
    hub.write(create_public, 1_700_000_000)
    hub.write(create_folder, PUBLIC, path)
    board = Board(b"Public/" + path.encode(), None, None, connect, hub, people)
    for _ in range(4):
        board.another().command(b"APPEND %b {%d+}\r\n%b" % (board.path, len(MESSAGE), MESSAGE))
    board.ann, board.ben = board.selected(0), board.selected(1)
    return board


def unseen(board: Board, number: int) -> bytes:
    told = board.another(number).command(b"STATUS %b (UNSEEN)" % board.path)[0]
    found = re.search(rb"UNSEEN (\d+)", told)
    assert found is not None, told
    return found[1]


def test_each_reads_alone(board: Board) -> None:
    """STORE, FETCH that reads, SEARCH and STATUS: of one person the same in all sessions, and nobody else's."""
    assert b"PERMANENTFLAGS (\\Seen)" in board.ann.first
    assert b"FLAGS (\\Seen)" in board.ann.command(b"STORE 2 +FLAGS (\\Seen)")[0]
    assert b"FLAGS (\\Seen)" in board.ann.command(b"FETCH 3 BODY[TEXT]")[0]
    for raw in (board.ann, board.selected(0)):
        assert raw.command(b"SEARCH SEEN")[0] == b"* SEARCH 2 3\r\n"
        assert raw.command(b"SEARCH UNSEEN")[0] == b"* SEARCH 1 4\r\n"
    for raw in (board.ben, board.selected(1)):
        assert raw.command(b"SEARCH UNSEEN")[0] == b"* SEARCH 1 2 3 4\r\n"
        assert b"\\Seen" not in raw.command(b"FETCH 1:* FLAGS")[0]
    assert (unseen(board, 0), unseen(board, 1)) == (b"2", b"4")
    board.ann.command(b"STORE 1:* -FLAGS (\\Seen)")
    assert unseen(board, 0) == b"4"


def test_the_reader_hears_of_it_and_nobody_else(board: Board) -> None:
    """Between sessions of one person it is told as ever, also in IDLE."""
    other = board.selected(0)
    for raw in (other, board.ben):
        raw.send(b"i IDLE\r\n")
        assert raw.file.readline().startswith(b"+")
    board.ann.command(b"STORE 4 +FLAGS (\\Seen)")
    assert other.file.readline() == b"* 4 FETCH (UID 4 FLAGS (\\Seen))\r\n"
    board.another().command(b"APPEND %b {%d+}\r\n%b" % (board.path, len(MESSAGE), MESSAGE))
    assert board.ben.file.readline() == b"* 5 EXISTS\r\n"  # and of nothing before


def test_mod_sequences(board: Board) -> None:
    """CONDSTORE: what one reads moves what they synchronise by, and nobody else's (RFC 7162 §3.1)."""
    first = {number: _highest(board.selected(number, b" (CONDSTORE)").first) for number in (0, 1)}
    board.ann.command(b"STORE 1,3 +FLAGS (\\Seen)")
    mine, theirs = board.selected(0, b" (CONDSTORE)"), board.selected(1, b" (CONDSTORE)")
    assert _highest(mine.first) > first[0]
    assert _highest(theirs.first) == first[1]
    told = mine.command(b"FETCH 1:* (FLAGS) (CHANGEDSINCE %d)" % first[0])[0]
    assert re.findall(rb"\* (\d) FETCH", told) == [b"1", b"3"]
    assert theirs.command(b"FETCH 1:* (FLAGS) (CHANGEDSINCE %d)" % first[1])[0] == b""
    done = mine.command(b"STORE 1:2 (UNCHANGEDSINCE %d) -FLAGS (\\Seen)" % first[0])[1]
    assert b"[MODIFIED 1]" in done
    assert b"MODIFIED" not in theirs.command(b"STORE 1:2 (UNCHANGEDSINCE %d) +FLAGS (\\Seen)" % first[1])[1]


def _highest(told: bytes) -> int:
    found = re.search(rb"HIGHESTMODSEQ (\d+)", told)
    assert found is not None, told
    return int(found[1])


def test_notify(board: Board) -> None:
    """NOTIFY with FlagChange: the reader's other session hears UNSEEN of the folder (RFC 5465 §5)."""
    listeners = [board.another(0), board.another(1)]
    for raw in listeners:
        events = b"MessageNew MessageExpunge FlagChange"
        assert b" OK" in raw.command(b"NOTIFY SET (mailboxes %b (%b))" % (board.path, events))[1]
    board.ann.command(b"STORE 2 +FLAGS (\\Seen)")
    assert listeners[0].file.readline() == b"* STATUS %b (UNSEEN 3)\r\n" % board.path
    assert listeners[1].command(b"NOOP")[0] == b""


def test_copies_carry_it(board: Board) -> None:
    """What is copied to one's own mailbox is read there as it was for whoever copies."""
    board.ann.command(b"STORE 2 +FLAGS (\\Seen)")
    for raw, seen in ((board.ann, b"* SEARCH 2\r\n"), (board.ben, b"* SEARCH\r\n")):
        assert b" OK" in raw.command(b"COPY 1:3 Drafts")[1]
        raw.command(b"SELECT Drafts")
        assert raw.command(b"SEARCH SEEN")[0] == seen


def test_a_folder_that_somebody_shares(board: Board) -> None:
    """There the flag is one for all, as its owner has it."""
    owner, guest = board.people
    owner.put("INBOX", MESSAGE)

    def share(tx: Any) -> None:
        folder = find_folder(tx, owner.account, "INBOX").id
        set_rights(tx, owner.account, folder, Holder(guest.account), parse_rights("lrs"))

    board.hub.write(share)
    board.ben.command(b"SELECT Users/%b/INBOX" % owner.address.encode())
    board.ben.command(b"STORE 1 +FLAGS (\\Seen)")
    board.ann.command(b"SELECT INBOX")
    assert board.ann.command(b"SEARCH SEEN")[0] == b"* SEARCH 1\r\n"
