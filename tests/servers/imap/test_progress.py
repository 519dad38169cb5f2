"""INPROGRESS – RFC 9585. The hub notifies every millisecond here, and what takes long waits until the test lets it go
on: no test waits for the clock."""

from __future__ import annotations

import asyncio
import re
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.database import Transaction
from posthouse.model.ids import ModSeq
from posthouse.servers.imap.settings import ImapSettings
from posthouse.servers.imap.view import View
from posthouse.store.blobs import Buffer, FileBlobs

from .conftest import AUTH, Hub
from .test_compress import compress

ONE = b"Subject: one\r\n\r\nText\r\n"
LARGE = b"Subject: large\r\n\r\n" + b"The quick brown fox jumps over the lazy dog.\r\n" * 4000
OFTEN = ImapSettings(progress_interval=0.001)
NEWS = re.compile(rb'\* OK \[INPROGRESS \("t" (?:NIL NIL|(\d+) (\d+))\)\] Under way\r\n')


class Gate(FileBlobs):
    """Who reads a large message waits until the test opens the gate."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.opened = threading.Event()

    def open(self, name: str) -> Buffer:
        assert self.opened.wait(30)
        return super().open(name)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path, OFTEN, AUTH, None, blobs=Gate)
    yield hub
    hub.store.blobs.opened.set()  # type: ignore[attr-defined]
    hub.close()


@pytest.fixture
def often(make_hub: Callable[..., Any]) -> Any:
    return make_hub(OFTEN)


@contextmanager
def writing(hub: Any) -> Iterator[None]:
    """Nobody else's change gets through as long as it lasts."""
    begun, ended = threading.Event(), threading.Event()

    def hold(tx: Transaction) -> None:
        begun.set()
        assert ended.wait(30)

    held = asyncio.run_coroutine_threadsafe(hub.store.write(hold), hub.loop)
    assert begun.wait(30)
    try:
        yield
    finally:
        ended.set()
        held.result(30)


def logged_in(connect: Callable[..., Any], hub: Any, person: Any) -> Any:
    raw = connect(login=False, to=hub)
    raw.command(b"LOGIN %b secret" % person.address.encode())
    raw.command(b"SELECT INBOX")
    return raw


def hear(raw: Any) -> tuple[int, int]:
    line = raw.file.readline()
    found = NEWS.fullmatch(line)
    assert found is not None, line
    return int(found[1] or 0), int(found[2] or 0)


WRITING = [
    b"UID COPY 1:2 Trash",
    b"MOVE 1:2 Trash",
    rb"STORE 1:2 +FLAGS (\Seen)",
    b"EXPUNGE",
    b"CLOSE",
    b"APPEND INBOX {3+}\r\nnew",
    b"DELETE Old",
]


@pytest.mark.parametrize("command", WRITING, ids=lambda command: command.split(b" {")[0].decode())
def test_waiting_to_write(command: bytes, often: Any, connect: Callable[..., Any], keys: Any) -> None:
    """Of what waits for the store nobody knows how far it is; once it is done nothing more is said of it (§4)."""
    person = often.person(keys)
    person.make_folder("Old")
    person.put("INBOX", ONE)
    person.put("INBOX", ONE)
    person.flag("INBOX", ((2, 2),), ["\\Deleted"])
    raw = logged_in(connect, often, person)
    with writing(often):
        raw.send(b"t " + command + b"\r\n")
        assert [hear(raw) for _ in range(3)] == [(0, 0)] * 3
    before, done = raw.answer(b"t")
    assert done.startswith(b"t OK")
    assert b"INPROGRESS" not in NEWS.sub(b"", before)
    assert raw.command(b"NOOP") == (b"", b"t OK NOOP completed\r\n")


SEARCHING = [
    (b"SEARCH TEXT fox", b"* SEARCH 1025\r\n"),
    (b"UID SEARCH RETURN (COUNT) TEXT fox", b'* ESEARCH (TAG "t") UID COUNT 1\r\n'),
    (b"SORT (ARRIVAL) UTF-8 TEXT fox", b"* SORT 1025\r\n"),
    (b"UID THREAD REFERENCES UTF-8 TEXT fox", b"* THREAD (1025)\r\n"),
]


@pytest.mark.parametrize(("command", "answer"), SEARCHING, ids=[command.decode() for command, _ in SEARCHING])
def test_searching(command: bytes, answer: bytes, gate: Hub, connect: Callable[..., Any], keys: Any) -> None:
    """Of a search the messages are counted, the goal is the same all the time and never reached (§4)."""
    person = gate.person(keys)
    person.put("INBOX", ONE)
    raw = logged_in(connect, gate, person)
    for _ in range(10):
        raw.command(b"UID COPY 1:* INBOX")
    person.put("INBOX", LARGE)
    person.put("INBOX", ONE)
    raw.command(b"NOOP")
    raw.send(b"t " + command + b"\r\n")
    told = [hear(raw)]
    while told[-1][0] < 1024:
        told.append(hear(raw))
    gate.store.blobs.opened.set()  # type: ignore[attr-defined]
    before, done = raw.answer(b"t")
    told += [(int(a), int(b)) for a, b in NEWS.findall(before) if b]  # sorting and threading are not counted
    assert {goal for _, goal in told} == {1026}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] < 1026
    assert NEWS.sub(b"", before) == answer
    assert done.startswith(b"t OK")


def test_one_search_of_many_mailboxes(gate: Hub, connect: Callable[..., Any], keys: Any) -> None:
    """No goal is known before all of them are looked at (§4)."""
    person = gate.person(keys)
    person.put("INBOX", ONE)
    person.put("Archive", LARGE)
    raw = logged_in(connect, gate, person)
    raw.send(b"t ESEARCH IN (personal) TEXT fox\r\n")
    assert [hear(raw) for _ in range(3)] == [(0, 0)] * 3
    gate.store.blobs.opened.set()  # type: ignore[attr-defined]
    assert b"MAILBOX Archive" in NEWS.sub(b"", raw.answer(b"t")[0])


@given(st.lists(st.integers(1, 300), unique=True, min_size=1).map(sorted), st.integers(0, 50))
def test_how_far(uids: list[int], loaded: int) -> None:
    """What is counted up to a UID grows, reaches all messages and no more; it is exact where UIDs are loaded."""
    known = array("I", uids[-loaded:] if loaded else [])
    view = View(len(uids), 301, ModSeq(1), known[0] if known else 301, len(uids) - len(known), known)
    passed = [view.passed(uid) for uid in range(302)]
    assert passed == sorted(passed)
    assert passed[0] == 0
    assert passed[-1] == len(uids)
    assert all(view.passed(uid) == uids.index(uid) + 1 for uid in known)


@pytest.mark.parametrize("message", [LARGE, LARGE[:100_000]], ids=["large", "small"])
def test_fetching(message: bytes, often: Any, connect: Callable[..., Any], keys: Any) -> None:
    """Between two responses, never within one, and only while others are to come."""
    person = often.person(keys)
    for _ in range(4):
        person.put("INBOX", message)
    raw = logged_in(connect, often, person)
    for _ in range(4):
        raw.command(b"UID COPY 1:* INBOX")
    before, done = raw.command(b"UID FETCH 1:* (UID BODY.PEEK[])")
    told = [(int(a), int(b)) for a, b in NEWS.findall(before)]
    assert told == sorted(told)
    assert {goal for _, goal in told} == {64}
    body = b"{%d}\r\n%b" % (len(message), message)
    assert NEWS.sub(b"", before) == b"".join(
        [b"* %d FETCH (UID %d BODY[] %b)\r\n" % (n, n, body) for n in range(1, 65)]
    )
    assert done == b"t OK UID FETCH completed\r\n"


def test_compressed(often: Any, connect: Callable[..., Any], keys: Any) -> None:
    """It leaves at once behind COMPRESS as well, and with UIDONLY it is the same."""
    person = often.person(keys)
    person.put("INBOX", ONE)
    raw = logged_in(connect, often, person)
    raw.command(b"ENABLE UIDONLY")
    compress(raw)
    with writing(often):
        raw.send(b"t UID COPY 1 Trash\r\n")
        assert [hear(raw) for _ in range(3)] == [(0, 0)] * 3
    assert raw.answer(b"t")[1].startswith(b"t OK [COPYUID ")


def test_a_tag_with_a_bracket(often: Any, connect: Callable[..., Any], keys: Any) -> None:
    """Cannot be told (§4)."""
    person = often.person(keys)
    person.put("INBOX", ONE)
    raw = logged_in(connect, often, person)
    with writing(often):
        raw.send(b"a] COPY 1 Trash\r\n")
        assert raw.file.readline() == b"* OK [INPROGRESS (NIL NIL NIL)] Under way\r\n"
    assert raw.answer(b"a]")[1].startswith(b"a] OK")


OFF = [ImapSettings(progress_interval=0), ImapSettings(disabled_extensions=("INPROGRESS",))]


@pytest.mark.parametrize("off", OFF, ids=["interval", "extension"])
def test_switched_off(off: ImapSettings, make_hub: Callable[..., Any], connect: Callable[..., Any], keys: Any) -> None:
    """Neither advertised nor told; otherwise it is advertised (§3)."""
    for hub, on in ((make_hub(off), False), (make_hub(), True)):
        raw = logged_in(connect, hub, hub.person(keys))
        assert (b"INPROGRESS" in raw.command(b"CAPABILITY")[0].split()) == on
        assert bool(hub.server.capabilities.progress_interval) == on
