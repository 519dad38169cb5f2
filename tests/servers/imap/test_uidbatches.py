"""UIDBATCHES – RFC 10022: with more messages than a dialog has. The rest is in `dialogs/imap/uidbatches.txt`."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.ids import ModSeq
from posthouse.servers.imap.commands.uidbatches import batches
from posthouse.servers.imap.settings import ImapSettings
from posthouse.servers.imap.view import View

ONE = b"Subject: one\r\n\r\nText\r\n"


def view_of(uids: list[int]) -> View:
    return View(len(uids), 1000, ModSeq(1), 1, 0, array("I", uids))


@given(st.frozensets(st.integers(1, 300), max_size=120), st.integers(1, 50))
def test_batches(there: frozenset[int], size: int) -> None:
    """From the highest UID to 1, without gaps and overlaps, each but the last of exactly that size; the last of one
    message at least."""
    made = list(batches(view_of(sorted(there)), size, 1, 1000))
    counts = [sum(low <= uid <= high for uid in there) for high, low in made]
    assert all(count == size for count in counts[:-1])
    assert sum(counts) == len(there)
    if there:
        assert 0 < counts[-1] <= size
        assert [made[0][0], made[-1][1]] == [max(there), 1]
        assert [high for high, _ in made[1:]] == [low - 1 for _, low in made[:-1]]


@given(st.frozensets(st.integers(1, 300), max_size=120), st.integers(1, 50), st.integers(1, 9), st.integers(0, 9))
def test_some_of_the_batches(there: frozenset[int], size: int, first: int, more: int) -> None:
    """Those asked for are the same as among all, as far as there are so many (§3.1.4)."""
    view = view_of(sorted(there))
    everything = list(batches(view, size, 1, 1000))
    assert list(batches(view, size, first, first + more)) == everything[first - 1 : first + more]


def test_millions() -> None:
    """Boundaries are looked up, not counted to: six million messages cost no more than their batches."""
    view = View(6_000_000, 6_000_001, ModSeq(1), 1, 0, range(1, 6_000_001))
    assert list(batches(view, 500, 1, 12_000))[-1] == (500, 1)


@pytest.mark.parametrize("enable", [b"NOOP", b"ENABLE UIDONLY"])
def test_in_use(enable: bytes, make_hub: Callable[..., Any], connect: Callable[..., Any], keys: Any) -> None:
    """Each batch is work for one command, within MESSAGELIMIT too, and together they are the mailbox."""
    hub = make_hub(ImapSettings(message_limit=500))
    person = hub.person(keys)
    for _ in range(20):
        person.put("INBOX", ONE)
    raw = connect(login=False, to=hub)
    raw.command(b"LOGIN %b secret" % person.address.encode())
    raw.command(b"SELECT INBOX")
    for low in (1, 1, 1, 1, 1, 21, 341, 661):
        raw.command(b"UID COPY %d:%d INBOX" % (low, low + 319))
    raw.command(b"UID STORE 7,400:410 +FLAGS.SILENT (\\Deleted)")
    raw.command(b"EXPUNGE")
    raw.command(enable)
    (count,) = map(int, re.findall(rb"MESSAGES (\d+)", raw.command(b"STATUS INBOX (MESSAGES)")[0]))
    assert count > 1000
    told, done = raw.command(b"UIDBATCHES 500")
    assert done == b"t OK UIDBATCHES completed\r\n"
    ranges = re.findall(rb"(\d+):(\d+)", told)
    assert len(ranges) == -(-count // 500)
    fetched = []
    for high, low in ranges:
        before, done = raw.command(b"UID FETCH %b:%b (FLAGS)" % (low, high))
        assert done == b"t OK UID FETCH completed\r\n"
        fetched.append(before.count(b"FETCH"))
    assert fetched == [500] * (count // 500) + [count % 500]
    assert raw.command(b"UIDBATCHES 500 2:2")[0] == b'* UIDBATCHES (TAG "t") %b:%b\r\n' % ranges[1]


def test_switched_off(make_hub: Callable[..., Any], connect: Callable[..., Any], keys: Any) -> None:
    """Neither advertised nor understood."""
    for off in (False, True):
        hub = make_hub(ImapSettings(disabled_extensions=("UIDBATCHES",) if off else ()))
        person = hub.person(keys)
        raw = connect(login=False, to=hub)
        assert b"UIDBATCHES" not in raw.greeting
        raw.command(b"LOGIN %b secret" % person.address.encode())
        raw.command(b"SELECT INBOX")
        assert (b"UIDBATCHES" in raw.command(b"CAPABILITY")[0].split()) != off
        assert raw.command(b"UIDBATCHES 500")[1].startswith(b"t BAD" if off else b"t OK")
